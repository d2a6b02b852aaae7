#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The layout of every C file is what clang-format 14 makes of it; other versions differ in detail.
set -u
cd "$SYSPROFILE_SOURCE" || exit 1
format=
for candidate in clang-format-14 clang-format; do
	case $("$candidate" --version 2>/dev/null) in
	*"version 14."*) format=$candidate && break ;;
	esac
done
if [ -z "$format" ]; then
	if [ "${SYSPROFILE_TESTS_MUST_RUN:-0}" = 1 ]; then
		echo "not ok 1 - clang-format 14 is installed"
		echo "1..1"
		exit 1
	fi
	echo "1..0 # SKIP clang-format 14 is not installed"
	exit 0
fi
n=0
failed=0
for file in $(find src include tests -name '*.[ch]' | LC_ALL=C sort); do
	n=$((n + 1))
	if out=$("$format" --dry-run -Werror "$file" 2>&1); then
		echo "ok $n - $file"
	else
		failed=1
		echo "not ok $n - $file"
		echo "$out" | head -n 5 | sed 's/^/# /'
	fi
done
echo "1..$n"
exit $failed
