# SPDX-License-Identifier: LGPL-2.1-or-later
"""Servers under load: configured in a temporary directory, on a free port of the loopback."""

import os
import shutil
import signal

from harness import wait_for
from programs import Server, answers, free_port, tool, write


class Apache(Server):
    name = "apache"
    packages = "apache2-bin apache2-utils"
    binaries = ("apache2", "ab")
    stop_signal = signal.SIGTERM

    def prepare(self, room):
        modules = "/usr/lib/apache2/modules"
        names = ["mpm_event", "authz_core", "mime", "dir", "filter", "deflate"]
        lines = [f"LoadModule {name}_module {modules}/mod_{name}.so" for name in names]
        room.port = free_port()
        os.makedirs(f"{room.path}/www", exist_ok=True)
        write(f"{room.path}/www/index.html", "hello\n" * 100)
        write(f"{room.path}/types", "text/html html\n")
        # Root's Apache becomes nobody for its workers.
        lines += [
            f"ServerRoot {room.path}",
            f"Listen 127.0.0.1:{room.port}",
            "ServerName localhost",
            f"PidFile {room.path}/pid",
            f"DefaultRuntimeDir {room.path}",
            f"DocumentRoot {room.path}/www",
            "DirectoryIndex index.html",
            f"TypesConfig {room.path}/types",
            f"ErrorLog {room.path}/error.log",
            "AddOutputFilterByType DEFLATE text/html",
            f"<Directory {room.path}/www>",
            "Require all granted",
            "</Directory>",
        ]
        if os.geteuid() == 0:
            lines += ["User nobody", "Group nogroup"]
        write(f"{room.path}/httpd.conf", "\n".join(lines) + "\n")
        return ["apache2", "-f", f"{room.path}/httpd.conf", "-DFOREGROUND"]

    def load(self, room):
        url = f"http://127.0.0.1:{room.port}/"
        tool(["ab", "-q", "-n", "400", "-c", "8", url])
        tool(["ab", "-q", "-k", "-n", "400", "-c", "8", "-H", "Accept-Encoding: gzip", url])
        tool(["ab", "-q", "-n", "20", "-c", "2", url + "no-such-page"])


class Nginx(Server):
    name = "nginx"
    packages = "nginx-light wrk"
    binaries = ("nginx", "wrk")
    stop_signal = signal.SIGQUIT

    def prepare(self, room):
        room.port = free_port()
        os.makedirs(f"{room.path}/www", exist_ok=True)
        write(f"{room.path}/www/index.html", "hello\n" * 100)
        user = "user nobody nogroup;\n" if os.geteuid() == 0 else ""
        paths = "".join(
            f"{name}_temp_path {room.path}/{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        write(
            f"{room.path}/nginx.conf",
            f"{user}daemon off; worker_processes 2; pid {room.path}/pid;\n"
            f"error_log {room.path}/error.log;\n"
            "events { worker_connections 64; }\n"
            f"http {{\n{paths}access_log {room.path}/access.log; sendfile on; gzip on;\n"
            f"server {{ listen 127.0.0.1:{room.port}; root {room.path}/www; }}\n}}\n",
        )
        paths = ["-p", room.path, "-e", f"{room.path}/error.log", "-c", f"{room.path}/nginx.conf"]
        return ["nginx", *paths]

    def load(self, room):
        tool(["wrk", "-t1", "-c8", "-d1s", f"http://127.0.0.1:{room.port}/"])
        tool(["wrk", "-t1", "-c2", "-d1s", f"http://127.0.0.1:{room.port}/no-such-page"])


class Redis(Server):
    name = "redis"
    packages = "redis-server redis-tools"
    binaries = ("redis-server", "redis-benchmark")
    stop_signal = signal.SIGTERM

    def prepare(self, room):
        room.port = free_port()
        write(
            f"{room.path}/redis.conf",
            f"bind 127.0.0.1\nport {room.port}\ndir {room.path}\npidfile {room.path}/pid\n"
            "daemonize no\nsave 1 1\nappendonly yes\nappendfsync everysec\nio-threads 2\n",
        )
        return ["redis-server", f"{room.path}/redis.conf"]

    def ready(self, room):
        """Answering, and done with loading what it had saved."""
        try:
            tool(["redis-cli", "-e", "-h", "127.0.0.1", "-p", str(room.port), "ping"])
        except RuntimeError:
            return False
        return True

    def load(self, room):
        port = str(room.port)
        tool(["redis-benchmark", "-h", "127.0.0.1", "-p", port, "-q", "-n", "2000", "-c", "10"])
        cli = ["redis-cli", "-h", "127.0.0.1", "-p", port]
        tool([*cli, "bgrewriteaof"])
        # A shutdown kills a rewrite that is still going on: let it end, so that no run does that.
        if not wait_for(lambda: b"aof_rewrite_in_progress:0" in tool([*cli, "info"]), 30):
            raise RuntimeError("redis: its rewrite does not end")


def postgres_tools():
    """Debian keeps them off the PATH, one directory a release; the newest."""
    base = "/usr/lib/postgresql"
    found = sorted(os.listdir(base), key=float) if os.path.isdir(base) else []
    return os.path.join(base, found[-1], "bin") if found else "/usr/bin"


class Postgres(Server):
    """It refuses to run as root: --run-as=postgres, or whoever runs this when that is not root."""

    name = "postgres"
    packages = "postgresql postgresql-contrib"
    user = "postgres"
    timeout = 120
    pid_file = "data/postmaster.pid"
    # Fast shutdown: disconnects the clients.
    stop_signal = signal.SIGINT

    @property
    def binaries(self):
        tools = postgres_tools()
        return [f"{tools}/{name}" for name in ("initdb", "postgres", "pgbench")]

    def as_user(self, argv):
        if os.geteuid() != 0:
            return argv
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", *argv]

    def prepare(self, room):
        tools = postgres_tools()
        room.port = free_port()
        data = f"{room.path}/data"
        if os.geteuid() == 0:
            shutil.chown(room.path, "postgres", "postgres")
        # The cluster is made within the run, as its first half; then the server takes its place.
        script = (
            f"{tools}/initdb -D {data} -U $(id -un) -A trust -N > /dev/null 2>&1 || exit 1\n"
            f"exec {tools}/postgres -D {data} -k {room.path} -p {room.port} "
            "-c listen_addresses=127.0.0.1 -c shared_buffers=8MB -c fsync=on\n"
        )
        return ["sh", write(f"{room.path}/serve.sh", script)]

    def ready(self, room):
        if not answers(room.port):
            return False
        probe = [f"{postgres_tools()}/pg_isready", "-q", "-h", room.path, "-p", str(room.port)]
        try:
            tool(self.as_user(probe))
        except RuntimeError:
            return False
        return True

    def load(self, room):
        base = [f"{postgres_tools()}/pgbench", "-h", "127.0.0.1", "-p", str(room.port)]
        tool(self.as_user([*base, "-q", "-i", "postgres"]))
        tool(self.as_user([*base, "-c", "2", "-t", "50", "postgres"]))


PROGRAMS = [Apache(), Redis(), Nginx(), Postgres()]
