"""n-gram models: counts, an estimator, and the table of probabilities it makes of them.

Jurafsky and Martin, Speech and Language Processing (3rd ed. draft), chapter 3. h is the last n-1
ids; at the start of a text, where fewer are there, those there are, with the estimates of their
own order. c(h ·) counts h as a history: h at the very end of the training text has no successor
and is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.errors import Cancelled, InputError, UserMessage
from seqtui.corpora.progress import OnProgress
from seqtui.engine.ngrams.backoff import BackoffModel, Boundaries, Table
from seqtui.engine.ngrams.counts import Level, NgramCounts, count_ngrams
from seqtui.engine.ngrams.estimation import Estimator, Spelling, Tally, Term, build_table
from seqtui.engine.ngrams.estimators import choose_estimator, estimator_named
from seqtui.engine.ngrams.pruning import Pruning, check_least, prune, pruning_shown_by
from seqtui.engine.ngrams.reconstitution import moved_mass
from seqtui.engine.protocol import Ids

_PRUNED = UserMessage(
    "n-grams were left out: the arithmetic of lower orders counts the predecessors that are left, "
    "their probabilities those of the whole text"
)
"""Noted for a pruned Kneser-Ney model, whose probabilities are right all the same."""

_PRUNING = {"least": np.int64, "ending": np.int64, "moved": np.float64}
"""The arrays that store a `Pruning`."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The arithmetic of one conditional probability."""

    history: tuple[int, ...]
    """The ids that were conditioned on."""
    count: int | None
    """c(h w) in the whole text; None where the n-gram may have been left out as too rare."""
    history_count: int | None
    """c(h ·): how often something that can be predicted follows the history; never `<s>`. None
    where the history may have been left out."""
    probability: float
    reached: int
    """Ids of the longest n-gram that was in the table: 0 where the token was never seen."""
    terms: tuple[Term, ...]
    """From the empty history up; the last is the whole probability."""


@dataclass(frozen=True, eq=False)
class NgramModel(BackoffModel):
    """P(w | h) by one of the estimators."""

    counted: NgramCounts
    estimator: Estimator
    constants: tuple[tuple[float, ...], ...] = ()
    """What was estimated for each order (such as discounts); nothing in a loaded model."""
    notes: tuple[UserMessage, ...] = ()
    """What the user should know of the estimate."""
    pruning: Pruning | None = None
    """What was kept of the whole text where n-grams were left out."""

    @classmethod
    def fit(
        cls,
        ids: Ids,
        order: int,
        vocabulary_size: int,
        smoothing: str = "add-k",
        k: float = 1.0,
        on_progress: OnProgress | None = None,
        boundaries: Boundaries | None = None,
        least: Sequence[int] = (),
    ) -> NgramModel:
        """Count a text and estimate. Raises InputError and Cancelled as `count_ngrams` does.

        N-grams of order n that occur fewer than `least[n-1]` times are left out; the last entry
        holds for all higher orders.
        """
        end = None if boundaries is None else boundaries.end

        def counting(done: int, total: int) -> bool:
            # The estimate is one more step, as long as an order takes.
            return on_progress is None or on_progress(done, total + 1)

        counted = count_ngrams(ids, order, vocabulary_size, counting, end)
        model = cls.of_counts(counted, ids, smoothing, k, boundaries, least)
        if not counting(order + 1, order):
            raise Cancelled
        return model

    @classmethod
    def of_counts(
        cls,
        counted: NgramCounts,
        ids: Ids,
        smoothing: str,
        k: float = 1.0,
        boundaries: Boundaries | None = None,
        least: Sequence[int] = (),
    ) -> NgramModel:
        """Estimate from counts that are there already; `ids` is the text they were counted in."""
        order = counted.order
        least = [*least, *[least[-1]] * (order - len(least))] if least else []
        size = counted.vocabulary_size
        estimator = choose_estimator(smoothing, ids, order, size, k, boundaries)
        check_least(least, order, estimator)
        table, shares = build_table(counted, estimator, boundaries, least)
        # Where lines are short the highest orders may hold nothing to speak of.
        notes = [
            each.note
            for each, level in zip(shares, counted.levels, strict=True)
            if each.note is not None and len(level.keys)
        ]
        pruning = None
        if max(least, default=1) > 1:
            ending = ids[len(ids) - order + 1 :].tolist() if boundaries is None else ()
            moved = moved_mass(counted, table, least)
            pruning = Pruning(tuple(least), tuple(ending), moved)
            counted, table = prune(counted, table, least)
            if estimator.counts_predecessors:
                notes.append(_PRUNED)
        constants = tuple(each.constants for each in shares)
        return cls(table, counted, estimator, constants, tuple(notes), pruning)

    @property
    def normalised(self) -> bool:
        """Whether the scores are probabilities."""
        return self.estimator.normalised

    @cached_property
    def moved_mass(self) -> tuple[float, ...]:
        """For each order the share of the mass that goes to n-grams never seen.

        Empty for a pruned model that was saved without it.
        """
        if self.pruning is not None:
            return self.pruning.moved
        return moved_mass(self.counted, self.table)

    def continuations(self, history: Sequence[int]) -> tuple[Ids, NDArray[np.int64]]:
        """What follows a history in the training text: ids and counts, falling."""
        return self.counted.continuations(history)

    def explain(self, history: Sequence[int], token: int) -> Explanation:
        """The arithmetic of P(token | the last n-1 ids of the history)."""
        used = self.history(history)
        terms = []
        reached = 0
        probability = float(np.exp(self.table.log_lowest[token]))
        for length in range(len(used) + 1):
            short = used[len(used) - length :]
            term = self._term(short, token, probability)
            if self.table.row_of((*short, token)) >= 0:
                reached = length + 1
            terms.append(term)
            probability = term.probability if not self.estimator.skips else term.lower
        last = terms[-1]
        history_count = self._history_count(used)
        count = self._known_count((*used, token)) if history_count != 0 else 0
        return Explanation(
            used,
            count,
            history_count,
            last.probability,
            reached,
            tuple(terms),
        )

    def _history_count(self, history: tuple[int, ...]) -> int | None:
        """c(h ·) in the whole text, also where what follows h was left out."""
        boundaries = self.table.boundaries
        if self.pruning is None or not history:
            row = np.array([self.table.row_of(history)])
            found = int(self.counted.history_counts(len(history) + 1, row)[0])
            if boundaries is not None and not history:
                found -= self.counted.find([boundaries.begin])
            return found
        if boundaries is not None and history[-1] == boundaries.end:
            return 0
        times = self._known_count(history)
        if times is None:
            return None
        return times - (history == self.pruning.ending[-len(history) :])

    def _known_count(self, ngram: tuple[int, ...]) -> int | None:
        """Occurrences in the whole text; None where they may have been too few to be kept."""
        found = self.counted.find(ngram)
        if not found and self.pruning is not None and self.pruning.least[len(ngram) - 1] > 1:
            return None
        return found

    def spell(self, explanation: Explanation) -> Spelling:
        """The arithmetic in the symbols of its estimator."""
        types = self.vocabulary_size - (self.table.boundaries is not None)
        return self.estimator.spell(explanation.terms[-1], types)

    def _term(self, history: tuple[int, ...], token: int, lower: float) -> Term:
        table, order = self.table, len(history) + 1
        at = table.row_of(history)
        row = table.row_of((*history, token))
        left = np.exp(table.log_left[order - 1][at] if at >= 0 else table.log_unseen)
        direct = 0.0
        probability = left * lower
        count = history_count = 0
        if at >= 0:
            history_count = int(self._tallies[order - 1].totals[at])
        if row >= 0:
            count = int(self._tallies[order - 1].counts[row])
            probability = direct = np.exp(table.log_probs[order - 1][row])
            if self.estimator.interpolated:
                direct = max(direct - left * lower, 0.0)
        boundaries = table.boundaries
        # What begins with `<s>` has nothing before it, and keeps its occurrences.
        begins = boundaries is not None and (*history, token)[0] == boundaries.begin
        return Term(
            history,
            count,
            history_count,
            float(direct),
            float(left),
            lower,
            float(probability),
            self.estimator.counts_predecessors and order < self.order and not begins,
        )

    @cached_property
    def _tallies(self) -> list[Tally]:
        orders = range(1, self.order + 1)
        return [self.estimator.tally(self.counted, n, self.table.boundaries) for n in orders]

    def to_tensors(self) -> dict[str, NDArray[Any]]:
        """Counts and probabilities as named arrays; `from_tensors` reads them again."""
        boundaries = self.table.boundaries
        tensors: dict[str, NDArray[Any]] = {
            "smoothing": np.frombuffer(self.estimator.name.encode(), dtype=np.uint8),
            "parameters": np.array(self.estimator.parameters, dtype=np.float64),
        }
        if boundaries is not None:
            tensors["boundaries"] = np.array([boundaries.begin, boundaries.end])
        for number, level in enumerate(self.counted.levels, 1):
            tensors[f"{number}.keys"] = level.keys
            tensors[f"{number}.counts"] = level.counts
            tensors[f"{number}.first"] = level.first
            tensors[f"{number}.log_probs"] = self.table.log_probs[number - 1]
            tensors[f"{number}.log_left"] = self.table.log_left[number - 1]
        if self.pruning is not None:
            for name in _PRUNING:
                tensors[f"pruning.{name}"] = np.array(getattr(self.pruning, name), _PRUNING[name])
        return tensors

    @classmethod
    def from_tensors(
        cls, tensors: Mapping[str, NDArray[Any]], order: int, vocabulary_size: int
    ) -> NgramModel:
        """The model that `to_tensors` stored; raises InputError for anything else."""
        levels, log_probs, log_left = [], [], []
        histories = 1
        for number in range(1, order + 1):
            levels.append(_level(tensors, number, histories * vocabulary_size))
            distinct = len(levels[-1].keys)
            log_probs.append(_array(tensors, f"{number}.log_probs", np.float64, distinct))
            log_left.append(_array(tensors, f"{number}.log_left", np.float64, histories))
            # Comparisons that NaN fails too.
            if not ((log_probs[-1] <= 0).all() and (log_left[-1] < np.inf).all()):
                raise InputError(
                    "the probabilities of order {number} are not probabilities", number=number
                )
            histories = distinct
        parameters = _array(tensors, "parameters", np.float64)
        if not ((parameters > 0) & (parameters < np.inf)).all():
            raise InputError("a parameter of the smoothing is out of range")
        name = bytes(_array(tensors, "smoothing", np.uint8)).decode("ascii", "replace")
        boundaries = None
        if "boundaries" in tensors:
            pair = _array(tensors, "boundaries", np.int64, 2)
            if not ((pair >= 0) & (pair < vocabulary_size)).all():
                raise InputError("the boundaries do not fit the vocabulary")
            boundaries = Boundaries(int(pair[0]), int(pair[1]))
        estimator = estimator_named(name, tuple(parameters.tolist()))
        expected = order if estimator.parameter_per_order else len(estimator.parameters)
        if len(parameters) != expected:
            raise InputError("the parameters of the smoothing are incomplete")
        table = Table.of(
            vocabulary_size,
            tuple(level.keys for level in levels),
            tuple(log_probs),
            tuple(log_left),
            boundaries,
            estimator.skips,
            estimator.unseen,
        )
        counted = NgramCounts(vocabulary_size, tuple(levels))
        pruning = _pruning(tensors, counted, boundaries)
        return cls(table, counted, estimator, pruning=pruning)


def _pruning(
    tensors: Mapping[str, NDArray[Any]], counted: NgramCounts, boundaries: Boundaries | None
) -> Pruning | None:
    """What is stored of a pruning; earlier versions stored nothing of it."""
    if "pruning.least" not in tensors:
        return pruning_shown_by(counted, None if boundaries is None else boundaries.end)
    least = _array(tensors, "pruning.least", np.int64, counted.order)
    ending = _array(tensors, "pruning.ending", np.int64)
    moved = _array(tensors, "pruning.moved", np.float64, counted.order)
    if not ((least >= 1).all() and ((moved >= -1e-9) & (moved <= 1 + 1e-9)).all()):
        raise InputError("the figures of what was left out are out of range")
    return Pruning(tuple(least.tolist()), tuple(ending.tolist()), tuple(moved.tolist()))


def _array(
    tensors: Mapping[str, NDArray[Any]], name: str, kind: type, length: int | None = None
) -> NDArray[Any]:
    array = tensors.get(name)
    if array is None or array.dtype != kind or array.ndim != 1:
        raise InputError("the array {name} is missing or of another kind", name=name)
    if length is not None and len(array) != length:
        raise InputError(
            "the array {name} has {found} entries instead of {length}",
            name=name,
            found=len(array),
            length=length,
        )
    return array


def _level(tensors: Mapping[str, NDArray[Any]], number: int, below: int) -> Level:
    keys = _array(tensors, f"{number}.keys", np.int64)
    counts = _array(tensors, f"{number}.counts", np.int64, len(keys))
    first = _array(tensors, f"{number}.first", np.int32, len(keys))
    if len(keys) and (keys[0] < 0 or keys[-1] >= below or (np.diff(keys) <= 0).any()):
        raise InputError("the n-grams of order {number} do not fit the vocabulary", number=number)
    if (counts < 0).any() or (first < 0).any():
        raise InputError("the counts of order {number} are negative", number=number)
    return Level(keys, counts, first)
