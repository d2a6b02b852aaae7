# SPDX-License-Identifier: LGPL-2.1-or-later
"""From single runs to medians with their interval: the arithmetic of the benchmark, nothing else.

A figure is a rate, so that more is better everywhere, and so are ratios of figures. Two ways are
only compared within a round, where they ran shortly after each other; what a round cannot compare
(a run failed) it does not count for.
"""

import collections
import math
import statistics

CONFIDENCE = 0.95

Interval = collections.namedtuple("Interval", "middle low high confidence count")


def coverage(count, rank):
    """Probability that the median lies between the values of this rank from below and from above.

    Each value is below the median with probability 1/2, whatever the distribution is.
    """
    tail = sum(math.comb(count, i) for i in range(rank)) / 2**count
    return 1 - 2 * tail


def interval(values):
    """Median, and the narrowest pair of ranks that holds it with CONFIDENCE; None without values.

    Fewer than six values cannot give so much: then it is all of them, with what they can give.
    """
    values = sorted(values)
    if not values:
        return None
    count = len(values)
    rank = 1
    while 2 * (rank + 1) <= count and coverage(count, rank + 1) >= CONFIDENCE:
        rank += 1
    return Interval(
        statistics.median(values), values[rank - 1], values[-rank], coverage(count, rank), count
    )


class Results:
    """What was measured: a list of runs, each a dictionary as bench.py's run_once() makes it."""

    def __init__(self, runs):
        self.runs = runs
        self.failures = [run for run in runs if run.get("error")]
        self.by_cell = collections.defaultdict(dict)
        for run in runs:
            if not run.get("error"):
                self.by_cell[run["load"], run["way"], run["pinned"]][run["round"]] = run

    def loads(self):
        return {load for load, _, _ in self.by_cell}

    def has(self, load, way, pinned):
        return (load, way, pinned) in self.by_cell

    def cell(self, load, way, pinned):
        return self.by_cell.get((load, way, pinned), {})

    def values(self, load, way, pinned, key):
        """Interval of one of the fields of a run, over all rounds that have it."""
        runs = self.cell(load, way, pinned).values()
        return interval([run[key] for run in runs if run.get(key) is not None])

    def ratio(self, load, way, base, pinned):
        """Rate of way as a share of base's, pair by pair."""
        ours, theirs = self.cell(load, way, pinned), self.cell(load, base, pinned)
        return interval([ours[i]["rate"] / theirs[i]["rate"] for i in ours if i in theirs])

    def time_per_operation(self, load, way, pinned):
        """Microseconds."""
        return interval([1e6 / run["rate"] for run in self.cell(load, way, pinned).values()])

    def cpu_per_operation(self, load, way, pinned):
        """Microseconds of the tracer's own processor time."""
        runs = self.cell(load, way, pinned).values()
        return interval(
            [run["cpu"] * 1e6 / run["operations"] for run in runs if run.get("cpu") is not None]
        )

    def cpu_share(self, load, way, pinned):
        """Of one processor, while the load ran."""
        runs = self.cell(load, way, pinned).values()
        return interval(
            [run["cpu"] / run["seconds"] for run in runs if run.get("cpu") is not None]
        )
