"""The chain rule, token by token: what each one cost, and its rank."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from seqtui.engine.ngrams.backoff import BackoffModel
from seqtui.engine.ngrams.model import Explanation, NgramModel
from seqtui.engine.protocol import Ids, LanguageModel


@dataclass(frozen=True, slots=True)
class TokenScore:
    """One factor of P(w_1..w_T) = prod_k P(w_k | w_1..w_{k-1})."""

    id: int
    context: tuple[int, ...]
    """The preceding ids that can matter to the model, oldest first."""
    log_prob: float
    """ln P(token | context), in nats; -inf if impossible."""
    bits: float
    """Its surprise, -log2 P."""
    rank: int
    """1 for the likeliest token here."""
    explanation: Explanation | None = None
    """The arithmetic, where the model was counted."""


LONGEST_CONTEXT = 20
"""Ids shown as the context of a model whose context is unbounded."""


def score_tokens(model: LanguageModel, ids: Ids) -> list[TokenScore]:
    """The factors of all tokens but the first, which is only the context's start.

    Nor is `<s>` a factor where lines have boundaries: it is context, and never predicted.
    """
    boundaries = model.table.boundaries if isinstance(model, BackoffModel) else None
    begin = None if boundaries is None else boundaries.begin
    longest = LONGEST_CONTEXT if model.context is None else model.context
    scores = []
    step = model.start(ids[:1])
    for position in range(1, len(ids)):
        token = int(ids[position])
        if token == begin:
            step = step.advance(token)
            continue
        log_prob = float(step.log_probs[token])
        explanation = None
        context = tuple(ids[max(position - longest, 0) : position].tolist())
        if isinstance(model, NgramModel):
            explanation = model.explain(ids[max(position - longest, 0) : position].tolist(), token)
            context = explanation.history
        scores.append(
            TokenScore(
                id=token,
                context=context,
                log_prob=log_prob,
                bits=-log_prob / math.log(2) if log_prob else 0.0,
                rank=1 + int(np.count_nonzero(step.log_probs > log_prob)),
                explanation=explanation,
            )
        )
        if position + 1 < len(ids):
            step = step.advance(token)
    return scores
