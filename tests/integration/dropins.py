#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The drop-ins of real servers, as systemd's own tools see them.

systemd-analyze verify must find nothing to say about them, and the exposure must fall as far as
the calls that were seen allow: each filter row is won unless one of its group was seen.
"""

import json
import os
import re

import programs
from harness import SYSPROFILE, Directory, Tap, end_descendants, need

SERVERS = ("apache", "nginx")
STYLES = ("groups", "exact", "deny")


def read_groups():
    """Group name -> every call in it, nested groups expanded, of this host's systemd."""
    direct = {}
    for line in programs.tool([SYSPROFILE, "groups"]).decode().splitlines():
        if line.startswith("@"):
            members = direct.setdefault(line, set())
        elif line.strip():
            members.add(line.strip())

    def expand(name):
        found = set()
        for member in direct[name]:
            found |= expand(member) if member.startswith("@") else {member}
        return found

    return {name: expand(name) for name in direct}


def security(unit):
    """Exposure in tenths, and filter group -> whether its row is won."""
    text = programs.tool(["systemd-analyze", "security", "--offline=true", "--json=short", unit])
    rows = {}
    for row in json.loads(text):
        match = re.fullmatch(r"SystemCallFilter=~(@[\w-]+)", row["name"])
        if match:
            rows[match[1]] = bool(row["set"])
    text = programs.tool(["systemd-analyze", "security", "--offline=true", "--no-pager", unit])
    return float(re.search(rb"Overall exposure level[^:]*: ([0-9.]+)", text)[1]), rows


def check_style(tap, name, style, dropin, seen, groups):
    label = f"{name}, {style}"
    with Directory() as path:
        unit = programs.write(f"{path}/{name}.service", "[Service]\nExecStart=/bin/true\n")
        before, _ = security(unit)
        os.mkdir(f"{unit}.d")
        programs.write(f"{unit}.d/90-sysprofile.conf", dropin)
        try:
            said = programs.tool(["systemd-analyze", "verify", "--man=no", unit]).decode()
        except RuntimeError as e:
            said = str(e)
        # What it says of other units of this host is not about ours.
        ours = [line for line in said.splitlines() if name in line or "sysprofile" in line]
        tap.ok(not ours, f"{label}: systemd-analyze verify has nothing to say", ours)
        after, rows = security(unit)
    tap.ok(after < before, f"{label}: exposure falls from {before} to {after}", (before, after))
    tap.ok(len(rows) == 11, f"{label}: eleven rows", rows)
    wrong = [group for group, won in rows.items() if won != (not groups[group] & seen)]
    tap.ok(not wrong, f"{label}: a row is lost only to a call that was seen", wrong)


def run(program, style):
    with Directory() as control, Directory() as path:
        output = os.path.join(control, "result")
        options = ["--no-progress", "-q", "-s", style, "-o", output]
        programs.trace(program, programs.Room(path), [SYSPROFILE, *options])
        with open(output, encoding="utf-8") as f:
            return f.read()


def seen_in(dropin):
    """The calls that the comments list by program, so that text and calls are of one run."""
    comments = dropin[dropin.index("# Calls by program:") : dropin.index("[Service]")]
    return set(re.findall(r"(?<![\w/:-])[a-z_][a-z0-9_]+(?![\w/:-])", comments.split("\n", 1)[1]))


def main():
    need(SYSPROFILE)
    tap = Tap()
    groups = read_groups()
    for program in programs.table():
        if program.name not in SERVERS:
            continue
        if program.missing():
            tap.skip(program.name, f"{' '.join(program.missing())} missing")
            continue
        try:
            for style in STYLES:
                dropin = run(program, style)
                check_style(tap, program.name, style, dropin, seen_in(dropin), groups)
        except RuntimeError as e:
            tap.ok(False, f"{program.name}: runs", e)
        finally:
            end_descendants()
    tap.finish()


if __name__ == "__main__":
    main()
