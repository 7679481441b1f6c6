"""The Generate pane: what a model writes, and how sure it was of each token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.widgets import Static

from seqtui.corpora.errors import InputError
from seqtui.engine.settings.run_config import COUNTED_MODELS
from seqtui.tui.actions import bindings_of
from seqtui.tui.foreign import visible
from seqtui.tui.panes.generate.drawing import (
    COLUMNS,
    WIDE_COLUMNS,
    drawn_from,
    reading_words,
    summary_words,
    token_rows,
    written_text,
)
from seqtui.tui.panes.generate.form import SamplingForm, read_sampling
from seqtui.tui.panes.generate.model_list import ModelList
from seqtui.tui.panes.generate.writers import Author, count_author, load_author, usual_order
from seqtui.tui.panes.generate.writing import Writing
from seqtui.tui.panes.pane import Host, Pane
from seqtui.tui.session import Session
from seqtui.tui.translation import _
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.table import Table

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.runs.run import Run
    from seqtui.engine.worker import Worker
    from seqtui.tui.tasks import KeepGoing, Task

WIDE = 130
"""Cells from which the tokens stand beside the text, with what was considered for each."""
DRAW_SECONDS = 0.25
"""How often new tokens are shown."""


class GeneratePane(Pane):
    """Settings and candidates on the left; the text and its tokens on the right."""

    BINDINGS: ClassVar = bindings_of("generate")
    DEFAULT_CSS = """
    GeneratePane #writer-side {
        width: 32; max-width: 45%; height: 1fr; border-right: solid $panel;
    }
    GeneratePane #author { padding: 0 1; text-style: bold; }
    GeneratePane #considered {
        height: 1fr; padding: 0 1; border-top: solid $panel; border-title-color: $text-muted;
    }
    GeneratePane #reading { padding: 0 1; color: $text-muted; }
    GeneratePane #writing { layout: vertical; height: 1fr; }
    GeneratePane #text-scroll {
        width: 1fr; height: 1fr; scrollbar-size-vertical: 1; padding: 0 1;
    }
    GeneratePane #text { height: auto; }
    GeneratePane #written {
        height: 40%; min-height: 5; padding: 0 1;
        border-top: solid $panel; border-title-color: $text-muted;
    }
    GeneratePane.-wide #writing { layout: horizontal; }
    GeneratePane.-wide #written {
        width: 55%; max-width: 72; height: 1fr; border-top: none; border-left: solid $panel;
    }
    GeneratePane #writing-summary { padding: 0 1; color: $text-muted; }
    """

    def __init__(self, host: Host, session: Session, *, id: str) -> None:
        super().__init__(host, session, id=id)
        self._author: Author | None = None
        self._run: str | None = None
        """The folder of the run that shall write; None for the corpus's n-gram model."""
        self._order: int | None = None
        """The order of that n-gram model; None for the usual one."""
        self._chosen = False
        """Whether somebody chose, so that a run that ends does not take over by itself."""
        self._seen_run: str | None = None
        """The run trained last, when it was last looked for."""
        self._asked: object = None
        """What is being loaded, or was loaded last."""
        self._loading: Task[Author] | None = None
        self._stands: tuple[str | None, int | None, object] = (None, None, None)
        """Run, order and what was asked for when who writes was loaded."""
        self._eager = False
        """Whether it shall write as soon as who writes is there."""
        self._writing: Writing | None = None
        self._drawn: tuple[Writing, int, bool] | None = None
        self._laid_out = ""
        """The text whose lines are on the screen."""
        self._mark = 0
        """Where in it the token under the cursor begins."""

    def compose(self) -> ComposeResult:
        """Who writes, the settings, what was considered; the text and its tokens."""
        with Horizontal():
            with Vertical(id="writer-side"):
                yield Line(id="author")
                yield SamplingForm(id="sampling")
                yield Static("", id="considered")
            with Vertical():
                yield Line(id="reading")
                with Container(id="writing"):
                    with VerticalScroll(id="text-scroll", can_focus=False):
                        yield Static(Content(_("w writes a text, n one token of it.")), id="text")
                    table = Table(COLUMNS, _("Nothing written yet: w writes."), id="written")
                    table.border_title = _("how sure it was of each token")
                    yield table
        yield Line(id="writing-summary")

    def on_mount(self) -> None:
        """Look for new tokens four times a second."""
        self.set_interval(DRAW_SECONDS, self._draw)

    def on_resize(self, event: events.Resize) -> None:
        """Tokens beside the text where there is room."""
        self.set_class(event.size.width >= WIDE, "-wide")
        self.call_after_refresh(self._paint)

    def focus_first(self) -> None:
        """Focus the tokens at first, where Enter writes."""
        self.focus_remembered(self._table)

    @property
    def _form(self) -> SamplingForm:
        return self.query_one(SamplingForm)

    @property
    def _table(self) -> Table:
        return self.query_one("#written", Table)

    # Who writes.

    def refresh_from_session(self) -> None:
        """Take the run that trained last, else the n-gram model of the corpus."""
        last = self.session.last_run
        if last != self._seen_run and self.session.training is None:
            self._seen_run = self._run = last
            self._chosen = False
        corpus = self.session.corpus
        if self._run is not None:
            self._obtain_run(self._run)
        elif corpus is not None:
            self._obtain_counted(corpus, self._order or usual_order(corpus))
        self._draw()

    def _obtain_counted(self, corpus: Corpus, order: int) -> None:
        if self._is_obtained((corpus, order)):
            return

        def counted(keep_going: KeepGoing) -> Author:
            return count_author(corpus, order, keep_going)

        # Who wrote before may know another corpus.
        self._author = None
        self._obtain((corpus, order), _("counting …"), counted, self.session.text_worker)

    def _obtain_run(self, path: str) -> None:
        """Load a run: a network on the engine's thread, an n-gram model on the other."""
        if self._is_obtained(path):
            return
        from seqtui.engine.runs.run import open_run

        try:
            run = open_run(path)
        except InputError as error:
            self._failed(error)
            return
        neural = run.config.model not in COUNTED_MODELS
        named = self.session.named_model(run.config.model)

        def load(keep_going: KeepGoing) -> Author:
            return load_author(run, named, keep_going)

        told = _("loading {name} …").format(name=run.name)
        if neural and self.session.training is not None:
            told = _("waits for the run in training")
            self.notify(
                _("It is loaded when the run is over; w in Train samples the run."), markup=False
            )
        worker = self.session.engine_worker if neural else self.session.text_worker
        self._obtain(path, told, load, worker)

    def _is_obtained(self, wanted: object) -> bool:
        broken_off = self._loading is not None and self._loading.cancelled
        return wanted == self._asked and not broken_off

    def _obtain(self, wanted: object, told: str, function: Any, worker: Worker) -> None:
        if self._loading is not None:
            self._loading.cancel()
        self._asked = wanted
        self._eager = False
        self._tell_author(told)

        def take(author: Author) -> None:
            self._author = author
            self._stands = self._run, self._order, wanted
            self._tell_author(author.name)
            if self._eager:
                self._write(None)

        self._loading = self.session.tasks.start(
            _("loading"), function, then=take, failed=self._failed, worker=worker
        )

    def _failed(self, error: BaseException) -> None:
        self._run, self._order, self._asked = self._stands
        self._tell_author(self._author.name if self._author else _("nobody: m chooses"))
        self.host.show_error(error)

    def _tell_author(self, name: str) -> None:
        self.query_one("#author", Line).show(Content(visible(name)))

    def action_model(self) -> None:
        """List the runs, to choose who writes."""

        def find(keep_going: KeepGoing) -> list[Run]:
            from seqtui.engine.runs.run import list_runs

            return list_runs()

        def choose(runs: list[Run]) -> None:
            corpus = self.session.corpus
            self.app.push_screen(ModelList(runs, corpus.name if corpus else None), self._choose)

        self.session.tasks.start(_("listing runs"), find, then=choose)

    def _choose(self, chosen: Run | int | None) -> None:
        if chosen is None:
            return
        self._chosen = True
        if isinstance(chosen, int):
            self._run, self._order = None, chosen
        else:
            self._run = str(chosen.path)
        self._asked = None
        self.refresh_from_session()

    # Settings.

    def action_prefix(self) -> None:
        """Type the prefix."""
        self._form.edit("prefix")

    def action_temperature(self) -> None:
        """Type the temperature."""
        self._form.edit("temperature")

    def action_settings(self) -> None:
        """Go to the settings."""
        self.screen.set_focus(self._form)

    # Writing.

    def action_write(self) -> None:
        """Write a text after the prefix, from its start."""
        self._write(None)

    def action_step(self) -> None:
        """Write one more token, going on from where the text stands."""
        if self._writing is None or not self._writing.running:
            self._write(1)

    def _write(self, tokens: int | None) -> None:
        """Go on by so many tokens; None for a new text of the length in the settings."""
        if self._author is None:
            self._eager = self._loading is not None and self._loading.under_way
            told = _("it writes as soon as it is ready; esc: not") if self._eager else ""
            self.notify(told or _("nobody writes: m chooses who"), markup=False, timeout=3)
            return
        self._eager = False
        values = self._form.values
        try:
            length, sampling = read_sampling(values)
        except InputError as error:
            self.host.show_error(error)
            return
        writing = self._writing
        if tokens is None or writing is None or writing.author is not self._author:
            self._halt()
            writing = self._writing = Writing(self._author, values["prefix"], sampling)
        writing.start_on(sampling)
        session = self.session
        self.session.tasks.start(
            _("writing"),
            writing.go_on,
            tokens or length,
            then=lambda done: self._draw(),
            worker=session.engine_worker if writing.author.neural else session.writing_worker,
        )
        self._draw()

    def _halt(self) -> None:
        if self._writing is not None:
            self._writing.stop()

    def action_halt(self) -> None:
        """Stop writing; else from the settings back to the text."""
        self._eager = False
        if self._writing is not None and self._writing.running:
            self._halt()
            self._draw()
        else:
            self.screen.set_focus(self._table)

    def on_table_selected(self, event: Table.Selected) -> None:
        """Enter writes, here as everywhere but in the settings."""
        self.action_write()

    def on_table_moved(self, event: Table.Moved) -> None:
        """Show the token under the cursor in the text, and what it was drawn from."""
        self._paint_marked()

    # Drawing.

    def _draw(self) -> None:
        if not self.app.is_running or not self.display:
            return
        unseen = self.session.last_run != self._seen_run and self.session.training is None
        if unseen and not self._chosen:
            self.refresh_from_session()
        writing = self._writing
        if writing is not None:
            state = (writing, len(writing.tokens), writing.before is None)
            if state != self._drawn:
                self._paint()
            training = self.session.training is not None
            waits = writing.running and training and writing.author.neural and not writing.tokens
            words = summary_words(writing, self._author, waits and not writing.stopping)
            self.query_one("#writing-summary", Line).show(Content(visible(words)))

    def _paint(self) -> None:
        """Paint the text and its tokens anew; the cursor follows the last token if it did."""
        writing = self._writing
        self._tell_reading()
        columns = WIDE_COLUMNS if self.has_class("-wide") else COLUMNS
        if writing is None:
            self._table.show(0, lambda row: (), columns=columns)
            return
        written, table = len(writing.tokens), self._table
        before = self._drawn
        self._drawn = (writing, written, writing.before is None)
        follows = before is None or before[0] is not writing or table.cursor >= before[1] - 1
        cursor = max(written - 1, 0) if follows else table.cursor
        table.show(written, token_rows(writing), columns=columns, cursor=cursor)
        self._paint_marked()

    def _paint_marked(self) -> None:
        """Paint the text with the token under the cursor, and what that was drawn from."""
        writing = self._writing
        if writing is None or self._drawn is None:
            return
        written, marked = self._drawn[1], self._table.cursor
        content, offset = written_text(writing, writing.tokens[:written], marked)
        # A mark that moves leaves the lines as they are; laying them out again takes long.
        text = self.query_one("#text", Static)
        text.update(content, layout=content.plain != self._laid_out)
        self._laid_out, self._mark = content.plain, offset
        # Text that has grown just now can be scrolled only after the next layout.
        self.call_after_refresh(self._scroll_to_mark)
        considered = self.query_one("#considered", Static)
        if marked < written:
            considered.border_title = _("token {number} was drawn from").format(number=marked + 1)
            considered.update(drawn_from(writing, marked))
        else:
            considered.border_title = ""
            considered.update(Content(""))

    def _scroll_to_mark(self) -> None:
        text, scroll = self.query_one("#text", Static), self.query_one("#text-scroll")
        lines = Content(self._laid_out[: self._mark + 1]).wrap(max(text.size.width, 1))
        scroll.scroll_to_region(Region(0, len(lines) - 1, 1, 1), animate=False)

    def _tell_reading(self) -> None:
        line = self.query_one("#reading", Line)
        line.show(reading_words(self._writing, line.content_size.width))
