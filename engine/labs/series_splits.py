"""What is held out of a series: places between those that are fitted, or those after them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seqtui.engine.labs.series_models import least_squares, windows_of
from seqtui.engine.labs.series_sources import Values

_SPLIT_SEED = 1_000
"""Added to a seed for the split at random, so that it does not follow the noise."""


def shuffled(places: int, seed: int) -> NDArray[np.int64]:
    """The places 0 … in the order of a split at random."""
    return np.random.default_rng(_SPLIT_SEED + seed).permutation(places)


def split_errors(x: Values, tau: int, pairs: int, seed: int) -> tuple[float, float]:
    """The error of one step by least squares: pairs split at random, and split in time."""
    windows, targets = windows_of(x, tau), x[tau:]
    order = shuffled(len(targets), seed)
    errors = []
    for places in (order, np.arange(len(targets))):
        train, rest = places[:pairs], places[pairs:]
        weights = least_squares(windows[train], targets[train])
        guesses = windows[rest] @ weights[:-1] + weights[-1]
        errors.append(float(np.mean((guesses - targets[rest]) ** 2)))
    return errors[0], errors[1]


def polynomial(
    x: Values, degree: int, fitted_at: NDArray[np.int64], low: float, high: float
) -> Values:
    """A polynomial in t = 1 … T, fitted to x at some places and taken everywhere: [T].

    In Chebyshev's polynomials over `low` to `high`, since powers of t would lose all digits.
    """
    t = np.arange(1, len(x) + 1)
    middle, half = (low + high) / 2, (high - low + 1) / 2
    terms = np.polynomial.chebyshev.chebvander((t - middle) / half, degree)
    factors = np.linalg.lstsq(terms[fitted_at], x[fitted_at], rcond=None)[0]
    return np.asarray(terms @ factors)
