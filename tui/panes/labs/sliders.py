"""The sliders of a laboratory in one line: arrows choose and move, Enter types a value."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.cells import cell_len
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from seqtui.corpora.errors import InputError
from seqtui.engine.labs.lab import VIEW
from seqtui.engine.labs.settings import Setting, settings_of, turned, with_text, written
from seqtui.tui.foreign import visible
from seqtui.tui.translation import _, localized
from seqtui.tui.widgets.keys import DOWN, LEFT, RIGHT, UP
from seqtui.tui.widgets.prompt import Prompt

GAP = 3
"""Cells between two sliders."""


class Sliders(Widget, can_focus=True):
    """The settings that the visible view depends on; up and down choose one, left and right move
    it."""

    BINDINGS: ClassVar = [
        Binding(UP, "choose(-1)", show=False),
        Binding(DOWN, "choose(1)", show=False),
        Binding(LEFT, "move(-1)", show=False),
        Binding(RIGHT, "move(1)", show=False),
        Binding("enter", "type", show=False),
    ]
    DEFAULT_CSS = "Sliders { height: 1; }"

    class Changed(Message):
        """The user gave a setting another value."""

        def __init__(self, settings: Any) -> None:
            super().__init__()
            self.settings = settings

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._settings: Any = None
        self._chosen = 0

    def show(self, settings: Any) -> None:
        """Show the settings of a laboratory."""
        if type(settings) is not type(self._settings):
            self._chosen = 0
        self._settings = settings
        self._chosen = min(self._chosen, max(len(self.shown) - 1, 0))
        self.refresh()

    @property
    def shown(self) -> list[Setting]:
        """The settings of the visible view, without the view itself."""
        if self._settings is None:
            return []
        view = getattr(self._settings, VIEW, None)
        return [
            found
            for found in settings_of(self._settings).values()
            if found.name != VIEW and (not found.views or view in found.views)
        ]

    def render(self) -> Content:
        """`▸ρ 0.9   matrix orthogonal`; from the chosen one backwards where not all fit."""
        parts = []
        for number, found in enumerate(self.shown):
            value = visible(written(getattr(self._settings, found.name))) or "–"
            chosen = number == self._chosen
            value = f"◂{value}▸" if chosen and self.has_focus and found.values else f" {value} "
            label = _(found.name.replace("_", " "))
            parts.append(
                Content.assemble(
                    ("▸" if chosen and self.has_focus else " ", "$primary"),
                    (label, "$foreground-muted"),
                    (value, "reverse" if chosen and self.has_focus else ""),
                )
            )
        first = self._first(parts)
        return Content(" " * (GAP - 2)).join(parts[first:])

    def _first(self, parts: list[Content]) -> int:
        """The first slider in the line: the chosen one must be seen."""
        first = 0
        while first < self._chosen:
            cells = sum(cell_len(part.plain) + GAP - 2 for part in parts[first : self._chosen + 1])
            if cells <= self.size.width:
                break
            first += 1
        return first

    def on_focus(self) -> None:
        """Show the mark of the chosen slider."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide it."""
        self.refresh()

    def action_choose(self, by: int) -> None:
        """Choose another slider."""
        self._chosen = min(max(self._chosen + by, 0), max(len(self.shown) - 1, 0))
        self.refresh()

    def action_move(self, by: int) -> None:
        """Move the chosen slider to its next value."""
        if self.shown:
            self._take(turned(self._settings, self.shown[self._chosen].name, by))

    def action_type(self) -> None:
        """Type the chosen slider's value."""
        if not self.shown:
            return
        found = self.shown[self._chosen]

        def refuse(text: str) -> str | None:
            try:
                with_text(self._settings, found.name, text)
            except InputError as error:
                return localized(error)
            return None

        def take(text: str | None) -> None:
            if text is not None:
                self._take(with_text(self._settings, found.name, text))

        def hint() -> str:
            if found.is_number and found.low is not None and found.high is not None:
                return _("{low} to {high}").format(low=written(found.low), high=written(found.high))
            return " · ".join(map(written, found.values))

        value = written(getattr(self._settings, found.name))
        choices = tuple(map(written, found.values))
        self.app.push_screen(
            Prompt(found.name.replace("_", " "), value, hint, refuse, choices), take
        )

    def _take(self, settings: Any) -> None:
        if settings != self._settings:
            self._settings = settings
            self.refresh()
            self.post_message(self.Changed(settings))
