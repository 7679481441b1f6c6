"""The one place where text is typed: a line at the foot of the screen, opened by a key.

Panes never hold a text field, so digits change panes and letters act everywhere else. Enter
accepts the value, Esc cancels; an invalid value is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from rich.text import Text as RichText
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from seqtui.corpora.errors import InputError, UserError, shortened
from seqtui.tui.foreign import visible
from seqtui.tui.numbers import count
from seqtui.tui.translation import N_, Text, localized, ngettext, shown_text

if TYPE_CHECKING:
    from textual.app import App

Validate = Callable[[str], str | None]
"""Returns why a value is invalid, in the user's language, or None; or raises a ValueError."""


LONGEST_REASON = 600
"""Characters of a reason for a refusal; more would fill a small screen."""
LONGEST_TEXT = 5_000
"""Characters of a line that is typed; a longer text belongs into a file."""


class TypedLine(Input):
    """An input that shows its text as `visible` text, line ends and all: it may hold anything."""

    class TooLong(Message):
        """A text was not taken, because with it the line would be longer than `LONGEST_TEXT`."""

        def __init__(self, characters: int) -> None:
            super().__init__()
            self.characters = characters
            """Of the text that was not taken."""

    @property
    def _value(self) -> RichText:
        return RichText(visible(self.value), no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        return cell_len(visible(self.value)[:position])

    def _cell_offset_to_index(self, offset: int) -> int:
        cells = offset + self.scroll_offset.x
        drawn = visible(self.value)
        places = (place for place in range(len(drawn)) if cell_len(drawn[: place + 1]) > cells)
        return next(places, len(drawn))

    def take(self, event: events.Key | events.Paste) -> bool:
        """Insert what is typed or pasted at the cursor; False for a key that acts.

        At once: an Enter that arrives with it takes the whole of it.
        """
        if isinstance(event, events.Paste):
            self._insert(event.text)
        elif event.is_printable:
            self._insert(event.character or "")
        else:
            return False
        return True

    def action_paste(self) -> None:
        """Insert what was copied."""
        self._insert(self.app.clipboard)

    def _insert(self, text: str) -> None:
        """Insert a text in place of the selection; of a single line, without its end."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if text.count("\n") == 1:
            text = text.removesuffix("\n")
        start, end = sorted(self.selection)
        if len(self.value) - (end - start) + len(text) > LONGEST_TEXT:
            self.post_message(self.TooLong(len(text)))
        else:
            self.replace(text, start, end)


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
        words = Content.assemble(
            (visible(label), "bold"), "  ", (visible(hint), "$foreground-muted")
        )
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
        reason = self._reason(value)
        if reason is None:
            return False
        self._refused = value
        self._show_reason(reason)
        return True

    def _reason(self, value: str) -> str | None:
        if self._validate_value is None:
            return None
        try:
            return self._validate_value(value)
        except (ValueError, ArithmeticError) as error:
            # Python's own refusals, such as of a number of 4,301 digits, speak to programmers.
            refused = InputError("{value}: this value cannot be read", value=value)
            return localized(error if isinstance(error, UserError) else refused)

    def _show_reason(self, reason: str) -> None:
        line = self.query_one(".reason", Static)
        line.update(Content("✗ " + visible(shortened(reason, LONGEST_REASON))))
        line.styles.display = "block"

    def on_typed_line_too_long(self, event: TypedLine.TooLong) -> None:
        """Say that a text was not taken, and why."""
        self._refused = None
        words = ngettext(
            "{count} character is too much: a line takes {most}; nothing was inserted",
            "{count} characters are too much: a line takes {most}; nothing was inserted",
            event.characters,
        )
        self._show_reason(words.format(count=count(event.characters), most=count(LONGEST_TEXT)))

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
