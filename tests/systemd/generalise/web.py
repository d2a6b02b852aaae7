# SPDX-License-Identifier: LGPL-2.1-or-later
"""Web servers and a proxy."""

import http.server
import os
import socket
import threading
import time

import services
from recorded import (FullDisk, Recorded, abort, check, connect, crowd, eventually,
                      make_certificate, sh, small_disk, talk)  # fmt: skip

import loads

GET = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Served(Recorded):
    """What every web server gets."""

    port = 80
    logs = ""

    def quick(self, m):
        sh(m, "ab -q -n 1000 -c 10 http://127.0.0.1/page.html")
        sh(m, "ab -q -k -n 1000 -c 10 http://127.0.0.1/page.html")
        loads.request(80, "/missing", 404)

    def https(self, m):
        for words in ("--http1.1", "--http2", "--http2 -H 'Range: bytes=5-99'", "--compressed"):
            sh(m, f"curl -sSkf {words} -o /dev/null https://localhost/page.html")
        sh(m, "curl -sSkf --http2 -o /dev/null https://localhost/large https://localhost/page.html")
        sh(m, "curl -sS --cacert /etc/hostname https://localhost/", good=False)
        talk(443, b"no TLS at all\r\n\r\n")
        crowd(443, 20, 0.2)

    def rude(self, m):
        for _ in range(5):
            abort(80, GET % b"/large")
            abort(80, GET % b"/page.html", 0)
            abort(80, b"POST /page.html HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\nx", 0)
        talk(80, b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n")
        talk(80, b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n")
        crowd(80, 300)
        sh(m, "ab -q -n 3000 -c 200 http://127.0.0.1/page.html")
        sh(m, "curl -s -m 3 --limit-rate 100k -o /dev/null http://127.0.0.1/huge", good=None)

    def more_files(self, m):
        sh(m, "head -c 60000000 /dev/urandom >/var/www/html/huge; mkdir -p /var/www/html/empty; "
           "ln -sf page.html /var/www/html/link.html; ln -sf /nowhere /var/www/html/broken")
        sh(m, "curl -sSf -o /dev/null http://127.0.0.1/huge")
        sh(m, "curl -sSf -r 1000000-2000000,5000000-5000100 -o /dev/null http://127.0.0.1/huge")
        for path in ("/empty/", "/link.html", "/broken", "/", "/empty"):
            sh(m, f"curl -s -o /dev/null http://127.0.0.1{path}")
        sh(m, "curl -s -X OPTIONS -o /dev/null http://127.0.0.1/; "
           "curl -s -X DELETE -o /dev/null http://127.0.0.1/page.html")

    def rotate(self, m):
        sh(m, f"for f in {self.logs}/*.log; do mv $f $f.1; done")

    def kill_worker(self, m):
        sh(m, f"pkill -KILL -P {self.main_pid(m)}")
        time.sleep(1.5)
        self.wait_ready(m)
        loads.request(80, "/page.html", 200)


class Apache2(Served, services.Apache2):
    package = program = "apache2"
    logs = "/var/log/apache2"

    def prepare(self, m):
        super().prepare(m)
        make_certificate(m)
        sh(m, "a2enmod -q ssl http2 cgid dav dav_fs proxy proxy_http rewrite status expires")
        m.write("/etc/apache2/sites-enabled/more.conf", """
<VirtualHost *:443>
SSLEngine on
SSLCertificateFile /etc/test.crt
SSLCertificateKeyFile /etc/test.key
Protocols h2 http/1.1
DocumentRoot /var/www/html
</VirtualHost>
DavLockDB /var/lock/apache2/DavLock
Alias /dav /var/www/dav
<Directory /var/www/dav>
Dav On
Require all granted
</Directory>
ProxyPass /proxied/ http://127.0.0.1:80/
ExtendedStatus on
""")
        m.write("/usr/lib/cgi-bin/test", "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\n"
                "wc -c; date; ls /\n", 0o755)
        sh(m, "mkdir -p /var/www/dav && chown www-data /var/www/dav")
        small_disk(m, "/var/www/dav", 1000)

    def dav(self, m):
        url = "http://127.0.0.1/dav"
        sh(m, f"curl -sSf -T /etc/services {url}/a && curl -sSf -X MKCOL {url}/b/ && "
           f"curl -sSf -X MOVE -H 'Destination: {url}/b/c' {url}/a && "
           f"curl -sSf -X COPY -H 'Destination: {url}/d' {url}/b/ && "
           f"curl -sSf -X PROPFIND -H 'Depth: 1' {url}/ && curl -sSf -X DELETE {url}/b/")
        lock = ("<?xml version=\"1.0\"?><lockinfo xmlns=\"DAV:\"><lockscope><exclusive/>"
                "</lockscope><locktype><write/></locktype></lockinfo>")
        sh(m, f"curl -sS -X LOCK -d '{lock}' {url}/d", good=None)
        with FullDisk(m, "/var/www/dav"):
            sh(m, f"curl -sS -o /dev/null -T /var/www/html/large {url}/toolarge", good=None)

    def rich(self, m):
        loads.apache2()
        self.https(m)
        self.more_files(m)
        self.dav(m)
        sh(m, "curl -sSf http://127.0.0.1/cgi-bin/test && "
           "curl -sSf --data-binary @/var/www/html/large http://127.0.0.1/cgi-bin/test | wc -c")
        sh(m, "curl -sSf http://127.0.0.1/proxied/page.html && "
           "curl -s http://127.0.0.1/proxied/missing; curl -sSf http://127.0.0.1/server-status")
        self.rude(m)
        self.rotate(m)
        self.reload(m)
        self.kill_worker(m)
        m.write("/etc/apache2/conf-enabled/wrong.conf", "NoSuchDirective\n")
        sh(m, "apachectl graceful", good=False)
        sh(m, "rm /etc/apache2/conf-enabled/wrong.conf")
        self.signal(m, "HUP")
        self.wait_ready(m)
        sh(m, "logrotate -f /etc/logrotate.d/apache2", good=None)
        self.reload(m)
        loads.apache2()


class Nginx(Served, services.Nginx):
    package = program = "nginx"
    logs = "/var/log/nginx"

    def prepare(self, m):
        super().prepare(m)
        make_certificate(m)
        site = m.read("/etc/nginx/sites-enabled/default")
        m.write("/etc/nginx/sites-enabled/default", site.rstrip().removesuffix("}") + """
autoindex on;
location /proxied/ { proxy_pass http://127.0.0.1:8081/; proxy_cache c; proxy_cache_valid 1m; }
location /refused/ { proxy_pass http://127.0.0.1:8099/; }
location /fcgi/ { fastcgi_pass unix:/run/nothing.sock; }
}
proxy_cache_path /var/lib/nginx/cache keys_zone=c:1m inactive=5s max_size=2m;
server { listen 443 ssl http2; ssl_certificate /etc/test.crt; ssl_certificate_key /etc/test.key;
root /var/www/html; ssl_session_cache shared:s:1m; }
server { listen 8081; listen [::]:8081; root /var/www/html; client_max_body_size 100m;
error_page 405 =200 /page.html; }
""")
        sh(m, "mkdir -p /var/lib/nginx/body && chown www-data /var/lib/nginx/body")
        small_disk(m, "/var/lib/nginx/body", 2000)

    def rich(self, m):
        loads.nginx()
        self.https(m)
        self.more_files(m)
        for path in ("page.html", "page.html", "large", "huge", "missing"):
            sh(m, f"curl -s -o /dev/null http://127.0.0.1/proxied/{path}")
        loads.request(80, "/refused/x", 502)
        loads.request(80, "/fcgi/x", 502)
        for count in (900000, 5000000):
            sh(m, f"head -c {count} /dev/zero | curl -s -o /dev/null --data-binary @- "
               "http://127.0.0.1/proxied/page.html", good=None)
        self.rude(m)
        time.sleep(6)
        self.rotate(m)
        self.signal(m, "USR1")
        self.reload(m)
        self.kill_worker(m)
        m.write("/etc/nginx/conf.d/wrong.conf", "no_such_directive;\n")
        self.signal(m, "HUP")
        sh(m, "rm /etc/nginx/conf.d/wrong.conf")
        old = self.main_pid(m)
        sh(m, f"kill -USR2 {old}")
        eventually("a new nginx", lambda: os.path.exists(m.path("/run/nginx.pid.oldbin")))
        time.sleep(1)
        sh(m, f"kill -WINCH {old}; sleep 1; kill -QUIT {old}; sleep 1")
        sh(m, "logrotate -f /etc/logrotate.d/nginx", good=None)
        self.signal(m, "USR1")
        loads.nginx()


class Lighttpd(Served, services.Web):
    name, unit = "lighttpd", "lighttpd.service"
    package = program = "lighttpd"
    logs = "/var/log/lighttpd"

    def prepare(self, m):
        super().prepare(m)
        make_certificate(m, "www-data")
        m.write("/etc/test-passwords", f"{loads.USER}:{loads.PASSWORD}\n")
        m.write("/etc/lighttpd/conf-enabled/99-test.conf", """
server.modules += ("mod_auth", "mod_authn_file", "mod_cgi", "mod_accesslog",
                   "mod_proxy", "mod_openssl", "mod_status")
auth.backend = "plain"
auth.backend.plain.userfile = "/etc/test-passwords"
auth.require = ("/secret/" => ("method" => "basic", "realm" => "test", "require" => "valid-user"))
accesslog.filename = "/var/log/lighttpd/access.log"
status.status-url = "/server-status"
dir-listing.activate = "enable"
$HTTP["url"] =~ "^/cgi/" { cgi.assign = ("" => "/bin/sh") }
$HTTP["url"] =~ "^/proxied/" { proxy.server = ("" => (("host" => "127.0.0.1", "port" => 8099))) }
$SERVER["socket"] == ":443" { ssl.engine = "enable" ssl.pemfile = "/etc/test.pem" }
""")
        m.write("/var/www/html/cgi/test", "printf 'Content-Type: text/plain\\n\\n'; wc -c; date; ls /\n")
        small_disk(m, "/var/cache/lighttpd/uploads", 1000)

    def rich(self, m):
        loads.web(80)
        self.https(m)
        self.more_files(m)
        sh(m, "curl -sSf http://127.0.0.1/cgi/test && "
           "curl -sSf --data-binary @/var/www/html/page.html http://127.0.0.1/cgi/test")
        sh(m, "curl -sS --data-binary @/var/www/html/large http://127.0.0.1/cgi/test", good=None)
        sh(m, "curl -s http://127.0.0.1/proxied/x; curl -sSf http://127.0.0.1/server-status")
        sh(m, "curl -s --http2-prior-knowledge http://127.0.0.1/large | wc -c", good=None)
        self.rude(m)
        self.rotate(m)
        self.signal(m, "HUP")
        self.reload(m)
        sh(m, "logrotate -f /etc/logrotate.d/lighttpd", good=None)
        self.signal(m, "HUP")
        loads.web(80)


class Origin(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b"x" * (3000000 if self.path == "/large" else 3000)
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_):
        pass


class OriginServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """The proxy goes away without a word when its client does."""


class Origins:
    """Servers behind the proxy, while they are wanted."""

    def __init__(self, *ports):
        self.servers = [OriginServer(("127.0.0.1", p), Origin) for p in ports]
        for server in self.servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def close(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()


class Haproxy(Served):
    name, unit = "haproxy", "haproxy.service"
    package = program = "haproxy"

    def prepare(self, m):
        make_certificate(m)
        text = m.read("/etc/haproxy/haproxy.cfg")
        m.write("/etc/haproxy/haproxy.cfg", text + """
    retries 1
frontend web
    bind :80
    bind :443 ssl crt /etc/test.pem alpn h2,http/1.1
    compression algo gzip
    compression type text/plain
    default_backend origins
    acl blocked path_beg /secret
    http-request deny if blocked
    stick-table type ip size 1k expire 10s store http_req_rate(10s)
    http-request track-sc0 src
backend origins
    option httpchk GET /
    server one 127.0.0.1:8081 check inter 500
    server two 127.0.0.1:8082 check inter 500
frontend statistics
    bind 127.0.0.1:8404
    stats enable
    stats uri /
    http-request use-service prometheus-exporter if { path /metrics }
listen plain
    mode tcp
    option tcplog
    bind :3306
    server one 127.0.0.1:8081
""")

    def is_ready(self, m):
        return super().is_ready(m) and os.path.exists(m.path("/run/haproxy/admin.sock"))

    def quick(self, m):
        origins = Origins(8081, 8082)
        try:
            time.sleep(1.5)
            sh(m, "ab -q -n 1000 -c 10 http://127.0.0.1/page.html")
            sh(m, "ab -q -k -n 1000 -c 10 http://127.0.0.1/page.html")
            loads.request(80, "/missing", 404)
        finally:
            origins.close()

    def command(self, m, line):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(m.path("/run/haproxy/admin.sock"))
            s.sendall(line.encode() + b"\n")
            return s.recv(65536)

    def rich(self, m):
        loads.request(80, "/page.html", 503)
        origins = Origins(8081, 8082)
        try:
            self.serve(m)
            m.write("/etc/haproxy/haproxy.cfg", m.read("/etc/haproxy/haproxy.cfg") + "# changed\n")
            with connect(3306) as held:
                self.reload(m)
                held.sendall(GET % b"/page.html")
                check(held.recv(12) == b"HTTP/1.1 200", "a connection outlives the reload")
            self.serve(m)
            good = m.read("/etc/haproxy/haproxy.cfg")
            m.write("/etc/haproxy/haproxy.cfg", good + "nonsense\n")
            self.signal(m, "USR2")
            m.write("/etc/haproxy/haproxy.cfg", good)
            self.signal(m, "USR2")
            self.wait_ready(m)
            self.signal(m, "HUP")
        finally:
            origins.close()
        time.sleep(2)
        loads.request(80, "/page.html", 503)
        sh(m, "logrotate -f /etc/logrotate.d/haproxy", good=None)
        talk(3306, b"x")

    def serve(self, m):
        time.sleep(1.5)
        self.https(m)
        loads.request(80, "/secret/x", 403)
        loads.request(80, "/large", 200, Accept_Encoding="gzip")
        loads.request(80, "/x", 200, "POST", b"x" * 3000000)
        loads.raw(80, b"NONSENSE\r\n\r\n", b"400")
        sh(m, "ab -q -n 3000 -c 200 http://127.0.0.1/page.html")
        for _ in range(5):
            abort(80, GET % b"/large")
            abort(80, GET % b"/page.html", 0)
        crowd(80, 300)
        talk(3306, GET % b"/page.html")
        loads.request(8404, "/", 200)
        sh(m, "curl -s http://127.0.0.1:8404/metrics")
        for line in ("show info", "show stat", "show sess", "show table web", "show errors",
                     "disable server origins/one", "enable server origins/one",
                     "set server origins/two weight 50%", "show servers state", "show fd",
                     "clear counters all", "nonsense"):  # fmt: skip
            self.command(m, line)
