"""Which way a run goes, by its losses alone."""

from __future__ import annotations

import math

import pytest

from seqtui.engine.runs.history import Curve
from seqtui.engine.runs.trend import Trend, trend_of

FALLING = [3.0, 2.5, 2.2, 2.0, 1.8, 1.6, 1.4, 1.2]
RISING = [3.0, 2.5, 2.2, 2.4, 2.9, 3.5, 4.5, 6.0]
EVEN = [3.0, 2.5, 2.2, 2.0, 2.0, 2.0, 2.0, 2.0]


def curve(values: list[float], every: int) -> Curve:
    made = Curve()
    for number, value in enumerate(values, 1):
        made.add((number * every, number * every * 10.0, float(number)), value)
    return made


def each_ten_times(values: list[float]) -> list[float]:
    return [value for value in values for _ in range(10)]


@pytest.mark.parametrize(
    ("train", "held_out", "trend"),
    [
        (FALLING, FALLING, Trend("improving", 800)),
        (FALLING, RISING, Trend("overfitting", 300)),
        (EVEN, RISING, Trend("overfitting", 300)),
        (RISING, RISING, Trend("diverging", 300)),
        (RISING, [*RISING[:-1], math.inf], Trend("diverging", 300)),
        (FALLING, EVEN, Trend("flat", 400)),
        (FALLING, [2.0] * 8, Trend("flat", 100)),
        (FALLING, [2.0, 2.001, 1.999], Trend("improving", 300)),
        (FALLING, [3.0], None),
        (FALLING, [], None),
        (FALLING, [math.inf, math.inf], None),
    ],
)
def test_the_trend_follows_from_the_losses(
    train: list[float], held_out: list[float], trend: Trend | None
) -> None:
    assert trend_of(curve(each_ten_times(train), 10), curve(held_out, 100)) == trend
