"""The Train pane: is it learning, and how good is it on text it has not seen?"""

from __future__ import annotations

import math
from collections.abc import Sequence
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
from seqtui.tui.detaching import start_detached
from seqtui.tui.foreign import visible
from seqtui.tui.numbers import count
from seqtui.tui.panes.pane import Host
from seqtui.tui.panes.train.baselines import Baselines
from seqtui.tui.panes.train.board import RunBoard
from seqtui.tui.panes.train.controls import ReinsPane
from seqtui.tui.panes.train.form import SettingsDialog, SettingsForm
from seqtui.tui.panes.train.overlay import Pins, choose_overlays
from seqtui.tui.panes.train.rnn_twins import open_comparison
from seqtui.tui.panes.train.settings import summary
from seqtui.tui.panes.train.words import state_words
from seqtui.tui.session import Session
from seqtui.tui.translation import _
from seqtui.tui.widgets.dialogs import Message
from seqtui.tui.widgets.form import Form

if TYPE_CHECKING:
    from pathlib import Path

    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.runs.run import Run
    from seqtui.engine.settings.run_config import RunConfig
    from seqtui.tui.tasks import KeepGoing

PLOT_SECONDS = 1.0
"""A plot is painted at most once in so many seconds: it is the costliest thing to send."""
WIDE = 110
"""Cells from which the form stands beside the plot."""
TALL = 34
"""Lines from which gradient and sample have a panel each."""


class TrainPane(ReinsPane):
    """The settings of the next run, and the run that trains or trained last."""

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
        self._run_corpus: Corpus | None = None
        """The corpus of the run that is shown."""
        self._config: RunConfig | None = None
        """What the run that is shown was started with."""
        self._baselines = Baselines()
        self._watched: Run | None = None
        """The run that is shown, where another process trains it."""
        self._pins = Pins()

    def compose(self) -> ComposeResult:
        """The form left, at wide sizes; the run right of it."""
        with Horizontal():
            with Vertical(id="settings-side"):
                yield Static(Content(_("settings of the next run")), id="settings-title")
                form = SettingsForm(self._settings, id="settings")
                yield form
                yield Static(Content(form.chosen.hint), id="settings-hint")
            yield RunBoard(self._paint_all, id="run")

    def on_mount(self) -> None:
        """Paint plots by the clock, and the words about the engine when it is ready."""
        self.set_interval(PLOT_SECONDS, self._paint_plots)

    def on_show(self) -> None:
        """While no run is shown, look for those that other processes train."""
        if self._history.phase == "none":
            self._look_elsewhere()

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

    # News.

    def refresh_from_session(self) -> None:
        """Show the run as it stands, and count the corpus's n-grams for comparison."""
        if self._shown_corpus is not None:
            self._baselines.count(self.session, self._shown_corpus, self._paint_all)
        self._paint_all()

    def take_events(self, events: Sequence[kinds.Event], *, visible: bool) -> None:
        """Keep what the run tells; paint its figures if they can be seen."""
        for event in events:
            self._board.history = self.session.history
            if isinstance(event, kinds.Failed):
                self._tell_failure(event)
            if isinstance(event, kinds.Saved | kinds.Sampled | kinds.Paused | kinds.Resumed):
                self._board.word = ""
        if visible:
            self._paint_figures()

    def _tell_failure(self, failed: kinds.Failed) -> None:
        run = self._history.started.run if self._history.started else None
        text = [failed.message, ""]
        if failed.traceback and run is not None:
            text += [_("The traceback is in {path}").format(path=run / "log.txt"), ""]
        elif failed.traceback:
            text += [*failed.traceback.splitlines()[-4:], ""]
        text.append(_("The settings are as they were: e changes them, s starts again."))
        self.app.push_screen(Message(_("The run failed"), "\n".join(text)))

    @property
    def _shown_corpus(self) -> Corpus | None:
        """The corpus of the run that is shown, else the one a run would start on."""
        corpus = self._run_corpus or self.session.corpus
        if self._watched is not None and corpus is not None:
            same = corpus.fingerprint == self._watched.corpus_fingerprint
            return corpus if same else None
        return corpus

    @property
    def _vocabulary_size(self) -> int | None:
        if self._history.started is not None:
            return self._history.started.vocabulary_size
        corpus = self._shown_corpus
        return len(corpus.training_vocabulary) if corpus is not None else None

    # Painting.

    def _paint_all(self) -> None:
        self._paint_plots()
        self._paint_figures()  # after the plots: the cursor's line reads what was plotted

    def _paint_figures(self) -> None:
        if self.display:
            self._board.show_figures(self._settings_line(), self._state_line())

    def _paint_plots(self) -> None:
        if self.display:
            self._board.vocabulary_size = self._vocabulary_size
            self._board.bigram_loss = self._baselines.bigram_loss(self._shown_corpus)
            self._board.baselines = self._baselines.of(self._shown_corpus)
            self._board.overlays = self._pins.on(self._shown_corpus)
            if self._shown_corpus is not None:
                held_out = self._shown_corpus.split.held_out
                targets = max(len(held_out.ids) - 1, 0)
                self._board.tokens_per_character = targets / max(held_out.characters, 1)
            self._board.show_plots()

    # Words.

    def _next_config(self) -> RunConfig:
        """The run the settings ask for; raises InputError."""
        session = self.session
        return self._settings.configuration(session.source or DEFAULT, self.session.corpus)

    def _settings_line(self) -> Content:
        """The settings of the run that is shown, or of the next one where they differ."""
        label, config = _("run"), self._config
        if self._watched is not None and config is not None:
            watched = _("watching {run}").format(run=visible(self._watched.name))
            return Content.assemble((f"{watched}  ", "bold"), summary(config))
        try:
            planned = self._next_config()
        except InputError as error:
            return Content.styled(f"✗ {visible(str(error))}", "$error")
        if config is None or (not self._history.active and planned != config):
            label, config = _("next"), planned
        elif self._run_corpus is not None and self._run_corpus is not self.session.corpus:
            label = _("run on {corpus}").format(corpus=visible(self._run_corpus.name))
        return Content.assemble((f"{label}  ", "bold"), summary(config))

    def _state_line(self) -> Content:
        if self._board.word:
            return Content(self._board.word)
        if self._history.phase == "none" and self.session.corpus is None:
            return Content(_("the corpus is being read …"))
        return state_words(
            self._history,
            engine_ready=self.session.engine_ready,
            bigram_loss=self._baselines.bigram_loss(self._shown_corpus),
        )

    # Settings.

    def on_form_changed(self, event: Form.Changed) -> None:
        """The form beside the plot was changed."""
        self._show_hint()
        self._paint_figures()

    def on_form_moved(self, event: Form.Moved) -> None:
        """Say what the chosen setting means."""
        self._show_hint()

    def _show_hint(self) -> None:
        self.query_one("#settings-hint", Static).update(Content(self._form.chosen.hint))

    def action_settings(self) -> None:
        """Go to the form, or open it; from the form, back to the plot."""
        if self.has_class("-wide"):
            form = self._form
            self.screen.set_focus(self._board.curves if form.has_focus else form)
            return

        def take(start: bool | None) -> None:
            self._form.show_settings()
            self._paint_figures()
            if start:
                self.action_start()

        self.app.push_screen(SettingsDialog(self._settings), take)

    def action_overlay(self) -> None:
        """List the runs, to pin some beside the one that is shown."""
        corpus = self._shown_corpus
        if corpus is None:
            self._say(_("the corpus is still being read: press o once it is there"))
            return
        choose_overlays(self.app, self.host, self.session, corpus, self._pins, self._paint_all)

    # The run.

    def action_start(self) -> None:
        """Start a run; while one trains, ask whether to stop it."""
        if self._control is not None:
            self._ask_to_stop()
            return
        corpus = self.session.corpus
        if corpus is None:
            self._say(_("the corpus is still being read: press s once it is there"))
            return
        try:
            config = self._next_config()
        except InputError as error:
            self._form.show_settings()
            self.host.show_error(error)
            return
        self.session.start_training(config)
        self._show_own(config, corpus)

    def action_resume(self) -> None:
        """Go on with the run that is shown; one that is done takes its new length from the form."""
        started, corpus = self._history.started, self.session.corpus
        if started is None or started.run is None or corpus is None:
            self._say(_("no run is shown that could go on: s starts one"))
            return
        from seqtui.engine.runs.run import open_run

        try:
            run = open_run(started.run)
            # One that is watched may be left by its process, and may go on here.
            left = self._watched is not None and run.state == "interrupted"
            if self._history.active and not left:
                self._say(_("it trains: s stops it"))
                return
            run.check_corpus(corpus)
            config = run.config
            if run.state == "done":
                planned = self._next_config()
                config = run.continued(**{name: getattr(planned, name) for name in LENGTHS})
        except InputError as error:
            self.host.show_error(error)
            return
        if run.state == "done" and (config.steps or math.inf) <= self._history.step:
            self._say(_("it took all its steps: e sets more, then u goes on"))
            return
        self.session.leave_training()  # no longer watched, if it was
        self.session.start_training(config, resume=run.path)
        self._show_own(config, corpus)

    def _show_own(self, config: RunConfig, corpus: Corpus) -> None:
        """Show a run of this process, which was asked for just now."""
        self._board.history = self.session.history
        self._watched, self._config, self._run_corpus = None, config, corpus
        self._board.word = ""
        self._baselines.count(self.session, corpus, self._paint_all)
        self._paint_all()

    # Runs of other processes.

    def watch_run(self, folder: Path) -> None:
        """Show a run that another process writes, from its beginning."""
        from seqtui.engine.runs.run import open_run

        try:
            run = open_run(folder)
            self.session.start_watching(run)
        except InputError as error:
            self.host.show_error(error)
            return
        self._watched, self._config, self._run_corpus = run, run.config, None
        self._board.history = self.session.history
        self._board.word = ""
        self._paint_all()

    def action_leave_run(self) -> None:
        """Stop watching; the run goes on."""
        if self._watched is None:
            return
        self.session.stop_watching()
        self._watched = self._config = None
        self._board.history = self.session.history
        self._look_elsewhere()
        self.refresh_from_session()
        self._say(_("no longer watching"))

    def action_watch(self) -> None:
        """Watch the run that another process trains; where there are several, ask which."""
        if self._control is not None:
            self._say(_("a run is shown: s stops it, esc leaves one that is watched"))
            return
        self.session.tasks.start(_("runs"), running_elsewhere, then=self._choose_watched)

    def _look_elsewhere(self) -> None:
        def tell(runs: Sequence[Run]) -> None:
            self._board.elsewhere = tuple(run.name for run in runs)
            self._paint_plots()

        self.session.tasks.start(_("runs"), running_elsewhere, then=tell)

    def _choose_watched(self, runs: Sequence[Run]) -> None:
        if not runs:
            self._say(_("no other process trains a run: b starts one"))
        else:
            self.watch_run(runs[0].path)
            if len(runs) > 1:
                others = _("the newest of {count} that train: `seqtui watch RUN` shows another")
                self._say(others.format(count=count(len(runs))))

    def action_start_detached(self) -> None:
        """Start the next run in a process of its own, and watch it."""
        if self._control is not None:
            self._say(_("a run is shown: s stops it, esc leaves one that is watched"))
            return
        try:
            config = self._next_config()
        except InputError as error:
            self.host.show_error(error)
            return
        self._say(_("starting a process …"))
        self.session.tasks.start(
            _("starting"),
            lambda keep_going: start_detached(
                config, named_model=config.model, keep_going=keep_going
            ),
            then=lambda started: self.watch_run(started.folder),
        )

    def action_rnns(self) -> None:
        """Compare `rnn-scratch` with `rnn-fast`, on the engine's thread."""
        corpus = self.session.corpus
        if self._control is not None or corpus is None:
            self._say(_("a run trains: d compares when it is over") if corpus else "")
            return
        try:
            config = self._next_config()
        except InputError as error:
            self.host.show_error(error)
            return

        self._say(_("comparing rnn-scratch with rnn-fast …"))
        open_comparison(self.app, self.session, corpus, config)


def running_elsewhere(keep_going: KeepGoing) -> list[Run]:
    """The runs that other processes write now, newest first."""
    from seqtui.engine.runs.run import list_runs

    return [run for run in list_runs() if run.state == "running"]
