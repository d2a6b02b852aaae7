#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""-i of audit records that the kernel and the tools of this machine wrote just now. TAP."""

import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import time

from harness import ENVIRONMENT, SYSPROFILE, Directory, Tap, left_over, need, run, tracee

tap = Tap()
NETLINK_AUDIT = 9
READLOG = 1  # the multicast group, as a bit
SECCOMP = 1326


class Records:
    """What an audit daemon would write to its log, from now on."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_AUDIT)
        self.socket.bind((0, READLOG))
        self.socket.settimeout(1)

    def of(self, pid):
        """Those of a process, as lines."""
        lines = []
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                break
            text = data[16:].decode(errors="replace").rstrip("\0")
            if struct.unpack_from("=H", data, 4)[0] == SECCOMP and f" pid={pid} " in text:
                lines.append(f"type=SECCOMP msg={text}\n")
                break
        self.socket.close()
        return lines


def names(path, *arguments):
    result = run([SYSPROFILE, "-q", "-f", "names", "-i", path, *arguments], env=ENVIRONMENT)
    return result.stdout.decode().split(), result


def save(directory, name, output):
    path = os.path.join(directory, name)
    with open(path, "wb") as f:
        f.write(output)
    return path


def print_of(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          env=ENVIRONMENT).stdout


def die():
    """A process that a filter kills; its id."""
    with subprocess.Popen([tracee("own-seccomp"), "kill"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, env=ENVIRONMENT) as child:
        return child.pid


def only(pid):
    return (f"--pid={pid}", "--comm=own-seccomp", f"--exe={tracee('own-seccomp')}")


def find_logged():
    """One whose death is in the kernel's log, which after ten messages is silent for up to 5 s."""
    for _ in range(40):
        pid = die()
        time.sleep(0.25)
        if re.search(rf"type=1326 .* pid={pid} ".encode(), print_of("dmesg")):
            return pid
        time.sleep(1)
    return 0


def check_log(directory):
    pid = find_logged()
    if not pid:
        tap.skip("dmesg", "the kernel's log has no such record")
        return
    for command in (["dmesg"], ["dmesg", "-T"], ["dmesg", "-x"]):
        got, result = names(save(directory, "dmesg", print_of(*command)), *only(pid))
        tap.ok(got == ["getpriority"], " ".join(command), result)


def check(directory):
    try:
        records = Records()
    except OSError as e:
        tap.skip("the kernel's audit records", f"they cannot be listened to: {e.strerror}")
        return
    pid = die()
    lines = records.of(pid)
    if not lines:
        tap.skip("the kernel's audit records", "this kernel wrote none")
        return
    log = save(directory, "audit.log", "".join(lines).encode())
    got, result = names(log, *only(pid))
    tap.ok(got == ["getpriority"], "the log of an audit daemon", result)
    got, result = names(log, f"--pid={pid + 1}")
    tap.ok(result.status == 125 and b"nothing is left" in result.stderr, "filters hold", result)
    check_log(directory)
    if not shutil.which("ausearch", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        tap.skip("ausearch", "it is not installed")
        return
    for form in ([], ["--raw"], ["-i"]):
        output = print_of("ausearch", "-if", log, "-m", "SECCOMP", *form)
        got, result = names(save(directory, "ausearch", output), *only(pid))
        tap.ok(got == ["getpriority"], " ".join(["ausearch", *form]), f"{output}\n{result}")


def main():
    need(SYSPROFILE)
    with Directory() as directory:
        check(directory)
    tap.same(left_over(), [], "nothing is left running")
    tap.finish()


if __name__ == "__main__":
    sys.exit(main())
