"""A dialog that lists who can write: n-gram models of the open corpus, and the runs."""

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
from seqtui.tui.panes.authors import COUNTED_ORDERS
from seqtui.tui.table import Column, Row, Table
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqtui.engine.runs import Run


class RunList(ModalScreen["Run | int | None"]):
    """Choose a run; dismissed with it, with the order of an n-gram model, or with None."""

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

    def __init__(self, runs: Sequence[Run], corpus: str | None) -> None:
        super().__init__()
        self._runs = runs
        self._corpus = corpus
        """Name of the open corpus, whose n-gram models stand before the runs."""
        self._orders = COUNTED_ORDERS if corpus is not None else ()

    def compose(self) -> ComposeResult:
        """The table and its keys."""
        with Vertical() as box:
            box.border_title = _("who writes")
            yield Table(
                (
                    Column(_("model"), 12, "left"),
                    Column(_("corpus"), 16, "left"),
                    Column(_("held-out ppl"), 12),
                    Column(_("run"), 0, "left", stretch=True),
                ),
                "",
            )
            yield Static(Content(_("↑ ↓ choose   enter take   esc back")), classes="keys")

    def on_mount(self) -> None:
        """Show the rows."""
        table = self.query_one(Table)
        rows = len(self._orders) + len(self._runs)
        table.show(rows, self._row)
        table.styles.height = min(rows + 1, 20)
        self.set_focus(table)

    def _row(self, index: int) -> Row:
        if index < len(self._orders):
            name = f"{self._orders[index]}-gram"
            return name, visible(self._corpus or ""), "", _("counted when it is taken")
        run = self._runs[index - len(self._orders)]
        held_out = (run.document or {}).get("held_out") or {}
        value = held_out.get("perplexity")
        return (
            run.config.model,
            visible(run.corpus_name),
            perplexity(value if isinstance(value, int | float) else None),
            visible(run.name),
        )

    def on_table_selected(self, event: Table.Selected) -> None:
        """Take the model of that row."""
        orders = self._orders
        row = event.row
        self.dismiss(orders[row] if row < len(orders) else self._runs[row - len(orders)])

    def action_leave(self) -> None:
        """Leave without a choice."""
        self.dismiss(None)
