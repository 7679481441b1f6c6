"""The N-grams pane: which n-grams dominate, and how their counts decay with rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from seqtui.tui.actions import bindings_of
from seqtui.tui.foreign import token_symbol, visible
from seqtui.tui.frame import Line
from seqtui.tui.numbers import count, fixed, probability, share
from seqtui.tui.panes.pane import Pane
from seqtui.tui.plot_view import PlotView
from seqtui.tui.prompt import Prompt
from seqtui.tui.table import Column, Row, Table
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.counts import Rows
    from seqtui.tui.panes.ngram_rows import Counted, Order
    from seqtui.tui.tasks import Task

MARKS = "●▲■◆✚"
"""A mark for each order, so that the curves are told apart without colour."""
FIT_NAMES = (_("least squares"), _("least squares, ranks 10-1,000"), _("maximum likelihood"))
SORT_NAMES = {
    "count": _("by count"),
    "probability": _("by P(w | h)"),
    "alphabet": _("by alphabet"),
}


class NgramsPane(Pane):
    """A table of n-grams on the left, the log-log plot of all orders on the right."""

    BINDINGS: ClassVar = bindings_of("ngrams")
    DEFAULT_CSS = """
    NgramsPane #ngram-side { width: 1fr; max-width: 70; height: 1fr; }
    NgramsPane #ngram-title { text-style: bold; padding: 0 1; }
    NgramsPane #ngram-table { height: 1fr; padding: 0 1; }
    NgramsPane #zipf-side { width: 1fr; height: 1fr; border-left: solid $panel; }
    NgramsPane #zipf-legend, NgramsPane #zipf-fit { padding: 0 1; }
    NgramsPane #sparsity, NgramsPane #arithmetic { padding: 0 1; }
    NgramsPane #sparsity { color: $text-muted; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._counted: Counted | None = None
        self._counting: tuple[Corpus, Task[Counted]] | None = None
        self._n = 2
        self._sort = "count"
        self._search = ""
        self._way = 0
        self._rows: Rows | None = None
        self._opened: int | None = None
        """The row of order n whose continuations are shown."""
        self._cursor = 0
        """Where the table was when a row was opened."""

    def compose(self) -> ComposeResult:
        """Title, table and plot side by side; the row's arithmetic and the sparsity below."""
        with Horizontal():
            with Vertical(id="ngram-side"):
                yield Line(id="ngram-title")
                yield Table((Column("", 1),), "", id="ngram-table")
            with Vertical(id="zipf-side"):
                yield Line(id="zipf-legend")
                yield PlotView(self._paint_plot, id="zipf")
                yield Line(id="zipf-fit")
        yield Line(id="arithmetic")
        yield Line(id="sparsity")

    def focus_first(self) -> None:
        """Focus the table at first."""
        self.focus_remembered(self._table)

    @property
    def _table(self) -> Table:
        return self.query_one("#ngram-table", Table)

    @property
    def _order(self) -> Order | None:
        if self._counted is None:
            return None
        return self._counted.orders[min(self._n, len(self._counted.orders)) - 1]

    # Counting.

    def refresh_from_session(self) -> None:
        """Count the corpus, if it is another one."""
        corpus = self.seqtui.corpus
        if corpus is None:
            self._say_waiting(_("The corpus is being read …"))
        elif self._counting is None or self._counting[0] is not corpus:
            self._count(corpus)

    def _count(self, corpus: Corpus) -> None:
        def count_it(keep_going: Callable[[int, int], bool]) -> Counted:
            from seqtui.tui.panes.ngram_rows import count_corpus  # numpy, on the worker's thread

            return count_corpus(corpus, keep_going)

        self._counted = self._rows = self._opened = None
        self._search = ""
        self._say_waiting(_("counting {name} …").format(name=visible(corpus.name)))
        task = self.seqtui.in_background(_("counting n-grams"), count_it, then=self._take)
        self._counting = (corpus, task)

    def _say_waiting(self, text: str) -> None:
        self._table.show(0, lambda row: (), columns=(Column("", 1),), empty=text)
        self.query_one(PlotView).say(Content(""))
        for name in ("ngram-title", "zipf-legend", "zipf-fit", "arithmetic", "sparsity"):
            self.query_one(f"#{name}", Line).show(Content(""))

    def _take(self, counted: Counted) -> None:
        if self._counting is None or self._counting[0] is not counted.corpus:
            return
        self._counted = counted
        self._paint_plot()
        self._arrange()

    def _arrange(self) -> None:
        counted, n, sort, search = self._counted, self._n, self._sort, self._search
        if counted is None:
            return
        n = min(n, len(counted.orders))

        def arrange_it(keep_going: Callable[[int, int], bool]) -> Rows:
            from seqtui.tui.panes.ngram_rows import arrange

            return arrange(counted, n, sort, search, keep_going)

        def take(rows: Rows) -> None:
            if counted is self._counted and (n, sort, search) == (
                min(self._n, len(counted.orders)),
                self._sort,
                self._search,
            ):
                self._rows = rows
                self._show_rows()

        self.seqtui.in_background(_("sorting"), arrange_it, then=take)

    # The table.

    def _gram(self, ids: Sequence[int]) -> str:
        assert self._counted is not None
        corpus = self._counted.corpus
        tokens = corpus.vocabulary.tokens
        joint = " " if corpus.options.tokenizer == "word" else ""
        return joint.join(token_symbol(tokens[i]) for i in ids)

    def _show_rows(self, cursor: int = 0) -> None:
        order, rows = self._order, self._rows
        if order is None or rows is None:
            return
        self._opened = None
        levels = order.counts

        def row(index: int) -> Row:
            line = int(rows[index])
            times = int(levels.counts[line])
            gram = levels.ngrams(rows[index : index + 1])[0].tolist()
            chance = times / order.history_count(line)
            return count(index + 1), self._gram(gram), count(times), probability(chance)

        most = int(levels.counts.max())
        self._table.show(
            len(rows),
            row,
            columns=(
                Column(_("rank") if self._sort == "count" and not self._search else "#", 6),
                Column(f"{order.n}-gram", 0, "left", stretch=True),
                Column(_("count"), max(len(count(most)), 6)),
                Column("P(w|h)" if order.n > 1 else "P(w)", 6),
            ),
            empty=_("No n-gram holds this text; / and an empty text show all."),
            cursor=cursor,
        )
        title = f"{order.n}-grams {SORT_NAMES[self._sort]}"
        if self._search:
            title += f" · {count(len(rows))} × “{visible(self._search)}”"
        self.query_one("#ngram-title", Line).show(Content(title))
        self._tell_sparsity(order)
        self._tell_arithmetic()

    def _show_continuations(self, line: int) -> None:
        counted, order = self._counted, self._order
        assert counted is not None
        assert order is not None
        import numpy as np

        gram = order.counts.ngrams(np.array([line]))[0].tolist()
        ids, counts = counted.whole.continuations(gram)
        total = int(counts.sum())
        self._opened = line

        def row(index: int) -> Row:
            times = int(counts[index])
            token = self._gram([int(ids[index])])
            return count(index + 1), token, count(times), probability(times / total)

        self._table.show(
            len(ids),
            row,
            columns=(
                Column("#", 6),
                Column(_("what follows"), 0, "left", stretch=True),
                Column(_("count"), max(len(count(total)), 6)),
                Column("P(w|h)", 6),
            ),
            empty=_("Nothing follows: the text ends here. Esc goes back."),
        )
        title = _("esc ← after {history}: {many} ways, {times} times").format(
            history=self._gram(gram), times=count(total), many=count(len(ids))
        )
        self.query_one("#ngram-title", Line).show(Content(title))
        self._tell_arithmetic()

    def on_table_selected(self, event: Table.Selected) -> None:
        """Enter on an n-gram: what follows it."""
        order, rows, counted = self._order, self._rows, self._counted
        if self._opened is not None or order is None or rows is None or counted is None:
            return
        if order.n >= counted.whole.order:
            return
        self._cursor = event.row
        self._show_continuations(int(rows[event.row]))

    def on_table_moved(self, event: Table.Moved) -> None:
        """Spell out the arithmetic of the row under the cursor."""
        self._tell_arithmetic()

    def _tell_arithmetic(self) -> None:
        order, rows, counted = self._order, self._rows, self._counted
        if order is None or rows is None or counted is None or not self._table.row_count:
            self.query_one("#arithmetic", Line).show(Content(""))
            return
        import numpy as np

        cursor = self._table.cursor
        if self._opened is not None:
            history = order.counts.ngrams(np.array([self._opened]))[0].tolist()
            ids, counts = counted.whole.continuations(history)
            gram = [*history, int(ids[cursor])]
            times, total = int(counts[cursor]), int(counts.sum())
        else:
            gram = order.counts.ngrams(rows[cursor : cursor + 1])[0].tolist()
            times = int(order.counts.counts[rows[cursor]])
            total = order.history_count(int(rows[cursor]))
        history_text, token = self._gram(gram[:-1]), self._gram(gram[-1:])
        given = f" | {history_text}" if len(gram) > 1 else ""
        of = f"c({history_text} ·)" if len(gram) > 1 else "N"
        space = " " if counted.corpus.options.tokenizer == "word" else ""
        whole = f"{history_text}{space}{token}" if len(gram) > 1 else token
        text = (
            f"P({token}{given}) = c({whole}) / {of} = {count(times)} / {count(total)}"
            f" = {probability(times / total)}"
        )
        self.query_one("#arithmetic", Line).show(Content(text))

    def _tell_sparsity(self, order: Order) -> None:
        size = order.counts.vocabulary_size
        possible = size**order.n
        seen = order.counts.distinct / possible
        part = share(seen) if seen >= 0.001 else f"{seen:.1e}"
        text = _(
            "{distinct} distinct of |V|^{n} = {possible} ({part}) · once {once} ({part_once}) · "
            "total {total}"
        ).format(
            total=count(order.counts.total),
            distinct=count(order.counts.distinct),
            once=count(order.counts.singletons),
            part_once=share(order.counts.singletons / order.counts.distinct),
            n=order.n,
            possible=count(possible) if possible < 10**9 else f"{possible:.1e}",
            part=part,
        )
        self.query_one("#sparsity", Line).show(Content(text))

    # The plot.

    def _paint_plot(self) -> None:
        counted, order = self._counted, self._order
        view = self.query_one(PlotView)
        width, height = view.size
        if counted is None or order is None or width < 12 or height < 5:
            return
        from seqtui.tui.plots import ORDER_COLOURS, Series, log_log

        series = [
            Series(str(n), *curve, ORDER_COLOURS[n - 1], MARKS[n - 1], line=False)
            for n, curve in enumerate(counted.curves, 1)
        ]
        fit = counted.fits[order.n - 1][self._way]
        if fit is not None:
            first, last = fit.ranks
            # The line begins where it comes down to the highest count, or it would set the scale.
            most = max(curve[1][0] for curve in counted.curves)
            if fit.exponent > 0:
                first = max(first, (fit.count_at(1) / most) ** (1 / fit.exponent))
            line = [fit.count_at(first), fit.count_at(last)]
            series.append(Series("fit", [first, last], line, "reference"))
        view.show(log_log(series, width, height, _("rank"), _("count")))
        self._tell_legend(counted, order)
        name = FIT_NAMES[self._way]
        told = _("α {value} · {method}").format(
            value=fixed(fit.exponent, 3) if fit else "–", method=name
        )
        self.query_one("#zipf-fit", Line).show(Content(told))

    def _tell_legend(self, counted: Counted, order: Order) -> None:
        from seqtui.tui.plots import ORDER_COLOURS, style_of

        parts = [
            Content.assemble(
                (f"{MARKS[n - 1]} ", style_of(ORDER_COLOURS[n - 1])),
                (f"n={n}", "bold underline" if n == order.n else ""),
            )
            for n in range(1, len(counted.orders) + 1)
        ]
        self.query_one("#zipf-legend", Line).show(Content(" ").join(parts))

    # Actions.

    def _change_order(self, by: int) -> None:
        if self._counting is None:
            self.refresh_from_session()
        highest = len(self._counted.orders) if self._counted else 1
        changed = min(max(self._n + by, 1), highest)
        if self._counted is not None and changed != self._n:
            self._n = changed
            self._paint_plot()
            self._arrange()

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

    def action_zipf_method(self) -> None:
        """The next way to fit the line."""
        self._way = (self._way + 1) % len(FIT_NAMES)
        self._paint_plot()

    def action_back(self) -> None:
        """From the continuations back to the n-grams; while counting, stop counting."""
        if self._opened is not None:
            self._show_rows(self._cursor)
        elif self._counted is None and self._counting is not None:
            self._counting[1].cancel()
            self._say_waiting(_("Counting was stopped; [ or ] starts again."))
            self._counting = None
