"""Tasks of the laboratory of gradients."""

from __future__ import annotations

import math

from seqtui.corpora.errors import UserMessage
from seqtui.engine.labs.task import Question, Task, Wrong

RADII = (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.82, 0.85, 0.88, 0.9, 0.92, 0.95)


def _one_percent(rho: float) -> Question:
    steps = _first_below(rho, 0.01)
    return Question(
        UserMessage(
            "W_hh is ρ times an orthogonal matrix, ρ = {rho}, the activation linear: the least k "
            "at which less than 1 % of the gradient is left",
            rho=rho,
        ),
        answer=steps,
        wrong=(
            Wrong(
                _first_below(rho, 0.1),
                UserMessage("that is 10 %, or one decimal place too few"),
            ),
            Wrong(
                math.ceil((1 - 0.01) / (1 - rho)),
                UserMessage("the gradient shrinks by a factor each step, not by a difference"),
            ),
        ),
        hint=UserMessage("ρ^k < 0.01, so k > ln 0.01 / ln ρ"),
    )


def _first_below(rho: float, share: float) -> int:
    """The least k with ρ^k below a share."""
    k = 1
    while rho**k >= share:
        k += 1
    return k


def _sum_or_single(rho: float) -> Question:
    return Question(
        UserMessage(
            "ρ = {rho}, linear: the gradient of the SUM of all losses with respect to the first "
            "hidden state of 41 steps",
            rho=rho,
        ),
        answer=2,
        choices=(
            UserMessage("vanishes like ρ^k, as every single one does"),
            UserMessage("does not vanish: the losses near that state are in the sum"),
            UserMessage("grows with the number of steps, without end"),
        ),
        wrong=(
            Wrong(1, UserMessage("a total gradient that is fine says nothing about memory")),
            Wrong(3, UserMessage("the sum of a geometric series is bounded for ρ < 1")),
        ),
        hint=UserMessage("switch loss between single and sum, and look at k = 40"),
    )


def _longest_reach(window: int) -> Question:
    return Question(
        UserMessage(
            "windows of {window} steps, the state carried and detached: how many steps back does "
            "the gradient of a target go on average?",
            window=window,
        ),
        answer=(window - 1) / 2,
        tolerance=0.05,
        wrong=(
            Wrong(window, UserMessage("only the last target of a window sees all of it")),
            Wrong(window - 1, UserMessage("that is the last target of a window alone")),
        ),
        hint=UserMessage("the first target of a window goes back 0 steps, the last T − 1"),
    )


def _longest_step(values: tuple[int, int, float, float]) -> Question:
    one, other, norm, rate = values
    length = math.hypot(one, other)
    return Question(
        UserMessage(
            "the gradient is ({one}, {other}), clipped to norm θ = {norm}, the learning rate "
            "{rate}: how long is the step of SGD?",
            one=one,
            other=other,
            norm=norm,
            rate=rate,
        ),
        answer=rate * norm,
        tolerance=0.001,
        wrong=(
            Wrong(rate * length, UserMessage("that is the step without clipping")),
            Wrong(
                rate * norm * math.sqrt(2),
                UserMessage("the norm of the whole gradient is clipped, not each component"),
            ),
        ),
        hint=UserMessage("g ← min(1, θ/‖g‖) g, and the step is lr times that"),
    )


TASKS = (
    Task("gradients.1", RADII, _one_percent),
    Task("gradients.2", (0.3, 0.4, 0.5, 0.6, 0.7, 0.8), _sum_or_single),
    Task("gradients.3", tuple(range(20, 44, 2)), _longest_reach),
    Task(
        "gradients.4",
        (
            (3, 4, 1.0, 0.5),
            (6, 8, 2.0, 0.5),
            (5, 12, 1.0, 2.0),
            (8, 15, 5.0, 0.1),
            (9, 12, 3.0, 0.2),
            (12, 16, 4.0, 1.0),
        ),
        _longest_step,
    ),
)
