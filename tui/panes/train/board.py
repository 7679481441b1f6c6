"""The part of the Train pane that shows a run: its curves, its figures, its last sample."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from seqtui.engine.runs.history import History
from seqtui.tui.foreign import visible, visible_lines
from seqtui.tui.panes.train.curves import (
    AXES,
    Axes,
    Baseline,
    Overlay,
    clip_line,
    gradient_series,
    overlay_series,
    references,
    run_series,
)
from seqtui.tui.panes.train.figures import number_lines, rule, sample_title, weights_line
from seqtui.tui.panes.train.words import cursor_words, empty_words, legend
from seqtui.tui.translation import _
from seqtui.tui.widgets import plots
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.plot_view import PlotView

View = Literal["loss", "gradient", "sample"]
VIEWS: tuple[View, ...] = ("loss", "gradient", "sample")
"""What the large part of the board shows, in turn."""


class Curves(PlotView):
    """The main plot; while it is focused, left and right move its cursor."""

    BINDINGS: ClassVar = [
        Binding("left,h", "move(-1)", show=False),
        Binding("right,l", "move(1)", show=False),
    ]

    class Moved(Message):
        """The cursor is to move by so many columns."""

        def __init__(self, columns: int) -> None:
            super().__init__()
            self.columns = columns

    def action_move(self, columns: int) -> None:
        """Ask for the cursor to be moved."""
        self.post_message(self.Moved(columns))


class RunBoard(Vertical):
    """One run. Its lines repaint when they differ, its plots when their data do."""

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

    def __init__(self, repaint: Callable[[], None], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.repaint = repaint
        """Shows everything as it stands; also called when a plot has another size."""
        self.word = ""
        """The answer to the last key, where the state of the run is told."""
        self.history = History()
        self.vocabulary_size: int | None = None
        """|V| of the run, or of the corpus one would start on."""
        self.bigram_loss: float | None = None
        """Held-out loss in nats of the corpus's add-one bigram."""
        self.elsewhere: tuple[str, ...] = ()
        """Names of the runs that other processes train, newest first."""
        self.baselines: tuple[Baseline, ...] = ()
        """What counting reaches on the corpus."""
        self.overlays: tuple[Overlay, ...] = ()
        """Earlier runs beside this one."""
        self.tokens_per_character = math.nan
        """Of the held-out text."""
        self.axes = Axes()
        self._view: View = "loss"
        self._series: Sequence[plots.Series] = ()
        """The curves as they were plotted last."""
        self._sample = ""
        self._painted: object = None
        """What the plots were painted from."""

    def compose(self) -> ComposeResult:
        """Settings, legend, curves, figures, weights, sample, state: one above the other."""
        yield Line(id="run-settings")
        yield Line(id="legend")
        yield Curves(self.repaint, id="curves")
        for number in range(4):
            yield Line(id=f"numbers-{number}")
        yield Line(id="weights")
        with Horizontal(id="lower"):
            with Vertical(id="gradient-side"):
                yield Line(id="gradient-title")
                gradient = PlotView(self.repaint, id="gradient")
                gradient.can_focus = False
                yield gradient
            with Vertical(id="sample-side"):
                yield Line(id="sample-title")
                yield Static("", id="sample")
        yield Line(id="state")

    @property
    def curves(self) -> PlotView:
        """The main plot, which has the focus where no form is."""
        return self.query_one("#curves", PlotView)

    def next_view(self) -> None:
        """The curves, the gradient's norm, the sample."""
        self._view = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]

    @property
    def x_range(self) -> tuple[float, float]:
        """All of the horizontal axis: this run's, or as far as a pinned one came."""
        axis = self.axes.x
        ends = [one.history.last(axis) for one in self.overlays]
        return 0.0, max(self.history.x_range(axis)[1], *ends, 0.0)

    def move_cursor(self, columns: int) -> None:
        """Move the cursor by columns of the plot."""
        self.axes.move(self.x_range, columns / max(self.curves.size.width, 1))

    def show_figures(self, settings: Content, state: Content) -> None:
        """The numbers and the sample, and two lines of words: the settings and the state."""
        width = max(self.content_size.width, 1)
        if self.axes.cursor is not None:
            settings = cursor_words(self.history, self.axes, self._series)
        self._line("run-settings", settings.truncate(width, ellipsis=True))
        for number, line in enumerate(number_lines(self.history, width)):
            self._line(f"numbers-{number}", line)
        weights = weights_line(self.history.started)
        self._line("weights", weights.truncate(width, ellipsis=True))
        self._show_sample()
        self._line("state", state.truncate(width, ellipsis=True))

    def _line(self, name: str, content: Content) -> None:
        self.query_one(f"#{name}", Line).show(content)

    def _show_sample(self) -> None:
        widget = self.query_one("#sample", Static)
        self._line("sample-title", rule(sample_title(self.history), widget.size.width))
        text = self.history.sampled.text if self.history.sampled else ""
        # Where lines are few, a line feed is a symbol and not a line.
        shown = visible_lines(text) if self.has_class("-tall") else visible(text)
        if shown != self._sample:
            self._sample = shown
            widget.update(Content(shown), layout=False)

    def show_plots(self) -> None:
        """The plots, if their data, their references or their size have changed."""
        history, view = self.history, self.curves
        empty = history.empty and not self.overlays and history.phase in ("none", "failed")
        lines = references(
            self.vocabulary_size, self.baselines, self.axes.of, self.tokens_per_character
        )
        state = (
            id(history),
            history.version,
            empty,
            self.elsewhere,
            repr(self.axes),
            self._view,
            tuple(lines),
            tuple(map(id, self.overlays)),
            view.size,
        )
        if state == self._painted or not view.size.width:
            return
        self._painted = state
        width = max(self.content_size.width, 1)
        if empty:
            self._line("legend", legend(self.axes.title, [], lines, width))
            view.say(empty_words(self.vocabulary_size, self.bigram_loss, self.elsewhere))
        elif self._view == "sample":
            self._line("legend", legend(sample_title(history), [], [], width))
            text = history.sampled.text if history.sampled else _("none yet: w asks for one")
            view.say(Content(visible_lines(text)))
        elif self._view == "gradient":
            self._series, lines = gradient_series(history, self.axes), clip_line(history)
            title = f"|grad|, {_('log')}"
            self._line("legend", legend(title, self._series, lines, width))
            view.show(self._gradient_plot(view))
        else:
            self._series = [
                *overlay_series(self.overlays, self.axes, self.x_range[1]),
                *run_series(history, self.axes, self.x_range[1]),
            ]
            self._line("legend", legend(self.axes.title, self._series, lines, width))
            view.show(self._plot(view, self._series, lines, log_y=self.axes.log))
        gradient = self.query_one("#gradient", PlotView)
        if gradient.size.width:
            title = _("|grad| before clipping ⠒⠒  after ▴  clip norm ┄┄")
            self._line("gradient-title", rule(title, gradient.size.width))
            if empty:
                gradient.say(Content(""))
            else:
                gradient.show(self._gradient_plot(gradient))

    def _gradient_plot(self, view: PlotView) -> str:
        series = gradient_series(self.history, self.axes)
        return self._plot(view, series, clip_line(self.history), log_y=True)

    def _plot(
        self,
        view: PlotView,
        series: Sequence[plots.Series],
        lines: Sequence[plots.Reference],
        *,
        log_y: bool,
    ) -> str:
        axes = self.axes
        return plots.curves(
            series,
            lines,
            *view.size,
            axes.range(self.x_range),
            AXES[axes.x],
            log_y=log_y,
            cursor=axes.cursor,
            fit_references=axes.zoom is None,
        )
