"""Tasks of the laboratory of perplexity."""

from __future__ import annotations

import math

from seqtui.corpora.errors import UserMessage
from seqtui.engine.labs.perplexity import merge
from seqtui.engine.labs.task import Question, Task, Wrong

TARGETS = (2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 25.0)
BATCHES = (
    ((1, 2.0), (3, 1.0)),
    ((2, 3.0), (6, 1.5)),
    ((1, 4.0), (4, 1.0)),
    ((3, 2.5), (9, 0.5)),
    ((2, 1.0), (10, 2.0)),
    ((5, 0.5), (1, 3.0)),
    ((4, 1.2), (12, 2.4)),
    ((1, 3.5), (7, 1.5)),
    ((6, 2.0), (2, 0.5)),
    ((8, 1.0), (2, 3.0)),
    ((3, 0.8), (9, 2.2)),
    ((10, 1.5), (2, 3.5)),
)
WITHIN = 0.005
"""Relative: what is typed with three digits is right."""


def _probabilities(wanted: float) -> Question:
    def accepts(numbers: tuple[float, ...]) -> bool:
        if len(numbers) != 4 or not all(0 < each <= 1 for each in numbers):
            return False
        found = math.prod(numbers) ** (-1 / len(numbers))
        return abs(found - wanted) <= WITHIN * wanted and len(set(numbers)) > 1

    return Question(
        UserMessage(
            "type four probabilities, not all the same, whose perplexity is {wanted:g} (±0.5 %)",
            wanted=wanted,
        ),
        answer=None,
        accepts=accepts,
        hint=UserMessage("PP is the geometric mean of 1/P: halve one probability, double another"),
    )


def _merged(batches: tuple[tuple[int, float], ...]) -> Question:
    (one, first), (other, second) = batches
    found = merge(batches)
    return Question(
        UserMessage(
            "a batch of {one} targets has a mean loss of {first} nats, one of {other} targets has "
            "{second}: the perplexity of both together",
            one=one,
            first=first,
            other=other,
            second=second,
        ),
        answer=found.right,
        tolerance=0.005,
        wrong=(
            Wrong(
                found.mean_of_means,
                UserMessage("a mean of means gives a small batch the weight of a large one"),
            ),
            Wrong(
                found.mean_of_perplexities,
                UserMessage("perplexities are never averaged: losses are, by their targets"),
            ),
        ),
        hint=UserMessage("exp(∑ loss · targets / ∑ targets)"),
    )


def _compared(unknown: int) -> Question:
    return Question(
        UserMessage(
            "a model of words has perplexity 285, one of characters 4.18, on the same text; "
            "{unknown:,} of the words are <unk>: which is better?",
            unknown=unknown,
        ),
        answer=3,
        choices=(
            UserMessage("the one of characters: 4.18 is below 285"),
            UserMessage("the one of words: it predicts more with each token"),
            UserMessage(
                "nobody can say: the targets are others, and {unknown:,} of the words are <unk>",
                unknown=unknown,
            ),
        ),
        wrong=(
            Wrong(1, UserMessage("a perplexity is a branching factor of its own tokens")),
            Wrong(2, UserMessage("how much a token says is not how well it is predicted")),
        ),
        hint=UserMessage("only bits per character compare, and not where <unk> hides tokens"),
    )


def _branching(exponents: tuple[int, ...]) -> Question:
    shown = " ".join(f"1/{2**each}" for each in exponents)
    mean = sum(exponents) / len(exponents)
    return Question(
        UserMessage("the true tokens had the probabilities {shown}: the perplexity", shown=shown),
        answer=2.0**mean,
        tolerance=0.01,
        wrong=(
            Wrong(
                len(exponents) / sum(2.0**-each for each in exponents),
                UserMessage("not 1 over the mean probability: the mean is of their logarithms"),
            ),
            Wrong(mean, UserMessage("that is bits per token; the perplexity is 2 to that")),
        ),
        hint=UserMessage("the mean of the bits 1, 2, 3 …, and 2 to that"),
    )


TASKS = (
    Task("perplexity.1", TARGETS, _probabilities),
    Task("perplexity.2", BATCHES, _merged),
    Task("perplexity.3", (270, 310, 150, 420, 95, 1_200), _compared),
    Task(
        "perplexity.4",
        ((1, 2, 3, 3), (1, 1, 4, 4), (2, 2, 5, 5), (1, 3, 3, 6), (2, 4, 4, 6), (1, 1, 3, 6)),
        _branching,
    ),
)
