#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How fast commands run below sysprofile and below strace, as shares of their native speed.

Rounds: in each, every load runs once in every way. The ways of a load follow each other in an order
that is shuffled anew, equally in every run of the benchmark, so that a slow minute of the machine
hits all of them alike; what is compared ran within the same round. Ctrl-C, or a signal to end, ends
the measuring and shows what there is.

Printed are tables; nothing here judges whether a test passes.
"""

import argparse
import fnmatch
import json
import os
import random
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "integration"))

import harness  # noqa: E402
import loads  # noqa: E402
import machine  # noqa: E402
import plot  # noqa: E402
import report  # noqa: E402
import ways  # noqa: E402
from figures import Results  # noqa: E402

FORMAT = 1
# Start, warm-up and end of a run, on average; only for the estimate.
OVERHEAD = 0.35


def say(text):
    print(text, file=sys.stderr, flush=True)


def selection(text, names, what):
    """Of names, those that one of the patterns separated by commas matches."""
    chosen = []
    for pattern in text.split(","):
        found = [name for name in names if fnmatch.fnmatchcase(name, pattern.strip())]
        if not found:
            sys.exit(f"bench: no {what} is called {pattern!r}; there are: {', '.join(names)}")
        chosen += found
    return [name for name in names if name in chosen]


def parse_arguments():
    all_loads = [load.name for load in [*loads.TABLE, *loads.GROWTH]]
    all_ways = [way.name for way in ways.TABLE]
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Speed of commands below sysprofile and strace, as shares of native speed.",
        epilog=f"loads: {' '.join(all_loads)}. ways: {' '.join(all_ways)}. LIST: names or patterns "
        "of the shell, separated by commas.",
    )
    parser.add_argument("--loads", metavar="LIST", default="*", help="these only")
    parser.add_argument("--ways", metavar="LIST", help="these only; native is always there")
    parser.add_argument("--rounds", type=int, default=9, help="default 9; below 5 nothing is decided")
    parser.add_argument("--seconds", type=float, default=0.7, help="of a run; default 0.7")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--free", action="store_true", help="not on one CPU")
    place.add_argument("--pinned", action="store_true", help="on one CPU only")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables there as Markdown")
    parser.add_argument("--svg", metavar="FILE", help="write a plot there")
    parser.add_argument("--json", metavar="FILE", help="write all single figures there")
    parser.add_argument("--from-json", metavar="FILE", help="run nothing: show these figures")
    args = parser.parse_args()
    if args.rounds < 1 or not args.seconds > 0:
        parser.error("--rounds and --seconds are more than nothing")
    args.load_names = selection(args.loads, all_loads, "load")
    args.way_names = selection(args.ways or "*", all_ways, "way")
    if ways.NATIVE not in args.way_names:
        args.way_names.insert(0, ways.NATIVE)
    args.places = [p for p in (False, True) if not (args.pinned and not p or args.free and p)]
    return args


def plan(args):
    """Cells of a round: a load, whether pinned, and the ways that it runs in."""
    for load in [*loads.TABLE, *loads.GROWTH]:
        if load.name not in args.load_names:
            continue
        chosen = [
            way
            for way in ways.TABLE
            if way.name in args.way_names and (not load.only_ways or way.name in load.only_ways)
        ]
        for pinned in args.places:
            if pinned in load.placements:
                yield load, pinned, chosen


def check_needs(cells):
    missing = {path for load, _, _ in cells for path in load.missing()}
    tools = {way.tracer[0] for _, _, chosen in cells for way in chosen if way.tracer}
    tools |= {"taskset" for _, pinned, _ in cells if pinned}
    missing |= {path for path in tools if not os.access(loads.which(path), os.X_OK)}
    if missing:
        sys.exit(f"bench: missing: {', '.join(sorted(missing))}; see scripts/bench")


class Progress:
    def __init__(self, total, seconds):
        self.total = total
        self.done = 0
        self.begin = time.monotonic()
        say(f"bench: {total} runs, about {total * (seconds + OVERHEAD) / 60:.0f} minutes")

    def step(self, label):
        self.done += 1
        spent = time.monotonic() - self.begin
        left = spent / self.done * (self.total - self.done)
        text = f"[{self.done}/{self.total}, {left / 60:.0f} min left] {label}"
        if sys.stderr.isatty():
            print(f"\r{text[:100]:<100}", end="", file=sys.stderr, flush=True)
        elif self.done % 50 == 0 or self.done in (10, self.total):
            say(text)

    def over(self):
        if sys.stderr.isatty():
            say("")


def interrupted(_number, _frame):
    # The second one ends at once, as everywhere in the tests.
    for ending in harness.ENDING:
        signal.signal(ending, harness.end_early)
    raise KeyboardInterrupt


def rounds_of(load, args):
    return min(args.rounds, load.most_rounds or args.rounds)


def learn(load, way, pinned, seconds):
    """A way whose first run teaches it has that behind it; a load that fails is told when measured."""
    try:
        loads.run_once(load, way, pinned, seconds)
    except (loads.Failure, RuntimeError, OSError):
        harness.end_descendants()


def measure(args, cells, runs):
    """Fills runs; returns whether it came to its end."""
    total = sum(rounds_of(load, args) * len(chosen) for load, _, chosen in cells)
    progress = Progress(total, args.seconds)
    for ending in harness.ENDING:
        # nohup(1) has some of them ignored.
        if signal.getsignal(ending) != signal.SIG_IGN:
            signal.signal(ending, interrupted)
    try:
        for number in range(args.rounds):
            for load, pinned, chosen in cells:
                if number >= rounds_of(load, args):
                    continue
                order = list(chosen)
                random.Random(f"{number} {load.name} {pinned}").shuffle(order)
                for way in order:
                    if way.learns and number == 0:
                        learn(load, way, pinned, args.seconds)
                    run = {"load": load.name, "way": way.name, "pinned": pinned, "round": number}
                    try:
                        run.update(loads.run_once(load, way, pinned, args.seconds))
                    except (loads.Failure, RuntimeError, OSError) as e:
                        harness.end_descendants()
                        run["error"] = str(e) or type(e).__name__
                        progress.over()
                        say(f"bench: {load.name}, {way.name}: {e}")
                    runs.append(run)
                    progress.step(f"{load.name} {'one CPU' if pinned else 'free'} {way.name}")
    except KeyboardInterrupt:
        harness.end_descendants()
        progress.over()
        say("bench: interrupted; this is what was measured")
        return False
    progress.over()
    return True


def make_document(args):
    cells = list(plan(args))
    if not cells:
        sys.exit("bench: nothing to run")
    check_needs(cells)
    runs = []
    document = {
        "format": FORMAT,
        "machine": machine.describe(),
        "settings": {"rounds": args.rounds, "seconds": args.seconds, "interrupted": False},
        "runs": runs,
    }
    document["settings"]["interrupted"] = not measure(args, cells, runs)
    return document


def read_document(path):
    try:
        with open(path, encoding="utf-8") as f:
            document = json.load(f)
    except (OSError, ValueError) as e:
        sys.exit(f"bench: {path}: {e}")
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        sys.exit(f"bench: {path} is not of this benchmark")
    return document


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def select_runs(args, runs):
    return [
        run
        for run in runs
        if run["load"] in args.load_names
        and run["way"] in args.way_names
        and run["pinned"] in args.places
    ]


def main():
    args = parse_arguments()
    document = read_document(args.from_json) if args.from_json else make_document(args)
    # First of all, so that a fault in what shows them does not lose the figures.
    if args.json:
        write(args.json, json.dumps(document, indent=1) + "\n")
    results = Results(select_runs(args, document["runs"]))
    sys.stdout.write(report.as_text(document, results))
    if args.markdown:
        write(args.markdown, report.as_markdown(document, results))
    if args.svg:
        shown = args.way_names if args.ways else ways.MAIN
        write(args.svg, plot.draw(document, results, shown))
    return 1 if results.failures else 0


if __name__ == "__main__":
    sys.exit(main())
