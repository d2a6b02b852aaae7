# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mail, and messages."""

import contextlib
import imaplib
import smtplib
import ssl
import time

import services
from recorded import (FullDisk, Recorded, abort, crowd, eventually, make_certificate, sh,
                      small_disk, talk)  # fmt: skip

import loads
from loads import PASSWORD, USER

MESSAGE = b"Subject: hello\r\nFrom: a@localhost\r\n\r\n" + b"text\r\n" * 200


def unverified():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Dovecot(Recorded, services.Dovecot):
    package, program = "dovecot-core", "dovecot"

    def prepare(self, m):
        super().prepare(m)
        m.write("/etc/dovecot/local.conf", m.read("/etc/dovecot/local.conf") +
                "log_path = /var/log/dovecot.log\n")
        sh(m, f"mkdir -p /home/{USER}/mail; chown {USER}: /home/{USER}/mail")
        small_disk(m, f"/home/{USER}/mail", 30000)

    def client(self):
        client = imaplib.IMAP4("127.0.0.1", timeout=20)
        client.login(USER, PASSWORD)
        return client

    def quick(self, m):
        client = self.client()
        client.append("INBOX", None, None, MESSAGE)
        client.logout()
        for _ in range(3):
            client = self.client()
            client.select("INBOX")
            client.fetch("1:*", "(FLAGS BODY[])")
            client.logout()

    def more_imap(self, m):
        client = self.client()
        client.select("INBOX")
        client.append("INBOX", None, None, MESSAGE * 5000)
        client.fetch("1:*", "(ENVELOPE BODYSTRUCTURE BODY[TEXT])")
        client.sort("(SUBJECT)", "UTF-8", "ALL")
        client.thread("REFERENCES", "UTF-8", "ALL")
        client.search(None, "BODY", "text")
        for name in ("One", "One/Two", "Three"):
            client.create(name)
            client.subscribe(name)
        client.copy("1:*", "One")
        client.rename("Three", "Four")
        client.list()
        client.lsub()
        client.status("One", "(MESSAGES UIDNEXT)")
        client.select("One")
        client.store("1:*", "+FLAGS", "\\Seen")
        client.check()
        client.close()
        client.delete("Four")
        for words in ("IDLE", "NAMESPACE", "ENABLE CONDSTORE", "NONSENSE", "GETQUOTAROOT INBOX"):
            client.send(f"x {words}\r\n".encode())
            client.readline()
            if words == "IDLE":
                time.sleep(1)
                client.send(b"DONE\r\n")
                client.readline()
        client.shutdown()

    def rich(self, m):
        loads.dovecot()
        self.more_imap(m)
        with FullDisk(m, f"/home/{USER}/mail"):
            client = self.client()
            client.append("One", None, None, MESSAGE * 5000)
            loads.is_refused(lambda: client.create("NoRoom"), imaplib.IMAP4.error)
            client.shutdown()
        with imaplib.IMAP4("127.0.0.1", timeout=20) as client:
            client.starttls(unverified())
            client.login(USER, PASSWORD)
            client.select("INBOX")
        for port in (143, 993, 110, 995):
            abort(port, b"x", 0)
            crowd(port, 40, 0.2)
        talk(143, b"x AUTHENTICATE PLAIN\r\n", b"*\r\n")
        held = [self.client() for _ in range(8)]
        sh(m, f"doveadm who; doveadm kick {USER}; doveadm stats dump", good=None)
        for client in held:
            try:
                client.logout()
            except (imaplib.IMAP4.error, OSError):
                client.shutdown()
        client = self.client()
        sh(m, "pkill -KILL -x imap; pkill -KILL -x auth; pkill -KILL -x imap-login", good=None)
        client.shutdown()
        time.sleep(1)
        self.quick(m)
        sh(m, f"doveadm mailbox list -u {USER}; doveadm expunge -u {USER} mailbox One all; "
           f"doveadm auth test {USER} {PASSWORD}; doveadm force-resync -u {USER} INBOX; "
           "doveadm log errors; doveadm service status", good=None)
        self.reload(m)
        sh(m, "mv /var/log/dovecot.log /var/log/dovecot.log.1; doveadm log reopen")
        m.write("/etc/dovecot/conf.d/99-x.conf", "nonsense {\n")
        sh(m, "doveadm reload", good=None)
        sh(m, "rm /etc/dovecot/conf.d/99-x.conf")
        self.reload(m)
        sh(m, "pkill -HUP -o -x dovecot; pkill -USR1 -o -x dovecot; sleep 1")
        loads.dovecot()
        self.more_imap(m)


class Opensmtpd(Recorded, services.Opensmtpd):
    package, program = "opensmtpd", "smtpd"

    def prepare(self, m):
        super().prepare(m)
        make_certificate(m)
        text = m.read("/etc/smtpd.conf")
        m.write("/etc/smtpd.conf", 'pki localhost cert "/etc/test.crt"\n'
                'pki localhost key "/etc/test.key"\n' + text +
                "\nlisten on lo port 465 smtps pki localhost auth-optional\n"
                "listen on lo port 587 tls pki localhost auth-optional\n")  # fmt: skip
        m.write("/etc/aliases", f"postmaster: root\nroot: {USER}\nlist: {USER}, postmaster\n"
                "pipe: \"|cat >/dev/null\"\n")  # fmt: skip
        small_disk(m, f"/home/{USER}/Maildir", 30000)
        sh(m, f"chown {USER}: /home/{USER}/Maildir; chmod 700 /home/{USER}/Maildir")

    def quick(self, m):
        before = self.delivered(m)
        for _ in range(3):
            loads.mail_client()
        eventually("delivery", lambda: self.delivered(m) >= before + 3)

    def send(self, port, recipients, text=MESSAGE, login=None, tls=False):
        kind = smtplib.SMTP_SSL if port == 465 else smtplib.SMTP
        words = {"context": unverified()} if port == 465 else {}
        with kind("localhost", port, timeout=20, **words) as client:
            if tls:
                client.starttls(context=unverified())
            if login:
                client.login(USER, login)
            client.sendmail("a@localhost", recipients, text)

    def rich(self, m):
        services.Opensmtpd.load(self, m)
        here = f"{USER}@localhost"
        for words in ({"port": 465}, {"port": 587, "tls": True}, {"port": 465, "login": PASSWORD},
                      {"port": 465, "login": "wrong"}):
            # Debian 12's has TLS, and fails in each handshake.
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self.send(recipients=[here], **words)
        self.send(25, [here], MESSAGE * 4000)
        self.send(25, ["list@localhost", "pipe@localhost", "postmaster@localhost"])
        self.send(25, ["nobody@far.invalid", "x@[127.0.0.1]"])
        loads.is_refused(lambda: self.send(25, [here], MESSAGE * 40000),
                         (smtplib.SMTPException, OSError))
        m.write(f"/home/{USER}/.forward", f"\\{USER}, \"|/bin/cat >/dev/null\", /tmp/box\n")
        sh(m, f"chown {USER} /home/{USER}/.forward")
        self.send(25, [here])
        sh(m, "printf 'Subject: x\\n\\nhello\\n' | sendmail root; "
           f"printf 'Subject: x\\n\\nhello\\n' | runuser -u {USER} -- sendmail -v root", good=None)
        m.write(f"/home/{USER}/.forward", "\"|/bin/false\"\n")
        self.send(25, [here])
        time.sleep(2)
        sh(m, f"rm /home/{USER}/.forward")
        with FullDisk(m, f"/home/{USER}/Maildir"):
            self.send(25, [here], MESSAGE * 4000)
            time.sleep(2)
        sh(m, "smtpctl show queue; smtpctl show stats; smtpctl show status; smtpctl schedule all; "
           "smtpctl pause mta; smtpctl resume mta; smtpctl pause mda; smtpctl resume mda; "
           "smtpctl log verbose; smtpctl show routes; smtpctl show hosts; smtpctl trace smtp; "
           "smtpctl untrace smtp; newaliases; smtpctl update table aliases; smtpctl log brief; "
           "for i in $(smtpctl show queue | cut -d'|' -f1); do smtpctl show message $i; "
           "smtpctl remove $i; done", good=None)
        for _ in range(5):
            abort(25, b"EHLO x\r\nMAIL FROM:<a@localhost>\r\n", 10)
        for port in (25, 465, 587):
            crowd(port, 100, 0.3)
        talk(25, b"EHLO x\r\n", b"MAIL FROM:<a@b>\r\n", f"RCPT TO:<{here}>\r\n".encode(),
             b"DATA\r\n", b"half a mess")  # fmt: skip
        services.Opensmtpd.load(self, m)


class Mosquitto(Recorded):
    name, unit, port = "mosquitto", "mosquitto.service", 1883
    package = program = "mosquitto"

    def prepare(self, m):
        make_certificate(m, "mosquitto")
        m.write("/etc/mosquitto/conf.d/test.conf", """per_listener_settings true
autosave_interval 2
listener 1883
allow_anonymous true
listener 8883
allow_anonymous true
cafile /etc/test.crt
certfile /etc/test.crt
keyfile /etc/test.key
listener 9001
protocol websockets
allow_anonymous true
listener 1884
password_file /etc/mosquitto/passwords
acl_file /etc/mosquitto/acl
""")
        m.write("/etc/mosquitto/acl", f"user {USER}\ntopic readwrite test/#\n")
        sh(m, f"mosquitto_passwd -b -c /etc/mosquitto/passwords {USER} {PASSWORD}; "
           "chown mosquitto /etc/mosquitto/passwords /etc/mosquitto/acl; "
           "chmod 600 /etc/mosquitto/passwords /etc/mosquitto/acl")
        small_disk(m, "/var/lib/mosquitto", 20000)

    def exchange(self, m, words="", count=3, payload="-m hello"):
        sh(m, f"mosquitto_sub -t test/x -C {count} -W 15 {words} >/dev/null & sleep 0.5; "
           f"for i in $(seq {count}); do mosquitto_pub -t test/x {words} {payload} || exit 1; done; "
           "wait $!")

    def quick(self, m):
        self.exchange(m, count=10)

    def rich(self, m):
        self.quick(m)
        for words in ("-q 1", "-q 2", "-V 5", "-V 31", "-p 8883 --cafile /etc/test.crt --insecure",
                      f"-p 1884 -u {USER} -P {PASSWORD}", "-h ::1"):
            self.exchange(m, words)
        sh(m, f"mosquitto_pub -p 1884 -u {USER} -P wrong -t test/x -m x", good=False)
        sh(m, "mosquitto_pub -p 1884 -t test/x -m x", good=False)
        sh(m, "head -c 5000000 /dev/urandom >/tmp/payload")
        self.exchange(m, "-q 1", 3, "-f /tmp/payload")
        sh(m, "mosquitto_pub -r -q 1 -t kept -m x; mosquitto_sub -t kept -C 1 -W 5; "
           "mosquitto_sub -t '$SYS/#' -C 20 -W 15 >/dev/null")
        sh(m, "mosquitto_sub -i lasting -c -q 1 -t lasting -E; "
           "for i in 1 2 3 4 5; do mosquitto_pub -q 1 -t lasting -f /tmp/payload -V 5; done; "
           "mosquitto_sub -i lasting -c -q 1 -t lasting -C 1 -W 10 >/dev/null", good=None)
        sh(m, "(mosquitto_sub -t will -C 1 -W 5 &) ; timeout -s KILL 1 mosquitto_sub -t y "
           "--will-topic will --will-payload gone; sleep 1", good=None)
        sh(m, "seq 2000 | mosquitto_pub -l -t test/many; mosquitto_rr -t a -e b -m x -W 1", good=None)
        talk(9001, b"GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
             b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             b"Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Version: 13\r\n\r\n",
             b"\x82\x8e\0\0\0\0\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0")
        talk(9001, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        for port in (1883, 8883, 9001):
            abort(port, b"\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0", 0)
            crowd(port, 300, 0.5)
        talk(8883, b"no TLS\r\n\r\n")
        self.signal(m, "USR1")
        self.signal(m, "USR2")
        with FullDisk(m, "/var/lib/mosquitto"):
            self.signal(m, "USR1")
            time.sleep(3)
        sh(m, "mv /var/log/mosquitto/mosquitto.log /var/log/mosquitto/mosquitto.log.1")
        self.reload(m)
        sh(m, "logrotate -f /etc/logrotate.d/mosquitto", good=None)
        m.write("/etc/mosquitto/conf.d/wrong.conf", "nonsense x\n")
        self.signal(m, "HUP")
        sh(m, "rm /etc/mosquitto/conf.d/wrong.conf")
        self.reload(m)
        self.exchange(m)
