"""Which way a run goes: what its losses, in training and held out, say when they are compared."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from seqtui.engine.runs.history import SMOOTHINGS, STEPS, Curve

NOTICEABLE = 0.02
"""Nats that count as a change: two per cent of the perplexity."""
FEWEST = 4
"""Evaluations from which a run can be called flat."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Which way a run goes, and since when."""

    kind: Literal["improving", "flat", "overfitting", "diverging"]
    """`overfitting`: the held-out loss rises while the training loss falls; `diverging`: both
    rise; `flat`: for half of the run the held-out loss has hardly fallen."""
    since: int
    """The step of the lowest held-out loss; of a flat run, the step from which it hardly fell."""


def trend_of(train: Curve, held_out: Curve) -> Trend | None:
    """The trend of a run at its end; None with fewer than two evaluations to compare."""
    losses, steps = held_out.values, held_out.x[STEPS]
    finite = [loss for loss in losses if math.isfinite(loss)]
    if len(losses) < 2 or not finite:
        return None
    lowest = min(finite)
    best = int(steps[losses.index(lowest)])
    if not losses[-1] - lowest <= NOTICEABLE:  # nor if it is not a number
        rises = _mean_at(train, steps[-1]) > _mean_at(train, best) + NOTICEABLE
        return Trend("diverging" if rises else "overfitting", best)
    near = next(
        int(step)
        for step, loss in zip(steps, losses, strict=True)
        if loss - lowest <= NOTICEABLE / 2
    )
    if len(losses) >= FEWEST and near <= steps[-1] / 2:
        return Trend("flat", near)
    return Trend("improving", best)


def _mean_at(train: Curve, step: float) -> float:
    """The moving average of the training loss at a step; NaN where there is none."""
    means = [
        mean
        for place, mean in zip(train.x[STEPS], train.smoothed[SMOOTHINGS[0]], strict=True)
        if place <= step and math.isfinite(mean)
    ]
    return means[-1] if means else math.nan
