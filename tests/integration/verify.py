#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""sysprofile verify: what a filter refuses of a run, told and really done. TAP.

The tracees and the daemons are real, and with --enforce so is the filter: what the report says is
held against what the programs themselves noticed.
"""

import ctypes
import json
import os
import signal
import sys
import time

import programs
from harness import (
    SYSPROFILE,
    Directory,
    Tap,
    Terminal,
    end_descendants,
    finish,
    left_over,
    need,
    run,
    start,
    tracee,
    wait_for,
)
from programs.servers import Apache, Redis

ROOT = os.geteuid() == 0
X86_64 = os.uname().machine == "x86_64"
SIGSYS = -signal.SIGSYS
# Old advice found in many places; it takes the calls from Apache with which it becomes nobody.
BAD_ADVICE = (
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources @mount @swap @reboot",
)
tap = Tap()


def service(path, *lines, name="test.conf"):
    return programs.write(os.path.join(path, name), "\n".join(["[Service]", *lines]) + "\n")


def verify(files, command, *options, **keywords):
    files = [files] if isinstance(files, str) else files
    return run(
        [SYSPROFILE, "verify", "--no-progress", "--format=json", *options, *files, "--", *command],
        **keywords,
    )


def report_of(result):
    """The JSON object that stands at the end of stdout, behind what the command printed."""
    text = result.stdout.decode(errors="replace")
    at = text.find('{\n  "holds"')
    try:
        return json.loads(text[at:]) if at >= 0 else {}
    except ValueError:
        return {}


def output_of(result):
    """What the command itself printed."""
    return result.stdout.decode(errors="replace").partition('{\n  "holds"')[0]


def refused(report):
    """Call -> its entry; a foreign ABI's as x86:name, as everywhere."""
    found = {}
    for entry in report.get("refused", []):
        name = entry["call"] or str(entry["number"])
        native = entry["abi"] in ("x86-64", "arm64")
        found[name if native else f"{entry['abi']}:{name}"] = entry
    return found


def count(entry, member="count"):
    return sum(maker[member] for maker in entry["by"])


# --- single calls ---


def check_told():
    """Without --enforce nothing is refused, and everything is told."""
    with Directory() as path:
        conf = service(path, "SystemCallFilter=~setpriority mkdir", "SystemCallErrorNumber=EPERM")
        command = ["sh", "-c", f"nice -n 5 true; mkdir {path}/new; echo fine; exit 7"]
        result = verify(conf, command)
        report = report_of(result)
        calls = refused(report)
        tap.same(result.status, 1, "told: status 1, whatever the command's own")
        tap.ok(output_of(result) == "fine\n" and os.path.isdir(f"{path}/new"),
               "told: nothing was really refused", result)
        tap.same(sorted(calls), ["mkdir", "setpriority"], "told: both calls")
        entry = calls.get("setpriority", {"by": [{}]})
        maker = entry["by"][0]
        tap.same(
            (entry.get("action"), entry.get("word"), entry.get("file"), entry.get("line")),
            ("errno:EPERM", "setpriority", conf, 2),
            "told: action, word, file and line",
        )
        tap.same(
            (maker.get("role"), maker.get("comm"), maker.get("count"), maker.get("processes")),
            ("helper", "nice", 1, 1),
            "told: who made it, how often",
        )
        tap.ok(maker.get("exe", "").endswith("/nice") and maker.get("pid", 0) > 0
               and 0 <= maker.get("first", -1) < 60, "told: program, process and time", maker)
        tap.same(report.get("status"), {"exit": 7}, "told: the command's status in the report")
        tap.ok(b"the command ended with status 7" in result.stderr, "told: and in words", result)


def check_text():
    """The same for people: a paragraph a call, and nothing at all where nothing is refused."""
    with Directory() as path:
        conf = service(path, "SystemCallFilter=~setpriority", "SystemCallErrorNumber=EPERM")
        report = f"{path}/report"
        result = run([SYSPROFILE, "verify", "-o", report, conf, "--", "nice", "-n", "5", "true"])
        with open(report, encoding="utf-8") as f:
            text = f.read()
        lines = text.splitlines()
        tap.ok(
            result.status == 1 and len(lines) == 2 and lines[0]
            == f"setpriority: refused with EPERM, because of setpriority ({conf}:2)"
            and "1 time by the main process (" in lines[1],
            "text: call, action, reason and who, in the file of -o",
            f"{text}\n{result}",
        )
        tap.same(result.stdout, b"", "text: with -o nothing on stdout")
        result = run([SYSPROFILE, "verify", conf, "--", "true"])
        tap.ok(result.status == 0 and not result.stdout
               and b"none of the" in result.stderr,
               "text: nothing refused, nothing printed", result)


def check_appended():
    """Files count as if appended, in the order given: later lines win."""
    with Directory() as path:
        first = service(path, "SystemCallFilter=@system-service", name="a.conf")
        second = service(path, "SystemCallFilter=~@resources", "SystemCallErrorNumber=EPERM",
                         name="b.conf")
        third = service(path, "SystemCallFilter=setpriority", name="c.conf")
        command = ["nice", "-n", "5", "true"]
        result = verify([first, second], command)
        entry = refused(report_of(result)).get("setpriority", {})
        tap.same((result.status, entry.get("word"), entry.get("file"), entry.get("line")),
                 (1, "@resources", second, 2), "two files: the second takes the call away")
        result = verify([first, second, third], command)
        tap.same((result.status, refused(report_of(result))), (0, {}),
                 "three files: the third gives it back")


def check_unit():
    """A unit is read as systemd would read it, and files count as if they followed."""
    with Directory() as path:
        below = f"{path}/etc/systemd/system"
        os.makedirs(f"{below}/demo.service.d")
        service(below, "ExecStart=/bin/true", "SystemCallFilter=@system-service",
                "SystemCallErrorNumber=EPERM", name="demo.service")
        dropin = service(f"{below}/demo.service.d", "SystemCallFilter=~@resources",
                         name="50-a.conf")
        more = service(path, "SystemCallFilter=setpriority", name="more.conf")
        command = ["nice", "-n", "5", "true"]
        options = [f"--root={path}", "--systemd=252"]
        result = verify("demo.service", command, *options)
        entry = refused(report_of(result)).get("setpriority", {})
        tap.same((result.status, os.path.basename(entry.get("file") or "")), (1, "50-a.conf"),
                 f"a unit: its drop-in {dropin} takes the call away")
        result = verify(["demo.service", more], command, *options)
        tap.same(result.status, 0, "a unit and a file: the file gives it back")
        result = run([SYSPROFILE, "verify", *options, "absent.service", "--", "true"])
        tap.ok(result.status == 125 and b"absent.service" in result.stderr
               and len(result.stderr.splitlines()) == 1, "a unit that is not there: 125", result)


def check_directives():
    """Other directives count where they refuse a call whatever its arguments are."""
    with Directory() as path:
        conf = service(path, "RestrictNamespaces=yes", "LockPersonality=yes")
        script = (
            "import ctypes\n"
            "libc = ctypes.CDLL(None, use_errno=True)\n"
            "libc.setns(-1, 0)\n"
            "print(ctypes.get_errno())\n"
            "libc.personality(0)\n"
        )
        for options, errno in ([], 9), (["--enforce"], 1):
            result = verify(conf, [sys.executable, "-c", script], "--systemd=252", *options)
            label = " ".join(["directives", *options])
            entry = refused(report_of(result)).get("setns", {})
            tap.same((result.status, entry.get("action"), entry.get("word"), entry.get("line")),
                     (1, "errno:EPERM", "RestrictNamespaces", 2), f"{label}: the call is refused")
            tap.same(output_of(result), f"{errno}\n", f"{label}: what the command saw")
            tap.ok(b"not verified: " in result.stderr
                   and b"LockPersonality= of personality" in result.stderr,
                   f"{label}: what depends on arguments is said not to be verified", result)
        script = "import threading; t = threading.Thread(); t.start(); t.join(); print('done')"
        for options in [], ["--enforce"]:
            result = verify(conf, [sys.executable, "-c", script], "--systemd=252", *options)
            label = " ".join(["directives", *options])
            tap.same((result.status, output_of(result)), (0, "done\n"),
                     f"{label}: clone3 that seems to be missing keeps no thread from starting")
        result = verify(conf, ["true"], "--systemd=252")
        tap.ok(result.status == 0 and b"LockPersonality" not in result.stderr
               and b"refuses no call" not in result.stderr,
               "directives: nothing of the sort was called", result)


def check_enforced_errno():
    with Directory() as path:
        conf = service(path, "SystemCallFilter=~mkdir:EXDEV rmdir:0 setpriority",
                       "SystemCallErrorNumber=EACCES")
        os.mkdir(f"{path}/old")
        script = (
            f"import os\n"
            f"def attempt(f, *a):\n"
            f"    try: return f(*a)\n"
            f"    except OSError as e: return e.errno\n"
            f"print(attempt(os.mkdir, '{path}/new'), attempt(os.rmdir, '{path}/old'),"
            f" attempt(os.setpriority, 0, 0, 5))\n"
        )
        result = verify(conf, [sys.executable, "-c", script], "--enforce")
        calls = refused(report_of(result))
        tap.same(output_of(result), "18 None 13\n", "enforced: each call gets its own answer")
        tap.ok(not os.path.exists(f"{path}/new") and os.path.exists(f"{path}/old"),
               "enforced: and nothing was done", os.listdir(path))
        tap.same({name: (entry["action"], count(entry), count(entry, "confirmed"))
                  for name, entry in calls.items()},
                 {"mkdir": ("errno:EXDEV", 1, 1), "rmdir": ("errno:0", 1, 1),
                  "setpriority": ("errno:EACCES", 1, 1)},
                 "enforced: each answer was seen")
        tap.same(result.status, 1, "enforced: status 1")


def check_enforced_kill():
    with Directory() as path:
        conf = service(path, "SystemCallFilter=@system-service", "SystemCallFilter=~setpriority")
        result = verify(conf, ["nice", "-n", "5", "echo", "alive"], "--enforce")
        entry = refused(report_of(result)).get("setpriority", {"by": []})
        tap.same((result.status, output_of(result), report_of(result).get("status")),
                 (1, "", {"signal": int(signal.SIGSYS)}), "kill: the command really dies")
        tap.same((entry.get("action"), count(entry, "confirmed")), ("kill-process", 1),
                 "kill: and was seen to")
        # systemd 239 kills the thread only, as RHEL 8 does.
        conf = service(path, "SystemCallFilter=~setpriority")
        result = verify(conf, ["nice", "-n", "5", "true"], "--enforce", "--systemd=rhel8")
        entry = refused(report_of(result)).get("setpriority", {"by": []})
        tap.same((result.status, entry.get("action"), count(entry, "confirmed")),
                 (1, "kill-thread", 1), "kill: of the thread in older releases")


def check_log():
    """SystemCallLog= refuses nothing."""
    with Directory() as path:
        conf = service(path, "SystemCallLog=setpriority")
        for options in ([], ["--enforce"]):
            result = verify(conf, ["nice", "-n", "5", "echo", "alive"], *options)
            report = report_of(result)
            logged = [entry["call"] for entry in report.get("logged", [])]
            tap.same((result.status, output_of(result), report.get("refused"), logged),
                     (0, "alive\n", [], ["setpriority"]),
                     f"log {' '.join(options)}: told, and allowed")


def check_ignored():
    """A command that does not care about refusals ends well; verify does not."""
    with Directory() as path:
        conf = service(path, "SystemCallFilter=~mkdir", "SystemCallErrorNumber=EPERM")
        command = ["sh", "-c", f"for i in 1 2 3; do mkdir {path}/new 2>&-; done; exit 0"]
        result = verify(conf, command, "--enforce")
        report = report_of(result)
        entry = refused(report).get("mkdir", {"by": []})
        tap.same((result.status, report.get("status"), count(entry), count(entry, "processes")),
                 (1, {"exit": 0}, 3, 3),
                 "a command that ignores its refusals: counted all the same")


def check_start():
    """What systemd itself calls between the filter and the program."""
    with Directory() as path:
        for words, status in (("SystemCallErrorNumber=EPERM", b"203/EXEC"),
                              ("SystemCallErrorNumber=", b"31/SYS")):
            conf = service(path, "SystemCallFilter=~execve", words)
            result = verify(conf, ["echo", "alive"], "--enforce")
            report = report_of(result)
            tap.same((result.status, output_of(result), report.get("started"),
                      [entry["call"] for entry in report.get("needed_by_systemd", [])]),
                     (1, "", False, ["execve"]), f"~execve, {words}: it does not start")
            tap.ok(status in result.stderr, f"~execve, {words}: as systemd would say", result)
            result = verify(conf, ["echo", "alive"])
            tap.same((result.status, output_of(result)), (1, "alive\n"),
                     f"~execve, {words}: told without --enforce")
        # Neither write(2) nor exit_group(2) is there to say so with.
        conf = service(path, "SystemCallFilter=~execve write exit_group", "SystemCallErrorNumber=1")
        result = verify(conf, ["echo", "alive"], "--enforce")
        tap.same((result.status, report_of(result).get("started")), (1, False),
                 "~execve write exit_group: it does not start")
        conf = service(path, "SystemCallFilter=~write", "SystemCallErrorNumber=EPERM")
        result = verify(conf, ["true"])
        needed = [entry["call"] for entry in report_of(result).get("needed_by_systemd", [])]
        tap.same((result.status, needed), (1, ["write"]), "~write: systemd needs it")
        result = verify(conf, ["true"], "--systemd=257")
        tap.same(result.status, 0, "~write: systemd 257 takes it off the list")
        result = verify(conf, [f"{path}/no-such-program"], "--enforce")
        tap.same(result.status, 127, "a command that is not there: 127, also under a filter")
        programs.write(f"{path}/plain", "no program\n")
        result = verify(conf, [f"{path}/plain"], "--enforce")
        tap.same(result.status, 126, "a command that cannot be run: 126, also under a filter")


# --- tracees ---


def check_foreign():
    if not X86_64:
        tap.skip("calls of i386", "this is no x86-64")
        return
    with Directory() as path:
        conf = service(path, "SystemCallArchitectures=native")
        for name, call in (("int80", "x86:getpid"), ("x32", "x32:getppid")):
            result = verify(conf, [tracee(name)], "--enforce")
            report = report_of(result)
            if b"no such" in result.stdout or not refused(report):
                tap.skip(f"native only: {name}", "this kernel has no such calls")
                continue
            entry = refused(report).get(call, {"by": []})
            tap.same((result.status, report.get("status"), count(entry, "confirmed")),
                     (1, {"signal": int(signal.SIGSYS)}, 1), f"native only: {name} dies")
            tap.same([entry.get(member) for member in ("word", "file", "line")],
                     ["SystemCallArchitectures", conf, 2], f"native only: {name}, told why")
            result = run([SYSPROFILE, "verify", "--no-progress", conf, "--", tracee(name)])
            why = f": kills the thread, because of SystemCallArchitectures ({conf}:2)"
            tap.ok(f"{call}{why}" in result.stdout.decode().splitlines(),
                   f"native only: {name}, told why in words", result)  # fmt: skip
        conf = service(path, "SystemCallArchitectures=native x86")
        result = verify(conf, [tracee("int80")], "--enforce")
        tap.same(result.status, 0, "native and x86: int80 lives")


def check_own_filters():
    """Programs with filters of their own over ours: no answer of theirs is taken for one of it."""
    modes = ("errno", "trap", "notify", "kill", "thread", "trace", "log", "tsync", "child")
    with Directory() as path:
        other = service(path, "SystemCallFilter=~@mount", "SystemCallErrorNumber=EPERM")
        # The call that each of these filters is about.
        same = service(path, "SystemCallFilter=~getpriority", "SystemCallErrorNumber=EPERM",
                       name="same.conf")
        for mode in modes:
            plain = run([tracee("own-seccomp"), mode])
            result = verify(other, [tracee("own-seccomp"), mode], "--enforce")
            tap.ok(
                result.status == 0 and output_of(result) == plain.stdout.decode(),
                f"own filter, {mode}: as without ours",
                f"{result}\n{plain}",
            )
            # Its supervisor would wait for ever for a call that our filter answers.
            if mode == "notify":
                continue
            result = verify(same, [tracee("own-seccomp"), mode], "--enforce")
            tap.ok(
                result.status == 1 and "getpriority" in refused(report_of(result))
                and b"defect" not in result.stderr,
                f"own filter, {mode}: two filters for one call, and no defect",
                result,
            )


def load_outer_filter():
    """In the child: a filter below sysprofile, as a container has it; it kills for setpriority."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(0x7FFF0000)))
    number = library.seccomp_syscall_resolve_name(b"setpriority")
    library.seccomp_rule_add(context, ctypes.c_uint32(0x80000000), number, 0)
    if library.seccomp_load(context) != 0:
        os._exit(99)


def check_outer_filter():
    """What a filter below sysprofile does is not taken for a wrong answer of the one to verify."""
    with Directory() as path:
        conf = service(path, "SystemCallFilter=~setpriority", "SystemCallErrorNumber=EPERM")
        result = verify(conf, ["nice", "-n", "5", "true"], "--enforce", setup=load_outer_filter)
        tap.ok(result.status == 1 and report_of(result).get("status") == {"signal": 31}
               and b"defect" not in result.stderr, "a filter below: it kills, and is no defect",
               result)


def check_threads():
    """A death of one thread of many takes the process, and each of them is in order."""
    with Directory() as path:
        conf = service(path, "SystemCallFilter=@system-service @process",
                       "SystemCallFilter=~exit_group")
        for name in ("exit-group-thread", "threads", "fork-tree"):
            result = verify(conf, [tracee(name)], "--enforce")
            entry = refused(report_of(result)).get("exit_group", {"by": []})
            tap.ok(
                result.status == 1 and count(entry, "confirmed") >= 1
                and b"defect" not in result.stderr,
                f"~exit_group, kill: {name}: died, and nothing else",
                result,
            )


def check_user():
    if not ROOT:
        tap.skip("--run-as under a filter", "not root")
        return
    with Directory() as path:
        conf = service(path, "SystemCallFilter=~@mount", "SystemCallErrorNumber=EPERM")
        command = ["sh", "-c", "id -un; grep NoNewPrivs /proc/self/status"]
        for release, value in (("252", "1"), ("257", "0")):
            result = verify(conf, command, "--enforce", "--run-as=nobody", f"--systemd={release}")
            words = output_of(result).split()
            tap.same((result.status, words), (0, ["nobody", "NoNewPrivs:", value]),
                     f"--run-as, systemd {release}: NoNewPrivileges as systemd has it")
            tap.same(b"NoNewPrivileges" in result.stderr, value == "1",
                     f"--run-as, systemd {release}: said when it is set")
        result = verify(conf, ["grep", "CapEff", "/proc/self/status"], "--enforce",
                        "--run-as=nobody", "--systemd=257")
        tap.same(output_of(result).split(), ["CapEff:", "0" * 16],
                 "--run-as, systemd 257: no capability is left to the command")
        unprivileged = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
        os.chmod(path, 0o755)
        result = run([*unprivileged, SYSPROFILE, "verify", "--enforce", conf, "--", "true"])
        if result.status == 127 or b"setpriv: " in result.stderr:
            tap.skip("--enforce as nobody", "setpriv cannot run sysprofile")
        else:
            tap.ok(result.status == 0 and b"NoNewPrivileges" in result.stderr,
                   "--enforce as nobody: works, and says what that takes", result)


def check_end():
    """The end of a run that was asked for is no failure of the filter."""
    with Directory() as path:
        conf = service(path, "SystemCallFilter=~@mount", "SystemCallErrorNumber=EPERM")
        result = verify(conf, ["sleep", "60"], "--enforce", "-d", "1s", timeout=30)
        tap.ok(result.status == 0 and not result.timed_out and b"--duration" in result.stderr,
               "-d ends the run: 0 when nothing was refused", result)
        process = start([SYSPROFILE, "verify", "--enforce", conf, "--", "sh", "-c",
                         "nice -n 5 true; echo up; sleep 60"])
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        result = finish(process, 20)
        tap.ok(result.status == 0 and not result.timed_out, "SIGTERM ends the run as well", result)


def check_terminal():
    """Ctrl-C reaches the command, whose end is verified too; a status line shows meanwhile."""
    with Directory() as path:
        conf = service(path, "SystemCallFilter=~setpriority", "SystemCallErrorNumber=EPERM")
        script = "trap 'nice -n 5 true; exit 3' INT; echo up; sleep 60 & wait"
        terminal = Terminal([SYSPROFILE, "verify", "--enforce", conf, "--", "sh", "-c", script])
        up = terminal.expect(rb"up\r?\n") and terminal.expect(rb"calls known")
        terminal.send(b"\x03")
        status = terminal.wait(20)
        text = terminal.text.decode(errors="replace")
        tap.ok(up and status == 1 and "setpriority: refused with EPERM" in text
               and "ended by Ctrl-C; the command ended with status 3" in text,
               "Ctrl-C: the shutdown is verified, and its status told", f"status {status}\n{text}")


# --- bad input ---


def check_bad_input():
    with Directory() as path:
        good = service(path, "SystemCallFilter=~@mount")
        programs.write(f"{path}/empty", "")
        programs.write(f"{path}/no-filter", "[Service]\nExecStart=/bin/true\n")
        mark = ["touch", f"{path}/ran"]
        cases = [
            ("no dashes", [good], 2, b"--"),
            ("no words at all", [], 2, b"--"),
            ("no file", ["--", *mark], 2, b"FILE"),
            ("no command", [good, "--"], 2, b"COMMAND"),
            ("an empty command", [good, "--", ""], 2, b"empty"),
            ("a missing file", [f"{path}/absent", "--", *mark], 125, b"absent"),
            ("a directory", [path, "--", *mark], 125, path.encode()),
            ("an unknown release", ["--systemd=banana", good, "--", *mark], 2, b"banana"),
            ("a release of the future", ["--systemd=9999", good, "--", *mark], 2, b"9999"),
            ("an unknown option", ["--no-such", good, "--", *mark], 2, b"no-such"),
            ("an option of another verb", ["--style=exact", good, "--", *mark], 2, b"style"),
            ("an unknown format", ["-f", "names", good, "--", *mark], 2, b"names"),
            ("a missing option argument", [good, "-o", "--", *mark], 2, b"output"),
            ("an unknown user", ["--run-as=no-such-user", good, "--", *mark], 125, b"no-such-user"),
            ("a file in no directory", ["-o", f"{path}/no/x", good, "--", *mark], 125, b"no/x"),
        ]
        for name, words, status, text in cases:
            result = run([SYSPROFILE, "verify", *words], 20)
            lines = result.stderr.splitlines()
            tap.ok(
                result.status == status and len(lines) == 1 and text in lines[0]
                and not result.stdout and not os.path.exists(f"{path}/ran"),
                f"bad input, {name}: {status}, one line, and nothing ran",
                result,
            )
        for name in ("empty", "no-filter"):
            result = verify(f"{path}/{name}", ["true"])
            tap.ok(result.status == 0 and b"refuses no call" in result.stderr,
                   f"{name}: nothing would be refused, and says so", result)
        with open(f"{path}/binary", "wb") as f:
            f.write(os.urandom(100000))
        for options in ([], ["--enforce"]):
            result = verify(f"{path}/binary", ["true"], *options)
            tap.ok(
                result.status in (0, 1) and len(result.stderr.splitlines()) < 20,
                f"a binary file {' '.join(options)}: systemd's own answer, in few words",
                result,
            )
        programs.write(f"{path}/4095", "[Service]\nSystemCallFilter=~write:4095\n")
        result = run([SYSPROFILE, "verify", f"{path}/4095", "--", *mark], 20)
        tap.ok(result.status == 1 and b"would not start" in result.stderr
               and not os.path.exists(f"{path}/ran"),
               "what libseccomp cannot hold: systemd would not start it", result)
        if ROOT:
            unprivileged = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
            os.chmod(good, 0o600)
            result = run([*unprivileged, SYSPROFILE, "verify", good, "--", "true"], 20)
            tap.ok(b"setpriv: " in result.stderr
                   or (result.status == 125 and b"test.conf" in result.stderr),
                   "bad input, an unreadable file: 125", result)
        os.mkfifo(f"{path}/pipe")
        with open(good, "rb") as f:
            text = f.read()
        process = start([SYSPROFILE, "verify", f"{path}/pipe", "--", "true"])
        with open(f"{path}/pipe", "wb") as f:
            f.write(text)
        tap.same(finish(process, 20).status, 0, "a pipe is read to its end")


# --- daemons ---


def session(program, argv, load_fails=False):
    """One run of a daemon below argv, with its load; the Result, and what the load said."""
    with Directory() as path:
        room = programs.Room(path)
        process = start([*argv, "--", *program.prepare(room)], cwd="/")
        error = None
        try:
            program.wait_ready(room, process)
            if load_fails:
                # Connected to by the kernel, answered by nobody: workers die as they begin.
                wait_for(lambda: False, 3 / programs.PATIENCE)
            else:
                program.load(room)
            program.stop(room)
        except (RuntimeError, OSError) as e:
            error = e
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        result = finish(process, 60)
        return result, error


def check_bad_advice():
    """Apache starts under it, and each of its workers dies in setgroups(2)."""
    apache = Apache()
    if apache.missing() or not ROOT:
        tap.skip("apache under bad advice", "needs apache2, ab and root")
        return
    with Directory() as path:
        conf = service(path, *BAD_ADVICE, "SystemCallErrorNumber=EPERM")
        report_path = f"{path}/report"
        argv = [SYSPROFILE, "verify", "--no-progress", "--format=json", "-o", report_path]
        result, error = session(apache, [*argv, conf])
        with open(report_path, encoding="utf-8") as f:
            report = json.load(f)
        calls = refused(report)
        tap.ok(error is None, "apache, told: the load goes through", f"{error}\n{result}")
        tap.ok(result.status == 1 and {"setgroups", "setuid"} <= set(calls),
               "apache, told: setgroups and setuid", f"{sorted(calls)}\n{result}")
        for name in ("setgroups", "setuid"):
            entry = calls.get(name, {"by": []})
            roles = {maker["role"]: maker["processes"] for maker in entry["by"]}
            tap.ok(entry.get("word") == "@privileged" and entry.get("line") == 3
                   and roles.get("worker", 0) >= 1 and "helper" not in roles,
                   f"apache, told: {name} of the workers, because of @privileged", entry)
        result, error = session(apache, [*argv, "--enforce", "--stop-timeout=5s", conf], True)
        with open(report_path, encoding="utf-8") as f:
            report = json.load(f)
        entry = refused(report).get("setgroups", {"by": []})
        workers = [maker for maker in entry["by"] if maker["role"] == "worker"]
        tap.ok(result.status == 1 and workers and workers[0]["processes"] >= 2
               and workers[0]["confirmed"] == workers[0]["count"],
               "apache, enforced: worker after worker is refused setgroups", f"{report}\n{result}")
        tap.ok("setuid" not in refused(report),
               "apache, enforced: none of them comes as far as setuid", sorted(refused(report)))


def check_own_dropin(program):
    """What sysprofile wrote for a load lets the same load pass, also when it is in force."""
    if program.missing():
        tap.skip(f"{program.name} under its own drop-in", f"missing: {program.missing()}")
        return
    with Directory() as path:
        # Two runs of a daemon are never quite the same, so nothing is asked of --style=exact.
        for style, action in (("groups", "kill"), ("deny", "EPERM")):
            label = f"{program.name}, {style}, {action}"
            conf = f"{path}/{style}.conf"
            quiet = ["--no-progress", "-q"]
            result, error = session(program, [SYSPROFILE, *quiet, "-s", style,
                                              f"--action={action}", "-o", conf])
            if not tap.ok(error is None and result.status == 0, f"{label}: recorded",
                          f"{error}\n{result}"):
                continue
            for options in ([], ["--enforce"]):
                argv = [SYSPROFILE, "verify", "--no-progress", *options, "-o", f"{path}/report",
                        conf]
                result, error = session(program, argv)
                with open(f"{path}/report", encoding="utf-8") as f:
                    text = f.read()
                tap.ok(error is None and result.status == 0 and not text,
                       f"{label}: verified {' '.join(options)}", f"{error}\n{text}\n{result}")


def main():
    need(SYSPROFILE, tracee("int80"), tracee("own-seccomp"))
    checks = [
        check_told, check_text, check_appended, check_unit, check_directives,
        check_enforced_errno, check_enforced_kill, check_log, check_ignored, check_start, check_foreign,
        check_own_filters, check_outer_filter, check_threads, check_user, check_end,
        check_terminal, check_bad_input, check_bad_advice,
    ]
    for check in checks:
        begin = time.monotonic()
        check()
        tap.note(f"{check.__name__}: {time.monotonic() - begin:.1f} s")
    for program in (Apache(), Redis()):
        check_own_dropin(program)
    tap.same(left_over(), [], "no process is left")
    end_descendants()
    tap.finish()


if __name__ == "__main__":
    sys.exit(main())
