# SPDX-License-Identifier: LGPL-2.1-or-later
"""Daemons that work as other users: logins, files, jobs."""

import ftplib
import io
import os
import socket
import ssl
import time

import services
from recorded import (FullDisk, Recorded, abort, check, crowd, make_certificate, sh, small_disk,
                      talk)  # fmt: skip

import loads
from loads import PASSWORD, USER


class Openssh(Recorded, services.Openssh):
    package, program = "openssh-server", "sshd"
    HOST = f"{USER}@127.0.0.1"

    def main_pid(self, m):
        return services.Openssh.main_pid(self, m)

    def prepare(self, m):
        super().prepare(m)
        sh(m, "useradd -m jailed; mkdir -p /jail/in; chown jailed /jail/in; "
           "install -d -m 700 -o jailed /home/jailed/.ssh; "
           "install -m 600 -o jailed /root/right.pub /home/jailed/.ssh/authorized_keys")
        m.write("/etc/ssh/sshd_config.d/test.conf",
                "Match User jailed\nChrootDirectory /jail\nForceCommand internal-sftp\n")

    def quick(self, m):
        for _ in range(5):
            check(USER.encode() in self.ssh(m, [self.HOST, "id"]), "id")
        self.ssh(m, [self.HOST, "true"], answer=PASSWORD)
        self.ssh(m, [self.HOST, "true"], good=False, key="wrong")

    def sftp(self, m, host):
        m.write("/root/batch", "ls -l\nput /root/file in.txt\nls -l\nrename in.txt out.txt\n"
                "chmod 600 out.txt\nget out.txt /root/back\nmkdir d\nrmdir d\nsymlink out.txt s\n"
                "df\nrm s\nrm out.txt\n-rm nothing\npwd\n")
        batch = ["-b", "/root/batch", host]
        self.ssh(m, batch, program="sftp", good=True)

    def rich(self, m):
        services.Openssh.load(self, m)
        sh(m, "head -c 40000000 /dev/urandom >/root/file")
        self.ssh(m, ["-C", "/root/file", f"{self.HOST}:file"], program="scp")
        self.sftp(m, self.HOST)
        sh(m, "sed -i 's/ in.txt$/ in\\/in.txt/; s/in.txt out.txt/in\\/in.txt in\\/out.txt/; "
           "s/ out.txt/ in\\/out.txt/; s/dir d/dir in\\/d/; s/ s$/ in\\/s/' /root/batch")
        self.ssh(m, ["-b", "/root/batch", "jailed@127.0.0.1"], program="sftp")
        self.ssh(m, ["jailed@127.0.0.1", "id"], good=False)
        work = ("ls -l / >/dev/null; ps aux >/dev/null; df >/dev/null; uptime; date; "
                "tar czf t.tgz /etc/ssl 2>/dev/null; tar xzf t.tgz; find / -xdev -name x 2>/dev/null;"
                "mkdir -p d/e; touch d/f; ln -s f d/g; ln d/f d/h; mv d/h d/i; chmod 600 d/f; "
                "cp -a d d2; rm -r d d2; sort /etc/services | uniq -c | head -3; nice -n 5 true; "
                "sleep 0.2 & kill %1; timeout 1 sleep 5; dd if=/dev/zero of=z bs=1M count=5; sync; "
                "trap 'echo x' INT; umask 077; ulimit -n; crontab -l; perl -e 'print 1'; "
                "mkfifo p; (echo x >p &) ; cat p; top -bn1 | head -3; id; who; exit 0")
        self.ssh(m, [self.HOST, work])
        self.ssh(m, ["-tt", self.HOST, f"stty -a; {work}"])
        self.ssh(m, ["-tt", self.HOST, "passwd -S; su -c id root </dev/null; exit 0"])
        sh(m, "eval $(ssh-agent) >/dev/null; ssh-add -q /root/right; HOME=/root ssh -A "
           f"-o StrictHostKeyChecking=no -i /root/right {self.HOST} 'ssh-add -l'; "
           "kill $SSH_AGENT_PID", good=None)
        sh(m, f"""
o='-o StrictHostKeyChecking=no -o BatchMode=yes -o LogLevel=ERROR -i /root/right'
export HOME=/root
ssh $o -fNM -S /root/control -L /root/forward:/run/nothing -D 1080 -L 2224:127.0.0.1:22 {self.HOST}
ssh -S /root/control {self.HOST} id
ssh $o -p 2224 {USER}@127.0.0.1 id
curl -s -m 3 --socks5 127.0.0.1:1080 http://127.0.0.1:22/
ssh -S /root/control -O exit {self.HOST}
ssh $o -W 127.0.0.1:22 {self.HOST} </dev/null
ssh $o -o RekeyLimit=1M {self.HOST} 'head -c 5000000 /dev/zero' | wc -c
ssh $o -X {self.HOST} true
ssh $o -R 2223:127.0.0.1:22 {self.HOST} 'perl -MIO::Socket::INET -e \
  "print IO::Socket::INET->new(\\"127.0.0.1:2223\\")->getline"'
ssh $o -o ServerAliveInterval=1 {self.HOST} 'sleep 2'
ssh $o {self.HOST} 'kill -9 $PPID'
ssh $o {self.HOST} 'kill -SEGV $$'
timeout -s KILL 1 ssh $o {self.HOST} 'cat /dev/zero' >/dev/null
ssh-keyscan -t rsa,ecdsa,ed25519 127.0.0.1
true""")
        sh(m, f"usermod -e 1 {USER}")
        self.ssh(m, [self.HOST, "true"], good=False, answer=PASSWORD)
        sh(m, f"usermod -e '' {USER}")
        self.ssh(m, ["root@127.0.0.1", "true"], good=False, answer="wrong")
        for _ in range(3):
            abort(22, b"SSH-2.0-x\r\n")
            talk(22, b"nonsense\r\n")
        crowd(22, 30, 2)
        self.reload(m)
        m.write("/etc/ssh/sshd_config.d/more.conf", "X11Forwarding yes\nPrintLastLog no\n")
        self.reload(m)
        self.quick(m)


class Ftp(ftplib.FTP_TLS):
    """As a client that resumes the session of the control connection, which vsftpd wants."""

    def ntransfercmd(self, cmd, rest=None):
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            connection = self.context.wrap_socket(connection, session=self.sock.session)
        return connection, size


class Vsftpd(Recorded):
    name, unit, port = "vsftpd", "vsftpd.service", 21
    package = program = "vsftpd"

    def prepare(self, m):
        make_certificate(m)
        m.write("/etc/vsftpd.conf", m.read("/etc/vsftpd.conf").replace("ssl_enable=NO", "") + """
write_enable=YES
chroot_local_user=YES
allow_writeable_chroot=YES
ssl_enable=YES
force_local_data_ssl=NO
force_local_logins_ssl=NO
rsa_cert_file=/etc/test.crt
rsa_private_key_file=/etc/test.key
anonymous_enable=YES
ascii_download_enable=YES
ascii_upload_enable=YES
idle_session_timeout=3
data_connection_timeout=3
max_clients=20
""")
        sh(m, f"head -c 200000 /dev/urandom >/home/{USER}/file; mkdir -p /srv/ftp; "
           "echo hello >/srv/ftp/hello; touch /var/log/vsftpd.log")
        small_disk(m, f"/home/{USER}/small", 1000)
        sh(m, f"chown {USER} /home/{USER}/small")

    def login(self, kind=ftplib.FTP, password=PASSWORD):
        client = kind(timeout=20)
        client.connect("127.0.0.1", 21)
        client.login(USER, password)
        return client

    def quick(self, m):
        for _ in range(3):
            client = self.login()
            client.retrlines("LIST", lambda line: None)
            client.retrbinary("RETR file", lambda data: None)
            client.quit()

    def use(self, client):
        client.storbinary("STOR new", io.BytesIO(b"x" * 3000000))
        client.storbinary("APPE new", io.BytesIO(b"x" * 1000))
        client.storbinary("STOU", io.BytesIO(b"x"))
        client.storlines("STOR text", io.BytesIO(b"line\r\n" * 1000))
        client.retrlines("RETR text", lambda line: None)
        client.retrbinary("RETR new", lambda data: None, rest=1000)
        client.rename("new", "newer")
        client.mkd("directory")
        client.cwd("directory")
        client.cwd("..")
        client.rmd("directory")
        for words in ("SIZE newer", "MDTM newer", "MDTM 20200101000000 newer", "FEAT", "SYST",
                      "STAT", "STAT .", "HELP", "NOOP", "SITE CHMOD 600 newer", "SITE UMASK 022",
                      "ALLO 5", "OPTS UTF8 ON", "PWD", "EPSV"):
            try:
                client.sendcmd(words)
            except ftplib.Error:
                pass
        client.delete("newer")
        client.delete("text")
        client.nlst()
        client.quit()

    def rich(self, m):
        self.quick(m)
        self.use(self.login())
        client = self.login()
        client.set_pasv(False)
        client.retrbinary("RETR file", lambda data: None)
        client.quit()
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        client = self.login(lambda **keywords: Ftp(context=context, **keywords))
        client.prot_p()
        client.retrlines("LIST", lambda line: None)
        client.close()
        refused = loads.is_refused(lambda: self.login(password="wrong"), ftplib.Error)
        check(refused, "a wrong password")
        client = ftplib.FTP("127.0.0.1", timeout=20)
        client.login()
        client.retrlines("LIST", lambda line: None)
        client.retrbinary("RETR hello", lambda data: None)
        for words in ("RETR nothing", "STOR x", "DELE hello", "CWD /etc", "NONSENSE"):
            check(loads.is_refused(lambda: client.sendcmd(words), ftplib.Error), words)  # noqa: B023
        client.quit()
        client = self.login()
        with FullDisk(m, f"/home/{USER}/small"):
            loads.is_refused(lambda: client.storbinary("STOR small/x", io.BytesIO(b"x" * 9000000)),
                             (ftplib.Error, OSError))
        client.close()
        sh(m, f"head -c 50000000 /dev/zero >/home/{USER}/large")
        client = self.login()
        data = client.transfercmd("RETR large")
        data.recv(1000)
        data.close()
        client.close()
        client = self.login()
        data = client.transfercmd("STOR partial")
        data.sendall(b"x" * 1000)
        client.sock.shutdown(socket.SHUT_RDWR)
        client.close()
        data.close()
        client = self.login()
        time.sleep(5)
        check(loads.is_refused(client.pwd, (ftplib.Error, EOFError, OSError)), "idle")
        for _ in range(3):
            abort(21, b"USER x\r\n")
        crowd(21, 40)
        sh(m, "mv /var/log/vsftpd.log /var/log/vsftpd.log.1", good=None)
        self.reload(m)
        sh(m, "logrotate -f /etc/logrotate.d/vsftpd", good=None)
        time.sleep(4)
        self.quick(m)


class Cron(Recorded):
    name, unit = "cron", "cron.service"
    package = program = "cron"

    def prepare(self, m):
        m.write("/etc/cron.d/simple", "* * * * * root date >>/run/simple\n")

    def is_ready(self, m):
        return m.run(["pgrep", "-x", "cron"]).status == 0

    def wait_jobs(self, m, path):
        for _ in range(75):
            time.sleep(1)
            if os.path.exists(m.path(path)):
                time.sleep(4)
                return
        raise RuntimeError(f"no job wrote {path}")

    def quick(self, m):
        sh(m, "rm -f /run/simple")
        self.wait_jobs(m, "/run/simple")

    def rich(self, m):
        m.write("/etc/cron.d/more", f"""MAILTO=root
SHELL=/bin/bash
* * * * * root cd / && run-parts --report /etc/cron.daily
* * * * * root logrotate -f /etc/logrotate.conf; echo done
* * * * * {USER} tar czf t.tgz /etc/ssl 2>/dev/null; find / -xdev -name passwd 2>&1 | sort; exit 3
* * * * * {USER} sleep 2; kill -9 $$
* * * * * root cat >/run/input; head -c 200000 /dev/zero | od | head -2000%line one%line two
* * * * * root cp -a /etc/ssl /tmp/; chown -R {USER} /tmp/ssl; chmod -R o+r /tmp/ssl; rm -r /tmp/ssl
* * * * * root perl -e 'print "hello\\n"'; df; ps aux; nice -n 5 true; sync; gzip -kf /run/input
* * * * * root (sleep 1; touch /run/more) & wait
""")
        # One such line, and cron ignores the file.
        m.write("/etc/cron.d/nobody", "* * * * * nobody-here true\n")
        m.write("/root/table", "* * * * * id >~/id\n@reboot true\n")
        sh(m, f"crontab -u {USER} /root/table; crontab /root/table")
        sh(m, "rm -f /run/more")
        self.wait_jobs(m, "/run/more")
        m.write("/etc/cron.d/more", "nonsense\n* * * * * root touch /run/again\n")
        m.write("/etc/cron.d/last", "* * * * * root touch /run/again\n")
        sh(m, f"crontab -u {USER} -r; usermod -e 1 {USER}")
        sh(m, "touch /var/spool/cron/crontabs; date -R; rm -f /run/again")
        self.wait_jobs(m, "/run/again")
