"""A run that cannot be saved where it is: its weights wait until another folder is named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtui.tui.translation import N_, _, localized
from seqtui.tui.widgets.dialogs import Question
from seqtui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from textual.app import App

    from seqtui.engine.runs.control import RunControl
    from seqtui.engine.runs.events import Unsaved


def ask_for_folder(app: App[Any], control: RunControl, unsaved: Unsaved) -> None:
    """Ask in which folder the run shall be saved instead, until one is named or it is given up."""

    def answer(folder: str | None) -> None:
        if folder is not None:
            control.save_in(Path(folder).expanduser())
            return
        app.push_screen(
            Question(
                N_("What has not been saved is lost if you give up."),
                N_("give up"),
                N_("name a folder"),
            ),
            give_up,
        )

    def give_up(confirmed: bool | None) -> None:
        if confirmed:
            control.save_in(None)
        else:
            ask_for_folder(app, control, unsaved)

    app.push_screen(
        Prompt(
            N_("folder to save the run in"),
            hint=lambda: localized(unsaved.message),
            validate=lambda value: None if value.strip() else _("name a new or empty folder"),
        ),
        answer,
    )
