"""Models of one corpus side by side: counted once, estimated in many ways.

Everything here runs on a worker's thread; a count of the training text serves all estimators.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.engine.held_out import evaluate_part, line_boundaries
from seqtui.engine.ngrams.counts import HIGHEST_ORDER, Level, NgramCounts, count_levels
from seqtui.engine.ngrams.estimators import ESTIMATORS
from seqtui.engine.ngrams.model import NgramModel

KeepGoing = Callable[[int, int], bool]

NAMES: tuple[str, ...] = tuple(ESTIMATORS)
"""The estimators, in the order of the table."""
DELIVERY_SECONDS = 0.2
"""Cells that take less are handed over together."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One model on held-out text."""

    perplexity: float
    """NaN where the scores are no probabilities or nothing is to be predicted."""
    targets: int
    zero_targets: int
    """Targets the model held impossible."""
    normalised: bool
    reason: str = ""
    """Why there is no model, where there is none."""


class Comparison:
    """Held-out perplexities of a corpus by estimator and order, filled cell by cell."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.highest = min(5, self.limit)
        """The highest order asked for."""
        self.cells: dict[tuple[str, int], Cell] = {}
        self._levels: list[Level] = []
        self._boundaries = line_boundaries(corpus.training_vocabulary, corpus.options)
        end = None if self._boundaries is None else self._boundaries.end
        self._counting = count_levels(
            corpus.split.train.ids, self.limit, len(corpus.training_vocabulary), end
        )
        self._counts: NgramCounts | None = None

    @property
    def limit(self) -> int:
        """The highest order there can be."""
        return max(min(HIGHEST_ORDER, len(self.corpus.split.train.ids)), 1)

    @property
    def missing(self) -> list[tuple[str, int]]:
        """What is asked for and not there, lower orders first."""
        wanted = [(name, n) for n in range(1, self.highest + 1) for name in NAMES]
        return [each for each in wanted if each not in self.cells]

    @property
    def best(self) -> tuple[str, int] | None:
        """The cell with the lowest perplexity, as far as they are known."""
        known = {
            key: cell.perplexity
            for key, cell in self.cells.items()
            if key[1] <= self.highest and cell.perplexity < float("inf")
        }
        return min(known, key=known.__getitem__) if known else None

    def fill(self, keep_going: KeepGoing) -> dict[tuple[str, int], Cell]:
        """The next cells. Raises Cancelled, and can be called again after."""
        found: dict[tuple[str, int], Cell] = {}
        started = time.monotonic()
        missing = self.missing
        for name, n in missing:
            if found and time.monotonic() - started > DELIVERY_SECONDS:
                break
            done = len(self.cells) + len(found)
            if not keep_going(done, done + len(missing) - len(found)):
                raise Cancelled
            found[name, n] = self._cell(name, n, keep_going)
        return found

    def _cell(self, name: str, n: int, keep_going: KeepGoing) -> Cell:
        held_out = self.corpus.split.held_out
        try:
            counted = self._counted(n)
            ids = self.corpus.split.train.ids
            model = NgramModel.of_counts(counted, ids, name, boundaries=self._boundaries)
            options, vocabulary = self.corpus.options, self.corpus.training_vocabulary
            measured = evaluate_part(
                model,
                held_out,
                "held-out",
                vocabulary,
                options,
                lambda done, total: keep_going(len(self.cells), len(NAMES) * self.highest),
            )
        except InputError as error:
            return Cell(float("nan"), 0, 0, True, str(error))
        if measured is None:
            raise Cancelled
        reason = "" if measured.targets else "the held-out text has no token to predict"
        return Cell(
            measured.perplexity,
            measured.targets,
            measured.zero_probability_targets,
            measured.normalised,
            reason,
        )

    def _counted(self, n: int) -> NgramCounts:
        while len(self._levels) < n:
            self._levels.append(next(self._counting))
        if self._counts is None or self._counts.order != n:
            size = len(self.corpus.training_vocabulary)
            self._counts = NgramCounts(size, tuple(self._levels[:n]))
        return self._counts
