"""The part of the Train pane that shows a run: its curves, its figures, its last sample."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from seqtui.tui import plots
from seqtui.tui.foreign import visible, visible_lines
from seqtui.tui.frame import Line
from seqtui.tui.panes.train_curves import MEASURES, History, gradient_plot, references
from seqtui.tui.panes.train_numbers import number_lines, rule, sample_title
from seqtui.tui.panes.train_words import empty_words, legend
from seqtui.tui.plot_view import PlotView
from seqtui.tui.translation import _


class RunBoard(Vertical):
    """One run. Its lines repaint when they differ, its plots when their data do."""

    DEFAULT_CSS = """
    RunBoard { width: 1fr; height: 1fr; padding: 0 1; }
    RunBoard #lower { height: 3; }
    RunBoard #gradient-side { display: none; width: 1fr; margin-right: 2; }
    RunBoard #sample-side { width: 1fr; }
    RunBoard #sample { height: 1fr; overflow: hidden; }
    RunBoard.-tall #lower { height: 13; margin-top: 1; }
    RunBoard.-tall.-wide #gradient-side { display: block; }
    """

    def __init__(self, on_size: Callable[[], None], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._on_size = on_size
        self.history = History()
        self.vocabulary_size: int | None = None
        """|V| of the run, or of the corpus one would start on."""
        self.bigram_loss: float | None = None
        """Held-out loss in nats of the corpus's add-one bigram."""
        self._measure = 0
        self._sample = ""
        self._painted: object = None
        """What the plots were painted from."""

    def compose(self) -> ComposeResult:
        """Settings, legend, curves, figures, sample, state: one above the other."""
        yield Line(id="run-settings")
        yield Line(id="legend")
        yield PlotView(self._on_size, id="curves")
        for number in range(4):
            yield Line(id=f"numbers-{number}")
        with Horizontal(id="lower"):
            with Vertical(id="gradient-side"):
                yield Line(id="gradient-title")
                gradient = PlotView(self._on_size, id="gradient")
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

    def next_measure(self) -> None:
        """Another measure on the vertical axis."""
        self._measure = (self._measure + 1) % len(MEASURES)

    def show_figures(self, settings: Content, state: Content) -> None:
        """The numbers and the sample, and two lines of words: the settings and the state."""
        width = max(self.content_size.width, 1)
        self._line("run-settings", settings.truncate(width, ellipsis=True))
        for number, line in enumerate(number_lines(self.history, width)):
            self._line(f"numbers-{number}", line)
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
        history, measure, view = self.history, MEASURES[self._measure], self.curves
        lines = references(self.vocabulary_size, self.bigram_loss, measure)
        empty = not history.points and history.phase in ("none", "failed")
        state = (
            id(history),
            history.points,
            history.started,
            empty,
            measure,
            tuple(lines),
            view.size,
        )
        if state == self._painted or not view.size.width:
            return
        self._painted = state
        words = legend(measure, lines, empty)
        self._line("legend", words.truncate(max(self.content_size.width, 1), ellipsis=True))
        if empty:
            view.say(empty_words(self.vocabulary_size, self.bigram_loss))
        else:
            series = history.series(measure)
            view.show(plots.curves(series, lines, *view.size, history.x_range, log_y=measure.log))
        gradient = self.query_one("#gradient", PlotView)
        if gradient.size.width:
            title = _("|grad| before clipping ⠒⠒  clip norm ┄┄")
            self._line("gradient-title", rule(title, gradient.size.width))
            if empty:
                gradient.say(Content(""))
            else:
                gradient.show(gradient_plot(history, *gradient.size))
