#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benchmark itself: its arithmetic, its tables and plot, and that it runs. TAP.

No time is judged here: what was measured has only to be there.
"""

import json
import os
import signal
import sys
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "integration"))

import loads  # noqa: E402
import plot  # noqa: E402
import report  # noqa: E402
import targets  # noqa: E402
import ways  # noqa: E402
from figures import Interval, Results, coverage, interval  # noqa: E402
from harness import (  # noqa: E402
    BUILD,
    ENVIRONMENT,
    SYSPROFILE,
    Directory,
    Tap,
    finish,
    left_over,
    need,
    run,
    start,
    wait_for,
)

BENCH = [sys.executable, "-B", os.path.join(HERE, "bench.py")]
BENCH_ENVIRONMENT = {**ENVIRONMENT, "SYSPROFILE_BUILD": BUILD}
tap = Tap()


def bench(*words):
    return run([*BENCH, *words], 60, env=BENCH_ENVIRONMENT)


# --- arithmetic ---


def check_interval():
    nine = interval([9, 1, 8, 2, 7, 3, 6, 4, 5])
    tap.same((nine.middle, nine.low, nine.high), (5, 2, 8), "nine values: the 2nd to the 8th")
    tap.same(round(nine.confidence, 4), 0.9609, "nine values: the median lies there in 96 %")
    six = interval(range(6))
    tap.same((six.low, six.high), (0, 5), "six values: all of them")
    tap.ok(six.confidence >= 0.95, "six values suffice for 95 %", six)
    twenty = interval(range(1, 21))
    tap.same((twenty.middle, twenty.low, twenty.high), (10.5, 6, 15), "twenty: the 6th to the 15th")
    three = interval([3, 1, 2])
    tap.same((three.low, three.high, three.confidence), (1, 3, 0.75), "three values say how little")
    tap.same(interval([4])[:4], (4, 4, 4, 0), "one value says nothing about the median")
    tap.same(interval([]), None, "no value, no interval")
    tap.same(coverage(9, 2), 1 - 2 * 10 / 512, "the binomial tail is counted on both sides")


def made_run(number, way, rate, load="getppid", pinned=False, **fields):
    cpu = None if way == ways.NATIVE else 0.5
    peak = None if way == ways.NATIVE else 2000
    return {
        "load": load, "way": way, "pinned": pinned, "round": number, "operations": rate,
        "seconds": 1.0, "rate": rate, "cpu": cpu, "peak_kib": peak, **fields,
    }  # fmt: skip


def check_results():
    runs = [made_run(i, ways.NATIVE, 1000.0 * (i + 1)) for i in range(3)]
    runs += [made_run(i, ways.OURS, 500.0 * (i + 1)) for i in range(3)]
    runs.append(made_run(0, ways.STRACE, 100.0))
    runs.append({**made_run(1, ways.STRACE, 1.0), "error": "broken\nmore"})
    results = Results(runs)
    half = results.ratio("getppid", ways.OURS, ways.NATIVE, False)
    tap.same((half.low, half.high), (0.5, 0.5), "ratios are taken within a round")
    strace = results.ratio("getppid", ways.OURS, ways.STRACE, False)
    tap.same((strace.middle, strace.count), (5, 1), "a failed run is in no pair")
    tap.same(len(results.failures), 1, "a failed run is remembered")
    tap.same(
        results.cpu_per_operation("getppid", ways.STRACE, False).middle, 5000,
        "processor time is told for an operation",
    )
    tap.same(results.ratio("getppid", ways.OURS, ways.NATIVE, True), None, "what did not run")


# --- targets ---


def check_targets():
    names = {load.name for load in loads.TABLE}
    known = {way.name for way in ways.TABLE}
    wrong = [t for t in targets.table() if t.load not in names or not {t.way, t.base} <= known]
    tap.ok(not wrong, "targets are about loads and ways that there are", wrong)
    for low, high, verdict in (
        (5.1, 6, "reached"), (5, 6, "reached"), (4, 6, "undecided"), (4, 5, "undecided"),
        (4, 4.9, "missed"),
    ):  # fmt: skip
        value = Interval((low + high) / 2, low, high, 0.96, 9)
        tap.same(targets.judge(value, 5), verdict, f"{low} to {high}, at least 5: {verdict}")
    few = Interval(9, 9, 9, 0.75, 3)
    tap.same(targets.judge(few, 5), "undecided", "three rounds decide nothing")
    tap.same(
        [targets.judge_memory(Interval(0, low, high, 0.96, 9), 16) for low, high in
         ((1, 16), (15, 17), (17, 18))],
        ["reached", "undecided", "missed"],
        "memory has a ceiling",
    )  # fmt: skip


# --- tables and plot ---


def made_document():
    runs = []
    for number in range(9):
        for load in [*loads.TABLE, *loads.GROWTH]:
            for pinned in load.placements:
                for i, way in enumerate(ways.TABLE):
                    if not load.only_ways or way.name in load.only_ways:
                        rate = 1e6 / (1 + i) * (1 + 0.01 * number * i)
                        runs.append(made_run(number, way.name, rate, load.name, pinned))
    keys = ("processor", "kernel", "virtualised", "sysprofile", "strace", "systemd", "date")
    return {
        "machine": {**{key: f"<{key}>" for key in keys}, "processors": 2},
        "settings": {"rounds": 9, "seconds": 1.0, "interrupted": False},
        "runs": runs,
    }


def check_tables(document):
    results = Results(document["runs"])
    titles = [table.title for table in report.tables(results)]
    tap.same(len(titles), 2 + 2 + 4 + 2 + 2 + 1, "every table is there")
    text = report.as_text(document, results)
    absent = [load.title for load in loads.TABLE if load.title not in text]
    tap.ok(not absent, "every load is in the text", absent)
    tap.ok("<strace>" in text and "<processor>" in text, "so is the machine", text[:500])
    markdown = report.as_markdown(document, results)
    wrong = []
    columns = 0
    for line in markdown.splitlines():
        bars = line.count("|")
        columns = 0 if not bars else columns or bars
        wrong += [line] if bars != columns else []
    tap.ok(not wrong, "the rows of a Markdown table have equally many cells", "\n".join(wrong))
    count = sum(1 for _ in targets.table())
    verdicts = list(targets.verdicts(results, report.LOAD_TITLES, ways.TITLES))
    tap.same(len(verdicts), count + 4, "every target is judged")
    for value, words in (
        (123456, "123,456"), (99.6, "100"), (12.34, "12.3"), (1, "1.00"), (0.123, "0.12"),
        (0.0423, "0.042"), (0.00123, "0.0012"),
    ):  # fmt: skip
        tap.same(report.number(value), words, f"{value} is written {words}")
    failed = [{**document["runs"][0], "error": "it broke\nbadly"}]
    text = report.as_text(document, Results(failed))
    tap.ok("it broke" in text and "badly" not in text, "a failure is told in a line", text)


def check_plot(document):
    results = Results(document["runs"])
    svg = plot.draw(document, results, ways.MAIN)
    tree = xml.etree.ElementTree.fromstring(svg)
    rectangles = [e for e in tree if e.tag.endswith("rect")]
    bars = len(loads.TABLE) * len(ways.MAIN) * 2
    tap.same(len(rectangles), 1 + len(ways.MAIN) + bars, "a ground, a legend and every bar")
    wide = [e.attrib for e in rectangles if float(e.get("width")) < 0]
    tap.ok(not wide, "no bar is shorter than nothing", wide)
    colourless = [way.name for way in ways.TABLE[1:] if way.name not in plot.COLOURS]
    tap.ok(not colourless, "every way has a colour", colourless)
    empty = plot.draw(document, Results([]), ways.MAIN)
    xml.etree.ElementTree.fromstring(empty)
    tap.ok("rect" in empty, "a plot of nothing is one still")


# --- the whole ---


def check_run(room):
    figures, table, picture = f"{room}/json", f"{room}/md", f"{room}/svg"
    options = ["--rounds", "1", "--seconds", "0.05", "--free", "--loads", "getppid,fork,one-10"]
    options += ["--ways", "seccomp-adaptive,plain-block"]
    files = ["--json", figures, "--markdown", table, "--svg", picture]
    result = bench(*options, *files)
    if not tap.ok(result.status == 0, "a short run succeeds", result):
        return
    with open(figures, encoding="utf-8") as f:
        document = json.load(f)
    ran = {(r["load"], r["way"]) for r in document["runs"] if r["rate"] > 0}
    tap.same(len(ran), 3 + 2 + 3, "each load ran in each way that it has")
    traced = [r for r in document["runs"] if r["way"] != "native"]
    # On a busy machine one of these runs can be over before its begin has been read.
    tap.ok(
        sum(r["cpu"] for r in traced) > 0 and all(r["peak_kib"] > 100 for r in traced),
        "the tracer's own time and memory were taken", traced,
    )
    again = bench("--from-json", figures, "--markdown", f"{table}2", "--svg", f"{picture}2")
    tap.same(again.stdout, result.stdout, "--from-json says the same")
    for path in (table, picture):
        with open(path, "rb") as one, open(f"{path}2", "rb") as two:
            if path == table:
                tap.same(two.read(), one.read(), "--from-json writes the same Markdown")
            else:
                tap.ok(one.read() and two.read(), "a plot is written")
    few = bench("--from-json", figures, "--loads", "fork")
    tap.ok(
        b"fork and wait" in few.stdout and b"getppid loop" not in few.stdout,
        "--loads selects from figures too", few,
    )


def check_interrupt(room, number):
    figures = f"{room}/interrupted"
    options = ["--rounds", "500", "--seconds", "0.02", "--free", "--loads", "getppid"]
    words = [*options, "--ways", "seccomp-adaptive", "--json", figures]
    process = start([*BENCH, *words], env=BENCH_ENVIRONMENT)
    wait_for(lambda: os.read(process.stderr.fileno(), 4096).count(b"[10/"), 30)
    os.kill(process.pid, number)
    result = finish(process)
    tap.ok(b"interrupted" in result.stderr, f"{number.name} ends the measuring", result)
    tap.ok(b"getppid loop" in result.stdout, "and the tables are printed", result)
    if not tap.ok(os.path.exists(figures), "the figures are written", result):
        return
    with open(figures, encoding="utf-8") as f:
        document = json.load(f)
    tap.ok(document["runs"] and document["settings"]["interrupted"], "what there is is kept")
    tap.same(left_over(), [], "and nothing is left behind")


def check_refusals(room):
    for words in (["--loads", "nonsense"], ["--ways", "x*"], ["--rounds", "0"]):
        result = bench(*words)
        tap.ok(result.status not in (0, None) and result.stderr, f"{' '.join(words)} is refused")
    with open(f"{room}/other", "w", encoding="utf-8") as f:
        f.write("[]")
    result = bench("--from-json", f"{room}/other")
    tap.ok(result.status == 1 and b"not of this" in result.stderr, "so is another JSON", result)


def main():
    need(SYSPROFILE, *(load.program for load in loads.GROWTH[:1] + loads.TABLE[:1]))
    check_interval()
    check_results()
    check_targets()
    document = made_document()
    check_tables(document)
    check_plot(document)
    with Directory() as room:
        check_run(room)
        check_interrupt(room, signal.SIGINT)
        check_interrupt(room, signal.SIGTERM)
        check_refusals(room)
    tap.finish()


if __name__ == "__main__":
    main()
