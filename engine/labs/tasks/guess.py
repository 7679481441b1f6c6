"""Tasks of the laboratory of guessing."""

from __future__ import annotations

import math

from seqtui.corpora.errors import UserMessage
from seqtui.engine.labs.guess import entropy_bounds
from seqtui.engine.labs.task import Question, Task, Wrong

COUNTS = (
    (40, 10, 6, 4),
    (36, 12, 8, 4),
    (30, 15, 9, 6),
    (44, 8, 5, 3),
    (24, 18, 12, 6),
    (48, 6, 4, 2),
    (33, 15, 7, 5),
    (42, 9, 6, 3),
    (27, 15, 12, 6),
    (39, 12, 6, 3),
    (21, 21, 12, 6),
    (45, 9, 3, 3),
)
"""How often 1, 2, 3 and 4 guesses were needed for 60 characters."""


def _words(counts: tuple[int, ...]) -> str:
    return ", ".join(f"{i}: {count}" for i, count in enumerate(counts, 1))


def _upper(counts: tuple[int, ...]) -> Question:
    lower, upper = entropy_bounds(dict(enumerate(counts, 1)))
    total = sum(counts)
    return Question(
        UserMessage(
            "guesses needed for {total} characters, {counts}: the upper bound of the entropy, in "
            "bits",
            total=total,
            counts=_words(counts),
        ),
        answer=upper,
        tolerance=0.01,
        wrong=(
            Wrong(lower, UserMessage("that is the lower bound")),
            Wrong(
                upper * math.log(2),
                UserMessage("bits are logarithms of base 2, these are nats"),
            ),
        ),
        hint=UserMessage("−∑ q_i log₂ q_i with q_i = count / total"),
    )


def _lower(counts: tuple[int, ...]) -> Question:
    lower, upper = entropy_bounds(dict(enumerate(counts, 1)))
    total = sum(counts)
    return Question(
        UserMessage(
            "guesses needed for {total} characters, {counts}: the lower bound of the entropy, in "
            "bits",
            total=total,
            counts=_words(counts),
        ),
        answer=lower,
        tolerance=0.01,
        wrong=(
            Wrong(upper, UserMessage("that is the upper bound")),
            Wrong(
                sum(count / total * math.log2(i) for i, count in enumerate(counts, 1)),
                UserMessage("q_i log₂ i alone; Shannon weighs the differences q_i − q_{i+1} by i"),
            ),
        ),
        hint=UserMessage("∑ i (q_i − q_{i+1}) log₂ i, with q = 0 after the last"),
    )


def _meaning(letters: int) -> Question:
    return Question(
        UserMessage(
            "after {letters} characters your upper bound is 1.6 bits, and KN-7 pays 2.0: what "
            "follows?",
            letters=letters,
        ),
        answer=3,
        choices=(
            UserMessage("you would code the text in 1.6 bits a character"),
            UserMessage("the entropy of the text is 1.6 bits"),
            UserMessage("compare first guesses; the bound is no cross-entropy, and few letters"),
        ),
        wrong=(
            Wrong(1, UserMessage("the guesses say no probabilities, so nothing can be coded")),
            Wrong(2, UserMessage("it is an upper bound, and from a sample")),
        ),
        hint=UserMessage("60 letters leave about .4 bits of doubt"),
    )


def _game(letters: int) -> Question:
    def accepts(numbers: tuple[float, ...]) -> bool:
        whole = all(number >= 0 and number == int(number) for number in numbers)
        return whole and sum(numbers) == letters

    return Question(
        UserMessage(
            "play {letters} letters (space), and type how often you needed 1, 2, 3 … guesses, as "
            "the game says at its end; any result is right",
            letters=letters,
        ),
        answer=None,
        accepts=accepts,
        hint=UserMessage("set letters to {letters}; the counts add up to it", letters=letters),
    )


TASKS = (
    Task("guess.1", COUNTS, _upper),
    Task("guess.2", COUNTS, _lower),
    Task("guess.3", (40, 50, 60, 80, 100, 120), _meaning),
    Task("guess.4", (40, 45, 50, 55, 60, 65), _game),
)
