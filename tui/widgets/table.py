"""A table of any number of rows, of which only those on screen are ever made.

Rows come from a function of the row number, so that two million n-grams cost what forty do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.actions import SkipAction
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from seqtui.tui.cells import Align, fit
from seqtui.tui.foreign import visible
from seqtui.tui.translation import _
from seqtui.tui.widgets.keys import DOWN, FIRST, LAST, PAGE_DOWN, PAGE_UP, UP
from seqtui.tui.widgets.lines import SelectableLines


@dataclass(frozen=True, slots=True)
class Column:
    """A column: numbers to the right, texts to the left."""

    title: str
    """Marked; translated when it is painted."""
    width: int
    align: Align = "right"
    stretch: bool = False
    """Takes what the other columns leave."""


Row = Sequence[str]
"""The cells of a row: `visible` texts, in the user's language."""


class Table(SelectableLines, can_focus=True):
    """Rows under a fixed header, with a cursor."""

    BINDINGS: ClassVar = [
        Binding(UP, "cursor(-1)", show=False),
        Binding(DOWN, "cursor(1)", show=False),
        Binding(PAGE_UP, "page(-1)", show=False),
        Binding(PAGE_DOWN, "page(1)", show=False),
        Binding(FIRST, "jump(False)", show=False),
        Binding(LAST, "jump(True)", show=False),
        Binding("enter", "select", show=False),
    ]
    COMPONENT_CLASSES: ClassVar = {"table--header", "table--cursor", "table--empty"}
    DEFAULT_CSS = """
    Table { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    Table .table--header { color: $text-muted; text-style: underline; }
    Table .table--cursor { text-style: reverse; }
    Table .table--empty { color: $text-muted; }
    """

    class Selected(Message):
        """Enter was pressed on a row."""

        def __init__(self, table: Table, row: int) -> None:
            super().__init__()
            self.table = table
            self.row = row

        @property
        def control(self) -> Table:
            """The table."""
            return self.table

    class Moved(Message):
        """The cursor is on another row."""

    def __init__(self, columns: Sequence[Column], empty: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._empty = empty
        self._row: Callable[[int], Row] = lambda row: ()
        self.row_count = 0
        self.cursor = 0

    def show(
        self,
        rows: int,
        row: Callable[[int], Row],
        *,
        columns: Sequence[Column] | None = None,
        empty: str | None = None,
        cursor: int = 0,
    ) -> None:
        """Show other rows; `empty`, marked, is shown when there are none."""
        if columns is not None:
            self._columns = tuple(columns)
        if empty is not None:
            self._empty = empty
        self.row_count = rows
        self._row = row
        self.virtual_size = Size(0, rows + 1)
        self.move_to(cursor)
        self.refresh()

    def move_to(self, row: int) -> None:
        """Put the cursor on a row that exists and bring it into view."""
        before = self.cursor
        self.cursor = min(max(row, 0), max(self.row_count - 1, 0))
        if self.cursor != before:
            self.post_message(self.Moved())
        self._scroll_to_cursor()
        # Rows that were added just now can be scrolled to only after the next layout.
        self.call_after_refresh(self._scroll_to_cursor)
        self.refresh()

    def _scroll_to_cursor(self) -> None:
        # The header hides the first line of the view, so one line more is brought in.
        self.scroll_to_region(Region(0, self.cursor, 1, 2), animate=False, immediate=True)

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the header, a row, or what to do when there is none."""
        width = self.scrollable_content_region.width
        if y == 0:
            return self.selectable(self._strip(self._titles(), width, "table--header"), 0)
        if self.row_count == 0:
            words = Content(_(self._empty)).wrap(max(width, 1))
            text = fit(words[y - 1].plain if y <= len(words) else "", width, "left")
            return Strip([Segment(text, self.get_component_rich_style("table--empty"))])
        row = self.scroll_offset.y + y - 1
        if row >= self.row_count:
            return Strip.blank(width, self.rich_style)
        marked = row == self.cursor and self.has_focus
        strip = self._strip(self._row(row), width, "table--cursor" if marked else None)
        return self.selectable(strip, row + 1)

    def line_text(self, line: int) -> str:
        """The titles, or a row of the table from 1 on."""
        if line > self.row_count:
            return ""
        cells = self._row(line - 1) if line else self._titles()
        return self._text(cells, self.scrollable_content_region.width)

    def _titles(self) -> Row:
        return [_(column.title) for column in self._columns]

    def _strip(self, cells: Row, width: int, component: str | None) -> Strip:
        style = self.get_component_rich_style(component) if component else self.rich_style
        return Strip([Segment(self._text(cells, width), style)])

    def _text(self, cells: Row, width: int) -> str:
        fixed = sum(column.width + 1 for column in self._columns if not column.stretch)
        rest = max(width - fixed - 1, 1)
        text = " ".join(
            fit(cell, rest if column.stretch else column.width, column.align)
            for cell, column in zip(cells, self._columns, strict=False)
        )
        return fit(visible(text), width, "left")

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide it."""
        self.refresh()

    def action_cursor(self, by: int) -> None:
        """Move the cursor by rows."""
        self.move_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by screens."""
        self.move_to(self.cursor + by * max(self.size.height - 2, 1))

    def action_jump(self, last: bool) -> None:
        """Go to the first or the last row."""
        self.move_to(self.row_count - 1 if last else 0)

    def action_select(self) -> None:
        """Open the row under the cursor; without rows, Enter is left to the pane."""
        if not self.row_count:
            raise SkipAction
        self.post_message(self.Selected(self, self.cursor))
