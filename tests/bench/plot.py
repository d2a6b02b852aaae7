# SPDX-License-Identifier: LGPL-2.1-or-later
"""The plot: for each load a group of bars, one a way, on a logarithmic scale, as SVG."""

import math
import textwrap
from xml.sax.saxutils import escape

import loads
import machine
from report import PLACES, count_of, number
from ways import NATIVE, TITLES

BAR = 13
GAP = 16  # between groups
LABELS = 170  # for the names of the loads
PANEL = 400
MARGIN = 24
SPACE = 64  # right of a panel, for the figures at the ends of its bars
LEGEND = 20  # a line of it
HEAD = 92  # above the bars, without the legend
# A way has the same colour in every plot. Those of MAIN are told apart without red and green too:
# ours dark and light blue, strace orange and grey.
COLOURS = {
    "seccomp-adaptive": "#0b5cad",
    "seccomp-block": "#1f8a8a",
    "seccomp-spin": "#7a4fb5",
    "seccomp-co-locate": "#b0488a",
    "plain-adaptive": "#6fb1ea",
    "plain-block": "#8ccfc9",
    "plain-spin": "#bda3e0",
    "plain-co-locate": "#e3a3cb",
    "known": "#3f9b5f",
    "strace": "#e07b1a",
    "strace-c": "#9a9a9a",
}
INK, FAINT = "#1b1f24", "#d9dee4"
FONT = "font-family=\"system-ui, 'DejaVu Sans', sans-serif\""


class Scale:
    """From ratios to pixels of a panel."""

    def __init__(self, low, high):
        self.low = math.floor(math.log10(low))
        self.high = max(0, math.ceil(math.log10(high) - 0.08))

    def x(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return min(max(share, 0), 1.02) * PANEL

    def decades(self):
        return [10.0**power for power in range(self.low, self.high + 1)]


def text(x, y, words, size=12, anchor="start", weight="normal", fill=INK):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'font-weight="{weight}" fill="{fill}">{escape(words)}</text>'
    )


def line(x1, y1, x2, y2, stroke, width=1.0):
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
        f'stroke-width="{width}"/>'
    )


def bar(left, y, scale, value, colour):
    """A bar, its whiskers, and its figure behind them."""
    end = left + scale.x(value.middle)
    middle = y + BAR / 2
    low, high = left + scale.x(value.low), left + scale.x(value.high)
    return [
        f'<rect x="{left:.1f}" y="{y + 1:.1f}" width="{end - left:.1f}" height="{BAR - 2}" '
        f'fill="{colour}"/>',
        line(low, middle, high, middle, INK),
        line(low, middle - 3, low, middle + 3, INK),
        line(high, middle - 3, high, middle + 3, INK),
        # A rim of the ground's colour: figures stay legible where they cross a line of the grid.
        text(max(end, high) + 5, y + BAR - 3, number(value.middle), 10.5).replace(
            "<text", '<text paint-order="stroke" stroke="#ffffff" stroke-width="3"'
        ),
    ]


def panel(results, pinned, shown, rows, left, scale, top):
    """One placement: a grid, and the bars of every load."""
    parts = [text(left, top - 30, PLACES[pinned], 14, weight="bold")]
    bottom = top + len(rows) * group_height(shown) - GAP / 2
    for decade in scale.decades():
        x = left + scale.x(decade)
        parts.append(line(x, top - 6, x, bottom, INK if decade == 1 else FAINT))
        parts.append(text(x, top - 12, f"{decade:g}", 11, "middle"))
    for i, load in enumerate(rows):
        for j, way in enumerate(shown):
            value = results.ratio(load.name, way, NATIVE, pinned)
            if value:
                y = top + i * group_height(shown) + j * BAR
                parts += bar(left, y, scale, value, COLOURS[way])
    return parts


def group_height(shown):
    return len(shown) * BAR + GAP


def legend(shown, width):
    """Its parts, and how many lines it takes."""
    parts, x, lines = [], MARGIN, 1
    for way in shown:
        needed = 34 + 7 * len(TITLES[way])
        if x + needed > width and x > MARGIN:
            x, lines = MARGIN, lines + 1
        y = 26 + lines * LEGEND
        parts.append(
            f'<rect x="{x}" y="{y}" width="12" height="12" rx="2" fill="{COLOURS[way]}"/>'
        )
        parts.append(text(x + 17, y + 10, TITLES[way]))
        x += needed
    return parts, lines


def footnotes(document, width):
    """Lines of the foot, broken to fit."""
    pairs = count_of(document["settings"]["rounds"], "pair")
    words = (
        f"Longer is better; the scale is logarithmic. Medians of {pairs} with native; whiskers: "
        "interval of the median."
    )
    columns = int((width - 2 * MARGIN) / 6)
    return [
        *((row, INK) for row in textwrap.wrap(words, columns)),
        *((row, "#57606a") for row in textwrap.wrap(machine.line(document["machine"]), columns)),
    ]


def draw(document, results, shown):
    """The whole plot. shown: names of ways, in the order of their bars."""
    shown = [way for way in shown if way != NATIVE and any(key[1] == way for key in results.by_cell)]
    places = [p for p in (False, True) if any(key[2] == p for key in results.by_cell)]
    rows = [load for load in loads.TABLE if load.name in results.loads()]
    values = [
        value
        for load in rows
        for way in shown
        for pinned in places
        if (value := results.ratio(load.name, way, NATIVE, pinned))
    ]
    scale = Scale(min([v.low for v in values] + [0.5]), max([v.high for v in values] + [1]))
    width = MARGIN + LABELS + max(len(places), 1) * (PANEL + SPACE)
    legend_parts, legend_lines = legend(shown, width)
    top = HEAD + legend_lines * LEGEND
    foot = top + len(rows) * group_height(shown) + 18
    notes = footnotes(document, width)
    height = foot + len(notes) * 18
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" {FONT}>',
        f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>',
        text(MARGIN, 32, "Speed below a tracer, as a share of native speed", 17, weight="bold"),
        *legend_parts,
    ]
    for i, load in enumerate(rows):
        y = top + i * group_height(shown) + len(shown) * BAR / 2 + 4
        parts.append(text(MARGIN + LABELS - 12, y, load.title, 12.5, "end"))
    for i, pinned in enumerate(places):
        left = MARGIN + LABELS + i * (PANEL + SPACE)
        parts += panel(results, pinned, shown, rows, left, scale, top)
    parts += [text(MARGIN, foot + i * 18, row, 11, fill=ink) for i, (row, ink) in enumerate(notes)]
    return "\n".join([*parts, "</svg>"]) + "\n"
