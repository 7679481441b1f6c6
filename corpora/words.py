"""Words of a line: between spaces, and within a run of Han, which has none."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import cache

_HAN = "々〇㐀-䶿一-鿿豈-﫿\U00020000-\U000323af"
_HAS_HAN = re.compile(f"[{_HAN}]")
_RUNS = re.compile(rf"[{_HAN}]+|[^\s{_HAN}]+")

_WIDE = re.compile(f"[{_HAN}\u3000-\u303f\uff00-\uffef]")
"""Han and the punctuation that is only used with it: no space on either side."""
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


def split_words(line: str) -> list[str]:
    """`str.split()`, and each run of Han cut by the segmenter, or else into its characters."""
    if line.isascii() or not has_han(line):
        return line.split()
    cut = segmenter() or list
    words: list[str] = []
    for run in _RUNS.findall(line):
        words += cut(run) if _HAS_HAN.match(run) else (run,)
    return words


def joins_without_space(left: str, right: str) -> bool:
    """Whether two neighbouring words are written without a space between them."""
    one, other = left[-1:], right[:1]
    wide, other_wide = _WIDE.match(one) is not None, _WIDE.match(other) is not None
    return (wide and (other_wide or other in _SHARED)) or (other_wide and one in _SHARED)
