"""A dialog over the panes that lists runs, one to a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from seqtui.tui.foreign import visible
from seqtui.tui.numbers import count, perplexity
from seqtui.tui.translation import _, localized, ngettext
from seqtui.tui.widgets.dialogs import Dialog
from seqtui.tui.widgets.table import Column, Row, Table

if TYPE_CHECKING:
    from seqtui.engine.runs.listing import Unreadable
    from seqtui.engine.runs.run import Run


T = TypeVar("T")
MOST_ROWS = 20


def held_out_perplexity(run: Run) -> str:
    """The held-out perplexity of a run that has ended, as a cell."""
    from seqtui.engine.evaluation import Evaluation

    document = (run.document or {}).get("held_out")
    return perplexity(Evaluation.from_document(document).perplexity if document else None)


def unreadable_line(unreadable: Sequence[Unreadable]) -> str:
    """What among the runs could not be read, in a line; empty where all could."""
    if not unreadable:
        return ""
    number = len(unreadable)
    text = ngettext(
        "{count} run cannot be read: {reason}",
        "{count} runs cannot be read, as `seqtui runs` says: {reason}",
        number,
    )
    return text.format(count=count(number), reason=visible(localized(unreadable[0].reason)))


class RunDialog(Dialog[T], Generic[T]):
    """A table with the cells that `make_row` makes; left without a choice by Esc.

    Words are marked, not translated: they are translated whenever they are painted.
    """

    BINDINGS: ClassVar = [Binding("escape,q", "leave", show=False)]
    DEFAULT_CSS = """
    RunDialog > .box { width: 90%; max-width: 110; max-height: 80%; }
    RunDialog Table { height: auto; max-height: 20; min-height: 3; }
    RunDialog .unreadable { height: auto; max-height: 3; color: $text-warning; }
    RunDialog .keys { height: 1; margin-top: 0; }
    """

    def __init__(
        self,
        *,
        heading: str,
        keys: str,
        columns: Sequence[Column],
        rows: int,
        make_row: Callable[[int], Row],
        empty: str = "",
        unreadable: Sequence[Unreadable] = (),
    ) -> None:
        super().__init__()
        self._heading = heading
        self._keys = keys
        self._columns = tuple(columns)
        self._rows = rows
        self._make_row = make_row
        self._empty = empty
        self._unreadable = unreadable

    def compose(self) -> ComposeResult:
        """The table and its keys."""
        with Vertical(classes="box"):
            yield Table(self._columns, self._empty)
            if self._unreadable:
                yield Static("", classes="unreadable")
            yield Static("", classes="keys")

    def on_mount(self) -> None:
        """Show the rows."""
        table = self.query_one(Table)
        table.show(self._rows, self._make_row)
        table.styles.height = min(self._rows + 1, MOST_ROWS)
        self.repaint()
        self.set_focus(table)

    def repaint(self) -> None:
        """Paint every word, in the language of now."""
        self.query_one(".box").border_title = Content(_(self._heading))
        self.query_one(".keys", Static).update(Content(_(self._keys)))
        for line in self.query(".unreadable").results(Static):
            line.update(Content(unreadable_line(self._unreadable)))
        self.query_one(Table).refresh()

    def action_leave(self) -> None:
        """Leave without a choice."""
        self.dismiss(None)
