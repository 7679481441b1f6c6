"""The panes, each imported when it is first shown."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from seqtui.tui.panes.pane import Pane

_CLASSES = {
    "corpus": "CorpusPane",
    "ngrams": "NgramsPane",
    "train": "TrainPane",
    "generate": "GeneratePane",
}


def make_pane(name: str) -> Pane:
    """A new pane by its name in the table of panes."""
    module = import_module(f"seqtui.tui.panes.{name}.pane")
    return cast("Pane", getattr(module, _CLASSES[name])(id=name))
