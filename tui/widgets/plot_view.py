"""The widget of a plot; it repaints only when its lines differ."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual import events
from textual.content import Content
from textual.widgets import Static


class PlotView(Static, can_focus=True):
    """Lines of a plot; `on_size` is called whenever they must be made for another size."""

    DEFAULT_CSS = "PlotView { width: 1fr; height: 1fr; overflow: hidden; }"

    def __init__(self, on_size: Callable[[], None], *, id: str | None = None) -> None:
        super().__init__("", id=id)
        self._shown: str | Content = ""
        self._on_size = on_size

    def on_resize(self, event: events.Resize) -> None:
        """Have it painted for the new size."""
        self._on_size()

    def show(self, lines: str) -> None:
        """Show a plot: text with ANSI colours, as `plots` makes it."""
        if lines != self._shown:
            self._shown = lines
            self.update(Text.from_ansi(lines, no_wrap=True, end=""), layout=False)

    def show_words(self, text: Content) -> None:
        """Show words where there is nothing to plot yet."""
        if not (isinstance(self._shown, Content) and text.is_same(self._shown)):
            self._shown = text
            self.update(text, layout=False)
