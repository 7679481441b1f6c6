"""What a laboratory shows: a plot, a table of numbers, a formula with its number, a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.content import Content

from seqtui.tui.cells import pad, widest


@dataclass(frozen=True, slots=True)
class Picture:
    """One view of a laboratory's figures, in the user's language."""

    formula: str
    """As the course writes it; not translated."""
    value: str = ""
    """What the formula gives here."""
    words: str = ""
    """What the picture shows, in a sentence."""
    plot: Callable[[int, int], str] | None = None
    """Lines with ANSI colours for so many columns and rows; None where there is nothing to plot."""
    legend: Content | None = None
    """The marks of the plot's curves."""
    rows: Sequence[Sequence[str]] = ()
    """A table, its first row the headings and its first column the names; `visible` texts."""
    left: tuple[int, ...] = (0,)
    """Columns of texts, which stand to the left."""


def table_lines(rows: Sequence[Sequence[str]], left: tuple[int, ...] = (0,)) -> list[str]:
    """Rows as lines with aligned columns."""
    if not rows:
        return []
    columns = max(map(len, rows))
    widths = [widest(*(row[i] for row in rows if i < len(row))) for i in range(columns)]
    return [
        "  ".join(
            pad(cell, widths[i], "left" if i in left else "right") for i, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]


def plain_lines(picture: Picture, width: int, height: int) -> list[str]:
    """A picture without colours, its plot of so many columns and rows, to be printed."""
    lines = [] if picture.legend is None else [picture.legend.plain]
    if picture.plot is not None:
        plot = Text.from_ansi(picture.plot(width, height)).plain
        lines += [line.rstrip() for line in plot.splitlines()]
    lines += table_lines(picture.rows, picture.left)
    return [*lines, "", f"{picture.formula}  {picture.value}".rstrip(), picture.words]
