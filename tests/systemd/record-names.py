#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records what the daemons of daemons.py call in a release: record-names.py RELEASE [NAME...].

The names go to names/RELEASE/, for headroom.py and releases.py. It takes two minutes and is run by
hand, when a root or a load has changed.
"""

import os
import sys

import daemons
import services
from machine import Machine
from roots import HERE
from service import make_user

import harness

NAMES = HERE / "names"


def record(m, service):
    """The calls of all of the unit's commands, under the load, with reload and stop."""
    service.prepare(m)
    others = daemons.profile_others(m, service)
    text = daemons.run_profiled(m, service, [], ["--format=names"])
    return sorted({*others, *text.split()})


def head(m, service):
    libc = m.must(["dpkg-query", "-W", "-f", "${Version}", "libc6"])
    return (f"# {service.name} on Debian {m.release}: libc6 {libc}, systemd "
            f"{m.systemd_version()[1]}, Linux {os.uname().release.split('-')[0]}, x86-64\n")


def main():
    chosen = sys.argv[2:]
    with Machine(sys.argv[1]) as m:
        m.copy_in(harness.SYSPROFILE, daemons.SYSPROFILE)
        os.makedirs(m.path(daemons.OUTPUT), exist_ok=True)
        make_user(m)
        folder = NAMES / m.release
        folder.mkdir(parents=True, exist_ok=True)
        for service in services.table(m):
            if not chosen or service.name in chosen:
                names = record(m, service)
                text = head(m, service) + "".join(f"{name}\n" for name in names)
                (folder / service.name).write_text(text, encoding="ascii")
                print(f"Debian {m.release}, {service.name}: {len(names)} calls", flush=True)


if __name__ == "__main__":
    main()
