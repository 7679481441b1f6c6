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


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (0.26, "26 %"),
        (0.004, "0.4 %"),
        (0.0, "0 %"),
        (1.0, "100 %"),
        (1 - 1e-15, "100 %"),
        (0.9985, "99.9 %"),  # 100 % would say that nothing is missing
        (0.99951, ">99.9 %"),
        (0.995, "99.5 %"),
        (0.0002, "<0.1 %"),
        (-1e-17, "0 %"),
    ],
)
def test_shares_are_per_cent(value: float, seen: str) -> None:
    assert numbers.share(value) == seen


@pytest.mark.parametrize(
    ("value", "seen"),
    [(0.1542, "15.42"), (1.0, "100.0"), (0.0, "0.00"), (0.00001, "<0.01"), (0.99999, ">99.9")],
)
def test_a_share_of_a_table_is_never_rounded_to_none_or_all(value: float, seen: str) -> None:
    assert numbers.per_cent(value) == seen


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (0.25, "0.2500"),
        (1.0, "1.0000"),
        (0.99999, "0.9999"),
        (0.00123, "0.0012"),
        (0.000123, "1.2e-4"),  # 0.0001 would leave one digit
        (1.6e-10, "2e-10"),
        (0.0, "0"),
    ],
)
def test_a_probability_has_two_digits_in_six_cells(value: float, seen: str) -> None:
    assert numbers.probability(value) == seen


@pytest.mark.parametrize("value", [1.2345e12, 1e300])
def test_a_huge_perplexity_stays_short(value: float) -> None:
    assert len(numbers.perplexity(value)) <= 9
    assert float(numbers.perplexity(value)) == pytest.approx(value, rel=0.01)
