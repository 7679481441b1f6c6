"""The form of the next run's settings: beside the plot, or a dialog where that is too wide."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from seqtui.tui.panes.train.settings import RECIPE, SETTINGS, RunSettings
from seqtui.tui.translation import _, shown_text
from seqtui.tui.widgets.dialogs import Dialog
from seqtui.tui.widgets.form import Form
from seqtui.tui.widgets.prompt import Validate


class SettingsForm(Form):
    """The settings that matter for the chosen model, each checked as it is typed."""

    def __init__(self, settings: RunSettings, *, id: str | None = None) -> None:
        self._settings = settings
        names = (RECIPE.name, *(setting.name for setting in SETTINGS))
        validate = {name: self._validator(name) for name in names}
        super().__init__(settings.fields, settings.values, validate, id=id)

    def _validator(self, name: str) -> Validate:
        return lambda value: self._settings.refusal(name, value)

    def on_form_changed(self, event: Form.Changed) -> None:
        """Keep the value, and show what it changed; the message bubbles to the pane."""
        self._settings.change(event.name, event.value)
        self.show_settings()

    def show_settings(self) -> None:
        """Show the settings as they are."""
        self.show(self._settings.values, self._settings.errors, self._settings.fields)


class SettingsDialog(Dialog[bool]):
    """The form over the pane; dismissed with True when the run shall start."""

    BINDINGS: ClassVar = [
        Binding("escape,e,q", "dismiss(False)", show=False),
        Binding("s", "dismiss(True)", show=False),
    ]
    DEFAULT_CSS = """
    SettingsDialog > .box { width: 64; max-width: 100%; max-height: 100%; }
    SettingsDialog Form { max-height: 75vh; }
    SettingsDialog .hint { height: 2; margin-top: 1; color: $text-muted; }
    SettingsDialog .keys { height: 1; margin-top: 0; }
    """

    def __init__(self, settings: RunSettings) -> None:
        super().__init__()
        self._settings = settings

    def compose(self) -> ComposeResult:
        """The form, what the selected setting means, the keys."""
        with Vertical(classes="box"):
            yield SettingsForm(self._settings)
            yield Static("", classes="hint")
            yield Static("", classes="keys")

    def on_mount(self) -> None:
        """Paint the words."""
        self.repaint()

    def repaint(self) -> None:
        """Paint every word, in the language of now."""
        self.query_one(".box").border_title = Content(_("settings of the next run"))
        keys = _("↑ ↓ select   ← → change   enter type   s start   esc back")
        self.query_one(".keys", Static).update(Content(keys))
        self.query_one(SettingsForm).show_settings()
        self._paint_hint()

    def on_form_moved(self, event: Form.Moved) -> None:
        """Show what the selected setting means."""
        self._paint_hint()

    def on_form_changed(self, event: Form.Changed) -> None:
        """Show what a recipe does once it is selected."""
        self._paint_hint()

    def _paint_hint(self) -> None:
        hint = self.query_one(SettingsForm).chosen.hint
        self.query_one(".hint", Static).update(Content(shown_text(hint)))
