"""Text from a model, one token at a time: temperature, top-k, top-p, a seed.

Sampling is numpy's, seeded on the CPU, so that one seed writes the same text on every device.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.arranging import text_of_tokens
from seqtui.corpora.corpus import CorpusOptions, encode_prefix
from seqtui.corpora.errors import InputError, UserError
from seqtui.corpora.vocabulary import Vocabulary
from seqtui.engine.protocol import Ids, LanguageModel, LogProbs

CANDIDATES = 5
"""How many of the likeliest tokens a `Generated` lists."""


class GenerationEnded(UserError):
    """Every token has probability 0 here: the text cannot be continued."""


@dataclass(frozen=True, slots=True)
class SamplingOptions:
    """How a token is drawn. Raises InputError for a value out of range."""

    temperature: float = 1.0
    """Divides the log probabilities; 0 takes the likeliest token."""
    top_k: int = 0
    """Draw among this many of the likeliest tokens; 0 among all."""
    top_p: float = 1.0
    """Draw among the fewest likeliest tokens that hold this probability together."""
    seed: int = 0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and self.temperature >= 0):
            raise InputError(
                "--temperature {temperature}: must be 0 (likeliest) or above",
                option="temperature",
                temperature=self.temperature,
            )
        if self.top_k < 0:
            raise InputError(
                "--top-k {top_k}: must be 0 (all) or above", option="top_k", top_k=self.top_k
            )
        if not 0 < self.top_p <= 1:
            raise InputError(
                "--top-p {top_p}: must be above 0 and at most 1", option="top_p", top_p=self.top_p
            )
        if self.seed < 0:
            raise InputError("--seed {seed}: must be 0 or above", option="seed", seed=self.seed)


@dataclass(frozen=True, slots=True)
class Generated:
    """A token that was drawn, and its probabilities."""

    id: int
    log_prob: float
    """Under the model as it is, in nats."""
    probability: float
    """With which it was drawn, after temperature, top-k and top-p."""
    rank: int
    """1 for the likeliest token."""
    candidates: tuple[tuple[int, float], ...]
    """The likeliest ids with the probabilities they were drawn with."""


def next_distribution(
    log_probs: LogProbs, options: SamplingOptions, banned: Sequence[int] = ()
) -> NDArray[np.float64]:
    """The distribution the next token is drawn from, `[vocab]`, sums to 1.

    Banned ids have probability 0 and the rest is renormalised; then temperature, top-k and
    top-p (Holtzman et al., The Curious Case of Neural Text Degeneration, 2020) in this order.
    Ties at the border of top-k or top-p go to the lower id. Raises GenerationEnded where
    nothing is possible.
    """
    scores: NDArray[np.float64] = np.array(log_probs, dtype=np.float64)
    scores[list(banned)] = -np.inf
    best = scores.max(initial=-np.inf)
    if not np.isfinite(best):
        raise GenerationEnded("every token is impossible after this text")
    if options.temperature == 0:
        likeliest = np.zeros_like(scores)
        likeliest[int(np.argmax(scores))] = 1.0
        return likeliest
    # A tiny temperature may overflow to -inf, which is what is meant: probability 0.
    with np.errstate(over="ignore"):
        distribution: NDArray[np.float64] = np.exp((scores - best) / options.temperature)
    distribution /= distribution.sum()
    if 0 < options.top_k < len(distribution) or options.top_p < 1:
        order = np.argsort(-distribution, kind="stable")
        kept = len(distribution)
        if options.top_k:
            kept = min(kept, options.top_k)
        if options.top_p < 1:
            held = np.cumsum(distribution[order[:kept]])
            # Of what top-k left, after renormalising it.
            kept = int(np.searchsorted(held, options.top_p * held[-1], side="left")) + 1
        distribution[order[kept:]] = 0.0
        distribution /= distribution.sum()
    return distribution


def generate(
    model: LanguageModel,
    prefix: Ids,
    tokens: int,
    options: SamplingOptions,
    banned: Sequence[int] = (),
) -> Iterator[Generated]:
    """Write `tokens` tokens after a prefix, each drawn given all before it.

    Raises GenerationEnded, after what could be written, where nothing is possible.
    """
    random = np.random.default_rng(options.seed)
    step = model.start(prefix)
    for number in range(tokens):
        written = draw(step.log_probs, options, banned, random)
        yield written
        if number + 1 < tokens:
            step = step.advance(written.id)


def write_text(
    model: LanguageModel,
    vocabulary: Vocabulary,
    options: CorpusOptions,
    prefix: str,
    tokens: int,
    sampling: SamplingOptions,
) -> str:
    """The prefix, read as the corpus was, and `tokens` tokens that the model writes after it."""
    ids = encode_prefix(prefix, options, vocabulary)
    written = generate(model, ids, tokens, sampling, vocabulary.never_written)
    all_ids = [*ids.tolist(), *(each.id for each in written)]
    return text_of_tokens([vocabulary.tokens[each] for each in all_ids], options)


def draw(
    log_probs: LogProbs,
    options: SamplingOptions,
    banned: Sequence[int],
    random: np.random.Generator,
) -> Generated:
    """Draw one token."""
    distribution = next_distribution(log_probs, options, banned)
    # By cumulated probabilities, not `choice`, which checks all of them again at each token.
    held = np.cumsum(distribution)
    token = int(np.searchsorted(held, random.random() * held[-1], side="right"))
    token = min(token, int(np.flatnonzero(distribution)[-1]))
    count = min(CANDIDATES, len(distribution))
    top = np.argpartition(-distribution, count - 1)[:count]
    top = top[np.lexsort((top, -distribution[top]))]
    return Generated(
        id=token,
        log_prob=float(log_probs[token]),
        probability=float(distribution[token]),
        rank=1 + int(np.count_nonzero(log_probs > log_probs[token])),
        candidates=tuple((int(i), float(distribution[i])) for i in top if distribution[i] > 0),
    )
