#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What --drop-in writes is what a real systemd then says the unit has: dropin.py RELEASE. TAP."""

import os
import sys

from machine import Machine
from roots import Missing

from harness import BUILD, SYSPROFILE, Directory, Tap, need, run

LIB, ETC = "/usr/lib/systemd/system", "/etc/systemd/system"
INSIDE = "/usr/local/bin/sysprofile"
UNIT = "[Service]\nExecStart=/bin/sleep infinity\n"
CALLS = """execve brk mmap munmap mprotect pread64 openat read close newfstatat access arch_prctl
    set_tid_address set_robust_list rseq prlimit64 getrandom clock_nanosleep setuid socket bind
    listen accept4 epoll_wait exit_group""".split()

# unit, options, files of the unit beside ours (those of templates and of all services included)
CASES = [
    ("plain", [], {f"{LIB}/plain.service": UNIT}),
    ("exact", ["-s", "exact", "--action=kill"], {f"{LIB}/exact.service": UNIT}),
    ("denying", ["-s", "deny"], {f"{LIB}/denying.service": UNIT}),
    ("vendor", [], {f"{LIB}/vendor.service": f"{UNIT}SystemCallFilter=@mount @swap\n"
                                             "SystemCallErrorNumber=EACCES\n"}),
    ("strict", [], {f"{LIB}/strict.service": f"{UNIT}SystemCallFilter=~@setuid\n",
                    f"{ETC}/strict.service.d/10-a.conf": "[Service]\nSystemCallFilter=mount\n"}),
    ("late", ["--force"], {f"{LIB}/late.service": UNIT,
                           f"{ETC}/late.service.d/override.conf":
                           "[Service]\nSystemCallFilter=@mount\nSystemCallFilter=~setuid\n"}),
    ("foo-bar", ["--runtime"], {f"{LIB}/foo-bar.service": UNIT,
                                f"{ETC}/foo-.service.d/50-x.conf":
                                "[Service]\nSystemCallFilter=@debug\n"}),
    ("many@one", [], {f"{LIB}/many@.service": UNIT}),
    ("all@", [], {f"{LIB}/all@.service": UNIT}),
    ("other", [], {f"{LIB}/real.service": UNIT, f"{ETC}/other.service": f"-> {LIB}/real.service"}),
]  # fmt: skip
# Of a template systemd tells nothing.
ASKED = {"all@": "all@two"}


def lay(m, files):
    for path, text in files.items():
        if text.startswith("-> "):
            os.symlink(text[3:], m.path(path))
        else:
            m.write(path, text)


def actions(root, unit):
    """{native call: what the model says becomes of it}"""
    text = run([SYSPROFILE, "explain", f"--root={root}", "-f", "list", unit]).stdout.decode()
    return dict(line.split() for line in text.splitlines())


def check_property(tap, m, unit, model, label):
    value = m.show(unit, "SystemCallFilter")["SystemCallFilter"]
    denies = value.startswith("~")
    named = {word.partition(":")[0] for word in value.lstrip("~").split()} & set(model)
    allowed = set(model) - named if denies else named
    ours = {name for name, action in model.items() if action == "allow"}
    tap.ok(value and len(model) > 300 and allowed == ours,
           f"{label}: {len(ours)} of {len(model)} calls allowed, as systemd has it",
           f"only systemd {sorted(allowed - ours)}\nonly ours {sorted(ours - allowed)}")  # fmt: skip


def check_written(tap, m, directory):
    """All that was written from outside, after one reload."""
    root = m.path("/")
    log = f"{directory}/log"
    with open(log, "w", encoding="ascii") as f:
        f.writelines(f"1 {name}() = 0\n" for name in CALLS)
    for name, options, files in CASES:
        lay(m, files)
        result = run([SYSPROFILE, f"--root={root}", f"--drop-in={name}", *options, "-i", log])
        tap.ok(result.status == 0, f"Debian {m.release}, {name}: it is written", result)
    m.must(["systemctl", "daemon-reload"])
    for name, _, _ in CASES:
        unit = f"{ASKED.get(name, name)}.service"
        check_property(tap, m, unit, actions(root, unit), f"Debian {m.release}, {name}")


def check_inside(tap, m):
    """The unit of a process is found by its control group, and lives on under the result."""
    label = f"Debian {m.release}, a process of a unit"
    m.copy_in(SYSPROFILE, INSIDE)
    lay(m, {f"{LIB}/alive.service": "[Service]\nExecStart=/bin/sh -c 'while sleep 0.1; do :; done'\n"})
    m.must(["systemctl", "daemon-reload"])
    m.must(["systemctl", "start", "alive.service"])
    pid = m.show("alive.service", "MainPID")["MainPID"]
    result = m.run([INSIDE, "--drop-in", "--no-progress", "--headroom=startup", "-d", "3", "-p", pid])
    path = f"{ETC}/alive.service.d/90-sysprofile.conf"
    tap.ok(result.status == 0 and os.path.exists(m.path(path)) and
           b"systemctl restart alive.service" in result.stderr,
           f"{label}: its unit is found", f"{result}\n{m.must(['cat', f'/proc/{pid}/cgroup', '/proc/1/cgroup'])}")  # fmt: skip
    m.must(["systemctl", "daemon-reload"])
    check_property(tap, m, "alive.service", actions(m.path("/"), "alive.service"), label)
    tap.same(m.show("alive.service", "DropInPaths")["DropInPaths"], path, f"{label}: it is read")


def main():
    need(SYSPROFILE, f"{BUILD}/tests/systemd/print-units")
    tap = Tap()
    try:
        with Machine(sys.argv[1]) as m, Directory() as directory:
            check_written(tap, m, directory)
            check_inside(tap, m)
    except Missing as e:
        tap.skip(f"the drop-ins of Debian {sys.argv[1]}", e)
    tap.finish()


if __name__ == "__main__":
    main()
