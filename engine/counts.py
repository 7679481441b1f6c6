"""How often each n-gram occurs: counted for all orders at once, as levels of a tree.

Level k holds the distinct k-grams, sorted. The key of a k-gram is the row of its first k-1 ids
in level k-1, times |V|, plus its last id: keys stay below 2^63 at any order, the continuations
of a history are one contiguous range, and a look-up is a binary search for each level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.errors import Cancelled, InputError
from seqtui.engine.protocol import Ids

HIGHEST_ORDER = 10

OnProgress = Callable[[int, int], bool]
Rows = NDArray[np.int64]
"""Rows of a level; -1 for n-grams that never occur."""


@dataclass(frozen=True, eq=False)
class Level:
    """The distinct n-grams of one order."""

    keys: NDArray[np.int64]
    """Sorted; row of the history in the level below, times |V|, plus the last id."""
    counts: NDArray[np.int64]
    """Occurrences of each."""
    first: NDArray[np.int64]
    """Position of the first occurrence of each in the text."""


@dataclass(frozen=True, eq=False)
class NgramCounts:
    """The n-grams of orders 1 to `order` in a text, counted as one stream."""

    vocabulary_size: int
    levels: tuple[Level, ...]
    """Level k-1 holds the k-grams."""

    @property
    def order(self) -> int:
        """n of the longest n-grams."""
        return len(self.levels)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Occurrences of each n-gram of the highest order, `[distinct]`."""
        return self.levels[-1].counts

    @property
    def total(self) -> int:
        """Occurrences of all of them."""
        return int(self.counts.sum())

    @property
    def distinct(self) -> int:
        """How many different n-grams of the highest order occur."""
        return len(self.counts)

    @property
    def singletons(self) -> int:
        """How many of them occur once."""
        return int(np.count_nonzero(self.counts == 1))

    @cached_property
    def ids(self) -> NDArray[np.int32]:
        """The n-grams of the highest order, `[distinct, order]`."""
        return self.ngrams(np.arange(self.distinct))

    def ngrams(self, rows: Rows) -> NDArray[np.int32]:
        """The ids of some n-grams of the highest order, `[rows, order]`."""
        ids = np.empty((len(rows), self.order), dtype=np.int32)
        for column in range(self.order - 1, -1, -1):
            rows, last = np.divmod(self.levels[column].keys[rows], self.vocabulary_size)
            ids[:, column] = last
        return ids

    def top(self, k: int) -> Rows:
        """Rows of the `k` most frequent, by falling count, ties by first occurrence."""
        level = self.levels[-1]
        return np.lexsort((level.first, -level.counts))[:k]

    def rows_of(self, ngrams: NDArray[np.int32]) -> Rows:
        """Rows of n-grams `[many, n]` in level n; -1 where one never occurs. n may be 1..order."""
        rows = np.zeros(len(ngrams), dtype=np.int64)
        for column in range(ngrams.shape[1]):
            keys = rows * self.vocabulary_size + ngrams[:, column]
            rows = np.where(rows < 0, -1, _search(self.levels[column].keys, keys))
        return rows

    def find(self, ngram: Sequence[int]) -> int:
        """Occurrences of one n-gram of any order up to `order`."""
        row = int(self.rows_of(np.array([ngram], dtype=np.int32))[0])
        return int(self.levels[len(ngram) - 1].counts[row]) if row >= 0 else 0

    def children(self, order: int, rows: Rows) -> tuple[Rows, Rows]:
        """Where the continuations of histories lie: first row and end in level `order`.

        `rows` are rows of level `order - 1`; row -1 has none. With order 1 the one history is
        the empty one.
        """
        level = self.levels[order - 1]
        if order == 1:
            return np.zeros_like(rows), np.full_like(rows, len(level.keys))
        first = np.searchsorted(level.keys, rows * self.vocabulary_size)
        end = np.searchsorted(level.keys, (rows + 1) * self.vocabulary_size)
        return np.where(rows < 0, 0, first), np.where(rows < 0, 0, end)

    def history_counts(self, order: int, rows: Rows) -> NDArray[np.int64]:
        """How often histories occur with something after them: sum over w of c(h w).

        The count of h itself is one more where h ends the text.
        """
        first, end = self.children(order, rows)
        cumulated = self._cumulated[order - 1]
        return np.asarray(cumulated[end] - cumulated[first])

    @cached_property
    def _cumulated(self) -> list[NDArray[np.int64]]:
        return [np.concatenate([[0], np.cumsum(level.counts)]) for level in self.levels]

    def continuations(self, history: Sequence[int]) -> tuple[Ids, NDArray[np.int64]]:
        """What follows a history: ids and counts, by falling count, ties by first occurrence."""
        order = len(history) + 1
        rows = np.zeros(1, dtype=np.int64)
        if history:
            rows = self.rows_of(np.array([history], dtype=np.int32))
        first, end = (int(each[0]) for each in self.children(order, rows))
        level = self.levels[order - 1]
        sorting = np.lexsort((level.first[first:end], -level.counts[first:end]))
        ids = (level.keys[first:end] % self.vocabulary_size).astype(np.int32)
        return ids[sorting], level.counts[first:end][sorting]


def count_ngrams(
    ids: Ids, order: int, vocabulary_size: int, on_progress: OnProgress | None = None
) -> NgramCounts:
    """Count all n-grams of orders 1 to `order`.

    Takes about 40 bytes a token at its peak. Raises InputError for an order out of range or a
    text shorter than it, Cancelled when `on_progress` returns False between two orders.
    """
    if not 1 <= order <= HIGHEST_ORDER:
        raise InputError(f"--order {order}: choose 1 to {HIGHEST_ORDER}")
    if len(ids) < order:
        raise InputError(f"--order {order}: the text has only {len(ids)} tokens; lower the order")
    levels: list[Level] = []
    for level in count_levels(ids, order, vocabulary_size):
        levels.append(level)
        if on_progress is not None and not on_progress(len(levels), order):
            raise Cancelled
    return NgramCounts(vocabulary_size, tuple(levels))


def count_levels(ids: Ids, order: int, vocabulary_size: int) -> Iterator[Level]:
    """The levels 1 to `order`, each counted when asked for; the text must be as long."""
    rows = np.zeros(len(ids) + 1, dtype=np.int64)  # of the (k-1)-gram that starts at a position
    for k in range(1, order + 1):
        keys = rows[: len(ids) - k + 1] * vocabulary_size + ids[k - 1 :]
        distinct, first, rows, counts = np.unique(
            keys, return_index=True, return_inverse=True, return_counts=True
        )
        yield Level(distinct, counts.astype(np.int64), first.astype(np.int64))


def _search(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> Rows:
    """Rows of keys; -1 where one is not there."""
    rows = np.searchsorted(keys, wanted)
    there = keys[np.minimum(rows, len(keys) - 1)] == wanted
    return np.where(there, rows, -1)
