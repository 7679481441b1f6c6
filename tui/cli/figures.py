"""A laboratory's figures as text: single values, then tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seqtui.tui.cli import console
from seqtui.tui.cli.printing import read_evaluation
from seqtui.tui.foreign import token_symbol
from seqtui.tui.numbers import DASH, count, nats, perplexity
from seqtui.tui.translation import _

TOKENS = ("token", "history")
"""Values that are tokens, or lists of them."""
EVALUATED = ("perplexity", "loss", "targets", "zero_probability_targets", "normalised")
"""What a table shows of an evaluation."""


class FigureLines:
    """The lines of figures; `labels` are the names that have a translation."""

    def __init__(self, labels: Iterable[str]) -> None:
        self._labels = frozenset(labels)

    def blocks(self, figures: Mapping[str, Any], normalised: bool | None = None) -> list[list[str]]:
        """Single values first, then a table for each list, each an aligned block of lines.

        `normalised` comes from the values around them.
        """
        normalised = figures.get("normalised", normalised)
        around = {} if normalised is None else {"normalised": normalised}
        single = {name: value for name, value in figures.items() if not _is_block(value)}
        blocks = [self.pairs(single, around)] if single else []
        for name, value in figures.items():
            if isinstance(value, Mapping):
                blocks += [[self._label(name)], *self.blocks(value, normalised)] if value else []
            elif _is_block(value):
                blocks.append([self._label(name), *self._table(value, around)])
        return blocks

    def pairs(self, values: Mapping[str, Any], around: Mapping[str, Any]) -> list[str]:
        """An aligned block of names and values."""
        rows = [[self._label(name), _cell(values, name, around)] for name in values]
        return console.table(["", ""], rows, left=(0, 1))

    def _table(self, rows: Sequence[Mapping[str, Any]], around: Mapping[str, Any]) -> list[str]:
        rows = [_flat(row) for row in rows]
        names = [
            name
            for name in dict.fromkeys(name for row in rows for name in row)
            if name != "normalised"  # which a dash for the perplexity shows
            if name != "reason" or any(row.get("reason") for row in rows)
            if not any(_is_block(row.get(name)) for row in rows)
        ]
        texts = {
            index
            for index, name in enumerate(names)
            if any(isinstance(row.get(name), str | list | tuple) for row in rows)
        }
        cells = [[_cell(row, name, around) for name in names] for row in rows]
        return console.table([self._label(name) for name in names], cells, left=tuple(texts))

    def _label(self, name: str) -> str:
        """The name of a figure in the user's language, where it is one of the labels."""
        label = name.replace("_", " ")
        return _(label) if label in self._labels else label


def with_symbols(figures: Mapping[str, Any], tokenizer: str) -> dict[str, Any]:
    """The figures with every token as its symbol."""

    def shown(name: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return with_symbols(value, tokenizer)
        if isinstance(value, list | tuple):
            return [shown(name, each) for each in value]
        if isinstance(value, str) and name in TOKENS:
            return token_symbol(value, tokenizer)
        return value

    return {name: shown(name, value) for name, value in figures.items()}


def _is_block(value: object) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping)
    )


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose evaluation is among its values."""
    values = dict(row)
    evaluation = values.pop("evaluation", None)
    if isinstance(evaluation, Mapping):
        values |= {name: evaluation[name] for name in EVALUATED if name in evaluation}
    return values


def _cell(row: Mapping[str, Any], name: str, around: Mapping[str, Any]) -> str:
    """A value as text. A null is what JSON cannot hold: an infinity, or no number at all."""
    value = row.get(name)
    if (
        value is None
        and name in ("perplexity", "loss")
        and row.get("targets") != 0
        and not row.get("reason")
    ):
        evaluation = read_evaluation({**around, **row})
        if evaluation is None:
            return DASH
        return perplexity(evaluation.perplexity) if name == "perplexity" else nats(evaluation.loss)
    if value is None:
        return "−∞" if name in row and name.startswith("log_") else DASH
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return perplexity(value) if name == "perplexity" else f"{value:z.4g}"
    if isinstance(value, list | tuple):
        return " ".join(map(_word, value))
    return str(value) or DASH


def _word(value: object) -> str:
    return value if isinstance(value, str) else _cell({"": value}, "", {})
