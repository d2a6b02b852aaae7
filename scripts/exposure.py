#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Says which filter rows of `systemd-analyze security` a unit has won, and what costs the others.

usage: exposure.py SECURITY GROUPS CALLS

SECURITY is the output of `systemd-analyze security --json=short` for the unit, GROUPS that of
`sysprofile groups`, and CALLS holds the lines that `sysprofile -v` prints, "call" and tab-separated
columns: ABI, name, count, first time, pid, comm, program.
"""

import json
import re
import sys


def read_groups(path):
    """Group name -> direct members."""
    groups = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.startswith("@"):
                members = groups.setdefault(line.strip(), [])
            elif line.startswith(" "):
                members.append(line.strip())
    return groups


def expand(groups, name):
    """The calls of a group, those of the groups inside it too."""
    calls = set()
    for member in groups.get(name, []):
        calls |= expand(groups, member) if member.startswith("@") else {member}
    return calls


def read_calls(path):
    """Name -> how often, and by which program first; of all ABIs, since a filter names no ABI."""
    calls = {}
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            columns = line.rstrip("\n").split("\t")
            if len(columns) == 8 and columns[0] == "call":
                count = int(columns[3])
                if columns[2] in calls:
                    calls[columns[2]][0] += count
                else:
                    calls[columns[2]] = [count, columns[7]]
    return calls


def describe(name, call):
    count, program = call
    return f"{name} ({count} time{'' if count == 1 else 's'}, {program.rpartition('/')[2]})"


def main():
    security, groups, calls = sys.argv[1:]
    with open(security, encoding="utf-8") as f:
        rows = json.load(f)
    groups = read_groups(groups)
    calls = read_calls(calls)
    found = 0
    won = 0
    lines = []
    for row in rows:
        match = re.fullmatch(r"SystemCallFilter=~(@[\w-]+)", row["name"])
        if not match:
            continue
        found += 1
        won += bool(row["set"])
        if row["set"]:
            lines.append(f"  {match[1]:15} won")
            continue
        costs = sorted(expand(groups, match[1]) & calls.keys())
        seen = ", ".join(describe(name, calls[name]) for name in costs)
        lines.append(f"  {match[1]:15} lost to {seen or 'no call that was seen'}")
    print(f"{won} of {found} filter rows won")
    print("\n".join(sorted(lines)))
    # Every row that is not won must have its reason, and there must be rows at all.
    return 1 if not found or any(line.endswith("was seen") for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
