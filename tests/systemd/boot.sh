#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# boot.sh ROOT DIRECTORY NAME LOGIN-UID CONTROL-GROUP...: boots ROOT in systemd-nspawn, in these
# control groups. What is written goes to a tmpfs on DIRECTORY. Run it in a mount namespace of its
# own, so that all mounts end with its last process.
set -eu

root=$1 directory=$2 name=$3 loginuid=$4
shift 4

mount -t tmpfs -o mode=755 sysprofile "$directory"
mkdir "$directory"/{upper,work,"$name"}
mount -t overlay -o "lowerdir=$root,upperdir=$directory/upper,workdir=$directory/work" \
	overlay "$directory/$name"
for group in "$@"; do
	echo $$ >"$group/cgroup.procs"
done

# Where nspawn keeps its locks, which it leaves behind when it is killed.
mkdir -p /run/systemd/nspawn
mount -t tmpfs -o mode=755 sysprofile /run/systemd/nspawn

# nspawn's own filter would lie under that of every service.
export SYSTEMD_SECCOMP=0
# The same on hosts with the old hierarchies; systemd 257 takes no other.
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
# As --boot does it, but with a login uid, which nspawn takes away and audit records tell.
exec systemd-nspawn --quiet --kill-signal=SIGRTMIN+3 --register=no --keep-unit --private-network \
	--console=pipe --settings=no --link-journal=no --resolv-conf=off --timezone=off \
	--machine="$name" --directory="$directory/$name" \
	/bin/sh -c "echo $loginuid >/proc/self/loginuid; exec /usr/lib/systemd/systemd"
