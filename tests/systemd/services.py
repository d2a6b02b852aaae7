# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemons of daemons.py: what each is prepared with, when it is ready, and its load.

A service knows its unit; the unit knows the commands, the user and the environment.
"""

import base64
import contextlib
import hashlib
import os
import re
import shlex
import socket
import sys
import threading
import time

from roots import HERE

from harness import PATIENCE, wait_for
from loads import PASSWORD, USER

SQL = f"""
DROP TABLE IF EXISTS t;
CREATE TABLE t (a int PRIMARY KEY, b text);
INSERT INTO t SELECT i, repeat('x', 100) || i FROM generate_series(1, 20000) i;
CREATE INDEX ON t (b);
ANALYZE t;
UPDATE t SET b = b || 'y' WHERE a % 3 = 0;
SET work_mem = '64kB';
SELECT count(*) FROM (SELECT b FROM t ORDER BY b) x;
SET PARALLEL = on;
SELECT count(*) FROM t;
SET PARALLEL = off;
COPY t TO '/tmp/t';
COPY (SELECT 1) TO STDOUT;
COPY t (b) TO PROGRAM 'cat >/dev/null';
DO $$ BEGIN PERFORM pg_sleep(0.1); END $$;
VACUUM t;
VACUUM FULL t;
CHECKPOINT;
DROP ROLE IF EXISTS {USER};
CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}';
LISTEN x; NOTIFY x;
BEGIN; LOCK t; ROLLBACK;
CREATE TEMP TABLE u AS SELECT * FROM t;
SELECT pg_reload_conf();
"""
SHA = "{SHA}" + base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()


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

    def __init__(self, m):
        text = m.must(["systemctl", "--no-pager", "cat", self.unit])
        self.lines = re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE)

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

    def environment(self, m):
        return dict(word.split("=", 1) for key, value in self.lines if key == "Environment"
                    for word in shlex.split(value))  # fmt: skip

    def make_runtime(self, m):
        if self.runtime:
            owner = self.user(m) or "root"
            path = f"/run/{self.runtime}"
            m.must(["install", "-d", "-m", "2755", "-o", owner, "-g", owner, path])

    def words_of(self, m):
        """What its journal has."""
        text = m.run(["journalctl", "--no-pager", "-q", "-n", "40", "-u", self.unit]).stdout
        return text.decode(errors="replace")

    def prepare(self, m):
        pass

    def is_ready(self, m):
        script = f"import socket; socket.create_connection(('127.0.0.1', {self.port}), 2)"
        return m.run([sys.executable, "-c", script], 10, namespaces=("--net",)).status == 0

    def wait_ready(self, m):
        if not wait_for(lambda: self.is_ready(m), 20):
            raise RuntimeError(f"{self.name} does not become ready")

    def load(self, m):
        m.must([sys.executable, "-B", HERE / "loads.py", self.name], 60, namespaces=("--net",))

    def reload_launched(self, m):
        """The unit's reload of the daemon that sysprofile launched."""
        for argv in self.commands(m, "ExecReload"):
            m.must(argv, 60)
        time.sleep(0.5 * PATIENCE)


class Web(Service):
    port = 80

    def prepare(self, m):
        root = "/var/www/html"
        m.write(f"{root}/page.html", "hello\n" * 1000)
        m.write(f"{root}/large", "x" * 3000000)
        m.write(f"{root}/forbidden.html", "no", 0o600)
        m.write(f"{root}/secret/page.html", "hello\n")
        m.write("/etc/test-passwords", f"{USER}:{SHA}\n")

    def answers(self, m, seconds):
        script = (f"import http.client; c = http.client.HTTPConnection('127.0.0.1', 80, timeout="
                  f"{seconds}); c.request('GET', '/page.html'); "
                  "exit(c.getresponse().status != 200)")
        return m.run([sys.executable, "-c", script], seconds + 5, namespaces=("--net",)).status == 0


class Apache2(Web):
    name, unit = "apache2", "apache2.service"

    def prepare(self, m):
        super().prepare(m)
        m.write("/etc/apache2/conf-enabled/test.conf",
                "ServerName localhost\n<Directory /var/www/html/secret>\nAuthType Basic\n"
                "AuthName test\nAuthUserFile /etc/test-passwords\nRequire valid-user\n"
                "</Directory>\n")  # fmt: skip


class Nginx(Web):
    name, unit = "nginx", "nginx.service"

    def prepare(self, m):
        super().prepare(m)
        m.write("/etc/nginx/sites-enabled/default",
                "server { listen 80; root /var/www/html; gzip on; client_max_body_size 10m;\n"
                "location /secret/ { auth_basic test; auth_basic_user_file /etc/test-passwords; }\n"
                "}\n")  # fmt: skip


class Redis(Service):
    name, unit, port = "redis", "redis-server.service", 6379
    runtime = "redis"
    sandboxed = True

    def main_pid(self, m):
        return m.run(["pidof", "redis-server"]).stdout.decode().strip()


class Postgres(Service):
    name, port = "postgres", 5432

    def __init__(self, m):
        self.version = os.listdir(m.path("/usr/lib/postgresql"))[0]
        self.unit = f"postgresql@{self.version}-main.service"
        super().__init__(m)

    def prepare(self, m):
        # The package makes a cluster only where it could start it.
        if not os.path.exists(m.path(f"/etc/postgresql/{self.version}/main")):
            m.must(["pg_createcluster", self.version, "main"], 60)

    def psql(self, m, script, good=True, password=None):
        argv = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        if password is None:
            argv = ["runuser", "-u", "postgres", "--", *argv]
        else:
            argv += ["-h", "127.0.0.1", "-U", USER, "postgres"]
        result = m.run(argv, 60, stdin=script.encode(), env={"PGPASSWORD": password or ""})
        if (result.status == 0) != good:
            raise RuntimeError(f"psql: {result}")

    def load(self, m):
        parallel = "debug_parallel_query" if int(self.version) >= 16 else "force_parallel_mode"
        self.psql(m, SQL.replace("PARALLEL", parallel))
        self.psql(m, "SELECT no_such_column", good=False)
        self.psql(m, "SELECT 1", password=PASSWORD)
        self.psql(m, "SELECT 1", good=False, password="wrong")


class Dovecot(Service):
    name, unit, port = "dovecot", "dovecot.service", 143

    def prepare(self, m):
        """It lets whoever fails to log in wait longer and longer."""
        m.write("/etc/dovecot/local.conf",
                "auth_failure_delay = 0\nservice anvil {\nunix_listener anvil-auth-penalty {\n"
                "mode = 0\n}\n}\n")  # fmt: skip


class Opensmtpd(Service):
    name, unit, port = "opensmtpd", "opensmtpd.service", 25

    def prepare(self, m):
        m.write("/etc/aliases", "postmaster: root\n")
        m.write("/etc/mailname", "localhost\n")

    def load(self, m):
        before = self.delivered(m)
        super().load(m)
        if not wait_for(lambda: self.delivered(m) >= before + 10, 20):
            raise RuntimeError(f"{self.delivered(m) - before} of 10 messages were delivered")

    def delivered(self, m):
        box = m.path(f"/home/{USER}/Maildir/new")
        return len(os.listdir(box)) if os.path.isdir(box) else 0


class Openssh(Service):
    name, unit, port = "openssh", "ssh.service", 22
    runtime = "sshd"
    ASK = "/run/ask-password"

    def prepare(self, m):
        home = f"/home/{USER}/.ssh"
        m.write(self.ASK, '#!/bin/sh\necho "$ANSWER"\n', 0o755)
        for name in ("right", "wrong"):
            m.must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"/root/{name}"])
        m.must(["install", "-d", "-m", "700", "-o", USER, "-g", USER, home])
        m.must(["install", "-m", "600", "-o", USER, "-g", USER, "/root/right.pub",
                f"{home}/authorized_keys"])  # fmt: skip

    def main_pid(self, m):
        return m.run(["sh", "-c", "pgrep -o -x sshd"]).stdout.decode().strip()

    def ssh(self, m, words, good=True, key="right", answer=None, program="ssh"):
        options = ["-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
                   "-o", "NumberOfPasswordPrompts=1"]  # fmt: skip
        if answer is None:
            options += ["-o", "IdentitiesOnly=yes", "-i", f"/root/{key}", "-o", "BatchMode=yes"]
        else:
            options += ["-o", "PubkeyAuthentication=no"]
        environment = {"SSH_ASKPASS": self.ASK, "SSH_ASKPASS_REQUIRE": "force",
                       "ANSWER": answer or "", "HOME": "/root"}  # fmt: skip
        result = m.run([program, *options, *words], 30, env=environment)
        if (result.status == 0) != good:
            raise RuntimeError(f"{program} {words} (key {key}, password {answer}): {result}")
        return result.stdout

    def load(self, m):
        host = f"{USER}@127.0.0.1"
        if USER.encode() not in self.ssh(m, [host, "id"]):
            raise RuntimeError("id does not say who")
        self.ssh(m, [host, "true"], answer=PASSWORD)
        self.ssh(m, [host, "true"], good=False, answer="wrong")
        self.ssh(m, [host, "true"], good=False, key="wrong")
        self.ssh(m, ["nobody-here@127.0.0.1", "true"], good=False)
        self.ssh(m, ["-tt", host, "tty; ls -l / | sort | tail; head -c 300000 /dev/zero | wc"])
        m.write("/root/file", "x" * 200000)
        self.ssh(m, ["/root/file", f"{host}:file"], program="scp")
        self.ssh(m, [f"{host}:file", "/root/back"], program="scp")
        self.ssh(m, ["-O", "/root/file", f"{host}:file2"], program="scp")
        self.ssh(m, ["-L", "2222:127.0.0.1:22", host, "true"])
        for _ in range(4):
            self.ssh(m, [host, "cat /etc/hostname >/dev/null"])


def table(m):
    return [kind(m) for kind in (Apache2, Nginx, Redis, Postgres, Dovecot, Opensmtpd, Openssh)]
