"""Counts against ranks for all orders of n-grams, log-log, with Zipf's law fitted to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from seqtui.tui.frame import Line
from seqtui.tui.numbers import DASH, count, fixed
from seqtui.tui.plot_view import PlotView
from seqtui.tui.plots import ORDER_COLOURS, Colour, Series, log_log, style_of
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.tui.app import SeqtuiApp
    from seqtui.tui.panes.ngram_rows import Counted, Order
    from seqtui.tui.tasks import Task

MARKS = "●▲■◆✚○△□◇+"
"""A mark for each order, so that the curves are told apart without colour."""
FIT_MARK = "╲"
Way = tuple[str, tuple[int, int] | None]
"""How Zipf's law is fitted: the method, and the ranks it takes (None: all)."""
WAYS: tuple[Way, ...] = (("ols", None), ("ols", (10, 1000)), ("mle", None))


def way_name(way: Way) -> str:
    """`OLS, ranks 10-1,000`."""
    method, ranks = way
    if ranks is None:
        return f"{method.upper()}, {_('all ranks')}"
    return f"{method.upper()}, {_('ranks')} {count(ranks[0])}-{count(ranks[1])}"


class ZipfPlot(Vertical):
    """The marks of the orders, the plot, and the exponent with its method."""

    DEFAULT_CSS = """
    ZipfPlot { width: 1fr; height: 1fr; border-left: solid $panel; }
    ZipfPlot Line { padding: 0 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._counted: Counted | None = None
        self._n = 1
        self._ways = list(WAYS)
        self._way = WAYS[0]
        self._growing = False
        self._fitting: Task[None] | None = None

    def compose(self) -> ComposeResult:
        """Legend, plot, exponent."""
        yield Line(id="zipf-legend")
        yield PlotView(self._paint, id="zipf")
        yield Line(id="zipf-fit")

    def show(self, counted: Counted | None, n: int) -> None:
        """Show what is counted of a corpus, with the line of order n."""
        self._counted, self._n = counted, n
        self._paint()

    def next_fit(self) -> None:
        """Fit the line in the next way."""
        self._way = self._ways[(self._ways.index(self._way) + 1) % len(self._ways)]
        self._paint()

    def fit_ranks(self, ranks: tuple[int, int] | None) -> None:
        """Fit other ranks by the same method."""
        self._way = (self._way[0], ranks)
        if self._way not in self._ways:
            self._ways = [*WAYS, self._way]
        self._paint()

    @property
    def ranks(self) -> tuple[int, int] | None:
        """The ranks that are fitted; None for all."""
        return self._way[1]

    def change_view(self) -> None:
        """From counts by rank to the growth of distinct n-grams, or back."""
        self._growing = not self._growing
        self._paint()

    def _paint(self) -> None:
        counted = self._counted
        view = self.query_one(PlotView)
        width, height = view.size
        self._tell_legend(counted)
        order = None
        if counted is not None and len(counted.orders) >= self._n:
            order = counted.orders[self._n - 1]
            if self._way not in order.fits:
                self._fit(order)
        self._tell_fit(order)
        if counted is None or not counted.orders:
            view.say(Content(_("counting …")))
        elif self._growing and width >= 12 and height >= 5:
            view.show(log_log(_growth(counted), width, height, _("tokens"), _("distinct")))
        elif width >= 12 and height >= 5:
            series = _curves(counted)
            if order is not None:
                series += _line(order, self._way, counted)
            view.show(log_log(series, width, height, _("rank"), _("count")))

    def _fit(self, order: Order) -> None:
        """Fit in the background; by maximum likelihood that takes its time."""
        if self._fitting is None or not self._fitting.under_way:
            app = cast("SeqtuiApp", self.app)
            self._fitting = app.in_background(
                _("fitting"), order.fit, self._way, then=lambda done: self._paint()
            )

    def _tell_fit(self, order: Order | None) -> None:
        line = self.query_one("#zipf-fit", Line)
        if order is None:
            line.show(Content(""))
            return
        if self._growing:
            line.show(Content(_growth_in_words(order)))
            return
        told = _("fitting …")
        if self._way in order.fits:
            fit = order.fits[self._way]
            told = f"α {fixed(fit.exponent, 3) if fit else DASH}"
        line.show(
            Content.assemble(
                (FIT_MARK, style_of("reference")), f" n={order.n}  {told} · {way_name(self._way)}"
            )
        )

    def _tell_legend(self, counted: Counted | None) -> None:
        parts = []
        for n in range(1, counted.highest + 1 if counted else 1):
            there = counted is not None and n <= len(counted.orders)
            mark = (
                (f"{MARKS[n - 1]} ", style_of(_colour(n))) if there else ("… ", "$foreground-muted")
            )
            parts.append(Content.assemble(mark, (f"n={n}", "bold u" if n == self._n else "")))
        self.query_one("#zipf-legend", Line).show(Content(" ").join(parts))


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
    lengths, met = order.growth
    pairs = zip(lengths, met, strict=True)
    before = max((each for length, each in pairs if length <= 0.9 * lengths[-1]), default=0)
    told = _("n={n}  distinct {met}, {new} of them new in the last tenth")
    return " " + told.format(n=order.n, met=count(met[-1]), new=count(met[-1] - before))


def _line(order: Order, way: Way, counted: Counted) -> list[Series]:
    """The fitted line; no line where there is none."""
    fit = order.fits.get(way)
    if fit is None:
        return []
    first, last = float(fit.ranks[0]), float(fit.ranks[1])
    # It begins where it comes down to the highest count, or it would set the scale.
    most = max(each.curve[1][0] for each in counted.orders)
    if fit.exponent > 0:
        first = max(first, (fit.count_at(1) / most) ** (1 / fit.exponent))
    return [Series("fit", [first, last], [fit.count_at(first), fit.count_at(last)], "reference")]
