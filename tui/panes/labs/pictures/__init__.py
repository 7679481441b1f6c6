"""What each laboratory's figures look like, in a module of the laboratory's name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from seqtui.engine.labs.lab import Figures, Lab
    from seqtui.tui.panes.labs.picture import Picture


def picture_of(lab: Lab, figures: Figures) -> Picture:
    """The picture of a laboratory's figures, in the user's language."""
    module = import_module(f"{__name__}.{lab.module}")
    return cast("Picture", module.picture(figures))
