"""How a help text is laid out: by terminal cells, and broken between wide characters.

click counts code points and breaks at spaces only, of which Chinese text has none.
"""

from __future__ import annotations

from collections.abc import Iterable

import click

from seqtui.tui.cli.console import cell_width

CLOSING = frozenset("，。；：！？、）」』》”’),.;:!?")
"""What begins no line."""


class HelpFormatter(click.HelpFormatter):
    """click's own, for texts of any width."""

    def write_text(self, text: str) -> None:
        """Paragraphs, indented."""
        indent = " " * self.current_indent
        width = max(self.width - self.current_indent, 10)
        paragraphs = [
            "\n".join(indent + line for line in wrapped(paragraph, width))
            for paragraph in text.split("\n\n")
        ]
        self.write("\n\n".join(paragraphs) + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Terms, and what they mean beside them; below a term that is wider than `col_max`."""
        listed = list(rows)
        column = min(max((cell_width(term) for term, _text in listed), default=0), col_max)
        indent = " " * self.current_indent
        margin = " " * (self.current_indent + column + col_spacing)
        width = max(self.width - len(margin), 10)
        for term, text in listed:
            lines = wrapped(text, width)
            if lines and cell_width(term) <= column:
                gap = " " * (column + col_spacing - cell_width(term))
                self.write(f"{indent}{term}{gap}{lines.pop(0)}\n")
            else:
                self.write(f"{indent}{term}\n")
            for line in lines:
                self.write(f"{margin}{line}\n")


class Context(click.Context):
    """A context whose help is laid out so."""

    formatter_class = HelpFormatter


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells, but for a word that is wider; white space becomes one."""
    lines: list[str] = []
    line, used = "", 0
    for piece in _pieces(text):
        cells = cell_width(piece)
        if line and used + cells > width:
            lines.append(line.rstrip())
            line, used = "", 0
        if line or piece != " ":
            line, used = line + piece, used + cells
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    """Words, wide characters and the spaces between: a line may end after each."""
    pieces: list[str] = []
    for word in text.split():
        if pieces:
            pieces.append(" ")
        inside = False  # a narrow word
        for char in word:
            wide = cell_width(char) == 2
            new = not pieces or pieces[-1] == " " or wide or not inside
            if new and not (char in CLOSING and pieces and pieces[-1] != " "):
                pieces.append(char)
            else:
                pieces[-1] += char
            inside = not wide
    return pieces
