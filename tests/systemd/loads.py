# SPDX-License-Identifier: LGPL-2.1-or-later
"""Loads for the servers of daemons.py, run in the network of their machine: loads.py NAME.

Each holds what is answered to what must be answered, to the byte: what must succeed, what must be
refused by the server itself, and the ways in with a right and a wrong password. Any wrong answer
ends it with an exception. NAME_mark prints the mark that the server's configuration has now, and
NAME_kept checks what an earlier load left for the next start.
"""

import base64
import gzip
import hashlib
import http.client
import socket
import sys
import time

import mail
from answers import PASSWORD, SECONDS, USER, expect, in_parallel

# --- web servers ---

PAGE = b"".join(b"line %d of the page\n" % i for i in range(400))
SECRET = b"for those who may\n"
LARGE = b"".join(b"%07d\n" % i for i in range(375000))


def request(port, path, status, method="GET", body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, names)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    expect(answer.status, status, f"{method} {path}")
    return answer, text


def get(port, path, wanted, **headers):
    expect(request(port, path, 200, **headers)[1], wanted, path)


def raw(port, data, status):
    with socket.create_connection(("127.0.0.1", port), SECONDS) as s:
        s.sendall(data)
        expect(s.recv(4096).split()[1:2], [status], data[:40])


def keep_alive(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    for _ in range(20):
        connection.request("GET", "/page.html")
        answer = connection.getresponse()
        expect((answer.status, answer.read()), (200, PAGE), "keep-alive")
    connection.close()


def parts_of_page(port):
    answer, text = request(port, "/page.html", 200)
    expect(text, PAGE, "the page")
    changed = answer.getheader("Last-Modified")
    expect(request(port, "/page.html", 304, If_Modified_Since=changed)[1], b"", "not modified")
    answer, text = request(port, "/page.html", 206, Range="bytes=10-99")
    expect(text, PAGE[10:100], "a range")
    expect(answer.getheader("Content-Range"), f"bytes 10-99/{len(PAGE)}", "which range")
    answer, text = request(port, "/page.html", 200, "HEAD")
    expect((answer.getheader("Content-Length"), text), (str(len(PAGE)), b""), "HEAD")
    answer, text = request(port, "/page.html", 200, Accept_Encoding="gzip")
    expect(answer.getheader("Content-Encoding"), "gzip", "Content-Encoding")
    expect(len(text) < len(PAGE), True, "shorter when compressed")
    expect(gzip.decompress(text), PAGE, "the page, decompressed")


def large(port):
    answer, text = request(port, "/large", 200)
    expect(answer.getheader("Content-Length"), str(len(LARGE)), "the large file's length")
    expect(hashlib.sha256(text).hexdigest(), hashlib.sha256(LARGE).hexdigest(), "its digest")


def passwords(port):
    right = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    wrong = base64.b64encode(f"{USER}:wrong".encode()).decode()
    for headers in ({}, {"Authorization": f"Basic {wrong}"}):
        answer, text = request(port, "/secret/page.html", 401, **headers)
        expect(answer.getheader("WWW-Authenticate"), 'Basic realm="test"', "who are you")
        expect(SECRET in text, False, "the secret, to others")
    get(port, "/secret/page.html", SECRET, Authorization=f"Basic {right}")


def web(port):
    parts_of_page(port)
    large(port)
    request(port, "/missing", 404)
    expect(SECRET in request(port, "/forbidden.html", 403)[1], False, "the forbidden page")
    raw(port, b"NONSENSE\r\n\r\n", b"400")
    passwords(port)
    keep_alive(port)
    in_parallel(lambda _: get(port, "/page.html", PAGE), 100)


def apache2():
    web(80)
    expect(request(80, "/page.html", 200, "POST", b"x" * 300000)[1], PAGE, "POST")


def nginx():
    web(80)
    request(80, "/page.html", 405, "POST", b"x" * 300000)


def web_mark():
    return request(80, "/mark", 404)[1].decode()


# --- redis ---

CLIENTS, KEYS = 8, 200


class Redis:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", 6379), SECONDS)
        self.file = self.socket.makefile("rwb")

    def read(self):
        line = self.file.readline().rstrip()
        if line in (b"$-1", b"*-1"):
            return None
        if line[:1] == b"$":
            return self.file.read(int(line[1:]) + 2)[:-2]
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

    def must(self, wanted, *words):
        expect(self.ask(*words), wanted, " ".join(map(str, words)))

    def persistence(self):
        """What it tells of its files when no child of it writes one."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            lines = self.ask("INFO", "persistence").split(b"\r\n")
            info = dict(line.split(b":", 1) for line in lines if b":" in line)
            busy = ("rdb_bgsave_in_progress", "aof_rewrite_in_progress", "aof_rewrite_scheduled")
            if all(info[name.encode()] == b"0" for name in busy):
                return info
            time.sleep(0.05)
        raise RuntimeError("redis does not come to an end with its files")


def redis_values(number):
    return {f"key:{number}:{i}": b"%d of %d\r\n\0" % (i, number) * 50 for i in range(KEYS)}


def redis_client(number):
    client = Redis()
    values = redis_values(number)
    for name, value in values.items():
        client.send("SET", name, value)
        client.send("INCR", "count")
    client.file.flush()
    for name in values:
        expect(client.read(), b"+OK", f"SET {name}")
        expect(client.read()[:1], b":", "INCR")
    client.must(list(values.values()), "MGET", *values)


def redis_commands(client):
    client.must(b"+PONG", "PING")
    value = redis_values(1)["key:1:7"]
    expect(client.ask("LPUSH", "key:1:7", "x")[:10], b"-WRONGTYPE", "LPUSH of a string")
    expect(client.ask("NO-SUCH")[:4], b"-ERR", "no such command")
    expect(client.ask("AUTH", "wrong")[:4], b"-ERR", "AUTH without a password")
    client.must(value, "EVAL", "return redis.call('GET', KEYS[1])", 1, "key:1:7")
    client.must(b":3", "RPUSH", "list", "a", "b", "c")
    client.must(b"+OK", "MULTI")
    client.must(b"+QUEUED", "INCR", "count")
    client.must(b"+QUEUED", "LRANGE", "list", 0, -1)
    client.must([b":%d" % (CLIENTS * KEYS + 1), [b"a", b"b", b"c"]], "EXEC")
    client.must(None, "BLPOP", "nothing", "0.05")
    client.must(b"+OK", "SET", "short", "x", "PX", 20)
    time.sleep(0.05)
    client.must(None, "GET", "short")
    listener = Redis()
    listener.must([b"subscribe", b"news", b":1"], "SUBSCRIBE", "news")
    client.must(b":1", "PUBLISH", "news", "hello")
    expect(listener.read(), [b"message", b"news", b"hello"], "what was published")


def redis_files(client):
    """Saves, and reads back what it saved, in both ways that it has."""
    expect(client.ask("BGSAVE")[:1], b"+", "BGSAVE")
    info = client.persistence()
    expect(info[b"rdb_last_bgsave_status"], b"ok", "how BGSAVE ended")
    expect(info[b"rdb_changes_since_last_save"], b"0", "what it has not saved")
    digest = client.ask("DEBUG", "DIGEST")
    client.must(b"+OK", "DEBUG", "RELOAD", "NOSAVE")
    client.must(digest, "DEBUG", "DIGEST")
    client.must(b"+OK", "CONFIG", "SET", "appendonly", "yes")
    expect(client.persistence()[b"aof_last_bgrewrite_status"], b"ok", "the first append-only file")
    client.must(b"+OK", "SET", "appended", "words")
    expect(client.ask("BGREWRITEAOF")[:1], b"+", "BGREWRITEAOF")
    client.must(b":4", "RPUSH", "list", "d")
    info = client.persistence()
    expect(info[b"aof_last_bgrewrite_status"], b"ok", "how BGREWRITEAOF ended")
    expect(info[b"aof_last_write_status"], b"ok", "how appending ended")
    digest = client.ask("DEBUG", "DIGEST")
    client.must(b"+OK", "DEBUG", "LOADAOF")
    client.must(digest, "DEBUG", "DIGEST")
    client.must(b"+OK", "CONFIG", "SET", "appendonly", "no")


def redis():
    client = Redis()
    client.must(b"+OK", "FLUSHALL")
    in_parallel(redis_client, CLIENTS)
    client.must(b"%d" % (CLIENTS * KEYS), "GET", "count")
    redis_commands(client)
    redis_files(client)
    redis_kept()


def redis_kept():
    client = Redis()
    for number in range(CLIENTS):
        values = redis_values(number)
        client.must(list(values.values()), "MGET", *values)
    client.must(b"%d" % (CLIENTS * KEYS + 1), "GET", "count")
    client.must(b"words", "GET", "appended")
    client.must([b"a", b"b", b"c", b"d"], "LRANGE", "list", 0, -1)
    client.must(b":%d" % (CLIENTS * KEYS + 3), "DBSIZE")


# --- what else tells which configuration it has ---


def greeting(port):
    with socket.create_connection(("127.0.0.1", port), SECONDS) as s:
        return s.makefile("r", encoding="utf-8").readline().split()[-1]


LOADS = {
    "apache2": apache2,
    "apache2_mark": web_mark,
    "nginx": nginx,
    "nginx_mark": web_mark,
    "redis": redis,
    "redis_kept": redis_kept,
    "dovecot": mail.dovecot,
    "dovecot_kept": mail.dovecot_kept,
    "dovecot_mark": lambda: greeting(143),
    "opensmtpd": mail.opensmtpd,
    "openssh_mark": lambda: greeting(22),
}

if __name__ == "__main__":
    print(LOADS[sys.argv[1]]() or "")
