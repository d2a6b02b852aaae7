#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Texts of what daemons called in Debian 12 (names/12), under their own units in Debian 13, whose
libc, systemd and daemons are later. TAP.

Where the calls recorded in Debian 13 say that a text with headroom refuses nothing, the daemon has
to answer everything under it; without headroom a later libc does not get as far as that. Exact
texts of postgres are left out: its parallel workers make a directory now and then, which neither
record shows.
"""

import os

from daemons import SYSPROFILE, complaint, dropin_path, live, live_under
from machine import Machine
from names import WRITE_TEXT, allowed_by, daemons, names_of, write_text
from roots import Missing
from service import make_user
from services import table

import harness
from harness import Tap, need

LEARNED, RELEASE, SYSTEMD = "12", "13", "257"
STYLES = ("groups", "exact")
# By the recorded calls; what the others lack is in `headroom.py --markdown`.
HOLD_AT_LEAST = 8


def text_of(daemon, style, headroom):
    return write_text(names_of(LEARNED, daemon), SYSTEMD, style, headroom)


def holds(daemon, style, folder):
    if (daemon, style) == ("postgres", "exact"):
        return False
    allowed = allowed_by(text_of(daemon, style, "family"), SYSTEMD, folder)
    return names_of(RELEASE, daemon) <= allowed


def store(m, service):
    """As if it had run here for a while: what the load stores has to be there under the filter."""
    service.prepare(m)
    service.configure(m)
    m.must(["systemctl", "restart", service.unit], 60)
    service.wait_ready(m)
    service.load(m)
    m.must(["systemctl", "stop", service.unit], 60)


def check(tap, m, service, styles):
    store(m, service)
    for style in styles:
        m.write(dropin_path(service.unit), text_of(service.name, style, "family"))
        live_under(tap, m, service, f"{service.name} of Debian {LEARNED}, {style} with headroom")


def check_without(tap, m, service):
    """That the same load does see a text that is too narrow."""
    store(m, service)
    m.write(dropin_path(service.unit), text_of(service.name, "exact", "none"))
    service.listen(m)
    said = complaint(live, m, service)
    tap.ok(said, f"{service.name} of Debian {LEARNED}, exact without headroom: it does not work")
    m.systemctl("stop", service.unit)
    os.unlink(m.path(dropin_path(service.unit)))
    m.must(["systemctl", "daemon-reload"])
    m.systemctl("reset-failed", service.unit)


def check_all(tap, m):
    m.copy_in(harness.SYSPROFILE, SYSPROFILE)
    make_user(m)
    folder = harness.make_directory()
    held = {d: [s for s in STYLES if holds(d, s, folder)] for d in daemons()}
    tap.ok(sum(map(len, held.values())) >= HOLD_AT_LEAST, "most texts hold by the model", held)
    for service in table(m):
        try:
            if service.name == "apache2":
                check_without(tap, m, service)
            check(tap, m, service, held.get(service.name, []))
        except (RuntimeError, OSError) as e:
            tap.ok(False, f"{service.name} of Debian {LEARNED}", f"{e}\n{service.words_of(m)}")
        finally:
            m.systemctl("stop", service.unit)
    tap.note(f"systemd {m.systemd_version()[1]}, {held}")


def main():
    need(WRITE_TEXT)
    tap = Tap()
    try:
        with Machine(RELEASE) as m:
            check_all(tap, m)
    except Missing as e:
        tap.skip(f"the daemons of Debian {RELEASE}", e)
    tap.finish()


if __name__ == "__main__":
    main()
