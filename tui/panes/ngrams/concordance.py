"""Where an n-gram occurs: keyword in context, one occurrence to a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from seqtui.corpora.errors import Cancelled, UserMessage
from seqtui.tui.cells import fit, widest
from seqtui.tui.foreign import visible
from seqtui.tui.numbers import count
from seqtui.tui.panes.ngrams.words import gram_text
from seqtui.tui.translation import _, localized, ngettext
from seqtui.tui.widgets.table import Column, Row

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.ngrams.suffixes import SuffixArray

_WIDEST_KEYWORD = 40
"""Cells of the n-gram itself; a longer one is cut."""


def find_occurrences(
    ids: NDArray[np.int32],
    gram: Sequence[int],
    array: SuffixArray | None,
    keep_going: OnProgress,
) -> NDArray[np.int64]:
    """Positions at which an n-gram begins, rising: from the suffix array, else by a scan."""
    if not keep_going(0, 1):
        raise Cancelled
    if array is not None:
        return array.occurrences(gram).astype(np.int64)
    found = np.flatnonzero(ids[: len(ids) - len(gram) + 1] == gram[0])
    for offset, token in enumerate(gram[1:], 1):
        found = found[ids[found + offset] == token]
    return found


@dataclass(frozen=True, eq=False)
class Concordance:
    """The occurrences of an n-gram in the order of the text."""

    corpus: Corpus
    ngram: list[int]
    positions: NDArray[np.int64]
    shown: tuple[int, int]
    """c(h w) and c(h ·) of the n-gram."""
    room: Callable[[], int]
    """Cells of the table."""
    scanned: UserMessage | None = None
    """Why the text was scanned for it, where no suffix array was there."""

    @property
    def title(self) -> str:
        """`esc ← of the: 309 occurrences`."""
        found = ngettext(
            "esc ← {gram}: {times} occurrence", "esc ← {gram}: {times} occurrences", len(self)
        ).format(gram=gram_text(self.corpus, self.ngram), times=count(len(self)))
        if self.scanned is None:
            return found
        return f"{found} · " + _("text scanned, {reason}").format(reason=localized(self.scanned))

    @property
    def columns(self) -> tuple[Column, ...]:
        """Position, and the context around the n-gram."""
        width = widest(count(self.corpus.tokens), _("token"))
        context = _("in context (enter: its place in the corpus)")
        return Column(_("token"), width), Column(context, 0, "left", stretch=True)

    @property
    def empty(self) -> str:
        """An n-gram of the table occurs somewhere."""
        return _("It does not occur; esc goes back.")

    def __len__(self) -> int:
        return len(self.positions)

    def row(self, index: int) -> Row:
        """Its position and its context, the n-gram in one column."""
        start = int(self.positions[index])
        stop = start + len(self.ngram)
        keyword = gram_text(self.corpus, self.ngram)
        keyword = fit(keyword, min(cell_len(keyword), _WIDEST_KEYWORD), "left")
        room = max(self.room() - self.columns[0].width - 3 - cell_len(keyword) - 4, 2)
        side = room // 2
        # A token is a cell at least, but for such as are drawn by none.
        before = visible(self.corpus.text_of(max(start - side, 0), start))
        after = visible(self.corpus.text_of(stop, min(stop + side, self.corpus.tokens)))
        line = f"{_end_of(before, side)} │{keyword}│ {fit(after, side, 'left')}"
        return count(start), line

    def gram(self, index: int) -> list[int]:
        """The n-gram."""
        return self.ngram

    def figures(self, index: int) -> tuple[int, int]:
        """c(h w) and c(h ·)."""
        return self.shown


def _end_of(text: str, width: int) -> str:
    """The end of a text in exactly `width` cells."""
    if cell_len(text) <= width:
        return fit(text, width, "right")
    start = max(len(text) - width, 0)
    while cell_len(text[start:]) > width - 1:
        start += 1
    return fit("…" + text[start:], width, "right")
