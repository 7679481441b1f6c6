"""The frame around every pane: the line of context, the line of panes, the footer.

Each is one line of text that is redrawn only when it changes, since Textual repaints whole
regions and a slow line pays for every one of them.
"""

from __future__ import annotations

from dataclasses import replace

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from seqtui.tui.actions import PANES, Action, actions_of
from seqtui.tui.foreign import visible
from seqtui.tui.translation import _

TALL = 34
"""From this many lines on, a pane shows panels below one another that else take turns."""


class Line(Static):
    """A line that repaints only when its text changes."""

    DEFAULT_CSS = "Line { height: 1; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id)
        self._shown = Content("")

    def show(self, content: Content) -> None:
        """Replace the text."""
        if not content.is_same(self._shown):
            # Every character stays one character, so that the spans of styles still fit.
            content = Content(visible(content.plain), list(content.spans))
            self._shown = content
            self.update(content, layout=False)


class ContextLine(Line):
    """corpus · tokeniser · tokens · |V| on the left; run and device on the right."""

    DEFAULT_CSS = "ContextLine { background: $panel; padding: 0 1; }"
    _facts: tuple[list[str], list[str]] = ([], [])

    def on_resize(self) -> None:
        """Fit the facts to the new width."""
        self.show_facts(*self._facts)

    def show_facts(self, left: list[str], right: list[str]) -> None:
        """Show facts; the left is cut first where not all fit."""
        self._facts = left, right
        start = " · ".join(visible(part) for part in left if part)
        end = "  ".join(visible(part) for part in right if part)
        room = self.content_size.width - cell_len(end) - 2
        text = Content(start).truncate(max(room, 0), ellipsis=True)
        self.show(Content.assemble(text, " " * max(room - text.cell_length + 2, 2), end))


class PaneLine(Line):
    """The panes' names with their digits, the visible one in brackets and bold."""

    DEFAULT_CSS = "PaneLine { padding: 0 1; }"

    def show_panes(self, visible_pane: str) -> None:
        """Mark the visible pane."""
        parts: list[Content] = []
        for pane in PANES:
            name = f"{pane.digit} {_(pane.title)}"
            shown = pane.id == visible_pane
            style = f"@click=app.show_pane('{pane.id}')"
            label = f"[{name}]" if shown else f" {name} "
            parts.append(
                Content.from_markup(f"[{style}]$label[/]", label=label).stylize(
                    "bold" if shown else ""
                )
            )
        self.show(Content(" ").join(parts))


class FooterLine(Line):
    """The keys of the visible pane, then those that work everywhere, as many as fit.

    Where not all do, those that have a short label take it.
    """

    DEFAULT_CSS = "FooterLine { background: $panel; padding: 0 1; }"

    _pane = PANES[0].id

    def on_resize(self) -> None:
        """Fit the keys to the new width."""
        self.show_keys(self._pane)

    def show_keys(self, pane: str) -> None:
        """Show a pane's keys."""
        self._pane = pane
        last = [action for action in actions_of(None) if action.footer]
        wanted = [action for action in actions_of(pane) if action.footer]
        width = self.content_size.width + _GAP  # nothing follows the last one
        if sum(_cells(action) for action in [*wanted, *last]) > width:
            wanted = [replace(action, label=action.short or action.label) for action in wanted]
        room = width - sum(_cells(action) for action in last)
        chosen: list[Action] = []
        for action in wanted:
            if _cells(action) <= room:
                chosen.append(action)
                room -= _cells(action)
        self.show(
            Content(" " * _GAP).join(
                Content.assemble((_key(action), "bold $primary"), " ", _(action.label))
                for action in [*chosen, *last]
            )
        )


_GAP = 2
"""Cells between two keys of the footer."""


def _key(action: Action) -> str:
    return action.key_label.split(" ")[0]


def _cells(action: Action) -> int:
    return cell_len(_key(action)) + 1 + cell_len(_(action.label)) + _GAP
