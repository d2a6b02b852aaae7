# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is run, and how its rate is taken.

A load's run() starts it in some way and returns operations, seconds, and, where one process is the
tracer, its processor time meanwhile and its peak of memory. What is measured begins when the load
is warm, so that neither the start of a server nor that of the tracer counts, but for "true".
"""

import os
import re
import subprocess
import threading
import time

import harness
import ways
from harness import BUILD, finish, read_until, start
from programs import Room, servers, tool, which

# The whole of a run that makes 10,000 threads under strace takes most of it.
PATIENCE_SECONDS = 120


class Failure(Exception):
    pass


def cpu_seconds(pid):
    """Processor time of all threads of a process; of one that ended too, until it is waited for.

    The clock's number is that of clock_getcpuclockid(3): the kernel's CPUCLOCK_SCHED.
    """
    return time.clock_gettime((~pid << 3) | 2)


def peak_kib(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
            found = re.search(r"^VmHWM:\s+(\d+) kB", f.read(), re.MULTILINE)
    except OSError:
        return None
    return int(found.group(1)) if found else None


class Peak:
    """Reads a process's peak of memory until it is gone: an ended process has none any more."""

    def __init__(self, pid):
        self.kib = None
        self.pid = pid
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while not self.over.wait(0.05):
            self.look()

    def look(self):
        self.kib = peak_kib(self.pid) or self.kib

    def end(self):
        self.look()
        self.over.set()
        self.thread.join()
        return self.kib


class Run:
    """One run of a load: where, in which way, on which processors, how long."""

    def __init__(self, way, pinned, seconds, path):
        self.way = way
        self.seconds = seconds
        self.room = Room(path)
        # taskset execs, so that the process we start is the tracer itself.
        self.placement = ["taskset", "-c", str(min(os.sched_getaffinity(0)))] if pinned else []
        self.scratch = os.path.join(path, "result")

    def argv(self, command):
        return [*self.placement, *self.way.prefix(self.scratch), *command]

    def begin(self, command, **keywords):
        return start(self.argv(command), env=self.way.environment, cwd="/", **keywords)

    @property
    def has_tracer(self):
        return bool(self.way.tracer)


def end_of(process, what):
    result = finish(process, PATIENCE_SECONDS)
    if result.timed_out or result.status != 0:
        raise Failure(f"{what}: {result}")


class Load:
    name = "?"
    title = "?"
    unit = "calls/s"
    binaries = ()
    # None: all.
    only_ways = None
    placements = (False, True)
    # No more rounds than these, however many are asked for.
    most_rounds = None

    def missing(self):
        return [name for name in self.binaries if not os.access(which(name), os.X_OK)]

    def run(self, run):
        raise NotImplementedError


class Marked(Load):
    """A program that says "begin" and "end OPERATIONS SECONDS" (meter.h)."""

    def __init__(self, name, title, program, *arguments, unit="calls/s"):
        self.name = name
        self.title = title
        self.unit = unit
        self.arguments = arguments
        self.program = os.path.join(BUILD, "tests", "bench", f"bench-{program}")
        self.binaries = (self.program,)

    def command(self, run):
        return [self.program, *self.arguments, f"{run.seconds}"]

    def begin(self, run):
        return run.begin(self.command(run)), run.has_tracer

    def run(self, run):
        process, has_tracer = self.begin(run)
        peak = Peak(process.pid) if has_tracer else None
        try:
            text = read_until(process, b"begin\n", PATIENCE_SECONDS)
            before = cpu_seconds(process.pid) if has_tracer else None
            text += read_until(process, b"\n", PATIENCE_SECONDS)
            after = cpu_seconds(process.pid) if has_tracer else None
        finally:
            kib = peak.end() if peak else None
        end_of(process, self.name)
        found = re.search(rb"^end (\d+) ([\d.]+)$", text, re.MULTILINE)
        if not found:
            raise Failure(f"{self.name}: printed {text!r}")
        return {
            "operations": int(found.group(1)),
            "seconds": float(found.group(2)),
            "cpu": after - before if has_tracer else None,
            "peak_kib": kib,
        }


class Again(Marked):
    """The tracer's own start and end, around a command that does nothing."""

    def begin(self, run):
        argv = [self.program, f"{run.seconds}", *run.way.prefix(run.scratch), "/bin/true"]
        process = start([*run.placement, *argv], env=run.way.environment, cwd="/")
        # Each run has a tracer of its own.
        return process, False


class Sleepers(Marked):
    """How the tracer's time and memory grow with the number of threads."""

    only_ways = (ways.NATIVE, ways.OURS, ways.PLAIN, ways.STRACE)
    placements = (False,)
    # Memory is the same each time, and to start ten thousand threads takes seconds.
    most_rounds = 5

    def __init__(self, mode, threads):
        super().__init__(
            f"{mode}-{threads}", f"{threads:,} threads, {mode}", "sleepers", mode, str(threads)
        )
        self.mode = mode
        self.threads = threads


def timed(process, has_tracer, work):
    """Runs work(), which returns operations and seconds, beside a process that serves it."""
    before = cpu_seconds(process.pid) if has_tracer else None
    operations, seconds = work()
    after = cpu_seconds(process.pid) if has_tracer else None
    return {
        "operations": operations,
        "seconds": seconds,
        "cpu": after - before if has_tracer else None,
        "peak_kib": peak_kib(process.pid) if has_tracer else None,
    }


class Compile(Load):
    """make -j2 of a small C project; an operation is the whole build."""

    name = "compile"
    title = "make -j2"
    unit = "builds/s"
    binaries = ("make", "gcc")
    FILES = 6
    FUNCTIONS = 12

    def write_project(self, path):
        names = [f"part{i}" for i in range(self.FILES)]
        for name in names:
            with open(f"{path}/{name}.c", "w", encoding="ascii") as f:
                f.write("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n")
                for i in range(self.FUNCTIONS):
                    f.write(
                        f"int {name}_{i}(const char *s)\n{{\n\tint n = {i};\n\n"
                        "\tfor (; *s; s++)\n\t\tn = n * 31 + (*s ^ (n >> 7));\n"
                        "\treturn n;\n}\n"
                    )
        with open(f"{path}/main.c", "w", encoding="ascii") as f:
            f.write("".join(f"int {name}_0(const char *s);\n" for name in names))
            f.write("int main(int argc, char **argv)\n{\n\treturn argc > 99")
            f.write("".join(f" && {name}_0(argv[0])" for name in names) + ";\n}\n")
        objects = " ".join(f"{name}.o" for name in ["main", *names])
        with open(f"{path}/Makefile", "w", encoding="ascii") as f:
            f.write(f"program: {objects}\n\tgcc -o $@ {objects}\n")
            f.write("%.o: %.c\n\tgcc -O1 -c -o $@ $<\n")

    def run(self, run):
        self.write_project(run.room.path)
        begin = time.monotonic()
        process = run.begin(["make", "-s", "-j2", "-C", run.room.path])
        peak = Peak(process.pid) if run.has_tracer else None
        # The end is waited for without taking leave, so that the processor time is still there.
        end = threading.Timer(PATIENCE_SECONDS, harness.end_descendants)
        end.start()
        try:
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        finally:
            end.cancel()
        seconds = time.monotonic() - begin
        cpu = cpu_seconds(process.pid) if run.has_tracer else None
        kib = peak.end() if peak else None
        end_of(process, self.name)
        return {"operations": 1, "seconds": seconds, "cpu": cpu, "peak_kib": kib}


class Serving(Load):
    """A server and its load generator; the server and its tracer alone are bound to a processor."""

    unit = "requests/s"

    def __init__(self, name, title, server, connections):
        self.name = name
        self.title = title
        self.server = server
        self.connections = connections
        self.binaries = server.binaries

    def run(self, run):
        process = run.begin(
            self.server.prepare(run.room), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            self.server.wait_ready(run.room, process)
            self.warm_up(run)
            result = timed(process, run.has_tracer, lambda: self.serve(run, run.seconds))
            self.server.stop(run.room)
        except (RuntimeError, OSError) as e:
            harness.end_descendants()
            finish(process, 10)
            raise Failure(f"{self.name}: {e}") from e
        end_of(process, self.name)
        return result

    def warm_up(self, run):
        raise NotImplementedError

    def serve(self, run, seconds):
        """Loads the server for about that long; operations and seconds."""
        raise NotImplementedError


class Counted(Serving):
    """Its load generator takes a number of requests: so many as the warm-up says fit in."""

    FIRST = 400

    def requests(self, run, count):
        """Makes so many requests; the rate that the load generator tells."""
        raise NotImplementedError

    def warm_up(self, run):
        rate = self.requests(run, self.FIRST)
        # Once more, when whatever adapts itself has begun to.
        count = max(self.FIRST, int(rate * run.seconds / 4))
        run.rate = self.requests(run, count)

    def serve(self, run, seconds):
        count = max(self.FIRST, int(run.rate * seconds))
        return count, count / self.requests(run, count)


def number_in(pattern, output):
    found = re.search(pattern, output)
    if not found:
        raise RuntimeError(f"no rate in {output[-500:]!r}")
    return float(found.group(1))


class RedisServer(servers.Redis):
    """Without the files that it would write now and then, and without threads for its sockets."""

    def prepare(self, room):
        words = ["--save", "", "--appendonly", "no", "--io-threads", "1"]
        return [*super().prepare(room), *words]


class RedisGet(Counted):
    def requests(self, run, count):
        argv = ["redis-benchmark", "-h", "127.0.0.1", "-p", str(run.room.port), "--csv"]
        output = tool([*argv, "-t", "get", "-c", str(self.connections), "-n", str(count)])
        return number_in(rb'(?m)^"GET","([\d.]+)"', output)


class ApacheAb(Counted):
    def requests(self, run, count):
        url = f"http://127.0.0.1:{run.room.port}/"
        output = tool(["ab", "-q", "-c", str(self.connections), "-n", str(count), url])
        if number_in(rb"Failed requests:\s+(\d+)", output):
            raise RuntimeError(f"ab: requests failed: {output[-1000:]!r}")
        return number_in(rb"Requests per second:\s+([\d.]+)", output)


class NginxWrk(Serving):
    """wrk knows whole seconds only, which is much for a warm-up: ab does that."""

    def missing(self):
        return [name for name in (*self.binaries, "ab") if not os.access(which(name), os.X_OK)]

    def warm_up(self, run):
        tool(["ab", "-q", "-k", "-c", "8", "-n", "800", f"http://127.0.0.1:{run.room.port}/"])

    def serve(self, run, seconds):
        duration = f"-d{max(1, round(seconds))}s"
        url = f"http://127.0.0.1:{run.room.port}/"
        output = tool(["wrk", "-t1", f"-c{self.connections}", duration, url])
        rate = number_in(rb"Requests/sec:\s+([\d.]+)", output)
        operations = int(number_in(rb"(\d+) requests in", output))
        return operations, operations / rate


TABLE = [
    Marked("getppid", "getppid loop", "loops", "getppid"),
    Marked("read", "1-byte read loop", "loops", "read"),
    Marked("threads", "4 threads, getppid", "busy-threads", "4"),
    Marked("fork", "fork and wait", "loops", "fork", unit="forks/s"),
    Again("true", "/bin/true, start to end", "again", unit="runs/s"),
    Compile(),
    RedisGet("redis-20", "redis GET, 20 clients", RedisServer(), 20),
    RedisGet("redis-1", "redis GET, 1 client", RedisServer(), 1),
    NginxWrk("nginx", "nginx, wrk", servers.Nginx(), 8),
    ApacheAb("apache2", "apache2, ab", servers.Apache(), 8),
]
THREADS = (1, 10, 100, 1000, 10000)
GROWTH = [
    *(Sleepers("one", threads) for threads in THREADS),
    *(Sleepers("turns", threads) for threads in THREADS[1:]),
]


def run_once(load, way, pinned, seconds):
    """A run in a directory of its own; nothing of it is left."""
    begin = time.monotonic()
    with harness.Directory() as path:
        result = load.run(Run(way, pinned, seconds, path))
        left = harness.left_over(2)
        if left:
            harness.end_descendants()
            raise Failure(f"{load.name}: left behind: {left}")
    result["rate"] = result["operations"] / result["seconds"]
    result["elapsed"] = time.monotonic() - begin
    return result
