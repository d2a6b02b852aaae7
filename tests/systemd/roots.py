# SPDX-License-Identifier: LGPL-2.1-or-later
"""Roots of Debian releases, made once by debootstrap from the archive that this host's apt uses.

They are kept in $SYSPROFILE_CACHE, below the user's cache otherwise, under a name that holds what
they were made of. Whoever uses one must not write to it: several tests may do so at once.
"""

import fcntl
import hashlib
import os
import shutil
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

import harness  # noqa: E402

SUITES = {"12": "bookworm", "13": "trixie"}
PACKAGES = [
    "apache2", "nginx-light", "redis-server", "postgresql", "dovecot-imapd", "dovecot-pop3d",
    "opensmtpd", "openssh-server", "ca-certificates", "libseccomp2", "libcap2", "libjansson4",
]  # fmt: skip
MAKER = HERE / "make-root.sh"
SECONDS = 900  # a slow mirror is no failure


class Missing(Exception):
    """Why a check cannot run here."""


def tool(argv, seconds=60):
    """Standard output of a command of the host."""
    environment = {**os.environ, "LC_ALL": "C", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "cat"}
    try:
        result = harness.run(argv, timeout=seconds, env=environment)
    except OSError as e:
        raise Missing(f"{argv[0]}: {e.strerror}") from e
    if result.status != 0:
        said = (result.stderr or result.stdout).decode(errors="replace").strip().splitlines()
        words = " ".join(map(str, argv[:3]))
        how = "took too long" if result.timed_out else f"failed: {' '.join(said[-1:])}"
        raise Missing(f"{words} {how}")
    return result.stdout.decode(errors="replace")


def archive():
    """The address of the Debian archive in this host's apt configuration."""
    argv = ["apt-get", "indextargets", "--format", "$(LABEL)\t$(REPO_URI)", "Created-By: Packages"]
    lines = tool(argv).splitlines()
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


def is_whole(root):
    """Whether it was finished, and still has what can be lost by a careless hand."""
    return (root / "etc/sysprofile-root").exists() and os.access(root / "bin/systemctl", os.X_OK)


def remove(root):
    """Never crosses into what may be mounted there."""
    tool(["rm", "-rf", "--one-file-system", "--", root], 600)


class Lock:
    """One maker a suite; the others wait, and find the root made."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.file = open(self.path, "w", encoding="ascii")
        end = time.monotonic() + SECONDS
        while True:
            try:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > end:
                    raise Missing(f"{self.path} is locked for {SECONDS} s") from None
                time.sleep(0.2)

    def __exit__(self, *_):
        self.file.close()


def make(root, suite, packages):
    for program in ("debootstrap", "unshare", "chroot"):
        if not shutil.which(program, path=harness.ENVIRONMENT["PATH"]):
            raise Missing(f"{program} is not installed")
    mirror = archive()
    # Nobody else makes one now, so these are of makers that were killed.
    for stale in root.parent.glob(f"making-{suite}-*"):
        remove(stale)
    temporary = Path(harness.make_directory(f"making-{suite}-", root.parent))
    try:
        own_mounts = ["unshare", "--mount", "--propagation", "private"]
        tool([*own_mounts, MAKER, temporary, suite, mirror, *packages], SECONDS)
        temporary.chmod(0o755)
        (temporary / "etc/sysprofile-root").touch()
        if root.exists():
            remove(root)
        temporary.rename(root)
    finally:
        if temporary.exists():
            remove(temporary)
        harness.DIRECTORIES.discard(str(temporary))


def root_of(release, more=()):
    """The root of Debian "12" or "13"; made if need be, which takes a minute or two. With more
    packages it is another root."""
    suite = SUITES[release]
    packages = [*PACKAGES, *more]
    recipe = "\n".join([suite, *packages, MAKER.read_text(encoding="utf-8")])
    root = cache() / f"root-{suite}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if is_whole(root):
        return root
    if os.geteuid() != 0:
        raise Missing(f"only root can make a root of Debian {release}")
    root.parent.mkdir(parents=True, exist_ok=True)
    with Lock(root.parent / f"making-{suite}.lock"):
        if not is_whole(root):
            make(root, suite, packages)
    return root
