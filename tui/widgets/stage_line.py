"""The strip of a stage laboratory: its next task, at the foot of the pane where it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from seqtui.tui.session import Session
from seqtui.tui.translation import _
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.task_dialog import TaskDialog, task_words

if TYPE_CHECKING:
    from seqtui.engine.labs.lab import Lab


class StageLine(Line):
    """Not there until a stage laboratory is opened, then it names the next task."""

    DEFAULT_CSS = "StageLine { padding: 0 1; color: $text-muted; display: none; }"

    def __init__(self, session: Session, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._session = session
        self.lab: Lab | None = None
        """The laboratory that is done here."""

    def open(self, lab: Lab) -> None:
        """Show the tasks of a laboratory from now on."""
        self.lab = lab
        self.styles.display = "block"
        self.repaint()

    def repaint(self) -> None:
        """Paint the words, in the language of now."""
        if self.lab is not None and (words := task_words(self._session, self.lab)):
            self.show(Content(_("{task}   a answers").format(task=words)))

    def ask(self, lab: Lab) -> None:
        """Open the tasks of a laboratory, and its strip with them."""
        self.open(lab)
        self.app.push_screen(TaskDialog(self._session, lab, None), lambda done: self.repaint())
