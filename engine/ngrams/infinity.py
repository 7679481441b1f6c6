"""The unbounded n-gram model: the longest context that the text knows, whatever its length.

    P(w | h) = c(h' w) / c(h' ·)        h' the longest end of h that occurs with something after it

Liu, Min, Zettlemoyer, Choi and Hajishirzi, Infini-gram: Scaling Unbounded n-gram Language Models to
a Trillion Tokens (2024). It smooths nothing: what never followed h' is impossible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.errors import InputError
from seqtui.corpora.progress import OnProgress
from seqtui.engine.ngrams.suffixes import SuffixArray, build_suffix_array
from seqtui.engine.protocol import Ids, LogProbs

LONGEST = 64
"""Tokens of a context that are looked at. A text that was not copied shares no passage so long with
another; without a limit, scoring a copy of the training text would take quadratic time."""
PIECE = 100_000
"""Targets scored at a time."""


@dataclass(frozen=True, eq=False)
class InfinityGram:
    """A text and its suffix array as a language model."""

    suffixes: SuffixArray
    vocabulary_size: int

    @classmethod
    def fit(
        cls,
        ids: Ids,
        vocabulary_size: int,
        on_progress: OnProgress | None = None,
    ) -> InfinityGram:
        """Sort the suffixes of a training text. Raises InputError for an empty one."""
        if not len(ids):
            raise InputError(
                "--model infinity-gram: the training part holds no token", option="model"
            )
        return cls(build_suffix_array(ids, vocabulary_size, on_progress), vocabulary_size)

    @property
    def context(self) -> int | None:
        """`LONGEST`."""
        return LONGEST

    @property
    def parameters(self) -> int:
        """Tokens of the text that is kept."""
        return len(self.suffixes)

    @property
    def normalised(self) -> bool:
        """True: relative frequencies sum to 1."""
        return True

    def score(self, ids: Ids) -> Iterator[LogProbs]:
        """Natural-log probabilities of `ids[1:]`; `-inf` for what never followed its context."""
        for start in range(1, len(ids), PIECE):
            begin = max(start - LONGEST, 0)
            piece = ids[begin : start + PIECE]
            scores, _lengths = self._scored(piece)
            yield scores[start - begin :]

    def context_lengths(self, ids: Ids) -> NDArray[np.int64]:
        """How many ids before each of `ids` its probability was conditioned on."""
        return self._scored(ids)[1]

    def _scored(self, ids: Ids) -> tuple[LogProbs, NDArray[np.int64]]:
        """Of every id, given those before it in the piece."""
        array, tokens = self.suffixes, len(ids)
        low = np.zeros(tokens, dtype=np.int64)
        high = np.full(tokens, len(array), dtype=np.int64)
        lengths = np.zeros(tokens, dtype=np.int64)
        starts = np.arange(tokens)  # of the n-grams that still occur
        from_, to = array.starting_with(ids)
        for length in range(1, LONGEST + 1):
            goes_on = starts + length < tokens
            starts, from_, to = starts[goes_on], from_[goes_on], to[goes_on]
            if length > 1:
                from_, to = array.narrow(from_, to, length - 1, ids[starts + length - 1])
            followed = array.followers(from_, to, length) > 0
            starts, from_, to = starts[followed], from_[followed], to[followed]
            if not len(starts):
                break
            # The n-gram that starts at s is the context of the id after it.
            lengths[starts + length] = length
            low[starts + length], high[starts + length] = from_, to
        first, end = array.narrow(low, high, lengths, ids)
        with np.errstate(divide="ignore"):
            scores = np.log(end - first) - np.log(array.followers(low, high, lengths))
        return scores, lengths

    def start(self, prefix: Ids) -> InfinityStep:
        """The model after a prefix, of which the last `LONGEST` ids matter."""
        return InfinityStep(self, tuple(prefix[-LONGEST:].tolist()))

    def to_tensors(self) -> dict[str, NDArray[Any]]:
        """The text and its suffix array; `from_tensors` reads them again."""
        return {"ids": self.suffixes.ids, "positions": self.suffixes.positions}

    @classmethod
    def from_tensors(
        cls, tensors: Mapping[str, NDArray[Any]], vocabulary_size: int
    ) -> InfinityGram:
        """The model that `to_tensors` stored; raises InputError for anything else."""
        ids, positions = tensors.get("ids"), tensors.get("positions")
        for array in (ids, positions):
            if array is None or array.dtype != np.int32 or array.ndim != 1 or not len(array):
                raise InputError("the text or its suffix array is missing or of another kind")
        assert ids is not None
        assert positions is not None
        if not ((ids >= 0) & (ids < vocabulary_size)).all():
            raise InputError("the text does not fit the vocabulary")
        if not np.array_equal(np.sort(positions), np.arange(len(ids))):
            raise InputError("the suffix array does not fit the text")
        return cls(SuffixArray(ids, positions), vocabulary_size)


@dataclass(frozen=True, slots=True)
class InfinityStep:
    """The model after some ids."""

    model: InfinityGram
    history: tuple[int, ...]

    @property
    def log_probs(self) -> LogProbs:
        """Natural-log probability of every id as the next, `[vocab]`."""
        array = self.model.suffixes
        length, low, high = array.longest_match(self.history)
        places = array.positions[low:high].astype(np.int64) + length
        following = array.ids[places[places < len(array)]]
        counts = np.bincount(following, minlength=self.model.vocabulary_size)
        with np.errstate(divide="ignore"):
            distribution: LogProbs = np.log(counts) - np.log(counts.sum())
        return distribution

    def advance(self, token: int) -> InfinityStep:
        """The model after one more id."""
        return InfinityStep(self.model, (*self.history, token)[-LONGEST:])
