"""Tasks of the laboratory of series."""

from __future__ import annotations

import math

from seqtui.corpora.errors import UserMessage
from seqtui.engine.labs.series_sources import SINE, optimum
from seqtui.engine.labs.task import Question, Task, Wrong

TAUS = (1, 2, 4, 8, 16, 32, 64)
OMEGAS = (
    0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.9, 1.1, 1.2, 1.3,
)  # fmt: skip
"""Away from π/3, where the answer is 1, and from π/4."""
AHEAD = (
    (1, 0.4),
    (4, 0.2),
    (4, 0.4),
    (8, 0.1),
    (16, 0.2),
    (16, 0.4),
    (32, 0.2),
    (64, 0.2),
    (128, 0.1),
    (128, 0.2),
    (16, 0.3),
    (32, 0.15),
)
"""Steps ahead and noise, such that no τ up to the answer is within 10 % of persistence."""


def _weight(omega: float) -> Question:
    return Question(
        UserMessage(
            "a sine of ω = {omega} without noise, least squares on two values: which weight has "
            "x_(t-1)? (x_(t-2) has −1)",
            omega=omega,
        ),
        answer=2 * math.cos(omega),
        tolerance=0.001,
        wrong=(
            Wrong(1, UserMessage("that is persistence; the values of a sine turn back")),
            Wrong(
                math.cos(omega),
                UserMessage("sin ωt + sin ω(t-2) = 2 cos ω · sin ω(t-1): the 2 is missing"),
            ),
            Wrong(0, UserMessage("no network is needed: the law is linear")),
        ),
        hint=UserMessage("set noise 0, tau 2 and your omega, and read w"),
    )


def persistence(k: int, noise: float, omega: float) -> float:
    """The mean squared error of predicting x_{t-k} on a noisy sine, over all phases."""
    return 2 * noise**2 + 1 - math.cos(omega * k)


def _least_tau(variant: tuple[int, float]) -> Question:
    k, noise = variant
    omega = 0.01
    limit = persistence(k, noise, omega)
    answer = next(tau for tau in TAUS if optimum(SINE, tau, k, noise, omega, True) < limit)
    wrong = [Wrong(64, UserMessage("the most lags are the best; the least that suffice are asked"))]
    if answer != 1:
        wrong.append(Wrong(1, UserMessage("that holds for one step, not for yours")))
    return Question(
        UserMessage(
            "sine, ω = 0.01, noise {noise}, least squares fed back: the least tau of 1, 2, 4, 8 … "
            "64 whose closed form beats persistence at k = {k}",
            noise=noise,
            k=k,
        ),
        answer=answer,
        wrong=tuple(wrong),
        hint=UserMessage(
            "persistence has 2σ² + 1 − cos ωk over all phases; set your k and noise, move tau"
        ),
    )


FREE = (
    (2, 0.05),
    (4, 0.05),
    (8, 0.05),
    (64, 0.05),
    (4, 0.1),
    (8, 0.1),
    (16, 0.1),
    (64, 0.1),
    (4, 0.2),
    (8, 0.2),
    (16, 0.2),
    (64, 0.2),
)
"""τ and noise, such that the means of 20 seeds are apart by more than a fifth."""


def _free_or_zero(variant: tuple[int, float]) -> Question:
    tau, noise = variant
    good = tau == max(TAUS)
    return Question(
        UserMessage(
            "sine, ω = 0.01, 1,000 values, noise {noise}, least squares of tau {tau}: the model "
            "runs on by itself over all held-out values. Which has the smaller error?",
            noise=noise,
            tau=tau,
        ),
        answer=1 if good else 2,
        choices=(UserMessage("the model"), UserMessage("predicting 0")),
        wrong=(
            Wrong(2, UserMessage("with enough lags the phase is kept for long"))
            if good
            else Wrong(1, UserMessage("a good model of one step need not run by itself")),
        ),
        hint=UserMessage("compare the column “free” of the model and of predicting 0"),
    )


PAIRS = (
    UserMessage("polynomial in t, values split at random"),
    UserMessage("polynomial in t, values split in time"),
    UserMessage("autoregression, pairs split at random"),
    UserMessage("autoregression, pairs split in time"),
)


def _which_lies(variant: tuple[int, int]) -> Question:
    degree, turn = variant
    order = [(place + turn) % len(PAIRS) for place in range(len(PAIRS))]
    where = {pair: place for place, pair in enumerate(order, 1)}
    return Question(
        UserMessage(
            "sine, ω = 0.01, noise 0.2, 1,000 values, degree {degree}, tau 4: whose held-out error "
            "promises far too much for the values after the data?",
            degree=degree,
        ),
        answer=where[0],
        choices=tuple(PAIRS[pair] for pair in order),
        wrong=(
            Wrong(where[1], UserMessage("that error is large because it is honest")),
            Wrong(
                where[2],
                UserMessage("a split at random does not always cheat: compare both figures"),
            ),
            Wrong(where[3], UserMessage("that is the error of one step after the data")),
        ),
        hint=UserMessage("view inside shows both splits of both models"),
    )


TASKS = (
    Task("series.1", OMEGAS, _weight),
    Task("series.2", AHEAD, _least_tau),
    Task("series.3", FREE, _free_or_zero),
    Task(
        "series.4",
        tuple((degree, turn) for degree in (5, 7, 9) for turn in range(4)),
        _which_lies,
    ),
)
