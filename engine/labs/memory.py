"""How far back a model looks: by length of context, by a rule over a distance, token by token.

Three views. Context: the loss with exactly c tokens before each target, the same text cut into
blocks of c, and all the past, every time on the same targets; beside the model a Kneser-Ney
n-gram. Agreement: who chooses the closer that fits an opener d tokens back. X-ray: the bits of
running text, one row for each length of context.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import InputError, UserMessage
from seqtui.corpora.progress import OnProgress, part_of
from seqtui.engine.labs.agreement import (
    PAIRS,
    STEPS_FIXED,
    STEPS_MIXED,
    TEST_SEED,
    TRAIN_SEED,
    Learned,
    agreement_lines,
    agreement_pairs,
    learn,
    ngram_choice,
)
from seqtui.engine.labs.context_scoring import exactly, in_blocks
from seqtui.engine.labs.contexts import (
    LENGTHS,
    Curve,
    Xray,
    curve_of,
    grown_of,
    kneser_ney,
    kneser_ney_name,
    targets_of,
    xray_of,
)
from seqtui.engine.labs.lab import document_of
from seqtui.engine.labs.settings import setting
from seqtui.engine.protocol import LanguageModel
from seqtui.engine.runs.loading import load_model
from seqtui.engine.runs.run import open_run

CONTEXT, AGREEMENT, XRAY = "context", "agreement", "x-ray"
DISTANCES = (1, 2, 4, 8, 16, 24, 32, 64)
LONGEST_COUNTED = 32
"""The farthest distance at which n-grams are counted."""
KINDS = ("rnn", "gru", "lstm")
FORMULAS = {
    CONTEXT: "loss(c) = -1/N Σ ln P(w_t | w_{t-c} … w_{t-1})",
    AGREEMENT: "right if P(own closer) > P(other)",
    XRAY: "bits = -log₂ P(w_t | w_{t-c} … w_{t-1})",
}
LABELS = (
    UserMessage("agreement"),
    UserMessage("all"),
    UserMessage("bits"),
    UserMessage("blocks"),
    UserMessage("budget"),
    UserMessage("context"),
    UserMessage("contexts"),
    UserMessage("curves"),
    UserMessage("distance"),
    UserMessage("exact"),
    UserMessage("grown"),
    UserMessage("hidden"),
    UserMessage("kind"),
    UserMessage("least"),
    UserMessage("lines"),
    UserMessage("loss"),
    UserMessage("model"),
    UserMessage("n-grams"),
    UserMessage("name"),
    UserMessage("networks"),
    UserMessage("order"),
    UserMessage("place"),
    UserMessage("right"),
    UserMessage("rows"),
    UserMessage("seed"),
    UserMessage("shortest"),
    UserMessage("steps"),
    UserMessage("targets"),
    UserMessage("tokens"),
    UserMessage("train from"),
    UserMessage("train to"),
    UserMessage("view"),
    UserMessage("x-ray"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen."""

    view: str = setting(CONTEXT, (CONTEXT, AGREEMENT, XRAY))
    model: str = setting("", views=(CONTEXT, XRAY))
    """A run by name; empty for Kneser-Ney alone."""
    order: int = setting(5, tuple(range(1, 11)), views=(CONTEXT, XRAY))
    """Of Kneser-Ney."""
    context: int = setting(64, LENGTHS, views=(CONTEXT,))
    """The longest that is measured."""
    targets: int = setting(
        2_000,
        (500, 1_000, 2_000, 5_000, 10_000),
        low=100,
        high=1_000_000,
        views=(CONTEXT, XRAY),
    )
    """The last of the held-out part, as many as it has."""
    place: int = setting(0, (0, *range(40, 2_001, 40)), low=0, high=10**9, views=(XRAY,))
    """Where among them the running text begins."""
    train_from: int = setting(16, (1, 2, 4, 8, 16, 24, 32, 64), views=(AGREEMENT,))
    train_to: int = setting(16, (1, 2, 4, 8, 16, 24, 32, 64), views=(AGREEMENT,))
    """Distances of the lines that train; one where they are equal."""
    lines: int = setting(20_000, (1_000, 2_000, 5_000, 10_000, 20_000, 50_000), views=(AGREEMENT,))
    hidden: int = setting(32, (16, 32, 64, 128), views=(AGREEMENT,))
    budget: int = setting(60, (10, 30, 60, 120, 300), low=1, views=(AGREEMENT,))
    """Seconds for the three networks together."""
    seed: int = setting(0, tuple(range(10)), low=0, high=2**31 - 1, views=(AGREEMENT,))


@dataclass(frozen=True, slots=True)
class Choice:
    """The share of closers chosen right by distance; None where it was not asked."""

    name: str
    right: tuple[float | None, ...]
    steps: int = 0
    """Of training."""


@dataclass(frozen=True, eq=False)
class Figures:
    """What one view found."""

    settings: Settings
    curves: tuple[Curve, ...]
    """Of the run, if one was named, and of Kneser-Ney."""
    targets: int
    ngrams: tuple[Choice, ...]
    networks: tuple[Choice, ...]
    xray: Xray | None
    corpus: str | None
    seconds: float
    trained: bool = False
    """Whether all networks of the agreement have ended."""

    def document(self) -> dict[str, Any]:
        """The figures as JSON."""
        settings = self.settings
        figures: dict[str, Any]
        if settings.view == CONTEXT:
            figures = {"targets": self.targets, "curves": [_of_curve(each) for each in self.curves]}
        elif settings.view == AGREEMENT:
            figures = {
                "n_grams": [_of_choice(each, settings) for each in self.ngrams],
                "networks": [_of_choice(each, settings) for each in self.networks],
            }
        else:
            assert self.xray is not None
            xray = self.xray
            names = [*xray.contexts, "all"]
            figures = {
                "name": xray.name,
                "tokens": list(xray.tokens),
                "rows": [
                    {"context": name, "bits": row.tolist()}
                    for name, row in zip(names, xray.bits, strict=True)
                ],
                "shortest": list(xray.shortest),
            }
        return document_of(
            "memory",
            figures=figures,
            formula=FORMULAS[settings.view],
            settings=settings,
            corpus=self.corpus,
            seconds=self.seconds,
            seed=settings.seed if settings.view == AGREEMENT else None,
        )


def trains(settings: Settings) -> bool:
    """Only the networks of the agreement; its n-grams are there at once."""
    return settings.view == AGREEMENT


def varies(settings: Settings) -> bool:
    """Whether they are figures of a run of one's own."""
    return bool(settings.view != AGREEMENT and settings.model)


def before_training(
    corpus: Corpus | None, settings: Settings, on_progress: OnProgress | None = None
) -> Figures:
    """The figures of the n-grams, which need no training. Raises InputError and Cancelled."""
    began = time.perf_counter()
    found = choices_of_ngrams(settings, on_progress)
    return replace(_nothing(settings), ngrams=found, seconds=time.perf_counter() - began)


def stream(
    corpus: Corpus | None, settings: Settings, on_progress: OnProgress | None = None
) -> Iterator[Figures]:
    """The figures of one view; those of the agreement come as the networks learn.

    Raises InputError for a run that does not fit the text and for a text that is too short, and
    Cancelled.
    """
    began = time.perf_counter()
    if settings.view == AGREEMENT:
        figures = before_training(corpus, settings, on_progress)
        for networks in choices_of_networks(settings, on_progress):
            figures = replace(figures, networks=networks, seconds=time.perf_counter() - began)
            yield figures
        yield replace(figures, trained=True)
        return
    assert corpus is not None
    figures = replace(_nothing(settings), corpus=corpus.fingerprint)
    if settings.view == CONTEXT:
        found = []
        for name, model in models_of(corpus, settings, on_progress):
            curve = curve_of(corpus, model, name, settings.targets, settings.context, on_progress)
            if name == kneser_ney_name(settings.order):
                curve = replace(
                    curve,
                    grown=grown_of(corpus, curve, settings.order, settings.targets, on_progress),
                )
            found.append(curve)
            figures = replace(
                figures,
                curves=tuple(found),
                targets=int(np.count_nonzero(targets_of(corpus, settings.targets))),
                seconds=time.perf_counter() - began,
            )
            yield figures
        return
    name, model = next(models_of(corpus, settings, on_progress))
    xray = xray_of(corpus, model, name, settings.targets, settings.place, on_progress)
    yield replace(figures, xray=xray, seconds=time.perf_counter() - began)


def models_of(
    corpus: Corpus, settings: Settings, on_progress: OnProgress | None = None
) -> Iterator[tuple[str, LanguageModel]]:
    """The run that was named, if one was, and Kneser-Ney of the order that was chosen.

    Raises InputError for a run that is not of this text.
    """
    if settings.model:
        run = open_run(settings.model)
        run.check_corpus(corpus)
        yield run.name, load_model(run)
    yield kneser_ney_name(settings.order), kneser_ney(corpus, settings.order, on_progress)


def choices_of_ngrams(
    settings: Settings, on_progress: OnProgress | None = None
) -> tuple[Choice, ...]:
    """n-grams of order d + 1 and d + 2 by distance d. Raises InputError and Cancelled.

    They are counted on lines of that distance where one distance trains, else on the mixed ones.
    """
    nearest, farthest = _distances(settings)
    mixed = agreement_lines(settings.lines, nearest, farthest, TRAIN_SEED)
    right: list[list[float | None]] = [[], []]
    distances = distances_of(settings)
    for number, distance in enumerate(distances):
        telling = part_of(on_progress, number / len(distances), (number + 1) / len(distances))
        if distance > LONGEST_COUNTED:
            for each in right:
                each.append(None)
            continue
        lines = mixed
        if nearest == farthest:
            lines = agreement_lines(settings.lines, distance, distance, TRAIN_SEED)
        test = agreement_pairs(PAIRS, distance, TEST_SEED)
        for more, each in enumerate(right, 1):
            each.append(ngram_choice(lines, distance + more, test, telling))
    return tuple(Choice(f"n = d+{more}", tuple(each)) for more, each in enumerate(right, 1))


def choices_of_networks(
    settings: Settings, on_progress: OnProgress | None = None
) -> Iterator[tuple[Choice, ...]]:
    """Three networks as they learn, one after the other. Raises InputError and Cancelled."""
    nearest, farthest = _distances(settings)
    lines = agreement_lines(settings.lines, nearest, farthest, TRAIN_SEED)
    steps = STEPS_FIXED if nearest == farthest else STEPS_MIXED
    done: tuple[Choice, ...] = ()
    seconds, distances = settings.budget / len(KINDS), distances_of(settings)
    for number, kind in enumerate(KINDS):
        telling = part_of(on_progress, number / len(KINDS), (number + 1) / len(KINDS))
        latest: Learned | None = None
        for latest in learn(
            kind, lines, steps, settings.hidden, settings.seed, distances, seconds, telling
        ):
            yield (*done, Choice(kind, latest.right, latest.steps))
        assert latest is not None
        done = (*done, Choice(kind, latest.right, latest.steps))


def distances_of(settings: Settings) -> tuple[int, ...]:
    """The distances that are tested; that of the training is among them."""
    return tuple(sorted({*DISTANCES, settings.train_to}))


def _distances(settings: Settings) -> tuple[int, int]:
    if settings.train_from > settings.train_to:
        raise InputError(
            "--set train_from={nearest}: the nearest distance must not be above train_to "
            "({farthest})",
            option="train_from",
            nearest=settings.train_from,
            farthest=settings.train_to,
        )
    return settings.train_from, settings.train_to


def _nothing(settings: Settings) -> Figures:
    return Figures(settings, (), 0, (), (), None, None, 0.0)


def _of_curve(curve: Curve) -> dict[str, Any]:
    pairs = zip(curve.contexts, curve.exact, curve.blocks, strict=True)
    grown = curve.grown or (None,) * len(curve.contexts)
    return {
        "name": curve.name,
        "all": curve.all,
        "least": curve.least,
        "contexts": [
            {"context": c, "exact": one, "blocks": other, "grown": own}
            for (c, one, other), own in zip(pairs, grown, strict=True)
        ],
    }


def _of_choice(choice: Choice, settings: Settings) -> dict[str, Any]:
    return {
        "name": choice.name,
        "steps": choice.steps,
        "right": [
            {"distance": distance, "right": right}
            for distance, right in zip(distances_of(settings), choice.right, strict=True)
        ],
    }


SOURCES = (exactly, in_blocks, curve_of, xray_of, ngram_choice, learn)
