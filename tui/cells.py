"""Texts in terminal cells: a Chinese character takes two, a combining mark none."""

from __future__ import annotations

from typing import Literal

from rich.cells import cell_len, set_cell_size

Align = Literal["left", "right"]


def fit(text: str, width: int, align: Align = "left") -> str:
    """Text cut or padded to exactly `width` terminal cells; a cut ends in `…`."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, max(width - 1, 0)) + "…" if width > 0 else ""
    return pad(text, width, align)


def pad(text: str, width: int, align: Align = "left") -> str:
    """Text padded to at least `width` terminal cells; a longer one is left whole."""
    spaces = " " * max(width - cell_len(text), 0)
    return spaces + text if align == "right" else text + spaces


def widest(*texts: str) -> int:
    """Cells of the widest of some texts; 0 without any."""
    return max(map(cell_len, texts), default=0)
