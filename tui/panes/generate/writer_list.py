"""Dialogs that list runs; the one of who can write: n-gram models of the open corpus, and runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from seqtui.tui.foreign import visible
from seqtui.tui.numbers import perplexity
from seqtui.tui.panes.generate.writers import COUNTED_ORDERS
from seqtui.tui.translation import _
from seqtui.tui.widgets.table import Column, Row, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqtui.engine.runs.run import Run


T = TypeVar("T")


def held_out_perplexity(run: Run) -> str:
    """The result of a run that has ended, as a cell."""
    value = ((run.document or {}).get("held_out") or {}).get("perplexity")
    return perplexity(value if isinstance(value, int | float) else None)


class RunDialog(ModalScreen["T | None"], Generic[T]):
    """A table of runs over the pane; what is done with a row is the subclass's."""

    BINDINGS: ClassVar = [Binding("escape,q", "leave", show=False)]
    DEFAULT_CSS = """
    RunDialog { align: center middle; }
    RunDialog > Vertical {
        width: 90%; max-width: 110; height: auto; max-height: 80%;
        border: round $primary; padding: 0 1; background: $surface;
    }
    RunDialog Table { height: auto; max-height: 20; min-height: 3; }
    RunDialog .keys { color: $text-muted; height: 1; }
    """
    title_words: ClassVar[str]
    keys_words: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]
    empty_words: ClassVar[str] = ""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self._rows = rows

    def compose(self) -> ComposeResult:
        """The table and its keys."""
        with Vertical() as box:
            box.border_title = self.title_words
            yield Table(self.columns, self.empty_words)
            yield Static(Content(self.keys_words), classes="keys")

    def on_mount(self) -> None:
        """Show the rows."""
        table = self.query_one(Table)
        table.show(self._rows, self.make_row)
        table.styles.height = min(self._rows + 1, 20)
        self.set_focus(table)

    def make_row(self, index: int) -> Row:
        """The cells of a row."""
        raise NotImplementedError

    def action_leave(self) -> None:
        """Leave without a choice."""
        self.dismiss(None)


class RunList(RunDialog["Run | int"]):
    """Choose a run; dismissed with it, with the order of an n-gram model, or with None."""

    title_words = _("who writes")
    keys_words = _("↑ ↓ choose   enter take   esc back")
    columns = (
        Column(_("model"), 12, "left"),
        Column(_("corpus"), 16, "left"),
        Column(_("held-out ppl"), 12),
        Column(_("run"), 0, "left", stretch=True),
    )

    def __init__(self, runs: Sequence[Run], corpus: str | None) -> None:
        self._runs = runs
        self._corpus = corpus
        """Name of the open corpus, whose n-gram models stand before the runs."""
        self._orders = COUNTED_ORDERS if corpus is not None else ()
        super().__init__(len(self._orders) + len(runs))

    def make_row(self, index: int) -> Row:
        """Model, corpus, perplexity, name."""
        if index < len(self._orders):
            name = f"{self._orders[index]}-gram"
            return name, visible(self._corpus or ""), "", _("counted when it is taken")
        run = self._runs[index - len(self._orders)]
        return (
            run.config.model_name,
            visible(run.corpus_name),
            held_out_perplexity(run),
            visible(run.name),
        )

    def on_table_selected(self, event: Table.Selected) -> None:
        """Take the model of that row."""
        orders = self._orders
        row = event.row
        self.dismiss(orders[row] if row < len(orders) else self._runs[row - len(orders)])
