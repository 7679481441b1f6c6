"""A dialog that lists the runs, to choose one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from seqtui.tui.foreign import visible
from seqtui.tui.numbers import perplexity
from seqtui.tui.table import Column, Row, Table
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqtui.engine.runs import Run

COUNTED_ROW = 0
"""The first row is the n-gram model of the open corpus, which is no run."""


class RunList(ModalScreen["Run | str | None"]):
    """Choose a run; dismissed with it, with `counted` for the n-gram model, or with None."""

    BINDINGS: ClassVar = [Binding("escape,q", "leave", show=False)]
    DEFAULT_CSS = """
    RunList { align: center middle; }
    RunList > Vertical {
        width: 90%; max-width: 110; height: auto; max-height: 80%;
        border: round $primary; padding: 0 1; background: $surface;
    }
    RunList Table { height: auto; max-height: 20; min-height: 3; }
    RunList .keys { color: $text-muted; height: 1; }
    """

    def __init__(self, runs: Sequence[Run], counted: str) -> None:
        super().__init__()
        self._runs = runs
        self._counted = counted

    def compose(self) -> ComposeResult:
        """The table and its keys."""
        with Vertical() as box:
            box.border_title = _("who writes")
            yield Table(
                (
                    Column(_("model"), 12, "left"),
                    Column(_("corpus"), 16, "left"),
                    Column(_("held-out"), 8),
                    Column(_("run"), 0, "left", stretch=True),
                ),
                "",
            )
            yield Static(Content(_("↑ ↓ choose   enter take   esc back")), classes="keys")

    def on_mount(self) -> None:
        """Show the rows."""
        table = self.query_one(Table)
        table.show(len(self._runs) + 1, self._row)
        table.styles.height = min(len(self._runs) + 2, 20)
        table.focus()

    def _row(self, index: int) -> Row:
        if index == COUNTED_ROW:
            return "n-gram", "", "", self._counted
        run = self._runs[index - 1]
        held_out = (run.document or {}).get("held_out") or {}
        value = held_out.get("perplexity")
        return (
            run.config.model,
            visible(run.corpus_name),
            perplexity(value if isinstance(value, int | float) else None),
            visible(run.name),
        )

    def on_table_selected(self, event: Table.Selected) -> None:
        """Take the run of that row."""
        chosen = event.row
        self.dismiss("counted" if chosen == COUNTED_ROW else self._runs[chosen - 1])

    def action_leave(self) -> None:
        """Leave without a choice."""
        self.dismiss(None)
