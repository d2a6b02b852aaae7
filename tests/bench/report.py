# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tables, as text and as Markdown: built once, written in two ways."""

import collections
import unicodedata

import loads
import machine
import targets
from ways import ENGINES, MAIN, NATIVE, OURS, POLICIES, STRACE, TITLES

Table = collections.namedtuple("Table", "title note header rows")

LOAD_TITLES = {load.name: load.title for load in [*loads.TABLE, *loads.GROWTH]}
PLACES = {False: "CPUs free", True: "one CPU"}


def number(value):
    """Three digits, as many as the noise leaves a meaning."""
    if value >= 99.5:
        return f"{value:,.0f}"
    if value >= 9.95:
        return f"{value:.1f}"
    if value >= 0.0995:
        return f"{value:.2f}"
    return f"{value:.3f}" if value >= 0.00995 else f"{value:.4f}"


def with_interval(value):
    if value is None:
        return "–"
    if value.count == 1:
        return number(value.middle)
    return f"{number(value.middle)} [{number(value.low)}–{number(value.high)}]"


def count_of(things, noun):
    return f"{things:,} {noun}{'' if things == 1 else 's'}"


def rate(value, unit):
    if value is None:
        return "–"
    for scale, suffix in ((1e6, " M"), (1e3, " k")):
        if value.middle >= scale:
            return f"{value.middle / scale:.3g}{suffix}"
    return f"{value.middle:.3g}"


def head(document, results):
    settings = document["settings"]
    lines = [
        f"Machine: {machine.line(document['machine'])}.",
        f"{count_of(settings['rounds'], 'round')} (with many threads "
        f"{min(settings['rounds'], loads.Sleepers.most_rounds)}); in each, every way ran every "
        f"load once, in an order that changes; {settings['seconds']:g} s a run.",
        "A cell is the median over the rounds of the ratio within a round, and the interval of "
        "that median (95 % from 6 rounds on; the whole range below that).",
        "Ratios are of rates: 1 is as fast as the other, and more is better.",
        "“One CPU”: command and tracer, or server and tracer, under taskset; load generators "
        "are free.",
    ]
    if settings["interrupted"]:
        lines.append("The run was interrupted: some loads have fewer rounds than others.")
    for run in results.failures:
        place = PLACES[run["pinned"]]
        words = run["error"].splitlines()[0]
        lines.append(f"FAILED: {run['load']}, {run['way']}, {place}, round {run['round']}: {words}")
    return lines


def measured(results, table):
    there = results.loads()
    return [load for load in table if load.name in there]


def overview(results, pinned):
    ways = [w for w in MAIN if any(results.has(l.name, w, pinned) for l in loads.TABLE)]
    rows = []
    for load in measured(results, loads.TABLE):
        native = results.values(load.name, NATIVE, pinned, "rate")
        row = [load.title, f"{rate(native, load.unit)} {load.unit}" if native else "–"]
        row += [with_interval(results.ratio(load.name, way, NATIVE, pinned)) for way in ways]
        row.append(with_interval(results.ratio(load.name, OURS, STRACE, pinned)))
        rows.append(row)
    return Table(
        f"Share of native speed, {PLACES[pinned]}",
        "The last column: how many times as fast as strace -f.",
        ["load", "native", *(TITLES[way] for way in ways), "seccomp ÷ strace"],
        rows,
    )


def times(results, pinned):
    ways = [w for w in (NATIVE, *MAIN) if any(results.has(l.name, w, pinned) for l in loads.TABLE)]
    rows = []
    for load in measured(results, loads.TABLE):
        values = (results.time_per_operation(load.name, way, pinned) for way in ways)
        rows.append([load.title, *(number(v.middle) if v else "–" for v in values)])
    return Table(
        f"Time of one operation, {PLACES[pinned]}",
        "Microseconds for each call, fork, run, build or request: medians, less is better.",
        ["load", *(TITLES[way] for way in ways)],
        rows,
    )


def policies(results, engine, pinned):
    ways = [f"{engine}-{policy}" for policy in POLICIES]
    ways = [w for w in ways if any(results.has(l.name, w, pinned) for l in loads.TABLE)]
    rows = [
        [
            load.title,
            *(with_interval(results.ratio(load.name, way, NATIVE, pinned)) for way in ways),
        ]
        for load in measured(results, loads.TABLE)
    ]
    return Table(
        f"Waiting policies of the {engine} engine, {PLACES[pinned]}",
        "Share of native speed.",
        ["load", *(way.partition("-")[2] for way in ways)],
        rows if len(ways) > 1 else [],
    )


def cost_cell(results, load, way, pinned):
    cpu = results.cpu_per_operation(load.name, way, pinned)
    peak = results.values(load.name, way, pinned, "peak_kib")
    if cpu is None or peak is None:
        return "–"
    share = results.cpu_share(load.name, way, pinned)
    return f"{number(cpu.middle)} µs, {share.middle:.0%}, {peak.middle:,.0f} KiB"


def cost(results, pinned):
    ways = [w for w in MAIN if any(results.has(l.name, w, pinned) for l in loads.TABLE)]
    rows = [
        [load.title, *(cost_cell(results, load, way, pinned) for way in ways)]
        for load in measured(results, loads.TABLE)
        if load.name != "true"
    ]
    return Table(
        f"The tracer's own processor time and memory, {PLACES[pinned]}",
        "Processor time for each call, request or build; its share of one CPU meanwhile; peak of "
        "resident memory. Medians; less is better.",
        ["load", *(TITLES[way] for way in ways)],
        rows if ways else [],
    )


def growth_cell(results, load, way):
    speed = results.values(load.name, way, False, "rate")
    if speed is None:
        return "–"
    return f"{rate(speed, load.unit)}/s, {cost_cell(results, load, way, False)}"


def growth(results, mode, title):
    ways = [w for w in MAIN if w in loads.Sleepers.only_ways]
    rows = [
        [f"{load.threads:,}", *(growth_cell(results, load, way) for way in ways)]
        for load in measured(results, loads.GROWTH)
        if load.mode == mode
    ]
    return Table(
        title,
        "Calls a second; the tracer's processor time for each call (plain and strace stop a call "
        "twice) and share of one CPU; its peak of memory. Medians, CPUs free.",
        ["threads", *(TITLES[way] for way in ways)],
        rows,
    )


def target_table(results):
    rows = [
        [v.what, v.wanted, with_interval(v.value), v.verdict, v.note]
        for v in targets.verdicts(results, LOAD_TITLES, TITLES)
    ]
    return Table(
        "Targets",
        "Missed only where the interval excludes the target; reached where all of it does.",
        ["ratio", "target", "measured", "verdict", ""],
        rows,
    )


def tables(results):
    places = [p for p in (False, True) if any(key[2] == p for key in results.by_cell)]
    found = [overview(results, pinned) for pinned in places]
    found += [times(results, pinned) for pinned in places]
    found += [policies(results, engine, pinned) for engine in ENGINES for pinned in places]
    found += [cost(results, pinned) for pinned in places]
    found.append(growth(results, "one", "Threads: one makes calls, the others sleep"))
    found.append(growth(results, "turns", "Threads: each in its turn makes calls"))
    found.append(target_table(results))
    return [table for table in map(without_empty_rows, found) if table.rows]


def without_empty_rows(table):
    """An interrupted run has not got to every load."""
    return table._replace(rows=[row for row in table.rows if set(row[1:]) != {"–"}])


def width(text):
    return sum(not unicodedata.combining(c) for c in text)


def pad(text, columns, left):
    space = " " * (columns - width(text))
    return text + space if left else space + text


def as_text(document, results):
    lines = head(document, results)
    for table in tables(results):
        cells = [table.header, *table.rows]
        columns = [max(width(row[i]) for row in cells) for i in range(len(table.header))]
        lines += ["", f"== {table.title} ==", table.note, ""]
        for row in cells:
            padded = (pad(cell, columns[i], i == 0) for i, cell in enumerate(row))
            lines.append("  ".join(padded).rstrip())
    return "\n".join(lines) + "\n"


def as_markdown(document, results):
    lines = [f"{line}  " for line in head(document, results)]
    for table in tables(results):
        lines += ["", f"### {table.title}", "", table.note, ""]
        lines.append("| " + " | ".join(table.header) + " |")
        lines.append("| --- |" + " ---: |" * (len(table.header) - 1))
        lines += ["| " + " | ".join(row) + " |" for row in table.rows]
    return "\n".join(lines) + "\n"
