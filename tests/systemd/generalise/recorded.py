# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the experiment knows of a daemon: Recorded, and what the workloads share.

A workload runs on the host in the network of the machine (in_network()), so that sockets of this
process are clients of the daemon; commands run inside with sh().
"""

import contextlib
import ctypes
import os
import re
import shlex
import socket
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import roots  # noqa: E402, F401 (it makes tests/integration known)
import services  # noqa: E402

import harness  # noqa: E402
from harness import wait_for  # noqa: E402

SYSPROFILE = "/usr/local/bin/sysprofile"
OUTPUT = "/run/sysprofile"
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def in_network(m, function):
    """Calls function in a thread whose sockets, and those of its threads, are the machine's."""
    raised = []

    def run():
        try:
            with open(f"/proc/{m.pid}/ns/net", "rb") as f:
                if LIBC.setns(f.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            function()
        except BaseException as e:  # pylint: disable=broad-except
            raised.append(e)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


def sh(m, script, timeout=60, good=True):
    """Standard output of a script inside. good: whether it has to succeed; None for either."""
    result = m.run(["sh", "-c", script], timeout)
    if result.timed_out or (good is not None and (result.status == 0) != good):
        raise RuntimeError(f"{script}: {result}")
    return result.stdout.decode(errors="replace")


def check(good, what):
    if not good:
        raise RuntimeError(what)


def eventually(what, condition, timeout=30):
    check(wait_for(condition, timeout), f"{what}: not within {timeout} s")


def connect(port, host="127.0.0.1"):
    return socket.create_connection((host, port), 20)


def talk(port, *lines):
    """Sends each line and returns what came back last, as long as anybody answers."""
    got = b""
    with connect(port) as s, contextlib.suppress(OSError):
        s.settimeout(5)
        for line in lines:
            s.sendall(line)
            got = s.recv(65536)
    return got


def abort(port, data, wanted=100):
    """A client that is gone (reset, not closed) when wanted bytes of its answer have come."""
    with connect(port) as s, contextlib.suppress(OSError):
        s.sendall(data)
        if wanted:
            s.recv(wanted)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def crowd(port, count, seconds=1.0):
    """That many connections at a time, which say nothing."""
    held = []
    try:
        for _ in range(count):
            try:
                held.append(socket.create_connection(("127.0.0.1", port), 2))
            except OSError:
                break
        time.sleep(seconds)
    finally:
        for s in held:
            s.close()


def make_certificate(m, owner="root"):
    """/etc/test.pem, certificate and key in one file, and both apart."""
    sh(m, "cd /etc && openssl req -x509 -newkey rsa:2048 -nodes -days 99 -subj /CN=localhost "
       "-keyout test.key -out test.crt 2>/dev/null && cat test.crt test.key >test.pem && "
       f"chown {owner} test.key test.pem && chmod 600 test.key test.pem")  # fmt: skip


def small_disk(m, path, kilobytes):
    """A disk of its own at path, with the owner that it had, soon full."""
    sh(m, f"mkdir -p {path} && set -- $(stat -c '%u %g %a' {path}) && "
       f"mount -t tmpfs -o size={kilobytes}k,uid=$1,gid=$2,mode=$3 small {path}")  # fmt: skip


class FullDisk:
    """with FullDisk(m, "/var/log/x"): nothing can be written there."""

    def __init__(self, m, path):
        self.machine, self.path = m, path

    def __enter__(self):
        sh(self.machine, f"dd if=/dev/zero of={self.path}/filler bs=1k 2>/dev/null", good=None)

    def __exit__(self, *_):
        sh(self.machine, f"rm -f {self.path}/filler")


class Recorded(services.Service):
    """A service that is recorded: whatever runs under the unit's filter is traced."""

    package = ""  # whose version is told
    program = ""  # the oldest process of that name is the main one

    def __init__(self, m):
        super().__init__(m)
        text = m.must(["systemctl", "--no-pager", "cat", self.unit])
        text = re.sub(r"\\\n\s*", " ", text)
        self.lines = re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE)
        self.seen = set()

    def main_pid(self, m):
        return sh(m, f"pgrep -o -x {self.program}").strip()

    def environment(self, m):
        found = {}
        for key, value in self.lines:
            text = value if key == "Environment" else ""
            path = value.lstrip("-")
            if key == "EnvironmentFile" and os.path.exists(m.path(path)):
                text = "\n".join(re.findall(r"^\w+=.*$", m.read(path), re.MULTILINE))
            found.update(word.split("=", 1) for word in shlex.split(text))
        return found

    def expanded(self, m, words):
        """As systemd does it: a word that is a variable becomes its words, or none."""
        values = self.environment(m)
        instance = (re.search(r"@(.*)\.service", self.unit) or ["", ""])[1]
        found = []
        for word in words:
            word = word.replace("%i", instance)
            if word == "$MAINPID":
                found.append(self.main_pid(m))
            elif re.fullmatch(r"\$\w+", word):
                found += values.get(word[1:], "").split()
            else:
                found.append(re.sub(r"\$\{(\w+)\}", lambda x: values.get(x[1], ""), word))
        return found

    def all_commands(self, m, kind):
        """[(prefix, argument vector)] of the unit's lines of that kind."""
        found = []
        for key, value in self.lines:
            if key == kind and value:
                prefix, rest = re.fullmatch(r"([-@:+!]*)(.*)", value).groups()
                found.append((prefix, self.expanded(m, shlex.split(rest))))
        return found

    def run_commands(self, m, kind):
        """Under sysprofile, but for those with "+", which systemd lays no filter upon."""
        for prefix, argv in self.all_commands(m, kind):
            good = None if "-" in prefix else 0
            if "+" in prefix:
                result = m.run(argv, 60)
            else:
                result = self.run_traced(m, argv, "!" in prefix)
            if result.timed_out or good not in (None, result.status):
                raise RuntimeError(f"{kind}: {argv}: {result}")

    def run_traced(self, m, argv, as_root=False, timeout=60):
        path = f"{OUTPUT}/other"
        options = ["-q", "-f", "names", "-o", path]
        if self.user(m) and not as_root:
            options.append(f"--run-as={self.user(m)}")
        environment = self.environment(m)
        result = m.run([SYSPROFILE, *options, "--", *argv], timeout, env=environment)
        if os.path.exists(m.path(path)):
            self.seen.update(m.read(path).split())
            os.unlink(m.path(path))
        return result

    def reload(self, m):
        self.run_commands(m, "ExecReload")
        time.sleep(1)
        self.wait_ready(m)

    def signal(self, m, name):
        sh(m, f"kill -{name} {self.main_pid(m)}")
        time.sleep(0.5)

    def record(self, m, workload):
        """The names of all calls from the first command of the unit to the last."""
        self.seen = set()
        self.make_runtime(m)
        self.run_commands(m, "ExecStartPre")
        listener = services.NotifySocket(m)
        options = ["-q", "--no-progress", "-f", "names", "-o", f"{OUTPUT}/names"]
        if self.user(m):
            options.append(f"--run-as={self.user(m)}")
        ((_, command),) = self.all_commands(m, "ExecStart")
        environment = {**harness.ENVIRONMENT, **self.environment(m)}
        # A pipe that nobody reads would stop a daemon that has much to say.
        said = tempfile.TemporaryFile()
        process = m.start([SYSPROFILE, *options, "--", *command], stdout=said, stderr=said,
                          env={**environment, "NOTIFY_SOCKET": listener.inside})  # fmt: skip
        try:
            self.wait_ready(m)
            self.run_commands(m, "ExecStartPost")
            in_network(m, lambda: workload(m))
            self.run_commands(m, "ExecStop")
            m.run(["pkill", "-TERM", "-x", "sysprofile"])
            result = m.finish(process, 60)
        except Exception as e:
            m.run(["pkill", "-KILL", "-x", "sysprofile"])
            result = m.finish(process, 10)
            said.seek(0)
            raise RuntimeError(f"{type(e).__name__}: {e}\n{result}{said.read()[-2000:]}") from e
        finally:
            listener.close()
            said.close()
        if result.timed_out or not os.path.exists(m.path(f"{OUTPUT}/names")):
            raise RuntimeError(f"no names: {result}")
        self.seen.update(m.read(f"{OUTPUT}/names").split())
        os.unlink(m.path(f"{OUTPUT}/names"))
        self.run_commands(m, "ExecStopPost")
        return self.seen

    def quick(self, m):
        """What somebody does who wants to see it work."""
        raise NotImplementedError

    def rich(self, m):
        """What comes over the years."""
        raise NotImplementedError
