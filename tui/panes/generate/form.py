"""The settings of the Generate pane: how the next tokens are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqtui.corpora.errors import InputError
from seqtui.tui.translation import N_, localized
from seqtui.tui.widgets.form import Field, Form
from seqtui.tui.widgets.prompt import Validate

if TYPE_CHECKING:
    from seqtui.engine.generation import SamplingOptions

LONGEST = 5_000
"""Tokens written at a time; more belongs on the command line."""
FIELDS = (
    Field("prefix", N_("prefix"), N_("the model is warmed up with this text")),
    Field("tokens", N_("tokens"), N_("how many to write, 1 to 5,000")),
    Field(
        "temperature",
        N_("temperature"),
        N_("divides the log probabilities; 0: the likeliest token"),
    ),
    Field("top_k", "top-k", N_("draw among this many of the likeliest tokens; 0: all")),
    Field("top_p", "top-p", N_("draw among the fewest likely tokens with this total probability")),
    Field("seed", N_("seed"), N_("equal seeds give equal texts")),
)
DEFAULTS = {
    "prefix": "",
    "tokens": "300",
    "temperature": "0.8",
    "top_k": "0",
    "top_p": "1.0",
    "seed": "0",
}


class SamplingForm(Form):
    """Prefix, length and sampling; an invalid value is refused when it is entered."""

    def __init__(self, *, id: str | None = None) -> None:
        names = [field.name for field in FIELDS if field.name != "prefix"]
        super().__init__(FIELDS, DEFAULTS, {name: self._validator(name) for name in names}, id=id)

    def _validator(self, name: str) -> Validate:
        def refuse(value: str) -> str | None:
            try:
                read_sampling({**self.values, name: value})
            except InputError as error:
                return localized(error)
            return None

        return refuse


def read_sampling(values: Mapping[str, str]) -> tuple[int, SamplingOptions]:
    """The number of tokens and how they are drawn; raises InputError naming the invalid value."""
    from seqtui.engine.generation import SamplingOptions

    tokens = _whole(values, "tokens")
    if not 1 <= tokens <= LONGEST:
        raise InputError(
            "tokens {tokens}: choose 1 to {most}",
            option="tokens",
            tokens=tokens,
            most=f"{LONGEST:,}",
        )
    return tokens, SamplingOptions(
        temperature=_real(values, "temperature"),
        top_k=_whole(values, "top_k"),
        top_p=_real(values, "top_p"),
        seed=_whole(values, "seed"),
    )


def _whole(values: Mapping[str, str], name: str) -> int:
    try:
        return int(values[name])
    except ValueError:
        raise InputError(
            "{setting} {value}: must be a whole number",
            option=name,
            setting=_label(name),
            value=values[name],
        ) from None


def _real(values: Mapping[str, str], name: str) -> float:
    try:
        return float(values[name])
    except ValueError:
        raise InputError(
            "{setting} {value}: must be a number",
            option=name,
            setting=_label(name),
            value=values[name],
        ) from None


def _label(name: str) -> str:
    return name.replace("_", "-")
