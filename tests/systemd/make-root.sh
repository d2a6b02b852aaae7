#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make-root.sh DIRECTORY SUITE ARCHIVE PACKAGE...: a Debian that systemd-nspawn can boot, with these
# packages and none of their services enabled. Run it in a mount namespace of its own: debootstrap
# mounts /proc in the new root.
set -eu

root=$1 suite=$2 archive=$3
shift 3
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus "$suite" "$root" "$archive"

# invoke-rc.d(8) asks this program whether it may start a service: 101 is no.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
# A root that a power failure leaves half written is made again.
printf '%s\n' force-unsafe-io path-exclude=/usr/share/{doc,man,locale}/\* \
	>"$root/etc/dpkg/dpkg.cfg.d/sysprofile"
apt-config dump | grep -iE '^Acquire::.*proxy' >"$root/etc/apt/apt.conf.d/proxy" || true
cp /etc/resolv.conf "$root/etc/resolv.conf"

chroot "$root" apt-get -q update
chroot "$root" apt-get -q -y --no-install-recommends install "$@"
rm -rf "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*

# Nothing starts but what a test starts.
chroot "$root" systemctl list-unit-files --no-legend --state=enabled --type=service,timer,socket |
	while read -r unit _; do
		case $unit in
		dbus* | systemd-*) ;;
		*) chroot "$root" systemctl --quiet disable "$unit" ;;
		esac
	done
rm "$root/etc/resolv.conf"
