"""How far ahead the past of a series reaches, and how far beyond its data a fit does.

Two views. Ahead: models that are fitted to one step predict k steps by feeding k-1 predictions
back, beside what theory allows. Inside: a polynomial in t, on values that were left out between
those it was fitted to, and on values after them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import Cancelled, InputError, UserMessage
from seqtui.corpora.fingerprint import digest
from seqtui.corpora.progress import OnProgress
from seqtui.engine.labs.lab import document_of
from seqtui.engine.labs.series_models import (
    GRU,
    LEAST_SQUARES,
    MLP,
    RNN,
    LinearModel,
    errors_ahead,
    fitted,
    least_squares,
    until,
)
from seqtui.engine.labs.series_sources import (
    AWARD,
    CSV,
    HABIT,
    SEASON,
    SINE,
    Values,
    column_of,
    drawn,
    optimum,
)
from seqtui.engine.labs.series_splits import polynomial, shuffled, split_errors
from seqtui.engine.labs.settings import setting

LABELS = (
    UserMessage("budget"),
    UserMessage("closed form"),
    UserMessage("column"),
    UserMessage("degree"),
    UserMessage("direct"),
    UserMessage("epochs"),
    UserMessage("error"),
    UserMessage("errors"),
    UserMessage("file"),
    UserMessage("fits"),
    UserMessage("floor"),
    UserMessage("free"),
    UserMessage("free sd"),
    UserMessage("in time"),
    UserMessage("inside"),
    UserMessage("k"),
    UserMessage("length"),
    UserMessage("model"),
    UserMessage("noise"),
    UserMessage("omega"),
    UserMessage("outside"),
    UserMessage("persistence"),
    UserMessage("ratio"),
    UserMessage("sd"),
    UserMessage("seeds"),
    UserMessage("seeds done"),
    UserMessage("shuffled"),
    UserMessage("source"),
    UserMessage("tau"),
    UserMessage("values"),
    UserMessage("view"),
    UserMessage("weights"),
    UserMessage("zero"),
)
AHEAD, INSIDE = "ahead", "inside"
TRAINED = 0.6
"""The share of the values that is fitted."""
STEPS = (1, 4, 16, 64)
"""How far ahead errors are always taken."""
DEGREES = (1, 3, 5, 7, 9, 11)
_ROUNDING = 1e-12
"""An error below it is that of the arithmetic, and has no ratio."""
_PAUSE = 0.2
"""Seconds between figures that are not complete yet."""
FORMULAS = {
    AHEAD: "k-1 predictions fed back;  best: r₀ - 2wᵀr + wᵀRw",
    INSIDE: "x̂_t = Σ c_j T_j(t), j = 0 … d",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen."""

    view: str = setting(AHEAD, (AHEAD, INSIDE))
    source: str = setting(SINE, (SINE, SEASON, AWARD, HABIT, CSV))
    tau: int = setting(4, (1, 2, 4, 8, 16, 32, 64))
    """Values that least squares and the MLP read; RNN and GRU read 60."""
    noise: float = setting(0.2, (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0))
    """Standard deviation; a file has its own."""
    length: int = setting(1_000, (200, 500, 1_000, 2_000, 4_000))
    """Values; a file has its own number."""
    k: int = setting(64, (1, 2, 4, 8, 16, 32, 64, 128), views=(AHEAD,))
    """How far ahead the picture predicts."""
    model: str = setting(LEAST_SQUARES, (LEAST_SQUARES, MLP, RNN, GRU), views=(AHEAD,))
    degree: int = setting(7, tuple(range(1, 13)), views=(INSIDE,))
    seeds: int = setting(20, (1, 2, 6, 20))
    omega: float = setting(0.01, (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0), low=0.001, high=1.5)
    """Radians a step, of the sine and of the habit."""
    budget: int = setting(30, (10, 30, 60, 120), low=1, views=(AHEAD,))
    """Seconds for training a network on all seeds."""
    file: str = setting("")
    """Of the source `csv`."""
    column: str = setting("")
    """Its heading, or its place from 1."""


@dataclass(frozen=True, slots=True)
class ErrorAhead:
    """Mean squared errors k steps ahead, on the held-out values; NaN for what is not known."""

    k: int
    error: float
    """Of the model, the mean of all seeds."""
    sd: float
    """Standard deviation over the seeds, dividing by their number."""
    closed_form: float
    """The best weights for one step, fed back, over all phases; see `optimum`."""
    direct: float
    """The best weights for k steps."""
    persistence: float
    """Of predicting x_{t-k}."""
    zero: float
    """Of predicting 0."""
    floor: float
    """The variance of the noise."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a polynomial fares, as medians over the seeds of mean squared errors."""

    degree: int
    inside: float
    """On values left out at random between those that were fitted."""
    outside: float
    """On the values after those that were fitted."""


@dataclass(frozen=True, eq=False)
class Figures:
    """What one view found, for the seeds that are done."""

    settings: Settings
    corpus: str | None
    """The fingerprint of a file's column."""
    values: int
    """Length of the series."""
    seeds_done: int
    errors: tuple[ErrorAhead, ...]
    free: float
    """Mean squared error of running on from the first held-out value to the end, seeing none."""
    free_sd: float
    weights: tuple[float, ...]
    """Of least squares, the mean over the seeds: of x_{t-1}, x_{t-2} …."""
    epochs: int
    """Of a network, the least over the seeds; 0 where nothing is trained."""
    shuffled: float
    """One step by least squares, pairs held out at random: the mean over the seeds."""
    in_time: float
    """The same where the pairs after the trained ones are held out."""
    fits: tuple[Fit, ...]
    series: Values
    """Of the first seed."""
    predictions: Values
    """Of the first seed, at their targets: k steps ahead, or the polynomial split in time; NaN
    where there is none."""
    inside: Values
    """The polynomial split at random, of the first seed; empty in the other view."""
    trained: int
    """Values that were fitted, in the split in time."""
    seconds: float

    @property
    def ratio(self) -> float:
        """What the shuffled split says of the error of one step, in units of the split in time."""
        return self.shuffled / self.in_time if self.in_time > _ROUNDING else math.nan

    def document(self) -> dict[str, Any]:
        """The figures as JSON."""
        view = self.settings.view
        figures: dict[str, Any] = {"values": self.values, "seeds_done": self.seeds_done}
        if view == AHEAD:
            figures["errors"] = [asdict(each) for each in self.errors]
            figures |= {"free": self.free, "free_sd": self.free_sd, "weights": list(self.weights)}
            figures["epochs"] = self.epochs
        else:
            figures["fits"] = [asdict(each) for each in self.fits]
        figures |= {"shuffled": self.shuffled, "in_time": self.in_time, "ratio": self.ratio}
        return document_of(
            "series",
            figures=figures,
            formula=FORMULAS[view],
            settings=self.settings,
            corpus=self.corpus,
            seconds=self.seconds,
            seed=0,
        )


def trains(settings: Settings) -> bool:
    """Whether a network is trained."""
    return settings.view == AHEAD and settings.model != LEAST_SQUARES


def varies(settings: Settings) -> bool:
    """Whether the values are those of a file: nobody else has it."""
    return settings.source == CSV


def stream(
    corpus: Corpus | None, settings: Settings, on_progress: OnProgress | None = None
) -> Iterator[Figures]:
    """The figures of one view, as seeds are done; seed s draws its noise with s, from 0.

    No text is read. Raises InputError for a file that is no table and for a series too short for
    τ, and Cancelled when `on_progress(done, total)` returns False.
    """
    began = shown = time.perf_counter()
    column = column_of(settings.file, settings.column) if settings.source == CSV else None
    fingerprint = None if column is None else digest(column)
    # Only networks have a chance of their own.
    seeds = settings.seeds if column is None or trains(settings) else 1
    done: list[_Seed] = []
    for seed in range(seeds):

        def keep_going() -> None:
            if on_progress is not None and not on_progress(len(done), seeds):
                raise Cancelled

        keep_going()
        x = column
        if x is None:
            x = drawn(settings.source, seed, settings.length, settings.noise, settings.omega)
        _check_length(settings, len(x))
        go_on = until(settings.budget / seeds, keep_going)
        done.append(_Seed(settings, x, seed, go_on))
        now = time.perf_counter()
        if seed == seeds - 1 or now - shown > _PAUSE:
            shown = now
            yield _figures(settings, fingerprint, done, now - began)


def pairs_of(values: int) -> int:
    """How many pairs of τ values and the next are trained on."""
    return round(TRAINED * values)


class _Seed:
    """What was found for one seed."""

    def __init__(self, settings: Settings, x: Values, seed: int, go_on: Any) -> None:
        self.x = x
        self.settings = settings
        self.pairs = pairs_of(len(x))
        self.split = split_errors(x, settings.tau, self.pairs, seed)
        self.errors: list[float] = []
        self.persistence: list[float] = []
        self.zero: list[float] = []
        self.free = math.nan
        self.weights: Values = np.empty(0)
        self.epochs = 0
        self.fits: dict[int, tuple[float, float]] = {}
        self.inside: Values = np.empty(0)
        self.predictions: Values = np.full(len(x), math.nan)
        if settings.view == AHEAD:
            self._look_ahead(seed, go_on)
        else:
            self._fit_polynomials(seed)

    def _look_ahead(self, seed: int, go_on: Any) -> None:
        settings, x, tau = self.settings, self.x, self.settings.tau
        first, steps = self.pairs + tau, steps_of(settings)
        model = fitted(settings.model, x, tau, self.pairs, seed, go_on)
        self.epochs = model.epochs
        if isinstance(model, LinearModel):
            self.weights = model.weights
        ahead = model.rollout(x, np.arange(tau, len(x)), max(steps))
        self.errors = errors_ahead(x, ahead, tau, first, steps)
        for k in steps:
            targets = np.arange(max(first, k + tau - 1), len(x))
            gap = x[targets] - x[targets - k]
            self.persistence.append(float(np.mean(gap**2)) if len(targets) else math.nan)
            self.zero.append(float(np.mean(x[targets] ** 2)) if len(targets) else math.nan)
        alone = model.rollout(x, np.array([first]), len(x) - first)[0]
        self.free = float(np.mean((alone - x[first:]) ** 2))
        if seed == 0:
            targets = np.arange(tau + settings.k - 1, len(x))
            self.predictions[targets] = ahead[targets - tau - settings.k + 1, settings.k - 1]

    def _fit_polynomials(self, seed: int) -> None:
        x, pairs = self.x, self.pairs
        order = shuffled(len(x), seed)
        for degree in degrees_of(self.settings):
            inside = polynomial(x, degree, order[:pairs], 1, len(x))
            outside = polynomial(x, degree, np.arange(pairs), 1, pairs)
            rest = order[pairs:]
            self.fits[degree] = (
                float(np.mean((inside[rest] - x[rest]) ** 2)),
                float(np.mean((outside[pairs:] - x[pairs:]) ** 2)),
            )
            if degree == self.settings.degree and seed == 0:
                self.inside, self.predictions = inside, outside


def steps_of(settings: Settings) -> tuple[int, ...]:
    """How far ahead errors are taken."""
    return tuple(sorted({*STEPS, settings.k}))


def degrees_of(settings: Settings) -> tuple[int, ...]:
    """Which polynomials are fitted."""
    return tuple(sorted({*DEGREES, settings.degree}))


def _figures(settings: Settings, corpus: str | None, done: list[_Seed], seconds: float) -> Figures:
    first, ahead = done[0], settings.view == AHEAD
    floor = math.nan if settings.source == CSV else settings.noise**2

    def theory(k: int, fed_back: bool) -> float:
        return optimum(
            settings.source, settings.tau, k, settings.noise, settings.omega, fed_back=fed_back
        )

    errors = []
    for place, k in enumerate(steps_of(settings) if ahead else ()):
        own = [seed.errors[place] for seed in done]
        errors.append(
            ErrorAhead(
                k=k,
                error=float(np.mean(own)),
                sd=float(np.std(own)),
                closed_form=theory(k, True),
                direct=theory(k, False),
                persistence=float(np.mean([seed.persistence[place] for seed in done])),
                zero=float(np.mean([seed.zero[place] for seed in done])),
                floor=floor,
            )
        )
    fits = tuple(
        Fit(degree, *map(float, np.median([seed.fits[degree] for seed in done], 0)))
        for degree in (() if ahead else degrees_of(settings))
    )
    free = [seed.free for seed in done]
    at_random, in_time = np.mean([seed.split for seed in done], 0)
    weights = np.mean([seed.weights[:-1] for seed in done], 0)[::-1] if first.weights.size else ()
    return Figures(
        settings=settings,
        corpus=corpus,
        values=len(first.x),
        seeds_done=len(done),
        errors=tuple(errors),
        free=float(np.mean(free)),
        free_sd=float(np.std(free)),
        weights=tuple(map(float, weights)),
        epochs=min(seed.epochs for seed in done),
        shuffled=float(at_random),
        in_time=float(in_time),
        fits=fits,
        series=first.x,
        predictions=first.predictions,
        inside=first.inside,
        trained=first.pairs + (settings.tau if ahead else 0),
        seconds=seconds,
    )


def _check_length(settings: Settings, values: int) -> None:
    """Raise InputError unless the trained pairs leave values to predict."""
    k = settings.k if settings.view == AHEAD else 1
    if values - pairs_of(values) - settings.tau < 1 or settings.tau + k > values:
        raise InputError(
            "{values} values are too few for tau {tau} and k {k}: choose smaller ones",
            option="tau",
            values=values,
            tau=settings.tau,
            k=k,
        )


SOURCES = (stream, errors_ahead, least_squares, optimum, split_errors, polynomial, drawn)
