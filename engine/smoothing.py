"""Estimating n-gram models: what an n-gram keeps, and what its history leaves to unseen ones.

Each estimator sees one order at a time and splits the mass of every history h: the share of
each seen n-gram h w, and the weight of the lower order. The interpolated probability is then
P(w | h) = share(h w) + weight(h) P(w | h'), down to the uniform law over all |V| ids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from seqtui.engine.backoff import BackoffModel, Floats, find_rows
from seqtui.engine.counts import NgramCounts, Rows, count_ngrams
from seqtui.engine.protocol import Ids


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """The n-grams of one order as an estimator sees them."""

    order: int
    counts: NDArray[np.int64]
    """Of each n-gram, `[distinct]`: occurrences, or distinct left neighbours; all above 0."""
    histories: Rows
    """Row of the history of each, `[distinct]`."""
    many: int
    """How many histories there are; some may have no n-gram (at the text's end)."""

    def sums(self, values: NDArray[np.int64] | Floats | None = None) -> Floats:
        """For each history the sum of its n-grams' values, or their number, `[many]`."""
        return np.bincount(self.histories, values, self.many).astype(np.float64)

    def of_counts(self, highest: int) -> list[int]:
        """How many n-grams have the count 1, 2, ... `highest`."""
        return [int(np.count_nonzero(self.counts == each)) for each in range(1, highest + 1)]


@dataclass(frozen=True, slots=True)
class Estimate:
    """How the mass of the histories of one order is split."""

    shares: Floats
    """What each n-gram has by itself, `[distinct]`."""
    weights: Floats
    """What each history gives to the lower order, `[many]`; 1 where nothing follows it."""
    fallback: str = ""
    """The discounts taken where the counts of counts allow none."""


class Estimator(Protocol):
    """A smoothing."""

    lower_orders: ClassVar[str]
    """What the orders below the highest count: `occurrences`, or `neighbours` to the left."""

    def estimate(self, level: OrderCounts) -> Estimate:
        """Split the mass of each history of one order."""
        ...


class WittenBell:
    """share = c(h w) / (c(h ·) + T(h)), weight = T(h) / (c(h ·) + T(h)).

    T(h) is the number of distinct ids that follow h: each was new once, so that a new one is
    expected in T of c + T trials. Witten and Bell 1991, method C; interpolated as in Chen and
    Goodman 1999, section 2.4.
    """

    lower_orders: ClassVar[str] = "occurrences"

    def estimate(self, level: OrderCounts) -> Estimate:
        """Split the mass of each history of one order."""
        types = level.sums()
        totals = level.sums(level.counts) + types
        shares = level.counts / totals[level.histories]
        return Estimate(shares, _ratio(types, totals))


class AbsoluteDiscounting:
    """share = (c(h w) - D) / c(h ·), weight = D T(h) / c(h ·).

    D = n1 / (n1 + 2 n2) for each order, of the numbers n1 and n2 of n-grams that occur once
    and twice; .75 where one of these is 0. Ney, Essen and Kneser, On Structuring Probabilistic
    Dependences in Stochastic Language Modelling, 1994.
    """

    lower_orders: ClassVar[str] = "occurrences"

    def estimate(self, level: OrderCounts) -> Estimate:
        """Split the mass of each history of one order."""
        once, twice = level.of_counts(2)
        estimable = once > 0 and twice > 0
        discount = once / (once + 2 * twice) if estimable else 0.75
        discounts = np.full(len(level.counts), discount)
        return _discounted(level, discounts, "" if estimable else "0.75")


class KneserNey(AbsoluteDiscounting):
    """Absolute discounting whose lower orders count distinct left neighbours.

    Below the highest order c(g) is N1+(· g), the number of different ids seen before g: a word
    that only ever follows one other is no likely word elsewhere. Kneser and Ney, Improved
    Backing-off for M-gram Language Modeling, 1995; interpolated as in Chen and Goodman 1999.
    """

    lower_orders: ClassVar[str] = "neighbours"


class ModifiedKneserNey:
    """Kneser-Ney with three discounts for each order: of counts 1, 2, and 3 or more.

    D1 = 1 - 2 Y n2/n1, D2 = 2 - 3 Y n3/n2, D3+ = 3 - 4 Y n4/n3 with Y = n1 / (n1 + 2 n2), of
    the counts of counts n1..n4 of the order (occurrences at the highest, left neighbours
    below). Where one of them is 0, or a discount not above 0 and at most its count, .5, 1 and
    1.5. Chen and Goodman 1999, section 3.
    """

    lower_orders: ClassVar[str] = "neighbours"

    def estimate(self, level: OrderCounts) -> Estimate:
        """Split the mass of each history of one order."""
        found = three_discounts(level.of_counts(4))
        table = np.array([0.0, *(found or FALLBACK_DISCOUNTS)])
        discounts = table[np.minimum(level.counts, 3)]
        return _discounted(level, discounts, "" if found else "0.5, 1 and 1.5")


FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)

ESTIMATORS: dict[str, Estimator] = {
    "witten-bell": WittenBell(),
    "absolute-discounting": AbsoluteDiscounting(),
    "kneser-ney": KneserNey(),
    "modified-kneser-ney": ModifiedKneserNey(),
}


def three_discounts(of_counts: Sequence[int]) -> tuple[float, float, float] | None:
    """D1, D2 and D3+ of the counts of counts n1..n4; None where these do not allow them."""
    n1, n2, n3, n4 = of_counts
    if not (n1 and n2 and n3 and n4):
        return None
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    fit = all(0 < discount <= count for count, discount in enumerate(found, 1))
    return found if fit else None


def _discounted(level: OrderCounts, discounts: Floats, fallback: str) -> Estimate:
    totals = level.sums(level.counts)
    shares = (level.counts - discounts) / totals[level.histories]
    return Estimate(shares, _ratio(level.sums(discounts), totals), fallback)


def _ratio(mass: Floats, totals: Floats) -> Floats:
    """mass / totals; 1 for a history with no continuation: it passes everything on."""
    return np.divide(mass, totals, out=np.ones_like(totals), where=totals > 0)


def suffix_rows(counted: NgramCounts) -> list[Rows]:
    """For each level the rows, in the level below, of its n-grams without their first id."""
    size = counted.vocabulary_size
    suffixes: list[Rows] = [np.zeros(counted.levels[0].keys.shape, dtype=np.int64)]
    for below, level in zip(counted.levels, counted.levels[1:], strict=False):
        parents, last = np.divmod(level.keys, size)
        rows = suffixes[-1][parents]
        if below is counted.levels[0]:
            suffixes.append(np.searchsorted(below.keys, last))
        else:
            suffixes.append(find_rows(below.keys, rows * size + last, rows))
    return suffixes


def estimate_model(counted: NgramCounts, name: str) -> BackoffModel:
    """The interpolated model of counts; `name` is a key of `ESTIMATORS`."""
    estimator = ESTIMATORS[name]
    suffixes = suffix_rows(counted)
    probabilities: list[Floats] = []
    weights: list[Floats] = []
    fallbacks: list[tuple[int, str]] = []
    lower = np.array([1 / counted.vocabulary_size])
    for order, level in enumerate(counted.levels, 1):
        counts = level.counts
        if estimator.lower_orders == "neighbours" and order < counted.order:
            # The text's beginning is a left neighbour too: none is without.
            counts = np.bincount(suffixes[order], minlength=len(counts)) + (level.first == 0)
        histories = level.keys // counted.vocabulary_size
        estimate = estimator.estimate(OrderCounts(order, counts, histories, len(lower)))
        lower = estimate.shares + estimate.weights[histories] * lower[suffixes[order - 1]]
        probabilities.append(lower)
        weights.append(estimate.weights)
        if estimate.fallback:
            fallbacks.append((order, estimate.fallback))
    return BackoffModel(
        counted, tuple(probabilities), tuple(weights), notices=_notices(name, fallbacks)
    )


def _notices(name: str, fallbacks: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    if not fallbacks:
        return ()
    orders = ", ".join(str(order) for order, _ in fallbacks)
    plural = "s" if len(fallbacks) > 1 else ""
    return (
        f"--smoothing {name}: the counts of counts of order{plural} {orders} allow no discount; "
        f"{fallbacks[0][1]} taken instead",
    )


def fit_smoothed(
    ids: Ids,
    order: int,
    vocabulary_size: int,
    smoothing: str,
    on_progress: Callable[[int, int], bool] | None = None,
) -> BackoffModel:
    """Count a text as one stream, then estimate; `smoothing` is a key of `ESTIMATORS`.

    Raises InputError as `count_ngrams` does.
    """
    return estimate_model(count_ngrams(ids, order, vocabulary_size, on_progress), smoothing)
