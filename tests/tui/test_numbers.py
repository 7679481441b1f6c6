"""Numbers read as SCREENS asks: separators, units, three digits, infinity, a dash."""

from __future__ import annotations

import math

import pytest

from seqtui.tui import numbers


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (4.1832, "4.18"),
        (17.06, "17.1"),
        (128.4, "128"),
        (1.0, "1.00"),
        (99.96, "100"),
        (9.996, "10.0"),
        (45210.7, "45,211"),
        (math.inf, "∞"),
        (math.nan, "–"),
        (None, "–"),
    ],
)
def test_a_perplexity_has_three_digits(value: float | None, seen: str) -> None:
    assert numbers.perplexity(value) == seen


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert numbers.fixed(-0.0004, 3) == "0.000"
    assert numbers.fixed(-0.0006, 3) == "-0.001"


@pytest.mark.parametrize(
    ("seconds", "seen"), [(0.4, "0:00"), (118, "1:58"), (3661, "1:01:01"), (None, "–")]
)
def test_times_are_minutes_and_seconds(seconds: float | None, seen: str) -> None:
    assert numbers.duration(seconds) == seen


@pytest.mark.parametrize(
    ("count", "seen"), [(0, "0 B"), (999, "999 B"), (178_979, "179 kB"), (2_522_985, "2.5 MB")]
)
def test_sizes_are_decimal(count: int, seen: str) -> None:
    assert numbers.size(count) == seen


@pytest.mark.parametrize(("value", "seen"), [(0.26, "26 %"), (0.004, "0.4 %"), (0.0, "0 %")])
def test_shares_are_per_cent(value: float, seen: str) -> None:
    assert numbers.share(value) == seen
