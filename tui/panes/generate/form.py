"""The settings of the Generate pane: how the next tokens are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqtui.corpora.errors import InputError
from seqtui.tui.translation import _
from seqtui.tui.widgets.form import Field, Form
from seqtui.tui.widgets.prompt import Validate

if TYPE_CHECKING:
    from seqtui.engine.generation import SamplingOptions

LONGEST = 5_000
"""Tokens written at a time; more belongs on the command line."""
FIELDS = (
    Field("prefix", _("prefix"), _("the model is warmed up with this text")),
    Field("tokens", _("tokens"), _("how many to write, 1 to 5,000")),
    Field("temperature", _("temperature"), _("divides the log probabilities; 0 the likeliest")),
    Field("top_k", "top-k", _("draw among so many of the likeliest; 0 among all")),
    Field("top_p", "top-p", _("draw among the fewest that hold this probability")),
    Field("seed", _("seed"), _("equal seeds write equal texts")),
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
    """Prefix, length and sampling; a value that will not do is refused as it is typed."""

    def __init__(self, *, id: str | None = None) -> None:
        names = [field.name for field in FIELDS if field.name != "prefix"]
        super().__init__(FIELDS, DEFAULTS, {name: self._validator(name) for name in names}, id=id)

    def _validator(self, name: str) -> Validate:
        def refuse(value: str) -> str | None:
            try:
                read_sampling({**self.values, name: value})
            except InputError as error:
                return str(error)
            return None

        return refuse


def read_sampling(values: Mapping[str, str]) -> tuple[int, SamplingOptions]:
    """The number of tokens and how they are drawn; raises InputError naming what will not do."""
    from seqtui.engine.generation import SamplingOptions

    tokens = _whole(values, "tokens")
    if not 1 <= tokens <= LONGEST:
        raise InputError(f"tokens {values['tokens']}: choose 1 to {LONGEST:,}")
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
        raise InputError(f"{_label(name)} {values[name]}: must be a whole number") from None


def _real(values: Mapping[str, str], name: str) -> float:
    try:
        return float(values[name])
    except ValueError:
        raise InputError(f"{_label(name)} {values[name]}: must be a number") from None


def _label(name: str) -> str:
    return name.replace("_", "-")
