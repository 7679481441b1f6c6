"""Plots survive every value, keep to their size and show extremes that thinning could lose."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from seqtui.tui.widgets.plots import (
    HorizontalAxis,
    Reference,
    Series,
    axis_ticks,
    curves,
    decades,
    log_log,
    round_bounds,
    thin,
)

STEP = HorizontalAxis("step")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def plain(plot: str) -> list[str]:
    return ANSI.sub("", plot).splitlines()


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=60),
    st.booleans(),
    st.integers(10, 100),
    st.integers(4, 30),
)
def test_any_values_can_be_plotted_twice(
    values: list[float], log_y: bool, width: int, height: int
) -> None:
    series = [Series("train", range(len(values)), values, "train")]
    for _ in range(2):
        lines = plain(
            curves(series, [Reference("|V|", 28)], width, height, (0, 60), STEP, log_y=log_y)
        )
        assert len(lines) == height
        assert max(len(line) for line in lines) <= width


def test_infinity_is_a_gap_and_leaves_the_bounds_alone() -> None:
    with_gap = [Series("held-out", [0, 1, 2], [28.0, math.inf, 5.0], "held-out", "●", line=False)]
    lines = plain(curves(with_gap, [], 60, 12, (0, 2), STEP))
    assert sum(line.count("●") for line in lines) == 2


def test_a_power_law_is_drawn_over_decades() -> None:
    ranks = range(1, 1001)
    plot = plain(log_log([Series("1", ranks, [1e4 / r for r in ranks], "1")], 60, 20, "rank", "n"))
    assert any("10k" in line for line in plot)
    assert "rank" in plot[-1]


def test_zero_and_negative_values_are_left_out_of_a_log_log_plot() -> None:
    assert log_log([Series("1", [0, 1, 2], [0, -1, 3], "1")], 40, 10, "rank", "count")


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=2_000), st.integers(5, 50))
def test_thinning_keeps_the_extremes_and_bounds_the_points(
    values: list[float], columns: int
) -> None:
    x, y = thin(range(len(values)), values, columns)
    assert len(x) == len(y) <= max(2 * columns, 1)
    assert max(y) == max(values)
    assert min(y) == min(values)
    assert x == sorted(x)


@given(st.floats(-1e5, 1e5), st.floats(1e-3, 1e5), st.integers(2, 20))
def test_ticks_lie_inside_the_axis(low: float, span: float, wanted: int) -> None:
    ticks = axis_ticks(low, low + span, wanted, log=False)
    assert all(low - 1e-6 * span <= tick <= low + span * (1 + 1e-6) for tick in ticks)
    assert len(ticks) <= wanted + 1


def test_decades_have_short_names() -> None:
    assert decades(0, 3.2) == ([0.0, 1.0, 2.0, 3.0, 4.0], ["1", "10", "100", "1k", "10k"])


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.booleans())
def test_bounds_hold_the_values_and_have_a_span(one: float, other: float, log: bool) -> None:
    if log:
        one, other = one / 1e4, other / 1e4
    low, high = round_bounds(min(one, other), max(one, other), log)
    assert low <= min(one, other)
    assert high >= max(one, other)
    assert low < high


@pytest.mark.parametrize("span", [5e-324, 1e-310, 1e-30])
def test_a_span_below_all_accuracy_is_none(span: float) -> None:
    assert round_bounds(0.0, 5e-324, log=False) == (-0.5, 0.5)
    low, high = round_bounds(1.0, 1.0 + span, log=False)
    assert (low, high) == (0.5, 1.5)
    assert axis_ticks(low, high, 4, log=False)


def test_bounds_are_round_and_stay_while_a_curve_falls_a_little() -> None:
    low, high = round_bounds(math.log10(4.2), math.log10(98), log=True)
    assert (10**low, 10**high) == (4, 100)
    assert round_bounds(math.log10(4.05), math.log10(98), log=True) == (low, high)
    assert round_bounds(1.43, 4.58, log=False) == (1.0, 5.0)


@given(st.floats(0, 1e6), st.floats(1, 1e6), st.integers(2, 12))
def test_the_ticks_of_a_clock_are_few_and_lie_inside(low: float, span: float, wanted: int) -> None:
    ticks = HorizontalAxis("time", clock=True).ticks(low, low + span, wanted)
    assert all(low - 1e-3 <= tick <= low + span + 1e-3 for tick in ticks)
    assert len(ticks) <= wanted + 1


def test_a_clock_ticks_in_whole_minutes() -> None:
    axis = HorizontalAxis("time", clock=True)
    assert [axis.name(tick) for tick in axis.ticks(0, 300, 5)] == [
        "0:00",
        "1:00",
        "2:00",
        "3:00",
        "4:00",
        "5:00",
    ]


def test_a_plot_of_a_part_is_scaled_to_it() -> None:
    falling = [Series("train", range(100), [100.0 - x for x in range(100)], "train")]
    far = [Reference("|V|", 1_000.0)]
    whole = plain(curves(falling, far, 60, 12, (0, 99), STEP))
    part = plain(curves(falling, far, 60, 12, (90, 99), STEP, cursor=95, fit_references=False))
    assert any("1000" in line for line in whole)
    assert not any("1000" in line for line in part)
    assert sum("│" in line[10:] for line in part) >= 8


def test_labels_of_wide_characters_move_nothing() -> None:
    values = [float(x) for x in range(60)]
    series = [Series("train", values, values, "train")]
    for narrow, wide in (
        (
            curves(series, [], 70, 12, (0, 60), HorizontalAxis("step")),
            curves(series, [], 70, 12, (0, 60), HorizontalAxis("步数")),
        ),
        (log_log(series, 70, 12, "rank", "aa"), log_log(series, 70, 12, "名次", "数")),
    ):
        before, after = plain(narrow), plain(wide)
        assert [cell_len(line) for line in after] == [cell_len(line) for line in before]
        assert after[:-2] == before[:-2]
