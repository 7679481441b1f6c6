"""The N-grams pane: which n-grams dominate, and how their counts decay with rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from seqtui.tui.actions import bindings_of
from seqtui.tui.foreign import visible
from seqtui.tui.panes.ngrams.sparsity import SparsityBoard
from seqtui.tui.panes.ngrams.stack import StackPane
from seqtui.tui.panes.ngrams.tables import SORT_NAMES, NgramTable
from seqtui.tui.panes.ngrams.words import sparsity_line, sparsity_table
from seqtui.tui.panes.ngrams.zipf_plot import MARKS, ZipfPlot
from seqtui.tui.panes.pane import Host
from seqtui.tui.session import Session
from seqtui.tui.translation import _
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.prompt import Prompt
from seqtui.tui.widgets.table import Column, Table

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.ngrams.counts import Rows
    from seqtui.tui.panes.ngrams.rows import Counted, Order
    from seqtui.tui.tasks import KeepGoing, Task

TALL = 34
"""Lines from which the figures of all orders stand below one another."""


class NgramsPane(StackPane):
    """A table of n-grams on the left, the log-log plot of all orders on the right."""

    BINDINGS: ClassVar = bindings_of("ngrams")
    DEFAULT_CSS = """
    NgramsPane #ngram-side { width: 1fr; max-width: 70; height: 1fr; }
    NgramsPane #ngram-title { text-style: bold; padding: 0 1; }
    NgramsPane #ngram-table { height: 1fr; padding: 0 1; }
    NgramsPane #sparsity, NgramsPane #arithmetic { padding: 0 1; }
    NgramsPane #sparsity {
        height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis;
    }
    NgramsPane.-tall #sparsity { height: 6; }
    NgramsPane.-wide #zipf-side { display: none; }
    NgramsPane.-wide #ngram-side { max-width: 100%; }
    """

    def __init__(self, host: Host, session: Session, *, id: str) -> None:
        super().__init__(host, session, id=id)
        self._kept: dict[str, Counted] = {}
        """The same of this corpus and some before it, by fingerprint, the latest last."""
        self._work: Task[Any] | None = None
        """Counting."""
        self._sorting: Task[Rows] | None = None
        self._n = 2
        self._sort = "count"
        self._search = ""

    def compose(self) -> ComposeResult:
        """Title, table and plot side by side; the row's arithmetic and the sparsity below."""
        with Horizontal(id="ngram-main"):
            with Vertical(id="ngram-side"):
                yield Line(id="ngram-title")
                yield Table((Column("", 1),), "", id="ngram-table")
            yield ZipfPlot(self.session, id="zipf-side")
        yield Line(id="arithmetic")
        yield Static("", id="sparsity")
        yield from self.compose_boards()

    def on_resize(self, event: events.Resize) -> None:
        """Figures of all orders where there is room; columns and arithmetic in the new width."""
        self.set_class(event.size.height >= TALL, "-tall")
        self._tell_sparsity()
        self.call_after_refresh(self.tell_estimator)

    def focus_first(self) -> None:
        """Focus the table at first."""
        self.focus_remembered(self._table)

    @property
    def _order(self) -> Order | None:
        """The order that is asked for, once it is counted."""
        if self._counted is None or len(self._counted.orders) < self._wanted:
            return None
        return self._counted.orders[self._wanted - 1]

    @property
    def _wanted(self) -> int:
        return min(self._n, self._counted.highest) if self._counted else self._n

    # Counting.

    def refresh_from_session(self) -> None:
        """Count the corpus, if it is another one or was left half counted."""
        corpus = self.session.corpus
        if corpus is None:
            self._say_waiting(_("The corpus is being read …"))
        elif self._counted is None or self._counted.corpus is not corpus:
            self._open(corpus)
        else:
            self._go_on()
        self.refresh_boards()

    def _open(self, corpus: Corpus) -> None:
        """Count a corpus, or find what was counted of it before."""
        if self._work is not None:
            self._work.cancel()
        self._counted = self._shown = None
        self._models.forget()
        self._suffixes.forget()
        self._opened = []
        self._search = ""
        self._say_waiting(_("counting {name} …").format(name=visible(corpus.name)))

        def find(keep_going: KeepGoing) -> Counted:
            from seqtui.tui.panes.ngrams.rows import Counted, forget_old  # numpy, on the thread

            kept = self._kept.pop(corpus.fingerprint, None)
            self._kept[corpus.fingerprint] = counted = kept or Counted(corpus)
            counted.corpus = corpus
            forget_old(self._kept)
            return counted

        def take(counted: Counted) -> None:
            self._counted = counted
            self._go_on()

        self._work = self.session.tasks.start(_("counting n-grams"), find, then=take)

    def _go_on(self) -> None:
        """Show what is there of what is asked for, and count what is not."""
        self._arrange()
        self._paint_plot()  # its fits before the next order, which takes longer
        self._count()

    def _count(self) -> None:
        """Count the next order, and so on to the highest and to what follows its n-grams."""
        counted = self._counted
        if counted is None or (self._work and self._work.under_way):
            return
        if counted.complete:
            if counted.lacks_followers:
                label = _("counting {n}-grams").format(n=counted.highest + 1)
                beyond = counted.count_beyond
                self._work = self.session.tasks.start(
                    label, beyond, then=lambda done: self._count()
                )
            return

        def take(order: Order) -> None:
            if counted is not self._counted:
                return
            counted.orders.append(order)
            self._go_on()
            self._tell_sparsity()

        label = _("counting {n}-grams").format(n=len(counted.orders) + 1)
        self._work = self.session.tasks.start(label, counted.count_next, then=take)

    def _say_waiting(self, text: str) -> None:
        self._say_instead(text)
        self._paint_plot()

    def _say_instead(self, text: str) -> None:
        """Say why there is no table."""
        self._shown = None
        self._opened = []
        self._table.show(0, lambda row: (), columns=(Column("", 1),), empty=text)
        self.query_one("#ngram-title", Line).show(Content(""))
        self._tell_arithmetic()
        self._tell_sparsity()

    def _paint_plot(self) -> None:
        self.query_one(ZipfPlot).show(self._counted, self._wanted)

    # The table.

    def _arrange(self) -> None:
        """Show the table that is asked for: at once by count, else once it is sorted."""
        counted, order = self._counted, self._order
        if counted is None:
            return
        if order is None:
            self._say_instead(_("counting {n}-grams …").format(n=self._wanted))
            return
        sort, search = self._sort, self._search
        if self._shown is not None and self._shown.asked == (order, sort, search):
            return
        if self._sorting is not None:
            self._sorting.cancel()
        if sort == "count" and not search:
            self._show(NgramTable(counted.corpus, order, order.ranked, sort, search))
            return

        if self._shown is None:
            self._say_instead(_("sorting {n}-grams …").format(n=order.n))

        def arrange_it(keep_going: KeepGoing) -> Rows:
            from seqtui.tui.panes.ngrams.rows import arrange

            return arrange(counted.corpus, order, sort, search, keep_going)

        def take(rows: Rows) -> None:
            if (order, sort, search) == (self._order, self._sort, self._search):
                self._show(NgramTable(counted.corpus, order, rows, sort, search))

        self._sorting = self.session.tasks.start(_("sorting"), arrange_it, then=take)

    def _show(self, shown: NgramTable) -> None:
        self._shown = shown
        self._opened = []
        self._show_table(0)
        self._tell_sparsity()

    def _tell_sparsity(self) -> None:
        counted = self._counted
        text = Content("")
        if counted is not None and self.has_class("-tall"):
            found = [order.sparsity for order in counted.orders]
            text = sparsity_table(found, counted.highest, self._wanted)
        elif self._shown is not None:
            text = sparsity_line(self._shown.order.sparsity)
        self.query_one("#sparsity", Static).update(text, layout=False)

    # Actions.

    def order_on_show(self) -> int:
        """n of the table."""
        return self._wanted

    def _change_order(self, by: int) -> None:
        if self.board is not None:
            if not isinstance(self.board, SparsityBoard):  # it shows all orders
                self.board.deepen(by)
            return
        counted = self._counted
        self._n = min(max(self._wanted + by, 1), counted.limit if counted else len(MARKS))
        if counted is not None:
            counted.highest = max(counted.highest, self._n)
        self._go_on()

    def action_shorter(self) -> None:
        """n - 1."""
        self._change_order(-1)

    def action_longer(self) -> None:
        """n + 1."""
        self._change_order(1)

    def action_sort(self) -> None:
        """The next order of the table."""
        names = list(SORT_NAMES)
        self._sort = names[(names.index(self._sort) + 1) % len(names)]
        self._arrange()

    def action_search(self) -> None:
        """Ask for a text; only n-grams that hold it stay."""

        def take(value: str | None) -> None:
            if value is not None:
                self._search = value
                self._arrange()

        hint = _("n-grams that hold this text; empty shows all")
        self.app.push_screen(Prompt(_("search"), self._search, hint), take)

    def action_back(self) -> None:
        """Back from what follows, then from a search; while counting, stop it."""
        board = self.board
        if board is not None:
            if board.filling:
                board.stop()
            else:
                self.leave_board()
        elif self._opened:
            _table, cursor = self._opened.pop()
            self._show_table(cursor)
        elif self._search:
            self._search = ""
            self._arrange()
        elif self._counted is not None and not self._counted.complete and self._work is not None:
            self._work.cancel()
            if self._order is None:
                self._say_instead(_("Counting was stopped; [ or ] goes on."))
