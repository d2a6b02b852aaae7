#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The profile file: what runs add to it, who may write it at once, and what keeps it whole. TAP."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time

from harness import ENVIRONMENT, PATIENCE, SYSPROFILE, Directory, Tap, left_over, need, run

tap = Tap()

SOURCE = os.environ.get("SYSPROFILE_SOURCE") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "..", "..")
)


def say(*arguments, **more):
    return run([SYSPROFILE, *arguments], env=ENVIRONMENT, **more)


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def names(profile):
    return sorted({call["name"] for call in profile["calls"]})


def by_name(profile, name):
    return next((call for call in profile["calls"] if call["name"] == name), None)


# --- the format ---


def check_format(directory):
    result = say("-q", "-f", "json", "-o", f"{directory}/one.json", "--", "/bin/sh", "-c",
                 "/bin/true; exec /bin/cat /etc/hostname")
    profile = load(f"{directory}/one.json")
    tap.same(result.status, 0, "-f json writes a profile")
    with open(f"{directory}/one.json", encoding="utf-8") as f:
        made = json.load(f).get("result", {})
    tap.ok(made.get("proven") is True and made["cost"] == made["bound"] > 0 and made["allow"]
           and made["style"] == "groups" and made["headroom"],
           "-f json tells what was made of it", result)
    joined = run([SYSPROFILE, "merge", f"{directory}/one.json"])
    tap.ok("result" not in json.loads(joined.stdout), "a profile that was read has no result", joined)
    listed = say("-q", "-f", "names", "--", "/bin/sh", "-c", "/bin/true; exec /bin/cat /etc/hostname")
    said = [line for line in listed.stdout.decode().splitlines()
            if re.fullmatch(r"[a-z0-9_]+", line)]
    tap.ok(set(names(profile)) <= set(said) and len(names(profile)) > 20,
           "it has the calls of -f names", (names(profile), said))
    one = profile["runs"][0]
    tap.same(len(profile["runs"]), 1, "it has one run")
    tap.same(one["program"]["argv"][:2], ["/bin/sh", "-c"], "its command")
    tap.same(one["program"]["exe"], os.path.realpath("/bin/sh"), "its program")
    notes = subprocess.run(["readelf", "-n", one["program"]["exe"]], stdout=subprocess.PIPE,
                           check=True).stdout.decode()
    tap.ok(f"Build ID: {one['program']['build_id']}" in notes, "its build id, as readelf has it")
    tap.same((one["host"]["kernel"], one["host"]["machine"]), (os.uname().release,
             os.uname().machine), "its host")
    tap.ok(one["processes"] == 2 and one["threads"] == 0 and one["startup_seen"],
           "its processes", one)
    tap.ok(abs(one["start_usec"] / 1e6 - time.time()) < 60 * PATIENCE, "its start")
    exes = {exe for call in profile["calls"] for exe in call["counts"]}
    tap.same(exes, {os.path.realpath(p) for p in ("/bin/sh", "/bin/true", "/bin/cat")},
             "the programs that made the calls")
    tap.ok(all(call["count"] == sum(sum(v[1::2]) for v in call["counts"].values())
               for call in profile["calls"]), "counts add up")
    tap.ok(all(call["first"]["comm"] and call["last"]["comm"] for call in profile["calls"]),
           "first and last sightings have names")


def members_of(value, found):
    """Names of all members below value but for those of counts, which are programs."""
    if isinstance(value, dict):
        for name, member in value.items():
            found.add(name)
            if name != "counts":
                members_of(member, found)
    elif isinstance(value, list):
        for item in value:
            members_of(item, found)
    return found


def check_manual(directory):
    with open(os.path.join(SOURCE, "man", "sysprofile-profile.5"), encoding="utf-8") as f:
        manual = f.read()
    told = set(re.findall(r"\b[a-z_]+\b", " ".join(re.findall(r"^\.(?:It )?Cm (.*)$", manual,
                                                            re.MULTILINE))))
    written = members_of(load(f"{directory}/one.json"), set())
    tap.same(sorted(written - told), [], "sysprofile-profile(5) tells each member that is written")
    tap.ok("version" in written and "time_usec" in written, "members were found", written)


# --- adding ---


def check_adding(directory):
    path = f"{directory}/add.json"
    result = say("-q", "-o", "/dev/null", "-P", path, "--", "/bin/true")
    first = load(path)
    tap.same((result.status, len(first["runs"])), (0, 1), "-P makes a new file")
    tap.same(stat.S_IMODE(os.stat(path).st_mode) & 0o133, 0, "which is no program")
    result = say("-f", "names", "-P", path, "--", "/bin/cat", "/etc/hostname")
    both = load(path)
    tap.same(len(both["runs"]), 2, "the next run is added")
    new = len(both["calls"]) - len(first["calls"])
    tap.ok(f"add.json: {len(first['calls'])} calls of 1 earlier run, and {new} new ones" in
           result.stderr.decode(), "and the summary tells how many of its calls are new", result)
    host = open("/etc/hostname", "rb").read()
    listed = result.stdout[len(host):].decode().split()
    tap.same(sorted(listed), names(both), "the result is of both")
    tap.ok(set(names(first)) < set(names(both)), "and has more than before")
    if both["runs"][1]["engine"] == "ptrace with seccomp":
        read, lseek = by_name(both, "mmap"), by_name(both, "fadvise64")
        tap.same((read["lower_bound"], lseek["lower_bound"]), (True, False),
                 "counts of what passed are lower bounds")
        tap.ok(read["count"] == by_name(first, "mmap")["count"], "since it was not counted")
        tap.same(by_name(both, "execve")["lower_bound"], False, "what must be seen is counted")
    else:
        tap.skip("what passes", "the seccomp engine cannot be used here")
    result = say("-q", "-o", "/dev/null", "-P", path, "--no-seccomp", "--", "/bin/cat",
                 "/etc/hostname")
    three = load(path)
    tap.ok(by_name(three, "mmap")["count"] > by_name(both, "mmap")["count"],
           "with --no-seccomp all is counted", result)
    tap.same(names(three), names(both), "a run of the same shows nothing new")
    with open(path, "r+", encoding="utf-8") as f:
        text = f.read().replace('"version": 1,', '"version": 1, "note": ["kept", 1.5],', 1)
        f.seek(0)
        f.write(text)
    say("-q", "-o", "/dev/null", "-P", path, "--", "/bin/true")
    tap.same(load(path).get("note"), ["kept", 1.5], "members that are not known survive")
    with open(f"{directory}/empty.json", "w", encoding="utf-8"):
        pass
    result = say("-q", "-o", "/dev/null", "-P", f"{directory}/empty.json", "--", "/bin/true")
    tap.same(result.status, 0, "an empty file is a new one")
    tap.same(len(load(f"{directory}/empty.json")["runs"]), 1, "and is filled")


def check_assumed(directory):
    path = f"{directory}/assumed.json"
    say("-q", "-o", "/dev/null", "-P", path, "--assume=reboot", "--", "/bin/true")
    tap.same(by_name(load(path), "reboot")["origin"], ["assumed"], "--assume is kept as that")
    result = say("-s", "exact", "-P", path, "--", "/bin/true")
    tap.ok(re.search(rb"^SystemCallFilter=.*\breboot\b", result.stdout, re.MULTILINE),
           "and holds in the next run", result)
    result = say("-q", "-f", "names", "-P", path, "--", "/bin/true")
    tap.ok(b"reboot" not in result.stdout.split(), "but does not count as seen", result)


# --- many at once ---


def check_at_once(directory):
    path = f"{directory}/many.json"
    commands = [["/bin/true"], ["/bin/cat", "/etc/hostname"], ["/bin/ls", "-l", "/"],
                ["/bin/date"], ["/bin/df"], ["/usr/bin/id"], ["/bin/uname", "-a"], ["/bin/sync"]]
    started = [subprocess.Popen([SYSPROFILE, "-q", "-o", "/dev/null", "-P", path, "--", *command],
                                env=ENVIRONMENT, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE) for command in commands * 2]
    said = [(process.communicate(timeout=60 * PATIENCE)[1], process.returncode)
            for process in started]
    tap.ok(all(status == 0 for _, status in said), "sixteen runs share a file", said)
    profile = load(path)
    tap.same(len(profile["runs"]), len(started), "no run is lost")
    tap.ok({"sync", "uname", "statfs", "getdents64"} <= set(names(profile)), "and no call")
    tap.same([name for name in os.listdir(directory) if name.startswith(".sysprofile")], [],
             "nothing else is left")


def wait_for(what, seconds):
    end = time.monotonic() + seconds * PATIENCE
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def check_killed(directory):
    path = f"{directory}/killed.json"
    tracer = subprocess.Popen([SYSPROFILE, "-q", "-o", "/dev/null", "-P", path, "--", "/bin/sh",
                               "-c", "while :; do sleep 0.2; done"], env=ENVIRONMENT)
    tap.ok(wait_for(lambda: os.path.exists(path), 20), "the file is written while it goes on")
    tracer.send_signal(signal.SIGKILL)
    tracer.wait()
    profile = load(path)
    tap.ok("clone" in names(profile) or "vfork" in names(profile), "a killed tracer leaves it")
    tap.ok(profile["runs"][0]["duration_usec"] >= 9000000, "ten seconds of the run", profile["runs"])
    left_over()


def killed_at(call, when, path):
    """One that adds to path and dies at a call of its own."""
    return run(["strace", "-o", "/dev/null", "-e", f"inject={call}:signal=SIGKILL:when={when}",
                SYSPROFILE, "-q", "-o", "/dev/null", "-P", path, "--", "/bin/ls"],
               env=ENVIRONMENT)


def check_killed_at_points(directory):
    path = f"{directory}/points.json"
    say("-q", "-o", "/dev/null", "-P", path, "--", "/bin/true")
    died = broken = 0
    known = {run["id"] for run in load(path)["runs"]}
    for call in ("flock", "openat", "read", "write", "fsync", "rename", "fchmod", "close",
                 "newfstatat", "munmap"):
        for when in (1, 2, 3, 5, 8, 13, 21, 34, 55):
            result = killed_at(call, when, path)
            died += result.status != 0
            try:
                found = {run["id"] for run in load(path)["runs"]}
                # Whoever ended well is in it, and whoever was before.
                broken += not known <= found or (result.status == 0 and known == found)
                known = found
            except (OSError, ValueError):
                broken += 1
    tap.ok(died > 20, "SIGKILL came at many points", died)
    tap.same(broken, 0, "and after each the file was whole, with all runs of before")
    died = broken = 0
    for call, when in (("renameat2", 1), ("fsync", 1), ("write", 1), ("write", 2)):
        fresh = f"{directory}/fresh-{call}-{when}.json"
        died += killed_at(call, when, fresh).status != 0
        if os.path.exists(fresh):
            try:
                broken += not load(fresh)["runs"]
            except ValueError:
                broken += 1
    tap.ok(died >= 3 and broken == 0, "nor is a new file ever a part of one", (died, broken))
    left_over()


def check_lost_permission(directory):
    """Who may not write the file any more says so before the run, or rescues it behind it."""
    if os.geteuid() != 0:
        tap.skip("lost permissions", "needs root to become another user")
        return
    os.chmod(directory, 0o755)
    room = f"{directory}/room"
    os.mkdir(room)
    os.chown(room, 65534, 65534)
    path = f"{room}/p.json"
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", SYSPROFILE, "-q",
               "-o", "/dev/null", "-P", path, "--no-seccomp", "--"]  # fmt: skip
    environment = {**ENVIRONMENT, "TMPDIR": room, "HOME": room}
    result = run([*command, "true"], env=environment)
    tap.ok(result.status == 0 and load(path)["runs"], "a user's own profile is written", result)
    before = open(path, "rb").read()
    os.chown(path, 0, 0)
    os.chmod(path, 0o600)
    result = run([*command, "true"], env=environment)
    tap.ok(result.status == 125 and b"p.json: Permission denied" in result.stderr,
           "a profile that one may not read is refused before the run", result)
    os.chown(path, 65534, 65534)
    with subprocess.Popen([*command, "sh", "-c", "echo up; sleep 1"], env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        os.chown(room, 0, 0)
        os.chmod(room, 0o555)
        _, said = process.communicate(timeout=60)
    tap.ok(process.returncode == 125 and b"p.json" in said and open(path, "rb").read() == before,
           "where the permission goes in the run, the file stays as it was", said)


# --- what goes wrong ---


def check_refused(directory):
    cases = (
        ("newer", b'{"sysprofile": "profile", "version": 7, "runs": [], "calls": []}',
         r"newer:1:38: a newer sysprofile wrote it"),
        ("broken", b'{"sysprofile": "profile",\n "version": 1,,', r"broken:2:\d+: "),
        ("other", b'{"a": 1}', r"other:1:1: this is no profile"),
        ("text", b"read\nwrite\n", r"text:1:\d+: "),
        ("binary", bytes(range(256)) * 40, r"binary:1:\d+: "),
        ("deep", b"[" * 100000, r"deep:1:\d+: .*depth"),
        ("wrong", b'{"sysprofile": "profile", "version": 1, "runs": [], "calls": [\n'
         b'{"abi": "x86-64", "number": "0"}]}', r"wrong:2:29: .number. is not an integer"),
    )
    os.mkfifo(f"{directory}/pipe")
    for path in (f"{directory}/pipe", "/dev/null", "/dev/full"):
        result = say("-q", "-P", path, "--", "/bin/echo", "ran", timeout=20)
        tap.ok(result.status == 125 and b"ran" not in result.stdout
               and f"the profile to {path}: it is not a regular file".encode() in result.stderr,
               f"-P {os.path.basename(path)} is refused before the run", result)
    for name, text, words in cases:
        path = f"{directory}/{name}"
        with open(path, "wb") as f:
            f.write(text)
        result = say("-o", f"{directory}/result", "-P", path, "--", "/bin/touch",
                     f"{directory}/mark")
        lines = result.stderr.decode(errors="replace").splitlines()
        tap.ok(result.status == 125 and len(lines) == 1 and re.search(words, lines[0]),
               f"a profile that is {name} is refused", result)
        with open(path, "rb") as f:
            tap.ok(f.read() == text, f"and stays as it was: {name}")
    huge = f"{directory}/huge"
    with open(huge, "wb") as f:
        f.truncate(1 << 32)
    for path, words in ((huge, r"more than 256 MiB"), (directory, r"directory"),
                        (f"{directory}/no/such", r"does not exist"),
                        (f"{directory}/text/below", r"text/below")):
        result = say("-P", path, "--", "/bin/touch", f"{directory}/mark")
        tap.ok(result.status == 125 and re.search(words, result.stderr.decode()),
               f"-P {os.path.basename(path)} is refused", result)
    tap.ok(not os.path.exists(f"{directory}/mark"), "and nothing was run")
    os.unlink(huge)


def mounted(directory, options):
    os.makedirs(directory, exist_ok=True)
    return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", directory],
                          stderr=subprocess.DEVNULL, check=False).returncode == 0


def check_full_disk(directory):
    """The last page goes to somebody else while the command runs."""
    disk = f"{directory}/disk"
    if not mounted(disk, "size=64k"):
        tap.skip("a full disk", "tmpfs cannot be mounted")
        return
    try:
        path = f"{disk}/p.json"
        say("-q", "-o", "/dev/null", "-P", path, "--", "/bin/true")
        before = open(path, "rb").read()
        result = say("-q", "-o", "/dev/null", "-P", path, "--", "/bin/sh", "-c",
                     f"cat /dev/zero >{disk}/zeros 2>/dev/null; exit 0")
        words = result.stderr.decode()
        tap.ok(result.status == 125 and "No space left" in words, "a full disk is told", result)
        tap.ok(open(path, "rb").read() == before, "what was there stays")
        found = re.search(r"it is in (\S+) instead", words)
        rescued = load(found[1]) if found else {"runs": []}
        tap.same(len(rescued["runs"]), 2, "and the profile is saved elsewhere")
        if found:
            os.unlink(found[1])
        tap.same(sorted(os.listdir(disk)), ["p.json", "zeros"], "nothing is left behind")
    finally:
        subprocess.run(["umount", disk], check=True)


def check_read_only(directory):
    disk = f"{directory}/read-only"
    if not mounted(disk, "size=1m"):
        tap.skip("a read-only file system", "tmpfs cannot be mounted")
        return
    try:
        path = f"{disk}/p.json"
        say("-q", "-o", "/dev/null", "-P", path, "--", "/bin/true")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        result = say("-q", "-P", path, "--", "/bin/touch", f"{directory}/mark")
        tap.ok(result.status == 125 and b"read-only" in result.stderr and
               not os.path.exists(f"{directory}/mark"),
               "a read-only file system is told before the run", result)
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        result = say("-q", "-o", "/dev/null", "-P", path, "--", "/bin/mount", "-o", "remount,ro",
                     disk)
        found = re.search(r"it is in (\S+) instead", result.stderr.decode())
        tap.ok(result.status == 125 and found and len(load(found[1])["runs"]) == 2,
               "one that becomes that loses nothing", result)
        if found:
            os.unlink(found[1])
    finally:
        subprocess.run(["umount", disk], check=True)


def check_locked(directory):
    path = f"{directory}/locked.json"
    say("-q", "-o", "/dev/null", "-P", path, "--", "/bin/true")
    holder = subprocess.Popen(["flock", path, "sleep", "2"])
    time.sleep(0.3)
    result = say("-q", "-o", "/dev/null", "-P", path, "--", "/bin/true")
    tap.ok(result.status == 0 and len(load(path)["runs"]) == 2, "a lock is waited for", result)
    holder.wait()


SERVER = """
import os, signal, socket, sys
def reload(*_): os.getpgid(0)
def rotate(*_): os.getsid(0)
def stop(*_): os.sync(); sys.exit(0)
signal.signal(signal.SIGHUP, reload)
signal.signal(signal.SIGUSR1, rotate)
signal.signal(signal.SIGTERM, stop)
s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); s.settimeout(0.2)
if os.fork() == 0: os.getpriority(os.PRIO_PROCESS, 0); os._exit(0)
os.wait()
n = 0
while True:
    try: s.accept()
    except TimeoutError: n += 1
    if n == 1: os.uname()
    if n == 3 and '--signals' in sys.argv: os.kill(os.getpid(), signal.SIGHUP)
    if n == 5 and '--signals' in sys.argv: os.kill(os.getpid(), signal.SIGUSR1)
"""
PYTHON = os.path.realpath(sys.executable)


def phases_of(path):
    profile = load(path)
    return {name: by_name(profile, name)["first"]["phase"]
            for name in ("listen", "getpriority", "uname", "getpgid", "getsid", "sync")
            if by_name(profile, name)}


def check_phases(directory):
    for engine in ([], ["--no-seccomp"]):
        path = f"{directory}/phases{len(engine)}.json"
        result = say("-o", "/dev/null", "-P", path, "-d", "2", *engine, "--", PYTHON, "-c", SERVER,
                     "--signals")
        name = "with ptrace alone" if engine else "by default"
        tap.same(phases_of(path), {"listen": "start", "getpriority": "start", "uname": "serving",
                                   "getpgid": "reload", "getsid": "reload", "sync": "stop"},
                 f"phases are told apart, {name}")
        tap.ok(result.status == 0 and b"seen: start, serving, reload, rotation, stop\n" in
               result.stderr, "and so says the summary", result)
        tap.same(load(path)["runs"][0]["exercised"],
                 ["start", "serving", "reload", "rotation", "stop"], "and the profile")


def check_completeness(directory):
    path = f"{directory}/complete.json"
    result = say("-o", "/dev/null", "-P", path, "-d", "10.5", "--", PYTHON, "-c", SERVER)
    words, one = result.stderr.decode(), load(path)["runs"][0]
    tap.ok("seen: start, serving, stop; not seen: reload (SIGHUP), rotation (SIGUSR1)" in words,
           "what was not seen is told", words)
    tap.ok(re.search(r"in one process only, of 2: .*\d+ more", words) and
           re.search(r"within one second only: ", words), "and what came once", words)
    plot = re.findall(r"^sysprofile: {2,}(\d+|) +\|(.{50})$", words, re.MULTILINE)
    tap.ok(len(plot) == 5 and all(sum(row[c] == "*" for _, row in plot) == 1 for c in range(50)),
           "the curve has one point for each time", words)
    heights = [next(4 - i for i, (_, row) in enumerate(plot) if row[c] == "*") for c in range(50)]
    tap.ok(heights == sorted(heights) and heights[-1] == 4, "and never falls", heights)
    seen = {call["number"]: call["first"]["time_usec"] for call in load(path)["calls"]}
    times, counts = one["curve"][::2], one["curve"][1::2]
    tap.ok(times == sorted(set(seen.values())) and counts[-1] == len(seen) and
           counts == [sum(t <= at for t in seen.values()) for at in times],
           "as data it is when each call came", one)
    tap.ok(re.search(rf"\b{one['calls_since_new']} calls? w(as|ere) made since", words),
           "with the calls since the last new one", words)


def check_warm_up(directory):
    """Each run leaves a line, and tells how it found signals and standard input."""
    path, log = f"{directory}/warm.json", f"{directory}/warm.log"
    script = (f"import sys, time, re; s = open('/proc/self/status').read();"
              f"ign = re.findall('Sig(?:Ign|Blk|Cgt):.*', s);"
              f"print(ign, sys.stdin.readline(), file=open({log!r}, 'a'))\n"
              "while True: time.sleep(0.05)")
    with open(f"{directory}/words", "wb") as f:
        f.write(b"one\ntwo\n")
    with open(f"{directory}/words", "rb") as words:
        result = say("-o", f"{directory}/warm.conf", "-P", path, "--warm-up=1", "-d", "1.5", "--",
                     PYTHON, "-c", script, stdin=words)
    profile = load(path)
    tap.ok(result.status == 0 and len(profile["runs"]) == 2, "--warm-up makes two runs", result)
    first, second = profile["runs"]
    tap.ok(first["duration_usec"] >= 1000000 and second["duration_usec"] >= 1500000 and
           first["start_usec"] + first["duration_usec"] <= second["start_usec"],
           "one after the other", profile["runs"])
    lines = open(log, encoding="utf-8").read().split("\n")
    tap.ok(len(lines) >= 2 and lines[0].split("]")[0] == lines[2].split("]")[0],
           "the second finds signals as the first did", lines)
    tap.ok("one" in lines[0] and "one" not in lines[2], "and the same standard input", lines)
    if second["engine"] == "ptrace with seccomp":
        sleep = [c for c in profile["calls"] if c["name"] in ("clock_nanosleep", "select",
                                                              "pselect6")]
        counts = [n for c in sleep for v in c["counts"].values() for n in v[::2]]
        tap.ok(sleep and set(counts) == {0}, "what the first showed passes in the second", sleep)
    else:
        tap.skip("what passes", "the seccomp engine cannot be used here")
    tap.ok(os.path.exists(f"{directory}/warm.conf") and b"started again" in result.stderr,
           "one result is written", result)
    result = say("-q", "-o", "/dev/null", "-P", path, "--warm-up=20", "--", "/bin/sh", "-c", "exit 3")
    tap.ok(result.status == 3 and len(load(path)["runs"]) == 3,
           "a command that ends meanwhile is not started again", result)
    tracer = subprocess.Popen([SYSPROFILE, "-q", "-o", "/dev/null", "-P", path, "--warm-up=60",
                               "--", "/bin/sleep", "100"], env=ENVIRONMENT)
    time.sleep(1)
    tracer.send_signal(signal.SIGTERM)
    tap.same((tracer.wait(timeout=20 * PATIENCE), len(load(path)["runs"])), (0, 4),
             "nor one whose end was asked for")


def main():
    need()
    with Directory() as directory:
        check_format(directory)
        check_manual(directory)
        check_adding(directory)
        check_assumed(directory)
        check_at_once(directory)
        check_killed(directory)
        check_killed_at_points(directory)
        check_refused(directory)
        check_full_disk(directory)
        check_read_only(directory)
        check_lost_permission(directory)
        check_locked(directory)
        check_phases(directory)
        check_completeness(directory)
        check_warm_up(directory)
    tap.same(left_over(), [], "nothing is left running")
    tap.finish()


if __name__ == "__main__":
    main()
