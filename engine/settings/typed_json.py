"""JSON values back into the dataclass they came from, each name known and each type right."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from seqtui.corpora.errors import InputError

T = TypeVar("T")

LARGEST = 2**63
"""Whole numbers of a file stay below: beyond, computing with them as floats can fail."""


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


def _value(hint: Any, value: object, what: str) -> object:
    if is_dataclass(hint) and isinstance(hint, type) and not isinstance(value, hint):
        return build(hint, value)
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
    if isinstance(value, int) and abs(value) >= LARGEST:
        return False
    if hint is float:
        return isinstance(value, (int, float))
    return isinstance(value, hint)
