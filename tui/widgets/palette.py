"""The palette: finds any action of the table by its name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

from textual.app import App, ComposeResult
from textual.command import CommandInput, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import ContentSwitcher, Input

from seqtui.tui.actions import PANES, Action, actions_of
from seqtui.tui.translation import _
from seqtui.tui.widgets.prompt import TypedLine


class ActionProvider(Provider):
    """Offers the visible pane's actions and those that work everywhere."""

    def _offers(self) -> Iterator[tuple[str, Action, DOMNode]]:
        pane = self.screen.query_one(ContentSwitcher).visible_content
        assert pane is not None
        for action in actions_of(pane.id):
            yield _offer(action), action, pane
        for action in actions_of(None):
            yield _offer(action), action, self.app

    def _run(self, action: Action, target: DOMNode) -> Callable[[], Awaitable[bool]]:
        name = action.id if action.pane is None else f"route({action.id!r})"
        return partial(self.app.run_action, name, target)

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for name, action, target in self._offers():
            run = self._run(action, target)
            yield DiscoveryHit(Content(name).plain, run, help=_(action.tooltip))

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        found = False
        for name, action, target in self._offers():
            score = matcher.match(name)
            if score > 0:
                found = True
                run = self._run(action, target)
                yield Hit(score, matcher.highlight(name), run, help=_(action.tooltip))
        if not found:
            # The toolkit's own words for it are in no catalogue.
            yield Hit(0, _("no action of this name"), _nothing, text="")


class _PaletteLine(CommandInput, TypedLine):
    """The toolkit's input, behind the door."""


class ActionPalette(CommandPalette):
    """The toolkit's palette, with a line that shows foreign text and in the language of now."""

    def compose(self) -> ComposeResult:
        """The toolkit's widgets, but for the line."""
        for widget in super().compose():
            if isinstance(widget, CommandInput):
                yield _PaletteLine(placeholder=widget.placeholder, select_on_focus=False)
            else:
                yield widget

    def repaint(self) -> None:
        """Name every action again, in the language of now."""
        line = self.query_one(_PaletteLine)
        line.placeholder = _placeholder()
        line.post_message(Input.Changed(line, line.value))


def open_palette(app: App[Any]) -> None:
    """Open the palette, unless it is open."""
    if not CommandPalette.is_open(app):
        app.push_screen(ActionPalette(placeholder=_placeholder(), id="--command-palette"))


def _placeholder() -> str:
    return _("Type the name of an action …")


def _nothing() -> None:
    pass


def _offer(action: Action) -> str:
    label, keys = _(action.label), action.key_label
    if action.keys in {pane.digit for pane in PANES}:
        return _("go to {pane} ({keys})").format(pane=label, keys=keys)
    return _("{action} ({keys})").format(action=label, keys=keys)
