"""Estimators that mix the relative frequencies of all orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seqtui.engine.ngrams.add_k import relative_frequencies
from seqtui.engine.ngrams.backoff import Boundaries, Floats, pick, uniform_distribution
from seqtui.engine.ngrams.counts import NgramCounts, search
from seqtui.engine.ngrams.estimation import (
    Estimator,
    Shares,
    Spelling,
    Tally,
    Term,
    build_table,
    spell_sum,
    spell_unseen_history,
)
from seqtui.engine.ngrams.katz import spell_backoff
from seqtui.engine.protocol import Ids

_ROUNDS = 1_000
"""At most; about ten are enough."""
_SETTLED = 1e-9
"""Change of a weight below which another step is not worth it."""
_STRAIGHT = 1e-9
"""Curvature, beside the strongest, below which Newton's steps would know no bounds."""
_HALVINGS = 12
"""Of a step that goes too far."""
_BOUNDS = (1e-6, 1 - 1e-6)
"""An order that was never right would be switched off for good; no probability may become 0."""


class WittenBell(Estimator):
    """P(w | h) = (c(h w) + T(h) P(w | h')) / (c(h ·) + T(h)), T(h) ids that differ follow h.

    Each of them was new once: so often, in c + T trials, something new is expected. Witten and
    Bell, The zero-frequency problem (1991), method C; interpolated as in Chen and Goodman
    (1998), section 2.4.
    """

    name: ClassVar[str] = "witten-bell"

    def shares(self, tally: Tally, lower: Floats) -> Shares:
        """T of c + T goes to the lower order."""
        totals = tally.totals + tally.followers
        totals[totals == 0] = 1.0
        return Shares(tally.counts / totals[tally.parents], tally.followers / totals)

    def spell(self, term: Term, types: int) -> Spelling:
        """c(h w) / (c(h ·) + T(h)) + λ(h) P(w | h′): T(h) follows from λ = T / (c + T)."""
        if not term.history_count:
            return spell_unseen_history(term)
        followers = round(term.history_count * term.left / (1 - term.left)) if term.left < 1 else 0
        return spell_sum(
            term,
            f"c(h w) / ({term.history_symbol} + T(h))",
            "λ(h)",
            "{count} / ({total} + {followers})",
            followers=followers,
        )


class LinearInterpolation(Estimator):
    """P(w | h) = l_n c(h w) / c(h ·) + (1 - l_n) P(w | h'), one weight l_n for each order.

    An h that nothing follows passes all on. Jelinek and Mercer, Interpolated estimation of Markov
    source parameters from sparse data (1980); the weights are fitted by EM on held-out text.
    """

    name: ClassVar[str] = "linear-interpolation"
    parameter_per_order: ClassVar[bool] = True

    def __init__(self, *weights: float) -> None:
        self.weights = weights

    @property
    def parameters(self) -> tuple[float, ...]:
        """The weights, from the lowest order to the highest."""
        return self.weights

    def shares(self, tally: Tally, lower: Floats) -> Shares:
        """This order's weight, and what it leaves."""
        weight = self.weights[tally.order - 1]
        left = np.full(tally.histories, 1 - weight)
        return Shares(weight * relative_frequencies(tally), left, (weight,))

    def spell(self, term: Term, types: int) -> Spelling:
        """λ c(h w) / c(h ·) + (1 − λ) P(w | h′)."""
        if not term.history_count:
            return spell_unseen_history(term)
        return spell_sum(
            term,
            f"λ c(h w) / {term.history_symbol}",
            "(1 − λ)",
            "{weight} × {count} / {total}",
            weight=1 - term.left,
        )


class StupidBackoff(Estimator):
    """S(w | h) = c(h w) / c(h ·) if h w was seen, else .4 S(w | h'): a score, no probability.

    Brants, Popat, Xu, Och and Dean, Large Language Models in Machine Translation (2007).
    """

    name: ClassVar[str] = "stupid-back-off"
    interpolated: ClassVar[bool] = False
    normalised: ClassVar[bool] = False

    def __init__(self, factor: float = 0.4) -> None:
        self.factor = factor

    @property
    def unseen(self) -> float:
        """The factor: a step down costs the same after any history."""
        return self.factor

    @property
    def parameters(self) -> tuple[float, ...]:
        """The factor."""
        return (self.factor,)

    def shares(self, tally: Tally, lower: Floats) -> Shares:
        """Relative frequencies, and the factor for what was not seen."""
        return Shares(relative_frequencies(tally), np.full(tally.histories, self.factor))

    def spell(self, term: Term, types: int) -> Spelling:
        """As Katz, with nothing discounted: the share of the lower order is the factor."""
        return spell_backoff(term)


def fit_weights(
    counted: NgramCounts, held_out: Ids, boundaries: Boundaries | None = None
) -> LinearInterpolation:
    """The weights under which held-out text, which was not counted, is likeliest.

    Rounds of EM (a target was drawn by going down from the highest order whose history was seen;
    the weight of an order is the share of those that came by it and stopped there), and Newton's
    steps wherever these make the text likelier: EM alone creeps where a weight matters little.
    Where the likelihood has several peaks, as in very short texts, the one is found that is climbed
    from weights of 1/2.
    """
    targets = held_out if boundaries is None else held_out[held_out != boundaries.begin]
    lowest = uniform_distribution(counted.vocabulary_size, boundaries)[targets]
    frequencies = np.array(held_out_frequencies(counted, held_out, boundaries))
    weights = np.full(counted.order, 0.5)
    for _ in range(_ROUNDS if len(targets) else 0):
        before = weights
        weights = _improved(weights, frequencies, lowest)
        weights = _climbed(weights, frequencies, lowest)
        if np.abs(weights - before).max() < _SETTLED:
            break
    return LinearInterpolation(*(float(weight) for weight in weights))


def held_out_frequencies(
    counted: NgramCounts, held_out: Ids, boundaries: Boundaries | None
) -> list[Floats]:
    """For each order c(h w) / c(h ·) of each target, NaN where nothing follows its history."""
    table, _ = build_table(counted, StupidBackoff(), boundaries)
    rows = np.zeros(len(held_out), dtype=np.int64)
    found = []
    for order, level in enumerate(counted.levels, 1):
        if order > 1:
            rows = np.concatenate([[-1], rows[:-1]])
        history = rows
        rows = search(level.keys, history * counted.vocabulary_size + held_out)
        rows[history < 0] = -1
        frequency = np.exp(pick(table.log_probs[order - 1], rows, -np.inf))
        first, end = counted.children(order, history)
        found.append(np.where(end > first, frequency, np.nan))
    if boundaries is not None:
        targets = held_out != boundaries.begin
        found = [each[targets] for each in found]
    return found


@dataclass(frozen=True, slots=True)
class _Mixed:
    """Held-out targets by some weights, each array `[order, targets]`."""

    known: NDArray[np.bool_]
    """Whether the history occurs."""
    frequencies: Floats
    """c(h w) / c(h ·), 0 where it does not."""
    lower: Floats
    """The mixture of the orders below."""
    probabilities: Floats
    """The mixture up to each order; the last is P."""

    @classmethod
    def of(cls, weights: Floats, frequencies: Floats, lowest: Floats) -> _Mixed:
        known = ~np.isnan(frequencies)
        frequencies = np.where(known, frequencies, 0.0)
        lower, upto = np.empty_like(frequencies), np.empty_like(frequencies)
        below = lowest
        for at, weight in enumerate(weights):
            lower[at] = below
            mixed = weight * frequencies[at] + (1 - weight) * below
            upto[at] = below = np.where(known[at], mixed, below)
        return cls(known, frequencies, lower, upto)


def _likelihood(weights: Floats, frequencies: Floats, lowest: Floats) -> float:
    """ln P of the held-out text."""
    mixed = _Mixed.of(weights, frequencies, lowest)
    return float(np.log(mixed.probabilities[-1]).sum())


def _improved(weights: Floats, frequencies: Floats, lowest: Floats) -> Floats:
    """One round of EM."""
    mixed = _Mixed.of(weights, frequencies, lowest)
    came_by = np.ones(len(lowest))
    improved = np.empty(len(weights))
    for order in range(len(weights) - 1, -1, -1):
        known = mixed.known[order]
        stopped = weights[order] * mixed.frequencies[order] / mixed.probabilities[order]
        came = came_by[known].sum()
        improved[order] = came_by[known] @ stopped[known] / came if came else 0.0
        came_by = came_by * np.where(known, 1 - stopped, 1.0)
    return np.clip(improved, *_BOUNDS)


def _climbed(weights: Floats, frequencies: Floats, lowest: Floats) -> Floats:
    """The weights after one of Newton's steps up ln P, as much of it as makes the text likelier.

    P is linear in each weight: dP/dw_k = (f_k - P_{k-1}) times the (1 - w_j) of the orders above
    that came by, and for k < l the second derivative is -(dP/dw_k) / (1 - w_l).
    """
    mixed = _Mixed.of(weights, frequencies, lowest)
    passed = np.where(mixed.known, 1 - weights[:, None], 1.0)
    above = np.cumprod(np.vstack([np.ones(len(lowest)), passed[:0:-1]]), axis=0)[::-1]
    slopes = above * np.where(mixed.known, mixed.frequencies - mixed.lower, 0.0)
    relative = slopes / mixed.probabilities[-1]
    gradient = relative.sum(axis=1)
    curvature = -relative @ relative.T
    cross = np.triu(-relative @ (mixed.known / (1 - weights)[:, None]).T, 1)
    curvature += cross + cross.T
    low, high = _BOUNDS
    free = ~((weights <= low) & (gradient < 0)) & ~((weights >= high) & (gradient > 0))
    if not free.any():
        return weights
    # ln P need not be concave in all weights together: where it curves up, the step still climbs.
    bends, ways = np.linalg.eigh(curvature[np.ix_(free, free)])
    bends = np.maximum(np.abs(bends), _STRAIGHT * max(np.abs(bends).max(), 1.0))
    step = np.zeros(len(weights))
    step[free] = ways @ (ways.T @ gradient[free] / bends)
    reached = float(np.log(mixed.probabilities[-1]).sum())
    for halvings in range(_HALVINGS):
        climbed: Floats = np.clip(weights + step / 2**halvings, low, high)
        if _likelihood(climbed, frequencies, lowest) > reached:
            return climbed
    return weights
