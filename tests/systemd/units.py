#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of a unit are those that a real systemd loads: aliases, templates, drop-ins. TAP."""

import io
import os
import re
import sys
import tarfile

import machine
import trees
from roots import Missing

from harness import BUILD, Directory, Tap, need, run

TREES = 250
SEED = os.environ.get("SYSPROFILE_SEED", "units")
PRINT_UNITS = f"{BUILD}/tests/systemd/print-units"


def archive_of(files):
    """A tar of files; nothing in it is an owner's or a time's."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for path, text in files.items():
            member = tarfile.TarInfo(path.lstrip("/"))
            if text.startswith("-> "):
                member.type = tarfile.SYMTYPE
                member.linkname = text[3:]
                tar.addfile(member)
            else:
                data = text.encode()
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def write_tree(root, files):
    for path, text in files.items():
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        if text.startswith("-> "):
            os.symlink(text[3:], root + path)
        else:
            with open(root + path, "w", encoding="utf-8") as f:
                f.write(text)


def write_base(root):
    """What every Debian has."""
    for directory in (*trees.DIRECTORIES, "/dev", "/etc/systemd/system.attached"):
        os.makedirs(root + directory, exist_ok=True)
    os.symlink("usr/lib", f"{root}/lib")
    with open(f"{root}/dev/null", "w", encoding="ascii"):
        pass


def of_systemd(m, made):
    """{name: [state, files...]} as systemd has it."""
    everything = dict(trees.FOR_ALL)
    for tree in made:
        everything |= tree.files
    m.must(["tar", "-x", "-C", "/", "--keep-directory-symlink"], stdin=archive_of(everything))
    m.must(["systemctl", "daemon-reload"])
    names = [name for tree in made for name in tree.names]
    text = m.must(["systemctl", "--no-pager", "show", "--property=LoadState",
                   "--property=FragmentPath", "--property=DropInPaths", "--", *names],
                  120)  # fmt: skip
    found = {}
    for name, block in zip(names, text.strip().split("\n\n"), strict=True):
        facts = dict(line.split("=", 1) for line in block.splitlines())
        # Debian 12 names a link to the directory, or the directory.
        fragment = re.sub("^/lib/", "/usr/lib/", facts["FragmentPath"])
        files = [fragment, *facts["DropInPaths"].split()]
        found[name] = [facts["LoadState"], *(files if facts["LoadState"] == "loaded" else [])]
    return found


def of_ours(made, directory):
    asked = []
    for tree in made:
        root = f"{directory}/{tree.prefix}"
        write_base(root)
        write_tree(root, {**trees.FOR_ALL, **tree.files})
        asked += [f"{root} {name}" for name in tree.names]
    result = run([PRINT_UNITS], stdin="\n".join(asked).encode() + b"\n", timeout=60)
    if result.status != 0:
        raise RuntimeError(result)
    lines = [line.split("\t") for line in result.stdout.decode().splitlines()]
    return {line[0]: line[1:] for line in lines}


def check(tap, m):
    made = trees.make_trees(SEED, TREES)
    with Directory() as directory:
        ours = of_ours(made, directory)
    theirs = of_systemd(m, made)
    n = loaded = 0
    for tree in made:
        # It counts the mask of a drop-in as one more file.
        gone = {path for path, text in {**trees.FOR_ALL, **tree.files}.items()
                if ".d/" in path and text in ("-> /dev/null", "-> /nowhere")}  # fmt: skip
        wrong = []
        for name in tree.names:
            wanted = [file for file in theirs[name] if file not in gone]
            n += 1
            loaded += wanted[0] == "loaded"
            if ours[name] != wanted:
                wrong.append(f"{name}\n  wanted {wanted}\n  got    {ours[name]}")
        if wrong:
            tap.ok(False, f"tree {tree.prefix} is read as systemd reads it",
                   "\n".join([*wrong, tree.describe()]))  # fmt: skip
    tap.ok(loaded > TREES, f"{n} units of {len(made)} trees, {loaded} of them loaded")
    tap.note(f"systemd {m.systemd_version()[1]}, seed {SEED}")


def main():
    need(PRINT_UNITS)
    tap = Tap()
    try:
        with machine.Machine(sys.argv[1]) as m:
            check(tap, m)
    except Missing as e:
        tap.skip(f"the units of Debian {sys.argv[1]}", e)
    tap.finish()


if __name__ == "__main__":
    main()
