#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's daemons under their own units and what sysprofile writes: daemons.py RELEASE. TAP.

Each is profiled in a machine with its unit's command line, user and environment under a load. Then
the drop-in is put beside the unit, the unit is restarted, and the same load, a reload and a stop
follow: once with kill, where a refused call is a death and an audit record, and once with
an errno, as sysprofile writes it by default. --markdown prints the table that README shows.
"""

import os
import re
import sys
import time

import services
from audit import Audit
from machine import Machine
from roots import Missing
from service import NotifySocket, make_user

import harness
from answers import expect
from harness import Tap, need

SYSPROFILE = "/usr/local/bin/sysprofile"
OUTPUT = "/run/sysprofile"
ADVICE = """[Service]
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources @mount @swap @reboot
"""
# How systemd, the servers themselves, and strerror(3) tell of a refused call.
REFUSED = r".*(?:status=31/SYS|[Ss]ignal 31|SIGSYS|Bad system call|Operation not permitted).*"


def dropin_path(unit):
    return f"/etc/systemd/system/{unit}.d/90-sysprofile.conf"


def others_of(m, service, kind, names):
    """Runs the unit's other commands of that kind under sysprofile, and adds what they call."""
    for argv in service.commands(m, kind):
        path = f"{OUTPUT}/names"
        m.must([SYSPROFILE, "-q", "-f", "names", "-o", path, *run_as(m, service), "--", *argv],
               60, env=service.environment())  # fmt: skip
        names.update(m.read(path).split())


def run_as(m, service):
    return [f"--run-as={service.user(m)}"] if service.user(m) else []


def profile_others(m, service):
    """The calls of what is no ExecStart=, which the unit's filter is laid upon as well."""
    names = set()
    service.make_runtime(m)
    others_of(m, service, "ExecStartPre", names)
    m.must(["systemctl", "start", service.unit], 60)
    service.wait_ready(m)
    if service.commands(m, "ExecReload"):
        service.configure(m)
        others_of(m, service, "ExecReload", names)
        service.wait_ready(m)
    others_of(m, service, "ExecStop", names)
    m.must(["systemctl", "stop", service.unit], 60)
    return sorted(names)


def use(m, service):
    """What the profile is of: load, reload, and the way to the end."""
    service.wait_ready(m)
    service.load(m)
    service.reload_launched(m)
    service.load(m)
    for argv in service.commands(m, "ExecStop"):
        m.must(argv, 60, env=service.environment())


def profile(m, service, wanted=("--action=kill",)):
    """The drop-in, or what is wanted instead, from one run of ExecStart= with load, reload and stop."""
    return run_profiled(m, service, profile_others(m, service), wanted)


def run_profiled(m, service, assumed, wanted):
    service.make_runtime(m)
    listener = NotifySocket(m)
    options = ["-q", "--no-progress", *wanted, "-o", f"{OUTPUT}/drop-in"]
    if assumed:
        options.append(f"--assume={','.join(assumed)}")
    (command,) = service.commands(m, "ExecStart")
    process = m.start([SYSPROFILE, *options, *run_as(m, service), "--", *command], stdout=None,
                      env={**service.environment(), "NOTIFY_SOCKET": listener.inside})  # fmt: skip
    try:
        use(m, service)
        # It asks what is still there to stop, and writes the result.
        m.run(["pkill", "-TERM", "-x", "sysprofile"])
        result = m.finish(process, 60)
    except RuntimeError as e:
        m.run(["pkill", "-KILL", "-x", "sysprofile"])
        result = m.finish(process, 10)
        raise RuntimeError(f"{e}\n{result}") from e
    finally:
        listener.close()
    if result.status != 0 or not os.path.exists(m.path(f"{OUTPUT}/drop-in")):
        raise RuntimeError(f"no profile: {result}\n{service.words_of(m)}")
    return m.read(f"{OUTPUT}/drop-in")


def exposure(m, unit):
    text = m.must(["systemd-analyze", "--no-pager", "security", unit], 60)
    return re.search(r"Overall exposure level[^:]*: ([0-9.]+)", text)[1]


def allowed(m, unit):
    """How many of the native calls the unit's filter lets pass, and how many there are."""
    lines = m.must([SYSPROFILE, "explain", "--format=list", unit]).splitlines()
    return sum(line.endswith(" allow") for line in lines), len(lines)


def live(m, service):
    """Restart, load, reload, load; each answer is checked, and whose configuration it shows."""
    service.configure(m)
    m.must(["systemctl", "daemon-reload"])
    m.must(["systemctl", "restart", service.unit], 60)
    service.wait_ready(m)
    service.check_kept(m)
    service.load(m)
    before = m.show(service.unit, "MainPID", "NRestarts")
    if service.commands(m, "ExecReload"):
        service.configure(m)
        m.must(["systemctl", "reload", service.unit], 60)
        service.wait_ready(m)
        service.load(m)
    # Else it was a restart that gave the answers.
    expect(m.show(service.unit, "MainPID", "NRestarts"), before, "the main process")


def complaint(function, *arguments):
    """What it says is wrong; nothing when nothing is."""
    try:
        function(*arguments)
    except RuntimeError as e:
        return str(e)
    return ""


def live_under(tap, m, service, label):
    """Below what lies beside the unit now."""
    service.listen(m)
    audit = Audit(m)
    said = complaint(live, m, service)
    tap.ok(not said, f"{label}: every request is answered rightly",
           f"{said}\n{service.words_of(m)}")  # fmt: skip
    tap.same(m.state(service.unit), "active", f"{label}: the unit is active")
    stopped = m.systemctl("stop", service.unit)
    facts = m.show(service.unit, "Result", "ActiveState")
    good = stopped.status == 0 and facts == {"Result": "success", "ActiveState": "inactive"}
    words = service.words_of(m)
    tap.ok(good, f"{label}: it stops as it should", f"{facts}\n{words}")
    refused = audit.deaths(service.programs(m)) + re.findall(REFUSED, words)
    tap.ok(not refused, f"{label}: no call was refused, by the kernel's records and its own words",
           "\n".join(refused))  # fmt: skip


def check(tap, m, service):
    """One row of the table."""
    label = f"Debian {m.release}, {service.name}"
    service.prepare(m)
    before = exposure(m, service.unit), allowed(m, service.unit)
    begin = time.monotonic()
    text = profile(m, service)
    tap.note(f"{label}: profiled in {time.monotonic() - begin:.1f} s")
    tap.note("\n".join(line for line in text.splitlines() if not line.startswith("#")))
    words = sum(len(line.split("=", 1)[1].split())
                for line in text.splitlines() if line.startswith("SystemCallFilter="))  # fmt: skip
    m.write(dropin_path(service.unit), text)
    live_under(tap, m, service, f"{label}, kill")
    after = exposure(m, service.unit), allowed(m, service.unit)
    # As it is written without --action=.
    m.write(dropin_path(service.unit), text + "SystemCallErrorNumber=EPERM\n")
    live_under(tap, m, service, f"{label}, EPERM")
    compare(tap, service, label, before, after)
    tap.note(f"{label}: {time.monotonic() - begin:.1f} s")
    return [service.name, before[0], after[0], words, before[1][0], after[1][0]]


def compare(tap, service, label, before, after):
    """Exposure and calls allowed, without the drop-in and with it."""
    won = float(before[0]) - float(after[0])
    if service.sandboxed:
        tap.ok(won >= 0, f"{label}: the exposure does not rise", (before, after))
    else:
        tap.ok(won > 0, f"{label}: the exposure falls", (before, after))
    tap.ok(after[1][0] < before[1][0], f"{label}: fewer calls are allowed", (before, after))


def check_advice(tap, m, service):
    """The load that finds no fault with our drop-in finds that of what is often advised: with it
    apache2 starts and is active, and never answers."""
    label = f"Debian {m.release}, the usual advice for {service.name}"
    path = dropin_path(service.unit)
    ours = m.read(path)
    service.listen(m)
    audit = Audit(m)
    m.write(path, ADVICE)
    m.must(["systemctl", "daemon-reload"])
    m.must(["systemctl", "restart", service.unit], 60)
    said = complaint(service.load, m, 5)
    tap.ok("TimeoutError: timed out" in said, f"{label}: the load has no answer in time", said)
    tap.same(m.state(service.unit), "active", f"{label}: all the while the unit is active")
    # Here the instrument shows that it would have seen a death in the other checks.
    deaths = audit.deaths(service.programs(m))
    tap.ok(any("/usr/sbin/apache2" in line for line in deaths),
           f"{label}: the kernel kills its workers", deaths)  # fmt: skip
    tap.ok(re.search(REFUSED, service.words_of(m)), f"{label}: its own words tell of it")
    m.write(path, ours)
    m.must(["systemctl", "daemon-reload"])
    m.must(["systemctl", "restart", service.unit], 60)
    said = complaint(service.load, m)
    tap.ok(not said, f"{label}: with our drop-in the load has all answers", said)
    m.must(["systemctl", "stop", service.unit], 60)


HEADER = ["daemon", "exposure before", "after", "words", "calls allowed before", "after"]


def table(release, version, rows):
    lines = [f"Debian {release}, systemd {version}:", "", "| " + " | ".join(HEADER) + " |",
             "| --- |" + " ---: |" * (len(HEADER) - 1)]  # fmt: skip
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def check_all(tap, m, chosen):
    m.copy_in(harness.SYSPROFILE, SYSPROFILE)
    os.makedirs(m.path(OUTPUT), exist_ok=True)
    m.must([SYSPROFILE, "--version"])
    make_user(m)
    rows = []
    for service in services.table(m):
        if chosen and service.name not in chosen:
            continue
        try:
            rows.append(check(tap, m, service))
            if service.name == "apache2":
                check_advice(tap, m, service)
        except (RuntimeError, OSError) as e:
            tap.ok(False, f"Debian {m.release}, {service.name}", f"{e}\n{service.words_of(m)}")
        finally:
            m.systemctl("stop", service.unit)
            m.run(["pkill", "-KILL", "-x", "sysprofile"])
    text = table(m.release, m.systemd_version()[1], rows)
    tap.note(text)
    return text


def main():
    words = [word for word in sys.argv[1:] if word != "--markdown"]
    need()
    tap = Tap()
    text = ""
    try:
        with Machine(words[0]) as m:
            text = check_all(tap, m, words[1:])
    except Missing as e:
        tap.skip(f"the daemons of Debian {words[0]}", e)
    if "--markdown" in sys.argv:
        print(text, file=sys.stderr)
    tap.finish()


if __name__ == "__main__":
    main()
