"""Every variant of every task has one right answer, and no wrong method comes near it."""

from __future__ import annotations

import collections
import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from wrong_answers import too_near

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.task import (
    Question,
    Task,
    Wrong,
    judge,
    shown,
    tasks_of,
    variant_of,
)

TASKS = [(lab.name, task) for lab in LABS.values() for task in tasks_of(lab)]


def one(answer: object, **values: object) -> Question:
    return Question(UserMessage("?"), answer, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(("lab", "task"), TASKS, ids=[task.name for _lab, task in TASKS])
def test_every_variant_is_answered_by_its_answer_and_by_no_wrong_method(
    lab: str, task: Task
) -> None:
    assert task.name.startswith(f"{lab}.")
    assert 6 <= len(task.variants) <= 24
    for variant in task.variants:
        question = task.ask(variant)
        assert too_near(question) == []
        assert question.text
        if not task.recomputable:
            assert not question.answerable
        elif question.accepts is None:
            assert judge(question, shown(question.answer)).right
        for wrong in question.wrong if question.answerable else ():
            judged = judge(question, shown(wrong.value))
            assert (judged.right, judged.misconception) == (False, wrong.misconception)
        if question.choices:
            others = {each.value for each in question.wrong}
            assert others <= set(range(1, len(question.choices) + 1)) - {question.answer}


def test_the_names_of_tasks_are_told_apart() -> None:
    names = [task.name for _lab, task in TASKS]
    assert len(names) == len(set(names))


def test_a_student_has_the_same_variant_however_the_id_is_typed() -> None:
    assert variant_of(" Ab1 ", "k", "t", 24) == variant_of("ab1", " k", "t", 24)
    many = [variant_of(f"2022{i:04d}", "食堂", "chain.2", 24) for i in range(2400)]
    assert min(collections.Counter(many).values()) >= 65


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("0.5", True),
        (".5", True),
        ("1/2", True),
        ("50 %", True),
        ("0.5204", False),
        ("0.52", True),
        ("0.48", True),
        ("2", False),
    ],
)
def test_a_number_is_right_within_its_tolerance(text: str, right: bool) -> None:
    assert judge(one(0.5, tolerance=0.02), text).right is right


def test_fractions_and_integers_are_right_exactly() -> None:
    assert judge(one(Fraction(5, 42)), "10/84").right
    assert not judge(one(Fraction(5, 42)), "0.119").right
    assert judge(one(44), "44").right
    assert judge(one(math.inf), "∞").right


def test_a_list_of_numbers_is_judged_by_a_rule() -> None:
    question = one(None, accepts=lambda numbers: sum(numbers) == 1)
    assert judge(question, ".5 .25 .25").right
    assert not judge(question, ".5, .25").right


def test_what_figures_answer_has_no_answer_before_they_are_there() -> None:
    def ask(factor: int) -> Question:
        return one(None, tolerance=0.1)

    def ask_of(factor: int, figures: Any) -> Question:
        return replace(ask(factor), answer=factor * figures)

    task = Task("t.1", (2,) * 6, ask, ask_of)
    assert not task.recomputable
    assert not task.question("a", "k").answerable
    with pytest.raises(InputError, match="run first"):
        judge(task.question("a", "k"), "6")
    figures: Any = 3.0
    assert judge(task.question("a", "k", figures), "6").right


@pytest.mark.parametrize("text", ["", "x", "1/0", "1e999999999", "9" * 300, "nan"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        judge(one(0.5, tolerance=0.1), text)


def test_wrong_answers_name_their_misconception() -> None:
    reason = UserMessage("natural logarithm instead of base 2")
    question = one(2.0, tolerance=0.01, wrong=(Wrong(1.386, reason),))
    assert judge(question, "1.39").misconception is reason
    assert judge(question, "7").misconception is None
    assert too_near(one(2.0, tolerance=0.3, wrong=(Wrong(1.386, reason),)))
