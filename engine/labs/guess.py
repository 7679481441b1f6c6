"""You against the models: guessing the next character of held-out text until it is hit.

How often a reader needs 1, 2, 3 … guesses bounds the entropy of the text (Shannon, "Prediction and
entropy of printed English", 1951). What a model needs is counted in the same way; what it pays in
bits is another figure, its cross-entropy.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import Cancelled, InputError, UserMessage
from seqtui.corpora.progress import OnProgress
from seqtui.engine.labs.lab import document_of
from seqtui.engine.labs.settings import check_settings, setting
from seqtui.engine.ngrams.backoff import Boundaries, line_boundaries
from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.protocol import LanguageModel, LogProbs
from seqtui.engine.runs.loading import load_model
from seqtui.engine.runs.run import open_run

FORMULA = "∑ i (q_i − q_{i+1}) log₂ i ≤ H ≤ −∑ q_i log₂ q_i"
SEEN = 60
"""Characters that are shown before the first that is guessed."""
CHOICES = 9
"""Characters of which one is chosen where a keyboard has not all of them."""
MOST_TYPED = 200
"""Types up to which a text is taken for one that a keyboard can type."""
LABELS = (
    UserMessage("bits"),
    UserMessage("first guess"),
    UserMessage("guesses"),
    UserMessage("letters"),
    UserMessage("lower bound"),
    UserMessage("model"),
    UserMessage("name"),
    UserMessage("order"),
    UserMessage("rivals"),
    UserMessage("start"),
    UserMessage("upper bound"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen."""

    letters: int = setting(60, (20, 40, 60, 100, 200))
    start: int = setting(100, (100, 300, 500, 1_000, 3_000), low=0, high=10**9)
    """Place in the held-out part of the first character that is guessed."""
    order: int = setting(7, tuple(range(2, 11)))
    """Of the Kneser-Ney rival; the other one is a bigram."""
    model: str = setting("")
    """Name or folder of a run that plays too; empty for none."""


@dataclass(frozen=True, slots=True)
class Score:
    """How somebody guessed."""

    name: str
    guesses: tuple[int, ...]
    """For each character, how many guesses it took; 1 is right at once."""
    bits: float = math.nan
    """What was paid, bits a character: a model's cross-entropy; NaN for a person."""

    @property
    def first(self) -> float:
        """Share of the characters that were right at the first guess."""
        return self.guesses.count(1) / max(len(self.guesses), 1)

    @property
    def bounds(self) -> tuple[float, float]:
        """Shannon's bounds, bits a character."""
        return entropy_bounds(Counter(self.guesses))


@dataclass(frozen=True, eq=False)
class Figures:
    """A stretch of text, and how the rivals did on it."""

    settings: Settings
    corpus: Corpus
    seen: tuple[int, ...]
    """Ids before the first that is guessed."""
    hidden: tuple[int, ...]
    """Ids that are guessed."""
    rivals: tuple[Score, ...]
    given: tuple[tuple[float, ...], ...]
    """For each rival, the probability that it gave to each hidden character."""
    seconds: float

    def document(self) -> dict[str, Any]:
        """The figures as JSON; of the text nothing."""
        return document_of(
            "guess",
            figures={
                "rivals": [
                    {
                        "name": rival.name,
                        "first_guess": rival.first,
                        "lower_bound": rival.bounds[0],
                        "upper_bound": rival.bounds[1],
                        "bits": rival.bits,
                        "guesses": list(rival.guesses),
                    }
                    for rival in self.rivals
                ]
            },
            formula=FORMULA,
            settings=self.settings,
            corpus=self.corpus.fingerprint,
            seconds=self.seconds,
        )


def run(corpus: Corpus, settings: Settings, on_progress: OnProgress | None = None) -> Figures:
    """The stretch that the settings name, and how many guesses the rivals take on it.

    Raises InputError for words and for a stretch that is not in the held-out part.
    """
    began = time.perf_counter()
    check_settings(settings)
    if corpus.options.tokenizer != "char":
        raise InputError(
            "--tokenizer {tokenizer}: characters are guessed here; open the text with char",
            option="tokenizer",
            tokenizer=corpus.options.tokenizer,
        )
    held_out = corpus.split.held_out.ids
    end = settings.start + settings.letters
    if end > len(held_out):
        raise InputError(
            "--set start={start}: {letters} characters from there are more than the {most:,} that "
            "are held out; choose a smaller start, or another text",
            option="start",
            start=settings.start,
            letters=settings.letters,
            most=len(held_out),
        )
    vocabulary = corpus.training_vocabulary
    boundaries = line_boundaries(vocabulary, corpus.options)
    scores, given = [], []
    for name, model in _rivals(corpus, settings, boundaries, on_progress):
        score, probabilities = _played(model, name, held_out, settings, on_progress)
        scores.append(score)
        given.append(probabilities)
    return Figures(
        settings=settings,
        corpus=corpus,
        seen=tuple(held_out[max(settings.start - SEEN, 0) : settings.start].tolist()),
        hidden=tuple(held_out[settings.start : end].tolist()),
        rivals=tuple(scores),
        given=tuple(given),
        seconds=time.perf_counter() - began,
    )


def _rivals(
    corpus: Corpus,
    settings: Settings,
    boundaries: Boundaries | None,
    on_progress: OnProgress | None,
) -> Iterator[tuple[str, LanguageModel]]:
    size, train = len(corpus.training_vocabulary), corpus.split.train.ids
    kneser_ney = f"KN-{settings.order}"
    for order, smoothing, name in (
        (2, "add-k", "2-gram"),
        (settings.order, "kneser-ney", kneser_ney),
    ):
        yield name, NgramModel.fit(train, order, size, smoothing, 1.0, on_progress, boundaries)
    if settings.model:
        run = open_run(settings.model)
        run.check_corpus(corpus)
        yield run.name, load_model(run)


def varies(settings: Settings) -> bool:
    """Whether a run of one's own plays: nobody else has it."""
    return bool(settings.model)


def _played(
    model: LanguageModel,
    name: str,
    ids: np.ndarray[Any, np.dtype[np.int32]],
    settings: Settings,
    on_progress: OnProgress | None,
) -> tuple[Score, tuple[float, ...]]:
    step = model.start(ids[: settings.start])
    ranks, log_probs = [], []
    for done in range(settings.letters):
        if on_progress is not None and not on_progress(done, settings.letters):
            raise Cancelled
        token = int(ids[settings.start + done])
        ranks.append(rank_of(step.log_probs, token))
        log_probs.append(float(step.log_probs[token]))
        step = step.advance(token)
    bits = -sum(log_probs) / math.log(2) / len(log_probs)
    return Score(name, tuple(ranks), bits), tuple(map(math.exp, log_probs))


def rank_of(log_probs: LogProbs, token: int) -> int:
    """Which guess a token is when the likeliest is guessed first, ties by id; from 1."""
    mine = log_probs[token]
    ties = int(np.count_nonzero(log_probs[:token] == mine))
    return int(np.count_nonzero(log_probs > mine)) + ties + 1


def entropy_bounds(counts: Mapping[int, int]) -> tuple[float, float]:
    """Shannon's bounds in bits from how often 1, 2, 3 … guesses were needed (1951, eq. 17).

    The upper one is no cross-entropy: nobody could code the text with it alone.
    """
    total = sum(counts.values())
    if not total:
        return math.nan, math.nan
    most = max(counts)
    q = [counts.get(i, 0) / total for i in range(1, most + 2)]
    lower = math.fsum(i * (q[i - 1] - q[i]) * math.log2(i) for i in range(1, most + 1))
    upper = -math.fsum(x * math.log2(x) for x in q if x)
    return lower, upper + 0.0


def choices_for(figures: Figures, place: int) -> tuple[int, ...]:
    """Nine ids of which one is the hidden one at a place, in an order that says nothing.

    For a text that a keyboard cannot type; the others are drawn by how frequent they are.
    """
    drawing = random.Random(f"{figures.corpus.fingerprint}/{figures.settings.start}/{place}")
    counts = figures.corpus.training_vocabulary.counts
    weights: Sequence[int] = [int(each) for each in counts]
    found = {figures.hidden[place]}
    ids = range(len(weights))
    while len(found) < min(CHOICES, sum(weight > 0 for weight in weights)):
        found |= set(drawing.choices(ids, weights, k=CHOICES - len(found)))
    order = sorted(found)
    drawing.shuffle(order)
    return tuple(order)


SOURCES = (entropy_bounds, rank_of, choices_for)
