#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Saved profiles and logs where a run could be: -i, -P with -i, verify -i, explain --needs. TAP."""

import gzip
import json
import os
import re
import subprocess
import sys

from harness import ENVIRONMENT, SYSPROFILE, Directory, Tap, left_over, need, run

tap = Tap()
# An strace log of a program that is nowhere; with times since the epoch.
LOG = """\
100 1700000000.000000 execve("/opt/one", ["one"], 0x7ffd /* 2 vars */) = 0
100 1700000000.100000 openat(AT_FDCWD, "/etc/x", O_RDONLY) = 3
100 1700000000.200000 read(3, "", 10) = 0
100 1700000001.500000 exit_group(0) = ?
100 1700000001.500000 +++ exited with 0 +++
"""
OTHER = LOG.replace("/opt/one", "/opt/two").replace("read(3", "getrandom(3")
AUDIT = (
    "type=SECCOMP msg=audit(1700000100.123:456): auid=0 uid=0 gid=0 ses=1 pid=77 comm=\"one\" "
    "exe=\"/opt/one\" sig=31 arch=c000003e syscall=165 compat=0 ip=0x7f code=0x80000000\n"
)


def say(*arguments, stdin=b"", timeout=30):
    return run([SYSPROFILE, *arguments], env=ENVIRONMENT, stdin=stdin, timeout=timeout)


def write(path, text):
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return path


def read(path):
    with open(path, "rb") as f:
        return f.read()


def load(path):
    return json.loads(read(path))


def record(directory, name, *command):
    path = f"{directory}/{name}.json"
    result = say("-q", "-P", path, "-o", "/dev/null", "--", *command)
    tap.same(result.status, 0, f"a profile of {command[0]}")
    return path


def names(*arguments):
    result = say("-q", "-f", "names", *arguments)
    return set(result.stdout.decode().split())


def check_profile(directory):
    """-i PROFILE is the way to another result of the same runs."""
    path = record(directory, "ls", "/bin/ls", "/")
    before = read(path)
    seen = {call["name"] for call in load(path)["calls"]}
    tap.same(names("-i", path), seen, "-i of a profile has its calls")
    tap.same(say("-q", "-i", "-", "-f", "names", stdin=before).stdout.decode().split(),
             sorted(seen), "as it has from stdin")
    write(f"{directory}/ls.json.gz", gzip.compress(before))
    tap.same(names("-i", f"{directory}/ls.json.gz"), seen, "and compressed")
    again = say("-i", path, "-f", "json")
    got = json.loads(again.stdout)
    got.pop("result")
    tap.same(got, json.loads(before), "-f json gives it back: runs, hosts, times and who was first")
    for arguments, wanted in [(["-s", "exact"], "SystemCallFilter="),
                              (["-s", "deny"], "SystemCallFilter=~"),
                              (["--systemd=257", "--action=kill"], "for systemd 257"),
                              (["-f", "oci"], "defaultAction")]:
        result = say("-i", path, *arguments)
        tap.ok(result.status == 0 and wanted in result.stdout.decode(),
               f"another result: {' '.join(arguments)}", result)
    words = again.stderr.decode()
    tap.ok(re.search(rf"^sysprofile: {len(seen)} system calls imported from \S+ls.json "
                     r"\(profile\), \d+ times, of 1 process in", words), "the summary names it",
           words)
    tap.ok("seen: start; not seen: serving" in words, "and says what was exercised", words)
    tap.same(read(path), before, "the file itself is as it was")
    ours = say("-q", "-s", "exact", "-i", path).stdout.decode().splitlines()
    theirs = say("-q", "-s", "exact", "-i", write(f"{directory}/names.log", "".join(
        f"1 {name}(1) = 0\n" for name in sorted(seen)))).stdout.decode().splitlines()
    tap.same([line for line in ours if not line.startswith("#")],
             [line for line in theirs if not line.startswith("#")],
             "the filter is that of a log with the same calls")


def check_provenance(directory):
    """What is assumed stays assumed, and warnings of a run are warnings of the result."""
    path = f"{directory}/assumed.json"
    say("-q", "-P", path, "-o", "/dev/null", "--assume=mount", "--", "/bin/true")
    result = say("-i", path, "-f", "json")
    origins = {call["name"]: call["origin"] for call in json.loads(result.stdout)["calls"]}
    tap.same((origins["mount"], origins["execve"]), (["assumed"], ["seen"]),
             "-i keeps assumed and seen apart")
    text = say("-q", "-i", path).stdout.decode()
    tap.ok(re.search(r"Assumed.*\n?.*mount", text), "the drop-in says what was assumed", text)
    profile = load(path)
    profile["runs"][0]["warnings"] = ["the moon was full"]
    write(path, json.dumps(profile))
    text = say("-q", "-i", path).stdout.decode()
    tap.ok("# Warning: the moon was full" in text, "warnings of its runs stand in the drop-in", text)


def check_mixed(directory):
    """Formats of all kinds at once."""
    profile = record(directory, "true", "/bin/true")
    log = write(f"{directory}/one.log", LOG)
    audit = write(f"{directory}/audit.log", AUDIT)
    oci = write(f"{directory}/oci.json", json.dumps({
        "defaultAction": "SCMP_ACT_ERRNO",
        "syscalls": [{"names": ["chroot"], "action": "SCMP_ACT_ALLOW"}]}))
    want = names("-i", profile) | {"execve", "openat", "read", "exit_group", "mount", "chroot"}
    tap.same(names("-i", profile, log, audit, oci), want, "a profile, a log, audit records, OCI")
    result = say("-i", log, "-i", profile, "-i", audit, "-f", "json")
    origins = {call["name"]: call["origin"] for call in json.loads(result.stdout)["calls"]}
    tap.same(origins["mount"], ["imported"], "what a log had is imported")
    tap.same(origins["execve"], ["seen", "imported"], "and what both had is both")
    tap.ok(b"3 files, the first of them" in result.stderr, "the summary counts files", result)
    tap.ok(b"audit records have only" not in result.stderr, "audit records were not alone", result)
    only = say("-i", audit, "-P", f"{directory}/only.json", "-o", "/dev/null")
    tap.ok(b"audit records have only" in only.stderr, "alone they warn", only)
    for paths, wanted in [([f"{directory}/only.json"], True),
                          ([f"{directory}/only.json", log], False)]:
        result = say("-i", *paths)
        tap.same(b"audit records have only" in result.stderr, wanted,
                 f"a profile of such warns {'too' if wanted else 'not, beside a log'}")


def check_adding(directory):
    """-P with -i: what is read is added to the file, once."""
    path = f"{directory}/all.json"
    log = write(f"{directory}/one.log", LOG)
    result = say("-i", log, "-P", path)
    tap.ok(result.status == 0 and b"0 calls of 0 earlier runs, and 4 new ones" in result.stderr,
           "a log makes a profile", result)
    first = read(path)
    runs = load(path)["runs"]
    tap.same((runs[0]["source"], runs[0]["startup_seen"], runs[0]["start_usec"],
              runs[0]["duration_usec"]), ("import", True, 1700000000000000, 1500000),
             "with a run that says when the log began")
    tap.same({call["name"]: (call["first"]["comm"], call["last"]["comm"])
              for call in load(path)["calls"] if call["name"] != "execve"},
             {name: ("one", "one") for name in ("openat", "read", "exit_group")},
             "and with who was first and last")
    for name, text in [("again", LOG.encode()), ("packed", gzip.compress(LOG.encode()))]:
        say("-q", "-i", write(f"{directory}/{name}.log", text), "-P", path, "-o", "/dev/null")
        tap.same(read(path), first, f"the same log {name} changes nothing")
    say("-q", "-i", log, "-i", write(f"{directory}/two.log", OTHER), "-P", path, "-o", "/dev/null")
    tap.same(len(load(path)["runs"]), 2, "another log is another run")
    counts = {call["name"]: call["count"] for call in load(path)["calls"]}
    tap.same(counts, {"execve": 2, "openat": 2, "read": 1, "getrandom": 1, "exit_group": 2},
             "each log counts once")
    result = say("-i", log, "-P", path)
    tap.ok(re.search(rb"5 system calls imported from \S+all.json \(profile\) and \S+one.log \(strace",
                     result.stdout), "the result is of all that is known", result)
    both, one, two = (f"{directory}/{name}.json" for name in ("both", "a", "b"))
    say("-q", "-i", log, "-P", one, "-o", "/dev/null")
    say("-q", "-i", f"{directory}/two.log", "-P", two, "-o", "/dev/null")
    say("-q", "merge", "-o", both, one, two, path)
    tap.same(read(both), read(path), "merge knows a log again, wherever it was read")
    say("-q", "-i", one, two, "-P", f"{directory}/c.json", "-o", "/dev/null")
    tap.same(read(f"{directory}/c.json"), read(both), "-i of profiles with -P is merge")
    say("-q", "-i", log, "-P", f"{directory}/d.json", "--assume=mount", "-o", "/dev/null")
    tap.same([call["origin"] for call in load(f"{directory}/d.json")["calls"]
              if call["name"] == "mount"], [["assumed"]], "--assume is kept")


def check_tasks(directory):
    """Files of strace -ff are one run."""
    write(f"{directory}/ff.100", LOG.replace("100 17", "17"))
    write(f"{directory}/ff.101", "1700000000.3 sync() = 0\n1700000000.4 +++ exited with 0 +++\n")
    path = f"{directory}/ff.json"
    for order in (["100", "101"], ["101", "100"]):
        say("-q", "-i", *(f"{directory}/ff.{task}" for task in order), "-P", path, "-o", "/dev/null")
    tap.same(len(load(path)["runs"]), 1, "the files of strace -ff are one run, in any order")


def check_two_at_once(directory):
    """Who holds the lock is waited for, and nothing is lost."""
    path = f"{directory}/shared.json"
    children = []
    for i in range(8):
        log = write(f"{directory}/{i}.log", LOG.replace("/opt/one", f"/opt/{i}"))
        children.append(subprocess.Popen([SYSPROFILE, "-q", "-i", log, "-P", path, "-o",
                                          "/dev/null"], env=ENVIRONMENT))
    tap.same([child.wait(60) for child in children], [0] * 8, "eight add to one file at once")
    tap.same(len(load(path)["runs"]), 8, "and nothing is lost")


def check_damage(directory):
    path = record(directory, "whole", "/bin/true")
    text = read(path)
    cut = write(f"{directory}/cut.json", text[:700])
    newer = write(f"{directory}/newer.json", text.replace(b'"version": 1', b'"version": 2'))
    wrong = write(f"{directory}/wrong.json", text.replace(b'"calls"', b'"cells"'))
    kept = write(f"{directory}/kept.json", text)
    log = write(f"{directory}/one.log", LOG)
    for arguments, wanted in [
            (["-i", cut], r"cut\.json:\d+:\d+: "),
            (["-i", newer], r"newer\.json:1:\d+: a newer sysprofile wrote it"),
            (["-i", wrong], r"wrong\.json:\d+:\d+: .*calls"),
            (["-i", log, cut], r"cut\.json:\d+:\d+: "),
            (["-i", log, "-P", newer], r"newer\.json:1:\d+: a newer"),
            (["-i", cut, "-P", kept], r"cut\.json:\d+:\d+: "),
            (["-i", path, "--comm=true"], r"it is a profile, which does not keep who made every"),
            (["-i", path, "-P", f"{directory}/no/where.json"], r"no/where\.json"),
            (["-i", write(f"{directory}/some.json", '{"a": 1}')], r"no profile of sysprofile"),
    ]:
        result = say(*arguments)
        tap.ok(result.status == 125 and not result.stdout
               and re.search(wanted, result.stderr.decode()), f"refused: {' '.join(arguments)}",
               result)
    tap.same(read(kept), text, "what was there is untouched")
    tap.same(read(newer).count(b'"version": 2'), 1, "and so is the newer one")


def check_full(directory):
    """What cannot be written is saved elsewhere, and the result is delivered."""
    if os.geteuid() != 0:
        tap.skip("a full disk", "needs root")
        return
    where = f"{directory}/full"
    os.mkdir(where)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", where],
                      check=False).returncode:
        tap.skip("a full disk", "no tmpfs can be mounted")
        return
    try:
        write(f"{where}/p.json", b"")
        write(f"{where}/filler", b"x" * 12288)
        log = write(f"{directory}/many.log", "".join(
            LOG.replace("100 1", f"{pid} 1").replace("/opt/one", f"/opt/{pid}")
            for pid in range(100, 200)))
        result = say("-i", log, "-P", f"{where}/p.json")
        tap.ok(result.status == 125 and b"SystemCallFilter=" in result.stdout,
               "on a full disk there is a result", result)
        saved = re.search(rb"it is in (\S+) instead", result.stderr)
        tap.ok(saved, "and the profile is elsewhere", result)
        if saved:
            tap.same(len(load(saved[1].decode())["runs"]), 1, "where it is whole")
            os.unlink(saved[1].decode())
        tap.same(read(f"{where}/p.json"), b"", "the file itself is as it was")
    finally:
        subprocess.run(["umount", where], check=True)


def check_verify(directory):
    """verify -i: no command, but what was recorded."""
    log = write(f"{directory}/one.log", LOG)
    profile = record(directory, "sh", "/bin/sh", "-c", "/bin/ls / >/dev/null; /bin/true")
    good = write(f"{directory}/good.conf", say("-q", "-i", profile, log).stdout)
    bad = write(f"{directory}/bad.conf", "[Service]\nSystemCallFilter=@system-service\n"
                "SystemCallFilter=~openat\nSystemCallErrorNumber=EPERM\n")
    result = say("verify", good, "-i", profile, "-i", log)
    tap.ok(result.status == 0 and not result.stdout, "what was written allows what was recorded",
           result)
    result = say("verify", bad, "-i", profile, "-i", log)
    lines = result.stdout.decode()
    count = {}
    for call in load(profile)["calls"]:
        if call["name"] == "openat":
            count = {exe: sum(pairs[1::2]) for exe, pairs in call["counts"].items()}
    tap.same(result.status, 1, "a filter that refuses something does not hold")
    tap.ok(re.search(rf"^openat: refused with EPERM, because of openat \({bad}:3\)$", lines,
                     re.MULTILINE), "each refused call with the word to blame", lines)
    tap.ok(all(f"    {n} time{'s' if n > 1 else ''} by {exe} in 1 run\n" in lines
               for exe, n in {**count, "/opt/one": 1}.items()) and len(count) > 1,
           "with who made it, and how often", lines)
    tap.ok(re.search(r"^    first 2023-11-14 22:13:20 UTC, 0\.1 s into a run, by \S+ \(pid 100, "
                     r"/opt/one\)$", lines, re.MULTILINE), "and who was first, and when", lines)
    got = json.loads(say("verify", bad, "-i", profile, "-i", log, "-f", "json").stdout)
    tap.same((got["holds"], got["runs"], [call["call"] for call in got["refused"]]),
             (False, 2, ["openat"]), "the same in JSON")
    tap.same({maker["exe"]: maker["count"] for maker in got["refused"][0]["by"]},
             {**count, "/opt/one": 1}, "with all who made it")
    foreign = load(profile)
    for call in foreign["calls"]:
        call["abi"] = "x86"
    path = write(f"{directory}/foreign.json", json.dumps({**foreign, "calls": [
        {**call, "number": 5, "name": "open"} for call in foreign["calls"] if call["name"] == "openat"
    ]}))
    native = write(f"{directory}/native.conf", "[Service]\nSystemCallArchitectures=native\n"
                   "SystemCallFilter=@system-service\n")
    result = say("verify", native, "-i", path)
    tap.ok(result.status == 1 and b"x86:open: " in result.stdout,
           "a call of another ABI is judged by that ABI", result)
    say("-q", "-i", log, "-P", f"{directory}/assumed.json", "--assume=mount", "-o", "/dev/null")
    result = say("verify", bad.replace("bad", "good"), "-i", f"{directory}/assumed.json")
    tap.ok(b"mount" not in result.stdout, "what was only assumed was not made", result)
    for arguments, status, wanted in [
            (["verify", good, "-i", profile, "--", "/bin/true"], 2, "not at both"),
            (["verify", good], 2, "verify FILE... -i PROFILE"),
            (["verify", "-i", profile], 2, "no file to verify"),
            (["verify", good, "-i", profile, "--enforce"], 2, "--enforce has no meaning with --input"),
            (["verify", good, "-i", profile, "-d", "5"], 2, "--duration has no meaning with"),
            (["verify", good, "-i", write(f"{directory}/cut.json", read(profile)[:700])], 125,
             r"cut\.json:\d+:\d+: "),
    ]:
        result = say(*arguments)
        tap.ok(result.status == status and re.search(wanted, result.stderr.decode()),
               f"refused: {' '.join(arguments)}", result)


def check_needs(directory):
    """explain --needs of names, of a profile and of a log say the same."""
    unit = write(f"{directory}/unit.conf", "[Service]\nSystemCallFilter=@basic-io\n")
    profile = record(directory, "needs", "/bin/true")
    listing = write(f"{directory}/names", say("-q", "-i", profile, "-f", "names").stdout)
    log = write(f"{directory}/needs.log", "".join(
        f"1 {name}(1) = 0\n" for name in read(listing).decode().split()))
    packed = write(f"{directory}/needs.log.gz", gzip.compress(read(log)))
    wanted = say("explain", unit, f"--needs={listing}")
    tap.ok(wanted.status == 0 and b"execve" in wanted.stdout, "names, as ever", wanted)
    for path in (profile, log, packed):
        result = say("explain", unit, f"--needs={path}")
        tap.same(result.stdout, wanted.stdout, f"--needs={os.path.basename(path)} is the same")
    half = read(listing).split(b"\n")
    halves = [write(f"{directory}/half{i}", b"\n".join(half[i::2]) + b"\n") for i in (0, 1)]
    result = say("explain", unit, *(f"--needs={path}" for path in halves))
    tap.same(result.stdout, wanted.stdout, "several files together")
    result = say("explain", unit, "--needs=/dev/stdin", stdin=read(profile))
    tap.same(result.stdout, wanted.stdout, "from a pipe too")
    for text, words in [("# what\n\nreed\n", r":3: reed is no system call"), ("", "empty|names no"),
                        (read(profile)[:700], r":\d+:\d+: "), ("%%% what is this\n", "known kind")]:
        result = say("explain", unit, f"--needs={write(f'{directory}/bad', text)}")
        tap.ok(result.status == 125 and re.search(words, result.stderr.decode()),
               f"--needs refuses {text[:12]!r}", result)


def check_show(directory):
    """The checklist and the curve of a profile."""
    path = f"{directory}/shown.json"
    say("-q", "-P", path, "-o", "/dev/null", "--", "/bin/sh", "-c", "kill -HUP $$; :")
    profile = load(path)
    profile["runs"][0].update(duration_usec=20000000, curve=[1000, 3, 10000000, 9],
                              calls_since_new=5, exercised=["start", "reload"])
    shown = say("show", write(path, json.dumps(profile))).stdout.decode()
    tap.ok("seen: start, reload; not seen: serving, rotation (SIGUSR1), stop" in shown,
           "show has the checklist", shown)
    tap.ok(re.search(r"^ +9 \| +\*{25}$", shown, re.MULTILINE)
           and re.search(r"^ +3 \|\*{25} *$", shown, re.MULTILINE), "and the curve", shown)
    tap.ok(re.search(r"the last new one, \S+, came on \d{4}-\S+ \S+ UTC, \S+ s\s+into a run of\s+20\s+s;"
                     r"\s+5\s+calls\s+were\s+counted\s+since", shown), "how quiet it has become", shown)
    ones = {call["name"] for call in profile["calls"] if call.get("one_process")}
    tap.same(ones, {call["name"] for call in profile["calls"]}, "one process made all of it")
    both = record(directory, "two", "/bin/sh", "-c", "/bin/ls / >/dev/null; :")
    ones = {call["name"] for call in load(both)["calls"] if call.get("one_process")}
    tap.ok("getdents64" in ones and "execve" not in ones and "mmap" not in ones,
           "a profile tells what one of two processes made", ones)
    shown = say("show", both).stdout.decode()
    tap.ok(re.search(rf"^{len(ones)} calls seen in one process only, of 2: ", shown, re.MULTILINE),
           "and show tells it", shown)
    shown = say("show", both, path).stdout.decode()
    tap.ok(re.search(r"\d+ calls seen in one process only, of 3:", shown)
           and not re.search(r"one process only[^:]*:[^:]* brk ", shown), "of several runs too",
           shown)
    log = write(f"{directory}/bare.log", "7 sync() = 0\n")
    say("-q", "-i", log, "-P", f"{directory}/bare.json", "-o", "/dev/null")
    shown = say("why", "sync", f"{directory}/bare.json").stdout.decode()
    tap.ok("1970" not in shown and "0.0 s into a run" in shown, "why invents no date", shown)
    shown = say("show", f"{directory}/bare.json").stdout.decode()
    tap.ok("the last new one" not in shown, "nor show an order", shown)
    shown = say("show", path, f"{directory}/bare.json").stdout.decode()
    tap.ok(re.search(r"\d+ calls seen in one run only, of 2:", shown), "calls of one run only", shown)
    tap.ok("in the longest run:" in shown, "the curve is of the longest run", shown)


def main():
    need(SYSPROFILE)
    with Directory() as directory:
        for check in (check_profile, check_provenance, check_mixed, check_adding, check_tasks,
                      check_two_at_once, check_damage, check_full, check_verify, check_needs,
                      check_show):
            where = os.path.join(directory, check.__name__)
            os.mkdir(where)
            check(where)
    tap.same(left_over(), [], "nothing is left running")
    tap.finish()


if __name__ == "__main__":
    sys.exit(main())
