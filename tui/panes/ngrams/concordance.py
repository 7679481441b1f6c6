"""Where an n-gram occurs: keyword in context, one occurrence to a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from seqtui.corpora.errors import Cancelled, UserMessage
from seqtui.corpora.vocabulary import BEGIN, END
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
    corpus: Corpus,
    gram: Sequence[int],
    array: SuffixArray | None,
    keep_going: OnProgress,
) -> NDArray[np.int64]:
    """Where an n-gram occurs, `[occurrences, 2]`: its first token in the corpus, and the end.

    From the suffix array of the text as it is written, else by a scan. `<s>` and `</s>` are no
    tokens of the corpus: alone they are the empty span where a line begins or ends.
    """
    if not keep_going(0, 1):
        raise Cancelled
    ids, marks = corpus.written_ids, _marks(corpus)
    gram = as_written(corpus, gram)
    if array is not None:
        found = array.occurrences(gram).astype(np.int64)
    else:
        found = np.flatnonzero(ids[: len(ids) - len(gram) + 1] == gram[0])
        for offset, token in enumerate(gram[1:], 1):
            found = found[ids[found + offset] == token]
    if not marks:
        return np.column_stack((found, found + len(gram)))
    # The tokens that are not marks, in the arranged text and in the corpus, are the same ones.
    before = np.concatenate(([0], np.cumsum(~np.isin(ids, list(marks)))))
    newline = corpus.vocabulary.id_of("\n")
    left_out = [*marks, *([] if newline is None else [newline])]
    places = np.append(np.flatnonzero(~np.isin(corpus.ids, left_out)), corpus.tokens)
    first, after = before[found], before[found + len(gram)]
    stops = np.where(after > 0, places[after - 1] + 1, 0)
    begins = corpus.vocabulary.id_of(BEGIN) == gram[0]
    starts = places[first] if begins or (after > first).any() else stops
    return np.column_stack((starts, np.where(after > first, stops, starts)))


def as_written(corpus: Corpus, gram: Sequence[int]) -> list[int]:
    """An n-gram of the text as it is counted, in the order of the text."""
    if corpus.options.text_order != "reversed":
        return list(gram)
    marks = _marks(corpus)
    return [marks.get(each, each) for each in reversed(gram)]


def _marks(corpus: Corpus) -> dict[int, int]:
    """`<s>` and `</s>`, each with the other, which it is when a line is read backwards."""
    begin, end = corpus.vocabulary.id_of(BEGIN), corpus.vocabulary.id_of(END)
    if corpus.options.boundaries != "line" or begin is None or end is None:
        return {}
    return {begin: end, end: begin}


@dataclass(frozen=True, eq=False)
class Concordance:
    """The occurrences of an n-gram in the order of the text."""

    corpus: Corpus
    ngram: list[int]
    spans: NDArray[np.int64]
    """First token and end of each occurrence, `[occurrences, 2]`."""
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
        return len(self.spans)

    def span(self, index: int) -> tuple[int, int]:
        """First token and end of an occurrence in the corpus."""
        start, stop = self.spans[index].tolist()
        return start, stop

    def row(self, index: int) -> Row:
        """Its position and its context, the n-gram in one column."""
        start, stop = self.span(index)
        keyword = gram_text(self.corpus, as_written(self.corpus, self.ngram))
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
