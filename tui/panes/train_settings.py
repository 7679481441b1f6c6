"""The settings of the next run as texts, checked by the configuration they become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqtui.corpora.errors import InputError
from seqtui.engine.configuration import (
    DEFAULT_LEARNING_RATES,
    DEFAULT_STEPS,
    MODELS,
    NEURAL_MODELS,
    OPTIMIZERS,
    SAMPLINGS,
    SMOOTHINGS,
    RunConfig,
)
from seqtui.tui.form import Field
from seqtui.tui.numbers import count
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus

SAMPLES_PER_RUN = 10
"""Samples a run of known length writes by itself."""

_LAYERED = ("rnn", "gru", "lstm", "transformer")


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of a run that the form offers."""

    field: Field
    """Named as the attribute of `RunConfig`."""
    read: Callable[[str], object]
    """The value a text stands for; raises ValueError."""
    models: tuple[str, ...]
    """Models for which it matters."""


def _setting(
    name: str,
    label: str,
    hint: str,
    read: Callable[[str], object],
    models: tuple[str, ...] = NEURAL_MODELS,
    choices: tuple[str, ...] = (),
) -> Setting:
    return Setting(Field(name, label, hint, choices), read, models)


def _whole(text: str) -> int:
    return int(text.replace(",", "").strip())


def _number(text: str) -> float:
    return float(text.strip())


SETTINGS = (
    _setting("model", _("model"), _("what predicts the next token"), str.strip, MODELS, MODELS),
    _setting("order", _("order"), _("n of the n-gram model"), _whole, ("ngram",)),
    _setting(
        "smoothing",
        _("smoothing"),
        _("what n-grams that were never seen get; mle: nothing"),
        str.strip,
        ("ngram",),
        SMOOTHINGS,
    ),
    _setting("k", "k", _("what add-k adds to each count; 1 is add-one"), _number, ("ngram",)),
    _setting("hidden", _("hidden"), _("size of the hidden state"), _whole),
    _setting("layers", _("layers"), _("recurrent layers, one upon the other"), _whole, _LAYERED),
    _setting("heads", _("heads"), _("heads of each layer"), _whole, ("transformer",)),
    _setting("steps", _("steps"), _("optimiser steps the run takes"), _whole),
    _setting("batch_size", _("batch size"), _("windows trained on at a time"), _whole),
    _setting("window", _("window"), _("tokens a gradient reaches back"), _whole),
    _setting(
        "learning_rate",
        _("learning rate"),
        _("step size; while a run trains, r changes it"),
        _number,
    ),
    _setting(
        "optimizer",
        _("optimiser"),
        _("adamw, or sgd as in the lecture"),
        str.strip,
        choices=OPTIMIZERS,
    ),
    _setting(
        "clip_norm", _("clip norm"), _("largest norm of the gradient; 0 clips nothing"), _number
    ),
    _setting(
        "sampling",
        _("sampling"),
        _("sequential: the state is carried on from batch to batch; random: not"),
        str.strip,
        choices=SAMPLINGS,
    ),
    _setting(
        "dropout", _("dropout"), _("share of activations dropped in training"), _number, _LAYERED
    ),
    _setting("seed", _("seed"), _("decides weights, windows and dropout"), _whole),
)

_BY_NAME = {setting.field.name: setting for setting in SETTINGS}


class RunSettings:
    """What the form edits and `s` starts."""

    def __init__(self) -> None:
        plain = RunConfig(corpus="")
        self.values: dict[str, str] = {
            name: f"{value:g}" if isinstance(value, float) else str(value)
            for name in _BY_NAME
            if (value := getattr(plain, name)) is not None
        }
        self.values["steps"] = str(DEFAULT_STEPS)
        self.values["learning_rate"] = f"{plain.initial_learning_rate:g}"

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Those that matter for the chosen model."""
        model, smoothing = self.values["model"], self.values["smoothing"]
        return tuple(
            setting
            for setting in SETTINGS
            if model in setting.models and (setting.field.name != "k" or smoothing == "add-k")
        )

    @property
    def fields(self) -> tuple[Field, ...]:
        """The same, as the form shows them."""
        return tuple(setting.field for setting in self.settings)

    def change(self, name: str, value: str) -> None:
        """Set a value; a learning rate that was its optimiser's default follows the optimiser."""
        before = self.values["optimizer"]
        self.values[name] = value.strip()
        if name == "optimizer" and value in DEFAULT_LEARNING_RATES:
            rate = f"{DEFAULT_LEARNING_RATES[before]:g}"
            if self.values["learning_rate"] == rate:
                self.values["learning_rate"] = f"{DEFAULT_LEARNING_RATES[value]:g}"

    def refusal(self, name: str, value: str) -> str | None:
        """Why the value will not do for that setting, or None."""
        try:
            settings: dict[str, Any] = {"model": self.values["model"]}
            settings[name] = _read(_BY_NAME[name], value)
            RunConfig(corpus="", **settings)
        except InputError as error:
            return str(error)
        return None

    @property
    def errors(self) -> dict[str, str]:
        """The reason for each value that will not do."""
        refusals = {
            setting.field.name: self.refusal(setting.field.name, self.values[setting.field.name])
            for setting in self.settings
        }
        return {name: reason for name, reason in refusals.items() if reason is not None}

    def configuration(self, source: str, corpus: Corpus | None) -> RunConfig:
        """The run these settings ask for, on a corpus opened from `source`.

        Raises InputError, naming the option, for a value that will not do.
        """
        values: dict[str, Any] = {
            setting.field.name: _read(setting, self.values[setting.field.name])
            for setting in self.settings
        }
        if corpus is not None:
            values["corpus_options"] = corpus.options
        if "steps" in values:
            values["sample_every"] = max(values["steps"] // SAMPLES_PER_RUN, 1)
        return RunConfig(corpus=source, **values)


def _read(setting: Setting, value: str) -> object:
    try:
        return setting.read(value)
    except ValueError:
        option = setting.field.name.replace("_", "-")
        what = _("a whole number") if setting.read is _whole else _("a number")
        raise InputError(f"--{option} {value}: {_('must be')} {what}") from None


def summary(config: RunConfig) -> str:
    """A run's settings in one line: `gru · hidden 256 · …`."""
    if config.model == "uniform":
        return f"uniform · {_('every token as probable as any other')}"
    if config.model == "infinity-gram":
        return f"infinity-gram · {_('the longest context the text knows, unsmoothed')}"
    if config.model == "ngram":
        k = f" · k {config.k:g}" if config.smoothing == "add-k" else ""
        return f"ngram · {_('order')} {config.order} · {config.smoothing}{k}"
    length = (
        f"{count(config.epochs)} {_('epochs')}"
        if config.epochs
        else f"{config.minutes:g} {_('minutes')}"
        if config.minutes
        else f"{count(config.steps or DEFAULT_STEPS)} {_('steps')}"
    )
    parts = [
        config.model,
        f"{_('hidden')} {config.hidden}",
        *([f"{_('layers')} {config.layers}"] if config.layers > 1 else []),
        f"{length} {_('of')} {config.batch_size}×{config.window}",
        f"{config.optimizer} {config.initial_learning_rate:g}",
        f"{_('clip')} {config.clip_norm:g}",
        *([_("random windows")] if config.sampling == "random" else []),
        *([f"{_('dropout')} {config.dropout:g}"] if config.dropout else []),
        f"{_('seed')} {config.seed}",
    ]
    return " · ".join(parts)
