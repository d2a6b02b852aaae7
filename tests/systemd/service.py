# SPDX-License-Identifier: LGPL-2.1-or-later
"""A daemon under its own unit: the unit's commands, its configuration's mark, and its load.

A service knows its unit; the unit knows the commands, the user and the environment. A mark is a
word in the daemon's configuration that its answers show: one that shows a new mark has read its
configuration since that was written.
"""

import contextlib
import glob
import itertools
import os
import re
import shlex
import socket
import sys
import threading

from roots import HERE

from answers import PASSWORD, USER
from harness import ENVIRONMENT, wait_for

MARKS = (f"configuration-{number}" for number in itertools.count(1))


def make_user(m):
    m.must(["useradd", "--create-home", "--shell", "/bin/sh", USER])
    m.must(["chpasswd"], stdin=f"{USER}:{PASSWORD}\n".encode())
    # A wrong password costs two seconds otherwise.
    m.must(["sed", "-i", "s/pam_unix.so/& nodelay/", "/etc/pam.d/common-auth"])
    m.must(["sh", "-c", f"touch /var/mail/{USER}; chown {USER}:mail /var/mail/{USER}"])


class NotifySocket:
    """What $NOTIFY_SOCKET names: without it a daemon does not do what it does below systemd."""

    def __init__(self, m):
        self.inside = "/run/notify-launched"
        self.path = m.path(self.inside)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o777)
        threading.Thread(target=self.drain, daemon=True).start()

    def drain(self):
        with contextlib.suppress(OSError):
            while self.socket.recv(4096):
                pass

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class Service:
    name = "?"
    unit = "?"
    port = 0
    runtime = ""  # RuntimeDirectory=, which systemd makes
    sandboxed = False  # by Debian, so that there is little to win
    configured = None  # a file, and its text with MARK in it
    keeps = False  # something over a stop and a start: loads.py NAME_kept
    log = ""  # pattern of the files with what it says, for one that does not tell the journal

    def __init__(self, m):
        text = m.must(["systemctl", "--no-pager", "cat", self.unit])
        self.lines = re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE)
        self.mark = ""
        self.cursor = []
        self.read_until = {}

    # --- its unit ---

    def commands(self, m, kind):
        """The argument vectors of the unit's Exec lines of that kind, as systemd expands them."""
        found = []
        instance = (re.search(r"@(.*)\.service", self.unit) or ["", ""])[1]
        for key, value in self.lines:
            if key != kind:
                continue
            words = shlex.split(value.lstrip("-@:+! "))
            words = [word.replace("%i", instance) for word in words]
            words = [word.replace("$MAINPID", self.main_pid(m)) for word in words]
            found.append([word for word in words if not word.startswith("$")])
        return found

    def programs(self, m):
        """Paths of all that may run below the unit, for the kernel's records."""
        text = m.must(["sh", "-c", "echo /usr/bin/* /usr/sbin/* /usr/lib/dovecot/* "
                       "/usr/lib/openssh/* /usr/lib/postgresql/*/bin/* /usr/libexec/*/* "
                       "/usr/lib/x86_64-linux-gnu/opensmtpd/*"])  # fmt: skip
        return set(text.split())

    def main_pid(self, m):
        return m.show(self.unit, "MainPID")["MainPID"]

    def user(self, m):
        return m.show(self.unit, "User")["User"]

    def environment(self):
        """What its commands see, as far as the unit tells."""
        own = dict(word.split("=", 1) for key, value in self.lines if key == "Environment"
                   for word in shlex.split(value))  # fmt: skip
        return {**ENVIRONMENT, **own}

    def make_runtime(self, m):
        if self.runtime:
            owner = self.user(m) or "root"
            path = f"/run/{self.runtime}"
            m.must(["install", "-d", "-m", "2755", "-o", owner, "-g", owner, path])

    # --- what it says ---

    def listen(self, m):
        """words_of() is from here on."""
        last = m.must(["journalctl", "-n", "1", "--output=export", "--output-fields=MESSAGE"])
        self.cursor = [f"--after-cursor={re.search(r'__CURSOR=(.*)', last)[1]}"]
        self.read_until = {path: os.path.getsize(path) for path in self.log_files(m)}

    def log_files(self, m):
        return glob.glob(f"{m.path('/')}{self.log}") if self.log else []

    def words_of(self, m):
        """All that it, its unit, and the log files of its own have said since listen()."""
        m.must(["journalctl", "--sync"])
        said = [m.must(["journalctl", "--no-pager", "-q", *self.cursor, "-u", self.unit])]
        for path in self.log_files(m):
            with open(path, encoding="utf-8", errors="replace") as f:
                f.seek(self.read_until.get(path, 0))
                said.append(f.read())
        return "".join(said)

    # --- its configuration and its answers ---

    def prepare(self, m):
        self.configure(m)

    def configure(self, m):
        """A new mark in its configuration, which it has not read yet."""
        if self.configured:
            self.mark = next(MARKS)
            path, text = self.configured
            m.write(path, text.replace("MARK", self.mark))

    def ask(self, m, what, seconds=60, **environment):
        argv = [sys.executable, "-B", HERE / "loads.py", what]
        return m.run(argv, seconds, namespaces=("--net",), env=environment)

    def mark_shown(self, m):
        return self.ask(m, f"{self.name}_mark", 10).stdout.decode().strip()

    def is_ready(self, m):
        if self.configured:
            return self.mark_shown(m) == self.mark
        script = f"import socket; socket.create_connection(('127.0.0.1', {self.port}), 2)"
        return m.run([sys.executable, "-c", script], 10, namespaces=("--net",)).status == 0

    def wait_ready(self, m):
        """Until it answers, and with the configuration that was written last."""
        if not wait_for(lambda: self.is_ready(m), 20):
            mark = f" with {self.mark}, but with '{self.mark_shown(m)}'" if self.mark else ""
            raise RuntimeError(f"{self.name} does not answer{mark}")

    def must(self, m, what, **environment):
        result = self.ask(m, what, **environment)
        if result.status != 0:
            raise RuntimeError(f"{what}: {result}")

    def load(self, m, seconds=20):
        """At most that long for any one answer."""
        self.must(m, self.name, ANSWER_SECONDS=str(seconds))

    def check_kept(self, m):
        """What the last load left is still there."""
        if self.keeps:
            self.must(m, f"{self.name}_kept")

    def reload_launched(self, m):
        """The unit's reload of the daemon that sysprofile launched; whether there is one."""
        commands = self.commands(m, "ExecReload")
        if commands:
            self.configure(m)
        for argv in commands:
            m.must(argv, 60, env=self.environment())
        if commands:
            self.wait_ready(m)
        return bool(commands)
