"""What every pane is: a part of the screen with keys of its own and the session's news."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from textual import events
from textual.containers import Container
from textual.widget import Widget

from seqtui.tui.actions import target_of
from seqtui.tui.session import Session

if TYPE_CHECKING:
    from seqtui.engine.labs.lab import Lab
    from seqtui.engine.runs.events import Event


class Host(Protocol):
    """What a pane may ask of the app it is in."""

    def open_corpus(self) -> None:
        """Read the corpus as the session now chooses it."""

    async def show_pane(self, name: str) -> Pane:
        """Show another pane, and return it."""
        ...

    def show_error(self, error: BaseException) -> None:
        """Show what went wrong: bad input in a corner, a failure in a dialog."""


class Pane(Container):
    """A pane. Its `BINDINGS` are `bindings_of(<its id>)`."""

    _last_focused: Widget | None = None

    DEFAULT_CSS = "Pane { width: 1fr; height: 1fr; }"

    def __init__(self, host: Host, session: Session, *, id: str) -> None:
        super().__init__(id=id)
        self.host = host
        self.session = session
        """What the panes work on."""

    async def action_route(self, action: str) -> None:
        """Run an action of the table on the part of the pane that has it."""
        target = target_of(self.id, action)
        await self.app.run_action(action, self.query_one(target) if target else self)

    async def open_stage(self, lab: Lab) -> None:
        """Show the part of the pane that is a laboratory."""
        await self.action_route(lab.action)

    def focus_first(self) -> None:
        """Focus what was focused when the pane was left, at first its main part."""
        self.focus_remembered(self)

    def focus_remembered(self, first: Widget) -> None:
        """Focus the part of this pane that had the focus last, or `first`."""
        last = self._last_focused
        # At once, unlike `focus()`: the next key may be here already.
        self.screen.set_focus(last if last is not None and last.is_attached else first)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember which part has the focus, for the next visit."""
        self._last_focused = event.widget

    def refresh_from_session(self) -> None:
        """Show the session as it is now; called when the pane is shown or the corpus changed."""

    def engine_started(self) -> None:
        """torch was imported, or could not be."""

    def repaint(self) -> None:
        """Paint every word again: the language has changed."""

    def take_events(self, events: Sequence[Event], *, visible: bool) -> None:
        """News of the training run, in order; painted only when visible."""
