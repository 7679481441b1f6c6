"""The settings of the next run as texts, checked by the configuration they become."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from seqtui.corpora.errors import InputError
from seqtui.engine.settings.families import FAMILIES, OWN
from seqtui.engine.settings.recipes import RECIPES
from seqtui.engine.settings.run_config import (
    DEFAULT_LEARNING_RATES,
    DEFAULT_STEPS,
    LENGTHS,
    RunConfig,
    kind_of,
)
from seqtui.tui.numbers import count
from seqtui.tui.run_options import (
    DEVICE,
    MODEL,
    OPTIMISATION,
    RUN_OPTIONS,
    THREADS,
    RunOption,
)
from seqtui.tui.translation import _
from seqtui.tui.widgets.form import Field

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus

SAMPLES_PER_RUN = 10
"""Samples a run of known length writes by itself."""
YES, NO = _("yes"), _("no")

NO_RECIPE = "–"
RECIPE = RunOption(
    "recipe",
    _("recipe"),
    _("Settings of model and optimisation by name; each can be changed after."),
    MODEL,
    choices=(NO_RECIPE, *RECIPES),
)
"""No value of a run: it sets those that are."""
SETTINGS = (*RUN_OPTIONS, DEVICE, THREADS)
_BY_NAME = {setting.name: setting for setting in SETTINGS}
_OF_RECIPES = {row.name for row in RUN_OPTIONS if row.section in (MODEL, OPTIMISATION)}.union(
    LENGTHS, *(recipe.settings for recipe in RECIPES.values())
)
"""What a recipe decides, by what it says or does not say."""
_DEFAULTS = {field.name: field.default for field in dataclasses.fields(RunConfig)}


def _field(setting: RunOption) -> Field:
    choices = (NO, YES) if setting.type is bool else setting.choices or setting.offered
    return Field(setting.name, setting.label, setting.help, choices, setting.default or "")


class RunSettings:
    """What the form edits and `s` starts; an empty text leaves a value to its default."""

    def __init__(self) -> None:
        plain = RunConfig(corpus="")
        self.values = {name: _text(getattr(plain, name)) for name in _BY_NAME}
        self.values["steps"] = str(DEFAULT_STEPS)
        self.values["learning_rate"] = f"{plain.initial_learning_rate:g}"
        self.values[RECIPE.name] = NO_RECIPE

    @property
    def settings(self) -> tuple[RunOption, ...]:
        """Those that matter for the chosen model."""
        family = FAMILIES.get(kind_of(self.values["model"]), OWN)
        smoothing = self.values["smoothing"]
        return tuple(
            setting
            for setting in SETTINGS
            if family.uses(setting.name) and (setting.name != "k" or smoothing == "add-k")
        )

    @property
    def fields(self) -> tuple[Field, ...]:
        """The same, as the form shows them, and the recipe before them."""
        return (self._recipe_field(), *(_field(setting) for setting in self.settings))

    def _recipe_field(self) -> Field:
        """The choice of a recipe, its hint saying what the chosen one does."""
        field = _field(RECIPE)
        recipe = RECIPES.get(self.values[RECIPE.name])
        if recipe is None:
            return field
        hint = f"{_(recipe.purpose)}. {_(recipe.warning)}" if recipe.warning else _(recipe.purpose)
        return dataclasses.replace(field, hint=hint)

    def change(self, name: str, value: str) -> None:
        """Set a value, and what follows from it.

        A learning rate that was its optimiser's default follows the optimiser; a length takes
        the place of the other lengths. A recipe sets all of model, optimisation and length that
        it names and takes the rest back to the defaults; what is changed after is no recipe's.
        """
        if name == RECIPE.name:
            self._follow(value)
            return
        if name in _OF_RECIPES:
            self.values[RECIPE.name] = NO_RECIPE
        before = self.values["optimizer"]
        self.values[name] = value.strip()
        if name in LENGTHS and self.values[name]:
            self.values.update(dict.fromkeys(set(LENGTHS) - {name}, ""))
        if name == "optimizer" and value in DEFAULT_LEARNING_RATES:
            rate = f"{DEFAULT_LEARNING_RATES[before]:g}"
            if self.values["learning_rate"] == rate:
                self.values["learning_rate"] = f"{DEFAULT_LEARNING_RATES[value]:g}"

    def _follow(self, name: str) -> None:
        """Set what a recipe says."""
        self.values[RECIPE.name] = name
        if name not in RECIPES:
            return
        settings = RECIPES[name].settings
        for option in _OF_RECIPES:
            self.values[option] = _text(settings.get(option, _DEFAULTS[option]))
        if not settings.get("learning_rate"):
            rate = DEFAULT_LEARNING_RATES[self.values["optimizer"]]
            self.values["learning_rate"] = f"{rate:g}"

    def refusal(self, name: str, value: str) -> str | None:
        """Why the value will not do for that setting, or None.

        It is tried with the other settings, and where one of them is at fault, without them.
        """
        if name == RECIPE.name:
            known = value in RECIPE.choices
            return None if known else f"--recipe {value}: {_('choose one of')} {', '.join(RECIPES)}"
        try:
            own = {name: _read(_BY_NAME[name], value)}
        except InputError as error:
            return str(error)
        others = self._readable()
        if name in LENGTHS:
            others = {key: other for key, other in others.items() if key not in LENGTHS}
        reason = _reason({**others, **own})
        if reason is None or reason.startswith(_option(name) + " "):
            return reason
        alone = _reason({"model": self.values["model"], **own})
        return alone if alone and alone.startswith(_option(name)) else None

    def _readable(self) -> dict[str, Any]:
        values = {}
        for setting in self.settings:
            with suppress(InputError):
                values[setting.name] = _read(setting, self.values[setting.name])
        return values

    @property
    def errors(self) -> dict[str, str]:
        """The reason for each value that will not do."""
        refusals = {
            setting.name: self.refusal(setting.name, self.values[setting.name])
            for setting in self.settings
        }
        return {name: reason for name, reason in refusals.items() if reason is not None}

    def configuration(self, source: str, corpus: Corpus | None) -> RunConfig:
        """The run these settings ask for, on a corpus opened from `source`.

        Raises InputError, naming the option, for a value that will not do.
        """
        values: dict[str, Any] = {
            setting.name: _read(setting, self.values[setting.name]) for setting in self.settings
        }
        if corpus is not None:
            values["corpus_options"] = corpus.options
        if values.get("steps") and values["sample_every"] is None:
            values["sample_every"] = max(values["steps"] // SAMPLES_PER_RUN, 1)
        return RunConfig(corpus=source, **values)


def _text(value: object) -> str:
    """A value as the form shows it."""
    if isinstance(value, bool):
        return YES if value else NO
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _reason(values: dict[str, Any]) -> str | None:
    try:
        RunConfig(corpus="", **values)
    except InputError as error:
        return str(error)
    return None


def _read(setting: RunOption, text: str) -> object:
    """The value a text stands for; an empty one for the default. Raises InputError."""
    text = text.strip()
    if not text:
        return _DEFAULTS[setting.name]
    try:
        if setting.type is bool:
            return {YES: True, NO: False}[text]
        return setting.type(text.replace(",", "") if setting.type is int else text)
    except (ValueError, KeyError):
        what = {bool: f"{YES} {_('or')} {NO}", int: _("a whole number")}
        must_be = what.get(setting.type, _("a number"))
        raise InputError(f"{_option(setting.name)} {text}: {_('must be')} {must_be}") from None


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
        config.model_name,
        f"{_('hidden')} {config.hidden}",
        *([f"{_('layers')} {config.layers}"] if config.layers > 1 else []),
        f"{length} {_('of')} {config.batch_size}×{config.window}",
        f"{config.optimizer} {config.initial_learning_rate:g}"
        + (f" {config.schedule}" if config.schedule != "constant" else ""),
        f"{_('clip')} {config.clip_norm:g}",
        *([f"{_('detached every')} {config.bptt}"] if config.bptt else []),
        *([_("random windows")] if config.sampling == "random" else []),
        *([f"{_('dropout')} {config.dropout:g}"] if config.dropout else []),
        f"{_('seed')} {config.seed}",
    ]
    return " · ".join(parts)
