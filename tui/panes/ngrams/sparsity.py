"""|V|^N beside what is ever seen of it: all orders as one table, filled as they are counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from seqtui.corpora.errors import Cancelled
from seqtui.tui.numbers import DASH, count, share, tiny_share
from seqtui.tui.panes.ngrams.words import counted_text, right_aligned
from seqtui.tui.translation import _
from seqtui.tui.widgets.frame import Line

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.ngrams.sparsity import Sparsity
    from seqtui.tui.session import Session
    from seqtui.tui.tasks import Task

_ORDERS = 10
_LEAST_CELLS = (4, 12, 14, 10, 16, 16)


class SparsityBoard(Vertical, can_focus=True):
    """A row for each order from 1 to 10, and the number of all texts of a hundred tokens."""

    DEFAULT_CSS = """
    SparsityBoard { height: 1fr; padding: 0 1; }
    SparsityBoard #sparsity-title { text-style: bold; }
    SparsityBoard #sparsity-rows { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    SparsityBoard #sparsity-texts { height: auto; margin-top: 1; }
    SparsityBoard #sparsity-keys { color: $text-muted; }
    """

    def __init__(self, session: Session, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._session = session
        self._corpus: Corpus | None = None
        self._found: list[Sparsity] = []
        self._counting: Iterator[Sparsity] = iter(())
        self._work: Task[None] | None = None
        self._stopped = False

    def compose(self) -> ComposeResult:
        """Title, rows, the texts of a hundred tokens, keys."""
        yield Line(id="sparsity-title")
        yield Static("", id="sparsity-rows")
        yield Static("", id="sparsity-texts")
        yield Line(id="sparsity-keys")

    @property
    def filling(self) -> bool:
        """Whether orders are being counted."""
        return self._work is not None and self._work.under_way

    @property
    def stopped(self) -> bool:
        """Whether counting was cancelled before the last order."""
        return self._stopped

    def focus_first(self) -> None:
        """Give the focus to the board."""
        self.screen.set_focus(self)

    def deepen(self, by: int) -> None:
        """All orders are shown."""

    def change_estimator(self, name: str) -> None:
        """Nothing here is estimated."""

    def repaint(self) -> None:
        """Paint every word again."""
        self._paint()

    def open(self, corpus: Corpus, estimator: str) -> None:
        """Show a corpus; what was counted of it before stays, what is missing is counted."""
        if self._corpus is None or self._corpus.fingerprint != corpus.fingerprint:
            self.stop()
            self._corpus, self._found = corpus, []
            self._counting = _by_order(corpus)
        self._stopped = False
        self._count()

    def stop(self) -> None:
        """Count no more; opening it again resumes."""
        if self.filling and self._work is not None:
            self._work.cancel()
            self._stopped = True
        self._paint()

    def _count(self) -> None:
        """Count one order more."""
        corpus, counting, found = self._corpus, self._counting, self._found
        if corpus is None:
            return

        def count_one(keep_going: OnProgress) -> None:
            if not keep_going(len(found), _ORDERS):
                raise Cancelled
            # Kept here, also when it is no longer waited for.
            found.extend(islice(counting, 1))

        def take(done: None) -> None:
            if found is self._found:
                self._count()

        missing = len(found) < min(_ORDERS, len(corpus.arranged_ids))
        if missing and not self.stopped and not self.filling:
            label = _("counting for |V|^N")
            self._work = self._session.tasks.start(label, count_one, then=take)
        self._paint()

    def _paint(self) -> None:
        corpus = self._corpus
        if corpus is None:
            return
        from seqtui.engine.ngrams.sparsity import EXAMPLE_VOCABULARY, SENTENCE, written_power

        size = len(corpus.vocabulary)
        title = _("Possible and seen n-grams · |V| = {size}").format(size=count(size))
        title += counted_text(corpus)
        self.query_one("#sparsity-title", Line).show(Content(title))
        heads = ("N", "|V|^N", _("distinct"), _("of |V|^N"), _("seen once"))
        rows: list[Sequence[str]] = [(*heads, _("held-out unseen"))]
        for n in range(1, _ORDERS + 1):
            cells = [str(n), written_power(size, n), *[DASH] * 4]
            if n <= len(self._found):
                cells[2:] = _figures(self._found[n - 1])
            elif n == len(self._found) + 1 and self.filling:
                cells[2] = _("counting …")
            rows.append(cells)
        self.query_one("#sparsity-rows", Static).update(
            Content("\n".join(right_aligned(rows, _LEAST_CELLS)))
        )
        texts = _(
            "Texts of {length} tokens: |V|^{length} = {number}; "
            "over {words} words {words}^{length} = {texts}."
        ).format(
            length=SENTENCE,
            number=written_power(size, SENTENCE),
            words=count(EXAMPLE_VOCABULARY),
            texts=written_power(EXAMPLE_VOCABULARY, SENTENCE),
        )
        self.query_one("#sparsity-texts", Static).update(Content(texts))
        keys = _("stopped; b resumes   esc back") if self.stopped else _("b or esc back")
        self.query_one("#sparsity-keys", Line).show(Content(keys))


def _figures(row: Sparsity) -> list[str]:
    unseen = share(row.unseen) if row.unseen == row.unseen else DASH
    once = share(row.once) if row.distinct else DASH
    seen = f"{count(row.singletons)} {once:>5}"
    return [count(row.distinct), tiny_share(row.seen), seen, unseen]


def _by_order(corpus: Corpus) -> Iterator[Sparsity]:
    """Counted when they are asked for, on the thread that asks."""
    from seqtui.engine.ngrams.backoff import line_boundaries
    from seqtui.engine.ngrams.counts import HIGHEST_ORDER
    from seqtui.engine.ngrams.sparsity import corpus_sparsity

    boundaries = line_boundaries(corpus.training_vocabulary, corpus.options)
    end = None if boundaries is None else boundaries.end
    yield from corpus_sparsity(corpus, HIGHEST_ORDER, end)
