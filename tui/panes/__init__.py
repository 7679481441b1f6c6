"""The panes, each imported when it is first shown."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from seqtui.tui.panes.pane import Host, Pane
    from seqtui.tui.session import Session

_CLASSES = {
    "corpus": "CorpusPane",
    "ngrams": "NgramsPane",
    "train": "TrainPane",
    "generate": "GeneratePane",
    "labs": "LabsPane",
}


def make_pane(name: str, host: Host, session: Session) -> Pane:
    """A new pane by its name in the table of panes, in an app and on its session."""
    module = import_module(f"seqtui.tui.panes.{name}.pane")
    return cast("Pane", getattr(module, _CLASSES[name])(host, session, id=name))
