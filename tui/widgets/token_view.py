"""A corpus as the course reads it: a line of text, its tokens, their ids, aligned.

Columns are of one width, so that any place of a text of a hundred million tokens is found by
a division; a token wider than its column is cut with `…`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import Binding
from textual.geometry import Size
from textual.strip import Strip

from seqtui.tui.cells import fit
from seqtui.tui.foreign import token_symbol, visible
from seqtui.tui.translation import _
from seqtui.tui.widgets.keys import DOWN, FIRST, LAST, UP
from seqtui.tui.widgets.lines import SelectableLines

if TYPE_CHECKING:
    from textual import events

    from seqtui.corpora.corpus import Corpus

LINES_PER_GROUP = 4
"""Text, tokens, ids and an empty line."""
MARGIN = 7
"""Cells for the number of the first token of each group, and for the names of the lines; a text
of a million tokens takes more."""
WIDEST_TOKEN = 12
"""Cells a word may take."""
WHOLE_SHARE = 0.9
"""A column is as wide as this share of the running tokens needs; longer words are cut, and are
whole in the line above."""
_SAMPLED_TYPES = 2_000
"""Types measured for the width of a column: the most frequent ones fill the screen."""


class TokenView(SelectableLines, can_focus=True):
    """Text, tokens and ids of a corpus."""

    BINDINGS: ClassVar = [
        Binding(DOWN, "scroll_down", show=False),
        Binding(UP, "scroll_up", show=False),
        Binding(FIRST, "scroll_home", show=False),
        Binding(LAST, "scroll_end", show=False),
    ]
    COMPONENT_CLASSES: ClassVar = {"tokens--name", "tokens--token", "tokens--id", "tokens--mark"}
    DEFAULT_CSS = """
    TokenView { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    TokenView .tokens--name { color: $text-muted; }
    TokenView .tokens--token { color: $primary; }
    TokenView .tokens--id { color: $text-muted; }
    TokenView .tokens--mark { text-style: reverse; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._corpus: Corpus | None = None
        self._column = 4
        self._per_line = 1
        self._margin = MARGIN
        self._marked = range(0)

    def show(self, corpus: Corpus) -> None:
        """Show another corpus from its start."""
        self._corpus = corpus
        digits = len(str(max(len(corpus.vocabulary) - 1, 0)))
        self._column = max(min(_usual_width(corpus), WIDEST_TOKEN), digits) + 1
        self._margin = max(len(str(corpus.tokens)) + 1, MARGIN)
        self._marked = range(0)
        self._arrange()
        self.scroll_home(animate=False)

    def mark(self, start: int, tokens: int) -> None:
        """Mark some tokens and bring them into view, the line before them on top."""
        self._marked = range(start, start + tokens)
        line = max(start // self._per_line - 1, 0)
        self.scroll_to(y=line * LINES_PER_GROUP, animate=False)
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """As many columns as fit; the token at the top stays at the top."""
        first = self.scroll_offset.y // LINES_PER_GROUP * self._per_line
        self._arrange()
        self.scroll_to(y=first // self._per_line * LINES_PER_GROUP, animate=False)

    def _arrange(self) -> None:
        width = max(self.size.width - self._margin - 1, self._column)
        self._per_line = max(width // self._column, 1)
        tokens = self._corpus.tokens if self._corpus else 0
        self.virtual_size = Size(0, -(-tokens // self._per_line) * LINES_PER_GROUP)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        line = self.scroll_offset.y + y
        return self.selectable(self._line(line), line)

    def line_text(self, line: int) -> str:
        """A line of texts, of tokens or of ids."""
        return self._line(line).text

    def _line(self, line: int) -> Strip:
        width = self.scrollable_content_region.width
        group, part = divmod(line, LINES_PER_GROUP)
        corpus = self._corpus
        start = group * self._per_line
        if corpus is None or start >= corpus.tokens or part == LINES_PER_GROUP - 1:
            return Strip.blank(width, self.rich_style)
        name = self.get_component_rich_style("tokens--name")
        if part == 0:
            text = visible(corpus.text_of(start, start + self._per_line))
            return Strip(
                [
                    Segment(fit(str(start), self._margin - 1, "right") + " ", name),
                    Segment(fit(text, width - self._margin, "left"), self.rich_style),
                ]
            )
        ids = corpus.ids[start : start + self._per_line].tolist()
        if part == 1:
            cells = [
                token_symbol(corpus.vocabulary.tokens[i], corpus.options.tokenizer) for i in ids
            ]
            style = self.get_component_rich_style("tokens--token")
        else:
            cells = [str(i) for i in ids]
            style = self.get_component_rich_style("tokens--id")
        label = _("tokens") if part == 1 else _("ids")
        segments = [Segment(fit(label, self._margin - 1, "right") + " ", name)]
        mark = style + self.get_component_rich_style("tokens--mark")
        for position, cell in enumerate(cells, start):
            text = fit(cell, self._column - 1, "right")
            segments += [Segment(text, mark if position in self._marked else style)]
            segments += [Segment(" ", style)]
        return Strip(segments).adjust_cell_length(width, style)


def _usual_width(corpus: Corpus) -> int:
    """Cells that suffice for `WHOLE_SHARE` of the running tokens."""
    vocabulary = corpus.vocabulary
    sampled = slice(1, _SAMPLED_TYPES)
    times = vocabulary.counts[sampled].tolist()
    tokenizer = corpus.options.tokenizer
    widths = [cell_len(token_symbol(token, tokenizer)) for token in vocabulary.tokens[sampled]]
    rest = (1 - WHOLE_SHARE) * sum(times)
    for width, count in sorted(zip(widths, times, strict=True), reverse=True):
        rest -= count
        if rest < 0:
            return width
    return 1
