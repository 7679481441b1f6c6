"""Questions, messages and the help: screens over the panes that Esc closes."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from seqtui.tui.actions import PANES, PaneName, actions_of
from seqtui.tui.cells import pad
from seqtui.tui.foreign import visible, visible_lines
from seqtui.tui.translation import Text, _, shown_text

T = TypeVar("T")

HELP_CELLS = 54
"""What an action does is wrapped here, so that at 80 columns the help stays beside the keys."""


class Dialog(ModalScreen["T | None"], Generic[T]):
    """A framed box over the panes: a widget of the class `box` and, below, a line of `keys`."""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > .box {
        width: auto; max-width: 90%; height: auto; max-height: 90%;
        border: round $primary; padding: 0 1; background: $surface;
    }
    Dialog .keys { color: $text-muted; margin-top: 1; }
    Dialog .words { width: auto; height: auto; max-width: 100%; }
    """

    def repaint(self) -> None:
        """Paint every word again: the language has changed."""


class Question(Dialog[bool]):
    """A question that is answered with y (or Enter) or n (or Esc); its texts are marked."""

    BINDINGS: ClassVar = [
        Binding("y,enter", "answer(True)", show=False),
        Binding("n,escape", "answer(False)", show=False),
    ]
    DEFAULT_CSS = "Question > .box { border: round $warning; }"

    def __init__(self, question: Text, yes: Text, no: Text) -> None:
        super().__init__()
        self._question = question
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """The question and what each key means."""
        with Vertical(classes="box"):
            yield Static("", classes="words question")
            yield Static("", classes="words keys")

    def on_mount(self) -> None:
        """Paint the words."""
        self.repaint()

    def repaint(self) -> None:
        """Paint every word, in the language of now."""
        question = Content(visible_lines(shown_text(self._question)))
        self.query_one(".question", Static).update(question)
        keys = visible(f"y {shown_text(self._yes)}    n {shown_text(self._no)}")
        self.query_one(".keys", Static).update(Content(keys))

    def action_answer(self, yes: bool) -> None:
        """Answer."""
        self.dismiss(yes)


class Message(Dialog[None]):
    """Something the user should read first, such as why a run failed; its texts are marked."""

    BINDINGS: ClassVar = [Binding("escape,enter,space,q", "dismiss", show=False)]
    DEFAULT_CSS = "Message > .box { border: round $error; }"

    def __init__(self, title: Text, text: Text) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """The title in the border, the text, the key that closes it."""
        with VerticalScroll(classes="box"):
            yield Static("", classes="words message")
            yield Static("", classes="words keys")

    def on_mount(self) -> None:
        """Paint the words."""
        self.repaint()

    def repaint(self) -> None:
        """Paint every word, in the language of now."""
        self.query_one(".box").border_title = Content(visible(shown_text(self._title)))
        self.query_one(".message", Static).update(Content(visible_lines(shown_text(self._text))))
        self.query_one(".keys", Static).update(Content(_("esc back")))


class Help(Dialog[None]):
    """Every key, read from the table of actions, the visible pane's first."""

    BINDINGS: ClassVar = [Binding("escape,q,question_mark,f1,enter", "dismiss", show=False)]

    def __init__(self, pane: str) -> None:
        super().__init__()
        self._pane = pane

    def compose(self) -> ComposeResult:
        """One line for each action."""
        with VerticalScroll(classes="box"):
            yield Static("", classes="words")

    def on_mount(self) -> None:
        """Paint the words."""
        self.repaint()

    def repaint(self) -> None:
        """Paint every word, in the language of now."""
        self.query_one(".box").border_title = Content(_("Keys"))
        self.query_one(".words", Static).update(help_words(self._pane))


def help_words(pane: str) -> Content:
    """What each key does: in a pane, everywhere, in the other panes."""
    order = sorted(PANES, key=lambda each: each.id != pane)
    lines: list[Content] = []
    for title, name in [
        *((pane_words(each), each.id) for each in order[:1]),
        (_("Everywhere"), None),
        *((pane_words(each), each.id) for each in order[1:]),
    ]:
        lines.append(Content.styled(title, "bold"))
        for action in actions_of(name):
            first, *more = Content(_(action.tooltip)).wrap(HELP_CELLS)
            key = f"  {pad(action.key_label, 10)}"
            lines.append(Content.assemble((key, "$primary"), first))
            lines.extend(Content.assemble(" " * len(key), line) for line in more)
        lines.append(Content(""))
    lines.append(Content.styled(_("In tables, texts and plots"), "bold"))
    keys = _("arrows or h j k l move, g G first and last, Enter opens, Tab next part.")
    lines.append(Content(f"  {keys}"))
    return Content("\n").join(lines)


def pane_words(pane: PaneName) -> str:
    """`1 Corpus · What text is this, how does it become ids?`."""
    return f"{pane.digit} {_(pane.title)} · {_(pane.question)}"
