"""What the keys ask of the run that trains: pause, stop, a sample, a checkpoint, another rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqtui.engine.runs.history import History
from seqtui.tui.panes.pane import Host
from seqtui.tui.panes.train.form import SettingsForm
from seqtui.tui.panes.train.keys import CurvesPane
from seqtui.tui.panes.train.settings import RunSettings
from seqtui.tui.session import Session
from seqtui.tui.translation import _
from seqtui.tui.widgets.dialogs import Question
from seqtui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from seqtui.engine.runs.control import Reins

WORD_SECONDS = 5.0
"""How long the answer to a key stands where the state of the run is told."""
TEMPERATURE = 0.8
"""Temperature of the samples asked for with a key."""


class ReinsPane(CurvesPane):
    """A pane that shows a run, and the actions that ask something of it while it trains."""

    def __init__(self, host: Host, session: Session, *, id: str) -> None:
        super().__init__(host, session, id=id)
        self._settings = RunSettings()
        """Of the next run."""

    def on_mount(self) -> None:
        """Answers to keys are forgotten by the clock."""
        self._forgetting = self.set_interval(WORD_SECONDS, self._forget_word)

    @property
    def _history(self) -> History:
        return self._board.history

    @property
    def _control(self) -> Reins | None:
        training = self.session.training
        return training.control if training is not None and self._history.active else None

    def _say(self, word: str) -> None:
        self._board.word = word
        self._forgetting.reset()
        self._board.repaint()

    def _forget_word(self) -> None:
        if self._board.word:
            self._say("")

    def _ask_to_stop(self) -> None:
        def answer(stop: bool | None) -> None:
            control = self._control
            if stop and control is not None:
                control.stop()
                self._history.stop_requested()
                self._say("")

        self.app.push_screen(
            Question(
                _("A run is training. Stopped, it is saved and can be resumed."),
                _("stop and save"),
                _("go on training"),
            ),
            answer,
        )

    def action_pause(self) -> None:
        """Pause the run, or let it go on."""
        control = self._control
        if control is None:
            self._say(_("no run trains: s starts one"))
        elif control.paused:
            control.resume()
            self._say(_("going on …"))
        else:
            control.pause()
            self._say(_("pausing …"))

    def action_sample(self) -> None:
        """Have the current weights write a sample."""
        control = self._control
        if control is None:
            self._say(_("no run trains: 4 generates from the last one"))
            return
        control.sample("", TEMPERATURE)
        self._say(_("a sample was asked for …"))

    def action_save_now(self) -> None:
        """Have a checkpoint written."""
        control = self._control
        if control is None:
            self._say(_("no run trains: its last checkpoint was saved at its end"))
            return
        control.save()
        self._say(_("a checkpoint was asked for …"))

    def action_learning_rate(self) -> None:
        """Change the learning rate: of the run, or of the next one where none trains."""
        report = self._history.report
        training = self._control is not None and report is not None
        now = f"{report.learning_rate:g}" if training and report else None

        def take(value: str | None) -> None:
            if value is None:
                return
            control = self._control
            if control is None:
                self._settings.change("learning_rate", value)
                self.query_one(SettingsForm).show_settings()
                self._say(_("learning rate of the next run: {value}").format(value=value))
            else:
                control.set_learning_rate(float(value))
                self._say(_("learning rate {value} from the next step on").format(value=value))

        self.app.push_screen(
            Prompt(
                _("learning rate"),
                now or self._settings.values["learning_rate"],
                _("of the run, from the next step on") if training else _("of the next run"),
                lambda value: self._settings.refusal("learning_rate", value),
            ),
            take,
        )
