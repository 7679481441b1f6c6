"""Results as people read them: an evaluation, and a run's document, in aligned columns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from seqtui.tui.cli import console
from seqtui.tui.numbers import count, duration, fixed, nats, perplexity
from seqtui.tui.translation import _


def print_run(document: Mapping[str, Any]) -> None:
    """Print what a run is, what it did, and what it reached."""
    train, held_out = document["train"], document["held_out"]
    console.say_table(
        ["", ""],
        [
            [_("run"), str(document["run"] or "–")],
            [_("model"), f"{document['model']}, {count(document['parameters'])} {_('parameters')}"],
            *_sizes(document),
            [_("steps") if document["steps"] else _("time"), _effort(document)],
            [_("device"), str(document["device"])],
        ],
        left=(0, 1),
    )
    console.say()
    measured = str(train.get("measured") or "")
    rows = [
        [_("train"), _("perplexity"), perplexity(finite_or_infinite(train, "perplexity")), measured]
    ]
    if held_out is not None:
        rows += [[_("held-out") if not n else "", *row] for n, row in enumerate(_rows(held_out))]
    console.say_table(["", "", "", ""], rows, left=(0, 1, 3))


def print_evaluation(document: Mapping[str, Any]) -> None:
    """Print one evaluation."""
    console.say_table(["", "", ""], _rows(document), left=(0, 2))


def finite_or_infinite(document: Mapping[str, Any], name: str) -> float | None:
    """A measure of a document, where null beside impossible targets means infinity."""
    value = document.get(name)
    if value is None:
        return math.inf if document.get("zero_probability_targets") else None
    return float(value) if isinstance(value, int | float) else None


def _sizes(document: Mapping[str, Any]) -> list[list[str]]:
    """The parameters as a sum, beside a table of all sequences; runs of before tell neither."""
    formula, table = document.get("parameters_formula"), document.get("table")
    rows = []
    if formula is not None:
        sizes = ", ".join(f"{symbol} {count(value)}" for symbol, value in formula["sizes"].items())
        rows.append(["", f"= {formula['text']}"])
        rows.append(["", _("with {sizes}").format(sizes=sizes)])
    if table is not None:
        told = _("a table of all sequences of {tokens} tokens has |V|^{tokens} = {entries} entries")
        rows.append(["", told.format(tokens=table["tokens"], entries=table["entries"])])
    return rows


def _effort(document: Mapping[str, Any]) -> str:
    """Steps, time and speed; a model that only counts has no steps."""
    if not document["steps"]:
        return f"{fixed(document['seconds'], 2)} s"
    text = f"{count(document['steps'])} {_('in')} {duration(document['seconds'])}"
    return f"{text}, {count(round(document['tokens_per_second']))} {_('tokens/s')}"


def _rows(document: Mapping[str, Any]) -> list[list[str]]:
    """Measure, value and unit of an evaluation."""
    loss, bits, per_character = (
        finite_or_infinite(document, name)
        for name in ("loss", "bits_per_token", "bits_per_character")
    )
    rows = [
        [_("perplexity"), perplexity(finite_or_infinite(document, "perplexity")), ""],
        [_("loss"), nats(loss), _("nats per token")],
        ["", fixed(bits, 3), _("bits per token")],
        ["", fixed(per_character, 3), _("bits per character")],
        [_("targets"), count(document["targets"]), _("tokens")],
    ]
    impossible = document["zero_probability_targets"]
    if impossible:
        rows.append(["", count(impossible), _("of probability zero")])
    if document.get("unknown_targets"):
        without = document["perplexity_without_unknown"]
        rows.append(["", count(document["unknown_targets"]), _("of them <unk>")])
        rows.append([_("perplexity"), perplexity(without), _("without <unk>")])
    return rows
