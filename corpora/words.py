"""Words of a line: between spaces, and within a run of Han, which has none."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

_HAN = "\u3005\u3007\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
"""Of a character class: Han, its iteration marks and zero. In escapes, since normalising a text,
this one too, replaces U+F900 to U+FAFF by other characters."""
_VARIANTS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Selectors of the form of the Han character before them."""

_HAS_HAN = re.compile(f"[{_HAN}]")
_RUNS = re.compile(rf"(?:[{_HAN}][{_VARIANTS}]*)+|[^\s{_HAN}]+")
_CHARACTERS = re.compile(rf"[{_HAN}][{_VARIANTS}]*|[^\s{_HAN}]+")

LONGEST_BY_HAND = 4
"""Han characters of a word in a line that is segmented by hand; verses and clauses are longer."""
_SPACED_HAN = re.compile(rf"[{_HAN}][{_VARIANTS}]*[^\S\n]+[{_HAN}]")
_LONG_HAN = re.compile(rf"(?:[{_HAN}][{_VARIANTS}]*){{{LONGEST_BY_HAND + 1}}}")

_WIDE = re.compile(f"[{_HAN}\u3000-\u303f\uff00-\uffef]")
"""Han and the punctuation that is only used with it: no space on either side."""

_SPACES = np.array([chr(code).isspace() for code in range(0x3002)])
"""Whether `str.split()` splits at a code point; the last is that of all beyond U+3000."""

_ASCII_SPACES = np.array([bytes([code]).isspace() for code in range(256)])
"""Whether `bytes.split()` splits at a byte."""

_SHARED = frozenset("‘’“”…—·")
"""Punctuation of both worlds: it takes no space beside `_WIDE`."""


@cache
def segmenter() -> Callable[[str], list[str]] | None:
    """What cuts a run of Han into words: rjieba (the extra `zh`), None where it is missing."""
    try:
        module = importlib.import_module("rjieba")
    except ImportError:
        return None
    cut: Callable[[str], list[str]] = module.cut
    return cut


def has_han(text: str) -> bool:
    """Whether a Han character occurs."""
    return _HAS_HAN.search(text) is not None


def needs_segmenter(text: str) -> bool:
    """Whether a line has Han characters and is not segmented by hand."""
    return any(has_han(line) and not is_segmented(line) for line in text.splitlines())


def is_segmented(line: str) -> bool:
    """Whether the words of a line of Han stand between spaces already.

    There is a space between two Han characters, and no more than four stand together: a line of
    verses or clauses with spaces between them is not segmented.
    """
    return _SPACED_HAN.search(line) is not None and _LONG_HAN.search(line) is None


def split_words(line: str) -> list[str]:
    """`str.split()`, and each run of Han cut by the segmenter, or else into its characters.

    A line that `is_segmented` by hand keeps its spaces as they are.
    """
    if line.isascii() or not has_han(line) or is_segmented(line):
        return line.split()
    cut = segmenter()
    if cut is None:
        return _CHARACTERS.findall(line)
    words: list[str] = []
    for run in _RUNS.findall(line):
        words += cut(run) if _HAS_HAN.match(run) else (run,)
    return words


def split_lines(lines: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """The words of all lines, and how many of them each line has, shape `[lines]`."""
    text = "\n".join(lines)
    if has_han(text):
        split = list(map(split_words, lines))
        return list(chain.from_iterable(split)), np.fromiter(map(len, split), np.int64, len(split))
    # A list for each of millions of lines keeps the garbage collector busy: half of the time.
    words = text.split()
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    ends = np.append(np.flatnonzero(codes == ord("\n")), len(codes))
    return words, _words_before(_SPACES[np.minimum(codes, len(_SPACES) - 1)], ends)


def split_at_spaces(line: str) -> list[str]:
    """What stands between spaces, tabs and the other white space of ASCII, and nothing else."""
    return _decoded(line.encode("utf-8", "surrogatepass"))


def split_lines_at_spaces(lines: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """The same for all lines, and how many words each line has, shape `[lines]`."""
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    codes = np.frombuffer(data, dtype=np.uint8)
    ends = np.append(np.flatnonzero(codes == ord("\n")), len(codes))
    return _decoded(data), _words_before(_ASCII_SPACES[codes], ends)


def _decoded(data: bytes) -> list[str]:
    return [word.decode("utf-8", "surrogatepass") for word in data.split()]


def _words_before(is_space: NDArray[np.bool_], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many words begin between one end of a line and the next."""
    is_start = ~is_space
    is_start[1:] &= is_space[:-1]
    before = np.searchsorted(np.flatnonzero(is_start), ends)
    return np.diff(before, prepend=0).astype(np.int64)


def joins_without_space(left: str, right: str) -> bool:
    """Whether two neighbouring words are written without a space between them."""
    one, other = left[-1:], right[:1]
    wide, other_wide = _WIDE.match(one) is not None, _WIDE.match(other) is not None
    return (wide and (other_wide or other in _SHARED)) or (other_wide and one in _SHARED)
