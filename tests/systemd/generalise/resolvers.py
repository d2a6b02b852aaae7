# SPDX-License-Identifier: LGPL-2.1-or-later
"""Name servers."""

import time

from recorded import Recorded, FullDisk, abort, crowd, make_certificate, sh, small_disk, talk

ZONE = """$TTL 60
@ IN SOA ns.{0}. root.{0}. 1 600 60 6000 60
@ IN NS ns
ns IN A 127.0.0.1
www IN A 127.0.0.7
@ IN MX 10 www
alias IN CNAME www
large IN TXT {1}
"""


def zone_text(name):
    return ZONE.format(name, " ".join(['"' + "x" * 250 + '"'] * 12))


def dig(m, *questions, options=""):
    """All questions to port 53 by one dig."""
    lines = "\n".join(f"@127.0.0.1 +tries=1 +time=2 {options} {q}" for q in questions)
    sh(m, f"dig -f /dev/stdin >/tmp/dug <<'EOF'\n{lines}\nEOF", good=None)
    return m.read("/tmp/dug")


class Resolver(Recorded):
    port = 53

    def ask_all(self, m, zone):
        names = [f"{host}.{zone}" for host in ("www", "alias", "large", "none", "ns")]
        questions = [f"{n} {kind}" for n in names for kind in ("A", "AAAA", "TXT", "ANY", "MX")]
        dig(m, *questions)
        dig(m, *questions, options="+tcp")
        dig(m, *questions, options="+dnssec +bufsize=512 +ignore")
        dig(m, *questions[:5], options="+nocookie +noedns")
        dig(m, *[f"n{i}.{zone} A" for i in range(500)])
        dig(m, "version.bind CH TXT", "-x 127.0.0.1", "nothing.invalid A", ". NS", "com. DS")

    def malformed(self):
        for data in (b"", b"\0\0", b"\0\x02ab", b"\xff\xff" + b"x" * 3000):
            abort(53, data, 0)
        crowd(53, 150, 0.5)


class Unbound(Resolver):
    name, unit = "unbound", "unbound.service"
    package = program = "unbound"

    def prepare(self, m):
        make_certificate(m, "unbound")
        m.write("/etc/unbound/unbound.conf.d/test.conf", """
server:
  interface: 127.0.0.1
  interface: 127.0.0.1@853
  interface: 127.0.0.1@443
  tls-service-key: /etc/test.key
  tls-service-pem: /etc/test.crt
  do-not-query-localhost: no
  local-zone: "local.test." static
  local-data: "www.local.test. A 127.0.0.7"
  local-data: "ns.local.test. A 127.0.0.1"
  domain-insecure: "far.test."
  logfile: "/var/log/unbound/unbound.log"
  use-syslog: no
  log-queries: yes
  prefetch: yes
  serve-expired: yes
  cache-max-ttl: 5
forward-zone:
  name: "far.test."
  forward-addr: 127.0.0.1@5353
forward-zone:
  name: "dead.test."
  forward-addr: 127.0.0.1@5999
""")
        sh(m, "mkdir -p /var/log/unbound; chown unbound /var/log/unbound")
        small_disk(m, "/var/log/unbound", 2000)
        m.write("/etc/far.conf", """options { directory "/var/cache/bind"; recursion no;
listen-on port 5353 { 127.0.0.1; }; pid-file "/run/far.pid"; session-keyfile "/run/far.key"; };
controls { }; zone "far.test" { type master; file "/etc/far.zone"; };
""")
        m.write("/etc/far.zone", zone_text("far.test"))
        sh(m, "/usr/sbin/named -c /etc/far.conf")

    def quick(self, m):
        names = ("www.local.test A", "none.local.test A", "www.far.test A", "none.far.test A")
        for _ in range(3):
            dig(m, *names)

    def rich(self, m):
        for zone in ("local.test", "far.test", "dead.test"):
            self.ask_all(m, zone)
        self.malformed()
        dig(m, "www.far.test A", options="+tls -p 853")
        dig(m, "www.far.test A", options="+https -p 443")
        abort(853, b"no TLS", 0)
        crowd(853, 30, 0.2)
        for words in ("status", "stats_noreset", "dump_cache >/tmp/cache", "load_cache </tmp/cache",
                      "lookup www.far.test", "flush www.far.test", "flush_zone far.test",
                      "flush_infra all", "local_zone new.test static",
                      "local_data x.new.test A 127.0.0.9", "local_zone_remove new.test",
                      "list_forwards", "list_local_zones", "forward_add other.test 127.0.0.1@5353",
                      "dump_requestlist", "verbosity 3", "verbosity 1", "log_reopen",
                      "set_option val-log-level: 2", "get_option num-threads", "nonsense",
                      "list_auth_zones", "reload", "reload_keep_cache"):
            sh(m, f"unbound-control {words}", good=None)
            if "reload" in words:
                time.sleep(1)
                self.wait_ready(m)
        sh(m, "pkill -F /run/far.pid; sleep 6", good=None)
        self.ask_all(m, "far.test")
        with FullDisk(m, "/var/log/unbound"):
            dig(m, *[f"f{i}.local.test A" for i in range(300)])
        sh(m, "mv /var/log/unbound/unbound.log /var/log/unbound/unbound.log.1")
        self.reload(m)
        m.write("/etc/unbound/unbound.conf.d/wrong.conf", "server:\n  nonsense: 3\n")
        sh(m, "unbound-checkconf", good=False)
        sh(m, "rm /etc/unbound/unbound.conf.d/wrong.conf")
        self.reload(m)
        self.quick(m)


class Bind9(Resolver):
    name, unit = "bind9", "named.service"
    package, program = "bind9", "named"

    def prepare(self, m):
        m.write("/etc/bind/named.conf.options", """
options { directory "/var/cache/bind"; dnssec-validation auto; allow-new-zones yes;
listen-on { 127.0.0.1; }; listen-on-v6 { any; }; listen-on port 853 tls ephemeral { any; };
listen-on port 8080 tls none http default { any; };
key-directory "/var/lib/bind"; tcp-clients 100; querylog no; };
statistics-channels { inet 127.0.0.1 port 8053; };
logging { channel c { file "/var/log/named/named.log" versions 3 size 100k; severity debug 1; };
category default { c; }; category queries { c; }; };
""")
        m.write("/etc/bind/named.conf.local", """
zone "here.test" { type master; file "/var/lib/bind/here.zone";
  allow-transfer { any; }; update-policy local; };
zone "signed.test" { type master; file "/var/lib/bind/signed.zone"; dnssec-policy default;
  inline-signing yes; };
zone "far.test" { type secondary; masters { 127.0.0.1 port 5999; }; file "/var/lib/bind/far"; };
""")
        for name in ("here", "signed"):
            m.write(f"/var/lib/bind/{name}.zone", zone_text(f"{name}.test"))
        sh(m, "mkdir -p /var/log/named; chown bind /var/log/named /var/lib/bind/*")
        small_disk(m, "/var/log/named", 4000)

    def quick(self, m):
        for _ in range(3):
            dig(m, "localhost A", "www.here.test A", "none.here.test A", "large.here.test TXT")

    def rich(self, m):
        for zone in ("here.test", "signed.test"):
            self.ask_all(m, zone)
        self.malformed()
        dig(m, "here.test AXFR", "signed.test AXFR", "here.test IXFR=1")
        dig(m, "www.here.test A", options="+tls -p 853")
        dig(m, "www.here.test A", options="+http-plain -p 8080")
        abort(853, b"no TLS", 0)
        script = "\n".join(["server 127.0.0.1", "zone here.test"] + [
            f"update add u{i}.here.test 60 A 127.0.0.9" for i in range(300)] + ["send",
            "update delete u1.here.test A", "send"])  # fmt: skip
        sh(m, f"nsupdate -l <<'EOF'\n{script}\nEOF", good=None)
        sh(m, "curl -s http://127.0.0.1:8053/ | wc -c; curl -s http://127.0.0.1:8053/json | wc -c")
        for words in ("status", "reconfig", "freeze here.test", "thaw here.test", "sync -clean",
                      "dumpdb -all", "stats", "querylog on", "recursing", "trace", "notrace",
                      "flush", "flushname www.here.test", "secroots", "tsig-list",
                      "addzone new.test '{ type master; file \"/etc/bind/db.local\"; };'",
                      "showzone new.test", "modzone new.test '{ type master; file "
                      "\"/etc/bind/db.empty\"; };'", "delzone new.test", "notify here.test",
                      "retransfer far.test", "refresh far.test", "sign signed.test",
                      "signing -list signed.test", "dnssec -status signed.test",
                      "dnssec -rollover -key 1 signed.test", "managed-keys status",
                      "nta -l 60 example.test", "serve-stale on", "validation off", "scan",
                      "zonestatus here.test", "tcp-timeouts", "nonsense", "null", "loadkeys "
                      "signed.test"):  # fmt: skip
            sh(m, f"rndc {words}", good=None)
        for i in range(4):
            dig(m, *[f"q{i}x{j}.here.test A" for j in range(700)])
        with FullDisk(m, "/var/log/named"):
            dig(m, *[f"f{i}.here.test A" for i in range(300)])
        sh(m, "mv /var/log/named/named.log /var/log/named/old.log")
        self.reload(m)
        good = m.read("/etc/bind/named.conf.local")
        m.write("/etc/bind/named.conf.local", good + "nonsense;\n")
        sh(m, "rndc reload", good=None)
        m.write("/etc/bind/named.conf.local", good)
        self.signal(m, "HUP")
        self.reload(m)
        self.ask_all(m, "here.test")
        talk(53, b"\0\x1d\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03www\x04here\x04test\0\0\x01\0\x01")
