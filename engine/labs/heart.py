"""Learned, or learned by heart: a small text, many passes, and what is left on new text.

A network is trained on the first tokens of the text as the lecture trains, and read on the tokens
that follow them. The training perplexity falls towards 1 whatever happens; what the network has
learned is the held-out one, whose lowest value (★) comes early. After training both weights write,
and the longest span that they share with the training text stands beside the one that new text of
the same source shares with it: without that control a span says nothing.

The best weights are chosen on the text that they are reported for, so their figure flatters.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seqtui.corpora.arranging import text_of_tokens
from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import Cancelled, UserMessage
from seqtui.corpora.progress import OnProgress
from seqtui.engine.evaluation import perplexity_of
from seqtui.engine.generation import GenerationEnded, SamplingOptions, generate
from seqtui.engine.labs.lab import document_of
from seqtui.engine.labs.learner import Learner, Point, beginning_of
from seqtui.engine.labs.settings import setting
from seqtui.engine.ngrams.suffixes import SuffixArray, build_suffix_array
from seqtui.engine.protocol import Ids
from seqtui.engine.runs.trend import Trend
from seqtui.engine.settings.recipes import RECIPES
from seqtui.engine.settings.run_config import RunConfig

LABELS = (
    UserMessage("best"),
    UserMessage("better than guessing"),
    UserMessage("control"),
    UserMessage("control pieces"),
    UserMessage("copied"),
    UserMessage("dropout"),
    UserMessage("ended"),
    UserMessage("epoch"),
    UserMessage("epochs"),
    UserMessage("guessing"),
    UserMessage("held out"),
    UserMessage("held out tokens"),
    UserMessage("hidden"),
    UserMessage("kind"),
    UserMessage("last"),
    UserMessage("length"),
    UserMessage("model"),
    UserMessage("parameters"),
    UserMessage("points"),
    UserMessage("seconds"),
    UserMessage("seed"),
    UserMessage("since"),
    UserMessage("text"),
    UserMessage("tokens"),
    UserMessage("train"),
    UserMessage("train tokens"),
    UserMessage("trend"),
    UserMessage("weights"),
)
FORMULA = "perplexity = exp(-1/N Σ ln P(w_t | w_<t))"
BEST, LAST = "best", "last"
EVALUATIONS = 50
"""Held-out figures of a training: an epoch of a small text costs less than reading it once."""
MOST_HELD_OUT = 10_000
"""Tokens: they are read one after the other, which takes as long as to train on many times more."""
SAMPLE_SEEDS = (0, 1, 2)
SAMPLE_TOKENS = 500
"""Of each sample, drawn at temperature 1, and of each piece of new text beside them."""
LONGEST_SPAN = 1_000
"""Tokens; where the held-out part repeats the training part the search ends here."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen; all else is the lecture's recipe."""

    tokens: int = setting(10_000, (2_000, 5_000, 10_000, 20_000, 50_000, 150_000), low=1_200)
    """Of the text's beginning that train; the next half as many, at most 10,000, are held out. A
    text that is too short is divided so."""
    epochs: int = setting(500, (50, 100, 200, 500), low=1, high=1_000)
    model: str = setting("rnn", ("rnn", "gru", "lstm"))
    hidden: int = setting(256, (64, 128, 256, 512), low=8)
    dropout: float = setting(0.0, (0.0, 0.1, 0.2, 0.3, 0.4, 0.5))
    seed: int = setting(0, tuple(range(10)), low=0, high=2**31 - 1)
    seconds: int = setting(120, (10, 30, 60, 120, 300, 600), low=1, high=3_600)
    """After which training ends where the epochs are not through."""


@dataclass(frozen=True, slots=True)
class Copied:
    """The longest span that one sample shares with the training text."""

    weights: str
    """`best` or `last`."""
    seed: int
    length: int
    """Tokens."""
    text: str


@dataclass(frozen=True, eq=False)
class Figures:
    """How far a training came, and what its weights copy once it has ended."""

    settings: Settings
    corpus: str
    """The fingerprint of the corpus of which this is the beginning."""
    vocabulary_size: int
    train_tokens: int
    held_out_tokens: int
    parameters: int
    control: int
    """Tokens of the longest span that the held-out part itself shares with the training part."""
    control_pieces: tuple[int, ...]
    """The same of pieces of it that are as long as a sample."""
    points: tuple[Point, ...]
    trend: Trend | None
    """`since` is an epoch."""
    ended: str
    """Empty while it trains; then `epochs`, `seconds`, or `diverged` for a loss that is not
    finite."""
    copied: tuple[Copied, ...]
    seconds: float

    @property
    def read(self) -> tuple[Point, ...]:
        """The points whose weights were read on the held-out part."""
        return tuple(point for point in self.points if point.held_out is not None)

    @property
    def best(self) -> Point | None:
        """The point of the lowest held-out loss."""
        return min(self.read, key=_held_out_loss, default=None)

    @property
    def last(self) -> Point | None:
        """The last point that was read."""
        return self.read[-1] if self.read else None

    @property
    def better_than_guessing(self) -> bool | None:
        """Whether the last weights predict new text better than if all of |V| were equally likely.

        None before they were read.
        """
        last = self.last
        if last is None or last.held_out is None:
            return None
        return perplexity_of(last.held_out) < self.vocabulary_size

    @property
    def complete(self) -> bool:
        """Whether training has ended and the weights have written."""
        return bool(self.ended and self.copied)

    @property
    def interval(self) -> int:
        """Epochs between two held-out figures."""
        return interval_of(self.settings.epochs)

    def longest(self, weights: str) -> int:
        """The longest span that any sample of the `best` or the `last` weights shares."""
        return max((each.length for each in self.copied if each.weights == weights), default=0)

    def document(self) -> dict[str, Any]:
        """The figures as JSON, those that a task asks for first; losses as perplexities."""
        return document_of(
            "heart",
            figures={
                "best": _record(self.best),
                "last": _record(self.last),
                "guessing": self.vocabulary_size,
                "better_than_guessing": self.better_than_guessing,
                "control": self.control,
                "control_pieces": self.control_pieces,
                "copied": [
                    {
                        "weights": each.weights,
                        "seed": each.seed,
                        "length": each.length,
                        "text": each.text,
                    }
                    for each in self.copied
                ],
                "train_tokens": self.train_tokens,
                "held_out_tokens": self.held_out_tokens,
                "parameters": self.parameters,
                "ended": self.ended,
                "trend": self.trend and {"kind": self.trend.kind, "since": self.trend.since},
                "points": [_record(point) for point in self.read],
            },
            formula=FORMULA,
            settings=self.settings,
            corpus=self.corpus,
            seconds=self.seconds,
            seed=self.settings.seed,
        )


def _held_out_loss(point: Point) -> float:
    loss = point.held_out
    return math.inf if loss is None or math.isnan(loss) else loss


def _record(point: Point | None) -> dict[str, Any] | None:
    if point is None:
        return None
    train, held_out = point.train, point.held_out
    return {
        "epoch": point.epoch,
        "train": None if train is None else perplexity_of(train),
        "held_out": None if held_out is None else perplexity_of(held_out),
    }


def trains(settings: Settings) -> bool:
    """Always: nothing of it is known before."""
    return True


def interval_of(epochs: int) -> int:
    """Epochs between two held-out figures."""
    return max(1, math.ceil(epochs / EVALUATIONS))


def stream(
    corpus: Corpus | None, settings: Settings, on_progress: OnProgress | None = None
) -> Iterator[Figures]:
    """The figures after each reading of the held-out part; the last with what was copied.

    Raises InputError for a text that is too short, and Cancelled.
    """
    assert corpus is not None
    began = time.monotonic()
    part = beginning_of(corpus, *divided(corpus.tokens, settings.tokens))
    config = config_of(settings, corpus.name)
    suffixes = build_suffix_array(part.split.train.ids, len(part.training_vocabulary), on_progress)
    held_out = part.split.held_out.ids
    learner = Learner(part, config, on_progress, began + settings.seconds)
    figures = Figures(
        settings=settings,
        corpus=corpus.fingerprint,
        vocabulary_size=len(part.training_vocabulary),
        train_tokens=len(part.split.train.ids),
        held_out_tokens=len(held_out),
        parameters=learner.model.parameters,
        control=copied_span(suffixes, held_out)[1],
        control_pieces=tuple(copied_span(suffixes, each)[1] for each in pieces_of(held_out)),
        points=(),
        trend=None,
        ended="",
        copied=(),
        seconds=0.0,
    )
    for points in learner.learn(interval_of(settings.epochs)):
        figures = replace(
            figures, points=points, trend=learner.trend, seconds=time.monotonic() - began
        )
        yield figures
    yield replace(
        figures,
        points=tuple(learner.points),
        trend=learner.trend,
        ended=learner.ended,
        copied=tuple(copied_of(learner, suffixes, on_progress)),
        seconds=time.monotonic() - began,
    )


def divided(tokens: int, wanted: int) -> tuple[int, int]:
    """How many of a text's tokens train, where so many are wanted, and how many are held out."""
    train = min(wanted, max(tokens * 2 // 3, tokens - MOST_HELD_OUT))
    return train, min(train // 2, MOST_HELD_OUT)


def config_of(settings: Settings, name: str) -> RunConfig:
    """The lecture's recipe with what was chosen, on the CPU: one seed gives one result there."""
    chosen = {
        "model": settings.model,
        "hidden": settings.hidden,
        "dropout": settings.dropout,
        "epochs": settings.epochs,
        "seed": settings.seed,
    }
    return RunConfig(corpus=name, device="cpu", **{**RECIPES["lecture"].settings, **chosen})


def copied_span(suffixes: SuffixArray, ids: Ids) -> tuple[int, int]:
    """Where the longest span of a text that occurs in the training text begins, and its length."""
    return suffixes.longest_part(ids, LONGEST_SPAN)


def pieces_of(ids: Ids) -> tuple[Ids, ...]:
    """As many pieces of new text as there are samples, as long as they, spread evenly."""
    last = max(len(ids) - SAMPLE_TOKENS, 0)
    starts = np.linspace(0, last, len(SAMPLE_SEEDS)).astype(int).tolist()
    return tuple(ids[start : start + SAMPLE_TOKENS] for start in starts)


def copied_of(
    learner: Learner, suffixes: SuffixArray, on_progress: OnProgress | None = None
) -> Iterator[Copied]:
    """What each sample shares with the training text. Raises Cancelled."""
    vocabulary, options = learner.corpus.training_vocabulary, learner.corpus.options
    done, total = 0, 2 * len(SAMPLE_SEEDS)
    for weights in (BEST, LAST):
        model = learner.best_model if weights == BEST else learner.model
        for seed in SAMPLE_SEEDS:
            if on_progress is not None and not on_progress(done, total):
                raise Cancelled
            done += 1
            sampling = SamplingOptions(temperature=1.0, seed=seed)
            prefix = np.zeros(0, dtype=np.int32)
            written = generate(model, prefix, SAMPLE_TOKENS, sampling, vocabulary.never_written)
            found: list[int] = []
            with suppress(GenerationEnded):  # weights gone bad write nothing
                found.extend(each.id for each in written)
            ids = np.array(found, dtype=np.int32)
            start, length = copied_span(suffixes, ids)
            span = [vocabulary.tokens[each] for each in ids[start : start + length].tolist()]
            yield Copied(weights, seed, length, text_of_tokens(span, options))


SOURCES = (Learner.learn, copied_span, copied_of, beginning_of)
