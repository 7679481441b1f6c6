"""Results as people read them: an evaluation, a run's document, as rows of a table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from seqtui.tui.numbers import count, duration, fixed, nats, perplexity
from seqtui.tui.translation import _


def perplexity_of(document: Mapping[str, Any]) -> float | None:
    """The perplexity in a document, where null beside impossible targets means infinity."""
    value = document.get("perplexity")
    if value is None and document.get("zero_probability_targets"):
        return math.inf
    return None if value is None else float(value)


def evaluation_rows(document: Mapping[str, Any]) -> list[list[str]]:
    """Name, value and unit of everything that an evaluation says."""
    infinite = math.inf if document["zero_probability_targets"] else None
    values = {
        name: infinite if document[name] is None else document[name]
        for name in ("loss", "bits_per_token", "bits_per_character")
    }
    rows = [
        [_("perplexity"), perplexity(perplexity_of(document)), ""],
        [_("loss"), nats(values["loss"]), _("nats per token")],
        ["", fixed(values["bits_per_token"], 3), _("bits per token")],
        ["", fixed(values["bits_per_character"], 3), _("bits per character")],
        [_("targets"), count(document["targets"]), _("tokens")],
    ]
    if document["zero_probability_targets"]:
        rows.append([_("impossible"), count(document["zero_probability_targets"]), _("targets")])
    return rows


def run_rows(document: Mapping[str, Any]) -> list[list[str]]:
    """What a run did, and what it reached on the text it trained on."""
    rows = [
        [_("steps"), count(document["steps"]), f"{_('in')} {duration(document.get('seconds'))}"],
    ]
    if document.get("tokens_per_second"):
        rows.append([_("speed"), count(round(document["tokens_per_second"])), _("tokens/s")])
    rows.append([_("parameters"), count(document["parameters"]), ""])
    train = document["train"]
    measured = train.get("measured")
    rows.append(
        [_("train perplexity"), perplexity(perplexity_of(train)), f"({measured})" if measured else ""]
    )
    return rows
