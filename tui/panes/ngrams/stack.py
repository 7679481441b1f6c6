"""The N-grams pane's tables, each opened from a row of the one before it, and the row in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from seqtui.tui.panes.ngrams.boards import BoardPane
from seqtui.tui.panes.ngrams.model_shelf import ModelShelf
from seqtui.tui.panes.ngrams.tables import FollowTable, GramTable, NgramTable, SmoothedTable
from seqtui.tui.panes.ngrams.words import arithmetic
from seqtui.tui.panes.pane import Host
from seqtui.tui.session import Session
from seqtui.tui.translation import _
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.table import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from seqtui.engine.ngrams.model import NgramModel
    from seqtui.tui.panes.ngrams.concordance import Concordance
    from seqtui.tui.panes.ngrams.rows import Counted

ROOM_FOR_ESTIMATES = 54
"""Cells of a table from which the estimator's columns stand beside the counts."""


class StackPane(BoardPane):
    """A table of n-grams, what follows one of them, where it occurs; `esc` goes back."""

    def __init__(self, host: Host, session: Session, *, id: str) -> None:
        super().__init__(host, session, id=id)
        self._counted: Counted | None = None
        """The n-grams of the corpus, as far as they are counted."""
        self._models = ModelShelf()
        self._shown: NgramTable | None = None
        """The n-grams in the table, whatever is asked for meanwhile."""
        self._opened: list[tuple[GramTable, int]] = []
        """What is shown instead: each opened from the row of the one before it."""

    @property
    def _table(self) -> Table:
        return self.query_one("#ngram-table", Table)

    @property
    def _top(self) -> GramTable | None:
        """What the table shows: the n-grams, or what follows one of them."""
        return self._opened[-1][0] if self._opened else self._shown

    @property
    def _places(self) -> Concordance | None:
        """The occurrences on show."""
        from seqtui.tui.panes.ngrams.concordance import Concordance

        top = self._top
        return top if isinstance(top, Concordance) else None

    def _show_table(self, cursor: int) -> None:
        top = self._top
        self.set_class(self._places is not None, "-wide")
        if top is not None:
            rows = self._with_estimates(top)
            self._table.show(
                len(rows), rows.row, columns=rows.columns, empty=rows.empty, cursor=cursor
            )
            self.query_one("#ngram-title", Line).show(Content(rows.title))
        self._tell_arithmetic()

    def _with_estimates(self, top: GramTable) -> GramTable:
        """The table with the columns of the chosen estimator, where they are there and fit."""
        if self._places is not None or self._room() < ROOM_FOR_ESTIMATES or not len(top):
            return top
        model = self._model(len(top.gram(0)))
        return top if model is None else SmoothedTable(top, model)

    def _model(self, n: int) -> NgramModel | None:
        """The chosen estimator's model; None for relative frequencies, and until it is there."""
        counted = self._counted
        if self._estimator == "mle" or counted is None:
            return None
        counts, ids = counted.counts_of(n), counted.corpus.ids
        return self._models.model(self.session, self._estimator, counts, ids, self.tell_estimator)

    def tell_estimator(self) -> None:
        """Show the numbers of another estimator."""
        self._show_table(self._table.cursor)

    def _tell_arithmetic(self) -> None:
        line, top = self.query_one("#arithmetic", Line), self._top
        text = ""
        if top is not None and len(top) and self._counted is not None:
            cursor, width = self._table.cursor, line.content_size.width
            gram, corpus = top.gram(cursor), self._counted.corpus
            if self._estimator == "mle":
                text = arithmetic(corpus, gram, *top.figures(cursor), width)
            elif (model := self._model(len(gram))) is None:
                text = _("{name}: estimating …").format(name=self._estimator)
            else:
                from seqtui.tui.panes.ngrams.arithmetic import estimate_in_words

                text = estimate_in_words(corpus, model, gram, width)
        line.show(Content(text))

    def on_table_moved(self, event: Table.Moved) -> None:
        """Spell out the arithmetic of the row under the cursor."""
        self._tell_arithmetic()

    def on_table_selected(self, event: Table.Selected) -> None:
        """Enter on a row: what follows it; on an occurrence, its place in the corpus."""
        places = self._places
        if places is None:
            self.action_follow()
        else:
            start = int(places.positions[event.row])
            self.run_worker(self._show_place(start, len(places.ngram)))

    async def _show_place(self, start: int, tokens: int) -> None:
        from seqtui.tui.widgets.token_view import TokenView

        pane = await self.host.show_pane("corpus")
        view = pane.query_one(TokenView)
        self.screen.set_focus(view)
        view.mark(start, tokens)

    def action_follow(self) -> None:
        """What follows the n-gram under the cursor, as far as longer ones are counted."""
        top, counted = self._top, self._counted
        if self.board is not None or counted is None or not top or self._places is not None:
            return
        cursor = self._table.cursor
        gram, whole = top.gram(cursor), counted.whole
        if len(gram) >= whole.order:
            told = _("n-grams of more than {n} tokens are not counted")
            self.notify(told.format(n=whole.order), markup=False)
            return
        ids, counts = whole.continuations(gram)
        table = FollowTable(counted.corpus, gram, ids, counts, int(counts.sum()))
        self._opened.append((table, cursor))
        self._show_table(0)

    def action_occurrences(self) -> None:
        """Where the n-gram under the cursor occurs."""
        top, counted = self._top, self._counted
        if self.board is not None or counted is None or not top or self._places is not None:
            return
        from seqtui.tui.panes.ngrams.concordance import Concordance, find_occurrences

        cursor = self._table.cursor
        gram, figures, corpus = top.gram(cursor), top.figures(cursor), counted.corpus
        array = self._suffixes.array(self.session, corpus, lambda: None)
        reason = self._suffixes.reason

        def take(positions: NDArray[np.int64]) -> None:
            if top is self._top:
                places = Concordance(corpus, gram, positions, figures, self._room, reason)
                self._opened.append((places, cursor))
                self._show_table(0)

        label = _("finding occurrences")
        self.session.tasks.start(label, find_occurrences, corpus.ids, gram, array, then=take)

    def _room(self) -> int:
        return self._table.scrollable_content_region.width
