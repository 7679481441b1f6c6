"""A scrolled view that makes its lines when they are seen, and lets them be selected and copied."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Offset
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

MOST_COPIED = 10_000
"""Lines that are copied at a time: a selection may reach to the end of millions."""


class SelectableLines(ScrollView):
    """Lines by number; one that draws them passes each through `selectable`."""

    def line_text(self, line: int) -> str:
        """A line as it is drawn, without the cells after its end; empty beyond the last."""
        raise NotImplementedError

    def selectable(self, strip: Strip, line: int) -> Strip:
        """A line of the screen that the mouse can select, with what is selected of it marked."""
        selection = self.text_selection
        span = selection.get_span(line) if selection is not None else None
        if span is not None:
            text = strip.text
            start, end = span[0], len(text) if span[1] < 0 else span[1]
            cuts = [cell_len(text[:start]), cell_len(text[:end]), strip.cell_length]
            style = self.screen.get_component_rich_style("screen--selection")
            before, selected, after = strip.divide(cuts)
            marked = Strip(Segment.apply_style(selected, post_style=style), selected.cell_length)
            strip = Strip.join([before, marked, after])
        return strip.apply_offsets(0, line)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text of the selected lines."""
        start = selection.start or Offset(0, 0)
        last = self.virtual_size.height if selection.end is None else selection.end.y
        last = min(last, start.y + MOST_COPIED)
        lines = [self.line_text(line).rstrip() for line in range(start.y, last + 1)]
        if selection.end is not None and selection.end.y == last:
            lines[-1] = lines[-1][: selection.end.x]
        lines[0] = lines[0][start.x :]
        return _joined(lines), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Mark what is selected now."""
        self.refresh()


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines).strip("\n")
