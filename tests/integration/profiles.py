#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""merge, why and show: many profiles are one, in any order, and answer questions. TAP."""

import copy
import json
import os
import random
import re
import resource
import subprocess
import sys

from harness import ENVIRONMENT, SYSPROFILE, Directory, Tap, left_over, need, run

tap = Tap()
SANITIZED = "ASAN_OPTIONS" in os.environ


def say(*arguments, timeout=30):
    return run([SYSPROFILE, *arguments], env=ENVIRONMENT, timeout=timeout)


def write(path, profile):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(profile, f)
    return path


def record(directory, name, *command):
    path = f"{directory}/{name}.json"
    result = say("-q", "-P", path, "-o", "/dev/null", "--", *command)
    tap.same(result.status, 0, f"a profile of {command[0]}")
    return path


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def totals(profile):
    return {(call["abi"], call["number"]): call["count"] for call in profile["calls"]}


def check_merge(directory):
    paths = [record(directory, "ls", "/bin/ls", "-l", "/"), record(directory, "true", "/bin/true"),
             record(directory, "cat", "/bin/cat", "/etc/hostname")]
    forward, backward = say("merge", *paths), say("merge", *reversed(paths))
    tap.ok(forward.status == 0 and forward.stdout == backward.stdout, "any order gives the same",
           backward)
    again = say("merge", *paths, *paths)
    tap.ok(again.stdout == forward.stdout, "and any number of times")
    say("-q", "merge", "-o", f"{directory}/two.json", *paths[:2])
    merged = say("-q", "merge", "-o", f"{directory}/all.json", f"{directory}/two.json", paths[2],
                 paths[0])
    tap.same(merged.status, 0, "merge -o writes a file")
    with open(f"{directory}/all.json", "rb") as f:
        tap.ok(f.read() == forward.stdout, "as do merged ones")
    wanted = {}
    for path in paths:
        for key, count in totals(load(path)).items():
            wanted[key] = wanted.get(key, 0) + count
    tap.same(totals(load(f"{directory}/all.json")), wanted, "counts add up")
    into = say("-q", "merge", "-o", paths[1], paths[1], paths[2])
    tap.ok(into.status == 0 and len(load(paths[1])["runs"]) == 2, "into one of them", into)
    piped = run([SYSPROFILE, "merge", "-"], env=ENVIRONMENT, stdin=open(paths[0], "rb"))
    with open(paths[0], "rb") as f:
        tap.ok(piped.stdout == f.read(), "- is standard input", piped)


def of_host(model, number, extra=None):
    """A run of the same kind on another host."""
    profile = copy.deepcopy(model)
    one = profile["runs"][0]
    one["id"] = f"{number:032x}"
    one["start_usec"] += number
    one["host"]["name"] = f"web{number}"
    if extra is not None:
        call = copy.deepcopy(profile["calls"][0])
        call.update(number=extra, name="reboot")
        profile["calls"].append(call)
    return profile


def check_hosts(directory):
    model = load(record(directory, "model", "/bin/true"))
    paths = [write(f"{directory}/h{i}.json", of_host(model, i, 169 if i == 7 else None))
             for i in range(30)]
    result = say("merge", "-o", "/dev/null", *paths)
    words = result.stderr.decode()
    tap.ok(re.search(r"30 runs on 30 hosts", words), "merge tells how many hosts", result)
    tap.ok(re.search(r"reboot: on 1 of 30 hosts, one is web7$", words, re.MULTILINE) and
           "mmap" not in words, "and which calls few of them made", result)
    result = say("why", "reboot", *paths)
    tap.ok(result.status == 0 and b"on 1 of 30 hosts" in result.stdout and
           b"on web7" in result.stdout, "why takes several profiles", result)


def check_many(directory):
    """Ten thousand hosts; a hundred calls each."""
    n = 500 if SANITIZED else 10000
    model = load(record(directory, "many", "/bin/true"))
    base = model["calls"][0]
    model["calls"] = [dict(base, number=i, name=None) for i in range(100)]
    os.mkdir(f"{directory}/many")
    os.chdir(f"{directory}/many")
    paths = [write(str(i), of_host(model, i)) for i in range(n)]
    random.Random(1).shuffle(paths)
    # Of the processor, since others may want it too.
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    result = say("-q", "merge", "-o", f"{directory}/all-hosts", *paths, timeout=200)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    tap.note(f"{n} profiles: {usage.ru_utime - before:.1f} s, {usage.ru_maxrss / 1024:.0f} MB")
    tap.ok(result.status == 0 and usage.ru_utime - before < 60, f"{n} profiles in seconds", result)
    tap.ok(SANITIZED or usage.ru_maxrss < 256 * 1024, "and little memory", usage.ru_maxrss)
    merged = load(f"{directory}/all-hosts")
    tap.same((len(merged["runs"]), len(merged["calls"])), (n, 100), "all of them are there")
    tap.same(merged["calls"][5]["count"], n * sum(sum(v[1::2]) for v in base["counts"].values()),
             "and every count")
    result = say("show", f"{directory}/all-hosts")
    tap.ok(result.status == 0 and f"{n} runs on {n} hosts".encode() in result.stdout,
           "such a profile is shown", result.stderr)
    # The same run, over and over, is no more than one.
    result = subprocess.run([SYSPROFILE, "-q", "merge", *paths[:1] * 500], env=ENVIRONMENT,
                            stdout=subprocess.PIPE, check=False)
    once = say("-q", "merge", paths[0])
    tap.ok(result.stdout == once.stdout, "one profile many times is that profile")


def check_why(directory):
    path = record(directory, "why", "/bin/sh", "-c", "/bin/cat /etc/hostname; exit 0")
    result = say("why", "execve", path)
    text = result.stdout.decode()
    tap.ok(result.status == 0 and re.match(r"execve \(\S+, number \d+\): seen 2 times", text) and
           "/usr/bin/dash, 2 times" in text and "first" in text and "last" in text,
           "why tells who made a call, and when", result)
    tap.ok(all(len(line) <= 80 for line in text.splitlines()), "in 80 columns", text)
    result = say("why", "reboot", path)
    tap.ok(result.status == 1 and b"not in the profile" in result.stdout,
           "a call that is not there is status 1", result)
    cases = (
        (["why"], 2, r"why CALL"),
        (["why", "read"], 2, r"why CALL PROFILE"),
        (["why", "raed", path], 2, r"raed is no system call"),
        (["why", "opnat", path], 2, r"near it is openat"),
        (["why", "vax:read", path], 2, r"ABI"),
        (["why", "x86:99999999999", path], 2, r"system call|number"),
        (["why", "read", f"{directory}/missing"], 125, r"missing: there is no such file"),
        (["why", "read", "/etc/passwd"], 125, r"/etc/passwd:1:\d+: "),
        (["show"], 2, r"show PROFILE"),
        (["show", "/etc/passwd"], 125, r"/etc/passwd:1:"),
        (["show", "-f", "list", path], 2, r"list"),
        (["show", "-o", "x", path], 2, r"output"),
        (["merge"], 2, r"merge \[-o FILE\] PROFILE"),
        (["merge", path, "/etc/passwd"], 125, r"/etc/passwd:1:"),
        (["merge", "-s", "exact", path], 2, r"style"),
    )
    for arguments, status, words in cases:
        result = say(*arguments)
        lines = result.stderr.decode().splitlines()
        tap.ok(result.status == status and not result.stdout and len(lines) == 1 and
               re.search(words, lines[0]), f"refused: {' '.join(arguments[:2])}", result)


def check_abis(directory):
    model = load(record(directory, "abis", "/bin/true"))
    for call in model["calls"]:
        if call["name"] == "read":
            foreign = dict(copy.deepcopy(call), abi="x86", number=3)
        if call["name"] == "mmap":
            nameless = dict(copy.deepcopy(call), number=9999, name=None)
    model["calls"] += [foreign, nameless]
    path = write(f"{directory}/abis2.json", model)
    both = say("why", "read", path).stdout
    tap.ok(both.count(b"number") == 2 and b"x86:read" in both, "a name is meant on each ABI", both)
    one = say("why", "x86:read", path).stdout
    tap.ok(one.count(b"number") == 1 and b"(x86, number 3)" in one, "or on one", one)
    number = say("why", "x86-64:9999", path)
    tap.ok(number.status == 0 and b"number 9999" in number.stdout, "a number is meant too", number)
    shown = say("show", path).stdout.decode()
    tap.ok(re.search(r"^in no group\n +x86-64:9999 ", shown, re.MULTILINE) and "x86:read" in shown,
           "show has them too", shown)


def check_show(directory):
    path = record(directory, "show", "/bin/sh", "-c", "/bin/ls -l / >/dev/null; /bin/true")
    profile, result = load(path), say("show", "--systemd=252", path)
    text = result.stdout.decode()
    shown = {}
    for line in text.splitlines():
        match = re.match(r"  (\S+) +(\d+)\b", line)
        if match:
            shown[match[1]] = int(match[2])
    tap.same(shown, {call["name"]: call["count"] for call in profile["calls"]},
             "show has each call once, with its count")
    groups = re.split(r"^(@\S+|in no group)$", text, flags=re.MULTILINE)[1:]
    sums = []
    for body in groups[1::2]:
        counts = [int(n) for n in re.findall(r"^  \S+ +(\d+)\b", body, re.MULTILINE)]
        tap.ok(counts == sorted(counts), "the calls of a group are rarest first", body)
        sums.append(sum(counts))
    tap.ok(len(sums) > 3 and sums == sorted(sums), "groups are rarest first", sums)
    tap.ok(all(len(line) <= 80 for line in text.splitlines()), "in 80 columns", text)
    result = say("show", "-f", "json", path)
    with open(path, "rb") as f:
        tap.ok(result.stdout == f.read(), "show -f json prints the profile", result)


def check_diff(directory):
    a, b = record(directory, "a", "/bin/true"), record(directory, "b", "/bin/cat", "/etc/hostname")
    names_a, names_b = ({call["name"] for call in load(path)["calls"]} for path in (a, b))
    result = say("diff", "-f", "json", a, b)
    said = json.loads(result.stdout)
    tap.ok(result.status == 1 and not said["equal"] and said["only_a"] == sorted(names_a - names_b)
           and said["only_b"] == sorted(names_b - names_a) and said["only_b"],
           "diff tells the calls of two profiles apart", result)
    result = say("diff", a, b)
    tap.ok(result.status == 1 and f"only B: {' '.join(said['only_b'][:2])}" in
           result.stdout.decode(), "for people too", result)
    result = say("diff", a, a)
    tap.ok(result.status == 0 and b"same calls" in result.stdout, "a profile is itself", result)
    for arguments in (("diff", a, "/etc/passwd"), ("diff", "/etc/passwd", a)):
        result = say(*arguments)
        tap.ok(result.status == 2 and b"two profiles or two filters" in result.stderr,
               "a profile and a filter are not compared", result)


def check_extremes(directory):
    """The greatest numbers that a profile may hold, through all that adds them up."""
    most = 1 << 53
    model = load(record(directory, "extreme", "/bin/true"))
    one = model["runs"][0]
    one.update(start_usec=most, duration_usec=most, processes=most, threads=most)
    for call in model["calls"]:
        call["counts"] = {exe: [0, (1 << 63) - 1] for exe in call["counts"]}
        for which in ("first", "last"):
            call[which].update(time_usec=most, pid=(1 << 31) - 1)
    second = copy.deepcopy(model)
    second["runs"][0]["id"] = "f" * 32
    paths = [write(f"{directory}/e1.json", model), write(f"{directory}/e2.json", second)]
    for arguments in (("merge", *paths), ("show", *paths), ("why", "mmap", *paths),
                      ("-q", "-P", paths[0], "--", "/bin/true")):
        result = say(*arguments)
        tap.ok(result.status == 0 and b"runtime error" not in result.stderr,
               f"great numbers: {arguments[0]}", result)
    one["start_usec"] = most + 1
    result = say("show", write(f"{directory}/e3.json", model))
    tap.ok(result.status == 125 and b"start_usec" in result.stderr, "greater ones are refused",
           result)


def main():
    need()
    with Directory() as directory:
        check_merge(directory)
        check_hosts(directory)
        check_why(directory)
        check_abis(directory)
        check_show(directory)
        check_diff(directory)
        check_extremes(directory)
        check_many(directory)
    tap.same(left_over(), [], "nothing is left running")
    tap.finish()


if __name__ == "__main__":
    sys.exit(main())
