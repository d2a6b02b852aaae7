# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ways to run a command: by itself, below sysprofile with either engine and each policy, strace."""

import os

import harness
from harness import ENVIRONMENT, SYSPROFILE

POLICIES = ("adaptive", "block", "spin", "co-locate")
ENGINES = {"seccomp": [], "plain": ["--no-seccomp"]}


class Profile:
    """A file that lasts from one run to the next, in a directory that goes with the benchmark."""

    path = None

    @classmethod
    def name(cls):
        cls.path = cls.path or os.path.join(harness.make_directory("sysprofile-bench-"), "known")
        return cls.path


class Way:
    def __init__(self, name, title, tracer=(), environment=None, learns=False):
        self.name = name
        self.title = title
        self.tracer = list(tracer)
        # Whether a run that is not measured has to come first.
        self.learns = learns
        self.environment = {**ENVIRONMENT, **(environment or {})}

    def prefix(self, scratch):
        """What goes before the command. scratch: a file that may be written."""
        places = {"SCRATCH": lambda: scratch, "PROFILE": Profile.name}
        return [places[word]() if word in places else word for word in self.tracer]


def sysprofile_way(engine, policy):
    # Its summary and progress are not part of the price of a call, nor is asking the host's systemd
    # for its groups, which takes some milliseconds once a run and tells nothing about tracing.
    argv = [SYSPROFILE, "-q", "--no-progress", "--systemd=252", *ENGINES[engine]]
    argv += ["-o", "SCRATCH", "--"]
    return Way(f"{engine}-{policy}", f"{engine}, {policy}", argv, {"SYSPROFILE_WAIT": policy})


def known_way():
    argv = [SYSPROFILE, "-q", "--no-progress", "--systemd=252", "-P", "PROFILE", "-o", "SCRATCH"]
    return Way(KNOWN, "all calls known", [*argv, "--"], learns=True)


NATIVE = "native"
KNOWN = "known"
OURS = "seccomp-adaptive"
PLAIN = "plain-adaptive"
STRACE = "strace"
STRACE_COUNT = "strace-c"
MAIN = (OURS, PLAIN, STRACE, STRACE_COUNT)

TABLE = [
    Way(NATIVE, "native"),
    *(sysprofile_way(engine, policy) for engine in ENGINES for policy in POLICIES),
    known_way(),
    Way(STRACE, "strace -f", ["strace", "-f", "-o", "/dev/null", "--"]),
    Way(STRACE_COUNT, "strace -f -c", ["strace", "-f", "-c", "-o", "/dev/null", "--"]),
]
TITLES = {way.name: way.title for way in TABLE}
