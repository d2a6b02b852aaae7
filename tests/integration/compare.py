#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What sysprofile sees of real programs, held against what strace -f sees of them.

Every (ABI, call) that strace shows in all of its runs must be in ours. What ours show
and strace's never did is listed with process and count; where a written explanation exists it is
given, and the rest is called unexplained. That is a failure, but not for servers: two runs of one
are never quite the same.
"""

import argparse
import ctypes
import os
import re
import shutil
import sys

import programs
from harness import (
    SYSPROFILE,
    Directory,
    Tap,
    end_descendants,
    left_over,
    need,
    read_names,
)

# (expression for the call, why it may be in one run and not in the next).
EXPLANATIONS = [
    ("restart_syscall", "a sleep that a stop interrupted goes on so; depends on the moment"),
    ("futex", "made only when threads really meet"),
    ("sched_yield", "a spin lock that was held for long"),
    ("madvise|munmap|mremap|mprotect|brk", "the allocator's, as threads come and go"),
    ("rt_sigreturn", "a signal came in this run"),
    ("clock_gettime|gettimeofday|time|getcpu", "the vDSO asks the kernel when its clock fails it"),
    ("wait4|waitid|kill|tgkill", "who ends first is chance"),
    ("poll|ppoll|select|pselect6|epoll_wait|epoll_pwait", "nothing was there at once"),
    ("(clock_)?nanosleep", "a wait with growing pauses came to its first pause"),
    ("accept4?|shutdown|recvfrom|sendto|writev|sendfile", "how the requests fell onto workers"),
    ("fsync|fdatasync|sync_file_range|pwritev?(64|2)?|preadv?(64|2)?|fadvise64|fallocate|ftruncate"
     "|rename|unlink|statfs", "a checkpoint or a background rewrite fell into this run"),
    ("semop|semtimedop|semctl", "processes that met at a lock"),
]


class Libseccomp:
    """Names by number, from the library that sysprofile uses itself."""

    ABIS = {"x86-64": 0xC000003E, "x86": 0x40000003, "x32": 0x4000003E, "arm64": 0xC00000B7}

    def __init__(self):
        self.library = ctypes.CDLL("libseccomp.so.2")
        self.library.seccomp_syscall_resolve_num_arch.restype = ctypes.c_void_p
        self.libc = ctypes.CDLL(None)
        self.libc.free.argtypes = [ctypes.c_void_p]

    def name(self, abi, number):
        pointer = self.library.seccomp_syscall_resolve_num_arch(
            ctypes.c_uint32(self.ABIS[abi]), ctypes.c_int(number & 0xFFFFFFFF)
        )
        if not pointer:
            return None
        name = ctypes.string_at(pointer).decode()
        self.libc.free(pointer)
        return name


NATIVE = {"x86_64": "x86-64", "aarch64": "arm64"}.get(os.uname().machine)
FOREIGN = ["x86"] if NATIVE == "x86-64" else []

# Where strace's name of a call is not libseccomp's; (ABI, strace's): libseccomp's. i386 has grown
# some calls twice, and strace calls the first of each by what it is.
STRACE_NAMES = {
    ("x86-64", "_sysctl"): "_sysctl",
    ("x86", "oldselect"): "select",
    ("x86", "select"): "_newselect",
    ("x86", "old_mmap"): "mmap",
    ("x86", "old_getrlimit"): "getrlimit",
    ("x86", "getrlimit"): "ugetrlimit",
}


def strace_call(library, number, name):
    """A call of strace's log as sysprofile writes it: "read", "x86:sync"; or "number 600".

    With -o, strace says nowhere which ABI a call is of; but with -n it gives the number as well,
    and number and name together fit only one, or both and then they are the same.
    """
    if number & 0x40000000 and NATIVE == "x86-64" and number >= 0:
        known = library.name("x32", number)
        return f"x32:{known or number}"
    for abi in [NATIVE, *FOREIGN]:
        known = library.name(abi, number)
        if known and known == STRACE_NAMES.get((abi, name), name):
            return known if abi == NATIVE else f"{abi}:{known}"
    # Newer than this libseccomp, or nobody's: a number to sysprofile.
    if name.startswith("syscall_0x") or library.name(NATIVE, number) is None:
        return f"number {number & 0xFFFFFFFF}"
    raise ValueError(f"strace's {name}, number {number}, is no call of any ABI here")


def without_abi(name):
    """What only a number is known of: strace's log does not tell whose it is."""
    return re.sub(r"^(?:x86-64|x86|arm64):(\d+)$", r"number \1", name)


LINE = re.compile(rb"^(\d+) +\[ *(-?\d+|0x[0-9a-f]+)\] (?:<\.\.\. )?(\w+)(?:\(| resumed>)")


def read_strace(library, path):
    """The set of calls in a log of strace -f -n -o. It begins with the execve of the command."""
    calls = set()
    with open(path, "rb") as f:
        for line in f:
            match = LINE.match(line)
            # The rest: "--- SIGCHLD", "+++ exited", and "<unfinished ...>" of an unknown call.
            if match:
                calls.add(strace_call(library, int(match[2], 0), match[3].decode()))
    return calls


def read_sightings(stderr):
    """The lines of -v: call, ABI, name, count, "first", seconds, process, comm, program."""
    found = {}
    for line in stderr.decode(errors="replace").splitlines():
        words = line.split("\t")
        if words[0] == "call" and len(words) >= 4:
            key = ":".join(words[1:3])
            key = words[2] if key == f"{NATIVE}:{words[2]}" and not words[2].isdigit() else key
            found[without_abi(key)] = " ".join(words[3:])
    return found


def as_user(program, option):
    return [option + program.user] if program.user and os.geteuid() == 0 else []


def run_strace(library, program, control):
    log = os.path.join(control, "strace.log")
    user = ["-u", program.user] if as_user(program, "") else []
    with Directory() as path:
        prefix = ["strace", "-f", "-n", "-s0", "-eraw=all", "-o", log, *user]
        programs.trace(program, programs.Room(path), prefix)
    return read_strace(library, log)


def run_ours(program, control, engine):
    output = os.path.join(control, "names")
    if os.path.exists(output):
        os.unlink(output)
    options = ["-v", "--no-progress", "-f", "names", "-o", output, *engine]
    with Directory() as path:
        prefix = [SYSPROFILE, *options, *as_user(program, "--run-as=")]
        result = programs.trace(program, programs.Room(path), prefix)
    names = read_names(output)
    if names is None:
        raise RuntimeError(f"no result: {result}")
    return {without_abi(name) for name in names}, read_sightings(result.stderr)


def explanation(call):
    for expression, why in EXPLANATIONS:
        if re.fullmatch(expression, call):
            return why
    return None


def compare(tap, library, program, arguments):
    # Not the program's own directory: that may belong to another user.
    with Directory() as control:
        theirs, ours, sightings = [], [], {}
        try:
            for _ in range(arguments.runs):
                theirs.append(run_strace(library, program, control))
                names, seen = run_ours(program, control, arguments.engine)
                ours.append(names)
                sightings.update(seen)
        except (RuntimeError, ValueError) as e:
            tap.ok(False, f"{program.name}: runs", e)
            return
        finally:
            end_descendants()
        # Signals that a tracee ignores wake it too (ptrace(2)): tracers make this one themselves.
        always = set.intersection(*theirs) - {"restart_syscall"}
        ever = set.union(*theirs)
        missing = sorted(always - set.union(*ours))
        tap.ok(not missing, f"{program.name}: all of strace's {len(always)} calls", missing)
        never = sorted(set.union(*ours) - ever)
        unexplained = [call for call in never if not explanation(call)]
        for call in never:
            tap.note(
                f"{program.name}: {call} is ours alone, {sightings.get(call, 'no sighting')}: "
                f"{explanation(call) or 'unexplained'}"
            )
        for call in sorted(ever - always - set.union(*ours)):
            tap.note(f"{program.name}: {call} is strace's alone, and not in all of its runs")
        if not isinstance(program, programs.Server):
            tap.ok(
                not unexplained, f"{program.name}: nothing unexplained beyond them", unexplained
            )
        tap.ok(not left_over(), f"{program.name}: nothing left")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="of each tracer")
    parser.add_argument("--only", default="", help="comma list of programs")
    parser.add_argument("--skip", default="", help="comma list of programs")
    parser.add_argument("--list", action="store_true", help="names and Debian packages")
    parser.add_argument("--engine", action="append", default=[], help="an option for sysprofile")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    table = programs.table()
    if arguments.list:
        for program in table:
            print(f"{program.name}: {program.packages}")
        return
    known = {program.name for program in table}
    only, skip = (set(filter(None, text.split(","))) for text in (arguments.only, arguments.skip))
    if (only | skip) - known:
        sys.exit(f"compare.py: no program called {', '.join(sorted((only | skip) - known))}")
    need(SYSPROFILE)
    tap = Tap()
    library = Libseccomp()
    for program in table:
        if (only and program.name not in only) or program.name in skip:
            continue
        missing = ([] if shutil.which("strace") else ["strace"]) + program.missing()
        if missing:
            tap.skip(program.name, f"{' '.join(missing)} missing")
            continue
        compare(tap, library, program, arguments)
    tap.finish()


if __name__ == "__main__":
    main()
