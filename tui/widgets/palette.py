"""The palette: finds any action of the table by its name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.dom import DOMNode

from seqtui.tui.actions import PANES, Action, actions_of
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.tui.app import SeqtuiApp


class ActionProvider(Provider):
    """Offers the visible pane's actions and those that work everywhere."""

    @property
    def _seqtui(self) -> SeqtuiApp:
        return cast("SeqtuiApp", self.app)

    def _offers(self) -> Iterator[tuple[str, Action, DOMNode]]:
        pane = self._seqtui.pane
        for action in actions_of(pane.id):
            yield f"{action.label} ({action.key_label})", action, pane
        for action in actions_of(None):
            prefix = _("go to") + " " if action.keys in {p.digit for p in PANES} else ""
            yield f"{prefix}{action.label} ({action.key_label})", action, self._seqtui

    def _run(self, action: Action, target: DOMNode) -> Callable[[], Awaitable[bool]]:
        return partial(self._seqtui.run_action, action.id, target)

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for name, action, target in self._offers():
            yield DiscoveryHit(Content(name).plain, self._run(action, target), help=action.tooltip)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for name, action, target in self._offers():
            score = matcher.match(name)
            if score > 0:
                yield Hit(
                    score, matcher.highlight(name), self._run(action, target), help=action.tooltip
                )
