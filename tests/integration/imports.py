#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What -i makes of logs that others wrote, TAP.

The reference for a log of strace is the log itself, read in another way: by the numbers of -n, and
by the one-liner of awk that sysprofile replaces. What a run of ours sees is the other reference.
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys

import compare
import programs
from harness import (
    ENVIRONMENT,
    SYSPROFILE,
    Directory,
    Tap,
    end_descendants,
    need,
    run,
    tracee,
)

NAMES = ["-f", "names", "-q"]
# The text that administrators are told to cut a log with.
AWK = (
    r"""awk '{print $2}' "$1" | cut -d '(' -f 1 | sort | uniq | sed '/^[^a-zA-Z0-9]*$/d'"""
)
SHELL = ["sh", "-c", "/bin/true; ls /nonexistent & wait"]
# Each has to say the same of the same command; -c does not count calls that never return.
FORMS = [
    "-o", "-t -o", "-tt -o", "-ttt -o", "-r -o", "-r -tt -o", "-T -ttt -o", "-y -o", "-yy -o",
    "-Y -o", "-n -o", "-n -i -o", "-k -o", "-x -o", "-X raw -o", "-X verbose -o", "-s 2 -o",
    "-v -o", "-e read=all -e write=all -o", "-C -o", "-w -C -o", "-q -q -o",
    "--absolute-timestamps=format:unix,precision:ns -o",
    "--absolute-timestamps=format:unix,precision:s -o",
    "--relative-timestamps=ns -o", "-a 60 -o", "", "-tt", "-r", "-Y", "-n", "-T",
]
tap = Tap()


def ours(*arguments, stdin=b""):
    """The names that sysprofile finds, and the Result."""
    result = run([SYSPROFILE, *arguments, *NAMES], 60, stdin=stdin)
    return set(result.stdout.decode().split()), result


def write(directory, name, text):
    path = os.path.join(directory, name)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return path


def strace(options, command, log):
    """A log as those options write it; what has no -o is what strace writes to a terminal."""
    words = options.split()
    if words[-1:] == ["-o"]:
        run(["strace", "-f", *words, log, *command], 60)
        return
    with open(log, "wb") as f:
        subprocess.run(["strace", "-f", *words, *command], stdin=subprocess.DEVNULL, stdout=f,
                       stderr=f, env=ENVIRONMENT, timeout=60, check=False)


def check_forms():
    """Every form of log of one command has the same calls in it."""
    with Directory() as directory:
        log = os.path.join(directory, "log")
        strace("-n -o", SHELL, log)
        wanted = compare.read_strace(compare.Libseccomp(), log)
        tap.ok(len(wanted) > 25, "a log has calls", wanted)
        for form in FORMS:
            strace(form, SHELL, log)
            got, result = ours("-i", log)
            tap.ok(got == wanted and result.status == 0, f"strace {form or '(terminal)'}",
                   f"missing {wanted - got}, more {got - wanted}\n{result}")
            words = run([SYSPROFILE, "-i", log, "-f", "names"]).stderr.decode()
            tap.ok("not understood" not in words, f"strace {form or '(terminal)'}: every line",
                   words)
        for form in ("-c -o", "-c -w -o", "-c -U name,calls,errors -o", "-c -U calls,time,name -o",
                     "-c"):
            strace(form, SHELL, log)
            got, result = ours("-i", log)
            tap.ok(got == wanted - {"exit_group"}, f"strace {form}",
                   f"missing {wanted - got}, more {got - wanted}\n{result}")


def check_files_of_tasks():
    """-ff writes a file a task: what a task is called stands in its name alone."""
    with Directory() as directory:
        log = os.path.join(directory, "log")
        strace("-o", SHELL, log)
        wanted, _ = ours("-i", log)
        run(["strace", "-ff", "-tt", "-o", os.path.join(directory, "tasks"), *SHELL])
        files = [os.path.join(directory, n) for n in os.listdir(directory) if "tasks" in n]
        files.sort(key=lambda name: int(name.rpartition(".")[2]))
        tap.same(len(files), 3, "-ff: three files")
        for order, words in (("in order", files), ("backwards", files[::-1])):
            got, result = ours("-i", *words)
            tap.ok(got == wanted, f"-ff, {order}: all calls", result)
            text = run([SYSPROFILE, "-i", *words])
            programs_of = re.findall(rb"^# (/\S+) \(\d+\):", text.stdout, re.MULTILINE)
            tap.ok(sorted(os.path.basename(p) for p in programs_of) == [b"ls", b"sh", b"true"],
                   f"-ff, {order}: each program", text)
            tap.ok(b"of 3 processes" in text.stderr, f"-ff, {order}: processes", text)
        for style, has in ((), True), (("--style=exact",), False):
            text = run([SYSPROFILE, "-i", log, *style])
            tap.same(b"# Headroom (" in text.stdout, has, " ".join(["headroom as in a run", *style]))


def chosen(*names):
    return [program for program in programs.table() if program.name in names]


def check_same_as_run():
    """The same command once below strace and once below us, each from the same empty room."""
    library = compare.Libseccomp()
    for program in chosen("ls", "tar", "perl", "git"):
        if program.missing():
            tap.skip(f"{program.name}: -i and a run", f"{program.missing()} missing")
            continue
        with Directory() as control:
            # Even of these, a signal or a timer may fall elsewhere now and then.
            for _ in range(3):
                theirs = compare.run_strace(library, program, control)
                imported, _ = ours("-i", os.path.join(control, "strace.log"))
                seen, _ = compare.run_ours(program, control, [])
                if imported == seen:
                    break
            tap.same(imported, theirs, f"{program.name}: -i is what the numbers of -n say")
            tap.same(imported, seen, f"{program.name}: -i of a log and a run of ours are equal")


def check_servers():
    """Real servers under load: the log's own numbers, and the one-liner."""
    library = compare.Libseccomp()
    for program in chosen("apache", "nginx", "python"):
        if program.missing():
            tap.skip(f"{program.name}: a log of it", f"{program.missing()} missing")
            continue
        with Directory() as control:
            theirs = compare.run_strace(library, program, control)
            log = os.path.join(control, "strace.log")
            got, result = ours("-i", log)
            tap.ok(got == theirs and not result.stderr, f"{program.name}: -i is what -n says",
                   f"missing {theirs - got}, more {got - theirs}\n{result}")
            plain = os.path.join(control, "httpd.strace")
            with Directory() as path:
                programs.trace(program, programs.Room(path), ["strace", "-f", "-o", plain])
            check_without_awk(program.name, plain)


def check_without_awk(name, log):
    """What was done with awk and an editor, in one command."""
    cut = run(["sh", "-c", AWK, "sh", log]).stdout.decode().split()
    # A call in two halves comes out of it as "resumed>" or not at all; no system has such a call.
    cut = {word for word in cut if re.fullmatch(r"[a-z_0-9]+", word)}
    got, _ = ours("-i", log)
    tap.ok(len(cut) > 30 and cut <= got, f"{name}: all that awk finds", cut - got)
    result = run([SYSPROFILE, "-i", log, "-s", "exact"], 60)
    text = result.stdout.decode()
    tap.ok(result.status == 0 and re.search(
        rf"^# Written by sysprofile \S+: {len(got)} system calls imported from "
        rf"{re.escape(log)} \(strace log\), of \d+ processes, for systemd", text),
        f"{name}: the first line tells that it was imported", result)
    tap.ok("begins with an execve" in text, f"{name}: start-up is in it", text)
    words = result.stderr.decode()
    tap.ok("seen" not in text + words and "imported from" in words,
           f"{name}: nothing says that it was seen", result)
    check_verdicts(name, text, got)


def check_verdicts(name, text, calls):
    """explain, which reads what was written, lets each of them pass."""
    with Directory() as directory:
        path = write(directory, "imported.conf", text)
        result = run([SYSPROFILE, "explain", "-f", "list", path], 60)
        rows = dict(
            line.split(" ")[:2] for line in result.stdout.decode().splitlines() if " " in line
        )
        refused = [call for call in calls if ":" not in call and rows.get(call) != "allow"]
        tap.ok(rows and not refused, f"{name}: the drop-in allows each of them",
               f"{refused}\n{result}")


def check_formats():
    """What can be made of a run can be made of a log."""
    with Directory() as directory:
        log = os.path.join(directory, "log")
        strace("-o", SHELL, log)
        wanted, _ = ours("-i", log)
        for style in ("groups", "exact", "deny"):
            for form in ("drop-in", "oci"):
                result = run([SYSPROFILE, "-q", "-i", log, "-s", style, "-f", form])
                tap.ok(result.status == 0 and result.stdout, f"-s {style} -f {form}", result)
        with open(log, "rb") as f:
            text = f.read()
        got, _ = ours("-i", "-", stdin=text)
        tap.same(got, wanted, "stdin")
        packed = gzip.compress(text[:9000]) + gzip.compress(text[9000:])
        got, _ = ours("-i", write(directory, "log.gz", packed))
        tap.same(got, wanted, "compressed, in two members")
        got, _ = ours("-i", "-", stdin=packed)
        tap.same(got, wanted, "compressed, on stdin")
        got, _ = ours("-i", log, "--assume=bpf")
        tap.same(got, wanted, "what is assumed was not imported")
        oci = write(directory, "oci.json", run([SYSPROFILE, "-qi", log, "-f", "oci"]).stdout)
        got, _ = ours("-i", oci)
        tap.ok(wanted <= got, "an OCI profile of ours, read again", wanted - got)
        one, two = (write(directory, n, t) for n, t in
                    (("one", "1 sync() = 0\n"), ("two", "1 getpid() = 1\n")))
        tap.same(ours("-i", one, "-i", two)[0], {"sync", "getpid"}, "-i twice")
        tap.same(ours("-i", one, two)[0], {"sync", "getpid"}, "-i with two words")
        result = run([SYSPROFILE, *NAMES, "-i", one, "--", two])
        tap.same(result.stdout, b"getpid\nsync\n", "-i and a word behind --")
        output = os.path.join(directory, "result")
        result = run([SYSPROFILE, "-i", one, "-f", "names", "-o", output])
        with open(output, encoding="ascii") as f:
            tap.same((result.status, f.read()), (0, "sync\n"), "-o")


def check_abis():
    """A 64-bit program that calls as a 32-bit one does."""
    if os.uname().machine != "x86_64" or not os.access(tracee("int80"), os.X_OK):
        tap.skip("32-bit calls", "no int80 here")
        return
    with Directory() as directory:
        log = os.path.join(directory, "log")
        strace("-n -o", [tracee("int80")], log)
        got, result = ours("-i", log)
        tap.ok({"x86:waitpid", "x86:getpid", "getpid"} <= got, "-n tells the ABIs", result)
        strace("", [tracee("int80")], log)
        got, result = ours("-i", log)
        tap.ok({"x86:waitpid", "x86:getpid", "getpid", "x86:1999"} <= got,
               "a terminal's log tells the ABIs", result)
        log = write(directory, "log", "7 execve(\"/bin/x\", [\"x\"], 0x1 /* 2 vars */) = 0\n"
                    "7 brk(NULL) = 0x1\n7 waitpid(-1, NULL, 0) = -1 ECHILD (No child processes)\n"
                    "7 select(1, NULL, NULL, NULL, NULL) = 0\n7 socket(1, 2, 3) = 3\n")
        got, result = ours("-i", log)
        tap.same(got, {"execve", "brk", "x86:waitpid", "x86:select", "x86:_newselect",
                       "x86:socket", "x86:socketcall"}, "names that only i386 has")
        log = write(directory, "log", "System call usage summary for 32 bit mode:\n"
                    "% time     seconds  usecs/call     calls    errors syscall\n"
                    "------ ----------- ----------- --------- --------- ----------------\n"
                    "  0.00    0.000000           0         1         1 getpid\n")
        tap.same(ours("-i", log)[0], {"x86:getpid"}, "-c of another ABI")


# --- audit records ---

FIELDS = ("auid=1000 uid=0 gid=0 ses=3 subj=unconfined pid={pid} comm={comm} exe=\"{exe}\" sig=31 "
          "arch={arch} syscall={nr} compat=0 ip=0x7f25f1d27829 code=0x80000000")
# pid, comm, exe, arch, number, name
RECORDS = [
    (101, "apache2", "/usr/sbin/apache2", "c000003e", 109, "setpgid"),
    (102, "nginx", "/usr/sbin/nginx", "c000003e", 112, "setsid"),
    (102, "nginx", "/usr/sbin/nginx", "40000003", 7, "x86:waitpid"),
    (103, "a b", "/usr/bin/a", "c000003e", 0x40000027, "x32:getpid"),
    (104, "odd", "/usr/bin/a", "c000003e", -1, "x86-64:4294967295"),
]


def fields(record):
    pid, comm, exe, arch, nr, _ = record
    shown = f'"{comm}"' if " " not in comm else comm.encode().hex().upper()
    return FIELDS.format(pid=pid, comm=shown, exe=exe, arch=arch, nr=nr)


def audit_forms():
    """One form a row: its name and its text."""
    stamps = [f"audit(1700000{n:03}.588:{n})" for n in range(len(RECORDS))]
    raw = [f"type=SECCOMP msg={s}: {fields(r)}" for s, r in zip(stamps, RECORDS)]
    kernel = [f"audit: type=1326 {s}: {fields(r)}" for s, r in zip(stamps, RECORDS)]
    direct = [f"SECCOMP {fields(r)}" for r in RECORDS]
    yield "audit.log", "\n".join(
        ["type=DAEMON_START msg=audit(1700000000.001:1): op=start res=success", *raw])
    yield "audit.log, enriched", "\n".join(
        f'{line}\x1dARCH=x86_64 SYSCALL=read AUID="me"' for line in raw)
    yield "ausearch", "\n".join(f"----\ntime->Tue Nov 14 22:13:20 2023\n{line}" for line in raw)
    yield "dmesg", "\n".join(
        ["[    0.000000] Linux version 6.1.0 (debian-kernel@lists.debian.org)",
         *(f"[10314.6313{n:02}] {line}" for n, line in enumerate(kernel))])
    yield "dmesg -T", "\n".join(f"[Tue Nov 14 22:13:20 2023] {line}" for line in kernel)
    yield "journalctl -o short, of the kernel", "\n".join(
        ["-- Boot 0123456789abcdef --",
         *(f"Nov 14 22:13:2{n} host kernel: {line}" for n, line in enumerate(kernel))])
    yield "journalctl -o short, of audit", "\n".join(
        f"Nov 14 22:13:2{n} host audit[{r[0]}]: {line}"
        for n, (r, line) in enumerate(zip(RECORDS, direct)))
    entries = [
        {"__CURSOR": f"s={n}", "__REALTIME_TIMESTAMP": str(1700000000000000 + n),
         "MESSAGE": line, "_AUDIT_TYPE": "1326"} for n, line in enumerate([*direct])
    ]
    yield "journalctl -o json", "\n".join(json.dumps(entry) for entry in entries)
    entries[0]["MESSAGE"] = list(entries[0]["MESSAGE"].encode())
    yield "journalctl -o json, a message in bytes", "\n".join(map(json.dumps, entries))
    entries = [{**entry, "MESSAGE": line} for entry, line in zip(entries, kernel)]
    yield "journalctl -o json, of the kernel", "\n".join(map(json.dumps, entries))
    yield "journalctl -o json-pretty", "\n".join(json.dumps(e, indent=8) for e in entries)


INTERPRETED = """\
----
type=SECCOMP msg=audit(11/14/2023 22:13:20.588:1) : auid=me uid=root gid=root ses=3 \
subj=unconfined pid=101 comm=apache2 exe=/usr/sbin/apache2 sig=SIGSYS arch=x86_64 \
syscall=setpgid compat=0 ip=0x7f25f1d27829 code=kill
----
type=SECCOMP msg=audit(11/14/2023 22:13:21.588:2) : auid=me uid=root gid=root ses=3 \
subj=unconfined pid=102 comm=nginx exe=/usr/sbin/nginx sig=SIGSYS arch=i386 syscall=waitpid \
compat=1 ip=0x7f25f1d27829 code=kill
type=SECCOMP msg=audit(11/14/2023 22:13:22.588:3) : auid=me uid=root gid=root ses=3 \
subj=unconfined pid=102 comm=nginx exe=/usr/sbin/nginx sig=SIGSYS arch=x86_64 \
syscall=unknown-syscall(999) compat=0 ip=0x7f25f1d27829 code=kill
"""


def check_audit():
    if os.uname().machine != "x86_64":
        tap.skip("audit records", "these are of x86-64")
        return
    wanted = {record[5] for record in RECORDS}
    for name, text in audit_forms():
        got, result = ours("-i", "-", stdin=text.encode())
        tap.ok(got == wanted and result.status == 0, name, f"{got}\n{result}")
        got, result = ours("-i", "-", "--comm=nginx", stdin=text.encode())
        tap.same(got, {"setsid", "x86:waitpid"}, f"{name}: --comm")
        got, result = ours("-i", "-", "--comm=a b", stdin=text.encode())
        tap.same(got, {"x32:getpid"}, f"{name}: --comm of two words")
        got, result = ours("-i", "-", "--exe=/usr/bin/a", "--pid=103", stdin=text.encode())
        tap.same(got, {"x32:getpid"}, f"{name}: --exe and --pid")
    got, _ = ours("-i", "-", stdin=INTERPRETED.encode())
    tap.same(got, {"setpgid", "x86:waitpid", "x86-64:999"}, "ausearch -i")
    got, _ = ours("-i", "-", "--pid=102", "--pid=101", "--comm=nginx", stdin=INTERPRETED.encode())
    tap.same(got, {"x86:waitpid", "x86-64:999"}, "ausearch -i: --pid twice and --comm")
    text = INTERPRETED.split("----")[1].encode()
    result = run([SYSPROFILE, "-i", "-"], stdin=text)
    tap.ok(b"audit records have only the calls that a filter refused" in result.stderr
           and b"audit records have only" in b" ".join(result.stdout.split())
           .replace(b" # ", b" "), "what audit records lack is told", result)
    result = run([SYSPROFILE, "-i", "-", "--comm=httpd"], stdin=text)
    tap.ok(result.status == 125 and b"those of apache2" in result.stderr and not result.stdout,
           "nothing left: the others are named", result)


def check_filters():
    """Tasks of a log of strace are told apart as well."""
    with Directory() as directory:
        log = os.path.join(directory, "log")
        strace("-o", SHELL, log)
        got, result = ours("-i", log, "--comm=ls")
        tap.ok("statx" in got and "rt_sigsuspend" not in got, "--comm=ls", result)
        got, result = ours("-i", log, "--exe=/bin/true")
        tap.ok("exit_group" in got and "statx" not in got, "--exe=/bin/true", result)
        with open(log, encoding="ascii") as f:
            pid = f.read().split()[0]
        got, result = ours("-i", log, f"--pid={pid}")
        tap.ok("rt_sigsuspend" in got and "statx" not in got, "--pid of the shell", result)


# --- others ---

PERF = """\
 Summary of events:

 dd (4711), 2012 events, 99.5%

   syscall            calls  errors  total       min       avg       max       stddev
                                     (msec)    (msec)    (msec)    (msec)        (%)
   --------------- --------  ------ -------- --------- --------- ---------     ------
   read                 500      0     0.511     0.001     0.001     0.020      4.23%
   access                 1      1     0.009     0.009     0.009     0.009      0.00%


 true (4712), 12 events, 0.5%

   syscall            calls    total       min       avg       max      stddev
                               (msec)    (msec)    (msec)    (msec)        (%)
   --------------- -------- --------- --------- --------- ---------     ------
   brk                    2     0.010     0.001     0.005     0.009      3.00%

"""
PERF_LINES = """\
         ? (         ): ls/77  ... [continued]: execve())                       = 0
     0.062 ( 0.012 ms): ls/77 brk()                                             = 0x55d8631d0000
     0.300 ( 0.013 ms): ls/77 access(filename: 0x65e0d2a0, mode: R) = -1 ENOENT (No such file)
     0.400 (         ): ls/77 wait4(upid: -1)                                   ...
     0.700 ( 0.300 ms): ls/77  ... [continued]: wait4())                        = 78
"""
BPFTRACE = """\
Attaching 2 probes...

@[tracepoint:syscalls:sys_enter_read]: 12
@calls[nginx, sys_enter_openat]: 4
@[231]: 3
@[0]: 1
"""
DOCKER = {
    "defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [
        {"names": ["read", "sync", "no_such_call"], "action": "SCMP_ACT_ALLOW"},
        {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
        {"names": ["ptrace"], "action": "SCMP_ACT_ERRNO"},
        {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1}]},
        {"name": "getpid", "action": "SCMP_ACT_LOG"},
    ],
}


def check_others():
    got, result = ours("-i", "-", stdin=PERF.encode())
    tap.ok(got == {"read", "access", "brk"}, "perf trace -s", result)
    got, result = ours("-i", "-", "--comm=true", stdin=PERF.encode())
    tap.ok(got == {"brk"}, "perf trace -s: --comm", result)
    got, result = ours("-i", "-", stdin=PERF_LINES.encode())
    tap.ok(got == {"execve", "brk", "access", "wait4"}, "perf trace", result)
    if os.uname().machine == "x86_64":
        got, result = ours("-i", "-", stdin=BPFTRACE.encode())
        tap.ok(got == {"read", "openat", "exit_group"}, "bpftrace", result)
    got, result = ours("-i", "-", stdin=json.dumps(DOCKER, indent=2).encode())
    tap.ok(got == {"read", "sync", "clone", "getpid"}, "an OCI profile", result)
    words = run([SYSPROFILE, "-i", "-"], stdin=json.dumps(DOCKER).encode()).stderr
    tap.ok(b"no_such_call" in words and b"1 names that it allows to who has" in words,
           "an OCI profile: what is left out", words)


def check_counts():
    """Counts of tables, and of lines, add up."""
    result = run([SYSPROFILE, "-v", "-i", "-", "-f", "names"], stdin=PERF.encode())
    counts = dict(re.findall(r"^call\t\S+\t(\S+)\t(\d+)\t", result.stderr.decode(), re.MULTILINE))
    tap.same(counts, {"read": "500", "access": "1", "brk": "2"}, "counts of a table")
    halves = ("5 read(3,  <unfinished ...>\n6 wait4(-1,  <unfinished ...>\n"
              "5 <... read resumed>\"\", 9) = 0\n6 <... wait4 resumed> NULL, 0, NULL) = 9\n"
              "7 <... poll resumed>) = 1\n7 poll([{fd=1}], 1, 5) = 0 (Timeout)\n")
    result = run([SYSPROFILE, "-v", "-i", "-", "-f", "names"], stdin=halves.encode())
    counts = dict(re.findall(r"^call\t\S+\t(\S+)\t(\d+)\t", result.stderr.decode(), re.MULTILINE))
    tap.same(counts, {"read": "1", "wait4": "1", "poll": "2"}, "halves of calls count once")


def check_damage():
    """What cannot be understood is counted and shown; the rest is used."""
    lines = [f"12 read(3, \"{n}\", 9) = 9" for n in range(50)]
    for at, text in ((3, "12 wri"), (7, "garbage \x1b[31m"), (9, "12 frobnicate(3) = 0"),
                     (20, "12 sync("), (21, "time(s) flies")):
        lines[at - 1] = text
    result = run([SYSPROFILE, "-i", "-", "-f", "names"], stdin="\n".join(lines).encode())
    words = result.stderr.decode()
    tap.ok(result.status == 0 and result.stdout == b"read\n", "the rest is used", result)
    tap.ok("stdin: 5 of 50 lines were not understood" in words, "they are counted", words)
    tap.ok("stdin:3: 12 wri\n" in words and "stdin:7: garbage \\x1b" in words
           and "stdin:9: 12 frobnicate" in words and "stdin:20" not in words,
           "the first of them are shown, with their numbers", words)
    tap.ok("does not know as a system call, and the filter will refuse: frobnicate" in words,
           "a call that nobody knows is told", words)
    text = b"x" * 3000000 + b"\n1 sync() = 0\n1 write(1, \"" + b"y" * 3000000 + b"\", 3) = 3\n"
    got, result = ours("-i", "-", stdin=text)
    tap.ok(got == {"sync", "write"}, "lines of megabytes", result.status)
    got, result = ours("-i", "-", stdin=b"1 sync() = 0\n1 get\0pid() = 1\n1 getppid() = 0")
    tap.ok(got == {"sync", "getppid"}, "a 0 byte, and no newline at the end", result)


def check_unreadable():
    """A log that may not be read, as a result of sudo strace -o may not."""
    if os.geteuid() != 0:
        tap.skip("a log that may not be read", "needs root, and another user")
        return
    with Directory() as directory:
        log = write(directory, "log", "1 sync() = 0\n")
        os.chmod(log, 0o600)
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
        result = run([*user, SYSPROFILE, "--systemd=252", "-i", log])
        if b"setpriv: " in result.stderr:
            tap.skip("a log that may not be read", "setpriv cannot run sysprofile")
            return
        tap.ok(result.status == 125 and b"log: not permitted" in result.stderr
               and not result.stdout, "a log that may not be read", result)


def check_memory():
    """A log of a hundred megabytes takes no more than one of one."""
    peaks = []
    for megabytes in (1, 100):
        line = b"4711  12:00:00.000001 read(3, \"" + b"z" * 60 + b"\", 60) = 60\n"
        feed = f"import sys\nline = {line!r} * 1000\nfor _ in range({megabytes * 10}): " \
               "sys.stdout.buffer.write(line)\n"
        measure = (
            "import resource, subprocess, sys\n"
            "done = subprocess.run(sys.argv[1:], stdin=sys.stdin, stdout=subprocess.DEVNULL)\n"
            "print(done.returncode, "
            "resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)\n"
        )
        command = 'python3 -c "$1" | python3 -c "$2" "$3" -q -i - -f names'
        result = run(["sh", "-c", command, "sh", feed, measure, SYSPROFILE], 120)
        words = result.stderr.split()
        tap.ok(len(words) == 2 and words[0] == b"0", f"{megabytes} MB are read", result)
        peaks.append(int(words[-1]) if words else 0)
    tap.ok(peaks[1] < peaks[0] + 2048, "memory does not grow with the log", f"{peaks} KB")


def main():
    need(SYSPROFILE)
    check_others()
    check_counts()
    check_damage()
    check_audit()
    check_unreadable()
    check_memory()
    if not shutil.which("strace"):
        tap.skip("logs of strace", "strace missing")
        tap.finish()
    check_forms()
    check_files_of_tasks()
    check_formats()
    check_filters()
    check_abis()
    check_same_as_run()
    check_servers()
    end_descendants()
    tap.finish()


if __name__ == "__main__":
    sys.exit(main())
