"""A sentence as the chain rule takes it apart: P(W) = P(w₁) P(w₂ | w₁) …, in both directions.

The counts are those of the whole text: of one stream, whose first token has no history, or of lines
(`--boundaries line`), which begin with `<s>` as a history and end with the factor of `</s>`.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from seqtui.corpora.corpus import Corpus, encode_text
from seqtui.corpora.errors import InputError, UserMessage
from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.progress import OnProgress
from seqtui.engine.evaluation import in_json, perplexity_of
from seqtui.engine.labs.lab import check_range, document_of
from seqtui.engine.labs.settings import check_settings, setting
from seqtui.engine.ngrams.backoff import Boundaries, line_boundaries
from seqtui.engine.ngrams.counts import HIGHEST_ORDER, NgramCounts, count_ngrams
from seqtui.engine.ngrams.estimators import ESTIMATORS
from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.protocol import Ids

FIRST_TOKENS = 12
"""Of the corpus, read where no sentence is given; its first line where lines have boundaries."""
FORMULA = "P(W) = ∏ P(w_k | h_k);  PP = P(W)^(-1/K)"
LABELS = (
    UserMessage("boundaries"),
    UserMessage("count"),
    UserMessage("estimator"),
    UserMessage("factors"),
    UserMessage("forward"),
    UserMessage("history"),
    UserMessage("history count"),
    UserMessage("log prob"),
    UserMessage("log product"),
    UserMessage("normalised"),
    UserMessage("order"),
    UserMessage("perplexity"),
    UserMessage("probability"),
    UserMessage("reversed"),
    UserMessage("sentence"),
    UserMessage("token"),
    UserMessage("zero factors"),
)
"""Names of the figures and settings, as they are shown."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen."""

    sentence: str = setting("")
    """Empty for the beginning of the corpus."""
    order: int = setting(2, tuple(range(1, HIGHEST_ORDER + 1)))
    estimator: str = setting("mle", tuple(ESTIMATORS))


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
    """The factors of all tokens; the first by its unigram, as nothing is before it.

    `<s>` is no factor: it is history, and never predicted.
    """
    found: list[Factor] = []
    log_product = 0.0
    sentence = ids.tolist()
    for position, token in enumerate(sentence):
        if model.table.boundaries is not None and token == model.table.boundaries.begin:
            continue
        explained = model.explain(sentence[:position], token)
        log_prob = math.log(explained.probability) if explained.probability > 0 else -math.inf
        log_product += log_prob
        mean = -log_product / (len(found) + 1) if model.normalised else math.nan
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


def sentence_ids(corpus: Corpus, text: str) -> Ids:
    """A sentence as the corpus is counted, in its own order; lines between `<s>` and `</s>`.

    Raises InputError naming a token that a closed vocabulary does not have.
    """
    if corpus.options.boundaries == "stream":
        return corpus.ids_of(text)
    options = replace(corpus.options, text_order=CorpusOptions().text_order)
    return encode_text(text, options, corpus.vocabulary).ids


def backwards(ids: Ids, boundaries: Boundaries | None) -> Ids:
    """A text read from its end; of its lines, too, each begins with `<s>` and ends with `</s>`."""
    read = np.ascontiguousarray(ids[::-1])
    if boundaries is None:
        return read
    begin, end = boundaries.begin, boundaries.end
    return np.where(read == begin, end, np.where(read == end, begin, read))


class BothDirections:
    """The n-grams of a corpus forward and reversed; what is counted once serves all sentences."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._boundaries = line_boundaries(corpus.vocabulary, corpus.options)
        self._texts = (corpus.written_ids, backwards(corpus.written_ids, self._boundaries))
        self._counts: dict[bool, NgramCounts] = {}
        """By whether the text is reversed."""

    def readings(
        self, ids: Ids, order: int, estimator: str, on_progress: OnProgress | None = None
    ) -> tuple[Reading, Reading]:
        """A sentence forward, then reversed. Raises Cancelled, and can be called again after."""
        return (
            self._reading(ids, order, estimator, False, on_progress),
            self._reading(ids, order, estimator, True, on_progress),
        )

    def _reading(
        self, ids: Ids, order: int, estimator: str, reverse: bool, on_progress: OnProgress | None
    ) -> Reading:
        size, boundaries, text = len(self.corpus.vocabulary), self._boundaries, self._texts[reverse]
        counts = self._counts.get(reverse)
        if counts is None or counts.order < order:
            end = None if boundaries is None else boundaries.end
            counts = count_ngrams(text, order, size, on_progress, end)
            self._counts[reverse] = counts
        counts = NgramCounts(size, counts.levels[:order])
        model = NgramModel.of_counts(counts, text, estimator, boundaries=boundaries)
        read = backwards(ids, boundaries) if reverse else ids
        return Reading(model, factors_of(model, read))


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
                "boundaries": self.corpus.options.boundaries,
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
            values["perplexity"] = in_json(factor.perplexity)
            factors.append({"token": token, "history": history, **values})
        last = reading.factors[-1]
        return {
            "log_prob": last.log_product,
            "perplexity": in_json(last.perplexity),
            "zero_factors": reading.zero_factors,
            "factors": factors,
        }


def _beginning(corpus: Corpus) -> Ids:
    boundaries = line_boundaries(corpus.vocabulary, corpus.options)
    if boundaries is None:
        return corpus.written_ids[:FIRST_TOKENS]
    return corpus.written_ids[: int(np.argmax(corpus.written_ids == boundaries.end)) + 1]


def run(corpus: Corpus, settings: Settings, on_progress: OnProgress | None = None) -> Figures:
    """Take a sentence apart by the n-grams of a corpus."""
    began = time.perf_counter()
    check_settings(settings)
    check_range("order", settings.order, min(HIGHEST_ORDER, len(corpus.written_ids)))
    ids = sentence_ids(corpus, settings.sentence) if settings.sentence else _beginning(corpus)
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


SOURCES = (factors_of, run)
