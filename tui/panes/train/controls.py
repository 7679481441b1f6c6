"""What the keys ask of the run that trains: pause, stop, a sample, a checkpoint, another rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.content import Content

from seqtui.tui.foreign import visible
from seqtui.tui.panes.train.settings import RunSettings
from seqtui.tui.session import Session
from seqtui.tui.translation import N_, _
from seqtui.tui.widgets.dialogs import Question
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from seqtui.engine.runs.control import RunControl

ANSWER_SECONDS = 5.0
"""How long the answer to a key is shown in place of the state of the run."""
TEMPERATURE = 0.8
"""Temperature of the samples asked for with a key."""


class ControlLine(Line):
    """The line with the state of the run, and the keys that control the run while it trains.

    The answer to a key is shown in place of the state for a while.
    """

    DEFAULT_CSS = "ControlLine { padding: 0 1; }"

    def __init__(
        self,
        session: Session,
        settings: RunSettings,
        *,
        changed: Callable[[], None],
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._session = session
        self._settings = settings
        self._changed = changed
        """Called when the run's state or the settings of the next run were changed here."""
        self._state = Content("")
        self._answer = ""

    def on_mount(self) -> None:
        """Answers to keys are forgotten by the clock."""
        self._forgetting = self.set_interval(ANSWER_SECONDS, self.forget_answer)

    def show_state(self, state: Content) -> None:
        """Show the state of the run, once no answer is shown."""
        self._state = state
        self._paint()

    def answer(self, answer: str) -> None:
        """Show the answer to a key in place of the state."""
        self._answer = answer
        self._forgetting.reset()
        self._paint()

    def forget_answer(self) -> None:
        """Show the state again."""
        self._answer = ""
        self._paint()

    def on_resize(self) -> None:
        """Fit the line to the new width."""
        self._paint()

    def _paint(self) -> None:
        line = Content(visible(self._answer)) if self._answer else self._state
        self.show(line.truncate(max(self.content_size.width, 1), ellipsis=True))

    @property
    def control(self) -> RunControl | None:
        """What controls the run that is shown, None while none trains."""
        training = self._session.training
        active = training is not None and self._session.history.active
        return training.control if training is not None and active else None

    def ask_to_stop(self) -> None:
        """Ask whether the run shall be stopped, and stop it."""

        def stop(confirmed: bool | None) -> None:
            control = self.control
            if confirmed and control is not None:
                control.stop()
                self._session.history.stop_requested()
                self.forget_answer()
                self._changed()

        self.app.push_screen(
            Question(
                N_("A run is training. If you stop it, it is saved and can be resumed."),
                N_("stop and save"),
                N_("continue training"),
            ),
            stop,
        )

    def action_pause(self) -> None:
        """Pause the run, or continue it."""
        control = self.control
        if control is None:
            self.answer(_("no run is training: press s to start one"))
        elif control.paused:
            control.resume()
            self.answer(_("continuing …"))
        else:
            control.pause()
            self.answer(_("pausing …"))

    def action_sample(self) -> None:
        """Have a sample generated from the current weights."""
        control = self.control
        if control is None:
            self.answer(_("no run is training: press 4 to generate from the last one"))
            return
        control.sample("", TEMPERATURE)
        self.answer(_("sample requested …"))

    def action_save_now(self) -> None:
        """Have a checkpoint written."""
        control = self.control
        if control is None:
            self.answer(_("no run is training: its last checkpoint was saved at its end"))
            return
        control.save()
        self.answer(_("checkpoint requested …"))

    def action_learning_rate(self) -> None:
        """Change the learning rate: of the run, or of the next one where none trains."""
        report = self._session.history.report
        training = self.control is not None and report is not None
        now = f"{report.learning_rate:g}" if training and report else None

        def change(value: str | None) -> None:
            if value is None:
                return
            control = self.control
            if control is None:
                self._settings.change("learning_rate", value)
                self.answer(_("learning rate of the next run: {value}").format(value=value))
                self._changed()
            else:
                control.set_learning_rate(float(value))
                self.answer(_("learning rate {value} from the next step on").format(value=value))

        self.app.push_screen(
            Prompt(
                N_("learning rate"),
                now or self._settings.values["learning_rate"],
                N_("of the run, from the next step on") if training else N_("of the next run"),
                lambda value: self._settings.refusal("learning_rate", value),
            ),
            change,
        )
