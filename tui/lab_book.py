"""What the user does in the laboratories: tasks, predictions, and the file that keeps them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from seqtui.corpora.errors import InputError
from seqtui.corpora.folders import data_folder

if TYPE_CHECKING:
    from pathlib import Path

    from seqtui.engine.labs.hand_in import HandIn
    from seqtui.engine.labs.lab import Figures, Lab
    from seqtui.engine.labs.task import Question, Task

OWN = "own"
"""The student of the file that keeps what is done without an ID."""


class LabBook:
    """One student's tasks and predictions.

    Without a student they are kept in the data folder, and no predictions are asked for. Where they
    are asked for without a student, as before a class, every start asks anew and keeps nothing.
    """

    def __init__(
        self,
        folder: Path | None = None,
        student: str = "",
        class_word: str = "",
        *,
        predict: bool | None = None,
    ) -> None:
        self.student = student
        self.class_word = class_word
        self._folder = folder
        self._predict = bool(student) if predict is None else predict
        self._hand_in: HandIn | None = None
        self._unsaved = False
        """Whether the last event could not be written."""

    @property
    def hand_in(self) -> HandIn:
        """What was done so far. Raises InputError for a student's file that cannot be taken up."""
        if self._hand_in is None:
            from importlib import metadata  # 9 ms that the first paint does not need

            from seqtui.engine.labs.hand_in import HandIn, start_hand_in

            version = metadata.version("seqtui")
            if self._predict and not self.student:
                self._hand_in = HandIn(OWN, "", None, version, time.time())
                return self._hand_in
            folder = self._folder or data_folder() / "labs"
            try:
                self._hand_in = start_hand_in(folder, self.student or OWN, self.class_word, version)
            except InputError:
                if self.student:
                    raise
                # One's own marks that cannot be read are no reason not to work.
                self._hand_in = HandIn(OWN, "", None, version, 0.0)
        return self._hand_in

    def begin(self) -> None:
        """Take up the student's file, or begin one. Raises InputError where that is impossible."""
        if not self.student:
            return
        hand_in = self.hand_in
        try:
            if not hand_in.events:
                hand_in.write()
        except OSError as error:
            raise InputError(
                "--student {student}: {path} cannot be written: {reason}; go to a folder of your "
                "own",
                option="student",
                student=self.student,
                path=hand_in.path,
                reason=error.strerror or error,
            ) from error

    @property
    def path(self) -> Path | None:
        """The file to be handed in; None without a student."""
        return self.hand_in.path if self.student else None

    def finish(self) -> None:
        """Write what could not be written before. Raises InputError where it still cannot."""
        if not self._unsaved:
            return
        try:
            self.hand_in.write()
        except OSError as error:
            raise InputError(
                "{path} cannot be written: {reason}; what was done last is not in it",
                path=self.hand_in.path,
                reason=error.strerror or error,
            ) from error
        self._unsaved = False

    def question(self, task: Task, figures: Figures | None = None) -> Question:
        """The variant of a task that the student has, for the figures on the screen."""
        return task.question(self.student, self.class_word, figures)

    def predicts(self, lab: Lab) -> bool:
        """Whether a prediction is asked for before the picture is shown."""
        return (
            self._predict
            and lab.prediction is not None
            and self.hand_in.predicted(lab.name) is None
        )

    def record(self, write: Callable[[HandIn], None]) -> None:
        """Record an event. Raises InputError, with the event kept, when it cannot be written."""
        try:
            write(self.hand_in)
            self._unsaved = False
        except OSError as error:
            self._unsaved = True
            raise InputError(
                "{path} cannot be written: {reason}; it is tried again with the next answer",
                path=self.hand_in.path,
                reason=error.strerror or error,
            ) from error
