"""Estimators side by side: held-out perplexity for each of them and each order, as it comes."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from seqtui.tui.cells import fit
from seqtui.tui.foreign import visible
from seqtui.tui.numbers import DASH, count, duration, perplexity, share
from seqtui.tui.panes.ngrams.words import counted_text
from seqtui.tui.translation import _, localized, ngettext
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.keys import DOWN, LEFT, RIGHT, UP

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.labs.estimators import Cell, Comparison
    from seqtui.tui.session import Session
    from seqtui.tui.tasks import Task

NAME_CELLS = 22
COLUMN_CELLS = 10
BEST_MARK = "★"


class Grid(Static, can_focus=True):
    """The cells, with a cursor in two directions."""

    BINDINGS: ClassVar = [
        Binding(UP, "move(-1, 0)", show=False),
        Binding(DOWN, "move(1, 0)", show=False),
        Binding(LEFT, "move(0, -1)", show=False),
        Binding(RIGHT, "move(0, 1)", show=False),
        Binding("enter", "choose", show=False),
    ]
    DEFAULT_CSS = "Grid { height: auto; text-wrap: nowrap; }"

    class Moved(Message):
        """The cursor is on another cell."""

        def __init__(self, rows: int, columns: int) -> None:
            super().__init__()
            self.rows = rows
            self.columns = columns

    class Chosen(Message):
        """Enter was pressed on a cell."""

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor."""
        self.post_message(self.Moved(rows, columns))

    def action_choose(self) -> None:
        """Choose the estimator under the cursor."""
        self.post_message(self.Chosen())


class EstimatorBoard(Vertical):
    """The table of all estimators and orders, and the cell under the cursor in words."""

    DEFAULT_CSS = """
    EstimatorBoard { height: 1fr; padding: 0 1; }
    EstimatorBoard #estimator-title { text-style: bold; }
    EstimatorBoard #estimator-cell { height: auto; margin-top: 1; }
    EstimatorBoard #estimator-keys { color: $text-muted; }
    """

    class Chosen(Message):
        """An estimator was chosen for the arithmetic of the other tables."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, session: Session, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._session = session
        self._comparison: Comparison | None = None
        self._work: Task[dict[tuple[str, int], Cell]] | None = None
        self._row = 0
        self._n = 1
        self._chosen = ""
        self._began = 0.0
        self._done_before = 0
        self._stopped = False

    def compose(self) -> ComposeResult:
        """Title, cells, the cell under the cursor, keys."""
        yield Line(id="estimator-title")
        yield Grid("", id="estimator-grid")
        yield Static("", id="estimator-cell")
        yield Line(id="estimator-keys")

    def on_resize(self, event: events.Resize) -> None:
        """As many orders as fit."""
        self._paint()

    def focus_first(self) -> None:
        """Give the cells the focus."""
        self.screen.set_focus(self.query_one(Grid))

    def open(self, corpus: Corpus, estimator: str) -> None:
        """Show a corpus; what was measured of it before stays, what is missing is measured."""
        from seqtui.engine.labs.estimators import NAMES, Comparison

        self._chosen = estimator
        kept = self._comparison
        if kept is None or kept.corpus.fingerprint != corpus.fingerprint:
            self.stop()
            self._comparison = Comparison(corpus)
        self._row = NAMES.index(estimator)
        self._resume()

    @property
    def filling(self) -> bool:
        """Whether cells are being measured."""
        return self._work is not None and self._work.under_way

    @property
    def stopped(self) -> bool:
        """Whether measuring was cancelled before the last cell."""
        return self._stopped and self._comparison is not None and bool(self._comparison.missing)

    def change_estimator(self, name: str) -> None:
        """Mark another estimator as chosen."""
        self._chosen = name
        self._paint()

    def repaint(self) -> None:
        """Paint every word again."""
        self._paint()

    def _resume(self) -> None:
        """Measure what is missing."""
        comparison = self._comparison
        if comparison is not None and comparison.missing and not self.filling:
            self._stopped = False
            self._began = time.monotonic()
            self._done_before = len(comparison.cells)
            self._fill()
        self._paint()

    def stop(self) -> None:
        """Measure no more; what is there stays."""
        if self._work is not None:
            self._work.cancel()
        self._stopped = True
        self._paint()

    def deepen(self, by: int) -> None:
        """One order more, or one less."""
        comparison = self._comparison
        if comparison is not None:
            comparison.highest = min(max(comparison.highest + by, 1), comparison.limit)
            self._n = comparison.highest if by > 0 else min(self._n, comparison.highest)
            self._resume()

    def _fill(self) -> None:
        comparison = self._comparison
        if comparison is None or not comparison.missing:
            self._paint()
            return

        def take(cells: dict[tuple[str, int], Cell]) -> None:
            comparison.cells.update(cells)
            if comparison is self._comparison and not self._stopped:
                self._fill()
            self._paint()

        self._work = self._session.tasks.start(_("estimators"), comparison.fill, then=take)

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """Follow the cursor."""
        from seqtui.engine.labs.estimators import NAMES

        if self._comparison is not None:
            self._row = min(max(self._row + event.rows, 0), len(NAMES) - 1)
            self._n = min(max(self._n + event.columns, 1), self._comparison.highest)
            self._paint()

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        """Use the estimator under the cursor for all arithmetic."""
        from seqtui.engine.labs.estimators import NAMES

        self._chosen = NAMES[self._row]
        self.post_message(self.Chosen(self._chosen))
        self._paint()

    # Painting.

    def _paint(self) -> None:
        comparison = self._comparison
        if comparison is None:
            return
        self._paint_title(comparison)
        columns = max((self.size.width - 2 - NAME_CELLS) // COLUMN_CELLS, 1)
        first = max(min(self._n - columns // 2, comparison.highest - columns + 1), 1)
        orders = range(first, min(first + columns, comparison.highest + 1))
        self.query_one(Grid).update(self._cells(comparison, orders))
        self.query_one("#estimator-cell", Static).update(Content(self._words(comparison)))
        keys = _("←↑↓→ cell   enter use it in the tables   ] [ orders   esc back")
        self.query_one("#estimator-keys", Line).show(Content(keys))

    def _paint_title(self, comparison: Comparison) -> None:
        missing = len(comparison.missing)
        title = ngettext(
            "held-out perplexity over {targets} target",
            "held-out perplexity over {targets} targets",
            comparison.targets,
        ).format(targets=count(comparison.targets))
        title += counted_text(comparison.corpus)
        done, whole = len(comparison.cells), len(comparison.cells) + missing
        since = done - self._done_before
        if missing and self.filling and since:
            left = duration((time.monotonic() - self._began) * missing / since)
            state = _("{part} · ETA {time} · esc stops").format(part=share(done / whole), time=left)
        elif missing and self.filling:
            state = _("{part} · esc stops").format(part=share(done / whole))
        elif missing:
            state = ngettext(
                "stopped, {n} cell missing; ] resumes",
                "stopped, {n} cells missing; ] resumes",
                missing,
            ).format(n=missing)
        else:
            state = ""
        text = f"{title} · {state}" if state else title
        self.query_one("#estimator-title", Line).show(Content(text))

    def _cells(self, comparison: Comparison, orders: range) -> Content:
        from seqtui.engine.labs.estimators import NAMES

        head = fit(_("estimator"), NAME_CELLS, "left")
        head += "".join(fit(f"n={n} ", COLUMN_CELLS, "right") for n in orders)
        lines = [Content.styled(head, "$text-muted underline")]
        best = comparison.best
        for row, name in enumerate(NAMES):
            mark = "▸ " if name == self._chosen else "  "
            parts: list[str | tuple[str, str]] = [fit(mark + name, NAME_CELLS, "left")]
            for n in orders:
                text = self._cell_text(comparison, name, n)
                is_best = (name, n) == best
                text = fit(text + (BEST_MARK if is_best else " "), COLUMN_CELLS, "right")
                style = "bold $success" if is_best else ""
                if (row, n) == (self._row, self._n):
                    style += " reverse"
                parts.append((text, style.strip()))
            lines.append(Content.assemble(*parts))
        return Content("\n").join(lines)

    def _cell_text(self, comparison: Comparison, name: str, n: int) -> str:
        cell = comparison.cells.get((name, n))
        if cell is None:
            following = comparison.missing[:1] == [(name, n)]
            return "…" if following and self.filling else "·"
        return perplexity(cell.perplexity) if cell.normalised else DASH

    def _words(self, comparison: Comparison) -> str:
        """The cell under the cursor in a sentence."""
        from seqtui.engine.labs.estimators import NAMES

        name, n = NAMES[self._row], self._n
        words = self._cell_in_words(comparison, name, n)
        if name == self._chosen:
            words += "   ▸ " + _("used in the tables")
        return _("{estimator}, n={n}: {words}").format(estimator=name, n=n, words=words)

    def _cell_in_words(self, comparison: Comparison, name: str, n: int) -> str:
        cell = comparison.cells.get((name, n))
        if cell is None:
            return _("not measured yet")
        measured = cell.evaluation
        if measured is None or cell.reason:
            return visible(localized(cell.reason))
        if not measured.normalised:
            return _("a score, no probability: it ranks and generates, and has no perplexity")
        if math.isinf(cell.perplexity):
            zero = measured.zero_probability_targets
            return ngettext(
                "∞: {zero} of {targets} target ({part}) has probability 0",
                "∞: {zero} of {targets} targets ({part}) have probability 0",
                measured.targets,
            ).format(
                zero=count(zero),
                targets=count(measured.targets),
                part=share(zero / measured.targets),
            )
        text = ngettext(
            "perplexity {value} over {targets} target; uniform guessing has {types} = {size}",
            "perplexity {value} over {targets} targets; uniform guessing has {types} = {size}",
            measured.targets,
        ).format(
            value=perplexity(cell.perplexity, 5),
            targets=count(measured.targets),
            types="|V|" if comparison.corpus.options.boundaries == "stream" else "|V| − 1",
            size=count(comparison.types),
        )
        best = comparison.best
        if best == (name, n):
            return f"{text}   {BEST_MARK} " + _("the best of the table")
        if best is not None:
            worse = cell.perplexity / comparison.cells[best].perplexity
            text += "   " + _("{times} × the best").format(times=f"{worse:.2f}")
        return text
