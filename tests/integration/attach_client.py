# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client that asks a server all the time and judges each answer, until its stdin is closed.

attach_client.py http|redis PORT: prints one line of JSON: requests, failed, worst_ms, errors.
"""

import json
import os
import select
import socket
import sys
import threading
import time

THREADS = 3
PATIENCE_SECONDS = 20


class Counts:
    def __init__(self):
        self.requests = self.failed = 0
        self.worst = 0.0
        self.errors = []


def connect(port):
    return socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)


def read_all(s):
    got = b""
    while data := s.recv(65536):
        got += data
    return got


def ask_http(port, _state, _number):
    with connect(port) as s:
        s.sendall(b"GET /index.html HTTP/1.0\r\nHost: localhost\r\n\r\n")
        got = read_all(s)
    head, _, body = got.partition(b"\r\n\r\n")
    if not head.split(b"\r\n")[0].endswith(b"200 OK") or body != b"hello\n" * 100:
        raise OSError(f"a wrong answer of {len(got)} bytes: {got[:80]!r}")


def read_line(s):
    got = b""
    while not got.endswith(b"\r\n"):
        data = s.recv(1)
        if not data:
            raise OSError("the connection was closed")
        got += data
    return got


def ask_redis(port, state, number):
    """One connection for a while, and then another, so that there are accepts as well."""
    if number % 200 == 0 and "socket" in state:
        state.pop("socket").close()
    s = state.get("socket") or state.setdefault("socket", connect(port))
    value = str(number).encode()
    s.sendall(b"SET k%d %s\r\nGET k%d\r\n" % (state["id"], value, state["id"]))
    got = read_line(s) + read_line(s) + read_line(s)
    if got != b"+OK\r\n$%d\r\n%s\r\n" % (len(value), value):
        raise OSError(f"a wrong answer: {got!r}")


def ask_on(ask, port, counts, ended, number_of_thread):
    state = {"id": number_of_thread}
    number = 0
    while not ended.is_set():
        begin = time.monotonic()
        try:
            ask(port, state, number)
        except OSError as e:
            counts.failed += 1
            counts.errors.append(repr(e))
            state.pop("socket", None)
        number += 1
        counts.requests += 1
        counts.worst = max(counts.worst, time.monotonic() - begin)


def main():
    ask = {"http": ask_http, "redis": ask_redis}[sys.argv[1]]
    ended = threading.Event()
    counts = [Counts() for _ in range(THREADS)]
    threads = [
        threading.Thread(target=ask_on, args=(ask, int(sys.argv[2]), count, ended, i))
        for i, count in enumerate(counts)
    ]
    for thread in threads:
        thread.start()
    print("asking", flush=True)
    while os.read(sys.stdin.fileno(), 1):
        select.select([sys.stdin], [], [])
    ended.set()
    for thread in threads:
        thread.join()
    print(
        json.dumps(
            {
                "requests": sum(count.requests for count in counts),
                "failed": sum(count.failed for count in counts),
                "worst_ms": round(1000 * max(count.worst for count in counts), 1),
                "errors": [error for count in counts for error in count.errors][:5],
            }
        )
    )


if __name__ == "__main__":
    main()
