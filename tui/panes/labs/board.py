"""A picture laboratory on its own screen: sliders, picture, numbers, formula, task."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.tui.cells import fit, widest
from seqtui.tui.foreign import visible
from seqtui.tui.panes.labs.picture import table_lines
from seqtui.tui.panes.labs.pictures import picture_of
from seqtui.tui.panes.labs.sliders import Sliders
from seqtui.tui.translation import _, localized
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.plot_view import PlotView

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.labs.lab import Figures, Lab
    from seqtui.tui.panes.labs.picture import Picture
    from seqtui.tui.session import Session
    from seqtui.tui.tasks import Task

KEPT = 64
"""Figures that are kept, by laboratory, settings and corpus, the latest last."""
LOOK_SECONDS = 0.5
"""How often figures that are not complete yet are looked for."""
LEAST_PLOT = 5
"""Lines of a plot; with fewer it is left out for the numbers."""


class LabBoard(Vertical):
    """One picture laboratory. Its figures are computed in the background when a slider moves."""

    DEFAULT_CSS = """
    LabBoard { height: 1fr; padding: 0 1; }
    LabBoard #lab-title { text-style: bold; }
    LabBoard #lab-legend { color: $text-muted; }
    LabBoard #lab-plot { height: 1fr; }
    LabBoard #lab-rows { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    LabBoard #lab-words { color: $text-muted; }
    """

    def __init__(
        self, session: Session, task_words: Callable[[Lab], str], *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._session = session
        self._task_words = task_words
        """The line that names the next task of a laboratory."""
        self.lab: Lab | None = None
        self._settings: dict[str, Any] = {}
        """The settings of each laboratory, as they were left."""
        self._kept: OrderedDict[tuple[str, Any, str], Figures] = OrderedDict()
        self.figures: Figures | None = None
        """What is shown; None while there is nothing."""
        self._partial: Figures | None = None
        """Figures that are not complete, as the worker's thread left them."""
        self._refused = ""
        self._work: Task[Figures] | None = None

    def compose(self) -> ComposeResult:
        """Title, sliders, picture, numbers, formula, sentence, task."""
        yield Line(id="lab-title")
        yield Sliders(id="lab-sliders")
        yield Line(id="lab-legend")
        yield PlotView(self.repaint, id="lab-plot")
        yield Static("", id="lab-rows")
        yield Line(id="lab-formula")
        yield Line(id="lab-words")
        yield Line(id="lab-task")

    def on_mount(self) -> None:
        """Look for figures that are not complete yet while there is work."""
        self._looking = self.set_interval(LOOK_SECONDS, self._look, pause=True)

    @property
    def sliders(self) -> Sliders:
        """The line of settings, which takes the arrows."""
        return self.query_one(Sliders)

    @property
    def settings(self) -> Any:
        """The settings of the laboratory that is shown."""
        assert self.lab is not None
        return self._settings[self.lab.name]

    @property
    def busy(self) -> bool:
        """Whether figures are being computed."""
        return self._work is not None and self._work.under_way

    # Opening.

    def open(self, lab: Lab) -> None:
        """Show a laboratory, as it was left."""
        self.lab = lab
        self._settings.setdefault(lab.name, lab.settings())
        self.sliders.show(self.settings)
        self.recompute()

    def on_sliders_changed(self, event: Sliders.Changed) -> None:
        """Compute the figures of other settings."""
        event.stop()
        self.change(event.settings)

    def change(self, settings: Any) -> None:
        """Take other settings, and compute their figures."""
        assert self.lab is not None
        self._settings[self.lab.name] = settings
        self.sliders.show(settings)
        self.recompute()

    def turn_view(self) -> None:
        """The next of the laboratory's pictures."""
        from seqtui.engine.labs.lab import VIEW
        from seqtui.engine.labs.settings import turned

        assert self.lab is not None
        if self.lab.views:
            self.change(turned(self.settings, VIEW, 1))

    # Computing.

    @property
    def hidden(self) -> bool:
        """Whether a prediction is asked for before the picture."""
        return self.lab is not None and self._session.labs.predicts(self.lab)

    def recompute(self) -> None:
        """Show what is known of these settings, else compute it; training waits for its key."""
        self.stop()
        assert self.lab is not None
        self.figures, self._refused = self._kept.get(self._key), ""
        if self.figures is None and not self.hidden:
            if self.lab.trains(self.settings):
                self._know()
            else:
                self.compute()
        self.repaint()

    @property
    def _key(self) -> tuple[str, Any, str]:
        assert self.lab is not None
        corpus = self._session.corpus
        text = corpus.fingerprint if corpus is not None and self.lab.reads_corpus else ""
        return self.lab.name, self.settings, text

    def _know(self) -> None:
        """Show what is known before a training."""
        lab, settings, corpus = self.lab, self.settings, self._session.corpus
        assert lab is not None
        if lab.knows_before_training:
            self._start(lambda keep_going: lab.before_training(corpus, settings, keep_going))

    def compute(self) -> None:
        """Compute the figures on the laboratories' thread."""
        lab, settings, corpus, key = self.lab, self.settings, self._session.corpus, self._key
        assert lab is not None
        if lab.reads_corpus and corpus is None:
            return  # `refresh_from_session` comes when it is read

        def find(keep_going: OnProgress) -> Figures:
            return self._find(lab, settings, corpus, keep_going)

        def keep(figures: Figures) -> None:
            self._kept[key] = figures
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

        self._start(find, keep)

    def _start(
        self,
        find: Callable[[OnProgress], Figures],
        keep: Callable[[Figures], None] | None = None,
    ) -> None:
        """Have figures found by the worker, and show them."""
        assert self.lab is not None

        def take(figures: Figures) -> None:
            if keep is not None:
                keep(figures)
            self._looking.pause()
            self.figures = figures
            self.repaint()

        def refuse(error: BaseException) -> None:
            self._looking.pause()
            if not isinstance(error, InputError):
                self._session.tasks.tell(error)
            self._refused = localized(error)
            self.repaint()

        self._partial = None
        self._looking.resume()
        self._work = self._session.tasks.start(
            self.lab.name, find, then=take, failed=refuse, worker=self._session.lab_worker
        )

    def _find(
        self, lab: Lab, settings: Any, corpus: Corpus | None, keep_going: OnProgress
    ) -> Figures:
        """On the worker's thread: the complete figures, those before them on the way."""
        figures = None
        for figures in lab.stream(corpus, settings, keep_going):
            self._partial = figures
        assert figures is not None
        return figures

    def _look(self) -> None:
        if self.busy and self._partial is not None and self._partial is not self.figures:
            self.figures = self._partial
            self.repaint()

    def stop(self) -> None:
        """Cancel what is being computed."""
        if self._work is not None:
            self._work.cancel()
        self._looking.pause()

    def toggle(self) -> None:
        """Start what trains, or stop it."""
        if self.busy:
            self.stop()
        elif not self.hidden:
            self.compute()
        self.repaint()

    # Painting.

    def repaint(self) -> None:
        """Paint every word and the picture."""
        lab = self.lab
        if lab is None or not self.is_attached:
            return
        self.sliders.refresh()
        self._title(lab)
        picture = None if self.hidden or self.figures is None else picture_of(lab, self.figures)
        if picture is None:
            self._wait(lab)
        else:
            self._paint(picture)
        self.query_one("#lab-task", Line).show(Content(self._task_words(lab)))

    def _title(self, lab: Lab) -> None:
        left = f"{lab.name} · {localized(lab.question)}"
        right = ""
        if lab.views:
            place = lab.views.index(self.settings.view) + 1
            right = _("view {place}/{all} {name}").format(
                place=place, all=len(lab.views), name=_(self.settings.view)
            )
        width = max(self.size.width - 2, 0)
        room = width - widest(right) - 2
        line = fit(left, room) + "  " + right if right and room > 20 else fit(left, width)
        self.query_one("#lab-title", Line).show(Content(line))

    def _wait(self, lab: Lab) -> None:
        if self.hidden:
            assert lab.prediction is not None
            words = _("{question}  Press p and predict; then the picture appears.").format(
                question=localized(lab.prediction.question)
            )
        elif self._refused:
            words = f"✗ {self._refused}"
        elif self.busy:
            words = _("computing …")
        elif lab.reads_corpus and self._session.corpus is None:
            words = localized(UserMessage("The corpus is being read …"))
        else:
            words = _("space starts the training, and stops it")
        self.query_one("#lab-legend", Line).show(Content(""))
        self.query_one("#lab-plot", PlotView).show_words(Content(visible(words)))
        self._rows([])
        for name in ("formula", "words"):
            self.query_one(f"#lab-{name}", Line).show(Content(""))

    def _paint(self, picture: Picture) -> None:
        lines = table_lines(picture.rows, picture.left)
        self._rows(lines if picture.plot is not None else [])
        self.query_one("#lab-legend", Line).show(picture.legend or Content(""))
        plot = self.query_one("#lab-plot", PlotView)
        # The rows change the plot's room only after the next layout.
        height = self.size.height - 6 - len(lines)
        width = plot.size.width
        if picture.plot is None:
            plot.show_words(Content("\n".join(lines)))  # in the plot's place
        elif height < LEAST_PLOT or not width:
            plot.show_words(Content(""))
        else:
            plot.show(picture.plot(width, height))
        value = Content.assemble(picture.formula, ("  " + picture.value, "bold"))
        self.query_one("#lab-formula", Line).show(value)
        self.query_one("#lab-words", Line).show(Content(picture.words))

    def _rows(self, lines: list[str]) -> None:
        self.query_one("#lab-rows", Static).update(Content("\n".join(lines)))
        self.query_one("#lab-rows").styles.display = "block" if lines else "none"
