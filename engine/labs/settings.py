"""The settings of a laboratory: what each may be, how it is typed, and what the arrows make of it.

A laboratory's `Settings` is a frozen dataclass whose fields are made by `setting`. The command
line (`--set NAME=VALUE`), the sliders of the pane and the tasks read and check them here.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, TypeVar

from seqtui.corpora.errors import InputError

S = TypeVar("S")

_KEY = "setting"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a setting of a laboratory may be."""

    name: str
    default: Any
    values: tuple[Any, ...]
    """What the arrows go through, rising where they are numbers; empty for a text."""
    low: float | None
    """The least number that may be typed; None where only `values` are possible."""
    high: float | None
    views: tuple[str, ...]
    """The views that it changes; empty for all."""

    @property
    def is_number(self) -> bool:
        """Whether numbers between the values may be typed."""
        return self.low is not None


def setting(
    default: Any,
    values: tuple[Any, ...] = (),
    *,
    low: float | None = None,
    high: float | None = None,
    views: tuple[str, ...] = (),
) -> Any:
    """A field of `Settings`: one of `values`, any number from `low` to `high`, or a text."""
    if values and not isinstance(values[0], str | bool):
        low = values[0] if low is None else low
        high = values[-1] if high is None else high
    return field(default=default, metadata={_KEY: (values, low, high, views)})


def settings_of(settings: Any) -> dict[str, Setting]:
    """The settings of a laboratory's `Settings` (the class or a value), by name."""
    found = {}
    for each in fields(settings):
        assert each.default is not MISSING
        found[each.name] = Setting(each.name, each.default, *each.metadata[_KEY])
    return found


def with_text(settings: S, name: str, text: str) -> S:
    """The settings with one of them as it was typed. Raises InputError, naming what fits."""
    found = settings_of(settings)[name]
    return replace(settings, **{name: _read(found, text.strip())})  # type: ignore[type-var]


def turned(settings: S, name: str, by: int) -> S:
    """The settings with one of them at the next of its values (1) or the one before (-1)."""
    found = settings_of(settings)[name]
    value = getattr(settings, name)
    if not found.values:
        return settings
    if value in found.values:
        place = found.values.index(value) + by
        if not found.is_number:
            place %= len(found.values)
    elif by < 0:  # a number that was typed, between two values
        place = bisect_left(found.values, value) - 1
    else:
        place = bisect_right(found.values, value)
    place = min(max(place, 0), len(found.values) - 1)
    return replace(settings, **{name: found.values[place]})  # type: ignore[type-var]


def check_settings(settings: Any) -> None:
    """Raise InputError unless every setting is one of those that are possible."""
    for found in settings_of(settings).values():
        _check(found, getattr(settings, found.name))


def written(value: object) -> str:
    """A value as it is typed."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _read(found: Setting, text: str) -> Any:
    default = found.default
    if isinstance(default, str):
        value: Any = text
    elif isinstance(default, bool):
        words = {"on": True, "true": True, "off": False, "false": False}
        value = words.get(text)
    else:
        kind = float if isinstance(default, float) else int
        try:
            value = kind(text) if len(text) <= _LONGEST_NUMBER else None
        except ValueError:
            value = None
    _check(found, value, text)
    return value


_LONGEST_NUMBER = 40
"""Characters; Python refuses integers of thousands of digits with an error of its own."""


def _check(found: Setting, value: Any, text: str | None = None) -> None:
    shown = written(value) if text is None else text
    if isinstance(found.default, bool):
        if not isinstance(value, bool):
            raise InputError(
                "--set {name}={value}: choose on or off",
                option=found.name,
                name=found.name,
                value=shown,
            )
    elif found.is_number:
        whole = isinstance(found.default, int)
        good = isinstance(value, int) if whole else isinstance(value, int | float)
        assert found.low is not None
        assert found.high is not None
        if not good or not math.isfinite(value) or not found.low <= value <= found.high:
            kind = (
                "--set {name}={value}: choose a whole number from {low} to {high}"
                if whole
                else "--set {name}={value}: choose a number from {low} to {high}"
            )
            raise InputError(
                kind,
                option=found.name,
                name=found.name,
                value=shown,
                low=written(found.low),
                high=written(found.high),
            )
    elif found.values and value not in found.values:
        raise InputError(
            "--set {name}={value}: choose one of {choices}",
            option=found.name,
            name=found.name,
            value=shown,
            choices=", ".join(map(written, found.values)),
        )
