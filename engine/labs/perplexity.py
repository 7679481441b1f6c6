"""What a perplexity means: a calculator of branching, and how many bytes a text is.

Three views. The calculator: probabilities of the true tokens, their bits, and batches merged the
right way and in two wrong ones. Bytes: the held-out part as compressors and models code it, alone
and after the training part. Fair: all of the text, coded by what knows nothing at first and learns
while it codes.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import Cancelled, InputError, UserMessage
from seqtui.corpora.progress import OnProgress
from seqtui.engine.evaluation import Evaluation
from seqtui.engine.held_out import evaluate_part
from seqtui.engine.labs.code_length import (
    COMPRESSORS,
    adaptive_add_one,
    adaptive_witten_bell,
    compressed,
    whole_bytes,
)
from seqtui.engine.labs.lab import document_of
from seqtui.engine.labs.settings import check_settings, setting
from seqtui.engine.ngrams.backoff import line_boundaries
from seqtui.engine.ngrams.model import NgramModel

CALCULATOR, BYTES, FAIR = "calculator", "bytes", "fair"
MOST_PROBABILITIES = 64
FORMULAS = {
    CALCULATOR: "PP = 2^(1/K ∑ -log₂ P_k) = exp(∑ loss · targets / ∑ targets)",
    BYTES: "bits = -∑ log₂ P(w_k | h_k);  bytes = ⌈bits / 8⌉",
    FAIR: "bits = -∑ log₂ P(w_k | h_k), counted in w_1 … w_{k-1}",
}
LABELS = (
    UserMessage("adaptive"),
    UserMessage("alone"),
    UserMessage("after the text"),
    UserMessage("batches"),
    UserMessage("bits"),
    UserMessage("bits per character"),
    UserMessage("branching"),
    UserMessage("bytes"),
    UserMessage("characters"),
    UserMessage("codes"),
    UserMessage("loss"),
    UserMessage("mean of means"),
    UserMessage("mean of perplexities"),
    UserMessage("merged"),
    UserMessage("name"),
    UserMessage("nats"),
    UserMessage("numbers"),
    UserMessage("order"),
    UserMessage("perplexity"),
    UserMessage("probabilities"),
    UserMessage("probability"),
    UserMessage("targets"),
    UserMessage("tokens"),
    UserMessage("view"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen."""

    view: str = setting(CALCULATOR, (CALCULATOR, BYTES, FAIR))
    probabilities: str = setting("1/2 1/4 1/8 1/8", views=(CALCULATOR,))
    """Of the true tokens, with spaces between them; 0 is allowed, and makes it infinite."""
    batches: str = setting("1:2.0 3:1.0", views=(CALCULATOR,))
    """Batches as TARGETS:LOSS, the loss a mean in nats."""
    order: int = setting(5, tuple(range(1, 8)), views=(BYTES, FAIR))
    """Of Kneser-Ney (bytes) and Witten-Bell (fair)."""


@dataclass(frozen=True, slots=True)
class Merged:
    """One perplexity of several batches, and what two usual mistakes make of it."""

    targets: int
    right: float
    """exp of the summed losses over the summed targets."""
    mean_of_means: float
    """exp of the mean of the batches' means: small batches weigh too much."""
    mean_of_perplexities: float
    """Mean of the batches' perplexities."""


@dataclass(frozen=True, slots=True)
class Code:
    """What one way of coding makes of a text."""

    name: str
    """`zlib`, `add-one 2`, …"""
    alone: int | None
    """Bytes with nothing known before; None where that is not asked."""
    after: int | None
    """Bytes once the training part was read; None for what learns while it codes."""
    numbers: int
    """Numbers that the decoder needs beside the code."""


@dataclass(frozen=True, eq=False)
class Figures:
    """What one view found."""

    settings: Settings
    probabilities: tuple[float, ...]
    merged: Merged | None
    codes: tuple[Code, ...]
    characters: int
    """Of the text that was coded."""
    corpus: str | None
    seconds: float

    @property
    def bits(self) -> float:
        """Mean bits of the probabilities; infinite if one is 0."""
        return sum(map(bits_of, self.probabilities)) / max(len(self.probabilities), 1)

    @property
    def perplexity(self) -> float:
        """2 to the mean bits."""
        return 2.0**self.bits if math.isfinite(self.bits) else math.inf

    def document(self) -> dict[str, Any]:
        """The figures as JSON."""
        figures: dict[str, Any]
        if self.settings.view == CALCULATOR:
            assert self.merged is not None
            figures = {
                "bits": self.bits,
                "nats": self.bits * math.log(2),
                "perplexity": self.perplexity,
                "probabilities": [
                    {"probability": each, "bits": bits_of(each), "branching": _branching(each)}
                    for each in self.probabilities
                ],
                "batches": {
                    "targets": self.merged.targets,
                    "merged": self.merged.right,
                    "mean_of_means": self.merged.mean_of_means,
                    "mean_of_perplexities": self.merged.mean_of_perplexities,
                },
            }
        else:
            figures = {
                "characters": self.characters,
                "codes": [
                    {**_named(code), "bits_per_character": self.rate(code)} for code in self.codes
                ],
            }
        return document_of(
            "perplexity",
            figures=figures,
            formula=FORMULAS[self.settings.view],
            settings=self.settings,
            corpus=self.corpus,
            seconds=self.seconds,
        )

    def rate(self, code: Code) -> float:
        """Bits per character of the fairest size that is known."""
        size = code.after if code.after is not None else code.alone
        return 8 * (size or 0) / max(self.characters, 1)


def run(corpus: Corpus, settings: Settings, on_progress: OnProgress | None = None) -> Figures:
    """The figures of one view. Raises InputError for what is typed and does not fit."""
    began = time.perf_counter()
    check_settings(settings)
    probabilities: tuple[float, ...] = ()
    merged: Merged | None = None
    codes: tuple[Code, ...] = ()
    characters = 0
    if settings.view == CALCULATOR:
        probabilities = read_probabilities(settings.probabilities)
        merged = merge(read_batches(settings.batches))
    elif settings.view == BYTES:
        codes = codes_after_reading(corpus, settings.order, on_progress)
        characters = corpus.split.held_out.characters
    else:
        codes = codes_while_learning(corpus, settings.order, on_progress)
        characters = len(corpus.cleaned.text)
    fingerprint = None if settings.view == CALCULATOR else corpus.fingerprint
    seconds = time.perf_counter() - began
    return Figures(settings, probabilities, merged, codes, characters, fingerprint, seconds)


def bits_of(probability: float) -> float:
    """-log2 P: 0 for what was certain, infinite for what was impossible."""
    return -math.log2(probability) + 0.0 if probability > 0 else math.inf


def read_probabilities(text: str) -> tuple[float, ...]:
    """Probabilities as they are typed: `1/2 .25 12.5%`. Raises InputError."""
    from seqtui.engine.labs.task import read_number

    found = tuple(float(read_number(each)) for each in text.replace(",", " ").split())
    if not 1 <= len(found) <= MOST_PROBABILITIES or not all(0 <= each <= 1 for each in found):
        raise InputError(
            "--set probabilities={text}: type 1 to {most} numbers from 0 to 1, with spaces between "
            "them",
            option="probabilities",
            text=text,
            most=MOST_PROBABILITIES,
        )
    return found


def read_batches(text: str) -> tuple[tuple[int, float], ...]:
    """Batches as they are typed, `1:2.0 3:1.0`: targets and mean nats. Raises InputError."""
    found: list[tuple[int, float]] = []
    for each in text.replace(",", " ").split():
        targets, colon, loss = each.partition(":")
        try:
            pair = int(targets[:9]), float(loss[:40])
        except ValueError:
            pair = 0, math.nan
        if not colon or pair[0] < 1 or not 0 <= pair[1] <= 700:
            found = []
            break
        found.append(pair)
    if not found or len(found) > MOST_PROBABILITIES:
        raise InputError(
            "--set batches={text}: type TARGETS:LOSS for 1 to {most} batches, such as 1:2.0 3:1.0",
            option="batches",
            text=text,
            most=MOST_PROBABILITIES,
        )
    return tuple(found)


def merge(batches: tuple[tuple[int, float], ...]) -> Merged:
    """The perplexity of all targets, and what is got by averaging means or perplexities."""
    targets = sum(count for count, _loss in batches)
    losses = [loss for _count, loss in batches]
    return Merged(
        targets=targets,
        right=math.exp(math.fsum(count * loss for count, loss in batches) / targets),
        mean_of_means=math.exp(math.fsum(losses) / len(losses)),
        mean_of_perplexities=math.fsum(map(math.exp, losses)) / len(losses),
    )


def codes_after_reading(
    corpus: Corpus, order: int, on_progress: OnProgress | None = None
) -> tuple[Code, ...]:
    """Bytes of the held-out part, alone and after the training part, by compressors and models."""
    text, cut = corpus.cleaned.text, corpus.split.held_out.characters
    if not corpus.split.held_out.has_targets:
        raise InputError("nothing is held out that could be coded; set --held-out")
    train, held = text[: len(text) - cut], text[len(text) - cut :]
    alone, before, whole = (compressed(each, on_progress) for each in (held, train, train + held))
    codes = [Code(name, alone[name], whole[name] - before[name], 0) for name in COMPRESSORS]
    for smoothing, n in (("uniform", 0), ("add-k", 2), ("modified-kneser-ney", order)):
        model_bits, numbers = _model_bits(corpus, smoothing, n, on_progress)
        name = {"uniform": "uniform", "add-k": f"add-one {n}"}.get(smoothing, f"kneser-ney {n}")
        codes.append(Code(name, None, whole_bytes(model_bits), numbers))
    return tuple(codes)


def codes_while_learning(
    corpus: Corpus, order: int, on_progress: OnProgress | None = None
) -> tuple[Code, ...]:
    """Bytes of the whole text for what begins with nothing but |V|."""
    sizes = compressed(corpus.cleaned.text, on_progress)
    codes = [Code(name, size, None, 0) for name, size in sizes.items()]
    ids, types = corpus.ids.astype(np.int64), len(corpus.vocabulary)
    for n in (1, 2, 3):
        if on_progress is not None and not on_progress(n, 4):
            raise Cancelled
        codes.append(Code(f"add-one {n}", whole_bytes(adaptive_add_one(ids, types, n)), None, 0))
    bits = adaptive_witten_bell(ids, types, order, on_progress)
    codes.append(Code(f"witten-bell {order}", whole_bytes(bits), None, 0))
    return tuple(codes)


def _model_bits(
    corpus: Corpus, smoothing: str, order: int, on_progress: OnProgress | None
) -> tuple[float, int]:
    """Bits of the held-out part under a model of the training part, and the model's numbers."""
    vocabulary, held_out = corpus.training_vocabulary, corpus.split.held_out
    if smoothing == "uniform":
        return (len(held_out.ids) - 1) * math.log2(len(vocabulary)), 0
    model = NgramModel.fit(
        corpus.split.train.ids,
        order,
        len(vocabulary),
        smoothing,
        1.0,
        on_progress,
        line_boundaries(vocabulary, corpus.options),
    )
    found = evaluate_part(model, held_out, "held-out", vocabulary, corpus.options, on_progress)
    if found is None:
        raise Cancelled
    return _bits(found), model.parameters


def _bits(evaluation: Evaluation) -> float:
    return evaluation.nll / math.log(2)


def _branching(probability: float) -> float:
    return 1 / probability if probability else math.inf


def _named(code: Code) -> dict[str, Any]:
    values = asdict(code)
    return {
        "name": values["name"],
        "alone": values["alone"],
        "after_the_text": values["after"],
        "numbers": values["numbers"],
    }


SOURCES = (bits_of, merge, codes_after_reading, adaptive_add_one, adaptive_witten_bell)
