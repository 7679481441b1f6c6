"""Figures of the laboratory of learning by heart, as a training would leave them."""

from __future__ import annotations

import math
from dataclasses import replace

from seqtui.engine.labs.heart import BEST, LAST, Copied, Figures, Settings
from seqtui.engine.labs.learner import Point
from seqtui.engine.runs.trend import Trend


def figures_with(*losses: float, **changes: object) -> Figures:
    """Complete figures whose held-out perplexities were these, every 10 epochs."""
    points = [Point(10 * i, math.log(1.2), math.log(each)) for i, each in enumerate(losses)]
    found = Figures(
        settings=Settings(epochs=500, seed=3),
        corpus="",
        vocabulary_size=28,
        train_tokens=10_000,
        held_out_tokens=5_000,
        parameters=80_412,
        control=23,
        control_pieces=(9, 11, 8),
        points=tuple(points),
        trend=Trend("overfitting", 10),
        ended="epochs",
        copied=(Copied(BEST, 0, 9, "the time "), Copied(LAST, 0, 42, "…")),
        seconds=36.0,
    )
    return replace(found, **changes)  # type: ignore[arg-type]
