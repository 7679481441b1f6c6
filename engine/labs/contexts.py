"""Losses of a model by length of context, and the bits of running text.

All contexts are measured on the same targets: the last of the held-out part, before which there is
room for the longest context.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import InputError
from seqtui.corpora.progress import OnProgress, part_of
from seqtui.engine.labs.context_scoring import exactly, in_blocks, with_all
from seqtui.engine.ngrams.backoff import line_boundaries
from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.protocol import LanguageModel

LENGTHS = (1, 2, 4, 8, 16, 32, 64, 128)
"""Of contexts; for an n-gram all up to n-1 are measured beside them."""
SHOWN_LENGTHS = (1, 2, 4, 8, 16)
"""Of the X-ray, before all the past."""
SHOWN_TOKENS = 320
"""Of the X-ray; as many as fit are seen."""
NEAR, HALF_BIT = 0.01, 0.5
"""Nats within which a context is as good as all the past; bits, for the X-ray."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Losses of one model by length of context, nats a token, on the same targets."""

    name: str
    contexts: tuple[int, ...]
    exact: tuple[float, ...]
    """With exactly c tokens."""
    blocks: tuple[float, ...]
    """In blocks of c, the model anew at each: contexts of 1 to c tokens."""
    all: float
    """With all the past."""
    grown: tuple[float, ...] = ()
    """Of Kneser-Ney: of a model of order c+1 in its own right, up to the order that was chosen. The
    lower orders of a longer model count what precedes and are worse by themselves."""

    @property
    def least(self) -> int | None:
        """The least context within .01 nats of all the past; None where none that was measured."""
        return least_of(self.contexts, self.exact, self.all)


@dataclass(frozen=True, eq=False)
class Xray:
    """The bits of running text by length of context."""

    name: str
    tokens: tuple[str, ...]
    contexts: tuple[int, ...]
    bits: NDArray[np.float64]
    """`[contexts + 1, tokens]`; the last row is that of all the past."""

    @property
    def shortest(self) -> tuple[int | None, ...]:
        """For each token the shortest context within half a bit of all the past, if any."""
        near = np.abs(self.bits[:-1] - self.bits[-1]) <= HALF_BIT
        near |= self.bits[:-1] == self.bits[-1]  # both infinite
        first = np.where(near.any(axis=0), near.argmax(axis=0), -1).tolist()
        return tuple(None if row < 0 else self.contexts[row] for row in first)


def kneser_ney(corpus: Corpus, order: int, on_progress: OnProgress | None = None) -> NgramModel:
    """Modified Kneser-Ney of the training part. Raises InputError and Cancelled."""
    vocabulary = corpus.training_vocabulary
    boundaries = line_boundaries(vocabulary, corpus.options)
    ids, smoothing = corpus.split.train.ids, "modified-kneser-ney"
    return NgramModel.fit(ids, order, len(vocabulary), smoothing, 1.0, on_progress, boundaries)


def kneser_ney_name(order: int) -> str:
    """As the figures call it."""
    return f"kneser-ney {order}"


def grown_of(
    corpus: Corpus, curve: Curve, order: int, targets: int, on_progress: OnProgress | None = None
) -> tuple[float, ...]:
    """For each context c of a curve the loss of Kneser-Ney of order c+1, at most that chosen."""
    ids, predicted = corpus.split.held_out.ids, targets_of(corpus, targets)
    losses: dict[int, float] = {order: curve.all}
    for c in curve.contexts:
        each = min(c + 1, order)
        if each not in losses:
            model = kneser_ney(corpus, each, on_progress)
            scores = with_all(model, ids, len(ids) - len(predicted), on_progress)
            losses[each] = -float(np.mean(scores[predicted]))
    return tuple(losses[min(c + 1, order)] for c in curve.contexts)


def curve_of(
    corpus: Corpus,
    model: LanguageModel,
    name: str,
    targets: int,
    longest: int,
    on_progress: OnProgress | None = None,
) -> Curve:
    """The losses of one model by length of context. Raises InputError and Cancelled."""
    ids, predicted = corpus.split.held_out.ids, targets_of(corpus, targets)
    first = len(ids) - len(predicted)
    contexts = lengths_of(model, min(longest, first))

    def loss(scores: NDArray[np.float64]) -> float:
        return -float(np.mean(scores[predicted]))

    exact, blocks = [], []
    whole, done = sum(contexts) + len(contexts), 0  # a context costs its length, blocks one
    for c in contexts:
        telling = part_of(on_progress, done / whole, (done + c) / whole)
        exact.append(loss(exactly(model, ids, first, c, telling)))
        done += c + 1
        telling = part_of(on_progress, (done - 1) / whole, done / whole)
        blocks.append(loss(in_blocks(model, ids, first, c, telling)))
    everything = loss(with_all(model, ids, first, on_progress))
    return Curve(name, contexts, tuple(exact), tuple(blocks), everything)


def lengths_of(model: LanguageModel, most: int) -> tuple[int, ...]:
    """The contexts that are measured: doublings, and each that an n-gram can tell from others."""
    bound = model.context
    every = range(1, min(bound, 9) + 1) if bound is not None else ()
    return tuple(sorted(c for c in {*LENGTHS, *every} if c <= most))


def least_of(contexts: Sequence[int], losses: Sequence[float], everything: float) -> int | None:
    """The least context whose loss is within .01 nats of that of all the past."""
    for c, each in zip(contexts, losses, strict=True):
        if abs(each - everything) <= NEAR or each == everything:
            return c
    return None


def xray_of(
    corpus: Corpus,
    model: LanguageModel,
    name: str,
    targets: int,
    place: int,
    on_progress: OnProgress | None = None,
) -> Xray:
    """The bits of a stretch of the targets by length of context. Raises as `curve_of`."""
    predicted = targets_of(corpus, targets)
    whole = corpus.split.held_out.ids
    place = min(place, max(len(predicted) - SHOWN_TOKENS, 0))
    first = len(whole) - len(predicted) + place
    ids = whole[: first + SHOWN_TOKENS]
    shown = predicted[place : place + SHOWN_TOKENS]
    rows = [exactly(model, ids, first, c, on_progress) for c in SHOWN_LENGTHS]
    rows.append(with_all(model, ids, first, on_progress))
    bits = np.stack(rows)[:, shown] / -math.log(2) + 0.0
    vocabulary = corpus.training_vocabulary
    tokens = tuple(vocabulary.tokens[each] for each in ids[first:][shown].tolist())
    return Xray(name, tokens, SHOWN_LENGTHS, bits)


def targets_of(corpus: Corpus, most: int) -> NDArray[np.bool_]:
    """Which of the targets are predicted: all but `<s>`, `[targets]`.

    Before the first of them there is room for the longest context, or for half of a short text.
    """
    ids = corpus.split.held_out.ids
    room = min(LENGTHS[-1], len(ids) // 2)
    targets = min(most, len(ids) - room)
    if targets < 2 or room < SHOWN_LENGTHS[-1]:
        raise InputError(
            "{tokens} tokens are held out; contexts need {least}: set --held-out or open a longer "
            "text",
            option="held_out",
            tokens=len(ids),
            least=2 * SHOWN_LENGTHS[-1],
        )
    found = np.ones(targets, dtype=bool)
    boundaries = line_boundaries(corpus.training_vocabulary, corpus.options)
    if boundaries is not None:
        found = ids[len(ids) - targets :] != boundaries.begin
    return found
