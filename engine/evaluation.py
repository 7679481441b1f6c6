"""The one value for the quality of a language model, and the one function that measures it."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from seqtui.corpora.errors import UserMessage
from seqtui.corpora.progress import OnProgress
from seqtui.engine.protocol import Ids, LanguageModel

LARGEST = sys.float_info.max
"""Stands for a perplexity that is finite and larger than any float."""


@dataclass(frozen=True, slots=True)
class EvaluatedText:
    """What was evaluated; two evaluations compare only if these agree (see `why_incomparable`)."""

    split: str
    """`held-out`, `train` or the name of a file."""
    text: str
    """Fingerprint of the cleaned text that was evaluated."""
    tokens: str
    """Fingerprint of the vocabulary and the ids that were evaluated."""
    characters: int
    """Characters of the cleaned text."""
    lossless: bool
    """Whether the tokeniser keeps every character and no `<unk>` occurs among the ids."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well a model predicts a text: sums, from which every measure is a property.

    Only sums are stored because a mean of means over unequal batches is wrong:
    perplexity is exp of the summed negative log-likelihood over all targets.
    """

    nll: float
    """Summed negative log-likelihood in nats; infinite if any target had probability zero."""
    targets: int
    """Predicted tokens: all of the text but the first."""
    zero_probability_targets: int
    """Targets the model held impossible."""
    state: str
    """Context policy: `carried` (recurrent) or `most-context` (bounded context)."""
    of: EvaluatedText
    normalised: bool = True
    """False for scores that are not probabilities; then there is no perplexity."""
    unknown_targets: int = 0
    """How many targets are `<unk>`: words that the model cannot distinguish."""
    known_nll: float | None = None
    """What the other targets hold of `nll`, nats; None where no target is `<unk>`."""

    @property
    def loss(self) -> float:
        """Mean negative log-likelihood, nats per token; NaN for what is no probability."""
        return self.nll / self.targets if self.targets and self.normalised else math.nan

    @property
    def perplexity(self) -> float:
        """exp(loss): 1 perfect, |V| for uniform guessing, infinite if a target was impossible."""
        return perplexity_of(self.loss)

    @property
    def perplexity_is(self) -> Literal["finite", "overflow", "infinite", "undefined"]:
        """What a perplexity that is no number in JSON stands for.

        `overflow`: finite, and larger than a float holds; `infinite`: a target was impossible;
        `undefined`: the scores are no probabilities, or nothing was predicted.
        """
        if math.isnan(self.loss):
            return "undefined"
        if math.isinf(self.loss):
            return "infinite"
        return "overflow" if self.perplexity >= LARGEST else "finite"

    @property
    def perplexity_without_unknown(self) -> float:
        """Perplexity over the targets that have an id of their own; NaN where none has."""
        return perplexity_of(self._known_loss)

    @property
    def _known_loss(self) -> float:
        """Mean loss over the targets that have an id of their own, nats; NaN where none has."""
        known = self.targets - self.unknown_targets
        if not (known and self.normalised):
            return math.nan
        return (self.nll if self.known_nll is None else self.known_nll) / known

    @property
    def bits_per_token(self) -> float:
        """loss / ln 2: what an ideal code spends on a token."""
        return self.loss / math.log(2)

    @property
    def bits_per_character(self) -> float:
        """Total bits over the characters of the cleaned text."""
        if not (self.of.characters and self.normalised):
            return math.nan
        return self.nll / math.log(2) / self.of.characters

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Evaluation:
        """The evaluation that `document` wrote, with every measure it had.

        There null means two things: an infinite loss, where a target was impossible, and scores
        that are no probabilities. Documents of version 0.1.0 do not record which; they are read as
        infinite where a target was impossible. What is not kept (the text's properties) is empty.
        """
        targets = int(document.get("targets") or 1)
        known = targets - int(document.get("unknown_targets") or 0)
        impossible = int(document.get("zero_probability_targets") or 0)
        perplexity = document.get("perplexity")
        loss = document.get("loss")
        if loss is None and perplexity is not None:
            loss = math.log(perplexity)
        known_loss = document.get("loss_without_unknown")
        if known_loss is None and (without := document.get("perplexity_without_unknown")):
            known_loss = math.log(without)
        infinite = math.inf if impossible else math.nan  # a network's scores may be no numbers
        return cls(
            infinite if loss is None else loss * targets,
            targets,
            impossible,
            str(document.get("state", "")),
            EvaluatedText(
                str(document.get("split", "")),
                str(document.get("text", "")),
                str(document.get("tokens", "")),
                int(document.get("characters") or 0),
                lossless=False,
            ),
            normalised=bool(document.get("normalised", loss is not None or impossible > 0)),
            unknown_targets=targets - known,
            known_nll=None if known_loss is None else known_loss * known,
        )

    def document(self) -> dict[str, float | int | str | None]:
        """The evaluation as JSON; what is not a finite number is None (JSON has no Infinity)."""
        return {
            "normalised": self.normalised,
            "perplexity": in_json(self.perplexity),
            "perplexity_is": self.perplexity_is,
            "loss": _finite(self.loss),
            "bits_per_token": _finite(self.bits_per_token),
            "bits_per_character": _finite(self.bits_per_character),
            "targets": self.targets,
            "zero_probability_targets": self.zero_probability_targets,
            "unknown_targets": self.unknown_targets,
            "perplexity_without_unknown": in_json(self.perplexity_without_unknown),
            "loss_without_unknown": _finite(self._known_loss),
            "characters": self.of.characters,
            "split": self.of.split,
            "state": self.state,
            "text": self.of.text,
            "tokens": self.of.tokens,
        }


def perplexity_of(loss: float) -> float:
    """exp of a mean negative log-likelihood in nats; NaN stays NaN.

    Infinite for an infinite loss alone: beyond what a float holds it is `LARGEST`.
    """
    try:
        return math.exp(loss)
    except OverflowError:
        return LARGEST


def in_json(perplexity: float) -> float | None:
    """A perplexity as a document has it: None where it is no number that a float holds."""
    return perplexity if perplexity < LARGEST else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def why_incomparable(one: Evaluation, other: Evaluation) -> UserMessage | None:
    """Why the perplexities of two evaluations must not be compared, or None if they may."""
    if not (one.normalised and other.normalised):
        return UserMessage("one of them scores without probabilities")
    if one.of.text != other.of.text:
        return UserMessage("they were evaluated on different texts")
    if one.of.tokens != other.of.tokens:
        return UserMessage("their tokens or vocabularies differ")
    return None


def why_bits_incomparable(one: Evaluation, other: Evaluation) -> UserMessage | None:
    """Why their bits per character must not be compared, or None if they may.

    Across tokenisers bits per character compare on the same cleaned text, as long as the
    tokenisers lose nothing and no `<unk>` replaces different tokens.
    """
    reason = why_incomparable(one, other)
    if reason is None or one.of.text != other.of.text or not (one.normalised and other.normalised):
        return reason
    if not (one.of.lossless and other.of.lossless):
        return UserMessage("a tokeniser loses part of the text, or <unk> occurs")
    return None


def evaluate(
    model: LanguageModel,
    ids: Ids,
    of: EvaluatedText,
    on_progress: OnProgress | None = None,
    unknown: int | None = None,
    unpredicted: int | None = None,
) -> Evaluation | None:
    """Score every token of `ids` but the first exactly once.

    `unknown` is the id of `<unk>`; `unpredicted` that of `<s>`, which a model between line
    boundaries gives no score.

    `on_progress(done, total)` is called after each piece (targets) and returns False to
    cancel; then the result is None.
    """
    nll = 0.0
    targets = 0
    impossible = 0
    predicted = ids[1:]
    if unpredicted is not None:
        predicted = predicted[predicted != unpredicted]
    total = len(predicted)
    unknown_targets, known_nll = 0, 0.0
    for piece in model.score(ids):
        nll -= float(np.sum(piece, dtype=np.float64))
        impossible += int(np.count_nonzero(np.isneginf(piece)))
        if unknown is not None:
            among = predicted[targets : targets + len(piece)] == unknown
            unknown_targets += int(np.count_nonzero(among))
            known_nll -= float(np.sum(piece, where=~among))
        targets += len(piece)
        if on_progress is not None and not on_progress(targets, total):
            return None
    state = "carried" if model.context is None else "most-context"
    return Evaluation(
        nll,
        targets,
        impossible,
        state,
        of,
        model.normalised,
        unknown_targets,
        known_nll if unknown_targets else None,
    )
