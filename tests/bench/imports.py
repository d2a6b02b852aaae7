#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How fast -i reads logs, in MB/s, and in how much memory.

Each log is one of a real command, repeated until it has the size asked for, in a temporary
directory; it is read once before it is measured, so that no disk is. Of several rounds the median
is told, with the slowest and the fastest.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

from harness import ENVIRONMENT, SYSPROFILE, Directory, need, run  # noqa: E402

COMMAND = ["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do ls -l /usr/bin >/dev/null; done & wait"]
RECORD = (
    b'type=SECCOMP msg=audit(1700000%03d.588:%d): auid=1000 uid=0 gid=0 ses=3 subj=unconfined '
    b'pid=%d comm="apache2" exe="/usr/sbin/apache2" sig=0 arch=c000003e syscall=%d compat=0 '
    b"ip=0x7f25f1d27829 code=0x7ffc0000\n"
)


def strace(path, *options):
    run(["strace", "-f", *options, "-o", path, *COMMAND], 120)
    with open(path, "rb") as f:
        return f.read()


def audit(_path):
    return b"".join(RECORD % (n, n, n + 5, n % 300) for n in range(1000))


# The name of a row, and what makes its text.
LOGS = [
    ("strace -f", lambda path: strace(path)),
    ("strace -f -tt -T", lambda path: strace(path, "-tt", "-T")),
    ("strace -f -y -n", lambda path: strace(path, "-y", "-n")),
    ("audit.log", audit),
]


def write_log(path, text, megabytes):
    with open(path, "wb") as f:
        for _ in range(max(1, megabytes * 1000000 // len(text))):
            f.write(text)
    return os.path.getsize(path), text.count(b"\n") / len(text)


def measure(path):
    """Seconds, and the most memory in KB."""
    begin = time.monotonic()
    process = subprocess.Popen(
        [SYSPROFILE, "-q", "-i", path, "-f", "names"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=ENVIRONMENT,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"sysprofile -i {path} ended with {process.returncode}")
    return time.monotonic() - begin, usage.ru_maxrss


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1000, help="of each log")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="a part of the names of logs")
    args = parser.parse_args()
    need(SYSPROFILE)
    print("| log | MB/s | million lines/s | memory |\n| --- | ---: | ---: | ---: |")
    for name, make in LOGS:
        if not re.search(re.escape(args.only), name):
            continue
        if name.startswith("strace") and not shutil.which("strace"):
            print(f"| {name} | strace is missing | | |")
            continue
        with Directory() as directory:
            text = make(os.path.join(directory, "once"))
            path = os.path.join(directory, "log")
            size, lines = write_log(path, text, args.megabytes)
            measure(path)
            times, memory = zip(*(measure(path) for _ in range(args.rounds)))
            rates = [size / seconds / 1e6 for seconds in times]
            print(
                f"| {name} | {statistics.median(rates):.0f} [{min(rates):.0f}–{max(rates):.0f}] "
                f"| {statistics.median(rates) * lines:.1f} | {max(memory) / 1000:.0f} MB |",
                flush=True,
            )


if __name__ == "__main__":
    main()
