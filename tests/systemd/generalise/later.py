# SPDX-License-Identifier: LGPL-2.1-or-later
"""Daemons that were added when the prices had been settled, so that no price was chosen by them."""

import contextlib
import os
import time

from recorded import FullDisk, Recorded, abort, connect, crowd, sh, small_disk
from resolvers import Resolver, dig

from loads import PASSWORD, USER


class Rsync(Recorded):
    name, unit, port = "rsync", "rsync.service", 873
    package = program = "rsync"

    def prepare(self, m):
        m.write("/etc/rsyncd.conf", f"""
log file = /var/log/rsync.log
[files]
path = /srv/files
read only = false
uid = {USER}
gid = {USER}
[secret]
path = /srv/files
auth users = {USER}
secrets file = /etc/rsyncd.secrets
max connections = 5
lock file = /run/rsync.lock
[small]
path = /srv/small
read only = false
uid = {USER}
gid = {USER}
""")
        m.write("/etc/rsyncd.secrets", f"{USER}:{PASSWORD}\n", 0o600)
        sh(m, "mkdir -p /srv/files /srv/small; cp -r /etc/ssl /etc/services /srv/files; "
           f"chown -R {USER} /srv/files /srv/small")
        small_disk(m, "/srv/small", 1000)

    def quick(self, m):
        for i in range(3):
            sh(m, f"rsync -r rsync://127.0.0.1/files /tmp/quick{i}")

    def rich(self, m):
        self.quick(m)
        sh(m, "head -c 20000000 /dev/urandom >/tmp/large; cp -a /etc/alternatives /tmp/links")
        for words in ("rsync://127.0.0.1/", "-a /tmp/large rsync://127.0.0.1/files/",
                      "-a /tmp/large rsync://127.0.0.1/files/",
                      "-aHAXSz /tmp/links rsync://127.0.0.1/files/",
                      "-c --inplace /tmp/large rsync://127.0.0.1/files/",
                      "-a --delete --backup --suffix=.old /tmp/links/ rsync://127.0.0.1/files/links/",
                      "-a --partial-dir=.p --delay-updates /etc/ssl rsync://127.0.0.1/files/",
                      "-a --numeric-ids --checksum rsync://127.0.0.1/files/ /tmp/back",
                      "-a --bwlimit=1M --timeout=1 rsync://127.0.0.1/files/large /tmp/slow",
                      "--list-only -r rsync://127.0.0.1/files/", "-a rsync://127.0.0.1/none /tmp/x",
                      "-a --append /tmp/large rsync://127.0.0.1/files/large",
                      "-a --fsync --preallocate /tmp/large rsync://127.0.0.1/files/other",
                      "-a --remove-source-files rsync://127.0.0.1/files/other /tmp/moved",
                      "-a /tmp/large rsync://127.0.0.1/small/", "-a ../../etc rsync://127.0.0.1/files/"):
            sh(m, f"rsync {words} >/dev/null 2>&1", good=None)
        for password in (PASSWORD, "wrong"):
            sh(m, f"RSYNC_PASSWORD={password} rsync -r rsync://{USER}@127.0.0.1/secret /tmp/s "
               "2>/dev/null", good=None)
        for data in (b"", b"@RSYNCD: 31.0\nfiles\n", b"nonsense\n"):
            abort(873, data, 1)
        sh(m, "timeout -s KILL 0.2 rsync --bwlimit=1M rsync://127.0.0.1/files/large /tmp/gone",
           good=None)
        crowd(873, 60)
        sh(m, "mv /var/log/rsync.log /var/log/rsync.log.1", good=None)
        self.quick(m)


class Rsyslog(Recorded):
    name, unit, port = "rsyslog", "rsyslog.service", 5514
    package, program = "rsyslog", "rsyslogd"

    def prepare(self, m):
        m.write("/etc/rsyslog.d/test.conf", """
module(load="imtcp") input(type="imtcp" port="5514")
module(load="imudp") input(type="imudp" port="5514")
$ActionQueueType LinkedList
$ActionQueueFileName forward
$ActionResumeRetryCount -1
if $msg contains "forward" then @@127.0.0.1:5599
if $msg contains "full" then /var/log/small/full.log
:programname, isequal, "dynamic" ?Dynamic
$template Dynamic,"/var/log/by-host/%HOSTNAME%/%$YEAR%.log"
""")
        sh(m, "mkdir -p /var/log/small")
        small_disk(m, "/var/log/small", 500)

    def send(self, text, count=1):
        for _ in range(count):
            talk_once(5514, f"<13>Nov 24 12:00:00 host prog: {text}\n".encode())

    def quick(self, m):
        self.send("hello", 20)
        sh(m, "grep -q hello /var/log/syslog")

    def rich(self, m):
        self.quick(m)
        self.send("x" * 20000, 5)
        self.send("forward this", 50)
        talk_once(5514, b"<13>Nov 24 12:00:00 other dynamic: hello\n" * 2000)
        talk_once(5514, b"\0\xff nonsense\n<999>\n")
        crowd(5514, 250)
        sh(m, "logger -n 127.0.0.1 -P 5514 -d hello; logger -n 127.0.0.1 -P 5514 -T hello")
        with FullDisk(m, "/var/log/small"):
            self.send("full", 30)
            time.sleep(1)
        sh(m, "for f in syslog messages user.log; do mv /var/log/$f /var/log/$f.1; done", good=None)
        self.signal(m, "HUP")
        self.send("hello", 5)
        sh(m, "logrotate -f /etc/logrotate.d/rsyslog", good=None)
        self.signal(m, "HUP")
        self.send("hello", 5)
        time.sleep(3)


def talk_once(port, data):
    """Says it and closes, as a client does that expects no answer."""
    with contextlib.suppress(OSError), connect(port) as s:
        s.settimeout(2)
        s.sendall(data)


class Dnsmasq(Resolver):
    name, unit = "dnsmasq", "dnsmasq.service"
    package = program = "dnsmasq"

    def prepare(self, m):
        m.write("/etc/dnsmasq.d/test.conf", """
interface=lo
bind-interfaces
no-resolv
server=/far.test/127.0.0.1#5999
address=/here.test/127.0.0.9
addn-hosts=/etc/more-hosts
enable-tftp
tftp-root=/srv/tftp
log-queries
log-facility=/var/log/dnsmasq.log
""")
        m.write("/etc/more-hosts", "127.0.0.7 www.local.test\n")
        m.write("/srv/tftp/file", "x" * 100000)

    def quick(self, m):
        for _ in range(3):
            dig(m, "www.local.test A", "any.here.test A", "localhost A", "none.local.test A")

    def rich(self, m):
        for zone in ("local.test", "here.test"):
            self.ask_all(m, zone)
        dig(m, "www.far.test A", "www.far.test TXT")
        self.malformed()
        sh(m, "curl -s -m 5 -o /dev/null tftp://127.0.0.1/file; "
           "curl -s -m 5 -o /dev/null tftp://127.0.0.1/none", good=None)
        m.write("/etc/more-hosts", "127.0.0.8 www.local.test new.local.test\n")
        self.reload(m)
        self.signal(m, "USR1")
        sh(m, "mv /var/log/dnsmasq.log /var/log/dnsmasq.log.1")
        self.signal(m, "USR2")
        self.quick(m)
        if os.path.exists(m.path("/etc/logrotate.d/dnsmasq")):
            sh(m, "logrotate -f /etc/logrotate.d/dnsmasq", good=None)
