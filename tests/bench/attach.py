#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What it costs to be followed: coming and going, the slowest answer meanwhile, memory, idleness.

attach.py [--rounds N]: prints a table of medians and worst values. SYSPROFILE_BUILD names the build; a
release build on an idle machine, or the figures are of something else.
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "integration"))

import programs  # noqa: E402
from harness import BUILD, SYSPROFILE, finish, read_until, start  # noqa: E402
from programs import servers  # noqa: E402

OURS = [SYSPROFILE, "--systemd=252", "-f", "names", "-o", "/dev/null"]
THREADS = 10000


def peak_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM"))


def cpu_ns(pid):
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as f:
        return int(f.read().split()[0])


def follow(pid):
    """A sysprofile that says that it is attached, and how long that took."""
    begin = time.monotonic()
    process = start([*OURS, "-p", str(pid)], stdout=subprocess.DEVNULL)
    text = b""
    while b"attached to" not in text:
        data = os.read(process.stderr.fileno(), 4096)
        if not data:
            raise RuntimeError(text.decode())
        text += data
    return process, time.monotonic() - begin


def leave(process):
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    result = finish(process, 60)
    if result.status != 0:
        raise RuntimeError(repr(result))
    return time.monotonic() - begin


def settle(pid):
    """How long until no thread is held any more, and all of them go on."""
    begin = time.monotonic()
    held = True
    while held and time.monotonic() - begin < 10:
        held = False
        for tid in os.listdir(f"/proc/{pid}/task")[:: THREADS // 100]:
            try:
                with open(f"/proc/{pid}/task/{tid}/stat", encoding="ascii") as f:
                    held |= f.read().rpartition(")")[2].split()[0] == "t"
            except OSError:
                pass
        time.sleep(0.005)
    return time.monotonic() - begin


def many_threads(rounds):
    rows = []
    for _ in range(rounds):
        target = start([os.path.join(BUILD, "tests", "bench", "bench-sleepers"), "one",
                        str(THREADS), "1000"])
        while len(os.listdir(f"/proc/{target.pid}/task")) < THREADS:
            time.sleep(0.01)
        time.sleep(0.5)
        process, came = follow(target.pid)
        settled = settle(target.pid)
        time.sleep(0.5)
        kb = peak_kb(process.pid)
        rows.append((came + settled, leave(process), kb))
        target.kill()
        finish(target)
    for name, at in (("attach", 0), ("detach", 1)):
        values = [row[at] for row in rows]
        print(f"{THREADS} threads, {name}: median {statistics.median(values):.2f} s, "
              f"worst {max(values):.2f} s")
    print(f"{THREADS} threads, both: worst {max(r[0] + r[1] for r in rows):.2f} s (to reach: 2 s)")
    print(f"{THREADS} threads, memory: {max(r[2] for r in rows) / 1024:.1f} MB (to reach: 16 MB)")


UNITS = {"us": 0.001, "ms": 1, "s": 1000}


def start_wrk(port):
    return start(["wrk", "-t1", "-c8", "-d3s", f"http://127.0.0.1:{port}/index.html"])


def wrk_worst(text):
    """The third column of "Latency": average, deviation, maximum."""
    found = re.search(r"Latency\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)\b", text)
    return float(found[1]) * UNITS[found[2]]


def start_redis_benchmark(port):
    return start(["redis-benchmark", "-p", str(port), "-c", "8", "-n", "120000", "-t", "get", "--csv"])


def redis_worst(text):
    """The last column of the last line, "max_latency_ms"."""
    return float(text.strip().splitlines()[-1].split(",")[-1].strip('"'))


def latency(program, generator, worst_of, rounds):
    """The load generator's own worst answer, while sysprofile comes, follows for a second and goes."""
    with tempfile.TemporaryDirectory() as path:
        os.chmod(path, 0o755)
        room = programs.Room(path)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = start(program.prepare(room), cwd="/", **quiet)
        program.wait_ready(room, server)
        worst = {"alone": [], "followed": []}
        for _ in range(rounds):
            for how, values in worst.items():
                load = generator(room.port)
                time.sleep(0.5)
                if how == "followed":
                    result = finish(start([*OURS, "-d", "1", "-p", str(server.pid)]))
                    if result.status != 0:
                        raise RuntimeError(repr(result))
                values.append(worst_of(finish(load, 60).stdout.decode()))
        for how, values in worst.items():
            print(f"{program.name}, 8 clients, {how}: slowest answer {max(values):.1f} ms, median of the "
                  f"slowest of {rounds} rounds {statistics.median(values):.1f} ms"
                  + (" (to reach: 100 ms)" if how == "followed" else ""))
        server.terminate()
        finish(server)


def idleness(program, seconds):
    with tempfile.TemporaryDirectory() as path:
        os.chmod(path, 0o755)
        room = programs.Room(path)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = start(program.prepare(room), cwd="/", **quiet)
        program.wait_ready(room, server)
        process, _ = follow(server.pid)
        time.sleep(1)
        before, begin = cpu_ns(process.pid), time.monotonic()
        time.sleep(seconds)
        share = (cpu_ns(process.pid) - before) / 1e9 / (time.monotonic() - begin)
        print(f"{program.name}, idle: {100 * share:.3f} % of a CPU (to reach: 0.1 %)")
        leave(process)
        server.terminate()
        finish(server)


class QuietRedis(servers.Redis):
    """Without threads of its own that spin while there are no requests."""

    def prepare(self, room):
        return [*super().prepare(room), "--io-threads", "1", "--save", "", "--appendonly", "no"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--idle", type=float, default=20, help="seconds")
    arguments = parser.parse_args()
    many_threads(arguments.rounds)
    latency(QuietRedis(), start_redis_benchmark, redis_worst, arguments.rounds)
    latency(servers.Nginx(), start_wrk, wrk_worst, arguments.rounds)
    idleness(servers.Nginx(), arguments.idle)
    idleness(QuietRedis(), arguments.idle)


if __name__ == "__main__":
    main()
