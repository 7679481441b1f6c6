"""What every pane is: a part of the screen with keys of its own and the session's news."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual import events
from textual.containers import Container
from textual.widget import Widget

from seqtui.tui.session import Session

if TYPE_CHECKING:
    from seqtui.engine.runs.events import Event
    from seqtui.tui.app import SeqtuiApp


class Pane(Container):
    """A pane. Its `BINDINGS` are `bindings_of(<its id>)`."""

    _last_focused: Widget | None = None

    DEFAULT_CSS = "Pane { width: 1fr; height: 1fr; }"

    @property
    def seqtui(self) -> SeqtuiApp:
        """The app."""
        return cast("SeqtuiApp", self.app)

    @property
    def session(self) -> Session:
        """What the panes work on."""
        return self.seqtui.session

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
        """Show the session as it stands; called when the pane is shown or the corpus changed."""

    def take_events(self, events: Sequence[Event], *, visible: bool) -> None:
        """News of the training run, in order; painted only when visible."""
