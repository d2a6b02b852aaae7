#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records what Debian's daemons call under a quick workload and under a richer one.

    record.py RELEASE [DAEMON...]

Each is started in a machine of its own with its unit's commands, user and environment, below
sysprofile, twice. The names go to sets/RELEASE/DAEMON.quick and .rich, for evaluate.py. It takes
half an hour for all, and the packages of MORE in a root of their own, so no test runs it.
"""

import datetime
import os
import sys
import time

from recorded import OUTPUT, SYSPROFILE, Recorded, sh  # isort: skip
import data
import hosts
import later
import mail
import resolvers
import roots
import services
import web
from machine import Machine

import harness

SETS = roots.HERE / "generalise/sets"
MORE = [
    "apache2-utils", "bind9", "bind9-dnsutils", "cron", "curl", "dnsmasq", "haproxy", "lighttpd",
    "lighttpd-mod-openssl", "logrotate", "mariadb-server", "memcached", "mosquitto",
    "mosquitto-clients", "openssl", "procps", "rsync", "rsyslog", "unbound",
    "vsftpd",
]  # fmt: skip


def kinds():
    """{name: class}"""
    found = {}
    for module in (web, data, mail, hosts, resolvers, later):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, Recorded) and kind.package:
                found[kind.name] = kind
    return found


def save(m, daemon, workload, names):
    version = sh(m, f"dpkg-query -W -f '${{Version}}' {daemon.package}").strip()
    libc = sh(m, "dpkg-query -W -f '${Version}' libc6").strip()
    systemd = m.systemd_version()[1]
    lines = [f"# {daemon.name}, {workload}: {daemon.package} {version} on Debian {m.release}",
             f"# libc6 {libc}, systemd {systemd}, Linux {os.uname().release}, x86-64, "
             f"{datetime.date.today()}", *sorted(names)]  # fmt: skip
    path = SETS / m.release / f"{daemon.name}.{workload}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def record(release, kind):
    with Machine(release, MORE) as m:
        m.copy_in(harness.SYSPROFILE, SYSPROFILE)
        os.makedirs(m.path(OUTPUT), exist_ok=True)
        services.make_user(m)
        daemon = kind(m)
        daemon.prepare(m)
        found, sets = [], {}
        for workload in ("quick", "rich"):
            begin = time.monotonic()
            sets[workload] = daemon.record(m, getattr(daemon, workload))
            seconds = time.monotonic() - begin
            found.append(f"{workload} {len(sets[workload])} calls in {seconds:.0f} s")
        for workload, names in sets.items():
            save(m, daemon, workload, names)
        print(f"Debian {release}, {kind.name}: {', '.join(found)}", flush=True)


def main():
    release, chosen = sys.argv[1], sys.argv[2:]
    failed = 0
    for name, kind in kinds().items():
        if chosen and name not in chosen:
            continue
        try:
            record(release, kind)
        except Exception as e:  # the others are recorded all the same
            failed += 1
            print(f"Debian {release}, {name}: not recorded: {e}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
