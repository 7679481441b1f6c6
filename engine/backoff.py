"""Probabilities of n-grams and the weight left for shorter histories: one table for every model.

An estimator says, for each order, which share of a history's mass each n-gram holds directly and
how much is left for what the shorter history says. From that one recursion, over the orders from
the empty history up, gives every probability:

    P(w | h) = stored(h w)              where h w is in the table
             = left(h) P(w | h')        where it is not; h' is h without its oldest id

Below the empty history stands the uniform law. Interpolated estimates are stored with the lower
orders already added in, so they are read the same way (Chen and Goodman, An Empirical Study of
Smoothing Techniques for Language Modeling, 1998, section 2.8).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seqtui.engine.counts import NgramCounts, search
from seqtui.engine.protocol import Ids, LogProbs

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The ids that begin and end a line: `<s>` is context only, `</s>` is predicted."""

    begin: int
    end: int


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

    def by_history(self, values: NDArray[np.generic]) -> Floats:
        """Sums over the n-grams of each history, `[histories]`."""
        weights = np.asarray(values, dtype=np.float64)
        return np.bincount(self.parents, weights, minlength=self.histories)

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


class Estimator(Protocol):
    """Turns counts into probabilities; one small class for each formula."""

    @property
    def name(self) -> str:
        """What `--smoothing` calls it."""
        ...

    @property
    def interpolated(self) -> bool:
        """Whether seen n-grams get their part of the lower order too, or only unseen ones do."""
        ...

    @property
    def skips(self) -> bool:
        """Whether what is left goes to the uniform law at once, and not to the next order."""
        ...

    @property
    def unseen(self) -> float:
        """What a history that was never seen multiplies the lower order with; 1 as a rule."""
        ...

    @property
    def normalised(self) -> bool:
        """Whether the results are probabilities."""
        ...

    def tally(self, counted: NgramCounts, order: int, boundaries: Boundaries | None) -> Tally:
        """The counts of one order, as this estimator reads them."""
        ...

    def shares(self, tally: Tally, lower: Floats) -> Shares:
        """Share out one order; `lower` is P(w | h') for each of its n-grams, `[distinct]`."""
        ...


def raw_tally(counted: NgramCounts, order: int, boundaries: Boundaries | None) -> Tally:
    """The counts as they are."""
    return tally_of(counted, order, boundaries, counted.levels[order - 1].counts)


def tally_of(
    counted: NgramCounts, order: int, boundaries: Boundaries | None, counts: NDArray[np.int64]
) -> Tally:
    """Other counts for the n-grams of one order."""
    types = counted.vocabulary_size
    histories = 1 if order == 1 else len(counted.levels[order - 2].keys)
    if boundaries is not None:
        types -= 1
        if order == 1:
            counts = np.where(counted.levels[0].keys == boundaries.begin, 0, counts)
    return Tally(order, counts, counted.parents[order - 1], histories, types)


@dataclass(frozen=True, eq=False)
class Table:
    """Log probabilities (nats) and log back-off weights over the rows of a tree of n-grams."""

    vocabulary_size: int
    keys: tuple[NDArray[np.int64], ...]
    """Of each level, as in `counts.Level`."""
    log_probs: tuple[Floats, ...]
    """ln P(w | h) of each n-gram, for each level."""
    log_left: tuple[Floats, ...]
    """ln of what is left for unseen ids after each history; entry k-1 is over (k-1)-grams."""
    log_lowest: Floats
    """ln P(w) below the empty history, `[vocab]`: uniform, and impossible for `<s>`."""
    skips: bool
    log_unseen: float
    boundaries: Boundaries | None

    @property
    def order(self) -> int:
        """n of the longest n-grams."""
        return len(self.keys)

    def score(self, ids: Ids, start: int) -> LogProbs:
        """ln P of `ids[start:]`, each given up to n-1 ids before it, `[steps - start]`.

        `<s>` is not predicted: its places hold NaN where there are boundaries.
        """
        ids = ids[max(start - self.order + 1, 0) :]
        start = min(start, self.order - 1)
        scores = self.log_lowest[ids]
        lowest = scores
        rows = np.zeros(len(ids), dtype=np.int64)  # of the (k-1)-gram that ends before a place
        within = np.ones(len(ids), dtype=bool)  # whether a history of k-1 ids is there
        for level, keys in enumerate(self.keys):
            if level:
                rows = np.concatenate([[-1], rows[:-1]])
                within = np.concatenate([[False], within[:-1]])
                if self.boundaries is not None:
                    within[1:] &= ids[:-1] != self.boundaries.end
            history = rows
            rows = search(keys, history * self.vocabulary_size + ids)
            rows[history < 0] = -1
            left = _pick(self.log_left[level], history, self.log_unseen)
            seen = _pick(self.log_probs[level], rows, 0.0)
            found = np.where(rows < 0, left + (lowest if self.skips else scores), seen)
            scores = np.where(within, found, scores)
        if self.boundaries is not None:
            scores = np.where(ids == self.boundaries.begin, np.nan, scores)
        return np.asarray(scores[start:])

    def row_of(self, ngram: tuple[int, ...]) -> int:
        """The row of one n-gram in its level, 0 for the empty one, -1 if it is not there."""
        row = 0
        for keys, token in zip(self.keys, ngram, strict=False):
            key = row * self.vocabulary_size + token
            row = int(np.searchsorted(keys, key))
            if row == len(keys) or keys[row] != key:
                return -1
        return row

    def law(self, history: tuple[int, ...]) -> LogProbs:
        """ln P of every id after a history of at most n-1 ids, `[vocab]`."""
        law = self._unigrams
        for length in range(1, len(history) + 1):
            row = self.row_of(history[-length:])
            lower = self.log_lowest if self.skips else law
            law = lower + (self.log_left[length][row] if row >= 0 else self.log_unseen)
            if row >= 0:
                begin, end = self._children(length, row)
                keys = self.keys[length][begin:end]
                law[keys - row * self.vocabulary_size] = self.log_probs[length][begin:end]
        return law.copy()

    @cached_property
    def _unigrams(self) -> LogProbs:
        law = self.log_lowest + self.log_left[0][0]
        law[self.keys[0]] = self.log_probs[0]
        return law

    def _children(self, level: int, row: int) -> tuple[int, int]:
        size = self.vocabulary_size
        begin, end = np.searchsorted(self.keys[level], [row * size, (row + 1) * size])
        return int(begin), int(end)


def _pick(values: Floats, rows: NDArray[np.int64], otherwise: float) -> Floats:
    if not len(values):
        return np.full(len(rows), otherwise)
    return np.where(rows < 0, otherwise, values[rows])


def build_table(
    counted: NgramCounts, estimator: Estimator, boundaries: Boundaries | None = None
) -> Table:
    """Estimate all orders, from the lowest to the highest."""
    size = counted.vocabulary_size
    lowest = np.full(size, 1 / (size - (boundaries is not None)))
    if boundaries is not None:
        lowest[boundaries.begin] = 0.0
    probabilities = lowest
    log_probs, log_left = [], []
    for order, level in enumerate(counted.levels, 1):
        tally = estimator.tally(counted, order, boundaries)
        if order == 1 or estimator.skips:
            lower = lowest[level.keys % size]
        else:
            lower = probabilities[counted.suffixes[order - 1]]
        shares = estimator.shares(tally, lower)
        probabilities = shares.direct
        if estimator.interpolated:
            probabilities = probabilities + shares.left[tally.parents] * lower
        if order == 1 and boundaries is not None:
            probabilities = np.where(level.keys == boundaries.begin, 0.0, probabilities)
        with np.errstate(divide="ignore"):
            log_probs.append(np.log(probabilities))
            log_left.append(np.log(np.where(tally.totals > 0, shares.left, estimator.unseen)))
    with np.errstate(divide="ignore"):
        return Table(
            vocabulary_size=size,
            keys=tuple(level.keys for level in counted.levels),
            log_probs=tuple(log_probs),
            log_left=tuple(log_left),
            log_lowest=np.log(lowest),
            skips=estimator.skips,
            log_unseen=float(np.log(estimator.unseen)),
            boundaries=boundaries,
        )
