"""Text to cleaned text: which characters stay, and how lines are joined.

The definitions are those of Dive into Deep Learning (ch. 8.2, text preprocessing), by name, and
one for every script. All of it is vectorised: each character becomes a letter, a space or a line
end, and which spaces and line ends stay is decided from their neighbours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.options import ALIASES, CLEANINGS, canonical_cleaning
from seqtui.corpora.progress import OnProgress, report

__all__ = ["ALIASES", "CLEANINGS", "Cleaned", "canonical_cleaning", "clean"]

Code = TypeVar("Code", np.uint8, np.uint32)
"""A character: ASCII in a byte, or a code point."""

_SPACE = 0x20
_NEWLINE = 0x0A
_PIECE = 1 << 22


@dataclass(frozen=True, eq=False)
class Cleaned:
    """A text after cleaning, which still knows its lines where they are joined with nothing."""

    text: str
    line_starts: NDArray[np.int64]
    """Where each line starts, in characters of `text`; empty lines included. Shape `[lines]`."""
    joiner: str
    """The separator of two lines in `text`: a line end, or nothing."""
    removed: float
    """Share of the original text's characters that the cleaning removed."""

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without what joins them."""
        return tuple(self.iterate_lines())

    @property
    def line_ends(self) -> NDArray[np.int64]:
        """Where each line ends, the joiner excluded. Shape `[lines]`."""
        ends = np.append(self.line_starts[1:] - len(self.joiner), len(self.text))
        return ends.astype(np.int64)

    def joined(self) -> Cleaned:
        """The same lines with nothing between them."""
        starts = self.line_starts - len(self.joiner) * np.arange(len(self.line_starts))
        return Cleaned("".join(self.iterate_lines()), starts, "", self.removed)

    def iterate_lines(self) -> Iterator[str]:
        """The lines one by one, for texts whose lines would fill the memory."""
        text = self.text
        for start in range(0, len(self.line_starts), _PIECE):
            stop = start + _PIECE
            starts = self.line_starts[start:stop].tolist()
            ends = self.line_ends[start:stop].tolist()
            for first, last in zip(starts, ends, strict=True):
                yield text[first:last]


def clean(text: str, cleaning: str, on_progress: OnProgress | None = None) -> Cleaned:
    """The text after a cleaning.

    `none` keeps every character. `letters-joined`: in each line every run of other than A-Z a-z
    becomes one space, spaces at its ends go, lines are joined with nothing. `letters`: the same
    substitution over the whole text, line ends included. `unicode-letters`: in each line every
    run of other than letters and marks of any script becomes one space, spaces at its ends go,
    lines stay lines. All but `none` are lower-cased. `on_progress` counts characters. Raises
    InputError for an unknown cleaning.
    """
    cleaning = canonical_cleaning(cleaning)
    report(on_progress, 0, len(text))
    if cleaning == "none":
        return Cleaned(text, _starts_after_newlines(text), "\n", 0.0)
    if cleaning == "letters":
        cleaned = _collapse(_ascii_letters(text, keep_lines=False)).tobytes().decode("ascii")
        starts = np.zeros(1, dtype=np.int64)
        return Cleaned(cleaned, starts, "\n", _removed(text, cleaned))
    if cleaning == "letters-joined":
        symbols = _strip_lines(_ascii_letters(text, keep_lines=True))
        is_end = symbols == _NEWLINE
        ends = np.flatnonzero(is_end)
        starts = np.concatenate(([0], ends - np.arange(len(ends)))).astype(np.int64)
        cleaned = symbols[~is_end].tobytes().decode("ascii")
        return Cleaned(cleaned, starts, "", _removed(text, cleaned))
    pieces = []
    for start, stop in _pieces(text):
        report(on_progress, start, len(text))
        pieces.append(_unicode_letters(text[start:stop]))
    cleaned = "".join(pieces)
    return Cleaned(cleaned, _starts_after_newlines(cleaned), "\n", _removed(text, cleaned))


def _removed(text: str, cleaned: str) -> float:
    # Lower-casing can lengthen a text: "İ" becomes two characters.
    return max(0.0, 1 - len(cleaned) / len(text)) if text else 0.0


def _letters_table(keep_lines: bool) -> bytes:
    table = bytearray([_SPACE]) * 256
    for code in range(ord("a"), ord("z") + 1):
        table[code] = table[code - _SPACE] = code
    if keep_lines:
        table[_NEWLINE] = _NEWLINE
    return bytes(table)


def _ascii_letters(text: str, keep_lines: bool) -> NDArray[np.uint8]:
    """One byte for each character: a lower-case letter, a space, or a line end if kept."""
    data = text.encode("ascii", "replace").translate(_letters_table(keep_lines))
    return np.frombuffer(data, dtype=np.uint8)


def _collapse(symbols: NDArray[Code]) -> NDArray[Code]:
    """Without the spaces that follow a space."""
    is_space: NDArray[np.bool_] = symbols == _SPACE
    is_space[1:] &= symbols[:-1] == _SPACE
    is_space[:1] = False
    return symbols[~is_space]


def _strip_lines(symbols: NDArray[Code]) -> NDArray[Code]:
    """Runs of spaces collapsed, and none at the start or end of a line."""
    symbols = _collapse(symbols)
    is_space: NDArray[np.bool_] = symbols == _SPACE
    outer = np.ones(len(symbols), dtype=np.bool_)
    outer[1:] = symbols[:-1] == _NEWLINE
    outer[:-1] |= symbols[1:] == _NEWLINE
    outer[-1:] = True
    return symbols[~(is_space & outer)]


def _unicode_letters(text: str) -> str:
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").copy()
    stays = np.zeros(int(codes.max(initial=0)) + 1, dtype=np.bool_)
    stays[codes] = True
    for code in np.flatnonzero(stays).tolist():
        stays[code] = code == _NEWLINE or unicodedata.category(chr(code))[0] in "LM"
    codes[~stays[codes]] = _SPACE
    stripped = _strip_lines(codes)
    return stripped.astype("<u4").tobytes().decode("utf-32-le").lower()


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Bounds of pieces of about four million characters, each ending with its line."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _PIECE) + 1 or len(text)
        yield start, end
        start = end


def _starts_after_newlines(text: str) -> NDArray[np.int64]:
    starts = [np.zeros(1, dtype=np.int64)]
    for start in range(0, len(text), _PIECE):
        piece = text[start : start + _PIECE]
        # Every character but the line end may become any other byte.
        data = piece.encode("latin-1", "replace")
        starts.append(np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == _NEWLINE) + start + 1)
    return np.concatenate(starts)
