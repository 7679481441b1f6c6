"""Tokens shaded by their bits: marks of rising darkness, which need no colour."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

from rich.cells import cell_len

from seqtui.tui.translation import _

BORDERS = (0.5, 1.0, 2.0, 4.0)
"""Bits between two shades."""
SHADES = "·░▒▓█"
UNKNOWN = "?"
"""For what is no number."""


def shade(bits: float) -> str:
    """The mark for so many bits, of one cell."""
    return UNKNOWN if math.isnan(bits) else SHADES[bisect_right(BORDERS, bits)]


def shaded(symbols: Sequence[str], bits: Sequence[float]) -> str:
    """A row of marks, each as wide as its token is drawn."""
    return "".join(shade(b) * cell_len(s) for s, b in zip(symbols, bits, strict=True))


def key_of_shades() -> str:
    """What the marks mean."""
    last = len(BORDERS) - 1
    names = [f"{SHADES[0]} <{BORDERS[0]:g}"]
    names += [
        f"{SHADES[i + 1]} {border:g}–{BORDERS[i + 1]:g}" for i, border in enumerate(BORDERS[:last])
    ]
    names.append(f"{SHADES[-1]} ≥{BORDERS[-1]:g}")
    return _("bits: {shades}").format(shades="  ".join(names))


def fitting(symbols: Sequence[str], start: int, cells: int) -> int:
    """The place after the last token of those from `start` that fit into so many cells."""
    used, end = 0, start
    while end < len(symbols) and used + cell_len(symbols[end]) <= cells:
        used += cell_len(symbols[end])
        end += 1
    return max(end, min(start + 1, len(symbols)))
