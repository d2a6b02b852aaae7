# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the speed is meant to reach, and a verdict that the noise of a machine cannot decide.

A target counts as missed only when the interval excludes it, as reached only when all of the
interval reaches it; what lies between is undecided, and so is what too few rounds were made for.
"""

import collections

from ways import KNOWN, MAIN, NATIVE, OURS, PLAIN, STRACE

FREE, PINNED = False, True
SURE = 0.9
MEMORY_KIB = 16 * 1024

LOOPS = ("getppid", "read")
# Several tasks that make calls at once.
MANY = ("threads", "compile", "nginx", "apache2")
SERVERS = ("redis-20", "redis-1", "nginx", "apache2")
SHORT = ("fork", "true")

# Rate of way divided by that of base has to be at least so much.
Target = collections.namedtuple("Target", "load way base pinned at_least")
Verdict = collections.namedtuple("Verdict", "what wanted value verdict note")


def table():
    yield Target("redis-20", OURS, STRACE, FREE, 5)
    yield Target("redis-20", OURS, NATIVE, FREE, 0.35)
    yield Target("redis-1", OURS, NATIVE, FREE, 0.7)
    for load in SERVERS:
        yield Target(load, KNOWN, NATIVE, FREE, 0.95)
    for load in LOOPS:
        yield Target(load, OURS, STRACE, FREE, 4)  # a quarter of its time
    for load in LOOPS:
        yield Target(load, OURS, STRACE, PINNED, 1 / 0.6)  # 0.6 of its time
    for pinned in (FREE, PINNED):
        for load in MANY:
            yield Target(load, OURS, STRACE, pinned, 2)
    for pinned in (FREE, PINNED):
        for load in SHORT:
            yield Target(load, OURS, STRACE, pinned, 1)
    for pinned in (FREE, PINNED):
        for load in (*LOOPS, *MANY, *SHORT, "redis-20", "redis-1"):
            yield Target(load, PLAIN, STRACE, pinned, 1)


def judge(value, at_least):
    if value.confidence < SURE:
        return "undecided"
    if value.low >= at_least:
        return "reached"
    return "missed" if value.high < at_least else "undecided"


def judge_memory(value, at_most):
    if value.confidence < SURE:
        return "undecided"
    if value.high <= at_most:
        return "reached"
    return "missed" if value.low > at_most else "undecided"


def verdicts(results, titles, ways_titles):
    """A Verdict for each target that was measured."""
    for target in table():
        value = results.ratio(target.load, target.way, target.base, target.pinned)
        if value is None:
            continue
        place = "one CPU" if target.pinned else "free"
        note = ""
        ceiling = results.ratio(target.load, NATIVE, target.base, target.pinned)
        if target.base != NATIVE and ceiling and ceiling.high < target.at_least:
            note = f"out of reach: native is {ceiling.middle:.2f}"
        yield Verdict(
            f"{titles[target.load]} ({place}): {ways_titles[target.way]} ÷ "
            f"{ways_titles[target.base]}",
            f"≥ {target.at_least:.3g}",
            value,
            judge(value, target.at_least),
            note,
        )
    for load in ("one-10000", "turns-10000"):
        for way in MAIN[:2]:
            value = results.values(load, way, FREE, "peak_kib")
            if value is not None:
                yield Verdict(
                    f"{titles[load]}: {ways_titles[way]}, peak KiB",
                    f"≤ {MEMORY_KIB:,}",
                    value,
                    judge_memory(value, MEMORY_KIB),
                    "",
                )
