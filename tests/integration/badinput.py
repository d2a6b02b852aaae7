#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What sysprofile refuses, and how: one line on stderr, nothing on stdout, no file, a status.

125 is for what sysprofile itself cannot do, its usage included, but for that of verbs, which is 2;
126 and 127 are as env(1) has them.
"""

import gzip
import lzma
import os
import re
import socket
import sys

from harness import ENVIRONMENT, SYSPROFILE, Directory, Tap, left_over, need, run

# (arguments, status, what the line must name). "DIR" is a fresh directory, and everything in it is
# made by prepare(); "MARK" is a command that leaves a file, so that one sees whether it ran.
CASES = [
    (["--no-such-option", "MARK"], 125, r"no-such-option"),
    (["-Z", "MARK"], 125, r"Z"),
    (["-s", "tidy", "--", "MARK"], 125, r"tidy"),
    (["--style=", "--", "MARK"], 125, r"style"),
    (["--headroom=plenty", "--", "MARK"], 125, r"plenty.*none, family and startup"),
    (["-f", "yaml", "--", "MARK"], 125, r"yaml"),
    (["--action=EWHATEVER", "--", "MARK"], 125, r"EWHATEVER"),
    (["--action=", "--", "MARK"], 125, r"action"),
    (["--systemd=banana", "--", "MARK"], 125, r"banana"),
    (["--systemd=1", "--", "MARK"], 125, r"1"),
    (["--systemd=99999999999999999999", "--", "MARK"], 125, r"9999"),
    (["--action=log", "--systemd=240", "--", "MARK"], 125, r"log|247|240"),
    (["-d", "soon", "--", "MARK"], 125, r"soon"),
    (["-d", "-5", "--", "MARK"], 125, r"-5"),
    (["-d", "", "--", "MARK"], 125, r"duration|time|-d"),
    (["-d", "1 parsec", "--", "MARK"], 125, r"1 parsec"),
    (["-d", "99999999999999999999h", "--", "MARK"], 125, r"9999"),
    (["-d", "5min"], 125, r"COMMAND"),
    (["--stop-timeout=never-ever", "--", "MARK"], 125, r"never-ever"),
    (["--color=mauve", "--", "MARK"], 125, r"mauve"),
    (["--run-as=no-such-user-here", "--", "MARK"], 125, r"no-such-user-here"),
    (["-o"], 125, r"o"),
    (["--verbose=3", "--", "MARK"], 125, r"verbose"),
    ([], 125, r"COMMAND"),
    (["--"], 125, r"COMMAND"),
    (["--", ""], 125, r"command"),
    (["--", "no-such-command-anywhere"], 127, r"no-such-command-anywhere"),
    (["--", "DIR/no/such/path"], 127, r"no/such/path"),
    (["--", "DIR/file/below"], 126, r"file/below"),
    (["--", "DIR/not-executable"], 126, r"not-executable"),
    (["--", "DIR"], 126, r"DIR"),
    (["--", "DIR/missing-interpreter"], 127, r"missing-interpreter"),
    # The kernel's word is final: no shell is tried in its place, which would be traced instead.
    (["--", "DIR/no-program"], 126, r"no-program"),
    (["--", "DIR/no-first-line"], 126, r"no-first-line"),
    (["-o", "DIR/no-such-directory/result", "--", "MARK"], 125, r"no-such-directory/result"),
    (["-o", "DIR", "--", "MARK"], 125, r"DIR"),
    (["-o", "DIR/file/result", "--", "MARK"], 125, r"file/result"),
    (["-o", "", "--", "MARK"], 125, r"output|-o|''|\"\""),
    (["-o", "/proc/version/result", "--", "MARK"], 125, r"/proc/version/result"),
    (["--warm-up=5", "--", "MARK"], 125, r"--profile"),
    (["-P", "DIR/p", "--warm-up=0", "--", "MARK"], 125, r"no time"),
    (["-P", "DIR/p", "--warm-up=soon", "--", "MARK"], 125, r"soon"),
    (["-P", "", "--", "MARK"], 125, r"profile"),
    (["-P", "DIR/broken", "--", "MARK"], 125, r"broken:1:\d+: "),
    (["-P", "DIR/no/such", "--", "MARK"], 125, r"directory does not exist"),
    (["-P", "DIR", "--", "MARK"], 125, r"directory"),
    (["explain", "-P", "DIR/file", "DIR/file"], 2, r"profile"),
    (["groups", "@no-such-group"], (1, 2, 125), r"@no-such-group"),
    (["groups", "--no-such-option"], 2, r"no-such-option"),
    (["groups", "-o", "DIR/result"], 2, r"output"),
    # What can be seen to be wrong without reading a file is wrong use: 2.
    (["explain"], 2, r"UNIT"),
    (["explain", "--no-such-option", "DIR/file"], 2, r"no-such-option"),
    (["explain", "-f", "names", "DIR/file"], 2, r"names"),
    (["explain", "-d", "5", "DIR/file"], 2, r"duration"),
    (["--assume=read", "explain", "DIR/file"], 2, r"assume"),
    (["explain", "--abi=vax", "DIR/file"], 2, r"vax"),
    (["explain", "--root=", "a"], 2, r"root"),
    (["explain", "--systemd=banana", "DIR/file"], 2, r"banana"),
    (["explain", "--systemd=1", "DIR/file"], 2, r"1"),
    (["explain", "a.timer"], 2, r"a\.timer runs no programs"),
    (["explain", "multi-user.target"], 2, r"multi-user\.target runs no programs"),
    (["explain", "dev-sda.device"], 2, r"dev-sda\.device runs no programs"),
    (["explain", "a b"], 2, r"a b is not the name of a unit"),
    (["explain", "--root=DIR/root", "good", "good"], 2, r"good is a unit"),
    (["diff"], 2, r"UNIT"),
    (["diff", "DIR/file"], 2, r"UNIT"),
    (["diff", "DIR/file", "DIR/file", "DIR/file"], 2, r"UNIT"),
    (["diff", "-", "-"], 2, r"standard input"),
    (["diff", "-f", "list", "DIR/file", "DIR/file"], 2, r"list"),
    # What has to be read and cannot be: 125.
    (["explain", "DIR/missing.service"], 125, r"DIR/missing\.service.*no such file"),
    (["explain", "DIR"], 125, r"DIR.*directory"),
    (["explain", "DIR/socket"], 125, r"socket: it is a socket"),
    (["explain", "/dev/tty"], 125, r"/dev/tty: there is no such device"),
    (["explain", "DIR/file/below"], 125, r"file/below"),
    (["explain", "DIR/binary"], 125, r"binary:\d+: .*systemd refuses"),
    (["explain", "DIR/huge"], 125, r"huge.*16 MiB"),
    (["explain", "DIR/around"], 125, r"around.*circle"),
    (["explain", "DIR/broken"], 125, r"broken:2: Invalid section header"),
    (["explain", "--root=DIR/root", "nothing-like-it"], 125,
     r"no unit nothing-like-it.*DIR/root/etc/systemd/system"),
    (["explain", "--root=DIR/root", "goood.service"], 125, r"goood.*near it is good\.service"),
    (["explain", "--root=DIR/nowhere", "good"], 125, r"no unit good"),
    (["explain", "--root=DIR/root", "masked"], 125, r"masked is masked by DIR/root/etc"),
    (["explain", "--root=DIR/root", "empty"], 125, r"empty is masked"),
    (["explain", "--root=DIR/root", "loop1"], 125, r"loop1.*circle"),
    (["explain", "--root=DIR/root", "around"], 125, r"around.*circle"),
    (["explain", "--root=DIR/root", "folder"], 125, r"folder.*directory"),
    (["explain", "--root=DIR/root", "fifo"], 125, r"fifo.*regular"),
    (["explain", "--root=DIR/root", "huge"], 125, r"huge.*16 MiB"),
    (["explain", "--root=DIR/root", "lost"], 125, r"lost.*leads nowhere"),
    (["diff", "DIR/file", "DIR/missing"], 125, r"missing"),
    (["-i"], 125, r"input"),
    (["-i", ""], 2, r"input"),
    (["-i", "DIR/log", "-d", "5"], 2, r"duration"),
    (["-i", "DIR/log", "--no-such-option"], 2, r"no-such-option"),
    (["-i", "DIR/log", "--pid=none"], 2, r"none"),
    (["-p", "none"], 2, r"none"),
    (["-p", "4194304", "x"], 2, r"x"),
    (["-p", "4194304", "--nonsense"], 2, r"nonsense"),
    (["-p", "4194305"], 125, r"4194305"),
    (["-i", "DIR/log", "-f", "yaml"], 2, r"yaml"),
    (["--comm=x", "--", "MARK"], 125, r"comm.*--input"),
    (["groups", "-i", "DIR/log"], 2, r"input"),
    (["-i", "DIR/missing"], 125, r"DIR/missing: no such file"),
    (["-i", "DIR"], 125, r"DIR: it is a directory"),
    (["-i", "DIR/file"], 125, r"file: it is empty"),
    (["-i", "-"], 125, r"stdin: it is empty"),
    (["-i", "DIR/binary"], 125, r"binary: none of its lines"),
    (["-i", "DIR/huge"], 125, r"huge: none of its lines"),
    (["-i", "DIR/log", "DIR/missing"], 125, r"missing: no such file"),
    (["-i", "DIR/log", "-o", "DIR/no/result"], 125, r"no/result"),
    (["-i", "DIR/half.gz"], 125, r"half\.gz: its compressed data end too early"),
    (["-i", "DIR/damaged.gz"], 125, r"damaged\.gz: its compressed data are damaged"),
    (["-i", "DIR/some.xz"], 125, r"xz -dc DIR/some\.xz \| sysprofile --input=-"),
    (["-i", "DIR/json"], 125, r"json: it is JSON, but"),
    (["-i", "DIR/deny.json"], 125, r"deny\.json: it allows what it does not name"),
    (["-i", "DIR/audit.log"], 125, r"audit\.log: there is no record of seccomp"),
    (["-i", "DIR/log", "--action=log", "--systemd=240"], 125, r"240"),
    (["diff", "DIR/broken", "DIR/file"], 125, r"broken:2"),
]


def prepare(directory):
    def write(name, text, mode):
        path = os.path.join(directory, name)
        with open(path, "wb") as f:
            f.write(text)
        os.chmod(path, mode)

    write("file", b"", 0o644)
    write("not-executable", b"#!/bin/sh\nexit 0\n", 0o644)
    write("missing-interpreter", b"#!/no/such/interpreter\n", 0o755)
    write("no-program", b"\177ELFnot really\n", 0o755)
    write("no-first-line", b"exit 0\n", 0o755)
    write("binary", bytes(range(256)) * 16, 0o644)
    write("broken", b"[Service]\n[Serv\n", 0o644)
    write("huge", b"[Service]\n", 0o644)
    os.truncate(os.path.join(directory, "huge"), 1 << 30)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(os.path.join(directory, "socket"))
    prepare_logs(write)
    os.symlink("around", os.path.join(directory, "around"))
    prepare_units(os.path.join(directory, "root/etc/systemd/system"))
    os.makedirs(os.path.join(directory, "root/usr/lib/systemd"))
    write("root/usr/lib/systemd/libsystemd-shared-252.so", b"", 0o644)
    write("mark", f"#!/bin/sh\n: >{directory}/ran\n".encode(), 0o755)


def prepare_logs(write):
    log = b"".join(b"12 read(3, \"%d\", 9) = 9\n" % i for i in range(4000))
    packed = gzip.compress(log)
    write("log", log, 0o644)
    write("half.gz", packed[: len(packed) // 2], 0o644)
    write("damaged.gz", packed[:500] + bytes(100) + packed[600:], 0o644)
    write("some.xz", lzma.compress(log), 0o644)
    write("json", b'{"answer": 42}\n', 0o644)
    write("deny.json", b'{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}\n', 0o644)
    write("audit.log", b"type=LOGIN msg=audit(1700000000.123:4): pid=1 res=1\n", 0o644)


def prepare_units(directory):
    os.makedirs(f"{directory}/folder.service")
    for name, text in (("good", "[Service]\n"), ("empty", ""), ("huge", "[Service]\n")):
        with open(f"{directory}/{name}.service", "w", encoding="ascii") as f:
            f.write(text)
    os.truncate(f"{directory}/huge.service", 1 << 30)
    os.mkfifo(f"{directory}/fifo.service")
    for name, target in (("masked", "/dev/null"), ("loop1", "loop2.service"),
                         ("loop2", "loop1.service"), ("around", "/around"), ("lost", "/lost")):
        os.symlink(target, f"{directory}/{name}.service")
    os.symlink("around", f"{directory}/../../../around")


def filled_in(word, directory):
    if word == "MARK":
        return os.path.join(directory, "mark")
    return word.replace("DIR", directory)


def check(tap, argv, status, names):
    with Directory() as directory:
        prepare(directory)
        before = sorted(os.listdir(directory))
        words = [filled_in(word, directory) for word in argv]
        result = run([SYSPROFILE, *words], 20, cwd=directory)
        after = sorted(os.listdir(directory))
        lines = result.stderr.decode(errors="replace").splitlines()
        wrong = []
        if result.status not in (status if isinstance(status, tuple) else (status,)):
            wrong.append(f"status {result.status}, not {status}")
        if len(lines) != 1:
            wrong.append(f"{len(lines)} lines on stderr, not 1")
        elif not lines[0].startswith("sysprofile: "):
            wrong.append("the line does not begin with the program's name")
        elif not re.search(names.replace("DIR", re.escape(directory)), lines[0][12:]):
            wrong.append(f"the line does not name {names}")
        if result.stdout:
            wrong.append("something on stdout")
        if after != before:
            wrong.append(f"files made: {set(after) - set(before)}")
        if left_over():
            wrong.append("processes left")
        tap.ok(not wrong, f"sysprofile {' '.join(argv)}", "\n".join([*wrong, repr(result)]))


def check_stdout_full(tap):
    """A result that could not be written is a failure, and no loss: it is saved and named."""
    with Directory() as directory, open("/dev/full", "wb") as full:
        result = run(
            [SYSPROFILE, "-q", "--no-progress", "-f", "names", "--", "true"],
            env=dict(ENVIRONMENT, TMPDIR=directory),
            setup=lambda: os.dup2(full.fileno(), 1),
        )
        tap.ok(
            result.status == 125 and result.stderr.startswith(b"sysprofile: "),
            "stdout is /dev/full: 125 and words",
            result,
        )
        saved = [os.path.join(directory, name) for name in os.listdir(directory)]
        named = re.findall(rf"{re.escape(directory)}/sysprofile-\w+", result.stderr.decode())
        tap.ok(saved == named and len(saved) == 1, "stdout is /dev/full: one file, and named",
               f"{saved}\n{result}")
        text = ""
        for path in saved:
            with open(path, encoding="utf-8") as f:
                text += f.read()
        names = text.splitlines()
        tap.ok(
            {"execve", "exit_group", "mmap"} <= set(names) and names == sorted(names)
            and text.endswith("\n"),
            "stdout is /dev/full: the file holds the result",
            text,
        )


def check_stdout_closed(tap):
    """Nothing may be written into whatever file happened to get descriptor 1."""
    with Directory() as directory:
        mark = os.path.join(directory, "ran")
        result = run(
            [SYSPROFILE, "-q", "--no-progress", "-f", "names", "--", "touch", mark],
            setup=lambda: os.close(1),
        )
        tap.ok(
            result.status == 125 and result.stderr.startswith(b"sysprofile: "),
            "stdout is closed: 125 and words",
            result,
        )
        tap.ok(not os.path.exists(mark), "stdout is closed: found before the command ran")


def check_read_only(tap):
    """A file that exists, and a directory that takes no new one."""
    if os.geteuid() == 0:
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
    else:
        user = []
    with Directory() as directory:
        os.mkdir(f"{directory}/closed", 0o755 if user else 0o555)
        mark = os.path.join(directory, "ran")
        os.chmod(directory, 0o777)
        result = run([*user, SYSPROFILE, "-o", f"{directory}/closed/result", "--", "touch", mark])
        if b"setpriv: " in result.stderr:
            tap.skip("output in a read-only directory", "setpriv cannot run sysprofile")
            return
        ran = os.path.exists(mark)
        tap.ok(
            result.status == 125 and b"closed/result" in result.stderr and not ran,
            "output in a read-only directory: found before the command ran",
            f"{result}\ncommand ran: {ran}",
        )


def check_unreadable(tap):
    """A unit that may not be read, and one whose drop-ins may not."""
    if os.geteuid() != 0:
        tap.skip("units that may not be read", "needs root, and another user")
        return
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
    with Directory() as directory:
        units = f"{directory}/root/etc/systemd/system"
        prepare_units(units)
        os.makedirs(f"{units}/good.service.d")
        os.chmod(f"{units}/good.service.d", 0o700)
        os.chmod(f"{units}/huge.service", 0o600)
        for unit, path in (("huge", "huge.service"), ("good", "good.service.d")):
            result = run([*user, SYSPROFILE, "explain", "--systemd=252", f"--root={directory}/root",
                          unit])
            if b"setpriv: " in result.stderr:
                tap.skip(f"{path} may not be read", "setpriv cannot run sysprofile")
                continue
            tap.ok(result.status == 125 and path.encode() in result.stderr
                   and b"not permitted" in result.stderr and not result.stdout,
                   f"{path} may not be read", result)


def check_kept(tap):
    """A failed run leaves an older result alone."""
    with Directory() as directory:
        old = os.path.join(directory, "result")
        with open(old, "w", encoding="ascii") as f:
            f.write("old\n")
        result = run([SYSPROFILE, "-q", "-o", old, "--", "no-such-command-anywhere"])
        with open(old, encoding="ascii") as f:
            text = f.read()
        tap.ok(
            result.status == 127 and text == "old\n" and os.listdir(directory) == ["result"],
            "an older result outlives a command that was not found",
            f"{result}\n{text}",
        )


def check_good(tap):
    """-h and --version are answers: on stdout, and nothing on stderr."""
    for option in ("-h", "--help", "--version"):
        result = run([SYSPROFILE, option])
        tap.ok(
            result.status == 0 and result.stdout and not result.stderr,
            f"sysprofile {option}: on stdout",
            result,
        )


def main():
    need(SYSPROFILE)
    tap = Tap()
    for argv, status, names in CASES:
        check(tap, argv, status, names)
    check_stdout_full(tap)
    check_stdout_closed(tap)
    check_read_only(tap)
    check_unreadable(tap)
    check_kept(tap)
    check_good(tap)
    tap.finish()


if __name__ == "__main__":
    sys.exit(main())
