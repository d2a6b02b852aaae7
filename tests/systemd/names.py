# SPDX-License-Identifier: LGPL-2.1-or-later
"""What record-names.py left in names/, and what is written of it."""

import os

from roots import HERE  # it makes tests/integration known

import harness
from harness import BUILD, SYSPROFILE

WRITE_TEXT = os.path.join(BUILD, "tests", "systemd", "write-text")
RELEASES = ("12", "13")


def names_of(release, daemon):
    lines = (HERE / "names" / release / daemon).read_text(encoding="ascii").splitlines()
    return {line for line in lines if not line.startswith("#")}


def daemons():
    """Those that were recorded in both."""
    both = [set(os.listdir(HERE / "names" / release)) for release in RELEASES]
    return sorted(both[0] & both[1])


def write_text(names, systemd, style, headroom, form="drop-in"):
    """What sysprofile writes; no text is a failure of the test."""
    given = "".join(f"{name}\n" for name in sorted(names)).encode()
    result = harness.run([WRITE_TEXT, systemd, style, headroom, form], stdin=given)
    if result.status != 0:
        raise RuntimeError(f"{systemd}, {style}, {headroom}: {result}")
    return result.stdout.decode()


def words_of(text):
    return [word for line in text.splitlines() if line.startswith("SystemCallFilter=")
            for word in line.split("=", 1)[1].lstrip("~").split()]  # fmt: skip


def allowed_of_list(listing):
    return {line.split()[0] for line in listing.splitlines() if line.endswith((" allow", " log"))}


def allowed_by(text, systemd, folder):
    """The native calls that the text lets pass under the rules of a release."""
    path = os.path.join(folder, "text.conf")
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    result = harness.run([SYSPROFILE, "explain", "--format=list", f"--systemd={systemd}", path])
    if result.status != 0:
        raise RuntimeError(f"explain: {result}")
    return allowed_of_list(result.stdout.decode())
