"""How often each n-gram occurs: counted for all orders at once, as levels of a tree.

Level k holds the distinct k-grams, sorted. The key of a k-gram is the row of its first k-1 ids
in level k-1, times |V|, plus its last id: keys stay below 2^63 at any order, the continuations
of a history are one contiguous range, and a look-up is a binary search for each level.

Speed rests on one trick: what has to be sorted is packed into one integer together with its
index, because numpy sorts integers with SIMD, several times faster than it finds the order of
anything. The order is then read from the low bits, and ties stay in the order of the text.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.errors import Cancelled, InputError, UserMessage, plural_message
from seqtui.corpora.progress import OnProgress
from seqtui.engine.memory import require_memory
from seqtui.engine.protocol import Ids

HIGHEST_ORDER = 10
_SORTED_AT_ONCE = 1 << 18
"""Occurrences sorted together: few enough for the cache and for the packed bits."""
_BYTES_A_TOKEN = 60
"""What counting one more order takes at its peak, if all n-grams are different."""
_THREADS = 4
"""More gain little: the sorts then wait for memory."""
_WORTH_SORTING = 1 << 12
"""Look-ups from which on sorting them first is cheaper than searching in any order."""

Rows = NDArray[np.int64]
"""Rows of a level; -1 for n-grams that never occur."""


@dataclass(frozen=True, eq=False)
class Level:
    """The distinct n-grams of one order."""

    keys: NDArray[np.int64]
    """Sorted; row of the history in the level below, times |V|, plus the last id."""
    counts: NDArray[np.int64]
    """Occurrences of each."""
    first: NDArray[np.int32]
    """Position of the first occurrence of each in the text."""
    parents: NDArray[np.int32] | None = None
    """Row of the history of each in the level below, where counting has just found it."""
    suffixes: NDArray[np.int32] | None = None
    """Row of each without its first id in the level below, likewise."""

    @cached_property
    def cumulated(self) -> NDArray[np.int64]:
        """Occurrences of all n-grams before each row, `[distinct + 1]`."""
        sums = np.zeros(len(self.counts) + 1, dtype=np.int64)
        np.cumsum(self.counts, out=sums[1:])
        return sums


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

    @cached_property
    def total(self) -> int:
        """Occurrences of all of them."""
        return int(self.counts.sum())

    @property
    def distinct(self) -> int:
        """How many different n-grams of the highest order occur."""
        return len(self.counts)

    @cached_property
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
        bits = int(level.first.max(initial=0)).bit_length()
        # Sorted as values, several times faster than an order is found: the first occurrence,
        # which no other shares, leads back to the row. The table for that has a place for each
        # token of the text, rounded up to a power of two: 4 to 8 bytes a token.
        rank = (level.counts.max(initial=0) - level.counts) << bits
        rank |= level.first
        rank.sort()
        row_at = np.empty(1 << bits, dtype=np.int32)
        row_at[level.first] = np.arange(len(level.first), dtype=np.int32)
        return np.asarray(row_at[rank[:k] & ((1 << bits) - 1)], dtype=np.int64)

    def rows_of(self, ngrams: NDArray[np.int32]) -> Rows:
        """Rows of n-grams `[many, n]` in level n; -1 where one never occurs. n may be 1..order."""
        rows = np.zeros(len(ngrams), dtype=np.int64)
        for column in range(ngrams.shape[1]):
            keys = rows * self.vocabulary_size + ngrams[:, column]
            rows = np.where(rows < 0, -1, search(self.levels[column].keys, keys))
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
        cumulated = self.levels[order - 1].cumulated
        return np.asarray(cumulated[end] - cumulated[first])

    @cached_property
    def parents(self) -> list[NDArray[np.int32]]:
        """For each level the rows, in the level below, of the histories of its n-grams."""
        size = self.vocabulary_size
        return [
            (level.keys // size).astype(np.int32) if level.parents is None else level.parents
            for level in self.levels
        ]

    @cached_property
    def first_ids(self) -> list[Ids]:
        """For each level the first id of each n-gram."""
        found = [self.levels[0].keys.astype(np.int32)]
        for parents in self.parents[1:]:
            found.append(found[-1][parents])
        return found

    @cached_property
    def suffixes(self) -> list[NDArray[np.int32]]:
        """For each level the rows, in the level below, of its n-grams without their first id.

        That is where the estimate of a shorter history is found: of `a b c` the row of `b c`.
        """
        found = [np.zeros(len(self.levels[0].keys), dtype=np.int32)]
        for k in range(1, self.order):
            known = self.levels[k].suffixes
            if known is not None:
                found.append(known)
                continue
            # Without its first id, the history of `a b c` is that of `b c`: one more look-up.
            last = self.levels[k].keys % self.vocabulary_size
            shorter = found[k - 1][self.parents[k]].astype(np.int64)
            wanted = shorter * self.vocabulary_size + last
            found.append(search(self.levels[k - 1].keys, wanted).astype(np.int32))
        return found

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
    ids: Ids,
    order: int,
    vocabulary_size: int,
    on_progress: OnProgress | None = None,
    end: int | None = None,
) -> NgramCounts:
    """Count all n-grams of orders 1 to `order`.

    With `end`, the id of `</s>`, no n-gram reaches beyond it: each line is a text of its own.
    Takes about 40 bytes a token at its peak, beside the counts themselves. Raises InputError for
    an order out of range, a text shorter than it, or too little memory for it, Cancelled when
    `on_progress` returns False between two orders.
    """
    if not 1 <= order <= HIGHEST_ORDER:
        raise InputError(
            "--order {order}: choose 1 to {most}", option="order", order=order, most=HIGHEST_ORDER
        )
    if len(ids) < order:
        raise InputError(
            plural_message(
                "--order {order}: the text has only {count} token; lower the order",
                "--order {order}: the text has only {count} tokens; lower the order",
                len(ids),
                order=order,
            ),
            option="order",
        )
    levels: list[Level] = []
    for level in count_levels(ids, order, vocabulary_size, end):
        levels.append(level)
        if on_progress is not None and not on_progress(len(levels), order):
            raise Cancelled
    return NgramCounts(vocabulary_size, tuple(levels))


def longest_ngram(ids: Ids, end: int | None = None) -> int:
    """Ids of the longest n-gram: all of a stream, those of the longest line up to its `</s>`."""
    if end is None:
        return len(ids)
    ends = np.flatnonzero(ids == end)
    return int(np.diff(ends, prepend=-1, append=len(ids) - 1).max(initial=0))


def count_levels(
    ids: Ids, order: int, vocabulary_size: int, end: int | None = None
) -> Iterator[Level]:
    """The levels 1 to `order`, each counted when it is asked for; a text has `order` ids."""
    positions = np.arange(len(ids), dtype=np.int32)  # sorted by the (k-1)-gram that starts there
    rows = np.zeros(len(ids), dtype=np.int32)  # of that (k-1)-gram
    row_at = np.zeros(len(ids) + 1, dtype=np.int32)  # the same, by position
    for k in range(1, order + 1):
        require_memory(
            _BYTES_A_TOKEN * len(positions),
            UserMessage(
                "counting the {order}-grams of {tokens:,} tokens", order=k, tokens=len(ids)
            ),
            UserMessage("count to --order {order}, or a shorter text", order=k - 1)
            if k > 1
            else UserMessage("take a shorter text"),
        )
        if k > 1:
            goes_on = positions < len(ids) - k + 1
            if end is not None:
                goes_on &= ids[np.minimum(positions + (k - 2), len(ids) - 1)] != end
            if not goes_on.all():
                positions, rows = positions[goes_on], rows[goes_on]
        last = ids[positions + (k - 1)]
        sorting, starts = _sort_within(rows, last, vocabulary_size)
        positions = positions[sorting]
        chosen = sorting[starts]
        parents = rows[chosen]
        keys = parents.astype(np.int64) * vocabulary_size + last[chosen]
        counts = np.empty(len(starts), dtype=np.int64)
        np.subtract(starts[1:], starts[:-1], out=counts[:-1])
        counts[-1:] = len(positions) - starts[-1:]
        # The number of starts so far; `np.repeat` would keep the interpreter's lock, and with it
        # the screen, for a third of a second.
        rows = np.zeros(len(positions), dtype=np.int32)
        rows[starts[1:]] = 1
        np.cumsum(rows, out=rows)
        first = positions[starts]
        suffixes = row_at[first + 1] if k > 1 else np.zeros(len(starts), dtype=np.int32)
        row_at[positions] = rows
        yield Level(keys, counts, first, parents, suffixes)


def _sort_within(
    rows: NDArray[np.int32], last: Ids, vocabulary_size: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The stable order of pairs (row, last id), of which the rows are sorted already.

    Returns it, and where in it each distinct pair starts.
    """
    sorting = np.empty(len(rows), dtype=np.int32)
    id_bits = int(vocabulary_size).bit_length()

    def sort(piece: tuple[int, int]) -> NDArray[np.int64]:
        begin, stop = piece
        index_bits = (stop - begin).bit_length()
        packed = (rows[begin:stop] - rows[begin]).astype(np.int64)
        packed <<= id_bits
        packed |= last[begin:stop]
        packed <<= index_bits
        packed |= np.arange(stop - begin)
        packed.sort()
        sorting[begin:stop] = (packed & ((1 << index_bits) - 1)) + begin
        packed >>= index_bits
        differs = np.flatnonzero(packed[1:] != packed[:-1]) + (begin + 1)
        return np.concatenate(([begin], differs))

    pieces = list(_pieces(rows))
    if len(pieces) > 1:
        # numpy lets go of the interpreter's lock while it sorts and shifts.
        with ThreadPoolExecutor(min(os.cpu_count() or 1, _THREADS)) as pool:
            starts = list(pool.map(sort, pieces))
    else:
        starts = list(map(sort, pieces))
    return sorting, np.concatenate(starts) if starts else np.zeros(0, dtype=np.int64)


def _pieces(rows: NDArray[np.int32]) -> Iterator[tuple[int, int]]:
    """Where to cut sorted rows: between two; one with more occurrences stays whole."""
    begin = 0
    while begin < len(rows):
        stop = begin + _SORTED_AT_ONCE
        if stop < len(rows):
            cut = int(np.searchsorted(rows, rows[stop]))
            stop = cut if cut > begin else int(np.searchsorted(rows, rows[stop], side="right"))
        yield begin, min(stop, len(rows))
        begin = stop


def _sorted_with_order(
    values: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The order that sorts values, and the values sorted; packed where the bits allow it."""
    index_bits = len(values).bit_length()
    least = int(values.min(initial=0))
    if (int(values.max(initial=0)) - least).bit_length() + index_bits > 62:
        sorting = np.argsort(values)
        return sorting, values[sorting]
    packed = (values - least) << index_bits | np.arange(len(values))
    packed.sort()
    return packed & ((1 << index_bits) - 1), (packed >> index_bits) + least


def search(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> Rows:
    """Rows of sorted keys; -1 where one is not there."""
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    if len(wanted) < _WORTH_SORTING:
        rows = np.searchsorted(keys, wanted)
    else:
        rows = np.empty(len(wanted), dtype=np.int64)
        for begin in range(0, len(wanted), _SORTED_AT_ONCE):
            piece = wanted[begin : begin + _SORTED_AT_ONCE]
            sorting, ordered = _sorted_with_order(piece)
            rows[begin : begin + _SORTED_AT_ONCE][sorting] = np.searchsorted(keys, ordered)
    there = keys[np.minimum(rows, len(keys) - 1)] == wanted
    return np.where(there, rows, -1)
