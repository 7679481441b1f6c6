"""The settings of the next run as texts, checked by the configuration they become."""

from __future__ import annotations

import dataclasses
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from seqtui.corpora.errors import InputError, UserMessage, flag
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
from seqtui.tui.translation import N_, _, localized, ngettext
from seqtui.tui.widgets.form import Field

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus

SAMPLES_PER_RUN = 10
"""Samples that a run of known length generates by itself."""
BOOLEANS = {"no": False, "yes": True}
"""Texts of the values that are switched on or off."""
_BOOLEAN_WORDS = {"no": N_("no"), "yes": N_("yes")}

NO_RECIPE = "–"
RECIPE = RunOption(
    "recipe",
    N_("recipe"),
    N_("Settings of model and optimisation by name; each can be changed after."),
    MODEL,
    choices=(NO_RECIPE, *RECIPES),
)
"""No value of a run: it sets those that are."""
SETTINGS = (*RUN_OPTIONS, DEVICE, THREADS)
_BY_NAME = {setting.name: setting for setting in SETTINGS}
_OF_RECIPES = {row.name for row in RUN_OPTIONS if row.section in (MODEL, OPTIMISATION)}.union(
    LENGTHS, *(recipe.settings for recipe in RECIPES.values())
)
"""What a recipe decides: what it does not name goes back to its default."""
_DEFAULTS = {field.name: field.default for field in dataclasses.fields(RunConfig)}


def _field(setting: RunOption) -> Field:
    if setting.type is bool:
        choices = tuple(BOOLEANS)
        return Field(setting.name, setting.label, setting.help, choices, words=_BOOLEAN_WORDS)
    choices, default = setting.choices or setting.offered, setting.default or ""
    if isinstance(default, UserMessage):
        default = localized(default)
    return Field(setting.name, setting.label, setting.help, choices, default)


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
        """The choice of a recipe, with what the selected one does as its hint."""
        field = _field(RECIPE)
        recipe = RECIPES.get(self.values[RECIPE.name])
        if recipe is None:
            return field
        hint = recipe.purpose
        if recipe.warning:
            hint = UserMessage("{purpose}. {warning}", purpose=hint, warning=recipe.warning)
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
        """Set the values of a recipe."""
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
        """Why the setting cannot have that value, in the user's language, or None.

        It is tried with the other settings, and where one of them is at fault, without them.
        """
        if name == RECIPE.name:
            if value in RECIPE.choices:
                return None
            choices = ", ".join(RECIPES)
            refused = InputError(
                "--recipe {name}: choose one of {choices}", name=value, choices=choices
            )
            return localized(refused)
        try:
            own = {name: _read(_BY_NAME[name], value)}
        except InputError as error:
            return localized(error)
        others = self._readable()
        if name in LENGTHS:
            others = {key: other for key, other in others.items() if key not in LENGTHS}
        for values in ({**others, **own}, {"model": self.values["model"], **own}):
            refused_together = _refusal(values)
            if refused_together is None:
                return None
            if refused_together.option == name:
                return localized(refused_together)
        return None

    def _readable(self) -> dict[str, Any]:
        values = {}
        for setting in self.settings:
            with suppress(InputError):
                values[setting.name] = _read(setting, self.values[setting.name])
        return values

    @property
    def errors(self) -> dict[str, str]:
        """The reason for each value that is refused."""
        refusals = {
            setting.name: self.refusal(setting.name, self.values[setting.name])
            for setting in self.settings
        }
        return {name: reason for name, reason in refusals.items() if reason is not None}

    def configuration(self, source: str, corpus: Corpus | None) -> RunConfig:
        """The run these settings ask for, on a corpus opened from `source`.

        Raises InputError, naming the option, for a value that is refused.
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
    """A value as the form has it."""
    if isinstance(value, bool):
        return next(text for text, truth in BOOLEANS.items() if truth == value)
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _refusal(values: dict[str, Any]) -> InputError | None:
    try:
        RunConfig(corpus="", **values)
    except InputError as error:
        return error
    return None


def _read(setting: RunOption, text: str) -> object:
    """The value of a text; an empty one for the default. Raises InputError."""
    text = text.strip()
    if not text:
        return _DEFAULTS[setting.name]
    name = setting.name
    if setting.type is bool:
        if text in BOOLEANS:
            return BOOLEANS[text]
        raise InputError(
            "{flag} {value}: choose yes or no", option=name, flag=flag(name), value=text
        )
    try:
        return setting.type(text.replace(",", "") if setting.type is int else text)
    except ValueError:
        pass
    if setting.type is int:
        raise InputError(
            "{flag} {value}: must be a whole number", option=name, flag=flag(name), value=text
        )
    raise InputError("{flag} {value}: must be a number", option=name, flag=flag(name), value=text)


def summary(config: RunConfig) -> str:
    """A run's settings in one line: `gru · hidden 256 · …`."""
    if config.family.counted:
        return _counted_summary(config)
    optimiser = f"{config.optimizer} {config.initial_learning_rate:g}"
    if config.schedule != "constant":
        optimiser += f" {config.schedule}"
    parts = [
        config.model_name,
        _("hidden {size}").format(size=config.hidden),
        *([_("layers {count}").format(count=config.layers)] if config.layers > 1 else []),
        _length(config),
        optimiser,
        _("clip {norm}").format(norm=f"{config.clip_norm:g}"),
        *([_("detached every {steps}").format(steps=config.bptt)] if config.bptt else []),
        *([_("random windows")] if config.sampling == "random" else []),
        *([_("dropout {share}").format(share=f"{config.dropout:g}")] if config.dropout else []),
        _("seed {seed}").format(seed=config.seed),
    ]
    return " · ".join(parts)


def _counted_summary(config: RunConfig) -> str:
    family = config.family
    parts = [
        config.model_name,
        *([localized(family.description)] if family.description else []),
        *([_("order {order}").format(order=config.order)] if family.uses("order") else []),
        *([config.smoothing] if family.uses("smoothing") else []),
        *([f"k {config.k:g}"] if family.uses("k") and config.smoothing == "add-k" else []),
    ]
    return " · ".join(parts)


def _length(config: RunConfig) -> str:
    """How long it trains, and on batches of what size: `1,000 steps of 32×32`."""
    size = f"{config.batch_size}×{config.window}"
    if config.epochs:
        words = ngettext("{count} epoch of {size}", "{count} epochs of {size}", config.epochs)
        return words.format(count=count(config.epochs), size=size)
    if config.minutes:
        minutes = ngettext(
            "{count} minute of {size}", "{count} minutes of {size}", math.ceil(config.minutes)
        )
        return minutes.format(count=f"{config.minutes:g}", size=size)
    steps = config.steps or DEFAULT_STEPS
    words = ngettext("{count} step of {size}", "{count} steps of {size}", steps)
    return words.format(count=count(steps), size=size)
