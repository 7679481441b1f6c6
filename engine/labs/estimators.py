"""Which estimator predicts held-out text best, and at which order: all of them on one text.

A count of the training text serves all estimators.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import Cancelled, InputError, UserMessage
from seqtui.corpora.progress import OnProgress
from seqtui.engine.evaluation import Evaluation
from seqtui.engine.held_out import evaluate_part
from seqtui.engine.labs.lab import document_of
from seqtui.engine.labs.settings import check_settings, setting
from seqtui.engine.ngrams.backoff import line_boundaries
from seqtui.engine.ngrams.counts import HIGHEST_ORDER, Level, NgramCounts, count_levels
from seqtui.engine.ngrams.estimators import ESTIMATORS
from seqtui.engine.ngrams.model import NgramModel

NAMES: tuple[str, ...] = tuple(ESTIMATORS)
"""The estimators, in the order of the table."""
DELIVERY_SECONDS = 0.2
"""Cells that take less are handed over together."""
NOTHING_TO_PREDICT = UserMessage("the held-out text has no token to predict")
FORMULA = "perplexity = exp(-1/K ∑ ln P(w_k | h_k)) over the K targets of the held-out text"
LABELS = (
    UserMessage("best"),
    UserMessage("cells"),
    UserMessage("estimator"),
    UserMessage("loss"),
    UserMessage("normalised"),
    UserMessage("order"),
    UserMessage("perplexity"),
    UserMessage("reason"),
    UserMessage("targets"),
    UserMessage("vocabulary size"),
    UserMessage("zero probability targets"),
)
"""Names of the figures and settings, as they are shown."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen."""

    order: int = setting(5, tuple(range(1, HIGHEST_ORDER + 1)))
    """The highest order that is measured."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One model on held-out text."""

    evaluation: Evaluation | None
    """None where there is no model."""
    reason: str = ""
    """Why there is no model, or nothing to predict."""

    @property
    def perplexity(self) -> float:
        """NaN where the scores are no probabilities or nothing is to be predicted."""
        return math.nan if self.evaluation is None else self.evaluation.perplexity

    @property
    def normalised(self) -> bool:
        """Whether the scores are probabilities, as far as there are any."""
        return self.evaluation is None or self.evaluation.normalised


class Comparison:
    """Held-out perplexities of a corpus by estimator and order, filled cell by cell."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.highest = min(Settings().order, self.limit)
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
    def types(self) -> int:
        """How many ids can be predicted: |V|, less one where `<s>` begins each line."""
        return len(self.corpus.training_vocabulary) - (self._boundaries is not None)

    @cached_property
    def targets(self) -> int:
        """Tokens of the held-out text that are predicted: neither its first nor any `<s>`."""
        ids = self.corpus.split.held_out.ids[1:]
        if self._boundaries is None:
            return len(ids)
        return int((ids != self._boundaries.begin).sum())

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
        return best_of({key: cell for key, cell in self.cells.items() if key[1] <= self.highest})

    def fill(self, on_progress: OnProgress) -> dict[tuple[str, int], Cell]:
        """The next cells. Raises Cancelled, and can be called again after."""
        found: dict[tuple[str, int], Cell] = {}
        started = time.monotonic()
        missing = self.missing
        for name, n in missing:
            if found and time.monotonic() - started > DELIVERY_SECONDS:
                break
            done = len(self.cells) + len(found)
            if not on_progress(done, done + len(missing) - len(found)):
                raise Cancelled
            found[name, n] = self._cell(name, n, on_progress)
        return found

    def _cell(self, name: str, n: int, on_progress: OnProgress) -> Cell:
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
                lambda done, total: on_progress(len(self.cells), len(NAMES) * self.highest),
            )
        except InputError as error:
            return Cell(None, error.message)
        if measured is None:
            raise Cancelled
        return Cell(measured, "" if measured.targets else NOTHING_TO_PREDICT)

    def _counted(self, n: int) -> NgramCounts:
        while len(self._levels) < n:
            self._levels.append(next(self._counting))
        if self._counts is None or self._counts.order != n:
            size = len(self.corpus.training_vocabulary)
            self._counts = NgramCounts(size, tuple(self._levels[:n]))
        return self._counts


def best_of(cells: Mapping[tuple[str, int], Cell]) -> tuple[str, int] | None:
    """The cell with the lowest perplexity."""
    known = {key: cell.perplexity for key, cell in cells.items() if cell.perplexity < math.inf}
    return min(known, key=known.__getitem__) if known else None


@dataclass(frozen=True, eq=False)
class Figures:
    """The whole table."""

    settings: Settings
    corpus: Corpus
    cells: Mapping[tuple[str, int], Cell]
    """By estimator and order, lower orders first."""
    seconds: float

    @property
    def best(self) -> tuple[str, int] | None:
        """The cell with the lowest perplexity."""
        return best_of(self.cells)

    def document(self) -> dict[str, Any]:
        """The figures as JSON."""
        best = self.best
        cells = [
            {
                "estimator": name,
                "order": order,
                "normalised": cell.normalised,
                "reason": str(cell.reason) or None,
                "evaluation": None if cell.evaluation is None else cell.evaluation.document(),
            }
            for (name, order), cell in self.cells.items()
        ]
        return document_of(
            "estimators",
            figures={
                "cells": cells,
                "best": None if best is None else {"estimator": best[0], "order": best[1]},
                "vocabulary_size": len(self.corpus.training_vocabulary),
            },
            formula=FORMULA,
            settings=self.settings,
            corpus=self.corpus.fingerprint,
            seconds=self.seconds,
        )


def run(corpus: Corpus, settings: Settings, on_progress: OnProgress | None = None) -> Figures:
    """Measure all estimators up to an order."""
    began = time.perf_counter()
    check_settings(settings)
    comparison = Comparison(corpus)
    comparison.highest = min(settings.order, comparison.limit)
    while comparison.missing:
        comparison.cells.update(comparison.fill(on_progress or _keep_going))
    return Figures(settings, corpus, dict(comparison.cells), time.perf_counter() - began)


def _keep_going(done: int, total: int) -> bool:
    return True


SOURCES = (Comparison.fill, run)
