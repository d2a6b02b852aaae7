# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemons of daemons.py: what each is prepared with, and how its answers show a mark."""

import base64
import hashlib
import os

from openssh import Openssh
from postgres import Postgres
from service import Service

from answers import PASSWORD, USER, expect
from harness import wait_for
from loads import LARGE, PAGE, SECRET
from mail import MAILS, mail_text

SHA = "{SHA}" + base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()


class Web(Service):
    def prepare(self, m):
        root = "/var/www/html"
        m.write(f"{root}/page.html", PAGE.decode())
        m.write(f"{root}/large", LARGE.decode())
        m.write(f"{root}/forbidden.html", SECRET.decode(), 0o600)
        m.write(f"{root}/secret/page.html", SECRET.decode())
        m.write("/etc/test-passwords", f"{USER}:{SHA}\n")
        super().prepare(m)


class Apache2(Web):
    name, unit = "apache2", "apache2.service"
    log = "/var/log/apache2/error.log"
    configured = ("/etc/apache2/conf-enabled/test.conf", """ServerName localhost
ErrorDocument 404 "MARK"
<Directory /var/www/html/secret>
AuthType Basic
AuthName test
AuthUserFile /etc/test-passwords
Require valid-user
</Directory>
""")  # fmt: skip


class Nginx(Web):
    name, unit = "nginx", "nginx.service"
    log = "/var/log/nginx/error.log"
    configured = ("/etc/nginx/sites-enabled/default", """server {
listen 80; root /var/www/html; gzip on; client_max_body_size 10m;
location /mark { return 404 MARK; }
location /secret/ { auth_basic test; auth_basic_user_file /etc/test-passwords; }
}
""")  # fmt: skip


class Redis(Service):
    name, unit, port = "redis", "redis-server.service", 6379
    runtime = "redis"
    sandboxed = True
    keeps = True
    log = "/var/log/redis/redis-server.log"

    def prepare(self, m):
        """DEBUG RELOAD and DEBUG LOADAOF show that what was written can be read."""
        m.must(["sed", "-i", "$ a enable-debug-command local", "/etc/redis/redis.conf"])


class Dovecot(Service):
    """It lets whoever fails to log in wait longer and longer, unless told otherwise."""

    name, unit = "dovecot", "dovecot.service"
    keeps = True
    configured = ("/etc/dovecot/local.conf", """login_greeting = MARK
auth_failure_delay = 0
service anvil {
unix_listener anvil-auth-penalty {
mode = 0
}
}
""")  # fmt: skip


class Opensmtpd(Service):
    name, unit, port = "opensmtpd", "opensmtpd.service", 25

    def prepare(self, m):
        m.write("/etc/aliases", f"postmaster: {USER}\n")
        m.write("/etc/mailname", "localhost\n")

    def load(self, m, seconds=20):
        for path in self.delivered(m):
            os.unlink(path)
        super().load(m, seconds)
        wait_for(lambda: len(self.delivered(m)) >= MAILS, 20)
        texts = []
        for path in self.delivered(m):
            with open(path, encoding="utf-8") as f:
                texts.append(f.read().partition("\n\n")[2])
        expect(sorted(texts), sorted(map(mail_text, range(MAILS))), "what was delivered")

    def delivered(self, m):
        box = m.path(f"/home/{USER}/Maildir/new")
        return [f"{box}/{name}" for name in os.listdir(box)] if os.path.isdir(box) else []


def table(m):
    return [kind(m) for kind in (Apache2, Nginx, Redis, Postgres, Dovecot, Opensmtpd, Openssh)]
