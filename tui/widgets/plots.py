"""Every plot: values in, lines of text out.

plotext keeps one global figure, so these functions run on the interface's thread only. Its
logarithmic axes raise on a second build and on zero: the logarithm is taken here, the axis
stays linear and the ticks are placed at decades. What is not finite becomes a gap.
"""

from __future__ import annotations

import math
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import plotext
from rich.cells import cell_len
from rich.color import Color

from seqtui.tui.numbers import duration
from seqtui.tui.translation import _

Colour = Literal["train", "held-out", "reference", "1", "2", "3", "4", "5"]

_COLOURS: dict[str, int] = {
    # 256-colour codes that read on light and on dark; OpenSSH does not forward COLORTERM.
    "train": 32,
    "held-out": 166,
    "reference": 245,
    "1": 32,
    "2": 166,
    "3": 35,
    "4": 133,
    "5": 136,
}

_CLOCK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600)
"""Seconds between two ticks of a clock; longer ones are round hours."""
_ROUND_LOGS = tuple(math.log10(m) for m in (1, 1.5, 2, 3, 4, 5, 7, 10))

ORDER_COLOURS: tuple[Colour, ...] = ("1", "2", "3", "4", "5")
"""The colour of each order of n-grams."""


def style_of(colour: Colour) -> str:
    """A colour as a style of text, for legends."""
    return Color.from_ansi(_COLOURS[colour]).get_truecolor().hex


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one curve; its mark distinguishes it where colours cannot."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    colour: Colour
    mark: str = "braille"
    """One character, or `braille` for a line of dots."""
    line: bool = True


@dataclass(frozen=True, slots=True)
class Reference:
    """A horizontal line, such as |V|."""

    label: str
    y: float
    mark: str = "┄"
    reading: str = ""
    """Its height in words, for where there is room."""


@dataclass(frozen=True, slots=True)
class HorizontalAxis:
    """What a plot's horizontal axis counts."""

    label: str
    """Comes before the first tick; marked, and translated when it is painted."""
    clock: bool = False
    """Whether the values are seconds, shown as m:ss."""

    def ticks(self, low: float, high: float, wanted: int) -> list[float]:
        """Round places between two values: of a clock, round seconds, minutes or hours."""
        if not self.clock:
            return axis_ticks(low, high, wanted, False)
        raw = (high - low) / wanted
        step = next((step for step in _CLOCK_STEPS if step >= raw), 0)
        if not step:
            return [hours * 3_600 for hours in axis_ticks(low / 3_600, high / 3_600, wanted, False)]
        return [float(n * step) for n in range(math.ceil(low / step), int(high / step) + 1)]

    def name(self, value: float) -> str:
        """A place as the axis shows it."""
        return duration(value) if self.clock else f"{value:,.12g}"


def thin(x: Sequence[float], y: Sequence[float], columns: int) -> tuple[list[float], list[float]]:
    """The lowest and the highest of each bucket, in order, and a gap where there is one.

    That is about two points a column: plotext costs about 5 µs a point, and more than two a
    column cannot be seen.
    """
    if len(x) <= 2 * columns:
        return list(x), list(y)
    size = math.ceil(len(x) / columns)
    kept_x: list[float] = []
    kept_y: list[float] = []
    for start in range(0, len(x), size):
        part = list(y[start : start + size])
        finite = part
        # One pass over the sum shows whether all are finite; a curve seldom has a gap.
        if not math.isfinite(sum(part)):
            finite = [value for value in part if math.isfinite(value)]
        chosen = {part.index(min(finite)), part.index(max(finite))} if finite else set()
        if len(finite) < len(part):
            chosen.add(next(i for i, value in enumerate(part) if not math.isfinite(value)))
        kept_x.extend(x[start + i] for i in sorted(chosen))
        kept_y.extend(part[i] for i in sorted(chosen))
    return kept_x, kept_y


def _segments(x: Sequence[float], y: Sequence[float]) -> list[tuple[list[float], list[float]]]:
    """The runs between points that are not finite."""
    runs: list[tuple[list[float], list[float]]] = [([], [])]
    for a, b in zip(x, y, strict=True):
        if math.isfinite(a) and math.isfinite(b):
            runs[-1][0].append(a)
            runs[-1][1].append(b)
        elif runs[-1][0]:
            runs.append(([], []))
    return [run for run in runs if run[0]]


def _clear(width: int, height: int) -> None:
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plot_size(width, height)
    plotext.canvas_color("default")
    plotext.axes_color("default")
    plotext.ticks_color(245)
    # Without upper and right axis: two more lines for the curves.
    plotext.xaxes(True, False)
    plotext.yaxes(True, False)


_SECOND_CELL = "\ue000"
"""Follows a character of two cells: plotext counts characters, and pads too much without it."""


def _by_cells(text: str) -> str:
    """A text that has as many characters as it takes cells, until `_built` has built the plot."""
    return "".join(
        character + _SECOND_CELL if cell_len(character) == 2 else character for character in text
    )


def _built() -> str:
    return str(plotext.build()).replace(_SECOND_CELL, "")


def _draw(series: Series, columns: int) -> None:
    for x, y in _segments(*thin(series.x, series.y, columns)):
        draw = plotext.plot if series.line and len(x) > 1 else plotext.scatter
        draw(x, y, color=_COLOURS[series.colour], marker=series.mark)


def decades(low: float, high: float) -> tuple[list[float], list[str]]:
    """Ticks at powers of ten for values that are already log10."""
    ticks = [float(power) for power in range(math.floor(low), math.ceil(high) + 1)]
    names = ("1", "10", "100", "1k", "10k", "100k", "1M", "10M", "100M", "1G")
    return ticks, [names[int(t)] if 0 <= t < len(names) else f"1e{int(t)}" for t in ticks]


def log_log(series: Sequence[Series], width: int, height: int, x_label: str, y_label: str) -> str:
    """Curves over two logarithmic axes: straight where a power law holds.

    Values must be positive; others are left out. Returns lines with ANSI colours.
    """
    _clear(width, height)
    top_x = top_y = 1.0
    for one in series:
        pairs = [
            (math.log10(x), math.log10(y))
            for x, y in zip(one.x, one.y, strict=True)
            if x > 0 and y > 0 and math.isfinite(x) and math.isfinite(y)
        ]
        if not pairs:
            continue
        logs = replace(one, x=[p[0] for p in pairs], y=[p[1] for p in pairs])
        top_x = max(top_x, max(logs.x))
        top_y = max(top_y, max(logs.y))
        _draw(logs, width)
    plotext.xlim(0, top_x)
    plotext.ylim(0, top_y)
    plotext.xticks(*decades(0, top_x))
    plotext.yticks(*decades(0, top_y))
    plotext.xlabel(_by_cells(x_label))
    plotext.ylabel(_by_cells(y_label))
    return _built()


def within(series: Series, low: float, high: float) -> Series:
    """The points of a series, whose `x` must rise, between two places."""
    part = slice(bisect_left(series.x, low), bisect_right(series.x, high))
    return replace(series, x=series.x[part], y=series.y[part])


def curves(
    series: Sequence[Series],
    references: Sequence[Reference],
    width: int,
    height: int,
    x_range: tuple[float, float],
    axis: HorizontalAxis,
    *,
    log_y: bool = False,
    cursor: float | None = None,
    fit_references: bool = True,
) -> str:
    """Curves over a part of the horizontal axis, with horizontal lines; infinities are gaps.

    With `log_y` the vertical axis is logarithmic. `cursor` is marked by a vertical line. Without
    `fit_references` the vertical axis spans the curves alone, and lines beyond it are left out.
    Returns lines with ANSI colours.
    """
    _clear(width, height)

    def vertical(value: float) -> float:
        if value >= sys.float_info.max:  # a perplexity that is larger than any number
            return math.inf
        if not log_y or not math.isfinite(value):
            return value
        return math.log10(value) if value > 0 else math.nan

    moved = []
    for one in (within(one, *x_range) for one in series):
        # Thinned first: what follows is done for the points that are drawn.
        x, y = thin(one.x, one.y, width)
        moved.append(replace(one, x=x, y=[vertical(value) for value in y]))
    levels = [(vertical(line.y), line.mark) for line in references]
    levels = [(level, mark) for level, mark in levels if math.isfinite(level)]
    shown = [v for one in moved for v in one.y if math.isfinite(v)]
    if fit_references or not shown:
        shown += [level for level, mark in levels]
    low, high = round_bounds(min(shown, default=0.0), max(shown, default=1.0), log_y)
    for level, mark in levels:
        if low <= level <= high:
            across = _evenly(*x_range, width)
            _scatter(across, [level] * len(across), mark)
    if cursor is not None:
        upright = _evenly(low, high, height)
        _scatter([cursor] * len(upright), upright, "│")
    for one in moved:
        _draw(one, width)
    plotext.xlim(*x_range)
    plotext.ylim(low, high)
    ticks = axis_ticks(low, high, max(height // 4, 2), log_y)
    # Labels of one width, or the plot would move when the axis changes.
    plotext.yticks(ticks, [f"{10**t if log_y else t:>5.4g}" for t in ticks])
    places = axis.ticks(*x_range, max(width // 14, 2))
    names = [axis.name(place) for place in places]
    plotext.xticks(places, [f"{_by_cells(_(axis.label))} {names[0]}", *names[1:]] if names else [])
    return _built()


def _evenly(low: float, high: float, cells: int) -> list[float]:
    """A place for each cell of a line between two values."""
    dots = max(cells, 2)
    return [low + i * (high - low) / (dots - 1) for i in range(dots)]


def _scatter(x: list[float], y: list[float], mark: str) -> None:
    plotext.scatter(x, y, color=_COLOURS["reference"], marker=mark)


def round_bounds(low: float, high: float, log: bool) -> tuple[float, float]:
    """Bounds of an axis, rounded outwards so that a curve that grows moves it rarely.

    With `log` the values are logarithms, and it is their powers of ten that are rounded.
    """
    # Below the accuracy of the values there is no round step, and near 1e-324 its power is 0.
    if not high - low > max(abs(low), abs(high)) * 1e-12 or high - low < 1e-300:
        return low - 0.5, high + 0.5
    if not log:
        step = 10 ** math.floor(math.log10(high - low)) / 2
        # What is far below the accuracy of the span is lost in the quotient.
        return min(math.floor(low / step) * step, low), max(math.ceil(high / step) * step, high)
    first, last = math.floor(low), math.floor(high)
    return (
        max(first + level for level in _ROUND_LOGS if first + level <= low),
        min(last + level for level in _ROUND_LOGS if last + level >= high),
    )


def axis_ticks(low: float, high: float, wanted: int, log: bool) -> list[float]:
    """Round numbers between two values; with `log`, the logarithms of round numbers."""
    if log:
        first, last = math.floor(low), math.ceil(high)
        for steps in ((1, 1.5, 2, 3, 4, 5, 7), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,)):
            ticks = [math.log10(m) + power for power in range(first, last + 1) for m in steps]
            ticks = [t for t in ticks if low <= t <= high]
            if len(ticks) <= wanted + 1:
                break
        if len(ticks) >= 2:
            return ticks
        low10, high10 = 10**low, 10**high
        return [math.log10(t) for t in axis_ticks(low10, high10, wanted, False) if t > 0]
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return [low]
    raw = span / wanted
    power = 10 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw)
    first_tick = math.ceil(low / step) * step
    return [first_tick + i * step for i in range(int((high - first_tick) / step + 1e-9) + 1)]
