#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Shows that the floor probes can fail: a floor that is given a call upward must not link.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cat >"$dir/up.c" <<'C'
int sp_emit(int, const void *, void *);
int sp_calls_upward(void);
int sp_calls_upward(void)
{
	return sp_emit(0, 0, 0);
}
C
probe() {
	cc "$SYSPROFILE_SOURCE/tests/floor-probe.c" "$@" -o "$dir/probe" 2>"$dir/log"
}
echo "1..2"
status=0
cc -c "$dir/up.c" -o "$dir/up.o" || exit 1
if probe; then
	echo "ok 1 - a probe without a call upward links"
else
	echo "not ok 1 - a probe without a call upward links"
	status=1
fi
if ! probe "$dir/up.o" && grep -q sp_emit "$dir/log"; then
	echo "ok 2 - a probe with a call upward does not link, and names the call"
else
	echo "not ok 2 - a probe with a call upward does not link, and names the call"
	status=1
fi
exit $status
