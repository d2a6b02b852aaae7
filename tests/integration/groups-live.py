#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the table of system call groups with what Debian 12 and Debian 13 say themselves.

Debian 12 is this host, if it is one. Debian 13 is a root that debootstrap makes from the archive
that this host's apt uses, once; it is kept in $SYSPROFILE_CACHE, below the user's cache otherwise.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "syscall-groups"))

import groupdata  # noqa: E402
import harness  # noqa: E402

DATA = Path(groupdata.__file__).parent
BOOTSTRAP_SECONDS = 600


class Missing(Exception):
    """Why a check cannot run here."""


def run(command, seconds=60):
    """Standard output; everything that the command started ends with it."""
    environment = {**os.environ, "LC_ALL": "C", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "cat"}
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env=environment,
                                   start_new_session=True)
    except OSError as e:
        raise Missing(f"{command[0]}: {e.strerror}") from e
    try:
        out, err = process.communicate(timeout=seconds)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if process.returncode != 0:
        last = (err or out).strip().splitlines()[-1:]
        raise Missing(f"{' '.join(map(str, command[:3]))} failed: {' '.join(last)}")
    return out


def host_is_debian_12():
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError as e:
        raise Missing(f"/etc/os-release: {e.strerror}") from e
    if not re.search(r'^ID="?debian"?$', text, re.M):
        raise Missing("this host is no Debian")


def archive():
    """The address of the Debian archive in this host's apt configuration."""
    lines = run(["apt-get", "indextargets", "--format", "$(LABEL)\t$(REPO_URI)",
                 "Created-By: Packages"]).splitlines()
    addresses = [line.split("\t")[1] for line in lines if line.startswith("Debian\t")]
    if not addresses:
        raise Missing("apt is configured for no Debian archive")
    return addresses[0]


def cache():
    own = os.environ.get("SYSPROFILE_CACHE")
    if own:
        return Path(own)
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "sysprofile"


def remove_root(root):
    """debootstrap may have been ended with /proc still mounted in there: never cross into it."""
    subprocess.run(["rm", "-rf", "--one-file-system", "--", root], check=False, timeout=600)


def trixie():
    """The root of a Debian 13; renamed into place when complete, so that no half one is used."""
    root = cache() / "root-trixie"
    if (root / "usr/bin/systemd-analyze").exists():
        return root
    if os.geteuid() != 0:
        raise Missing("only root can make a root of Debian 13")
    if not shutil.which("debootstrap"):
        raise Missing("debootstrap is not installed")
    mirror = archive()
    root.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix="root-trixie.", dir=root.parent))
    try:
        run(["debootstrap", "--variant=minbase", "--include=systemd", "trixie", temporary, mirror],
            BOOTSTRAP_SECONDS)
        temporary.chmod(0o755)
        temporary.rename(root)
    except subprocess.TimeoutExpired as e:
        raise Missing(f"debootstrap took longer than {BOOTSTRAP_SECONDS} s") from e
    except OSError:
        # Someone else was faster, and theirs is as good.
        if not (root / "usr/bin/systemd-analyze").exists():
            raise
    finally:
        if temporary.exists():
            remove_root(temporary)
    return root


def live(prefix):
    """(version, {group: members}) of the systemd that prefix leads to."""
    version = re.match(r"systemd (\d+)(?: \((\d+(?:\.\d+)?))?",
                       run([*prefix, "systemd-analyze", "--version"]))
    if not version:
        raise Missing("systemd-analyze --version says no version")
    listing = run([*prefix, "systemd-analyze", "--no-pager", "syscall-filter"])
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
    return ["chroot", trixie()]


def main():
    # Here the way out leads through run() and trixie(): debootstrap's root is taken away with care.
    for number in harness.ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda number, _: sys.exit(128 + number))
    tap = harness.Tap()
    compare(tap, "the table is what Debian 12 says", "252", this_host)
    compare(tap, "the table is what Debian 13 says", "257", debian_13)
    tap.finish()


if __name__ == "__main__":
    main()
