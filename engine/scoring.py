"""The chain rule, token by token: what each one cost, and what the model thought likelier."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

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
    """1 for the token the model held likeliest here."""


LONGEST_CONTEXT = 20
"""Ids told as the context of a model whose context is unbounded."""


def score_tokens(model: LanguageModel, ids: Ids) -> list[TokenScore]:
    """The factors of all tokens but the first, which is only the context's start."""
    longest = LONGEST_CONTEXT if model.context is None else model.context
    scores = []
    step = model.start(ids[:1])
    for position in range(1, len(ids)):
        token = int(ids[position])
        log_prob = float(step.log_probs[token])
        context = ids[max(position - longest, 0) : position]
        scores.append(
            TokenScore(
                id=token,
                context=tuple(context.tolist()),
                log_prob=log_prob,
                bits=-log_prob / math.log(2) if log_prob else 0.0,
                rank=1 + int(np.count_nonzero(step.log_probs > log_prob)),
            )
        )
        if position + 1 < len(ids):
            step = step.advance(token)
    return scores
