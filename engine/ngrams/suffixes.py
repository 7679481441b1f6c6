"""Every n-gram of any length at once: a suffix array over the ids of a text.

The suffixes of a text, sorted, hold the occurrences of each n-gram as one range. That serves
the places where an n-gram occurs, the longest part of a history that the text knows, and the
unbounded n-gram model. Manber and Myers, Suffix arrays: a new method for on-line string searches
(1993); only suffixes that do not differ yet are sorted again, as in Larsson and Sadakane,
Faster suffix sorting (2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.errors import Cancelled, UserMessage
from seqtui.corpora.progress import OnProgress
from seqtui.engine.memory import require_memory
from seqtui.engine.protocol import Ids

Positions = NDArray[np.int32]
Bounds = NDArray[np.int64]
_KEY_BITS = 62
_BYTES_A_TOKEN = 100


@dataclass(frozen=True, eq=False)
class SuffixArray:
    """A text and the order of its suffixes; a suffix that ends sorts before longer ones."""

    ids: Ids
    """`[tokens]`."""
    positions: Positions
    """Where the suffixes begin, in their order, `[tokens]`."""

    def __len__(self) -> int:
        return len(self.ids)

    def range_of(self, ngram: Sequence[int]) -> tuple[int, int]:
        """First and end, in `positions`, of the suffixes that begin with an n-gram."""
        if not len(ngram):
            return 0, len(self)
        low, high = self.starting_with(np.array(ngram[:1]))
        for depth, token in enumerate(ngram[1:], 1):
            low, high = self.narrow(low, high, depth, np.array([token]))
        return int(low[0]), max(int(high[0]), int(low[0]))

    def count(self, ngram: Sequence[int]) -> int:
        """How often an n-gram occurs."""
        low, high = self.range_of(ngram)
        return high - low

    def occurrences(self, ngram: Sequence[int]) -> Positions:
        """The positions in the text at which an n-gram begins, rising."""
        low, high = self.range_of(ngram)
        return np.sort(self.positions[low:high])

    def longest_match(self, history: Sequence[int]) -> tuple[int, int, int]:
        """The longest end of a history that occurs with something after it.

        Returns its length, and first and end of its range. The empty one always does.
        """
        shortest, too_long = 0, len(history) + 1
        found = (0, 0, len(self))
        # If an n-gram occurs so do its ends: a search by halves over the lengths.
        while too_long - shortest > 1:
            length = (shortest + too_long) // 2
            low, high = self.range_of(history[len(history) - length :])
            if self.followed(low, high, length) > 0:
                shortest, found = length, (length, low, high)
            else:
                too_long = length
        return found

    def longest_ends(self, ngram: Sequence[int]) -> list[tuple[int, int]]:
        """For each place of an n-gram: how long a part of it that ends there occurs, how often.

        Lengths are in ids; (0, n) where the id itself never occurs, n being the text's ids.
        """
        found, start = [], 0
        for end in range(1, len(ngram) + 1):
            # What reaches back further than the part before did not occur without its last id.
            while start < end and not self.count(ngram[start:end]):
                start += 1
            found.append((end - start, self.count(ngram[start:end])))
        return found

    def longest_part(self, ids: Ids, most: int) -> tuple[int, int]:
        """Where the longest part of another text that occurs here begins, and its length.

        The first of several; (0, 0) where not even an id occurs. Parts of `most` ids end the
        search, which grows all parts at once: two texts of which one repeats the other would take
        as many rounds as they have ids.
        """
        low, high = self.starting_with(ids)
        starts = np.flatnonzero(low < high)
        low, high, length = low[starts], high[starts], 0
        while len(starts):
            first, length = int(starts[0]), length + 1
            inside = starts + length < len(ids)
            if length >= most or not inside.any():
                return first, length
            starts, low, high = starts[inside], low[inside], high[inside]
            low, high = self.narrow(low, high, length, ids[starts + length])
            longer = low < high
            if not longer.any():
                return first, length
            starts, low, high = starts[longer], low[longer], high[longer]
        return 0, 0

    def longest_starts(self, ngram: Sequence[int]) -> list[tuple[int, int]]:
        """The same for the parts that begin at each place: what a reversed text ends in."""
        found, end = [], len(ngram)
        for start in range(len(ngram) - 1, -1, -1):
            while end > start and not self.count(ngram[start:end]):
                end -= 1
            found.append((end - start, self.count(ngram[start:end])))
        return found[::-1]

    def followed(self, low: int, high: int, length: int) -> int:
        """How many of a range's n-grams of that length have something after them."""
        return int(self.followers(np.array([low]), np.array([high]), length)[0])

    def followers(self, low: Bounds, high: Bounds, length: int | Bounds) -> Bounds:
        """The same for many ranges."""
        # The one that ends the text sorts first.
        first = self.positions[np.minimum(low, max(len(self) - 1, 0))] if len(self) else low
        at_end = (first + length == len(self)) & (high > low)
        return np.asarray(np.maximum(high - low, 0) - at_end)

    def starting_with(self, tokens: NDArray[np.integer]) -> tuple[Bounds, Bounds]:
        """The ranges of the suffixes that begin with each of some ids, looked up in a table."""
        bounds = self._first_id_bounds
        at = np.minimum(tokens, len(bounds) - 2)
        there = tokens == at  # an id above all of the text's begins no suffix
        return np.where(there, bounds[at], 0), np.where(there, bounds[at + 1], 0)

    def narrow(
        self, low: Bounds, high: Bounds, depth: int | Bounds, tokens: NDArray[np.integer]
    ) -> tuple[Bounds, Bounds]:
        """The parts of ranges, all of whose suffixes share `depth` ids, that a token continues."""
        first = self._bisect(low, high, depth, tokens, before=True)
        return first, self._bisect(first, high, depth, tokens, before=False)

    def _bisect(
        self,
        low: Bounds,
        high: Bounds,
        depth: int | Bounds,
        tokens: NDArray[np.integer],
        before: bool,
    ) -> Bounds:
        found = low.copy()
        depths = np.broadcast_to(depth, low.shape)
        open_ = np.flatnonzero(low < high)
        low, high, tokens, depths = low[open_], high[open_], tokens[open_], depths[open_]
        while len(open_):
            middle = (low + high) >> 1
            at = self.positions[middle].astype(np.int64) + depths
            here = self._padded[at]
            goes_right = (here < tokens) if before else (here <= tokens)
            low = np.where(goes_right, middle + 1, low)
            high = np.where(goes_right, high, middle)
            found[open_] = low
            # Most ranges are short: only those that are still open are looked at again.
            rest = low < high
            open_, low, high = open_[rest], low[rest], high[rest]
            tokens, depths = tokens[rest], depths[rest]
        return found

    @cached_property
    def _first_id_bounds(self) -> Bounds:
        """Where the suffixes that begin with each id begin, and their end."""
        return np.concatenate(([0], np.cumsum(np.bincount(self.ids)), [len(self)]))

    @cached_property
    def _padded(self) -> Ids:
        return np.append(self.ids, np.int32(-1))


def build_suffix_array(
    ids: Ids, vocabulary_size: int, on_progress: OnProgress | None = None
) -> SuffixArray:
    """Sort the suffixes of a text by doubling the prefixes they are compared by.

    `on_progress` counts suffixes that have their place. Takes about 50 bytes a token, 100 where
    passages repeat; a text that repeats one over and over needs one more round each time the
    passage doubles. Raises InputError where that memory is not there, Cancelled when `on_progress`
    returns False between two rounds.
    """
    tokens = len(ids)
    require_memory(
        _BYTES_A_TOKEN * tokens,
        UserMessage("the suffix array of {tokens:,} tokens", tokens=tokens),
        UserMessage("take a shorter text"),
    )
    bits = int(vocabulary_size).bit_length()  # one value more than there are ids, for the end
    length = max(_KEY_BITS // bits, 1)
    padded = np.zeros(tokens + length, dtype=np.int64)
    padded[:tokens] = ids
    padded[:tokens] += 1
    keys = np.zeros(tokens, dtype=np.int64)
    for offset in range(length):
        keys <<= bits
        keys |= padded[offset : offset + tokens]
    positions = np.argsort(keys, kind="stable").astype(np.int32)
    keys = keys[positions]
    # The rank of a suffix is the first place its group may take.
    rank = np.zeros(tokens + 1, dtype=np.int64)
    slots = _apart(keys, np.arange(tokens), positions, rank)
    while len(slots):
        if on_progress is not None and not on_progress(tokens - len(slots), tokens):
            raise Cancelled
        active = positions[slots]
        behind = np.minimum(active.astype(np.int64) + length, tokens)
        # The end has rank 0 and what follows it nothing: one more than each rank is above it.
        pairs = (rank[active] << 31) | np.where(behind < tokens, rank[behind] + 1, 0)
        sorting = np.argsort(pairs, kind="stable")
        positions[slots] = active[sorting]
        slots = _apart(pairs[sorting], slots, positions, rank)
        length *= 2
    if on_progress is not None and not on_progress(tokens, tokens):
        raise Cancelled
    return SuffixArray(ids, positions)


def _apart(
    keys: NDArray[np.int64], slots: NDArray[np.int64], positions: Positions, rank: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give the suffixes in some slots, sorted by their keys, new ranks; the slots still unsure."""
    if not len(keys):
        return slots
    starts = np.concatenate(([True], keys[1:] != keys[:-1]))
    group = np.maximum.accumulate(np.where(starts, np.arange(len(keys)), 0))
    rank[positions[slots]] = slots[group]
    alone = starts & np.append(starts[1:], True)
    unsure: NDArray[np.int64] = slots[~alone]
    return unsure
