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
import socket
import struct
import sys
import time

import services
from machine import LOGINUID, Machine
from roots import Missing

import harness
from harness import Tap, need

SYSPROFILE = "/usr/local/bin/sysprofile"
OUTPUT = "/run/sysprofile"
ADVICE = """[Service]
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources @mount @swap @reboot
"""


class Audit:
    """The kernel's audit records from now on: what seccomp killed.

    The kernel's log has them too, but drops most when there are many; here a loss is told.
    """

    NETLINK_AUDIT = 9
    READLOG = 1  # the multicast group, as a bit
    SECCOMP = 1326  # AUDIT_SECCOMP
    SO_RCVBUFFORCE = 33

    def __init__(self, m):
        self.machine = m
        with open(f"/proc/{m.pid}/loginuid", encoding="ascii") as f:
            self.is_marked = f.read().strip() == str(m.loginuid)
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, self.NETLINK_AUDIT)
        self.socket.setsockopt(socket.SOL_SOCKET, self.SO_RCVBUFFORCE, 8 << 20)
        self.socket.bind((0, self.READLOG))
        self.socket.settimeout(0.3)

    def deaths(self, programs):
        """Records about these programs, below this machine as far as its login uid tells."""
        found = []
        while True:
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                break
            except OSError as e:
                found.append(f"records were lost: {e.strerror}")
                break
            kind = struct.unpack_from("=H", data, 4)[0]
            text = data[16:].decode(errors="replace")
            if kind != self.SECCOMP or " sig=31 " not in text:
                continue
            exe = re.search(r' auid=(\d+) .* exe="([^"]*)" ', text)
            if not exe:
                found.append(f"a death that cannot be read: {text}")
            elif exe[2] in programs and not self.is_elsewhere(int(exe[1])):
                found.append(text)
        self.socket.close()
        return found

    def is_elsewhere(self, uid):
        """No user's, and not the machine's: of another machine, or of the host, which has none."""
        return self.is_marked and uid >= LOGINUID and uid != self.machine.loginuid


def dropin_path(unit):
    return f"/etc/systemd/system/{unit}.d/90-sysprofile.conf"


def others_of(m, service, kind, names):
    """Runs the unit's other commands of that kind under sysprofile, and adds what they call."""
    for argv in service.commands(m, kind):
        path = f"{OUTPUT}/names"
        m.must([SYSPROFILE, "-q", "-f", "names", "-o", path, "--", *argv], 60)
        names.update(m.read(path).split())


def profile_others(m, service):
    """The calls of what is no ExecStart=, which the unit's filter is laid upon as well."""
    names = set()
    service.make_runtime(m)
    others_of(m, service, "ExecStartPre", names)
    m.must(["systemctl", "start", service.unit], 60)
    service.wait_ready(m)
    others_of(m, service, "ExecReload", names)
    service.wait_ready(m)
    others_of(m, service, "ExecStop", names)
    m.must(["systemctl", "stop", service.unit], 60)
    return sorted(names)


def profile(m, service):
    """The drop-in, from one run of ExecStart= with load, reload and stop."""
    assumed = profile_others(m, service)
    service.make_runtime(m)
    listener = services.NotifySocket(m)
    environment = {**service.environment(m), "NOTIFY_SOCKET": listener.inside}
    options = ["-q", "--no-progress", "--action=kill", "-o", f"{OUTPUT}/drop-in"]
    if assumed:
        options.append(f"--assume={','.join(assumed)}")
    if service.user(m):
        options.append(f"--run-as={service.user(m)}")
    (command,) = service.commands(m, "ExecStart")
    process = m.start([SYSPROFILE, *options, "--", *command], stdout=None,
                      env={**harness.ENVIRONMENT, **environment})  # fmt: skip
    try:
        service.wait_ready(m)
        service.load(m)
        service.reload_launched(m)
        service.wait_ready(m)
        service.load(m)
        for argv in service.commands(m, "ExecStop"):
            m.run(argv, 60)
        # It asks what is still there to stop, and writes the result.
        m.run(["pkill", "-TERM", "-x", "sysprofile"])
        result = m.finish(process, 60)
    except RuntimeError as e:
        m.run(["pkill", "-KILL", "-x", "sysprofile"])
        result = m.finish(process, 10)
        raise RuntimeError(f"{e}\n{result}") from e
    finally:
        listener.close()
    if result.timed_out or not os.path.exists(m.path(f"{OUTPUT}/drop-in")):
        raise RuntimeError(f"no profile: {result}\n{service.words_of(m)}")
    return m.read(f"{OUTPUT}/drop-in")


def exposure(m, unit):
    text = m.must(["systemd-analyze", "--no-pager", "security", unit], 60)
    return re.search(r"Overall exposure level[^:]*: ([0-9.]+)", text)[1]


def allowed(m, unit):
    """How many of the native calls the unit's filter lets pass, and how many there are."""
    lines = m.must([SYSPROFILE, "explain", "--format=list", unit]).splitlines()
    return sum(line.endswith(" allow") for line in lines), len(lines)


def live_under(tap, m, service, label):
    """Restart, load, reload, load, stop, below what lies beside the unit now."""
    audit = Audit(m)
    m.must(["systemctl", "daemon-reload"])
    state, said = "did not start", ""
    try:
        m.must(["systemctl", "restart", service.unit], 60)
        service.wait_ready(m)
        service.load(m)
        if service.commands(m, "ExecReload"):
            m.must(["systemctl", "reload", service.unit], 60)
            service.wait_ready(m)
            service.load(m)
        state = m.state(service.unit)
    except (RuntimeError, AssertionError) as e:
        said = str(e)
    tap.ok(not said, f"{label}: every request is answered rightly",
           f"{said}\n{service.words_of(m)}")  # fmt: skip
    tap.same(state, "active", f"{label}: the unit is active")
    stopped = m.systemctl("stop", service.unit)
    facts = m.show(service.unit, "Result", "ActiveState")
    good = stopped.status == 0 and facts == {"Result": "success", "ActiveState": "inactive"}
    tap.ok(good, f"{label}: it stops as it should", f"{facts}\n{service.words_of(m)}")
    refused = audit.deaths(service.programs(m))
    died = re.findall(r".*status=31/SYS.*|.*signal 31.*|.*SIGSYS.*", service.words_of(m))
    tap.ok(not refused and not died, f"{label}: nothing was killed for a call",
           "\n".join(refused + died))  # fmt: skip


def check(tap, m, service):
    """One row of the table; None when there is none."""
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
    tap.ok(float(after[0]) < float(before[0]) or service.sandboxed,
           f"{label}: the exposure falls", (before, after))  # fmt: skip
    return [service.name, before[0], after[0], words, before[1][0], after[1][0]]


def check_advice(tap, m, service):
    """What is often advised lets apache2 start and be active, and never answer; ours answers."""
    label = f"Debian {m.release}, the usual advice for {service.name}"
    path = dropin_path(service.unit)
    ours = m.read(path)
    audit = Audit(m)
    m.write(path, ADVICE)
    m.must(["systemctl", "daemon-reload"])
    m.must(["systemctl", "restart", service.unit], 60)
    silent = not service.answers(m, 5)
    tap.same(m.state(service.unit), "active", f"{label}: it starts, and the unit is active")
    tap.ok(silent, f"{label}: and it answers no request")
    # Here the instrument shows that it would have seen a death in the other checks.
    deaths = audit.deaths(service.programs(m))
    tap.ok(any("/usr/sbin/apache2" in line for line in deaths),
           f"{label}: the kernel kills its workers", deaths)  # fmt: skip
    m.write(path, ours)
    m.must(["systemctl", "daemon-reload"])
    m.must(["systemctl", "restart", service.unit], 60)
    tap.ok(service.answers(m, 20), f"{label}: with our drop-in it does")
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
    services.make_user(m)
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
