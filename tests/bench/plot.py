# SPDX-License-Identifier: LGPL-2.1-or-later
"""The plot: for each load a group of bars, one a way, on a logarithmic scale, as SVG."""

import math
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
TOP = 112
# Told apart by people who see no red, and on paper: ours dark and light blue, strace orange, grey.
COLOURS = (
    "#0b5cad", "#6fb1ea", "#e07b1a", "#9a9a9a",
    "#2a8f6d", "#8fd0b8", "#b0488a", "#e3a3cb", "#7a6a2f", "#cbbd7a",
)
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


def panel(results, pinned, shown, rows, left, scale, bottom):
    """One placement: a grid, and the bars of every load."""
    parts = [text(left, TOP - 30, PLACES[pinned], 14, weight="bold")]
    for decade in scale.decades():
        x = left + scale.x(decade)
        parts.append(line(x, TOP - 6, x, bottom, INK if decade == 1 else FAINT))
        parts.append(text(x, TOP - 12, f"{decade:g}", 11, "middle"))
    y = TOP
    for load in rows:
        for i, way in enumerate(shown):
            value = results.ratio(load.name, way, NATIVE, pinned)
            if value:
                parts += bar(left, y + i * BAR, scale, value, COLOURS[i % len(COLOURS)])
        y += len(shown) * BAR + GAP
    return parts


def legend(shown):
    parts, x = [], MARGIN
    for i, way in enumerate(shown):
        parts.append(
            f'<rect x="{x}" y="46" width="12" height="12" rx="2" '
            f'fill="{COLOURS[i % len(COLOURS)]}"/>'
        )
        title = TITLES[way]
        parts.append(text(x + 17, 56, title))
        x += 34 + 7 * len(title)
    return parts


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
    group = len(shown) * BAR + GAP
    bottom = TOP + len(rows) * group - GAP / 2
    width = MARGIN + LABELS + len(places) * (PANEL + SPACE)
    height = bottom + 62
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:.0f}" '
        f'viewBox="0 0 {width} {height:.0f}" {FONT}>',
        f'<rect width="{width}" height="{height:.0f}" rx="8" fill="#ffffff"/>',
        text(MARGIN, 32, "Speed below a tracer, as a share of native speed", 17, weight="bold"),
        *legend(shown),
    ]
    for i, load in enumerate(rows):
        y = TOP + i * group + len(shown) * BAR / 2 + 4
        parts.append(text(MARGIN + LABELS - 12, y, load.title, 12.5, "end"))
    for i, pinned in enumerate(places):
        left = MARGIN + LABELS + i * (PANEL + SPACE)
        parts += panel(results, pinned, shown, rows, left, scale, bottom)
    rounds = document["settings"]["rounds"]
    parts += [
        text(MARGIN, bottom + 26, "Longer is better; the scale is logarithmic. Medians of "
             f"{count_of(rounds, 'pair')} with native; whiskers: interval of the median.", 11),
        text(MARGIN, bottom + 44, machine.line(document["machine"]), 11, fill="#57606a"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
