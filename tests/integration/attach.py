#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""sysprofile --pid: what it says when it cannot, what it sees, how it ends, and what is left behind."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import programs
import programs.servers
from harness import (
    ENVIRONMENT,
    SYSPROFILE,
    Directory,
    Tap,
    Terminal,
    children_of,
    end_descendants,
    finish,
    is_zombie,
    left_over,
    need,
    read_names,
    read_until,
    run,
    start,
    tracee,
    wait_for,
)

NOBODY = 65534
# Without asking the host's systemd for its groups each time.
OURS = [SYSPROFILE, "--systemd=252"]


def status_of(pid, tid=None):
    """The fields of /proc/PID/status; {} when it is gone."""
    try:
        with open(f"/proc/{pid}/task/{tid or pid}/status", encoding="ascii", errors="replace") as f:
            return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    except OSError:
        return {}


def tasks_of(pid):
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def traces(pids):
    """What a tracer has left in these processes: tasks that are traced or stopped, signals."""
    found = []
    for pid in pids:
        for tid in tasks_of(pid):
            fields = status_of(pid, tid)
            if not fields:
                continue
            state = fields["State"]
            if fields["TracerPid"] != "0" or state.startswith(("t", "T")):
                found.append(f"{pid}/{tid}: {state}, traced by {fields['TracerPid']}")
            for name in ("SigPnd", "ShdPnd"):
                if int(fields[name], 16):
                    found.append(f"{pid}/{tid}: {name} {fields[name]}")
    return found


def attached(pid, *options, prefix=OURS):
    """A sysprofile that has come to follow the process."""
    process = start([*prefix, *options, "-p", str(pid)], stderr=subprocess.PIPE)
    text = b""
    while b"attached to" not in text and process.poll() is None:
        text += os.read(process.stderr.fileno(), 4096)
    return process


def let_go(process, sig=signal.SIGINT):
    process.send_signal(sig)
    return finish(process)


def sleeper():
    return start(["sleep", "1000"])


def errors(result):
    """The lines on stderr that are no warning and no word of the summary: one, when it failed."""
    return result.stderr.decode().splitlines()


def refused(tap, name, result, pattern):
    lines = errors(result)
    tap.ok(
        result.status == 125 and not result.stdout and len(lines) == 1
        and re.search(pattern, lines[0]),
        name,
        f"wanted {pattern}\n{result}",
    )


def check_refusals(tap):
    refused(tap, "a process that is not there", run([*OURS, "-p", "4194304"]), "no such process")
    refused(tap, "a thread of the kernel", run([*OURS, "-p", "2"]), "thread of the kernel")
    refused(
        tap, "itself", run(["sh", "-c", f'exec {SYSPROFILE} --systemd=252 -p $$']),
        "this very sysprofile",
    )
    refused(
        tap, "its parent", run(["sh", "-c", f"{SYSPROFILE} --systemd=252 -p $$; exit $?"]),
        "started by it or below it",
    )
    refused(tap, "init, its ancestor", run([*OURS, "-p", "1"]), "cannot attach to 1: ")

    zombie = subprocess.Popen(["true"])
    wait_for(lambda: is_zombie(zombie.pid))
    refused(tap, "a zombie", run([*OURS, "-p", str(zombie.pid)]), "has ended.*zombie")
    zombie.wait()

    target = sleeper()
    first = attached(target.pid, "-f", "names")
    refused(
        tap, "what another one traces", run([*OURS, "-p", str(target.pid)]),
        rf"traced by pid {first.pid} \(sysprofile\)",
    )
    tap.same(let_go(first).status, 0, "the first one goes on with it")
    one = run([*OURS, "-p", f"{target.pid},4194304"])
    refused(tap, "one of two is not there", one, "4194304: there is no such process")
    tap.same(traces([target.pid]), [], "and the other one is let go")
    target.kill()
    finish(target)


def check_rights(tap):
    """What root may do and others may not."""
    if os.geteuid() != 0:
        tap.skip("refusals of permission", "only root can become somebody else")
        return
    as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    with Directory() as path:
        binary = shutil.copy(SYSPROFILE, path)
        os.chmod(binary, 0o755)
        argv = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs",
                binary, "--systemd=252", "-f", "names", "-d1", "-p"]
        target = sleeper()
        refused(
            tap, "another user's process", run([*argv, str(target.pid)]),
            r"another user \(uid 0\).*CAP_SYS_PTRACE",
        )
        target.kill()
        finish(target)

        own = start(["sleep", "1000"], **as_nobody)
        scope = "/proc/sys/kernel/yama/ptrace_scope"
        result = run([*argv, str(own.pid)])
        if os.path.exists(scope) and open(scope, encoding="ascii").read().strip() != "0":
            refused(tap, "one's own process where yama forbids it", result, "ptrace_scope")
        else:
            tap.ok(result.status == 0, "one's own process", result)
        own.kill()
        finish(own)

        # Who cannot read a program may run it, and shall not read it that way either.
        secret = shutil.copy(shutil.which("sleep", path=ENVIRONMENT["PATH"]), path)
        os.chmod(secret, 0o711)
        hidden = start([secret, "1000"], **as_nobody)
        refused(
            tap, "what is not dumpable", run([*argv, str(hidden.pid)]),
            "not dumpable.*CAP_SYS_PTRACE",
        )
        hidden.kill()
        finish(hidden)


def check_short_lives(tap):
    """Attaching to what ends at that very time: a result, or one clear line, and soon."""
    bad = []
    for i in range(30):
        target = start(["sleep", f"{0.001 * i:.3f}"])
        result = run([*OURS, "-f", "names", "-p", str(target.pid)], timeout=10)
        lines = errors(result)
        words = "no such process|ended meanwhile|zombie"
        if result.status == 125 and len(lines) == 1 and re.search(words, lines[0]):
            continue
        if result.status != 0 or not any("attached to" in line for line in lines):
            bad.append(f"{i}: {result}")
        finish(target)
    tap.ok(not bad, "processes that end while they are attached to", "\n".join(bad))


def check_endings(tap):
    for name, sig in (("SIGINT", signal.SIGINT), ("SIGTERM", signal.SIGTERM),
                      ("SIGHUP", signal.SIGHUP), ("SIGQUIT", signal.SIGQUIT)):
        target = sleeper()
        # At once: the call that it was in is told all the same.
        result = let_go(attached(target.pid, "-f", "names"), sig)
        tap.ok(
            result.status == 0 and b"restart_syscall" in result.stdout
            and re.search(rf"ended by {name}; 1 task goes on".encode(), result.stderr),
            f"{name} lets go", result,
        )
        tap.ok(target.poll() is None and not traces([target.pid]), f"{name}: it goes on as before",
               traces([target.pid]))
        target.kill()
        finish(target)

    target = sleeper()
    terminal = Terminal([*OURS, "-f", "names", "-o", "/dev/null", "-p", str(target.pid)])
    terminal.expect(rb"attached to")
    tap.ok(terminal.expect(rb"1 process, 0 further threads"), "a status line", terminal.text)
    terminal.send(b"\x03")
    tap.same(terminal.wait(), 0, "Ctrl-C on the terminal lets go")
    tap.ok(target.poll() is None, "and what was followed goes on")

    begin = time.monotonic()
    result = run([*OURS, "-f", "names", "-d", "1", "-p", str(target.pid)])
    tap.ok(result.status == 0 and 0.9 < time.monotonic() - begin < 10, "-d lets go", result)
    result = run([*OURS, "-f", "names", "--quiet-for=1", "-p", str(target.pid)])
    tap.ok(result.status == 0 and b"ended by --quiet-for" in result.stderr,
           "--quiet-for lets go", result)
    result = run([*OURS, "-f", "names", "--quiet-for=1", "--", "sleep", "1000"])
    tap.ok(
        result.status == 0 and b"ended by --quiet-for; the command died of signal 15" in result.stderr,
        "--quiet-for ends a command that was launched", result,
    )

    process = attached(target.pid, "-f", "names")
    target.kill()
    finish(target)
    result = finish(process)
    tap.ok(result.status == 0 and b"all that was followed has ended" in result.stderr,
           "the run ends with what it follows", result)


def check_killed(tap):
    target = sleeper()
    process = attached(target.pid)
    process.kill()
    finish(process)
    tap.ok(wait_for(lambda: not traces([target.pid])) and target.poll() is None,
           "SIGKILL of sysprofile lets go", traces([target.pid]))
    target.kill()
    finish(target)


def check_who(tap):
    """A thread's id, several processes, a process that is stopped."""
    server = start([tracee("waits")], stdin=subprocess.PIPE)
    read_until(server, b"ready")
    thread = max(tasks_of(server.pid))
    result = run([*OURS, "-f", "names", "-d", "1", "-p", str(thread)])
    tap.ok(
        result.status == 0 and f"{thread} is a thread of process {server.pid}".encode() in result.stderr
        and b"with 12 tasks" in result.stderr,
        "the id of a thread stands for its process", result,
    )
    wanted = {"poll", "epoll_wait", "read", "recvfrom", "futex", "rt_sigtimedwait"}
    got = set(result.stdout.decode().split())
    tap.ok(wanted <= got, "the calls that threads are in are recorded", f"{wanted - got}")
    server.kill()
    finish(server)

    shell = start(["sh", "-c", "sleep 1000 & sleep 1001 & wait"])
    wait_for(lambda: len(children_of(shell.pid)) == 2)
    other = sleeper()
    result = run([*OURS, "-f", "names", "-d", "1", "-p", f"{shell.pid},{other.pid}", "-p",
                  str(other.pid)])
    tap.ok(b"attached to 4 processes with 4 tasks" in result.stderr,
           "several processes, and what descends from them", result)
    end_descendants()
    finish(shell)
    finish(other)

    target = sleeper()
    os.kill(target.pid, signal.SIGSTOP)
    wait_for(lambda: status_of(target.pid)["State"].startswith("T"))
    result = run([*OURS, "-f", "names", "-d", "1", "-p", str(target.pid)])
    fields = status_of(target.pid)
    tap.ok(result.status == 0 and fields["State"].startswith("T") and fields["TracerPid"] == "0",
           "what is stopped stays stopped", f"{fields}\n{result}")
    os.kill(target.pid, signal.SIGCONT)
    tap.ok(wait_for(lambda: status_of(target.pid)["State"].startswith("S")), "and can be continued")
    target.kill()
    finish(target)


def check_hidden(tap):
    """Where /proc counts processes otherwise, it is not asked."""
    if os.geteuid() != 0:
        tap.skip("another namespace's /proc", "only root can make a PID namespace")
        return
    inner = f"sleep 1000 & {SYSPROFILE} --systemd=252 -f names -d 1 -p $!; status=$?; kill $!; exit $status"
    result = run(["unshare", "--pid", "--fork", "sh", "-c", inner])
    tap.ok(
        result.status == 0 and b"restart_syscall" in result.stdout
        and b"/proc does not show" in result.stderr,
        "another namespace's /proc", result,
    )


def check_waits(tap):
    """Every wait ends as it would have, and at its time."""
    outcome = []
    for is_followed in (False, True):
        target = start([tracee("waits")], stdin=subprocess.PIPE)
        read_until(target, b"ready")
        time.sleep(0.2)
        if is_followed:
            for _ in range(3):
                result = run([*OURS, "-f", "names", "-d", "300ms", "-p", str(target.pid)])
                if result.status != 0:
                    tap.ok(False, "following what waits", result)
            tap.same(traces([target.pid]), [], "nothing is left in what waits")
        target.stdin.write(b"\n")
        target.stdin.flush()
        outcome.append(finish(target).stdout.decode())
    tap.same(outcome[1], outcome[0], "waits end as they do without a tracer")


def counted(profile, name):
    """How often the profile has the call."""
    return sum(call["count"] for call in json.loads(profile)["calls"] if call["name"] == name)


def check_storm(tap):
    """Nothing that happens after the attach has ended is missed, however many come and go."""
    for i in range(3):
        target = start([tracee("churn")])
        read_until(target, b"ready")
        process = attached(target.pid, "-f", "json")
        target.send_signal(signal.SIGUSR1)
        time.sleep(1)
        target.send_signal(signal.SIGUSR2)
        time.sleep(0.3)
        result = let_go(process)
        branches = children_of(target.pid)
        wait_for(lambda: not traces([target.pid, *branches]), 2)
        left = traces([target.pid, *branches])
        target.send_signal(signal.SIGTERM)
        end = finish(target)
        said = re.search(rb"failed 0, made some, called (\d+)", end.stdout)
        tap.ok(said and int(said[1]) > 100 and end.status == 0, f"a storm goes on ({i})", end)
        tap.same(left, [], f"nothing is left in a storm ({i})")
        if result.status != 0:
            tap.ok(False, f"following a storm ({i})", result)
            continue
        tap.same(counted(result.stdout, "getsid"), int(said[1]) if said else -1,
                 f"each call of a storm is counted ({i})")


def check_start(tap):
    """No allow-list without the start of the program, unless it comes from somewhere."""
    target = sleeper()
    follow = [*OURS, "-d", "300ms", "-p", str(target.pid)]
    with Directory() as path:
        env = {**ENVIRONMENT, "TMPDIR": path}

        def saved(result):
            name = re.search(rb"what was seen is in (\S+), a profile", result.stderr)
            return name and name[1].decode()

        for options in ([], ["-s", "exact"], ["-f", "oci"], ["--action=kill"]):
            result = run([*follow, *options, "-o", f"{path}/result"], env=env)
            words = " ".join(options) or "by default"
            tap.ok(result.status == 125 and b"no start of the program was seen" in result.stderr
                   and not os.path.exists(f"{path}/result"), f"refused: {words}", result)
            shown = saved(result) and run([SYSPROFILE, "show", saved(result)])
            tap.ok(shown and shown.status == 0 and b"restart_syscall" in shown.stdout,
                   f"the profile is kept: {words}", shown or result)
        for options in (["-s", "deny"], ["-f", "names"], ["-f", "json"], ["--action=log"], ["--force"],
                        ["--headroom=startup"]):
            result = run([*follow, *options], env=env)
            tap.ok(result.status == 0 and result.stdout, f"not refused: {options[0]}", result)
            if options[0] in ("-s", "--force", "--headroom=startup", "--action=log"):
                tap.ok(b"start of the program is not in it" in result.stdout,
                       f"the result says what is missing: {options[0]}", result)
            tap.ok(b"not seen: start" in result.stderr, f"so does the summary: {options[0]}", result)
        result = run([*follow, "-f", "json"], env=env)
        facts = json.loads(result.stdout)["runs"][0]
        tap.same((facts["source"], facts["startup_seen"], facts["program"]["argv"]),
                 ("attach", False, ["sleep", "1000"]), "the profile says how it was made")

        result = run([*follow, "-s", "exact", "--headroom=startup"], env=env)
        words = re.findall(r"^SystemCallFilter=(.*)", result.stdout.decode(), re.M)
        tap.ok({"openat", "fstat", "pread64"} & set(" ".join(words).split()),
               "--headroom=startup allows what a start calls", result)
        tap.ok(re.search(rb"^# Headroom \(--headroom=startup\)", result.stdout, re.M)
               and b"that a program makes at its start here" in result.stderr,
               "and tells it apart", result)

        profile = f"{path}/profile"
        result = run([*follow, "-P", profile], env=env)
        tap.ok(result.status == 125 and f"what was seen is in {profile}".encode() in result.stderr
               and os.path.exists(profile), "refused: a profile without a start", result)
        result = run([SYSPROFILE, "-i", profile], env=env)
        tap.ok(result.status == 125 and not result.stdout
               and b"no start of the program was seen" in result.stderr,
               "refused: -i of a profile without a start", result)
        for option in ("--force", "--headroom=startup", "--style=deny"):
            result = run([SYSPROFILE, option, "-i", profile], env=env)
            tap.ok(result.status == 0 and b"start of the program is not in it" in result.stdout,
                   f"not refused: {option} -i of it", result)
        run([*OURS, "-q", "-o", "/dev/null", "-P", profile, "--", "sleep", "0.1"], env=env)
        result = run([*follow, "-P", profile], env=env)
        tap.ok(result.status == 0 and b"SystemCallFilter=" in result.stdout
               and b"start of the program is not in it" not in result.stdout,
               "not refused: a profile with the start", result)
        target.kill()
        finish(target)


def check_against_strace(tap):
    """redis under the same load, followed by strace -f -p and by sysprofile."""
    redis = programs.servers.Redis()
    if redis.missing() or not shutil.which("strace"):
        tap.skip("the same as strace -f -p", f"no {redis.packages} or no strace")
        return
    with Directory() as path:
        room = programs.Room(path)
        # A save of its own, begun when it likes, would put the rewrite off.
        argv = [*redis.prepare(room), "--save", ""]
        server = start(argv, cwd="/", stdout=subprocess.DEVNULL)
        redis.wait_ready(room, server)
        log = f"{path}/log"
        base = ["-h", "127.0.0.1", "-p", str(room.port)]

        def load():
            programs.tool(["redis-benchmark", *base, "-q", "-n", "100", "-c", "5", "-t", "set,get,lpush"])
            programs.tool(["redis-cli", *base, "bgrewriteaof"])
            wait_for(is_calm, 30)
            # Its parent takes leave of the child with the next tick of its timer.
            time.sleep(0.3)

        def is_calm():
            told = programs.tool(["redis-cli", *base, "info", "persistence"])
            return b"aof_rewrite_in_progress:0" in told and b"aof_rewrite_scheduled:0" in told

        load()
        seen = []
        for _ in range(2):
            other = start(["strace", "-f", "-o", log, "-p", str(server.pid)])
            wait_for(lambda: status_of(server.pid)["TracerPid"] != "0")
            time.sleep(0.3)
            load()
            let_go(other)
            result = run([*OURS, "-f", "names", "-i", log])
            seen.append(set(result.stdout.decode().split()))
        process = attached(server.pid, "-f", "names", "-o", f"{path}/names")
        load()
        result = let_go(process)
        ours = set(read_names(f"{path}/names") or [])
        missing = (seen[0] & seen[1]) - ours
        tap.ok(result.status == 0 and len(seen[0]) > 10 and not missing,
               "redis: what strace -f -p sees", f"missing {missing}\n{result}")
        redis.stop(room)
        finish(server)


def main():
    need(SYSPROFILE, tracee("churn"), tracee("waits"))
    tap = Tap()
    check_refusals(tap)
    check_rights(tap)
    check_short_lives(tap)
    check_endings(tap)
    check_killed(tap)
    check_who(tap)
    check_hidden(tap)
    check_waits(tap)
    check_start(tap)
    check_storm(tap)
    check_against_strace(tap)
    tap.same(left_over(), [], "no process is left")
    tap.finish()


if __name__ == "__main__":
    main()
