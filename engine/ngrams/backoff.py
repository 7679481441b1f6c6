"""Probabilities of n-grams and the weight left for shorter histories: one table for every model.

One recursion, over the orders from the empty history up, gives every probability:

    P(w | h) = stored(h w)              where h w is in the table
             = left(h) P(w | h')        where it is not; h' is h without its oldest id

Below the empty history comes the uniform distribution. Interpolated estimates are stored with the
lower orders already added in, so they are read the same way (Chen and Goodman, An Empirical Study
of Smoothing Techniques for Language Modeling, 1998, section 2.8).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.vocabulary import BEGIN, END, Vocabulary
from seqtui.engine.ngrams.counts import search
from seqtui.engine.protocol import Ids, LogProbs

Floats = NDArray[np.float64]

PIECE = 200_000
"""Targets scored at a time."""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The ids that begin and end a line: `<s>` is context only, `</s>` is predicted."""

    begin: int
    end: int


def line_boundaries(vocabulary: Vocabulary, options: CorpusOptions) -> Boundaries | None:
    """The ids of `<s>` and `</s>` where lines have boundaries, None in one stream."""
    if options.boundaries != "line":
        return None
    begin, end = vocabulary.id_of(BEGIN), vocabulary.id_of(END)
    assert begin is not None
    assert end is not None
    return Boundaries(begin, end)


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
    """Whether what is left goes to the uniform distribution at once, and not to the next order."""
    log_unseen: float
    """ln of what a history that is not in the table multiplies the lower order with."""
    boundaries: Boundaries | None

    @classmethod
    def of(
        cls,
        vocabulary_size: int,
        keys: tuple[NDArray[np.int64], ...],
        log_probs: tuple[Floats, ...],
        log_left: tuple[Floats, ...],
        boundaries: Boundaries | None,
        skips: bool = False,
        unseen: float = 1.0,
    ) -> Table:
        """A table over the uniform distribution; `unseen` is not yet a logarithm."""
        with np.errstate(divide="ignore"):
            return cls(
                vocabulary_size=vocabulary_size,
                keys=keys,
                log_probs=log_probs,
                log_left=log_left,
                log_lowest=np.log(uniform_distribution(vocabulary_size, boundaries)),
                skips=skips,
                log_unseen=float(np.log(unseen)),
                boundaries=boundaries,
            )

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
            left = pick(self.log_left[level], history, self.log_unseen)
            seen = pick(self.log_probs[level], rows, 0.0)
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

    def stored(self, ngram: tuple[int, ...]) -> float:
        """P(w | h) of an n-gram that is in the table; 0 for another."""
        row = self.row_of(ngram)
        return float(np.exp(self.log_probs[len(ngram) - 1][row])) if row >= 0 else 0.0

    def distribution(self, history: tuple[int, ...]) -> LogProbs:
        """ln P of every id after a history of at most n-1 ids, `[vocab]`."""
        log_probs = self._unigrams
        for length in range(1, len(history) + 1):
            row = self.row_of(history[-length:])
            lower = self.log_lowest if self.skips else log_probs
            log_probs = lower + (self.log_left[length][row] if row >= 0 else self.log_unseen)
            if row >= 0:
                begin, end = self._children(length, row)
                keys = self.keys[length][begin:end]
                log_probs[keys - row * self.vocabulary_size] = self.log_probs[length][begin:end]
        return log_probs.copy()

    @cached_property
    def _unigrams(self) -> LogProbs:
        log_probs: LogProbs = self.log_lowest + self.log_left[0][0]
        log_probs[self.keys[0]] = self.log_probs[0]
        return log_probs

    def _children(self, level: int, row: int) -> tuple[int, int]:
        size = self.vocabulary_size
        begin, end = np.searchsorted(self.keys[level], [row * size, (row + 1) * size])
        return int(begin), int(end)


def pick(values: Floats, rows: NDArray[np.int64], otherwise: float) -> Floats:
    """The values of rows, and another one for row -1."""
    if not len(values):
        return np.full(len(rows), otherwise)
    return np.where(rows < 0, otherwise, values[rows])


def uniform_distribution(vocabulary_size: int, boundaries: Boundaries | None) -> Floats:
    """1 / |V| for every id that can be predicted, `[vocab]`."""
    if boundaries is None:
        return np.full(vocabulary_size, 1 / vocabulary_size)
    distribution = np.full(vocabulary_size, 1 / (vocabulary_size - 1))
    distribution[boundaries.begin] = 0.0
    return distribution


@dataclass(frozen=True, eq=False)
class BackoffModel:
    """A language model that is a table; n-gram models that were counted know more of themselves."""

    table: Table

    @property
    def vocabulary_size(self) -> int:
        """|V|."""
        return self.table.vocabulary_size

    @property
    def order(self) -> int:
        """n."""
        return self.table.order

    @property
    def context(self) -> int | None:
        """n - 1."""
        return self.order - 1

    @property
    def parameters(self) -> int:
        """N-grams stored, over all orders."""
        return sum(len(keys) for keys in self.table.keys)

    @property
    def normalised(self) -> bool:
        """Whether the scores are probabilities: yes."""
        return True

    def score(self, ids: Ids) -> Iterator[LogProbs]:
        """Natural-log probabilities of `ids[1:]`, vectorised.

        With boundaries the targets are all of these but `<s>`, which is never predicted.
        """
        for start in range(1, len(ids), PIECE):
            begin = max(start - self.order, 0)
            scores = self.table.score(ids[begin : start + PIECE], start - begin)
            yield scores if self.table.boundaries is None else scores[~np.isnan(scores)]

    def start(self, prefix: Ids) -> BackoffStep:
        """The model after a prefix: only its last n-1 ids, of its last line, matter."""
        return BackoffStep(self, self.history(prefix[-self.order :].tolist()))

    def history(self, before: Sequence[int]) -> tuple[int, ...]:
        """What of the ids before a token can matter to it."""
        boundaries = self.table.boundaries
        if boundaries is not None:
            if not before or before[-1] == boundaries.end:
                before = (boundaries.begin,)
            begins = [i for i, token in enumerate(before) if token == boundaries.begin]
            before = before[begins[-1] :] if begins else before
        return tuple(before[-(self.order - 1) :]) if self.order > 1 else ()


@dataclass(frozen=True, slots=True)
class BackoffStep:
    """An n-gram model after some ids, of which it remembers the last n-1."""

    model: BackoffModel
    history: tuple[int, ...]

    @property
    def log_probs(self) -> LogProbs:
        """Natural-log probability of every id as the next, `[vocab]`."""
        return self.model.table.distribution(self.history)

    def advance(self, token: int) -> BackoffStep:
        """The model after one more id."""
        return BackoffStep(self.model, self.model.history((*self.history, token)))
