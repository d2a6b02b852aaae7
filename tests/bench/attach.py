#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What it costs to be followed: coming and going, the slowest answer meanwhile, memory, idleness.

attach.py [--rounds N]: prints a table of medians and worst values. SYSPROFILE_BUILD names the build; a
release build on an idle machine, or the figures are of something else.
"""

import argparse
import os
import signal
import socket
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


def ask_redis(port, state):
    s = state.get("s") or state.setdefault("s", socket.create_connection(("127.0.0.1", port)))
    s.sendall(b"PING\r\n")
    if s.recv(64) != b"+PONG\r\n":
        raise RuntimeError("redis: a wrong answer")


def ask_http(port, _state):
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(b"GET /index.html HTTP/1.0\r\n\r\n")
        got = b""
        while data := s.recv(65536):
            got += data
    if not got.endswith(b"hello\n"):
        raise RuntimeError("http: a wrong answer")


def worst_ms(ask, port, seconds):
    """The slowest of the answers to one who asks all the time, and the median."""
    state, times = {}, []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.monotonic()
        ask(port, state)
        times.append(time.monotonic() - begin)
    return 1000 * max(times), 1000 * statistics.median(times)


def latency(program, ask, rounds):
    with tempfile.TemporaryDirectory() as path:
        os.chmod(path, 0o755)
        room = programs.Room(path)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = start(program.prepare(room), cwd="/", **quiet)
        program.wait_ready(room, server)
        worst = {"alone": [], "followed": []}
        for _ in range(rounds):
            worst["alone"].append(worst_ms(ask, room.port, 1.5))
            # It comes and goes while the answers are awaited.
            process = start([*OURS, "-d", "1", "-p", str(server.pid)], stdout=subprocess.DEVNULL)
            worst["followed"].append(worst_ms(ask, room.port, 1.5))
            finish(process)
        for how, values in worst.items():
            print(f"{program.name}, {how}: slowest answer {max(v[0] for v in values):.1f} ms, median "
                  f"of the slowest of {rounds} rounds {statistics.median(v[0] for v in values):.1f} ms,"
                  f" median {statistics.median(v[1] for v in values):.3f} ms"
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
    latency(QuietRedis(), ask_redis, arguments.rounds)
    latency(servers.Nginx(), ask_http, arguments.rounds)
    idleness(servers.Nginx(), arguments.idle)
    idleness(QuietRedis(), arguments.idle)


if __name__ == "__main__":
    main()
