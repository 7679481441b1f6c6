"""From counts to probabilities: what an estimator is, and how it is applied order by order.

An estimator defines, for each order, which share of a history's mass each n-gram holds directly and
how much is left for the shorter history.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.errors import UserMessage
from seqtui.engine.memory import require_memory
from seqtui.engine.ngrams.backoff import Boundaries, Floats, Table, uniform_distribution
from seqtui.engine.ngrams.counts import NgramCounts

_BYTES_AN_NGRAM = 16
"""Of the table: a probability and a back-off weight."""
_BYTES_OF_WORK = 60
"""For each n-gram of the order in work."""


@dataclass(frozen=True, eq=False)
class Tally:
    """The counts of one order, as an estimator reads them."""

    order: int
    counts: NDArray[np.int64]
    """c(h w) for each n-gram, raw or adjusted; 0 for `<s>` alone, which is never predicted."""
    parents: NDArray[np.int32]
    """The row of h for each n-gram."""
    histories: int
    """How many h there are: rows of the level below, 1 for the empty history."""
    types: int
    """How many ids can be predicted."""

    def by_history(self, values: NDArray[Any]) -> Floats:
        """Sums over the n-grams of each history, `[histories]`."""
        sums = np.bincount(self.parents, values, minlength=self.histories)
        return sums.astype(np.float64, copy=False)

    @cached_property
    def totals(self) -> Floats:
        """c(h ·) of each history: 0 where nothing follows it."""
        return self.by_history(self.counts)

    @cached_property
    def followers(self) -> Floats:
        """N1+(h ·): how many different ids follow each history."""
        return self.by_history(self.counts > 0)


@dataclass(frozen=True, eq=False)
class Shares:
    """What an estimator makes of one order."""

    direct: Floats
    """Probability that each n-gram holds by itself, `[distinct]`."""
    left: Floats
    """Share of each history's mass that goes to the lower order, `[histories]`."""
    constants: tuple[float, ...] = ()
    """What was estimated for this order: such as the discounts of counts of 1, 2 and so on."""
    note: UserMessage | None = None
    """What the user should know of this order."""


@dataclass(frozen=True, slots=True)
class Term:
    """One order of a probability: P = direct + left · lower, or one of the two parts alone."""

    history: tuple[int, ...]
    """The ids that were conditioned on."""
    count: int
    """c(h w) as the estimator reads it: Kneser-Ney counts predecessors in the lower orders."""
    history_count: int
    """The sum of these counts over all that follows h."""
    direct: float
    """What h w holds by itself."""
    left: float
    """Share of the mass of h that goes to the lower order."""
    lower: float
    """P(w | h') of the lower order, which `left` multiplies."""
    probability: float
    of_predecessors: bool = False
    """Whether the counts are not of occurrences but of the different ids that come before."""

    @property
    def count_symbol(self) -> str:
        """c(h w), or Chen and Goodman's N1+(· h w)."""
        if not self.of_predecessors:
            return "c(h w)"
        return "N₁₊(· h w)" if self.history else "N₁₊(· w)"

    @property
    def history_symbol(self) -> str:
        """c(h ·), or N1+(· h ·); N, the length of the text, after the empty history."""
        if self.of_predecessors:
            return "N₁₊(· h ·)" if self.history else "N₁₊(· ·)"
        return "c(h ·)" if self.history else "N"

    @property
    def lower_symbol(self) -> str:
        """The lower order; the uniform distribution below the empty history."""
        return "P(w | h′)" if self.history else "1/|V|"


@dataclass(frozen=True, slots=True)
class Spelling:
    """The arithmetic of one probability in an estimator's notation; `numbers` equal the result."""

    symbols: str
    """`(c(h w) + k) / (c(h ·) + k |V|)`."""
    numbers: str
    """The same with a place for each number: `({count} + {k}) / ({total} + {k} × {types})`."""
    values: Mapping[str, float]
    """The number of each place; counts are whole, `lower` is the probability of the lower order."""
    unseen_history: bool = False
    """Whether nothing follows h in the training text, so that only the lower order decides."""
    of_predecessors: bool = False
    """Whether the counts are of the different ids that come before, not of occurrences."""


class Estimator(ABC):
    """Turns counts into probabilities; one small class for each formula."""

    name: ClassVar[str]
    """What `--smoothing` calls it."""
    interpolated: ClassVar[bool] = True
    """Whether seen n-grams get their part of the lower order too, or only unseen ones do."""
    skips: ClassVar[bool] = False
    """Whether what is left goes to the uniform distribution at once, and not to the next order."""
    normalised: ClassVar[bool] = True
    """Whether the results are probabilities."""
    counts_predecessors: ClassVar[bool] = False
    """Whether the lower orders count the ids that precede an n-gram, not its occurrences."""
    parameter_per_order: ClassVar[bool] = False
    """Whether `parameters` has one entry for each order."""

    @property
    def unseen(self) -> float:
        """What a history that nothing follows in the text multiplies the lower order with."""
        return 1.0

    @property
    def parameters(self) -> tuple[float, ...]:
        """What makes this estimator again, given to its class."""
        return ()

    def tally(self, counted: NgramCounts, order: int, boundaries: Boundaries | None) -> Tally:
        """The counts of one order, as this estimator reads them: as they are."""
        return tally_of(counted, order, boundaries, counted.levels[order - 1].counts)

    @abstractmethod
    def shares(self, tally: Tally, lower: Floats) -> Shares:
        """Share out one order; `lower` is P(w | h') for each of its n-grams, `[distinct]`."""

    @abstractmethod
    def spell(self, term: Term, types: int) -> Spelling:
        """The formula of the highest order with its numbers; `types` ids can be predicted."""


def spell_lower(term: Term, factor: str) -> Spelling:
    """Nothing by itself, but a share of the lower order: `factor` is the share's symbol."""
    return Spelling(f"{factor} {term.lower_symbol}", "{left} × {lower}", _shared(term))


def spell_unseen_history(term: Term) -> Spelling:
    """The same for a history that nothing follows."""
    return replace(spell_lower(term, "λ"), unseen_history=True)


def spell_sum(term: Term, symbols: str, factor: str, numbers: str, **values: float) -> Spelling:
    """What an n-gram holds by itself, plus a share of the lower order."""
    return Spelling(
        f"{symbols} + {factor} {term.lower_symbol}",
        f"{numbers} + {{left}} × {{lower}}",
        {"count": term.count, "total": term.history_count, **values, **_shared(term)},
    )


def _shared(term: Term) -> dict[str, float]:
    return {"left": term.left, "lower": term.lower}


def tally_of(
    counted: NgramCounts, order: int, boundaries: Boundaries | None, counts: NDArray[np.int64]
) -> Tally:
    """Counts for the n-grams of one order; `<s>` alone has none, since it is never predicted."""
    types = counted.vocabulary_size
    histories = 1 if order == 1 else len(counted.levels[order - 2].keys)
    if boundaries is not None:
        types -= 1
        if order == 1:
            counts = np.where(counted.levels[0].keys == boundaries.begin, 0, counts)
    return Tally(order, counts, counted.parents[order - 1], histories, types)


def build_table(
    counted: NgramCounts,
    estimator: Estimator,
    boundaries: Boundaries | None = None,
    least: Sequence[int] = (),
) -> tuple[Table, tuple[Shares, ...]]:
    """Estimate all orders, from the lowest to the highest; also what was made of each.

    With `least`, the n-grams that `pruning.prune` will take out give their mass to what their
    history leaves. The rows of the table are those of `counted` all the same.
    """
    size = counted.vocabulary_size
    distinct = [len(level.keys) for level in counted.levels]
    require_memory(
        _BYTES_AN_NGRAM * sum(distinct) + _BYTES_OF_WORK * max(distinct),
        UserMessage("estimating from {count:,} n-grams", count=sum(distinct)),
        UserMessage("lower --order, or take a shorter text"),
    )
    lowest = uniform_distribution(size, boundaries)
    probabilities = lowest
    log_probs, log_left, made = [], [], []
    for order, level in enumerate(counted.levels, 1):
        tally = estimator.tally(counted, order, boundaries)
        if order == 1 or estimator.skips:
            lower = lowest[level.keys % size]
        else:
            lower = probabilities[counted.suffixes[order - 1]]
        shares = estimator.shares(tally, lower)
        if order <= len(least) and least[order - 1] > 1:
            shares = _without_rare(
                shares, tally, lower, level.counts >= least[order - 1], estimator
            )
        made.append(shares)
        probabilities = shares.direct
        if estimator.interpolated:
            probabilities = probabilities + shares.left[tally.parents] * lower
        if order == 1 and boundaries is not None:
            probabilities = np.where(level.keys == boundaries.begin, 0.0, probabilities)
        with np.errstate(divide="ignore"):
            log_probs.append(np.minimum(np.log(probabilities), 0.0))
            log_left.append(np.log(np.where(tally.totals > 0, shares.left, estimator.unseen)))
    table = Table.of(
        size,
        tuple(level.keys for level in counted.levels),
        tuple(log_probs),
        tuple(log_left),
        boundaries,
        estimator.skips,
        estimator.unseen,
    )
    return table, tuple(made)


def _without_rare(
    shares: Shares,
    tally: Tally,
    lower: Floats,
    kept: NDArray[np.bool_],
    estimator: Estimator,
) -> Shares:
    """The same shares, but what is not kept holds nothing: its history leaves so much more."""
    direct = np.where(kept, shares.direct, 0.0)
    if estimator.interpolated:
        return replace(shares, left=shares.left + tally.by_history(shares.direct - direct))
    unseen = 1 - tally.by_history(np.where(kept, lower, 0.0))
    mass = 1 - tally.by_history(direct)
    left = np.divide(mass, unseen, out=np.zeros(len(mass)), where=unseen > 1e-12)
    return replace(shares, left=left)
