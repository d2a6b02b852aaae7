#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the table of system call groups with what Debian 12 and Debian 13 say themselves.

Debian 12 is this host, if it is one. Debian 13 is the root that the tests with a real systemd boot.
"""

import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
TOP = Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(TOP / "syscall-groups"), str(TOP / "tests" / "systemd")]

import groupdata  # noqa: E402
import harness  # noqa: E402
import roots  # noqa: E402
from roots import Missing, tool  # noqa: E402

DATA = Path(groupdata.__file__).parent


def host_is_debian_12():
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError as e:
        raise Missing(f"/etc/os-release: {e.strerror}") from e
    if not re.search(r'^ID="?debian"?$', text, re.M):
        raise Missing("this host is no Debian")


def live(prefix):
    """(version, {group: members}) of the systemd that prefix leads to."""
    version = re.match(r"systemd (\d+)(?: \((\d+(?:\.\d+)?))?",
                       tool([*prefix, "systemd-analyze", "--version"]))
    if not version:
        raise Missing("systemd-analyze --version says no version")
    listing = tool([*prefix, "systemd-analyze", "--no-pager", "syscall-filter"])
    return version[2] or version[1], groupdata.parse_listing(listing)


def written_down(major):
    """{difference} that live-differences.tsv gives a reason for."""
    known = set()
    for line in (DATA / "live-differences.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            release, sign, member, _ = line.split("\t")
            if release == major:
                known.add(sign + member)
    return known


def differences(table, found):
    words = []
    for group in sorted(table.keys() | found.keys()):
        ours, theirs = table.get(group, set()), found.get(group, set())
        words += [f"{'+' if m in theirs else '-'}{group} {m}" for m in sorted(ours ^ theirs)]
    return words


def compare(tap, name, major, prefix):
    try:
        version, found = live(prefix())
    except Missing as e:
        tap.skip(name, e)
        return
    if version.split(".")[0] != major:
        tap.skip(name, f"its systemd is {version}")
        return
    table = groupdata.Table(DATA).check().table(version)
    known = written_down(major)
    words = differences(table, found)
    new = [word for word in words if word not in known]
    gone = [f"{word} is written down, and is no difference any more" for word in known - set(words)]
    tap.note(f"systemd {version}: {sum(map(len, found.values()))} members in {len(found)} groups, "
             f"{len(words)} differences, {len(known)} written down")
    tap.ok(not new and not gone, name, "\n".join(new + sorted(gone)))


def this_host():
    host_is_debian_12()
    return []


def debian_13():
    return ["chroot", roots.root_of("13")]


def main():
    tap = harness.Tap()
    compare(tap, "the table is what Debian 12 says", "252", this_host)
    compare(tap, "the table is what Debian 13 says", "257", debian_13)
    tap.finish()


if __name__ == "__main__":
    main()
