"""The N-grams pane's tables, each opened from a row of the one before it, and the row in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from seqtui.corpora.errors import UserMessage
from seqtui.tui.panes.ngrams.model_cache import ModelCache
from seqtui.tui.panes.ngrams.suffix_cache import SuffixCache
from seqtui.tui.panes.ngrams.tables import (
    SORT_TITLES,
    FollowTable,
    GramTable,
    NgramTable,
    SmoothedTable,
)
from seqtui.tui.panes.ngrams.words import (
    arithmetic,
    never_predicted,
    sparsity_line,
    sparsity_table,
)
from seqtui.tui.panes.pane import Host
from seqtui.tui.session import Session
from seqtui.tui.translation import N_, _, localized, ngettext
from seqtui.tui.widgets.frame import TALL, Line
from seqtui.tui.widgets.prompt import ask_search
from seqtui.tui.widgets.table import Column, Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.ngrams.counts import Rows
    from seqtui.engine.ngrams.model import NgramModel
    from seqtui.tui.panes.ngrams.concordance import Concordance
    from seqtui.tui.panes.ngrams.rows import Counted, Order
    from seqtui.tui.tasks import Task

ROOM_FOR_ESTIMATES = 54
"""Cells of a table from which the estimator's columns are shown beside the counts."""
_NOTHING = UserMessage("")


class TableStack(Vertical):
    """A table of n-grams, what follows one of them, where it occurs; `esc` goes back."""

    DEFAULT_CSS = """
    TableStack #ngram-side { width: 1fr; max-width: 70; height: 1fr; }
    TableStack #ngram-title { text-style: bold; padding: 0 1; }
    TableStack #ngram-table { height: 1fr; padding: 0 1; }
    TableStack #sparsity, TableStack #arithmetic { padding: 0 1; }
    TableStack #sparsity {
        height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis;
    }
    TableStack.-tall #sparsity { height: 6; }
    TableStack.-wide #ngram-side { max-width: 100%; }
    """

    def __init__(
        self, host: Host, session: Session, suffixes: SuffixCache, *, beside: Widget, id: str
    ) -> None:
        super().__init__(id=id)
        self._host = host
        self._session = session
        self._suffixes = suffixes
        self._beside = beside
        """Shown on the right, unless a table takes the whole width."""
        self._models = ModelCache(session)
        self._counted: Counted | None = None
        self._n = 1
        self._estimator = "mle"
        self._sort = "count"
        self._search = ""
        self._sorting: Task[Rows] | None = None
        self._waiting = _NOTHING
        """Why there is no table."""
        self._shown: NgramTable | None = None
        """The n-grams in the table, whatever is asked for meanwhile."""
        self._opened: list[tuple[GramTable, int]] = []
        """What is shown instead: each opened from the row of the one before it."""

    def compose(self) -> ComposeResult:
        """Title, table and what is beside them; the row's arithmetic and the sparsity below."""
        with Horizontal(id="ngram-main"):
            with Vertical(id="ngram-side"):
                yield Line(id="ngram-title")
                yield Table((Column("", 1),), "", id="ngram-table")
            yield self._beside
        yield Line(id="arithmetic")
        yield Static("", id="sparsity")

    def on_resize(self, event: events.Resize) -> None:
        """Figures of all orders where there is room; columns and arithmetic in the new width."""
        self.set_class(event.size.height >= TALL, "-tall")
        self._paint_sparsity()
        self.call_after_refresh(self._paint)

    @property
    def table(self) -> Table:
        """The table itself."""
        return self.query_one("#ngram-table", Table)

    @property
    def top(self) -> GramTable | None:
        """What the table shows: the n-grams, or what follows one of them."""
        return self._opened[-1][0] if self._opened else self._shown

    @property
    def _places(self) -> Concordance | None:
        """The occurrences on show."""
        from seqtui.tui.panes.ngrams.concordance import Concordance

        top = self.top
        return top if isinstance(top, Concordance) else None

    # What is shown.

    def forget(self) -> None:
        """Let go of a corpus."""
        self._counted = None
        self._models.forget()
        self._search = ""

    def wait(self, message: UserMessage) -> None:
        """Show why there is no table."""
        self._waiting = message
        self._shown = None
        self._opened = []
        self._paint()
        self._paint_sparsity()

    def show(self, counted: Counted, n: int) -> None:
        """Show the n-grams of a corpus: at once by count, else once they are sorted."""
        self._counted, self._n = counted, n
        self._arrange()
        self._paint_sparsity()

    def change_estimator(self, name: str) -> None:
        """Show the numbers of another estimator; while hidden, at the next `repaint`."""
        self._estimator = name
        if self.display:  # an estimate for hidden tables would delay the board's own
            self._paint()

    def repaint(self) -> None:
        """Paint every word again."""
        self._paint()
        self._paint_sparsity()

    @property
    def _order(self) -> Order | None:
        """The order that is asked for, once it is counted."""
        if self._counted is None or len(self._counted.orders) < self._n:
            return None
        return self._counted.orders[self._n - 1]

    def _arrange(self) -> None:
        counted, order = self._counted, self._order
        if counted is None:
            return
        if order is None:
            self.wait(UserMessage("counting {n}-grams …", n=self._n))
            return
        sort, search = self._sort, self._search
        if self._shown is not None and self._shown.asked == (order, sort, search):
            return
        if self._sorting is not None:
            self._sorting.cancel()
        if sort == "count" and not search:
            self._replace(NgramTable(counted.corpus, order, order.ranked, sort, search))
            return

        if self._shown is None:
            self.wait(UserMessage("sorting {n}-grams …", n=order.n))

        def arrange_it(keep_going: OnProgress) -> Rows:
            from seqtui.tui.panes.ngrams.rows import arrange

            return arrange(counted.corpus, order, sort, search, keep_going)

        def take(rows: Rows) -> None:
            if (order, sort, search) == (self._order, self._sort, self._search):
                self._replace(NgramTable(counted.corpus, order, rows, sort, search))

        self._sorting = self._session.tasks.start(_("sorting"), arrange_it, then=take)

    def _replace(self, shown: NgramTable) -> None:
        self._shown = shown
        self._opened = []
        self._paint(0)
        self._paint_sparsity()

    def _push(self, table: GramTable) -> None:
        self._opened.append((table, self.table.cursor))
        self._paint(0)

    def back(self) -> bool:
        """Back to the table before, or from a search to all n-grams; False where neither is."""
        if self._opened:
            _table, cursor = self._opened.pop()
            self._paint(cursor)
        elif self._search:
            self._search = ""
            self._arrange()
        else:
            return False
        return True

    # Painting.

    def _paint(self, cursor: int | None = None) -> None:
        """Show the table on top, its title and the arithmetic of a row."""
        top, table = self.top, self.table
        if self.has_class("-wide") != (self._places is not None):
            # The table still has its other width: what fits is known after the layout.
            self.set_class(self._places is not None, "-wide")
            self._beside.display = self._places is None
            self.call_after_refresh(self._paint)
        if top is None:
            text = localized(self._waiting)
            table.show(0, lambda row: (), columns=(Column("", 1),), empty=text)
            title = ""
        else:
            rows = self._with_estimates(top)
            at = table.cursor if cursor is None else cursor
            table.show(len(rows), rows.row, columns=rows.columns, empty=rows.empty, cursor=at)
            title = rows.title
        self.query_one("#ngram-title", Line).show(Content(title))
        self._paint_arithmetic()

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
        counts, ids = counted.counts_of(n), counted.ids
        return self._models.model(self._estimator, counts, ids, counted.boundaries, self._paint)

    def _paint_arithmetic(self) -> None:
        line, top = self.query_one("#arithmetic", Line), self.top
        text = ""
        if top is not None and len(top) and self._counted is not None:
            cursor, width = self.table.cursor, line.content_size.width
            gram, corpus = top.gram(cursor), self._counted.corpus
            if self._estimator == "mle" or never_predicted(corpus, gram):
                text = arithmetic(corpus, gram, *top.figures(cursor), width)
            elif (model := self._model(len(gram))) is None:
                text = _("{name}: estimating …").format(name=self._estimator)
            else:
                from seqtui.tui.panes.ngrams.arithmetic import estimate_in_words

                text = estimate_in_words(corpus, model, gram, width)
        line.show(Content(text))

    def _paint_sparsity(self) -> None:
        counted = self._counted
        text = Content("")
        if counted is not None and self.has_class("-tall"):
            found = [order.sparsity for order in counted.orders]
            text = sparsity_table(found, counted.highest, self._n)
        elif self._shown is not None:
            text = sparsity_line(self._shown.order.sparsity)
        self.query_one("#sparsity", Static).update(text, layout=False)

    def _room(self) -> int:
        return self.table.scrollable_content_region.width

    # Keys.

    def on_table_moved(self, event: Table.Moved) -> None:
        """Spell out the arithmetic of the row under the cursor."""
        event.stop()
        self._paint_arithmetic()

    def on_table_selected(self, event: Table.Selected) -> None:
        """Enter on a row: what follows it; on an occurrence, its place in the corpus."""
        event.stop()
        places = self._places
        if places is None:
            self.action_follow()
        else:
            start, stop = places.span(event.row)
            self.run_worker(self._show_place(start, max(stop - start, 1)))

    async def _show_place(self, start: int, tokens: int) -> None:
        from seqtui.tui.widgets.token_view import TokenView

        pane = await self._host.show_pane("corpus")
        view = pane.query_one(TokenView)
        self.screen.set_focus(view)
        view.mark(start, tokens)

    def action_follow(self) -> None:
        """What follows the n-gram under the cursor, as far as longer ones are counted."""
        top, counted = self.top, self._counted
        if not self.display or counted is None or not top or self._places is not None:
            return
        gram, whole = top.gram(self.table.cursor), counted.whole
        if len(gram) >= whole.order:
            text = ngettext(
                "n-grams of more than {n} token are not counted",
                "n-grams of more than {n} tokens are not counted",
                whole.order,
            )
            self.notify(text.format(n=whole.order), markup=False)
            return
        ids, counts = whole.continuations(gram)
        self._push(FollowTable(counted.corpus, gram, ids, counts, int(counts.sum())))

    def action_occurrences(self) -> None:
        """Where the n-gram under the cursor occurs."""
        top, counted = self.top, self._counted
        if not self.display or counted is None or not top or self._places is not None:
            return
        from seqtui.tui.panes.ngrams.concordance import Concordance, find_occurrences

        cursor = self.table.cursor
        gram, figures, corpus = top.gram(cursor), top.figures(cursor), counted.corpus
        if corpus.options.text_order == "shuffled":
            self.notify(_("the text is shuffled: its n-grams have no place in it"), markup=False)
            return
        array = self._suffixes.array(corpus, lambda: None)
        reason = self._suffixes.reason

        def take(spans: NDArray[np.int64]) -> None:
            if top is self.top:
                places = Concordance(corpus, gram, spans, figures, self._room, reason)
                self._opened.append((places, cursor))
                self._paint(0)

        label = _("finding occurrences")
        self._session.tasks.start(label, find_occurrences, corpus, gram, array, then=take)

    def action_sort(self) -> None:
        """The next order of the table."""
        names = list(SORT_TITLES)
        self._sort = names[(names.index(self._sort) + 1) % len(names)]
        self._arrange()

    def action_search(self) -> None:
        """Ask for a text; only n-grams that contain it stay."""

        def search(text: str) -> None:
            self._search = text
            self._arrange()

        hint = N_("n-grams that contain this text; empty shows all")
        ask_search(self.app, self._search, hint, search)
