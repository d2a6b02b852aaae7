#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Compiles each header alone, so that none leans on what was included before it. $@: the compiler.
set -u
cd "$SYSPROFILE_SOURCE" || exit 1
n=0
failed=0
for header in include/sysprofile/*.h; do
	n=$((n + 1))
	if out=$("$@" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Iinclude -x c \
		-include "$header" -fsyntax-only /dev/null 2>&1); then
		echo "ok $n - ${header##*/} stands alone"
	else
		failed=1
		echo "not ok $n - ${header##*/} stands alone"
		echo "$out" | sed 's/^/# /'
	fi
done
echo "1..$n"
exit $failed
