"""n-gram models by counting: maximum likelihood and add-k smoothing.

Jurafsky and Martin, Speech and Language Processing (3rd ed. draft), chapter 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.errors import InputError
from seqtui.engine.counts import Level, NgramCounts, Rows, count_ngrams
from seqtui.engine.protocol import Ids, LogProbs

PIECE = 200_000
"""Targets scored at a time."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The arithmetic of one conditional probability."""

    history: tuple[int, ...]
    """The ids that were conditioned on."""
    count: int
    """c(h w)."""
    history_count: int
    """c(h ·): how often the history occurs with something after it."""
    numerator: float
    """c(h w) + k."""
    denominator: float
    """c(h ·) + k |V|."""
    probability: float


@dataclass(frozen=True, eq=False)
class NgramModel:
    """P(w | h) = (c(h w) + k) / (c(h ·) + k |V|); k = 0 is maximum likelihood.

    h is the last n-1 ids; at the start of a text, where fewer are there, those there are, with
    the counts of their own order. c(h ·) counts h as a history: h at the very end of the
    training text has no successor and is not counted. With k = 0 a history that never occurs
    leaves every token impossible.
    """

    counted: NgramCounts
    k: float
    """Added to each count."""

    @classmethod
    def fit(
        cls,
        ids: Ids,
        order: int,
        vocabulary_size: int,
        smoothing: str = "add-k",
        k: float = 1.0,
        on_progress: Callable[[int, int], bool] | None = None,
    ) -> NgramModel:
        """Count a text. Raises InputError as `count_ngrams` does."""
        added = 0.0 if smoothing == "mle" else k
        return cls(count_ngrams(ids, order, vocabulary_size, on_progress), added)

    @property
    def vocabulary_size(self) -> int:
        """|V|."""
        return self.counted.vocabulary_size

    @property
    def order(self) -> int:
        """n."""
        return self.counted.order

    @property
    def context(self) -> int | None:
        """n - 1."""
        return self.order - 1

    @property
    def parameters(self) -> int:
        """Counts stored, over all orders."""
        return sum(len(level.keys) for level in self.counted.levels)

    @property
    def normalised(self) -> bool:
        """True: sums to 1 after every history, but for an unseen one with k = 0."""
        return True

    def score(self, ids: Ids) -> Iterator[LogProbs]:
        """Natural-log probabilities of `ids[1:]`, vectorised."""
        targets = len(ids) - 1
        shallow = min(self.order - 2, targets)  # targets that see fewer than n-1 ids
        for position in range(1, shallow + 1):
            yield self._log_probs_of(ids[None, : position + 1])
        for start in range(max(shallow, 0) + 1, targets + 1, PIECE):
            stop = min(start + PIECE, targets + 1)
            windows = np.lib.stride_tricks.sliding_window_view(
                ids[start - self.order + 1 : stop], self.order
            )
            yield self._log_probs_of(windows)

    def _log_probs_of(self, ngrams: NDArray[np.int32]) -> LogProbs:
        """ln P of the last column given the others, `[many, n]` with n up to the order."""
        order = ngrams.shape[1]
        level = self.counted.levels[order - 1]
        history = self.counted.rows_of(ngrams[:, :-1])
        rows = self.counted.rows_of(ngrams)
        count = np.where(rows < 0, 0, level.counts[rows])
        total = self.counted.history_counts(order, history)
        return self._ratio(count, total)

    def _ratio(self, count: NDArray[np.int64], history_count: NDArray[np.int64] | int) -> LogProbs:
        denominator = np.asarray(history_count + self.k * self.vocabulary_size, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            log_probs = np.log(count + self.k) - np.log(denominator)
        return np.asarray(np.where(denominator > 0, log_probs, -np.inf))

    def start(self, prefix: Ids) -> NgramStep:
        """The model after a prefix: only its last n-1 ids matter."""
        return NgramStep(
            self, tuple(prefix[-(self.order - 1) :].tolist()) if self.order > 1 else ()
        )

    def continuations(self, history: Sequence[int]) -> tuple[Ids, NDArray[np.int64]]:
        """What follows a history in the training text: ids and counts, falling."""
        return self.counted.continuations(history)

    def explain(self, history: Sequence[int], token: int) -> Explanation:
        """The arithmetic of P(token | the last n-1 ids of the history)."""
        used = tuple(history[-(self.order - 1) :]) if self.order > 1 else ()
        count = self.counted.find((*used, token))
        total = int(self.counted.history_counts(len(used) + 1, self._row(used))[0])
        numerator = count + self.k
        denominator = total + self.k * self.vocabulary_size
        probability = numerator / denominator if denominator else 0.0
        return Explanation(used, count, total, numerator, denominator, probability)

    def _row(self, history: Sequence[int]) -> Rows:
        return self.counted.rows_of(np.array([history], dtype=np.int32).reshape(1, -1))

    def to_tensors(self) -> dict[str, NDArray[Any]]:
        """The counts as named arrays; `from_tensors` makes the model of them again."""
        return {"k": np.array([self.k]), **counts_to_tensors(self.counted)}

    @classmethod
    def from_tensors(
        cls, tensors: Mapping[str, NDArray[Any]], order: int, vocabulary_size: int
    ) -> NgramModel:
        """The model that `to_tensors` stored; raises InputError for anything else."""
        counted = counts_from_tensors(tensors, order, vocabulary_size)
        k = tensors.get("k")
        if k is None or k.shape != (1,) or not 0 <= float(k[0]) < math.inf:
            raise InputError("the smoothing constant k is missing")
        return cls(counted, float(k[0]))


def counts_to_tensors(counted: NgramCounts) -> dict[str, NDArray[Any]]:
    """The levels of counts as named arrays."""
    tensors: dict[str, NDArray[Any]] = {}
    for number, level in enumerate(counted.levels, 1):
        tensors[f"{number}.keys"] = level.keys
        tensors[f"{number}.counts"] = level.counts
        tensors[f"{number}.first"] = level.first
    return tensors


def counts_from_tensors(
    tensors: Mapping[str, NDArray[Any]], order: int, vocabulary_size: int
) -> NgramCounts:
    """The counts that `counts_to_tensors` stored; raises InputError for anything else."""
    levels = []
    histories = 1
    for number in range(1, order + 1):
        arrays = [tensors.get(f"{number}.{name}") for name in ("keys", "counts", "first")]
        shapes = {None if array is None else (array.shape, array.dtype) for array in arrays}
        if None in shapes or len(shapes) != 1 or arrays[0] is None:
            raise InputError(f"the counts of order {number} are incomplete")
        keys = arrays[0]
        if keys.ndim != 1 or keys.dtype != np.int64 or not len(keys):
            raise InputError(f"the counts of order {number} have the wrong shape")
        if keys[0] < 0 or keys[-1] >= histories * vocabulary_size or (np.diff(keys) <= 0).any():
            raise InputError(f"the n-grams of order {number} do not fit the vocabulary")
        levels.append(Level(*(array for array in arrays if array is not None)))
        histories = len(keys)
    return NgramCounts(vocabulary_size, tuple(levels))


@dataclass(frozen=True, slots=True)
class NgramStep:
    """An n-gram model after some ids, of which it remembers the last n-1."""

    model: NgramModel
    history: tuple[int, ...]

    @property
    def log_probs(self) -> LogProbs:
        """Natural-log probability of every id as the next, `[vocab]`."""
        model = self.model
        order = len(self.history) + 1
        ids, counts = model.continuations(self.history)
        total = int(model.counted.history_counts(order, model._row(self.history))[0])
        dense = np.zeros(model.vocabulary_size, dtype=np.int64)
        dense[ids] = counts
        return model._ratio(dense, total)

    def advance(self, token: int) -> NgramStep:
        """The model after one more id."""
        keep = self.model.order - 1
        return NgramStep(self.model, (*self.history, token)[-keep:] if keep else ())
