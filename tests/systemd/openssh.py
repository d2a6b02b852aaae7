# SPDX-License-Identifier: LGPL-2.1-or-later
"""openssh for daemons.py: its clients run inside the machine."""

import os
import re
import subprocess

from service import Service

from answers import PASSWORD, USER, expect
from harness import ENVIRONMENT, read_until

ASK = "/run/ask-password"
HOST = f"{USER}@127.0.0.1"
TUNNEL = 2222
LINES = "".join(f"{i}\r\n" for i in range(1, 10001)).encode()


class Openssh(Service):
    name, unit = "openssh", "ssh.service"
    runtime = "sshd"

    def __init__(self, m):
        super().__init__(m)
        # It shuts out whoever fails to log in too often, and older ones do not know the word.
        patient = "" if m.release == "12" else "PerSourcePenalties no\n"
        self.configured = ("/etc/ssh/sshd_config.d/test.conf", f"VersionAddendum MARK\n{patient}")

    def prepare(self, m):
        home = f"/home/{USER}/.ssh"
        m.write(ASK, '#!/bin/sh\necho "$ANSWER"\n', 0o755)
        for name in ("right", "wrong"):
            m.must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"/root/{name}"])
        m.must(["install", "-d", "-m", "700", "-o", USER, "-g", USER, home])
        m.must(["install", "-m", "600", "-o", USER, "-g", USER, "/root/right.pub",
                f"{home}/authorized_keys"])  # fmt: skip
        super().prepare(m)

    def main_pid(self, m):
        return m.run(["sh", "-c", "pgrep -o -x sshd"]).stdout.decode().strip()

    def options(self, key="right", password=None):
        words = ["-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
                 "-o", "NumberOfPasswordPrompts=1"]  # fmt: skip
        if password is None:
            return words + ["-o", "IdentitiesOnly=yes", "-i", f"/root/{key}", "-o", "BatchMode=yes"]
        return words + ["-o", "PubkeyAuthentication=no"]

    def run(self, m, words, program="ssh", stdin=b"", **keywords):
        environment = {"SSH_ASKPASS": ASK, "SSH_ASKPASS_REQUIRE": "force", "HOME": "/root",
                       "ANSWER": keywords.get("password", "")}  # fmt: skip
        argv = [program, *self.options(**keywords), *words]
        return m.run(argv, 30, stdin=stdin, env=environment)

    def ssh(self, m, words, wanted, **keywords):
        result = self.run(m, words, **keywords)
        expect((result.status, result.stderr), (0, b""), f"{words}: {result}")
        expect(result.stdout, wanted, words)

    def is_refused(self, m, host, **keywords):
        result = self.run(m, [host, "echo inside"], **keywords)
        told = b"Permission denied" in result.stderr
        expect((result.status, result.stdout, told), (255, b"", True), f"{keywords}: {result}")

    def load(self, m, seconds=20):
        self.ssh(m, [HOST, "id -un"], USER.encode() + b"\n")
        self.ssh(m, [HOST, "id -un"], USER.encode() + b"\n", password=PASSWORD)
        self.is_refused(m, HOST, password="wrong")
        self.is_refused(m, HOST, key="wrong")
        self.is_refused(m, "nobody-here@127.0.0.1")
        self.terminal(m)
        self.files(m)
        self.tunnel(m)

    def terminal(self, m):
        result = self.run(m, ["-tt", HOST, "tty; seq 1 10000; exit 3"])
        where, _, lines = result.stdout.partition(b"\r\n")
        is_terminal = re.fullmatch(rb"/dev/pts/\d+", where) is not None
        expect((result.status, is_terminal), (3, True), f"-tt: {result}")
        expect(lines, LINES, "lines of a terminal")

    def copy(self, m, there, *words, **keywords):
        """Random bytes there by these words."""
        data = os.urandom(200000)
        with open(m.path("/root/file"), "wb") as f:
            f.write(data)
        self.ssh(m, words, b"", **keywords)
        with open(m.path(f"/home/{USER}/{there}"), "rb") as f:
            expect(f.read() == data, True, f"{there}: the same bytes")
        return data

    def files(self, m):
        self.copy(m, "old", "-O", "/root/file", f"{HOST}:old", program="scp")
        data = self.copy(m, "new", "/root/file", f"{HOST}:new", program="scp")
        self.ssh(m, [f"{HOST}:new", "/root/back"], b"", program="scp")
        script = b"@put /root/file a\n@rename a b\n@get b /root/b\n@mkdir d\n@rmdir d\n@rm b\n"
        self.ssh(m, ["-q", "-b", "-", HOST], b"", program="sftp", stdin=script)
        for path in ("/root/back", "/root/b"):
            with open(m.path(path), "rb") as f:
                expect(f.read() == data, True, f"{path}: the same bytes")
        self.ssh(m, [HOST, "cat new"], data)

    def tunnel(self, m):
        """Another connection through a port that this one forwards."""
        forward = ["-o", "ExitOnForwardFailure=yes", "-L", f"{TUNNEL}:127.0.0.1:22"]
        process = m.start(["ssh", *self.options(), *forward, HOST, "echo ready; cat"],
                          stdin=subprocess.PIPE, env={**ENVIRONMENT, "HOME": "/root"})  # fmt: skip
        try:
            expect(read_until(process, b"ready\n"), b"ready\n", "a connection that forwards")
            with open(m.path(f"/home/{USER}/new"), "rb") as f:
                self.ssh(m, ["-p", str(TUNNEL), HOST, "cat new"], f.read())
        finally:
            process.stdin.close()
            process.stdin = None
            result = m.finish(process)
        expect((result.status, result.timed_out), (0, False), f"its end: {result}")
