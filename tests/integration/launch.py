#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a run begins and ends: terminals, signals, a time limit, daemons, and the death of either.

However it ends, but for SIGKILL, the result is there, and nothing that was started is left.
"""

import fcntl
import os
import re
import signal
import subprocess
import sys
import time

from harness import (
    ENVIRONMENT,
    SYSPROFILE,
    Directory,
    Tap,
    Terminal,
    children_of,
    end_descendants,
    finish,
    left_over,
    need,
    read_names,
    read_until,
    run,
    start,
    tracee,
    wait_for,
)

QUIET = ["-q", "--no-progress", "-f", "names"]


class Room:
    """A directory for a run, and the checks that every way to end has in common."""

    def __init__(self, tap, title):
        self.tap = tap
        self.title = title
        self.directory = Directory()

    def __enter__(self):
        self.path = self.directory.__enter__()
        self.output = os.path.join(self.path, "names")
        return self

    def __exit__(self, *reason):
        return self.directory.__exit__(*reason)

    def argv(self, *command, options=()):
        return [SYSPROFILE, *QUIET, "-o", self.output, *options, "--", *command]

    def ok(self, good, what, detail=""):
        return self.tap.ok(good, f"{self.title}: {what}", detail)

    def check_end(self, calls=("execve",)):
        left = left_over()
        self.ok(not left, "nothing left", left)
        names = read_names(self.output)
        missing = [call for call in calls if call not in (names or [])]
        self.ok(names and not missing, "result written", f"missing {missing} of {names}")


# --- on a terminal ---


def test_ctrl_c(tap):
    with Room(tap, "Ctrl-C") as room:
        terminal = Terminal(room.argv(tracee("serve")))
        ready = terminal.expect(rb"server: ready")
        terminal.send(b"\x03")
        done = terminal.expect(rb"server: 1 in all, done")
        status = terminal.wait()
        room.ok(ready and done, "reaches the command once", terminal.text)
        room.ok(status == 0, "status 0", status)
        # Only the command's shutdown makes this call.
        room.check_end(["getpgid"])


def test_ctrl_c_default(tap):
    """A command that dies by it: sysprofile was asked to end the run, and did."""
    with Room(tap, "Ctrl-C, command without handler") as room:
        terminal = Terminal(room.argv("sleep", "100"))
        wait_for(lambda: any(children_of(child) for child in [terminal.pid]))
        time.sleep(0.5)
        terminal.send(b"\x03")
        status = terminal.wait()
        room.ok(status == 0, "status 0", f"{status}\n{terminal.text}")
        room.check_end()


def test_second_ctrl_c(tap):
    with Room(tap, "second Ctrl-C") as room:
        terminal = Terminal(room.argv(tracee("serve"), "stubborn"))
        terminal.expect(rb"server: ready")
        terminal.send(b"\x03")
        first = terminal.expect(rb"server: SIGINT")
        time.sleep(0.3)
        alive = os.path.exists(f"/proc/{terminal.pid}") and terminal.status is None
        terminal.send(b"\x03")
        status = terminal.wait()
        room.ok(first and alive, "the first one is the command's to answer", terminal.text)
        room.ok(status is not None, "the second one ends it", f"{status}\n{terminal.text}")
        room.check_end()


def test_ctrl_c_worker_outside(tap):
    """A worker that left the session gets no Ctrl-C; sysprofile asks it by SIGTERM."""
    with Room(tap, "Ctrl-C, worker in another session") as room:
        terminal = Terminal(room.argv(tracee("serve"), "child"))
        terminal.expect(rb"ready")
        terminal.expect(rb"ready")
        terminal.send(b"\x03")
        status = terminal.wait(25)
        room.ok(
            b"server: SIGINT" in terminal.text and b"worker: SIGTERM" in terminal.text,
            "both asked",
            terminal.text,
        )
        room.ok(status == 0, "status 0", status)
        room.check_end(["getpgid", "setsid"])


def test_terminal_closed(tap):
    with Room(tap, "terminal closed") as room:
        terminal = Terminal(room.argv(tracee("serve")))
        terminal.expect(rb"server: ready")
        terminal.close()
        status = terminal.wait(25)
        room.ok(status is not None, "ends", status)
        room.check_end(["rt_sigsuspend"])


def test_ctrl_z(tap):
    """The shell above stops and continues both, as it does any command."""
    with Room(tap, "Ctrl-Z and fg") as room:
        terminal = Terminal(["bash", "--norc", "--noprofile", "-i"], {**ENVIRONMENT, "PS1": "$ "})
        terminal.expect(rb"\$ ")
        terminal.send(" ".join(room.argv(tracee("serve"))).encode() + b"\n")
        ready = terminal.expect(rb"server: ready")
        terminal.send(b"\x1a")
        stopped = terminal.expect(rb"Stopped", 5) and terminal.expect(rb"\$ ")
        terminal.send(b"fg\n")
        terminal.expect(rb"serve\r?\n")
        time.sleep(0.3)
        terminal.send(b"\x03")
        done = terminal.expect(rb"server: 1 in all, done", 5)
        terminal.expect(rb"\$ ", 5)
        terminal.send(b"exit 4\n")
        status = terminal.wait()
        room.ok(ready and stopped and done and status == 4, "both rest, both go on", terminal.text)
        room.check_end(["getpgid"])


# What is typed, and what must come before the next line is typed. The prompt is part of it: what
# is typed while a job has the terminal is echoed now or later, as chance has it.
JOBS = [
    (b"sleep 2 &\n", rb"\[1\] \d+\n\$ "),
    (b"jobs\n", rb"Running +sleep 2 &\n\$ "),
    (b"fg\n", rb"sleep 2\n\$ "),
    (b"cat\n", rb"cat\n"),
    (b"typed\n", rb"typed\ntyped\n"),
    (b"\x1a", rb"Stopped +cat\n\$ "),
    (b"bg; sleep 0.5; jobs\n", rb"\[1\]\+ cat &\n[^$]*Stopped +cat\n\$ "),
    (b"fg %1\n", rb"fg %1\ncat\n"),
    (b"\x03", rb"\^C\n\$ "),
    (b"sleep 50 | sleep 51\n", rb"51\n"),
    (b"\x1a", rb"Stopped +sleep 50 \| sleep 51\n\$ "),
    (b"bg\n", rb"sleep 50 \| sleep 51 &\n\$ "),
    (b"kill %1; sleep 0.3\n", rb"Terminated +sleep 50 \| sleep 51\n\$ "),
    (b"sleep 52\n", rb"52\n"),
    (b"\x03", rb"\^C\n\$ "),
    (b"echo $?\n", rb"130\n\$ "),
    (b"sh -c 'kill -STOP $$; echo on'\n", rb"Stopped.*\n\$ "),
    (b"fg\n", rb"\non\n\$ "),
    # In the background, who reads is stopped by SIGTTIN, and who writes by SIGTTOU if asked for; not
    # at once, else the shell may tell of it before its prompt or behind it.
    (b"sh -c 'sleep 0.3; cat' &\n", rb"\[1\] \d+\n\$ "),
    (b"sleep 1; jobs\n", rb"Stopped +sh -c .*\n\$ "),
    (b"fg\n", rb"fg\nsh -c 'sleep 0.3; cat'\n"),
    (b"again\n", rb"again\nagain\n"),
    (b"\x04", rb"\$ "),
    (b"stty tostop\n", rb"tostop\n\$ "),
    (b"sh -c 'sleep 0.3; echo out' &\n", rb"\[1\] \d+\n\$ "),
    (b"sleep 1; jobs\n", rb"Stopped +sh -c .*\n\$ "),
    (b"fg\n", rb"echo out'\nout\n\$ "),
    (b"stty -tostop\n", rb"-tostop\n\$ "),
]


def job_session(argv):
    terminal = Terminal(argv, {**ENVIRONMENT, "PS1": "$ "})
    log = [f"prompt: {terminal.expect(rb'[$] ')}"]
    for keys, answer in JOBS:
        terminal.send(keys)
        log.append(f"{keys!r}: {terminal.expect(answer, 6)}")
        # Without a prompt, a job has been given the terminal and needs a moment to use it.
        if not answer.endswith(rb"\$ "):
            time.sleep(0.5)
    terminal.send(b"exit 3\n")
    status = terminal.wait()
    text = re.sub(rb"\[1\] \d+", b"[1] PID", terminal.text)
    return status, log, text


def test_job_control(tap):
    with Room(tap, "job control below") as room:
        bash = ["bash", "--norc", "--noprofile", "-i"]
        native = job_session(bash)
        ours = job_session(room.argv(*bash))
        room.ok(
            native[0] == 3 and all("True" in line for line in native[1]),
            "the script works natively",
            f"{native[0]} {native[1]}\n{native[2].decode(errors='replace')}",
        )
        room.ok(ours[:2] == native[:2], "same answers", f"{native[:2]}\n{ours[:2]}")
        room.ok(
            ours[2] == native[2],
            "same transcript",
            f"native:\n{native[2].decode(errors='replace')}\n"
            f"ours:\n{ours[2].decode(errors='replace')}",
        )
        room.check_end(["setpgid", "ioctl", "kill"])


# --- signals to sysprofile alone ---


def test_signals(tap):
    for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        with Room(tap, f"{sig.name} to sysprofile") as room:
            process = start(room.argv(tracee("serve")))
            text = read_until(process, b"ready\n")
            process.send_signal(sig)
            result = finish(process)
            text += result.stdout
            room.ok(
                b"server: SIG" in text and b"server: 1 in all, done" in text,
                "the command is asked once",
                f"{text}\n{result}",
            )
            room.ok(result.status == 0 and not result.timed_out, "status 0", result)
            room.check_end(["getpgid"])


def test_sigkill(tap):
    """EXITKILL: no half-traced daemon stays behind."""
    with Room(tap, "SIGKILL to sysprofile") as room:
        process = start(room.argv(tracee("serve"), "child"))
        read_until(process, b"server: ready\n")
        process.kill()
        result = finish(process)
        left = left_over()
        room.ok(result.status == -signal.SIGKILL and not left, "nothing left", f"{result}\n{left}")


def test_sigkill_stopped(tap):
    """A tracee in a group stop at that moment must not stay stopped for ever either."""
    with Room(tap, "SIGKILL to sysprofile, command stopped") as room:
        process = start(room.argv("sh", "-c", "echo ready; kill -STOP $$"))
        read_until(process, b"ready\n")
        time.sleep(0.3)
        process.kill()
        finish(process)
        left = left_over()
        room.ok(not left, "nothing left", left)


def test_stopped_command(tap):
    """A stopped command cannot answer SIGTERM until it is continued, or killed in the end."""
    with Room(tap, "-d, command stopped") as room:
        options = ["-d", "500ms", "--stop-timeout=2s"]
        result = run(room.argv("sh", "-c", "kill -STOP $$; echo on", options=options), 15)
        room.ok(not result.timed_out and result.status == 0, "ends with status 0", result)
        room.check_end()


# --- the time limit ---


def test_duration(tap):
    with Room(tap, "-d 1") as room:
        begin = time.monotonic()
        result = run(room.argv(tracee("serve"), options=["-d", "1"]), 20)
        took = time.monotonic() - begin
        room.ok(result.status == 0 and not result.timed_out, "status 0", result)
        room.ok(b"server: SIGTERM" in result.stdout, "the command is asked", result)
        room.ok(0.9 < took < 10, "after a second", took)
        room.check_end(["getpgid"])


def test_duration_stubborn(tap):
    with Room(tap, "-d 1, stubborn command") as room:
        options = ["-d", "1", "--stop-timeout=1s"]
        result = run(room.argv(tracee("serve"), "stubborn", options=options), 20)
        room.ok(result.status == 0 and not result.timed_out, "status 0", result)
        room.check_end()


def test_duration_daemon(tap):
    """What left the session is asked too."""
    with Room(tap, "-d 1, daemon") as room:
        written = os.path.join(room.path, "written")
        result = run(room.argv(tracee("daemon2"), written, "stay", options=["-d", "1"]), 20)
        room.ok(result.status == 0 and not result.timed_out, "status 0", result)
        with open(written, encoding="ascii") as f:
            text = f.read()
        room.ok(text == "daemon\nasked to end\n", "the daemon is asked by SIGTERM", text)
        room.check_end(["setsid", "getpgid"])


def test_duration_not_reached(tap):
    with Room(tap, "-d 1h, command ends first") as room:
        result = run(room.argv(tracee("exit-code"), "3", options=["-d", "1h"]))
        room.ok(result.status == 3 and result.seconds < 10, "its own status at once", result)
        room.check_end(["exit_group"])


# --- descriptors ---


def test_result_after_output(tap):
    """Without -o, the result comes after all that the command printed."""
    with Room(tap, "result on stdout") as room:
        result = run([SYSPROFILE, *QUIET, "--", tracee("bare")])
        lines = result.stdout.decode().splitlines()
        room.ok(lines == ["bare", "execve", "exit_group", "write"], "after the output", result)


def test_stdin(tap):
    with Room(tap, "stdin") as room:
        data = os.urandom(1 << 20)
        wanted = b"1048576 bytes, sum %d, end ok\n" % sum(data)
        result = run(room.argv(tracee("count-stdin")), stdin=data)
        room.ok(result.stdout == wanted, "a pipe", result)
        result = run(room.argv(tracee("count-stdin")), setup=lambda: os.close(0))
        room.ok(b"end EBADF" in result.stdout, "closed", result)


def test_descriptors_let_go(tap):
    """A pipe that the command closed has nobody at its end: no copy of ours keeps it open."""
    with Room(tap, "stdin that the command closed") as room:
        process = start(
            room.argv("sh", "-c", "exec 0<&-; echo closed; read x <&2; sleep 5"),
            stdin=subprocess.PIPE,
        )
        read_until(process, b"closed\n")

        def refused():
            try:
                os.write(process.stdin.fileno(), b"x")
            except BrokenPipeError:
                return True
            return False

        room.ok(wait_for(refused, 3), "its writer learns of it")
        process.terminate()
        try:
            process.stdin.close()
        except BrokenPipeError:
            pass
        process.stdin = None
        finish(process)
    with Room(tap, "stdout that the command closed") as room:
        process = start(room.argv("sh", "-c", "exec >&-; sleep 4"))
        begin = time.monotonic()
        read_until(process, b"never comes")
        took = time.monotonic() - begin
        room.ok(took < 3, "its reader learns of it", f"{took} s")
        process.terminate()
        finish(process)


def test_sigpipe(tap):
    """The reader goes: the command dies by SIGPIPE, as without."""
    with Room(tap, "reader of stdout gone") as room:
        process = start(room.argv(tracee("write-stdout")))
        os.read(process.stdout.fileno(), 10)
        process.stdout.close()
        process.stdout = None
        result = finish(process)
        room.ok(result.status == -signal.SIGPIPE, "dies by SIGPIPE", result)
        room.check_end(["write"])


def test_result_to_nobody(tap):
    """A result that nobody reads is a failure, not death without a word, and it is saved."""
    with Room(tap, "reader of the result gone") as room:
        argv = [SYSPROFILE, *QUIET, "--", "sh", "-c", "exec >&-; sleep 0.5"]
        process = start(argv, env=dict(ENVIRONMENT, TMPDIR=room.path))
        process.stdout.close()
        process.stdout = None
        result = finish(process)
        room.ok(result.status == 125 and result.stderr, "125 and words", result)
        saved = [os.path.join(room.path, name) for name in os.listdir(room.path)]
        named = len(saved) == 1 and saved[0].encode() in result.stderr
        room.ok(named and "execve" in read_names(saved[0]), "saved and named", f"{saved}\n{result}")


def test_output_replaced(tap):
    """-o writes a new file in the old one's place, never half of one."""
    with Room(tap, "-o over an older file") as room:
        with open(room.output, "w", encoding="ascii") as f:
            f.write("old\n" * 10000)
        result = run(room.argv(tracee("bare")))
        room.ok(result.status == 0, "status 0", result)
        names = read_names(room.output)
        room.ok(names == ["execve", "exit_group", "write"], "all new", names)
        room.ok(os.listdir(room.path) == ["names"], "nothing beside it", os.listdir(room.path))


def test_command_gone_at_once(tap):
    with Room(tap, "command gone at once") as room:
        bad = []
        for _ in range(50):
            result = run(room.argv(tracee("bare")))
            names = read_names(room.output)
            if result.status != 0 or names != ["execve", "exit_group", "write"]:
                bad.append((result, names))
            if os.path.exists(room.output):
                os.unlink(room.output)
        room.ok(not bad, "50 times", bad[:3])


def test_verb_names(tap):
    """After -- a verb's name is a command."""
    with Room(tap, "a command called groups") as room:
        path = os.path.join(room.path, "groups")
        with open(path, "w", encoding="ascii") as f:
            f.write("#!/bin/sh\necho mine\n")
        os.chmod(path, 0o755)
        environment = {**ENVIRONMENT, "PATH": f"{room.path}:{ENVIRONMENT['PATH']}"}
        result = run(room.argv("groups"), env=environment)
        room.ok(result.stdout == b"mine\n", "runs after --", result)


def test_run_as(tap):
    """The user, the groups, and nothing of root's left."""
    if os.geteuid() != 0:
        tap.skip("--run-as", "needs root")
        return
    with Room(tap, "--run-as=nobody") as room:
        # The result is root's to write.
        result = run(room.argv("id", "-u", options=["--run-as=nobody"]))
        room.ok(result.stdout == b"65534\n", "the user", result)
        command = ["sh", "-c", "id -G; grep -E 'Cap(Prm|Eff|Inh|Amb)' /proc/self/status"]
        result = run(room.argv(*command, options=["--run-as=nobody"]))
        groups = subprocess.run(["id", "-G", "nobody"], stdout=subprocess.PIPE, check=True).stdout
        zero = [b"%s:\t%016d" % (name, 0) for name in (b"CapInh", b"CapPrm", b"CapEff", b"CapAmb")]
        room.ok(result.stdout == groups + b"\n".join(zero) + b"\n", "groups, capabilities", result)
        room.check_end(["execve"])
        names = read_names(room.output) or []
        preamble = [name for name in ("setresuid", "setgroups", "setuid") if name in names]
        room.ok(not preamble, "the way there is not in the result", preamble)


def test_inherited_descriptor(tap):
    """Descriptors that a service manager hands over keep their numbers."""
    with Room(tap, "inherited descriptor") as room:
        read_end, write_end = os.pipe()
        high = fcntl.fcntl(read_end, fcntl.F_DUPFD, 40)
        os.write(write_end, b"through\n")
        os.close(write_end)
        result = run(room.argv("bash", "-c", f"cat <&{high}"), pass_fds=(high,))
        os.close(high)
        os.close(read_end)
        room.ok(result.stdout == b"through\n", "is there", result)


def test_inherited_child(tap):
    """A shell that becomes sysprofile leaves it its jobs; the run does not wait for those."""
    with Room(tap, "inherited child") as room:
        begin = time.monotonic()
        result = run(["sh", "-c", 'sleep 20 & exec "$@"', "sh", *room.argv(tracee("bare"))])
        room.ok(result.status == 0, "status 0", result)
        took = time.monotonic() - begin
        room.ok(took < 10, "the run ends with the command", took)
        room.ok(read_names(room.output) == ["execve", "exit_group", "write"], "result written")
        end_descendants()


def test_foreign_proc(tap):
    """/proc may show another PID namespace, and then says nothing true about the command."""
    if os.geteuid() != 0:
        tap.skip("foreign /proc", "needs root")
        return
    with Room(tap, "foreign /proc") as room:
        result = run(["unshare", "--pid", "--fork", *room.argv("echo", "hello")])
        room.ok((result.status, result.stdout) == (0, b"hello\n"), "as without", result)
        room.check_end(["execve", "write", "exit_group"])


def main():
    need(SYSPROFILE, tracee("serve"))
    tap = Tap()
    tests = {name[5:]: test for name, test in globals().items() if name.startswith("test_")}
    for name in sys.argv[1:] or tests:
        tests[name](tap)
    tap.finish()


if __name__ == "__main__":
    main()
