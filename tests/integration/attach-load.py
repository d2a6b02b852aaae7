#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Servers under load that sysprofile comes to, leaves, and is killed at: no request may fail.

--times N: attach and detach so often, and be killed at a random moment so often, at each server.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time

import programs
from attach import OURS, attached, let_go, traces
from harness import (
    SYSPROFILE,
    Directory,
    Tap,
    descendants_of,
    finish,
    left_over,
    need,
    read_until,
    run,
    start,
    wait_for,
)
from programs import servers

HERE = os.path.dirname(os.path.abspath(__file__))


class PythonServer(programs.Server):
    """A thread for each request."""

    name = "python3 -m http.server"
    packages = "python3"

    def prepare(self, room):
        room.port = programs.free_port()
        programs.write(f"{room.path}/index.html", "hello\n" * 100)
        port = str(room.port)
        return [sys.executable, "-m", "http.server", "-b", "127.0.0.1", "-d", room.path, port]


class SmallRedis(servers.Redis):
    """Without threads of its own that spin while there are no requests."""

    def prepare(self, room):
        argv = super().prepare(room)
        return [*argv, "--io-threads", "1", "--save", "", "--appendonly", "no"]


class Load:
    """A client that asks until it is left."""

    def __init__(self, protocol, port):
        script = os.path.join(HERE, "attach_client.py")
        self.process = start(
            [sys.executable, "-B", script, protocol, str(port)], stdin=subprocess.PIPE
        )
        read_until(self.process, b"asking")

    def end(self):
        self.process.stdin.close()
        self.process.stdin = None
        result = finish(self.process, 60)
        try:
            return json.loads(result.stdout)
        except ValueError:
            return {"requests": 0, "failed": 1, "worst_ms": 0, "errors": [repr(result)]}


def judge(tap, name, pids, load):
    tap.ok(wait_for(lambda: not traces(pids), 5), f"{name}: nothing is left in it", traces(pids))
    told = load.end()
    tap.ok(
        told["requests"] > 0 and told["failed"] == 0,
        f"{name}: no request fails",
        told["errors"],
    )
    tap.note(f"{told['requests']} requests, the slowest took {told['worst_ms']} ms")


def come_and_go(tap, name, server, protocol, port, times):
    """Attached to, left to follow for a moment, and let go; in turns by -d and by SIGINT."""
    load = Load(protocol, port)
    bad = []
    for i in range(times):
        if i % 2:
            result = run([*OURS, "-f", "names", "-d", "50ms", "-p", str(server.pid)])
        else:
            process = attached(server.pid, "-f", "names")
            time.sleep(random.uniform(0, 0.05))
            result = let_go(process)
        if result.status != 0:
            bad.append(f"{i}: {result}")
    tap.ok(not bad, f"{name}: followed and let go {times} times", "\n".join(bad[:3]))
    pids = [server.pid, *descendants_of(server.pid)]
    judge(tap, f"{name}, followed", pids, load)


def be_killed(tap, name, server, protocol, port, times):
    load = Load(protocol, port)
    for _ in range(times):
        process = start([*OURS, "-f", "names", "-p", str(server.pid)], stderr=subprocess.DEVNULL)
        # From before its first ptrace(2) to well after its last one of the attach.
        time.sleep(random.uniform(0, 0.06))
        process.kill()
        finish(process)
    tap.ok(server.poll() is None, f"{name}: lives on after {times} tracers were killed")
    pids = [server.pid, *descendants_of(server.pid)]
    judge(tap, f"{name}, tracers killed", pids, load)


def check(tap, program, protocol, times):
    missing = program.missing()
    if missing:
        tap.skip(program.name, f"{missing} missing, of {program.packages}")
        return
    with Directory() as path:
        room = programs.Room(path)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = start(program.prepare(room), cwd="/", **quiet)
        program.wait_ready(room, server)
        come_and_go(tap, program.name, server, protocol, room.port, times)
        be_killed(tap, program.name, server, protocol, room.port, times)
        server.terminate()
        finish(server)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=8)
    times = parser.parse_args().times
    need(SYSPROFILE)
    tap = Tap()
    seed = random.randrange(1 << 32)
    random.seed(seed)
    tap.note(f"seed {seed}")
    check(tap, PythonServer(), "http", times)
    check(tap, servers.Nginx(), "http", times)
    check(tap, SmallRedis(), "redis", times)
    tap.same(left_over(), [], "no process is left")
    tap.finish()


if __name__ == "__main__":
    main()
