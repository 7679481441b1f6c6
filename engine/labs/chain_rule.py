"""A sentence as the chain rule takes it apart: P(W) = P(w₁) P(w₂ | w₁) …, in both directions.

The counts are those of the whole text as one stream; the first token has no history.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import InputError
from seqtui.corpora.progress import OnProgress
from seqtui.engine.evaluation import perplexity_of
from seqtui.engine.labs.lab import check_range, document_of
from seqtui.engine.ngrams.counts import HIGHEST_ORDER, NgramCounts, count_ngrams
from seqtui.engine.ngrams.estimators import ESTIMATORS
from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.protocol import Ids

FIRST_TOKENS = 12
"""Of the corpus, read where no sentence is given."""
FORMULA = "P(W) = ∏ P(w_k | h_k);  PP = P(W)^(-1/K)"


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen."""

    sentence: str = ""
    """Empty for the beginning of the corpus."""
    order: int = 2
    estimator: str = "mle"


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor P(w_k | h) of a sentence, and the product of the factors up to it."""

    gram: tuple[int, ...]
    """The history that was used, with the token."""
    count: int | None
    """c(h w)."""
    history_count: int | None
    """c(h ·)."""
    probability: float
    """A score where the estimator's scores are no probabilities."""
    log_prob: float
    """ln P, nats."""
    log_product: float
    """ln of the product up to here."""
    perplexity: float
    """Of the k tokens up to here; NaN where the scores are no probabilities."""


@dataclass(frozen=True, eq=False, slots=True)
class Reading:
    """A sentence read in one direction."""

    model: NgramModel
    factors: tuple[Factor, ...]

    @property
    def zero_factors(self) -> int:
        """Factors that are 0."""
        return sum(factor.probability == 0 for factor in self.factors)


def factors_of(model: NgramModel, ids: Ids) -> tuple[Factor, ...]:
    """The factors of all tokens; the first by its unigram, as nothing is before it."""
    found, log_product = [], 0.0
    sentence = ids.tolist()
    for position, token in enumerate(sentence):
        explained = model.explain(sentence[:position], token)
        log_prob = math.log(explained.probability) if explained.probability > 0 else -math.inf
        log_product += log_prob
        mean = -log_product / (position + 1) if model.normalised else math.nan
        found.append(
            Factor(
                gram=(*explained.history, token),
                count=explained.count,
                history_count=explained.history_count,
                probability=explained.probability,
                log_prob=log_prob,
                log_product=log_product,
                perplexity=perplexity_of(mean),
            )
        )
    return tuple(found)


class BothDirections:
    """The n-grams of a corpus forward and reversed; what is counted once serves all sentences."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._counts: dict[int, NgramCounts] = {}
        """By step: 1 forward, -1 reversed."""

    def readings(
        self, ids: Ids, order: int, estimator: str, on_progress: OnProgress | None = None
    ) -> tuple[Reading, Reading]:
        """A sentence forward, then reversed. Raises Cancelled, and can be called again after."""
        return (
            self._reading(ids, order, estimator, 1, on_progress),
            self._reading(ids, order, estimator, -1, on_progress),
        )

    def _reading(
        self, ids: Ids, order: int, estimator: str, step: int, on_progress: OnProgress | None
    ) -> Reading:
        size = len(self.corpus.vocabulary)
        text = np.ascontiguousarray(self.corpus.ids[::step])
        counts = self._counts.get(step)
        if counts is None or counts.order < order:
            counts = count_ngrams(text, order, size, on_progress)
            self._counts[step] = counts
        model = NgramModel.of_counts(NgramCounts(size, counts.levels[:order]), text, estimator)
        return Reading(model, factors_of(model, ids[::step]))


@dataclass(frozen=True, eq=False)
class Figures:
    """The factors of a sentence in both directions."""

    settings: Settings
    corpus: Corpus
    forward: Reading
    reversed: Reading
    seconds: float

    def document(self) -> dict[str, Any]:
        """The figures as JSON."""
        return document_of(
            "chain-rule",
            figures={
                "normalised": self.forward.model.normalised,
                "forward": self._direction(self.forward),
                "reversed": self._direction(self.reversed),
            },
            formula=FORMULA,
            settings=self.settings,
            corpus=self.corpus.fingerprint,
            seconds=self.seconds,
        )

    def _direction(self, reading: Reading) -> dict[str, Any]:
        tokens = self.corpus.vocabulary.tokens
        factors = []
        for factor in reading.factors:
            *history, token = (tokens[i] for i in factor.gram)
            values = {name: value for name, value in asdict(factor).items() if name != "gram"}
            factors.append({"token": token, "history": history, **values})
        last = reading.factors[-1]
        return {
            "log_prob": last.log_product,
            "perplexity": last.perplexity,
            "zero_factors": reading.zero_factors,
            "factors": factors,
        }


def run(corpus: Corpus, settings: Settings, on_progress: OnProgress | None = None) -> Figures:
    """Take a sentence apart by the n-grams of a corpus."""
    began = time.perf_counter()
    check_range("order", settings.order, min(HIGHEST_ORDER, corpus.tokens))
    if settings.estimator not in ESTIMATORS:
        raise InputError(
            "estimator {name}: choose one of {names}",
            option="estimator",
            name=settings.estimator,
            names=", ".join(ESTIMATORS),
        )
    ids = corpus.ids_of(settings.sentence) if settings.sentence else corpus.ids[:FIRST_TOKENS]
    if not len(ids):
        raise InputError(
            "sentence {sentence}: no token is left of this",
            option="sentence",
            sentence=repr(settings.sentence),
        )
    forward, backward = BothDirections(corpus).readings(
        ids, settings.order, settings.estimator, on_progress
    )
    return Figures(settings, corpus, forward, backward, time.perf_counter() - began)
