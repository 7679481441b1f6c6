"""A list of settings: arrows choose one, left and right change it, Enter types a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from seqtui.tui.cells import fit, pad, widest
from seqtui.tui.foreign import visible
from seqtui.tui.translation import _, shown_text
from seqtui.tui.widgets.keys import DOWN, LEFT, RIGHT, UP
from seqtui.tui.widgets.prompt import Prompt, Validate


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of a form; its words are marked, and translated when they are painted."""

    name: str
    label: str
    hint: str
    """What it means, with its unit; shown while it is edited."""
    choices: tuple[str, ...] = ()
    """Values that left and right go through; without them a value is typed."""
    default: str = ""
    """What an empty value means."""
    words: Mapping[str, str] | None = None
    """Words for those choices that are shown as words; such a setting is not typed."""


class Form(Widget, can_focus=True):
    """Settings, one to a line; the values are texts, checked by the owner of the form."""

    BINDINGS: ClassVar = [
        Binding(UP, "move(-1)", show=False),
        Binding(DOWN, "move(1)", show=False),
        Binding(LEFT, "turn(-1)", show=False),
        Binding(RIGHT, "turn(1)", show=False),
        Binding("enter", "edit", show=False),
    ]
    DEFAULT_CSS = """
    Form { height: auto; }
    """

    class Changed(Message):
        """A value was changed by the user."""

        def __init__(self, form: Form, name: str, value: str) -> None:
            super().__init__()
            self.form = form
            self.name = name
            self.value = value

    class Moved(Message):
        """The arrows went to another setting."""

        def __init__(self, form: Form, field: Field) -> None:
            super().__init__()
            self.form = form
            self.field = field

    def __init__(
        self,
        fields: tuple[Field, ...],
        values: Mapping[str, str],
        validate: Mapping[str, Validate] | None = None,
        **kwargs: str | None,
    ) -> None:
        super().__init__(id=kwargs.get("id"), classes=kwargs.get("classes"))
        self.fields = fields
        self.values = dict(values)
        self.errors: dict[str, str] = {}
        self._validators = dict(validate or {})
        self._row = 0
        self._first = 0
        """The field in the first line, where not all have one."""

    @property
    def chosen(self) -> Field:
        """The selected setting."""
        return self.fields[self._row]

    def show(
        self,
        values: Mapping[str, str],
        errors: Mapping[str, str] | None = None,
        fields: tuple[Field, ...] | None = None,
    ) -> None:
        """Replace values, the reasons why some are invalid, and the settings."""
        self.values.update(values)
        self.errors = dict(errors or {})
        if fields is not None and fields != self.fields:
            chosen = self.chosen.name
            self.fields = fields
            names = [field.name for field in fields]
            self._row = names.index(chosen) if chosen in names else 0
            self.refresh(layout=True)
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line for each setting."""
        return len(self.fields)

    def render(self) -> Content:
        """Labels left, values right of them, the chosen line marked; as many as there is room for.

        An arrow in the first or last line shows that there are more.
        """
        labels = [_(field.label) for field in self.fields]
        label_width = widest(*labels) + 1
        room_for = self.size.height or len(self.fields)
        self._first = min(max(self._first, self._row - room_for + 1), self._row)
        self._first = min(self._first, max(len(self.fields) - room_for, 0))
        seen = range(self._first, min(self._first + room_for, len(self.fields)))
        lines = []
        for row in seen:
            field = self.fields[row]
            value = self.values.get(field.name, "")
            value = visible(_((field.words or {}).get(value, "")) or value)
            error = self.errors.get(field.name)
            chosen = self.has_focus and row == self._row
            if error:
                shown = f"✗{value}  {visible(error)}"
            elif chosen and field.choices:
                shown = f"◂{value}▸"
            else:
                shown = f" {value}"
            if not value and field.default:
                shown = f" ({shown_text(field.default)})"
            more = "▴" if row == seen[0] > 0 else ""
            more = more or ("▾" if row == seen[-1] < len(self.fields) - 1 else " ")
            room = max(self.size.width - label_width - 2, 5)
            if widest(shown) > room:
                shown = fit(shown, room)
            lines.append(
                Content.assemble(
                    ("▸" if chosen else more, "$primary"),
                    (pad(labels[row], label_width), "$foreground-muted"),
                    (shown, "$error" if error else "reverse" if chosen else ""),
                )
            )
        return Content("\n").join(lines)

    def on_focus(self) -> None:
        """Show the mark of the chosen line."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide it."""
        self.refresh()

    def action_move(self, by: int) -> None:
        """Choose another setting."""
        self._row = min(max(self._row + by, 0), len(self.fields) - 1)
        self.refresh()
        self.post_message(self.Moved(self, self.chosen))

    def action_turn(self, by: int) -> None:
        """Take the next or previous of a setting's choices."""
        field = self.fields[self._row]
        if field.choices:
            self._turn(field, by)

    def _turn(self, field: Field, by: int) -> None:
        value = self.values.get(field.name, "")
        index = field.choices.index(value) if value in field.choices else 0
        self._take(field, field.choices[(index + by) % len(field.choices)])

    def action_edit(self) -> None:
        """Type a value."""
        self.edit(self.fields[self._row].name)

    def edit(self, name: str) -> None:
        """Open the prompt for one setting; one whose choices are words takes the next."""
        field = next(field for field in self.fields if field.name == name)
        if field.words:
            self._turn(field, 1)
            return

        def hint() -> str:
            words = shown_text(field.hint)
            if not field.choices:
                return words
            choices = " · ".join(field.choices)
            return _("{hint}  ↑ ↓ select: {choices}").format(hint=words, choices=choices)

        def take(value: str | None) -> None:
            if value is not None:
                self._take(field, value)

        validate = self._validators.get(name)
        value = self.values.get(name, "")
        self.app.push_screen(Prompt(field.label, value, hint, validate, field.choices), take)

    def _take(self, field: Field, value: str) -> None:
        self.values[field.name] = value
        self.errors.pop(field.name, None)
        self.refresh()
        self.post_message(self.Changed(self, field.name, value))
