"""Tasks of the laboratories: what is asked, which variant a student has, what is right.

A task has a finite list of variants. Which one a student has follows from the word of the class,
the student and the task, so that neighbours have different numbers and anybody can recompute them.
Every wrong answer that a method is known to give lies three tolerances away from the right one.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from typing import TYPE_CHECKING, Any

from seqtui.corpora.errors import InputError, UserMessage

if TYPE_CHECKING:
    from seqtui.engine.labs.lab import Figures, Lab

SCHEME = "seqtui-lab-1"
"""Begins what is hashed; another way of choosing variants would have another."""
FARTHEST = 3
"""Tolerances between a right answer and a wrong one, at least."""
LONGEST_ANSWER = 200
"""Characters."""

_NUMBER = re.compile(
    r"(?P<above>[+-]?(?=\.?[0-9])[0-9]{0,40}\.?[0-9]{0,40}(?:[eE][+-]?[0-9]{1,2})?)"
    r"(?:\s*/\s*(?P<below>[0-9]{1,40}))?\s*(?P<percent>%?)"
)
"""What a number looks like; an exponent of many digits would take all memory as a fraction."""

Value = int | float | Fraction | str


@dataclass(frozen=True, slots=True)
class Wrong:
    """What a wrong method gives, and the misconception behind it."""

    value: Value
    misconception: UserMessage


@dataclass(frozen=True, slots=True)
class Question:
    """One variant of a task, with its answer."""

    text: UserMessage
    answer: Value | None
    """A number or a fraction; with `choices` the place of the right one, from 1; None where
    `accepts` decides."""
    tolerance: float = 0.0
    """How far a number may be from the answer; 0 for exactly."""
    choices: tuple[UserMessage, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    hint: UserMessage | None = None
    accepts: Callable[[tuple[float, ...]], bool] | None = None
    """Whether a list of numbers is an answer, where many are."""

    @property
    def answerable(self) -> bool:
        """Whether there is a right answer; what figures answer has none before they are there."""
        return self.answer is not None or self.accepts is not None


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a laboratory."""

    name: str
    """Such as `chain-rule.1`: the laboratory and the task's number."""
    variants: tuple[Any, ...]
    ask: Callable[[Any], Question]
    """The question of a variant. With `ask_of` it has no answer yet."""
    ask_of: Callable[[Any, Any], Question] | None = None
    """The question of a variant with the answer that figures of the laboratory give, such as those
    of a student's own training; without one where these figures, not complete say, give none."""

    @property
    def recomputable(self) -> bool:
        """Whether the answer follows from the variant alone, so that anybody can verify it."""
        return self.ask_of is None

    def question(self, student: str, class_word: str, figures: Figures | None = None) -> Question:
        """The question a student has, where `figures` are those on the screen."""
        chosen = self.variants[variant_of(student, class_word, self.name, len(self.variants))]
        if self.ask_of is None or figures is None:
            return self.ask(chosen)
        return self.ask_of(chosen, figures)


@dataclass(frozen=True, slots=True)
class Judged:
    """What an answer is worth."""

    right: bool
    misconception: UserMessage | None = None
    """Behind a wrong answer that a known method gives."""


def tasks_of(lab: Lab) -> tuple[Task, ...]:
    """The tasks of a laboratory; none where it has none."""
    try:
        module = import_module(f"seqtui.engine.labs.tasks.{lab.module}")
    except ModuleNotFoundError as error:
        if error.name != f"seqtui.engine.labs.tasks.{lab.module}":
            raise
        return ()
    found: tuple[Task, ...] = module.TASKS
    return found


def variant_of(student: str, class_word: str, task: str, variants: int) -> int:
    """Which of a task's variants a student has, from 0.

    Case and surrounding spaces of the student's ID make no difference.
    """
    hashed = "\x1f".join((SCHEME, class_word.strip(), student.strip().casefold(), task))
    return int(sha256_of(hashed)[:16], 16) % variants


def sha256_of(text: str) -> str:
    """The hash of any text, in hexadecimal; what is typed may hold bytes that are none."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def judge(question: Question, text: str) -> Judged:
    """Whether a typed answer is right.

    Raises InputError for what is no answer at all, and where there are no figures to answer from.
    """
    if not question.answerable:
        raise InputError("the answer follows from your own figures: let the laboratory run first")
    text = text.strip()
    if len(text) > LONGEST_ANSWER:
        raise InputError("an answer has at most {most} characters", most=LONGEST_ANSWER)
    if question.accepts is not None:
        numbers = tuple(float(read_number(each)) for each in text.replace(",", " ").split())
        if not numbers:
            raise InputError("answer {text!r}: type numbers, with spaces between them", text=text)
        return Judged(question.accepts(numbers))
    if question.choices:
        if not text.isdecimal() or not 1 <= int(text[:4]) <= len(question.choices):
            raise InputError(
                "answer {text!r}: choose 1 to {most}", text=text, most=len(question.choices)
            )
        value: Value = int(text)
    elif isinstance(question.answer, str):
        value = " ".join(text.split())
    else:
        value = read_number(text)
    if agree(value, question.answer, question.tolerance):
        return Judged(True)
    for each in question.wrong:
        if agree(value, each.value, question.tolerance):
            return Judged(False, each.misconception)
    return Judged(False)


def shown(value: Value | None) -> str:
    """A value as it is typed: 5/42, .5, 3."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else str(value)


def read_number(text: str) -> Fraction | float:
    """A number as it is typed: 12, .5, 1e-3, 5/42, 5 %, ∞. Raises InputError."""
    plain = text.strip().replace("−", "-")
    if plain in ("inf", "∞"):
        return math.inf
    number = _NUMBER.fullmatch(plain)
    if number is None or (number["below"] and not int(number["below"])):
        raise InputError("answer {text!r}: type a number such as 12, 0.5, 1e-3 or 5/42", text=text)
    value = Fraction(number["above"])
    if number["below"]:
        value /= int(number["below"])
    return value / 100 if number["percent"] else value


def agree(value: Value, other: Value | None, tolerance: float) -> bool:
    """Whether two answers are the same: texts and places exactly, numbers within a tolerance."""
    if isinstance(value, str) or isinstance(other, str) or other is None:
        return value == other
    if math.isinf(value) or math.isinf(other):
        return value == other
    if not tolerance:
        return value == other
    return abs(Fraction(value) - Fraction(other)) <= Fraction(tolerance) * (1 + Fraction(1, 10**9))
