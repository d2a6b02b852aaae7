# SPDX-License-Identifier: LGPL-2.1-or-later
"""Loads for the servers of daemons.py, run in the network of their machine: loads.py NAME.

Each checks the answers: what must succeed, what must be refused by the server itself, and the ways
in with a right and a wrong password. Any wrong answer ends it with an exception.
"""

import base64
import concurrent.futures
import http.client
import imaplib
import poplib
import smtplib
import socket
import ssl
import sys
import time

USER, PASSWORD = "tester", "correct-horse"
SECONDS = 20  # for any one answer


def expect(got, wanted, what):
    if got != wanted:
        raise RuntimeError(f"{what}: {got!r} instead of {wanted!r}")


def in_parallel(function, count, workers=6):
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(function) for _ in range(count)]:
            done.result()


def is_refused(function, error):
    try:
        function()
    except error:
        return True
    return False


# --- web servers ---


def request(port, path, status, method="GET", body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, names)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    expect(answer.status, status, f"{method} {path}")
    return answer, text


def raw(port, data, status):
    with socket.create_connection(("127.0.0.1", port), SECONDS) as s:
        s.sendall(data)
        expect(s.recv(4096).split()[1:2], [status], data[:40])


def keep_alive(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    for _ in range(20):
        connection.request("GET", "/page.html")
        answer = connection.getresponse()
        answer.read()
        expect(answer.status, 200, "keep-alive")
    connection.close()


def web(port):
    answer, text = request(port, "/page.html", 200)
    expect(text, b"hello\n" * 1000, "the page")
    request(port, "/page.html", 304, If_Modified_Since=answer.getheader("Last-Modified"))
    request(port, "/page.html", 206, Range="bytes=10-99")
    request(port, "/page.html", 200, "HEAD")
    request(port, "/page.html", 200, Accept_Encoding="gzip")
    request(port, "/large", 200)
    request(port, "/missing", 404)
    request(port, "/forbidden.html", 403)
    raw(port, b"NONSENSE\r\n\r\n", b"400")
    right = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    wrong = base64.b64encode(f"{USER}:wrong".encode()).decode()
    request(port, "/secret/page.html", 401)
    request(port, "/secret/page.html", 401, Authorization=f"Basic {wrong}")
    request(port, "/secret/page.html", 200, Authorization=f"Basic {right}")
    keep_alive(port)
    in_parallel(lambda: request(port, "/page.html", 200), 100)


def apache2():
    web(80)
    request(80, "/page.html", 200, "POST", b"x" * 300000)


def nginx():
    web(80)
    request(80, "/page.html", 405, "POST", b"x" * 300000)


# --- redis ---


class Redis:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", 6379), SECONDS)
        self.file = self.socket.makefile("rwb")

    def read(self):
        line = self.file.readline().rstrip()
        if line[:1] == b"$":
            return self.file.read(int(line[1:]) + 2)[:-2] if line != b"$-1" else None
        if line[:1] == b"*":
            return [self.read() for _ in range(int(line[1:]))]
        return line

    def send(self, *words):
        self.file.write(b"*%d\r\n" % len(words))
        for word in words:
            word = word if isinstance(word, bytes) else str(word).encode()
            self.file.write(b"$%d\r\n%s\r\n" % (len(word), word))

    def ask(self, *words):
        self.send(*words)
        self.file.flush()
        return self.read()


def redis_client():
    client = Redis()
    for i in range(200):
        client.send("SET", f"key:{i}", b"x" * 500)
    client.file.flush()
    for i in range(200):
        expect(client.read(), b"+OK", "SET")
    expect(client.ask("GET", "key:7"), b"x" * 500, "GET")


def redis_saved(client):
    lines = client.ask("INFO", "persistence").split(b"\r\n")
    info = dict(line.split(b":", 1) for line in lines if b":" in line)
    return info[b"rdb_bgsave_in_progress"], info[b"aof_rewrite_in_progress"]


def redis():
    client = Redis()
    expect(client.ask("PING"), b"+PONG", "PING")
    in_parallel(redis_client, 8)
    expect(client.ask("LPUSH", "key:7", "x")[:10], b"-WRONGTYPE", "LPUSH of a string")
    expect(client.ask("NO-SUCH")[:4], b"-ERR", "no such command")
    expect(client.ask("AUTH", "wrong")[:4], b"-ERR", "AUTH without a password")
    expect(client.ask("EVAL", "return redis.call('GET', KEYS[1])", 1, "key:7"), b"x" * 500, "EVAL")
    expect(client.ask("SET", "short", "x", "PX", 20), b"+OK", "SET PX")
    expect(client.ask("BGSAVE")[:1], b"+", "BGSAVE")
    expect(client.ask("CONFIG", "SET", "appendonly", "yes"), b"+OK", "appendonly")
    end = time.monotonic() + SECONDS
    while b"1" in redis_saved(client) and time.monotonic() < end:
        time.sleep(0.05)
    expect(client.ask("BGREWRITEAOF")[:1] in (b"+", b"-"), True, "BGREWRITEAOF")
    expect(client.ask("SET", "appended", "x"), b"+OK", "SET")
    while b"1" in redis_saved(client) and time.monotonic() < end:
        time.sleep(0.05)
    expect(client.ask("CONFIG", "SET", "appendonly", "no"), b"+OK", "appendonly")


# --- mail ---


def imap(make, wrong):
    client = make()
    if wrong:
        refused = is_refused(lambda: client.login(USER, "wrong"), imaplib.IMAP4.error)
        expect(refused, True, "wrong login")
    client.login(USER, PASSWORD)
    expect(client.select("INBOX")[0], "OK", "SELECT")
    message = b"Subject: hello\r\nFrom: a@localhost\r\n\r\n" + b"text\r\n" * 200
    expect(client.append("INBOX", None, None, message)[0], "OK", "APPEND")
    client.noop()
    expect(client.fetch("1:*", "(FLAGS BODY[])")[0], "OK", "FETCH")
    expect(client.search(None, "SUBJECT", "hello")[0], "OK", "SEARCH")
    client.create("Other")
    expect(client.copy("1", "Other")[0], "OK", "COPY")
    expect(client.select("Missing")[0], "NO", "SELECT of nothing")
    client.select("INBOX")
    client.store("1", "+FLAGS", "\\Deleted")
    client.expunge()
    expect(client.delete("Other")[0], "OK", "DELETE")
    client.logout()


def pop():
    client = poplib.POP3("127.0.0.1", timeout=SECONDS)
    client.user(USER)
    expect(is_refused(lambda: client.pass_("wrong"), poplib.error_proto), True, "wrong login")
    client = poplib.POP3("127.0.0.1", timeout=SECONDS)
    client.user(USER)
    client.pass_(PASSWORD)
    client.stat()
    client.quit()


def dovecot():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    imap(lambda: imaplib.IMAP4("127.0.0.1", timeout=SECONDS), True)
    imap(lambda: imaplib.IMAP4_SSL("127.0.0.1", ssl_context=context, timeout=SECONDS), False)
    pop()


def mail_client():
    with smtplib.SMTP("127.0.0.1", timeout=SECONDS) as client:
        client.ehlo("client.localhost")
        text = "Subject: hello\r\n\r\n" + "text\r\n" * 500
        client.sendmail("a@localhost", [f"{USER}@localhost"], text)


def opensmtpd():
    with smtplib.SMTP("127.0.0.1", timeout=SECONDS) as client:
        client.ehlo("client.localhost")
        expect(client.docmd("NONSENSE")[0], 500, "nonsense")
        expect(client.mail("a@localhost")[0], 250, "MAIL")
        expect(client.rcpt("no-such-user@localhost")[0], 550, "RCPT of nobody")
        expect(client.rcpt(f"{USER}@localhost")[0], 250, "RCPT")
        client.rset()
    in_parallel(mail_client, 10)


LOADS = {function.__name__: function for function in (apache2, nginx, redis, dovecot, opensmtpd)}

if __name__ == "__main__":
    LOADS[sys.argv[1]]()
