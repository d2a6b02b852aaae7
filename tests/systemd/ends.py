#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machines of these tests do what they say, and leave nothing behind however they end. TAP."""

import os
import signal
import sys

import machine
from machine import Machine
from roots import Missing

import harness
from harness import Directory, Tap, finish, read_until, start, wait_for

UNIT = "[Service]\nExecStart=/bin/sleep 600\nExecReload=/bin/true\n"
HOLD = "hold"  # the argument with which this script holds a machine until it is ended


def hold():
    with Machine("12") as m:
        print(f"ready {m.pid}", flush=True)
        m.run(["sleep", "60"], 60)


def check_use(tap, m):
    result = m.run(["sh", "-c", "cat; echo words >&2; exit 3"], stdin=b"given")
    tap.same((result.status, result.stdout, result.stderr), (3, b"given", b"words\n"),
             "a command has its status and both outputs")  # fmt: skip
    late = m.run(["sh", "-c", "sleep 60 & sleep 60"], 1)
    gone = m.run(["pgrep", "sleep"]).status == 1
    tap.ok(late.timed_out and gone, "one that takes too long is ended")
    tap.ok("lo" in m.must(["ls", "/sys/class/net"]).split(), "it has a loopback interface")
    with Directory() as directory:
        with open(f"{directory}/a", "wb") as f:
            f.write(b"\0bytes")
        m.copy_in(f"{directory}/a", "/root/new/a")
        m.must(["cp", "/root/new/a", "/root/new/b"])
        m.copy_out("/root/new/b", f"{directory}/b")
        with open(f"{directory}/b", "rb") as f:
            tap.same(f.read(), b"\0bytes", "files go in and come out")
    m.must(["ln", "-s", "/root/new/a", "/root/link"])
    m.write("/root/link", "inside")
    tap.same(m.read("/root/new/a"), "inside", "a link leads to what it leads to inside")
    m.write("/etc/systemd/system/x.service", UNIT)
    m.must(["systemctl", "daemon-reload"])
    m.must(["systemctl", "start", "x.service"])
    tap.ok(m.wait_state("x.service", "active"), "a unit starts")
    m.must(["systemctl", "stop", "x.service"])
    tap.ok(m.wait_state("x.service", "inactive"), "and stops")


def left_of(pid, name):
    """What is still there of the machine of that script."""
    groups = [f"{root}/{name}" for root in machine.control_group_roots()]
    process = [] if harness.is_zombie(pid) else [f"process {pid}"]
    return process + [path for path in groups if os.path.exists(path)]


def check_end(tap, sig):
    with Directory() as directory:
        process = start([sys.executable, "-B", os.path.abspath(__file__), HOLD], stderr=None,
                        env=dict(os.environ, TMPDIR=directory))  # fmt: skip
        words = read_until(process, b"\n", 200).split()
        if not tap.ok(words[:1] == [b"ready"], f"{sig.name}: a machine boots", words):
            finish(process)
            return
        process.send_signal(sig)
        finish(process)
        pid, name = int(words[1]), f"sysprofile-12-{process.pid}"
        wait_for(lambda: not left_of(pid, name) and not os.listdir(directory), 10)
        tap.same(left_of(pid, name), [], f"{sig.name}: no process and no control group is left")
        tap.same(os.listdir(directory), [], f"{sig.name}: no file is left")
        tap.same(harness.left_over(), [], f"{sig.name}: nothing that it started is left")
        with open("/proc/self/mounts", encoding="utf-8") as f:
            tap.ok(name not in f.read(), f"{sig.name}: no mount is left")


def main():
    if sys.argv[1:] == [HOLD]:
        hold()
        return
    tap = Tap()
    try:
        with Machine("12") as m:
            check_use(tap, m)
            pid, name = m.pid, m.name
        tap.same(left_of(pid, name), [], "nothing is left of it at the end")
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            check_end(tap, sig)
    except Missing as e:
        tap.skip("machines", e)
    tap.finish()


if __name__ == "__main__":
    main()
