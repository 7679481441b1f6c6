"""Which way a run goes, in words."""

from __future__ import annotations

from typing import Literal

from seqtui.tui.numbers import count
from seqtui.tui.translation import N_, _

Kind = Literal["improving", "flat", "overfitting", "diverging"]

_SHORT: dict[Kind, str] = {
    "overfitting": N_("overfitting since step {step}"),
    "diverging": N_("diverging since step {step}"),
    "flat": N_("flat since step {step}"),
    "improving": N_("still improving"),
}
_LONG: dict[Kind, str] = {
    "overfitting": N_(
        "overfitting since step {step}: the training loss falls, the held-out loss rises"
    ),
    "diverging": N_(
        "diverging since step {step}: the training loss rises too; lower the learning rate"
    ),
    "flat": N_("flat since step {step}: more steps hardly lower it"),
    "improving": N_("still improving: more steps may lower it further"),
}


def trend_words(kind: Kind, since: int, *, short: bool = False) -> str:
    """A trend, with its reason unless it shall be short."""
    return _((_SHORT if short else _LONG)[kind]).format(step=count(since))


def documented_trend(document: object) -> tuple[Kind, int] | None:
    """The trend in a result, which may be another program's; None where it has none."""
    if not isinstance(document, dict):
        return None
    kind, since = document.get("kind"), document.get("since")
    if kind not in _LONG or not isinstance(since, int):
        return None
    return kind, since
