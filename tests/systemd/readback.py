#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The filter that systemd loads is the one that the model says: readback.py RELEASE. TAP.

A service is started for each text; the seccomp programs that systemd installed for it are read
back, run over every number of every ABI, and compared with the model's answers.
"""

import json
import os
import re
import sys

import machine
from roots import Missing

import harness
from harness import BUILD, Tap, need
import directivetexts
from texts import HAND_MADE, Generator

GENERATED = 340
GENERATED_AT_LEAST = 300  # some of them, systemd and the model agree, do not load
WITH_DIRECTIVES = 160
WITH_DIRECTIVES_AT_LEAST = 140
SEED = 20
BATCH = 60
PROGRAM = "/usr/local/bin/pause"
UNITS = "/etc/systemd/system"
FRAGMENT = f"[Unit]\nDefaultDependencies=no\n[Service]\nExecStart={PROGRAM}\nLimitCORE=0\n"
FILTERS = "/run/filters"
EXIT_SECCOMP = "228"  # systemd.exec(5), "Process Exit Codes"
BINARIES = ("pause", "read-filters", "compare-filters", "check-list", "print-cases")
SYSPROFILE = "/usr/local/bin/sysprofile"
# For each, sysprofile is asked for the list of every ABI: a sample of the generated ones is enough.
LIST_EVERY = 40


def built(name):
    return os.path.join(BUILD, "tests", "systemd", name)


class Case:
    def __init__(self, number, name, texts):
        self.unit = f"t{number:04}.service"
        self.name = name
        # The unit tests' texts have their section line; others are bare.
        self.texts = [text if text.startswith("[") else f"[Service]\n{text}" for text in texts]

    def files(self):
        """In the order in which systemd reads them."""
        names = [f"{UNITS}/{self.unit}"]
        return names + [f"{UNITS}/{self.unit}.d/{i}0-x.conf" for i in range(1, len(self.texts))]

    def write(self, m):
        for path, text in zip(self.files(), self.texts):
            m.write(path, (FRAGMENT if path.endswith(".service") else "") + text + "\n")

    def describe(self):
        return f"{self.name}:\n" + "\n--\n".join(self.texts)


def groups_of(listing):
    return re.findall(r"^@[\w-]+", listing, re.MULTILINE)


def make_cases(listing):
    known = json.loads(harness.run([built("print-cases")]).stdout)
    named = [(f"case {case['name']}", case["texts"]) for case in known]
    named += list(HAND_MADE.items())
    named += [(f"directives: {name}", texts) for name, texts in directivetexts.HAND_MADE.items()]
    generator = Generator(groups_of(listing), SEED)
    named += [(f"generated {i}", generator.text()) for i in range(GENERATED)]
    generator = directivetexts.DirectiveGenerator(groups_of(listing), SEED)
    named += [(f"mixed {i}", generator.text()) for i in range(WITH_DIRECTIVES)]
    return [Case(i, name, texts) for i, (name, texts) in enumerate(named)]


def start_all(m, cases):
    """Starts each service below the reader; {unit: whether its program came to run}."""
    os.makedirs(m.path(FILTERS))
    reader = harness.start(
        [built("read-filters"), str(m.pid), PROGRAM, m.path(FILTERS)], stdin=-1, stderr=None
    )
    if b"ready" not in harness.read_until(reader, b"ready\n"):
        raise RuntimeError("the reader cannot trace the service manager")
    for i in range(0, len(cases), BATCH):
        # None succeeds: the reader ends them.
        m.systemctl("start", *(case.unit for case in cases[i : i + BATCH]))
        if not harness.wait_for(lambda: not running(m), 20):
            raise RuntimeError(f"the reader does not end {running(m)}")
    read = {}
    for line in harness.finish(reader).stdout.decode().splitlines():
        unit, how, _ = line.split()
        read[unit] = how
    return read


def running(m):
    return m.must(["systemctl", "list-units", "--plain", "--no-legend", "t*.service",
                   "--state=active,activating,deactivating"])


def exit_statuses(m, cases):
    """{unit: the status of its process}"""
    text = m.must(["systemctl", "show", "--property=Id,ExecMainStatus", *(c.unit for c in cases)])
    blocks = [dict(line.split("=", 1) for line in part.splitlines()) for part in text.split("\n\n")]
    return {block["Id"]: block["ExecMainStatus"] for block in blocks if block}


def compare(m, cases, listing):
    """{unit: lines of compare-filters}, which reads what systemd read, with its libseccomp."""
    m.write("/run/listing", listing)
    m.copy_in(built("compare-filters"), "/usr/local/bin/compare-filters")
    major, version = m.systemd_version()
    lines = ["\t".join([c.unit, f"{FILTERS}/{c.unit}", *c.files()]) + "\n" for c in cases]
    text = m.must(
        ["/usr/local/bin/compare-filters", "/run/listing", str(major), version],
        timeout=120,
        stdin="".join(lines).encode(),
    )
    said = {}
    for line in text.splitlines():
        unit, _, rest = line.partition(" ")
        said.setdefault(unit, []).append(rest)
    return said


def check_lists(tap, m, cases):
    """What `sysprofile explain` lists of the units, whose drop-ins it finds by itself."""
    m.copy_in(harness.SYSPROFILE, SYSPROFILE)
    m.copy_in(built("check-list"), "/usr/local/bin/check-list")
    script = f"""while read -r unit; do
        for abi in x86-64 x86 x32; do
            {SYSPROFILE} explain --format=list --abi=$abi "$unit" >/run/list || exit
            check-list "$unit" {FILTERS}/"$unit" "$abi" </run/list || exit
        done
    done"""
    units = "".join(f"{case.unit}\n" for case in cases)
    result = m.run(["sh", "-c", script], timeout=120, stdin=units.encode())
    lines = result.stdout.decode().splitlines()
    same = [line for line in lines if re.fullmatch(r"\S+ same [1-9]\d*", line)]
    tap.ok(result.status == 0 and len(lines) == len(same) == 3 * len(cases),
           f"explain --format=list tells the same of {len(cases)} units",
           "\n".join([line for line in lines if line not in same][:20]) + f"\n{result}")


def judge(tap, case, how, status, said):
    """One case; whether its filters were compared and found the same."""
    if said == ["unloadable"] or status == EXIT_SECCOMP:
        tap.ok(said == ["unloadable"] and status == EXIT_SECCOMP and how != "runs",
               f"{case.name}: systemd does not load it, as the model says",
               f"{how}, status {status}, the model: {said}\n{case.describe()}")
        return False
    same = how and len(said) == 1 and said[0].startswith("same ")
    return tap.ok(same, f"{case.name}: {said[0] if same else 'different'} ({how})",
                  f"{how}, status {status}\n" + "\n".join(said[:12]) + f"\n{case.describe()}")


def check(tap, m):
    listing = m.must(["systemd-analyze", "--no-pager", "syscall-filter"])
    m.copy_in(built("pause"), PROGRAM)
    cases = make_cases(listing)
    for case in cases:
        case.write(m)
    m.must(["systemctl", "daemon-reload"])
    read = start_all(m, cases)
    statuses = exit_statuses(m, cases)
    said = compare(m, cases, listing)
    same = mixed = depending = 0
    listed = []
    for case in cases:
        unit = case.unit
        good = judge(tap, case, read.get(unit), statuses.get(unit), said.get(unit, []))
        generated, with_directives = (case.name.startswith(w) for w in ("generated", "mixed"))
        same += good and generated
        mixed += good and with_directives
        depending += int(said[unit][0].split()[-1]) if good else 0
        count = same if generated else mixed
        if good and (not (generated or with_directives) or count % LIST_EVERY == 0):
            listed.append(case)
    check_lists(tap, m, listed)
    tap.ok(same >= GENERATED_AT_LEAST, f"{same} generated texts were compared call by call")
    tap.ok(mixed >= WITH_DIRECTIVES_AT_LEAST and depending > 0,
           f"{mixed} more with other directives, {depending} calls depending on arguments")
    tap.note(f"systemd {m.systemd_version()[1]}")


def main():
    need(*map(built, BINARIES))
    tap = Tap()
    try:
        with machine.Machine(sys.argv[1]) as m:
            check(tap, m)
    except Missing as e:
        tap.skip(f"the filters of Debian {sys.argv[1]}", e)
    tap.finish()


if __name__ == "__main__":
    main()
