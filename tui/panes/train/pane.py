"""The Train pane: is it learning, and how good is it on text it has not seen?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events as widget_events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from seqtui.corpora.catalogue import DEFAULT
from seqtui.corpora.errors import InputError
from seqtui.engine.runs import events as kinds
from seqtui.engine.settings.run_config import LENGTHS
from seqtui.tui.actions import bindings_of
from seqtui.tui.foreign import visible
from seqtui.tui.panes.pane import Host, Pane
from seqtui.tui.panes.train.baselines import Baselines
from seqtui.tui.panes.train.board import RunBoard
from seqtui.tui.panes.train.controls import ControlLine
from seqtui.tui.panes.train.form import SettingsDialog, SettingsForm
from seqtui.tui.panes.train.overlay import Pins, choose_overlays
from seqtui.tui.panes.train.rnn_twins import open_comparison
from seqtui.tui.panes.train.settings import RunSettings, summary
from seqtui.tui.panes.train.shown import References, ShownRun
from seqtui.tui.panes.train.unsaved import ask_for_folder
from seqtui.tui.panes.train.watching import Watching
from seqtui.tui.panes.train.words import state_words
from seqtui.tui.session import Session
from seqtui.tui.translation import N_, _, localized, pgettext, shown_text
from seqtui.tui.widgets.dialogs import Message
from seqtui.tui.widgets.form import Form
from seqtui.tui.widgets.frame import TALL

if TYPE_CHECKING:
    from pathlib import Path

    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.runs.run import Run
    from seqtui.engine.settings.run_config import RunConfig

PLOT_SECONDS = 1.0
"""Least time between two paintings of a plot: it is the costliest thing to send."""
WIDE = 110
"""Cells from which the form is beside the plot."""


class TrainPane(Pane):
    """The settings of the next run, and the run that trains or trained last.

    It decides which run is shown. The board shows it, the controls steer it, and `Watching` finds
    the runs of other processes.
    """

    BINDINGS: ClassVar = bindings_of("train")
    DEFAULT_CSS = """
    TrainPane #settings-side { width: 34; height: 1fr; display: none; border-right: solid $panel; }
    TrainPane.-wide #settings-side { display: block; }
    TrainPane #settings-title { text-style: bold; padding: 0 1; }
    TrainPane #settings { max-height: 60vh; }
    TrainPane #settings-hint { height: auto; margin-top: 1; padding: 0 1; color: $text-muted; }
    """

    def __init__(self, host: Host, session: Session, *, id: str) -> None:
        super().__init__(host, session, id=id)
        self._settings = RunSettings()
        """Of the next run."""
        self._shown = ShownRun(session.history)
        self._baselines = Baselines()
        self._pins = Pins()
        self._watching = Watching(
            host,
            session,
            watched=self._show_watched,
            found=self._paint_all,
            answer=lambda answer: self._controls.answer(answer),
        )

    def compose(self) -> ComposeResult:
        """The form left, at wide sizes; the run right of it, its state in the last line."""
        with Horizontal():
            with Vertical(id="settings-side"):
                yield Static("", id="settings-title")
                yield SettingsForm(self._settings, id="settings")
                yield Static("", id="settings-hint")
            with Vertical():
                yield RunBoard(id="run")
                yield ControlLine(
                    self.session, self._settings, changed=self._settings_changed, id="state"
                )

    def on_mount(self) -> None:
        """Paint the words, and the plots by the clock."""
        self._paint_settings_side()
        self.set_interval(PLOT_SECONDS, self._paint_board)

    def on_show(self) -> None:
        """While no run is shown, look for those that other processes train."""
        if self._shown.history.phase == "none":
            self._watching.look()

    def on_resize(self, event: widget_events.Resize) -> None:
        """Arrange the parts for the size."""
        wide = event.size.width >= WIDE
        self.set_class(wide, "-wide")
        self._board.set_class(wide, "-wide")
        self._board.set_class(event.size.height >= TALL, "-tall")
        if not wide and self._form.has_focus:
            self.screen.set_focus(self._board.curves)

    def focus_first(self) -> None:
        """Focus the plot, or the form if that was left last and can be seen."""
        if self.has_class("-wide"):
            self.focus_remembered(self._board.curves)
        else:
            self.screen.set_focus(self._board.curves)

    @property
    def _form(self) -> SettingsForm:
        return self.query_one("#settings", SettingsForm)

    @property
    def _board(self) -> RunBoard:
        return self.query_one(RunBoard)

    @property
    def _controls(self) -> ControlLine:
        return self.query_one(ControlLine)

    # News.

    def refresh_from_session(self) -> None:
        """Show the run as it is now, and count the corpus's n-grams for comparison."""
        corpus = self._corpus
        if corpus is not None:
            self._baselines.count(self.session, corpus, self._paint_all)
        self._paint_all()

    def engine_started(self) -> None:
        """A run that waited for torch no longer does."""
        self._paint_all()

    def repaint(self) -> None:
        """Paint every word again: the language has changed."""
        self._controls.forget_answer()
        self._form.show_settings()
        self._paint_settings_side()
        self._paint_all()
        self._board.repaint()

    def take_events(self, events: Sequence[kinds.Event], *, visible: bool) -> None:
        """Show what the run has reported; only its figures, and only if they can be seen."""
        self._shown = replace(self._shown, history=self.session.history)
        for event in events:
            if isinstance(event, kinds.Failed):
                self._show_failure(event)
            if isinstance(event, kinds.Unsaved) and self._controls.control is not None:
                ask_for_folder(self.app, self._controls.control, event)
            if isinstance(event, kinds.Saved | kinds.Sampled | kinds.Paused | kinds.Resumed):
                self._controls.forget_answer()
        if visible:
            self._paint_figures()

    def _show_failure(self, failed: kinds.Failed) -> None:
        started = self._shown.history.started
        run = started.run if started else None

        def words() -> str:
            text = [localized(failed.message), ""]
            if failed.traceback and run is not None:
                from seqtui.engine.runs.folder import LOG

                text += [_("The traceback is in {path}").format(path=run / LOG), ""]
            elif failed.traceback:
                text += [*failed.traceback.splitlines()[-4:], ""]
            text.append(_("The settings are unchanged: press e to edit them, s to start again."))
            return "\n".join(text)

        self.app.push_screen(Message(N_("The run failed"), words))

    # Painting.

    @property
    def _corpus(self) -> Corpus | None:
        """The corpus of the run that is shown, else the one a run would start on."""
        return self._shown.corpus_beside(self.session.corpus)

    @property
    def _references(self) -> References:
        """What the run that is shown is compared with."""
        corpus, started = self._corpus, self._shown.history.started
        size, ratio = None, math.nan
        if corpus is not None:
            size = len(corpus.training_vocabulary)
            held_out = corpus.split.held_out
            ratio = max(len(held_out.ids) - 1, 0) / max(held_out.characters, 1)
        return References(
            vocabulary_size=started.vocabulary_size if started is not None else size,
            bigram_loss=self._baselines.bigram_loss(corpus),
            baselines=self._baselines.of(corpus),
            uncounted=self._baselines.failures(corpus),
            overlays=self._pins.on(corpus),
            tokens_per_character=ratio,
            elsewhere=self._watching.elsewhere,
        )

    def _paint_all(self) -> None:
        self._paint_board()
        self._paint_state()

    def _paint_board(self) -> None:
        if self.display:
            self._board.show(self._shown, self._references, self._settings_line())

    def _paint_figures(self) -> None:
        if self.display:
            self._board.show_figures(self._shown, self._settings_line())
            self._paint_state()

    def _paint_state(self) -> None:
        if self.display:
            self._controls.show_state(self._state_line())

    def _paint_settings_side(self) -> None:
        self.query_one("#settings-title", Static).update(Content(_("settings of the next run")))
        self._paint_hint()

    def _paint_hint(self) -> None:
        self.query_one("#settings-hint", Static).update(Content(shown_text(self._form.chosen.hint)))

    # Words.

    def _next_config(self) -> RunConfig:
        """The run the settings ask for; raises InputError."""
        return self._settings.configuration(self.session.source or DEFAULT, self.session.corpus)

    def _settings_line(self) -> Content:
        """The settings of the run that is shown, or of the next one where they differ."""
        shown, config = self._shown, self._shown.config
        label = _("run")
        if shown.watched is not None and config is not None:
            watching = _("watching {run}").format(run=visible(shown.watched.name))
            return Content.assemble((f"{watching}  ", "bold"), summary(config))
        try:
            planned = self._next_config()
        except InputError as error:
            return Content.styled(f"✗ {visible(localized(error))}", "$error")
        if config is None or (not shown.history.active and planned != config):
            label, config = pgettext("run", "next"), planned
        elif shown.corpus is not None and shown.corpus is not self.session.corpus:
            label = _("run on {corpus}").format(corpus=visible(shown.corpus.name))
        return Content.assemble((f"{label}  ", "bold"), summary(config))

    def _state_line(self) -> Content:
        if self._shown.history.phase == "none" and self.session.corpus is None:
            return Content(visible(localized(self.session.no_corpus)))
        return state_words(
            self._shown.history,
            engine_ready=self.session.engine_ready,
            bigram_loss=self._baselines.bigram_loss(self._corpus),
        )

    # Settings.

    def on_form_changed(self, event: Form.Changed) -> None:
        """The form beside the plot was changed."""
        self._paint_hint()
        self._paint_figures()

    def on_form_moved(self, event: Form.Moved) -> None:
        """Show what the selected setting means."""
        self._paint_hint()

    def _settings_changed(self) -> None:
        """The settings, or the state of the run, were changed by another part of the pane."""
        self._form.show_settings()
        self._paint_figures()

    def action_settings(self) -> None:
        """Go to the form, or open it; from the form, back to the plot."""
        if self.has_class("-wide"):
            form = self._form
            self.screen.set_focus(self._board.curves if form.has_focus else form)
            return

        def take(start: bool | None) -> None:
            self._settings_changed()
            if start:
                self.action_start()

        self.app.push_screen(SettingsDialog(self._settings), take)

    def _checked_config(self) -> RunConfig | None:
        """The run the settings ask for; None, and the reason is shown, where they do not fit."""
        try:
            return self._next_config()
        except InputError as error:
            self._form.show_settings()
            self.host.show_error(error)
            return None

    def action_overlay(self) -> None:
        """List the runs, to pin some beside the one that is shown."""
        corpus = self._corpus
        if corpus is None:
            self._controls.answer(localized(self.session.no_corpus))
            return
        choose_overlays(self.app, self.host, self.session, corpus, self._pins, self._paint_all)

    # The run.

    def action_start(self) -> None:
        """Start a run; while one trains, ask whether to stop it."""
        if self._controls.control is not None:
            self._controls.ask_to_stop()
            return
        corpus = self.session.corpus
        if corpus is None:
            self._controls.answer(localized(self.session.no_corpus))
            return
        config = self._checked_config()
        if config is not None:
            self.session.start_training(config)
            self._show_own(config, corpus)

    def action_resume(self) -> None:
        """Resume the run that is shown; one that is done takes its new length from the form."""
        history, corpus = self._shown.history, self.session.corpus
        started = history.started
        if started is None or started.run is None or corpus is None:
            self._controls.answer(_("no run is shown that could be resumed: press s to start one"))
            return
        from seqtui.engine.runs.run import open_run

        try:
            run = open_run(started.run)
            # One that is watched may be left by its process, and may be resumed here.
            left = self._shown.watched is not None and run.state == "interrupted"
            if history.active and not left:
                self._controls.answer(_("the run is training: press s to stop it"))
                return
            run.check_corpus(corpus)
            config = run.config
            if run.state == "done":
                planned = self._next_config()
                config = run.continued(**{name: getattr(planned, name) for name in LENGTHS})
        except InputError as error:
            self.host.show_error(error)
            return
        if run.state == "done" and (config.steps or math.inf) <= history.step:
            self._controls.answer(_("all steps are done: press e to set more, then u to resume"))
            return
        self.session.leave_training()  # no longer watched, if it was
        self.session.start_training(config, resume=run.path)
        self._show_own(config, corpus)

    def _show_own(self, config: RunConfig, corpus: Corpus) -> None:
        """Show a run of this process, which was asked for just now."""
        self._show(ShownRun(self.session.history, config, corpus))
        self._baselines.count(self.session, corpus, self._paint_all)

    def _show(self, run: ShownRun) -> None:
        self._shown = run
        self._controls.forget_answer()
        self._paint_all()

    # Runs of other processes.

    def watch_run(self, folder: Path) -> None:
        """Show a run that another process trains, from its beginning."""
        self._watching.watch(folder)

    def _show_watched(self, run: Run) -> None:
        self._show(ShownRun(self.session.history, run.config, watched=run))

    def action_leave_run(self) -> None:
        """Stop watching; the run continues."""
        if self._shown.watched is None:
            return
        self.session.stop_watching()
        self._show(ShownRun(self.session.history))
        self._watching.look()
        self.refresh_from_session()
        self._controls.answer(_("no longer watching"))

    def action_watch(self) -> None:
        """Watch the newest run that another process trains."""
        if self._is_free():
            self._watching.watch_newest()

    def action_start_detached(self) -> None:
        """Start the next run in a process of its own, and watch it."""
        if not self._is_free():
            return
        config = self._checked_config()
        if config is not None:
            self._watching.start_detached(config)

    def _is_free(self) -> bool:
        """Whether another run may be shown; where not, what to press is."""
        if self._controls.control is None:
            return True
        self._controls.answer(_("a run is shown: press s to stop it, or esc to stop watching it"))
        return False

    def action_rnns(self) -> None:
        """Compare `rnn-scratch` with `rnn-fast`, on the engine's thread."""
        corpus = self.session.corpus
        if corpus is None:
            self._controls.answer(localized(self.session.no_corpus))
            return
        if self._controls.control is not None:
            self._controls.answer(_("a run is training: press d when it has ended"))
            return
        config = self._checked_config()
        if config is not None:
            self._controls.answer(_("comparing rnn-scratch with rnn-fast …"))
            open_comparison(self.app, self.session, corpus, config)
