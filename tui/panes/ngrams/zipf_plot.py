"""Counts against ranks for all orders of n-grams, log-log, with Zipf's law fitted to each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from seqtui.corpora.errors import Cancelled
from seqtui.tui.numbers import DASH, count, fixed
from seqtui.tui.translation import N_, _
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.plot_view import PlotView
from seqtui.tui.widgets.plots import ORDER_COLOURS, Colour, Series, log_log, style_of
from seqtui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from seqtui.corpora.progress import OnProgress
    from seqtui.tui.panes.ngrams.rows import Counted, FitMethod, Order
    from seqtui.tui.session import Session
    from seqtui.tui.tasks import Task

MARKS = "●▲■◆✚○△□◇+"
"""A mark for each order, so that the curves differ without colour."""
FIT_MARK = "╲"
METHODS: tuple[FitMethod, ...] = (("ols", None), ("ols", (10, 1000)), ("mle", None))
"""Those that a key goes through."""
METHOD_NAMES = {"ols": N_("OLS"), "mle": N_("MLE")}


def fit_name(method: FitMethod) -> str:
    """`OLS, 10-1,000`: the method and the ranks."""
    name, ranks = _(METHOD_NAMES[method[0]]), method[1]
    if ranks is None:
        return _("{method}, all ranks").format(method=name)
    return f"{name}, {count(ranks[0])}-{count(ranks[1])}"


_ENTRY_CELLS = 6
"""Of an order in the legend, `● n=2` above `1.072`, and the space after it."""


class ZipfPlot(Vertical):
    """The marks and exponents of the orders, the plot, and how the lines were fitted."""

    DEFAULT_CSS = """
    ZipfPlot { width: 1fr; height: 1fr; border-left: solid $panel; }
    ZipfPlot Line { padding: 0 1; }
    """

    def __init__(self, session: Session, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._session = session
        self._counted: Counted | None = None
        self._n = 1
        self._methods = list(METHODS)
        self._method = METHODS[0]
        self._growing = False
        self._fitting: Task[None] | None = None

    def compose(self) -> ComposeResult:
        """Legend, exponents, plot, the fit of the order on show."""
        yield Line(id="zipf-legend")
        yield Line(id="zipf-exponents")
        yield PlotView(self._paint, id="zipf")
        yield Line(id="zipf-fit")

    def show(self, counted: Counted | None, n: int) -> None:
        """Show what is counted of a corpus, with the line of order n."""
        self._counted, self._n = counted, n
        self._paint()

    def repaint(self) -> None:
        """Paint every word again."""
        self._paint()

    def action_zipf_method(self) -> None:
        """Fit the line by the next method."""
        at = self._methods.index(self._method)
        self._method = self._methods[(at + 1) % len(self._methods)]
        self._paint()

    def action_growth(self) -> None:
        """From counts by rank to the growth of distinct n-grams, or back."""
        self._growing = not self._growing
        self._paint()

    def action_zipf_ranks(self) -> None:
        """Ask for the ranks that are fitted."""

        def refuse(value: str) -> str | None:
            if not value.strip() or ranks_in(value) is not None:
                return None
            return _("two ranks, the first below the last: 10-1000; empty for all")

        def take(value: str | None) -> None:
            if value is not None:
                self._fit_ranks(ranks_in(value))

        ranks = self._method[1]
        now = "" if ranks is None else f"{ranks[0]}-{ranks[1]}"
        hint = N_("fitted, such as 10-1000; empty for all")
        self.app.push_screen(Prompt(N_("ranks"), now, hint, refuse), take)

    def _fit_ranks(self, ranks: tuple[int, int] | None) -> None:
        """Fit other ranks by the same method."""
        self._method = (self._method[0], ranks)
        if self._method not in self._methods:
            self._methods = [*METHODS, self._method]
        self._paint()

    def _paint(self) -> None:
        counted = self._counted
        view = self.query_one(PlotView)
        width, height = view.size
        orders = counted.orders if counted is not None else []
        missing = [order for order in orders if self._method not in order.fits]
        if missing:
            self._fit(missing)
        self._paint_legend(counted)
        self._paint_fit(orders[self._n - 1] if len(orders) >= self._n else None)
        if counted is None or not orders:
            # Without a corpus the table beside says why, and what to press.
            view.show_words(Content(_("counting …") if self._session.corpus is not None else ""))
        elif self._growing and width >= 12 and height >= 5:
            view.show(log_log(_growth(counted), width, height, _("tokens"), _("distinct")))
        elif width >= 12 and height >= 5:
            # The points last, over the lines.
            series = [*_lines(counted, self._method), *_curves(counted)]
            view.show(log_log(series, width, height, _("rank"), _("count")))

    def _fit(self, orders: Sequence[Order]) -> None:
        """Fit in the background; by maximum likelihood that takes its time."""
        if self._fitting is not None and self._fitting.under_way:
            return
        method = self._method

        def fit(keep_going: OnProgress) -> None:
            for done, order in enumerate(orders):
                if not keep_going(done, len(orders)):
                    raise Cancelled
                order.fit(method)

        self._fitting = self._session.tasks.start(
            _("fitting"), fit, then=lambda done: self._paint()
        )

    def _paint_fit(self, order: Order | None) -> None:
        line = self.query_one("#zipf-fit", Line)
        if order is None:
            line.show(Content(""))
            return
        if self._growing:
            line.show(Content(_growth_in_words(order)))
            return
        text = _("fitting …")
        if self._method in order.fits:
            fit = order.fits[self._method]
            text = f"α {fixed(fit.exponent, 3) if fit else DASH}"
        text = f" n={order.n} {text} · {fit_name(self._method)}"
        line.show(Content.assemble((FIT_MARK, style_of(_colour(order.n))), text))

    def _paint_legend(self, counted: Counted | None) -> None:
        """A mark for each order, and its exponent below it; the order on show among them."""
        legend = self.query_one("#zipf-legend", Line)
        room = max((legend.content_size.width + 1) // _ENTRY_CELLS, 1)
        highest = counted.highest if counted is not None else 0
        first = min(max(self._n - room + 1, 1), max(highest - room + 1, 1))
        marks, values = [], []
        for n in range(first, min(first + room, highest + 1)):
            there = counted is not None and n <= len(counted.orders)
            shown = "bold" if n == self._n else ""
            mark = (f"{MARKS[n - 1]} ", style_of(_colour(n))) if there else ("… ", "$text-muted")
            marks.append(Content.assemble(mark, (f"n={n}", f"{shown} u" if shown else "")))
            fit = counted.orders[n - 1].fits.get(self._method) if there and counted else None
            value = "" if self._growing else fixed(fit.exponent, 3) if fit else DASH
            values.append(Content.styled(f"{value:>5}", shown))
        legend.show(Content(" ").join(marks))
        self.query_one("#zipf-exponents", Line).show(Content(" ").join(values))


def _colour(n: int) -> Colour:
    """Five colours; orders above five have marks of their own."""
    return ORDER_COLOURS[(n - 1) % len(ORDER_COLOURS)]


def _curves(counted: Counted) -> list[Series]:
    return [
        Series(str(n), *order.curve, _colour(n), MARKS[n - 1], line=False)
        for n, order in enumerate(counted.orders, 1)
    ]


def _growth(counted: Counted) -> list[Series]:
    return [
        Series(str(n), *order.growth, _colour(n), MARKS[n - 1], line=False)
        for n, order in enumerate(counted.orders, 1)
    ]


def _growth_in_words(order: Order) -> str:
    """How many new ones the last tenth of the text brought."""
    text = _("n={n}  {met} distinct, last tenth +{new}")
    return " " + text.format(n=order.n, met=count(order.counts.distinct), new=count(order.newest))


def _lines(counted: Counted, method: FitMethod) -> list[Series]:
    """The fitted line of each order, where there is one."""
    # They begin where they come down to the highest count, or they would set the scale.
    most = max(order.curve[1][0] for order in counted.orders)
    lines = []
    for order in counted.orders:
        fit = order.fits.get(method)
        if fit is None:
            continue
        first, last = float(fit.ranks[0]), float(fit.ranks[1])
        if fit.exponent > 0:
            first = max(first, (fit.count_at(1) / most) ** (1 / fit.exponent))
        ends = [fit.count_at(first), fit.count_at(last)]
        lines.append(Series(f"fit {order.n}", [first, last], ends, _colour(order.n)))
    return lines


def ranks_in(value: str) -> tuple[int, int] | None:
    """`10-1000` as two numbers; None for anything else."""
    parts = [part.strip().replace(",", "") for part in value.split("-")]
    if len(parts) != 2 or not all(part.isdecimal() and len(part) < 12 for part in parts):
        return None
    first, last = map(int, parts)
    return (first, last) if 1 <= first < last else None
