#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs a unit test of a build with sanitizers. criterion has threads of its own and forks for each
# test; when one of them is just inside the sanitizer's allocator, the child begins with a lock that
# nobody will open (later sanitizers guard against it). What hangs so is started once more; hanging
# twice is a failure.
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
for try in 1 2; do
	timeout -k 5 150 "$@" >"$out" 2>&1
	status=$?
	[ "$status" = 124 ] || [ "$status" = 137 ] || break
	echo "# hung, try $try" >&2
done
cat "$out"
exit "$status"
