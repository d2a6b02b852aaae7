# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a figure has to be read with: the machine and the versions of what ran on it."""

import os
import platform
import re
import subprocess
import time

from harness import ENVIRONMENT, SYSPROFILE


def first_line(*argv):
    """What a program says first, whatever its exit status; empty when it is not there."""
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace").partition("\n")[0].strip()


def version_in(text):
    found = re.search(r"\d+(\.\d+)*", text)
    return found.group(0) if found else "?"


def processor():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as f:
        found = re.search(r"^model name\s*:\s*(.+)$", f.read(), re.MULTILINE)
    return found.group(1) if found else platform.machine()


def describe():
    virtual = first_line("systemd-detect-virt") or "unknown"
    hypervisor = first_line("systemd-detect-virt", "--vm")
    if hypervisor not in ("", "none", virtual):
        virtual = f"{virtual} on {hypervisor}"
    return {
        "processor": processor(),
        "processors": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "virtualised": virtual,
        "sysprofile": version_in(first_line(SYSPROFILE, "--version")),
        "strace": version_in(first_line("strace", "-V")),
        "systemd": version_in(first_line("systemctl", "--version")),
        "redis": version_in(first_line("redis-server", "--version")),
        "date": time.strftime("%Y-%m-%d"),
    }


def line(machine):
    """All in one sentence, for the head of a table and the foot of a plot."""
    virtual = machine["virtualised"]
    return (
        f"{machine['processor']}, {machine['processors']} CPUs, "
        f"{'not virtualised' if virtual == 'none' else f'virtualised ({virtual})'}, "
        f"Linux {machine['kernel']}, systemd {machine['systemd']}, strace {machine['strace']}, "
        f"sysprofile {machine['sysprofile']}, {machine['date']}"
    )
