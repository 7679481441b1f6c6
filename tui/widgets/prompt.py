"""The one place where text is typed: a line at the foot of the screen, opened by a key.

Panes never hold a text field, so digits change panes and letters act everywhere else. Enter
accepts the value, Esc cancels; an invalid value is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text as RichText
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from seqtui.tui.foreign import visible
from seqtui.tui.translation import N_, Text, shown_text

if TYPE_CHECKING:
    from textual.app import App

Validate = Callable[[str], str | None]
"""Returns why a value is invalid, in the user's language, or None."""


class TypedLine(Input):
    """An input that shows its text as `visible` text: a file's name may hold anything."""

    @property
    def _value(self) -> RichText:
        return RichText(visible(self.value), no_wrap=True, overflow="ignore", end="")

    def take(self, event: events.Key | events.Paste) -> bool:
        """Insert what is typed or pasted at the cursor; False for a key that acts.

        At once: an Enter that arrives with it takes the whole of it.
        """
        if isinstance(event, events.Paste):
            text = next(iter(event.text.splitlines()), "")
        elif event.is_printable:
            text = event.character or ""
        else:
            return False
        self.replace(text, *self.selection)
        return True


class Prompt(ModalScreen[str | None]):
    """Asks for one line of text; dismissed with it, or with None after Esc.

    Label and hint are marked, and translated when they are painted.
    """

    BINDINGS: ClassVar = [
        Binding("enter", "take", show=False, priority=True),
        Binding("up", "turn(-1)", show=False),
        Binding("down", "turn(1)", show=False),
        Binding("escape", "leave", show=False),
    ]
    DEFAULT_CSS = """
    Prompt { align: left bottom; background: transparent; }
    Prompt > Vertical { height: auto; background: $panel; padding: 0 1; }
    Prompt .label { text-style: bold; height: auto; }
    Prompt .reason { color: $error; height: auto; display: none; }
    Prompt Input { background: $surface; }
    """

    def __init__(
        self,
        label: Text,
        value: str = "",
        hint: Text = "",
        validate: Validate | None = None,
        choices: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self._label = label
        self._value = value
        self._hint = hint
        self._validate_value = validate
        self._choices = choices
        self._refused: str | None = None
        """The value whose refusal is shown."""

    def compose(self) -> ComposeResult:
        """A label with its hint, the field, and room for the reason of a refusal."""
        with Vertical():
            yield Static("", classes="label")
            yield TypedLine(self._value, select_on_focus=True, compact=True)
            yield Static("", classes="reason")

    def on_mount(self) -> None:
        """Paint the words."""
        self.repaint()

    def repaint(self) -> None:
        """Paint every word, in the language of now."""
        label, hint = shown_text(self._label), shown_text(self._hint)
        words = Content.assemble((label, "bold"), "  ", (hint, "$foreground-muted"))
        self.query_one(".label", Static).update(words)
        if self._refused is not None:
            self._show_refusal(self._refused)

    def action_take(self) -> None:
        """Accept the value, or show why not."""
        value = self.query_one(TypedLine).value
        if not self._show_refusal(value):
            self.dismiss(value)

    def _show_refusal(self, value: str) -> bool:
        """Show why a value is refused, if it is."""
        reason = self._validate_value(value) if self._validate_value else None
        if reason is None:
            return False
        self._refused = value
        line = self.query_one(".reason", Static)
        line.update(Content("✗ " + visible(reason)))
        line.styles.display = "block"
        return True

    def action_turn(self, by: int) -> None:
        """Replace the line by the next or previous choice."""
        if self._choices:
            line = self.query_one(TypedLine)
            at = self._choices.index(line.value) if line.value in self._choices else -max(by, 0)
            line.value = self._choices[(at + by) % len(self._choices)]
            line.select_all()

    def action_leave(self) -> None:
        """Cancel."""
        self.dismiss(None)


def ask_search(app: App[Any], searched: str, hint: Text, search: Callable[[str], None]) -> None:
    """Ask for a text to search for, and search; an empty one shows everything again."""

    def take(value: str | None) -> None:
        if value is not None:
            search(value)

    app.push_screen(Prompt(N_("search"), searched, hint), take)
