"""The header and the licence that frame a text of Project Gutenberg, and the text between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

_FILE = r"(?:(?:THE|THIS) )?(?:COPYRIGHTED )?PROJECT GUTENBERG(?:'S|’S)?(?: E-?(?:BOOK|TEXT)S?)?\b"
_FLAGS = re.MULTILINE | re.IGNORECASE
_START = re.compile(
    rf"^[ \t]*\*{{2,3}} ?START OF {_FILE}(?:[^*\n]*(?:\n[^*\n]+){{0,3}}\*\*\*)?[^\n]*(?:\n|\Z)",
    _FLAGS,
)
_END = re.compile(rf"^[ \t]*\*{{2,3}} ?END OF {_FILE}", _FLAGS)
_CLOSING = re.compile(
    r"^[ \t]*End of (?:the |this )?Project Gutenberg(?:'s|’s| E-?text| E-?Book)", _FLAGS
)
"""What stands before the end mark, and was the only one in files of before about 2000."""
_SMALL_PRINT_START = re.compile(r"^[ \t]*\*+ ?START ?\*+ ?THE SMALL PRINT!", _FLAGS)
_SMALL_PRINT_END = re.compile(r"^[ \t]*\*END[ *]*THE SMALL PRINT![^\n]*(?:\n|\Z)", _FLAGS)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Unframed:
    """A text without its frame, and what was cut."""

    text: str
    has_start: bool
    """Whether a mark of the start was found."""
    has_end: bool
    before: int
    """Lines cut before the text, the mark's own included."""
    after: int
    """Lines cut after it."""
    between: int
    """Lines cut between texts, where several files of Project Gutenberg were put into one."""


def strip_gutenberg(text: str) -> Unframed:
    """The text between the marks of a Project Gutenberg file, itself where there are none.

    The end is the line `*** END OF THE PROJECT GUTENBERG EBOOK`; in files without one, the last
    line `End of Project Gutenberg's …`, since collected volumes have such lines inside. The small
    print of old files stands before the text or after it. Of several files in one, every text is
    kept.
    """
    starts = [match.span() for match in _START.finditer(text)]
    ends = [match.start() for match in _END.finditer(text)]
    if not starts and (small_print := _small_print(text)) is not None:
        span, comes_first = small_print
        if comes_first:
            starts = [span]
        elif not ends:
            ends = [span[0]]
    first = starts[0][1] if starts else 0
    if not any(end >= first for end in ends):
        ends = [match.start() for match in _CLOSING.finditer(text, first)][-1:]
    if not starts and not ends:
        return Unframed(text, False, False, 0, 0, 0)
    spans = _spans(text, starts, ends)
    spans = [(begin, _without_closing(text, begin, end)) for begin, end in spans]
    bodies = [text[begin:end].strip("\n") for begin, end in spans]
    return Unframed(
        text="".join(f"{body}\n" for body in bodies if body),
        has_start=bool(starts),
        has_end=bool(ends),
        before=_lines(text[: spans[0][0]]),
        after=_lines(text[spans[-1][1] :]) if ends else 0,
        between=sum(_lines(text[one[1] : other[0]]) for one, other in pairwise(spans)),
    )


def _spans(text: str, starts: list[Span], ends: list[int]) -> list[Span]:
    """From each start mark, or the text's start, to the end mark before the next one."""
    spans = []
    at = starts[0][1] if starts else 0
    while True:
        end = next((end for end in ends if end >= at), len(text))
        following = next((after for before, after in starts if before > end), None)
        if following is None:
            # The file's own end is the last, where a text inside it has one too.
            spans.append((at, max([end for end in ends if end >= at], default=len(text))))
            return spans
        spans.append((at, end))
        at = following


def _small_print(text: str) -> tuple[Span, bool] | None:
    """The small print of an old file, and whether the text comes after it."""
    end = _SMALL_PRINT_END.search(text)
    if end is None:
        return None
    starts = [match.start() for match in _SMALL_PRINT_START.finditer(text, 0, end.start())]
    span = (starts[-1] if starts else end.start(), end.end())
    before, after = text[: span[0]], text[span[1] :]
    if _CLOSING.search(after):
        return span, True
    return span, _CLOSING.search(before) is None and len(after.strip()) > len(before.strip())


def _without_closing(text: str, begin: int, end: int) -> int:
    """The end of a text before the line `End of Project Gutenberg's …`, if nothing but blank lines
    stands between it and the mark; a title that goes on in the next line could be text."""
    closing = [match.start() for match in _CLOSING.finditer(text, begin, end)]
    if closing:
        _title, _end, rest = text[closing[-1] : end].partition("\n")
        return end if rest.strip() else closing[-1]
    return end


def _lines(text: str) -> int:
    return text.count("\n") + bool(text and not text.endswith("\n"))
