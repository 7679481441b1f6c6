"""Questions, messages and the help: screens that lie over the panes and are left with Esc."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from seqtui.tui.actions import PANES, PaneName, actions_of
from seqtui.tui.cells import pad
from seqtui.tui.foreign import visible_lines
from seqtui.tui.translation import _

_BOX = """
    {name} {{ align: center middle; }}
    {name} > .box {{
        width: auto; max-width: 90%; height: auto; max-height: 90%;
        border: round {colour}; padding: 0 1; background: $surface;
    }}
    {name} Static {{ width: auto; height: auto; max-width: 100%; }}
    {name} .keys {{ color: $text-muted; margin-top: 1; }}
"""


class Question(ModalScreen[bool]):
    """A question that is answered with y (or Enter) or n (or Esc)."""

    BINDINGS: ClassVar = [
        Binding("y,enter", "answer(True)", show=False),
        Binding("n,escape", "answer(False)", show=False),
    ]
    DEFAULT_CSS = _BOX.format(name="Question", colour="$warning")

    def __init__(self, question: str, yes: str, no: str) -> None:
        super().__init__()
        self._question = question
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """The question and what each key means."""
        with Vertical(classes="box"):
            yield Static(Content(visible_lines(self._question)))
            yield Static(Content(f"y {self._yes}    n {self._no}"), classes="keys")

    def action_answer(self, yes: bool) -> None:
        """Answer."""
        self.dismiss(yes)


class Message(ModalScreen[None]):
    """Something the user should read before going on, such as why a run failed."""

    BINDINGS: ClassVar = [Binding("escape,enter,space,q", "dismiss", show=False)]
    DEFAULT_CSS = _BOX.format(name="Message", colour="$error")

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """The title in the border, the text, how to go on."""
        with VerticalScroll(classes="box") as box:
            box.border_title = Content(self._title)
            yield Static(Content(visible_lines(self._text)))
            yield Static(Content(_("esc back")), classes="keys")


class Help(ModalScreen[None]):
    """Every key, read from the table of actions, the visible pane's first."""

    BINDINGS: ClassVar = [Binding("escape,q,question_mark,f1,enter", "dismiss", show=False)]
    DEFAULT_CSS = _BOX.format(name="Help", colour="$primary")

    def __init__(self, pane: str) -> None:
        super().__init__()
        self._pane = pane

    def compose(self) -> ComposeResult:
        """One line for each action."""
        order = sorted(PANES, key=lambda pane: pane.id != self._pane)
        lines: list[Content] = []
        for title, pane in [
            *((pane_words(name), name.id) for name in order[:1]),
            (_("Everywhere"), None),
            *((pane_words(name), name.id) for name in order[1:]),
        ]:
            lines.append(Content.styled(title, "bold"))
            lines.extend(
                Content.assemble((f"  {pad(action.key_label, 10)}", "$primary"), _(action.tooltip))
                for action in actions_of(pane)
            )
            lines.append(Content(""))
        lines.append(Content.styled(_("In tables, texts and plots"), "bold"))
        lines.append(
            Content(
                "  " + _("arrows or h j k l move, g G first and last, Enter opens, Tab goes on.")
            )
        )
        with VerticalScroll(classes="box") as box:
            box.border_title = Content(_("Keys"))
            yield Static(Content("\n").join(lines))


def pane_words(pane: PaneName) -> str:
    """`1 Corpus · What text is this, how does it become ids?`."""
    return f"{pane.digit} {_(pane.title)} · {_(pane.question)}"
