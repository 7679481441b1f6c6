"""The part of the Train pane that shows a run: its curves, its figures, its last sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from seqtui.tui.foreign import visible, visible_lines
from seqtui.tui.panes.train.curves import (
    Axes,
    clip_line,
    gradient_series,
    overlay_series,
    references,
    run_series,
)
from seqtui.tui.panes.train.figures import number_lines, rule, sample_title, weights_line
from seqtui.tui.panes.train.shown import References, ShownRun
from seqtui.tui.panes.train.words import cursor_words, empty_words, legend
from seqtui.tui.translation import _
from seqtui.tui.widgets import plots
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.keys import LEFT, RIGHT
from seqtui.tui.widgets.plot_view import PlotView

View = Literal["loss", "gradient", "sample"]
VIEWS: tuple[View, ...] = ("loss", "gradient", "sample")
"""What the large part of the board shows, in turn."""


class Curves(PlotView):
    """The main plot; while it is focused, left and right move its cursor."""

    BINDINGS: ClassVar = [
        Binding(LEFT, "move(-1)", show=False),
        Binding(RIGHT, "move(1)", show=False),
    ]

    class Moved(Message):
        """Ask for the cursor to move by `columns`."""

        def __init__(self, columns: int) -> None:
            super().__init__()
            self.columns = columns

    def action_move(self, columns: int) -> None:
        """Ask for the cursor to be moved."""
        self.post_message(self.Moved(columns))


class RunBoard(Vertical):
    """One run, and the keys that change how its curves are drawn.

    Its lines repaint when they differ, its plots when their data do.
    """

    DEFAULT_CSS = """
    RunBoard { width: 1fr; height: 1fr; padding: 0 1; }
    RunBoard #weights { display: none; }
    RunBoard.-tall #weights { display: block; }
    RunBoard #lower { height: 3; }
    RunBoard #gradient-side { display: none; width: 1fr; margin-right: 2; }
    RunBoard #sample-side { width: 1fr; }
    RunBoard #sample { height: 1fr; overflow: hidden; }
    RunBoard.-tall #lower { height: 13; margin-top: 1; }
    RunBoard.-tall.-wide #gradient-side { display: block; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._run = ShownRun()
        self._references = References()
        self._settings = Content("")
        self._axes = Axes()
        self._view: View = "loss"
        self._series: Sequence[plots.Series] = ()
        """The curves as they were plotted last."""
        self._sample = ""
        self._painted: object = None
        """What the plots were painted from."""

    def compose(self) -> ComposeResult:
        """Settings, legend, curves, figures, weights, sample: one above the other."""
        yield Line(id="run-settings")
        yield Line(id="legend")
        yield Curves(self.paint, id="curves")
        for number in range(4):
            yield Line(id=f"numbers-{number}")
        yield Line(id="weights")
        with Horizontal(id="lower"):
            with Vertical(id="gradient-side"):
                yield Line(id="gradient-title")
                gradient = PlotView(self.paint, id="gradient")
                gradient.can_focus = False
                yield gradient
            with Vertical(id="sample-side"):
                yield Line(id="sample-title")
                yield Static("", id="sample")

    @property
    def curves(self) -> PlotView:
        """The main plot, which has the focus where no form is."""
        return self.query_one("#curves", PlotView)

    # What is shown.

    @property
    def run(self) -> ShownRun:
        """The run on the board."""
        return self._run

    @property
    def axes(self) -> Axes:
        """How its curves are looked at."""
        return self._axes

    def show(self, run: ShownRun, references: References, settings: Content) -> None:
        """Show a run beside what it is compared with, below a line with its settings."""
        self._run, self._references, self._settings = run, references, settings
        self.paint()

    def show_figures(self, run: ShownRun, settings: Content) -> None:
        """Show the run's figures and leave its plots as they are: they are costly to send."""
        self._run, self._settings = run, settings
        self._paint_figures()

    def paint(self) -> None:
        """Paint what has changed."""
        self._paint_plots()
        self._paint_figures()  # after the plots: the cursor's line reads what was plotted

    def repaint(self) -> None:
        """Paint every word again: the language has changed."""
        self._painted = None
        self.paint()

    @property
    def x_range(self) -> tuple[float, float]:
        """All of the horizontal axis: this run's, or as far as a pinned one came."""
        axis = self._axes.x
        ends = [one.history.last(axis) for one in self._references.overlays]
        return 0.0, max(self._run.history.x_range(axis)[1], *ends, 0.0)

    # Keys.

    def action_measure(self) -> None:
        """The next measure on the vertical axis."""
        self._axes.next_measure()
        self.paint()

    def action_scale(self) -> None:
        """A logarithmic or a linear vertical axis."""
        self._axes.change_scale()
        self.paint()

    def action_x_axis(self) -> None:
        """The next horizontal axis."""
        self._axes.next_x()
        self.paint()

    def action_smoothing(self) -> None:
        """The next moving average."""
        self._axes.next_smoothing()
        self.paint()

    def action_view(self) -> None:
        """Curves, gradient or sample."""
        self._view = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]
        self.paint()

    def action_zoom(self, factor: float) -> None:
        """See a part of the curves that is `factor` times as long."""
        self._axes.magnify(self.x_range, factor)
        self.paint()

    def action_whole(self) -> None:
        """See all of the run, without a cursor."""
        self._axes.reset()
        self.paint()

    def on_curves_moved(self, event: Curves.Moved) -> None:
        """Move the cursor by columns of the plot, and read the curves there."""
        self._axes.move(self.x_range, event.columns / max(self.curves.size.width, 1))
        self.paint()

    # Painting.

    def _paint_figures(self) -> None:
        """The numbers and the sample, below the settings or the values under the cursor."""
        width, history = max(self.content_size.width, 1), self._run.history
        settings = self._settings
        if self._axes.cursor is not None:
            settings = cursor_words(history, self._axes, self._series)
        self._line("run-settings", settings.truncate(width, ellipsis=True))
        for number, line in enumerate(number_lines(history, width)):
            self._line(f"numbers-{number}", line)
        weights = weights_line(history.started)
        self._line("weights", weights.truncate(width, ellipsis=True))
        self._show_sample()

    def _line(self, name: str, content: Content) -> None:
        self.query_one(f"#{name}", Line).show(content)

    def _show_sample(self) -> None:
        widget = self.query_one("#sample", Static)
        history = self._run.history
        self._line("sample-title", rule(sample_title(history), widget.size.width))
        text = history.sampled.text if history.sampled else ""
        # Where lines are few, a line feed is a symbol and not a line.
        shown = visible_lines(text) if self.has_class("-tall") else visible(text)
        if shown != self._sample:
            self._sample = shown
            widget.update(Content(shown), layout=False)

    def _paint_plots(self) -> None:
        """The plots, if their data, their references or their size have changed."""
        history, view, axes = self._run.history, self.curves, self._axes
        known = self._references
        empty = history.empty and not known.overlays and history.phase in ("none", "failed")
        state = (history, history.version, known, replace(axes), self._view, view.size)
        if state == self._painted or not view.size.width:
            return
        self._painted = state
        width = max(self.content_size.width, 1)
        lines = references(
            known.vocabulary_size, known.baselines, axes.of, known.tokens_per_character
        )
        if empty:
            self._line("legend", legend(axes.title, [], lines, width))
            view.show_words(
                empty_words(
                    known.vocabulary_size, known.bigram_loss, known.elsewhere, known.uncounted
                )
            )
        elif self._view == "sample":
            self._line("legend", legend(sample_title(history), [], [], width))
            text = history.sampled.text if history.sampled else _("none yet: press w for one")
            view.show_words(Content(visible_lines(text)))
        elif self._view == "gradient":
            self._series, lines = gradient_series(history, axes), clip_line(history)
            title = _("{measure}, log").format(measure="|grad|")
            self._line("legend", legend(title, self._series, lines, width))
            view.show(self._gradient_plot(view))
        else:
            self._series = [
                *overlay_series(known.overlays, axes, self.x_range[1]),
                *run_series(history, axes, self.x_range[1]),
            ]
            self._line("legend", legend(axes.title, self._series, lines, width))
            view.show(self._plot(view, self._series, lines, log_y=axes.log))
        gradient = self.query_one("#gradient", PlotView)
        if gradient.size.width:
            title = _("|grad| before clipping ⠒⠒  after ▴  clip norm ┄┄")
            self._line("gradient-title", rule(title, gradient.size.width))
            if empty:
                gradient.show_words(Content(""))
            else:
                gradient.show(self._gradient_plot(gradient))

    def _gradient_plot(self, view: PlotView) -> str:
        history = self._run.history
        series = gradient_series(history, self._axes)
        return self._plot(view, series, clip_line(history), log_y=True)

    def _plot(
        self,
        view: PlotView,
        series: Sequence[plots.Series],
        lines: Sequence[plots.Reference],
        *,
        log_y: bool,
    ) -> str:
        axes = self._axes
        return plots.curves(
            series,
            lines,
            *view.size,
            axes.range(self.x_range),
            axes.horizontal,
            log_y=log_y,
            cursor=axes.cursor,
            fit_references=axes.zoom is None,
        )
