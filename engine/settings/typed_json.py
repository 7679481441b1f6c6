"""JSON values back into the dataclass they came from, each name known and each type right."""

from __future__ import annotations

import json
import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from seqtui.corpora.errors import InputError
from seqtui.corpora.files import LARGEST, read_file

T = TypeVar("T")

TOO_LARGE = 2**63
"""Whole numbers of a file stay below: beyond, computing with them as floats can fail."""


def parse(text: str | bytes) -> object:
    """The JSON value of a text. Raises ValueError, also for NaN and what is nested too deeply."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def read_json(path: Path, most: int = LARGEST) -> object:
    """The JSON value in a file of at most `most` bytes.

    Raises MissingFileError where there is none, and InputError for all else that is wrong.
    """
    try:
        return parse(read_file(path, most))
    except InputError:
        raise
    except ValueError as error:
        raise InputError("{path}: not readable as JSON", path=path) from error


def build(cls: type[T], data: object, **names: type[Any]) -> T:
    """An instance of a dataclass from what `dataclasses.asdict` made of one.

    `names` are types that the class's module imports for type checking only. Nested dataclasses
    are built too. Raises InputError for an unknown or missing name or a value of another type.
    """
    what = cls.__name__
    if not isinstance(data, Mapping):
        raise InputError("{what}: an object was expected", what=what)
    hintable: Any = cls
    hints = _hints(hintable, tuple(names.items()))
    for name in data:
        if name not in hints:
            raise InputError("{what}: unknown name {name!r}", what=what, name=str(name)[:40])
    values = {}
    for each in fields(cls):  # type: ignore[arg-type]
        if each.name in data:
            values[each.name] = _value(hints[each.name], data[each.name], f"{what}.{each.name}")
        elif each.default is MISSING and each.default_factory is MISSING:
            raise InputError("{what}: {name} is missing", what=what, name=each.name)
    return cls(**values)


@cache  # resolving the hints takes longer than all the rest
def _hints(cls: Any, names: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return get_type_hints(cls, localns=dict(names))


def fitting(hints: Mapping[str, Any], data: object) -> dict[str, Any]:
    """Those values of a JSON object that have a name and a type of `hints`; empty for no object."""
    if not isinstance(data, Mapping):
        return {}
    return {n: data[n] for n, hint in hints.items() if n in data and _fits(hint, data[n])}


def _value(hint: Any, value: object, what: str) -> object:
    if is_dataclass(hint) and isinstance(hint, type) and not isinstance(value, hint):
        return build(hint, value)
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError("{what}: is not a finite number", what=what)
    if not _fits(hint, value):
        raise InputError("{what}: has a value of the wrong type", what=what)
    return value


def _fits(hint: Any, value: object) -> bool:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(each, value) for each in get_args(hint))
    if origin is Literal:
        return value in get_args(hint)
    if origin is list:
        return isinstance(value, list) and all(_fits(get_args(hint)[0], each) for each in value)
    if isinstance(value, bool):
        return hint is bool
    if isinstance(value, int) and abs(value) >= TOO_LARGE:
        return False
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if isinstance(value, str) and not _is_text(value):
        return False
    if hint is float:
        return isinstance(value, (int, float))
    return isinstance(value, hint)


def _is_text(value: str) -> bool:
    """Whether UTF-8 can write it; the bytes of a path that are no text count as such."""
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
