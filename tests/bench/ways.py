# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ways to run a command: by itself, below sysprofile with either engine and each policy, strace."""

from harness import ENVIRONMENT, SYSPROFILE

POLICIES = ("adaptive", "block", "spin", "co-locate")
ENGINES = {"seccomp": [], "plain": ["--no-seccomp"]}


class Way:
    def __init__(self, name, title, tracer=(), environment=None):
        self.name = name
        self.title = title
        self.tracer = list(tracer)
        self.environment = {**ENVIRONMENT, **(environment or {})}

    def prefix(self, scratch):
        """What goes before the command. scratch: a file that may be written."""
        return [scratch if word == "SCRATCH" else word for word in self.tracer]


def sysprofile_way(engine, policy):
    # Its summary and progress are not part of the price of a call, nor is asking the host's systemd
    # for its groups, which takes some milliseconds once a run and tells nothing about tracing.
    argv = [SYSPROFILE, "-q", "--no-progress", "--systemd=252", *ENGINES[engine]]
    argv += ["-o", "SCRATCH", "--"]
    return Way(f"{engine}-{policy}", f"{engine}, {policy}", argv, {"SYSPROFILE_WAIT": policy})


NATIVE = "native"
OURS = "seccomp-adaptive"
PLAIN = "plain-adaptive"
STRACE = "strace"
STRACE_COUNT = "strace-c"
MAIN = (OURS, PLAIN, STRACE, STRACE_COUNT)

TABLE = [
    Way(NATIVE, "native"),
    *(sysprofile_way(engine, policy) for engine in ENGINES for policy in POLICIES),
    Way(STRACE, "strace -f", ["strace", "-f", "-o", "/dev/null", "--"]),
    Way(STRACE_COUNT, "strace -f -c", ["strace", "-f", "-c", "-o", "/dev/null", "--"]),
]
TITLES = {way.name: way.title for way in TABLE}
