"""The app: a frame around five panes, and the session they work on.

The first paint needs no corpus, no numpy and no torch: a corpus is read on one thread, torch
is imported on another, and the panes are refreshed when either is there. Panes other than
the first are made when they are first visited.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.timer import Timer
from textual.widgets import ContentSwitcher

from seqtui.corpora.errors import (
    EndedBySignal,
    InputError,
    UserError,
    shortened,
    system_message,
)
from seqtui.tui.actions import bindings_of
from seqtui.tui.foreign import visible
from seqtui.tui.numbers import count
from seqtui.tui.panes import make_pane
from seqtui.tui.panes.pane import Pane
from seqtui.tui.session import Session
from seqtui.tui.terminal.driver import TerminalDriver
from seqtui.tui.terminal.leaving import Leaving, handled
from seqtui.tui.terminal.surroundings import encoding_remedy
from seqtui.tui.translation import N_, Text, _, localized, ngettext
from seqtui.tui.widgets.dialogs import Dialog, Help, Message, Question
from seqtui.tui.widgets.frame import ContextLine, FooterLine, PaneLine
from seqtui.tui.widgets.palette import ActionPalette, ActionProvider, open_palette
from seqtui.tui.widgets.prompt import Prompt, TypedLine

if TYPE_CHECKING:
    from pathlib import Path

    from textual.notifications import SeverityLevel

    from seqtui.corpora.corpus import Corpus, CorpusOptions
    from seqtui.tui.lab_book import LabBook

POLL_SECONDS = 0.05
"""How often finished background work is looked for, while there is any: a timer that wakes the
interface takes its time from a run that trains."""
DRAIN_SECONDS = 0.25
"""How often the engine's events are shown: four times a second."""
FAILED = 1
"""The exit code of an app that was ended by an error."""


class SeqtuiApp(App[int]):
    """A laboratory for sequence models in a terminal."""

    TITLE = "seqtui"
    CSS_PATH = "seqtui.tcss"
    COMMANDS: ClassVar = {ActionProvider}
    BINDINGS: ClassVar = [
        *bindings_of(None),
        Binding("ctrl+c", "copy_or_quit", show=False, priority=True),
    ]

    def __init__(
        self,
        source: str | None = None,
        options: CorpusOptions | None = None,
        watch: Path | None = None,
        labs: LabBook | None = None,
    ) -> None:
        super().__init__(driver_class=TerminalDriver)
        self.session = Session(source, options, labs)
        self._watch = watch
        """The run to be watched from the start."""
        self._opens_labs = labs is not None
        """Whether the laboratories are shown at the start."""
        self.session.tasks.attach(failed=self.show_error, changed=self._tasks_changed)
        self._polling: Timer | None = None
        """Runs `_deliver_tasks` while there are tasks."""
        self._engine: str | None = None
        """torch and its version; empty while it is imported or could not be, None before."""
        self._visible = "corpus"
        self._leaving: Leaving | None = None
        """The way out from outside; None without a terminal."""
        self._started: tuple[asyncio.AbstractEventLoop, contextvars.Context] | None = None
        """Where the app runs; None before."""

    # Layout.

    def compose(self) -> ComposeResult:
        """The frame and the first pane."""
        yield ContextLine(id="context")
        yield PaneLine(id="panes")
        with ContentSwitcher(initial="corpus", id="body"):
            yield make_pane("corpus", self, self.session)
        yield FooterLine(id="footer")

    def on_mount(self) -> None:
        """Begin to work once the first frame is painted."""
        self.theme = self.session.preferences.theme
        self.app_resume_signal.subscribe(self, lambda _app: self.refresh(layout=True))
        self.query_one(PaneLine).show_panes(self._visible)
        self.pane.focus_first()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._show_frame()
        self._polling = self.set_interval(
            POLL_SECONDS, self._deliver_tasks, pause=not self.session.tasks.waiting
        )
        self.set_interval(DRAIN_SECONDS, self._drain_events)
        if self._watch is not None:
            self.call_later(self.watch_run, self._watch)
        if self._opens_labs:
            self.call_later(self._open_labs)
        self.open_corpus()
        remedy = encoding_remedy(sys.__stderr__.encoding if sys.__stderr__ else None)
        if remedy is not None and not self.is_headless:
            # What is drawn is UTF-8 all the same.
            self.notify(localized(remedy), severity="warning", markup=False)

    async def _open_labs(self) -> None:
        """Show the laboratories, and say where the student's answers are kept."""
        await self.show_pane("labs")
        if (path := self.session.labs.path) is not None:
            words = _("your answers are kept in {path}").format(path=visible(str(path)))
            self.notify(words, markup=False)

    async def watch_run(self, folder: Path) -> None:
        """Show the run in a folder, which another process writes, in the Train pane."""
        pane = await self.show_pane("train")
        from seqtui.tui.panes.train.pane import TrainPane

        assert isinstance(pane, TrainPane)
        pane.watch_run(folder)

    def _show_frame(self) -> None:
        session, corpus = self.session, self.session.corpus
        left = [session.corpus_name]
        if corpus is not None:
            tokens = ngettext("{count} token", "{count} tokens", corpus.tokens)
            left += [
                corpus.options.tokenizer,
                tokens.format(count=count(corpus.tokens)),
                f"|V| {count(len(corpus.vocabulary))}",
            ]
        right = [session.tasks.progress, session.run_summary, session.device or self._engine_words]
        self.query_one(ContextLine).show_facts(left, right)
        self.query_one(FooterLine).show_keys(self._visible)

    @property
    def _engine_words(self) -> str:
        if self._engine is None:
            return ""
        return self._engine or (
            _("no engine") if self.session.engine_ready else _("engine starting …")
        )

    def repaint(self) -> None:
        """Paint every word again: the language has changed."""
        self.query_one(PaneLine).show_panes(self._visible)
        self._show_frame()
        for pane in self.query(Pane):
            pane.repaint()
        for screen in self.screen_stack[1:]:
            if isinstance(screen, Dialog | Prompt | ActionPalette):
                screen.repaint()

    # Keys.

    async def on_event(self, event: events.Event) -> None:
        """Act on a key before the next one is routed.

        By way of the widgets' queues, keys that arrive together (a slow line, `1o`) would
        overtake the pane or the dialog that the first of them opens or closes.
        """
        if (
            isinstance(event, events.Key | events.Paste)
            and not event.is_forwarded
            and await self._act_on(event)
        ):
            return
        await super().on_event(event)

    async def _act_on(self, event: events.Key | events.Paste) -> bool:
        self.app_focus = True
        field = self.focused
        if isinstance(field, TypedLine) and field.take(event):
            return True
        if isinstance(event, events.Paste) or isinstance(self.screen, ActionPalette):
            return False  # the keys of the palette are the toolkit's own
        bound = self.screen.active_bindings.get(event.key)
        return bound is not None and await self.run_action(bound.binding.action, bound.node)

    # Panes.

    @property
    def pane(self) -> Pane:
        """The visible pane."""
        return self.query_one(f"#{self._visible}", Pane)

    async def action_show_pane(self, name: str) -> None:
        """Show a pane, made at its first visit."""
        await self.show_pane(name)

    async def show_pane(self, name: str) -> Pane:
        """Show a pane, made at its first visit, and return it."""
        body = self.query_one("#body", ContentSwitcher)
        if not body.query(f"#{name}"):
            await body.add_content(make_pane(name, self, self.session))
        body.current = name
        self._visible = name
        self.query_one(PaneLine).show_panes(name)
        self._show_frame()
        pane = self.pane
        pane.focus_first()
        pane.refresh_from_session()
        return pane

    def action_command_palette(self) -> None:
        """Find an action by name."""
        open_palette(self)

    def action_help(self) -> None:
        """Show every key."""
        self.push_screen(Help(self._visible))

    def action_toggle_theme(self) -> None:
        """Light or dark, remembered."""
        self.theme = "textual-light" if self.current_theme.dark else "textual-dark"
        self.session.preferences.remember_theme(self.theme)

    # Work in the background.

    def _tasks_changed(self) -> None:
        if self._polling is not None and self.session.tasks.waiting:
            self._polling.resume()
        self._show_frame()

    def _deliver_tasks(self) -> None:
        # While the app closes, timers still run and the widgets are going.
        if self.session.tasks.waiting and self.is_running:
            self.session.tasks.deliver()
            if self._polling is not None and not self.session.tasks.waiting:
                self._polling.pause()

    def _drain_events(self) -> None:
        events = self.session.drain_events()
        if events and self.is_running:
            for pane in self.query(Pane):
                pane.take_events(events, visible=pane.id == self._visible)
            self._show_frame()

    # Corpus and engine.

    def open_corpus(self) -> None:
        """Read the session's source with its options, cancelling what was being read."""
        session = self.session
        session.tasks.cancel()
        if session.refusal is not None:
            session.refusal = None
            self.pane.repaint()
        self.clear_notifications()
        session.tasks.start(
            _("reading"),
            session.read_corpus,
            session.source,
            session.options,
            then=self._take_corpus,
            failed=self._no_corpus,
        )

    def _take_corpus(self, corpus: Corpus) -> None:
        if (notice := self.session.take_corpus(corpus)) is not None:
            self.notify(localized(notice), severity="warning")
        for warning in corpus.warnings:
            self.notify(visible(localized(warning)), severity="warning", markup=False)
        self.pane.refresh_from_session()
        self._show_frame()
        self._start_engine()

    def _no_corpus(self, error: BaseException) -> None:
        self.session.keep_corpus(error)
        if self.session.corpus is not None or not isinstance(error, InputError):
            self.show_error(error)  # else every pane says it
        for pane in self.query(Pane):
            pane.repaint()
        # What was cancelled for it is started again.
        self.pane.refresh_from_session()
        self._start_engine()

    def _start_engine(self) -> None:
        if self._engine is not None:
            return
        self._engine = ""
        session = self.session
        session.tasks.start(
            _("importing torch"),
            lambda keep_going: session.start_engine(),
            then=self._engine_ready,
            failed=self._engine_failed,
            worker=session.engine_worker,
            lasting=True,
        )

    def _engine_ready(self, engine: str) -> None:
        self._engine = engine
        # With torch loaded a full collection stalls a key press by about 0.2 s; what the
        # imports made is never freed, so the collector is to skip it.
        gc.collect()
        gc.freeze()
        self._engine_waited_for()

    def _engine_failed(self, error: BaseException) -> None:
        self._engine_waited_for()
        self.show_error(error)

    def _engine_waited_for(self) -> None:
        self.session.engine_ready = True
        for pane in self.query(Pane):
            pane.engine_started()
        self._show_frame()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a message in a corner: foreign text in it is drawn, never obeyed."""
        super().notify(
            visible(message),
            title=visible(title),
            severity=severity,
            timeout=timeout,
            markup=markup,
        )

    def show_error(self, error: BaseException) -> None:
        """Show what went wrong: bad input in a corner, a failure in a dialog."""
        if isinstance(error, InputError):
            self.notify(visible_error(error), severity="error", markup=False, timeout=8)
        else:
            self.push_screen(Message(N_("That failed"), lambda: visible_error(error)))

    # Leaving.

    def action_suspend_process(self) -> None:
        """Give the terminal back to the shell, with whatever the shell started beside the app."""
        if self._driver is not None and self._driver.can_suspend:
            os.killpg(os.getpgrp(), signal.SIGTSTP)
        else:
            words = _("the app was not started by a shell that could continue it")
            self.notify(words, severity="warning", markup=False)

    def action_copy_or_quit(self) -> None:
        """Copy the selection; without one, ask whether to leave.

        It always asks: a key that copies must not end the app where nothing was selected.
        """
        field = self.focused
        typed = field.selected_text if isinstance(field, TypedLine) else ""
        selected = typed or self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
        elif self._would_stop_a_run():
            self.action_request_quit()
        else:
            self._ask_to_leave(N_("Quit seqtui?"), N_("quit"), N_("stay"))

    def _would_stop_a_run(self) -> bool:
        training = self.session.training
        return training is not None and not training.outlives

    def action_request_quit(self) -> None:
        """Leave; ask first if a run would be stopped."""
        if self._would_stop_a_run():
            self._ask_to_leave(
                N_("A run is training. It would be stopped and saved; it can be resumed."),
                N_("stop, save and quit"),
                N_("continue training"),
            )
        elif not self._asks:
            self.exit(0)

    @property
    def _asks(self) -> bool:
        return any(isinstance(screen, Question) for screen in self.screen_stack)

    def _ask_to_leave(self, question: Text, yes: Text, no: Text) -> None:
        if self._asks:
            return

        def answer(leave: bool | None) -> None:
            if leave:
                self.exit(0)

        self.push_screen(Question(question, yes, no), answer)

    def on_load(self) -> None:
        """Before the terminal is taken: from now on the end from outside is an orderly one."""
        self._started = asyncio.get_running_loop(), contextvars.copy_context()

    def end_by_signal(self, number: int, frame: FrameType | None = None) -> None:
        """Have the run saved and leave with 128 + the signal's number; returns at once."""
        if self._leaving is None or self._started is None:
            raise EndedBySignal(128 + number)  # the terminal is as it was, nothing is to be saved
        self._leaving.begin(number)

    def lose_terminal(self) -> None:
        """Leave: nobody is there any more."""
        self.end_by_signal(signal.SIGHUP)

    def _leave(self, code: int) -> None:
        if self._started is not None:
            loop, context = self._started
            loop.call_soon_threadsafe(self.exit, code, context=context)
        self.session.leave_training()

    def _give_back_terminal(self) -> None:
        if isinstance(self._driver, TerminalDriver):
            self._driver.give_back()

    def run_on_terminal(self, complain: Callable[[str], object]) -> int:
        """Run until the end, from inside or outside; the exit code, once every run is saved."""
        self._leaving = Leaving(self._leave, self._give_back_terminal)
        with handled((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), self.end_by_signal):
            self.run()
            # Whoever leaves by a key or a signal leaves with a value; an error does not.
            code = self.return_value if self.return_value is not None else FAILED
            ended = self.session.close()
        from seqtui.engine.runs.events import Failed

        for event in self.session.drain_events():
            if isinstance(event, Failed):
                complain(event.message)
                code = code or FAILED
        if not ended:
            # A thread that misses its stop must not keep the process: its run is saved already.
            with contextlib.suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)
        return code


def visible_error(error: BaseException) -> str:
    """An exception as one line that a terminal may see."""
    if isinstance(error, OSError) and (message := system_message(error)) is not None:
        return visible(localized(message))
    text = visible(localized(error))
    return text if isinstance(error, UserError) else f"{type(error).__name__}: {shortened(text)}"


def run_app(
    source: str | None = None,
    options: CorpusOptions | None = None,
    watch: Path | None = None,
    *,
    labs: LabBook | None = None,
    complain: Callable[[str], object],
) -> int:
    """Run the app; return its exit code once every run is saved and every thread has ended.

    A run that fails while the app ends, and that nobody sees any more, is told to `complain`.
    """
    return SeqtuiApp(source, options, watch, labs).run_on_terminal(complain)
