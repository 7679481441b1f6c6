"""The source of functions, with the numbers of their lines."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from seqtui.tui.foreign import visible
from seqtui.tui.translation import _
from seqtui.tui.widgets.dialogs import Dialog

PACKAGES = ("corpora", "engine", "tui")


class SourceDialog(Dialog[None]):
    """One function after the other; Esc leaves them."""

    BINDINGS: ClassVar = [
        Binding("escape,q,i,enter", "dismiss", show=False),
        Binding("right,l,right_square_bracket,tab", "turn(1)", show=False),
        Binding("left,h,left_square_bracket,shift+tab", "turn(-1)", show=False),
    ]
    DEFAULT_CSS = "SourceDialog > .box { width: 104; max-width: 100%; max-height: 100%; }"

    def __init__(self, functions: Sequence[Callable[..., Any]]) -> None:
        super().__init__()
        self._functions = tuple(functions)
        self._shown = 0

    def compose(self) -> ComposeResult:
        """The lines, and the keys below."""
        with VerticalScroll(classes="box"):
            yield Static("", classes="words lines")
            yield Static("", classes="words keys")

    def on_mount(self) -> None:
        """Paint the words."""
        self.repaint()

    def repaint(self) -> None:
        """Paint the lines of the function that is shown."""
        place, lines = source_lines(self._functions[self._shown])
        box = self.query_one(VerticalScroll)
        box.border_title = Content(visible(place))
        self.query_one(".lines", Static).update(Content("\n".join(map(visible, lines))))
        keys = _("↑ ↓ scroll   ← → function {number} of {all}   esc back").format(
            number=self._shown + 1, all=len(self._functions)
        )
        self.query_one(".keys", Static).update(Content(keys))

    def action_turn(self, by: int) -> None:
        """The next or the previous function."""
        self._shown = (self._shown + by) % len(self._functions)
        self.query_one(VerticalScroll).scroll_home(animate=False)
        self.repaint()


def source_lines(function: Callable[..., Any]) -> tuple[str, list[str]]:
    """`engine/labs/memory.py:88`, and the lines of a function with their numbers."""
    function = inspect.unwrap(function)
    lines, first = inspect.getsourcelines(function)
    path = Path(inspect.getsourcefile(function) or "")
    parts = path.parts
    start = max((i for i, part in enumerate(parts) if part in PACKAGES), default=len(parts) - 1)
    # The innermost of the three packages, wherever the project is installed.
    for i, part in enumerate(parts):
        if part in PACKAGES and (Path(*parts[: i + 1]) / "py.typed").exists():
            start = i
            break
    place = f"{'/'.join(parts[start:])}:{first}"
    width = len(str(first + len(lines)))
    return place, [f"{first + i:>{width}}  {line.rstrip()}" for i, line in enumerate(lines)]
