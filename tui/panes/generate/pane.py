"""The Generate pane: what a model writes, and how sure it was of each token."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.widgets import Static

from seqtui.corpora.errors import InputError
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
from seqtui.tui.panes.generate.model_choice import ModelChoice
from seqtui.tui.panes.generate.model_list import ModelList
from seqtui.tui.panes.generate.writing import Writing
from seqtui.tui.panes.pane import Host, Pane
from seqtui.tui.session import Session
from seqtui.tui.translation import N_, _, localized
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.table import Table

if TYPE_CHECKING:
    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.runs.listing import RunList
    from seqtui.engine.runs.run import Run

WIDE = 130
"""From this many cells on, tokens are beside the text, with what was considered for each."""
HINT = N_("w writes a text, n one token of it.")
DRAW_SECONDS = 0.25
"""How often new tokens are shown."""


class GeneratePane(Pane):
    """Settings and candidates on the left; the text and its tokens on the right."""

    BINDINGS: ClassVar = bindings_of("generate")
    DEFAULT_CSS = """
    GeneratePane #writer-side {
        width: 32; max-width: 45%; height: 1fr; border-right: solid $panel;
    }
    GeneratePane #writer { padding: 0 1; text-style: bold; }
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
        self._choice = ModelChoice(session, self._show_model, host.show_error)
        self._writing: Writing | None = None
        self._drawn: tuple[Writing, int, bool] | None = None
        self._laid_out = ""
        """The text whose lines are on the screen."""
        self._mark = 0
        """Where in it the token under the cursor begins."""

    def compose(self) -> ComposeResult:
        """The model, the settings, what was considered; the text and its tokens."""
        with Horizontal():
            with Vertical(id="writer-side"):
                yield Line(id="writer")
                yield SamplingForm(id="sampling")
                yield Static("", id="considered")
            with Vertical():
                yield Line(id="reading")
                with Container(id="writing"):
                    with VerticalScroll(id="text-scroll", can_focus=False):
                        yield Static("", id="text")
                    yield Table(COLUMNS, N_("Nothing written yet: w writes."), id="written")
        yield Line(id="writing-summary")

    def on_mount(self) -> None:
        """Look for new tokens four times a second."""
        self.repaint()
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

    def repaint(self) -> None:
        """Paint every word, in the language of now."""
        self._table.border_title = _("how sure the model was of each token")
        self._table.refresh()
        self._form.refresh()
        self._show_model()
        if self._writing is None:
            self._show_hint()
        else:
            self._paint()
            self._show_summary(self._writing)

    def _show_hint(self) -> None:
        """What to press while nothing is written, or why nothing can be."""
        without = self.session.refusal is not None and self._choice.loaded is None
        words = localized(self.session.no_corpus) if without else _(HINT)
        self.query_one("#text", Static).update(Content(visible(words)))

    # The model.

    def refresh_from_session(self) -> None:
        """Load the model of the run that trained last, else count one in the corpus."""
        if self._writing is None:
            self._show_hint()
        self._after_selection(loading=self._choice.refresh())
        self._draw()

    def _show_model(self) -> None:
        self.query_one("#writer", Line).show(Content(visible(self._choice.status)))

    def _after_selection(self, *, loading: bool) -> None:
        if loading and self._choice.waits_for_training:
            self.notify(
                _("It is loaded when the run is over; w in Train samples the run."), markup=False
            )

    def action_model(self) -> None:
        """List the models, to select one."""

        def find(keep_going: OnProgress) -> RunList:
            from seqtui.engine.runs.listing import list_runs

            return list_runs()

        def choose(found: RunList) -> None:
            corpus = self.session.corpus
            self.app.push_screen(ModelList(found, corpus.name if corpus else None), self._select)

        self.session.tasks.start(_("listing runs"), find, then=choose)

    def _select(self, chosen: Run | int | None) -> None:
        if chosen is not None:
            self._after_selection(loading=self._choice.select(chosen))
            self._draw()

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
        """Write one more token of the text."""
        if self._writing is None or not self._writing.running:
            self._write(1)

    def _write(self, tokens: int | None) -> None:
        """Write this many more tokens; None for a new text of the length in the settings."""
        writer = self._choice.loaded
        if writer is None:
            if self._choice.when_loaded(self.action_write):
                words = _("it starts when the model is loaded; Esc cancels")
            else:
                words = _("no model selected: press m")
            self.notify(words, markup=False, timeout=3)
            return
        self._choice.when_loaded(None)
        values = self._form.values
        try:
            length, sampling = read_sampling(values)
        except InputError as error:
            self.host.show_error(error)
            return
        writing = self._writing
        if tokens is None or writing is None or writing.writer is not writer:
            self._halt()
            writing = self._writing = Writing(writer, values["prefix"], sampling)
        writing.prepare(sampling)
        session = self.session
        session.tasks.start(
            _("writing"),
            writing.write,
            tokens or length,
            then=lambda done: self._draw(),
            worker=session.engine_worker if writing.writer.neural else session.writing_worker,
        )
        self._draw()

    def _halt(self) -> None:
        if self._writing is not None:
            self._writing.stop()

    def action_halt(self) -> None:
        """Stop writing; else from the settings back to the text."""
        self._choice.when_loaded(None)
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
        if self._choice.has_new_run():
            self.refresh_from_session()
        writing = self._writing
        if writing is not None:
            state = (writing, len(writing.tokens), writing.before is None)
            if state != self._drawn:
                self._paint()
            self._show_summary(writing)

    def _show_summary(self, writing: Writing) -> None:
        training = self.session.training is not None
        waits = writing.running and training and writing.writer.neural and not writing.tokens
        words = summary_words(writing, self._choice.loaded, waits and not writing.stopping)
        self.query_one("#writing-summary", Line).show(Content(visible(words)))

    def _paint(self) -> None:
        """Paint the text and its tokens anew; the cursor follows the last token if it did."""
        writing = self._writing
        self._show_reading()
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

    def _show_reading(self) -> None:
        line = self.query_one("#reading", Line)
        line.show(reading_words(self._writing, line.content_size.width))
