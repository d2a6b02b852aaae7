# SPDX-License-Identifier: LGPL-2.1-or-later
"""What compare.py runs: real programs, each with a load small enough for every change to be tried.

A program has a name; needs(), a list of files that must be there; prepare(room), which may leave
things in room.path and returns the argument vector; and, when it is a server, ready(room),
load(room) and stop(room, pid). user is who it runs as when root runs the comparison.
"""

import os
import shutil
import socket
import subprocess
import time

from harness import ENVIRONMENT, PATIENCE, end_descendants, finish, start


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def tool(argv, **keywords):
    """A helper outside the traced tree, and what it printed; its failure is ours."""
    keywords.setdefault("timeout", 60 * PATIENCE)
    keywords.setdefault("env", ENVIRONMENT)
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **keywords
    )
    if done.returncode != 0:
        text = done.stdout.decode(errors="replace")[-2000:]
        raise RuntimeError(f"{argv[0]} ended with {done.returncode}: {text}")
    return done.stdout


def which(name):
    return shutil.which(name, path=ENVIRONMENT["PATH"]) or name


class Program:
    name = "?"
    packages = ""
    binaries = ()
    user = None
    timeout = 60

    def missing(self):
        return [path for path in self.binaries if not os.access(which(path), os.X_OK)]

    def prepare(self, room):
        raise NotImplementedError


class Server(Program):
    """Started, waited for, put under load, and stopped by a signal to its first process."""

    pid_file = "pid"

    def ready(self, room):
        return answers(room.port)

    def load(self, room):
        raise NotImplementedError

    def stop(self, room):
        with open(os.path.join(room.path, self.pid_file), encoding="ascii") as f:
            pid = int(f.readline())
        os.kill(pid, self.stop_signal)

    def wait_ready(self, room, process):
        end = time.monotonic() + 30 * PATIENCE
        while not self.ready(room):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.name} did not become ready")
            time.sleep(0.05)


class Room:
    """What a run has to itself: an empty directory, so that each finds the same world."""

    def __init__(self, path):
        self.path = path
        self.port = None


def trace(program, room, prefix):
    """One run of the program below the tracer that prefix starts; returns a harness Result."""
    process = start([*prefix, "--", *program.prepare(room)], cwd="/")
    try:
        if isinstance(program, Server):
            program.wait_ready(room, process)
            program.load(room)
            program.stop(room)
    except (RuntimeError, OSError) as e:
        end_descendants()
        result = finish(process, 10)
        raise RuntimeError(f"{e}\n{result}") from e
    result = finish(process, program.timeout)
    if result.timed_out or result.status != 0:
        raise RuntimeError(repr(result))
    return result


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def table():
    from programs import commands, servers

    return [*commands.PROGRAMS, *servers.PROGRAMS]
