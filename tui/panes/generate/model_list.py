"""The dialog of models that can write: n-gram models of the open corpus, and runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqtui.tui.foreign import visible
from seqtui.tui.panes.generate.writers import COUNTED_ORDERS
from seqtui.tui.translation import N_, _
from seqtui.tui.widgets.run_dialog import RunDialog, held_out_perplexity
from seqtui.tui.widgets.table import Column, Row, Table

if TYPE_CHECKING:
    from seqtui.engine.runs.listing import RunList
    from seqtui.engine.runs.run import Run

COLUMNS = (
    Column(N_("model"), 26, "left"),
    Column(N_("corpus"), 13, "left"),
    Column(N_("held-out ppl"), 12),
    Column(N_("run"), 0, "left", stretch=True),
)


class ModelList(RunDialog["Run | int"]):
    """Choose a model; dismissed with its run, with the order of an n-gram model, or with None."""

    def __init__(self, found: RunList, corpus: str | None) -> None:
        self._runs: list[Run] = found.runs
        self._corpus = corpus
        """Name of the open corpus, whose n-gram models come before the runs."""
        self._orders = COUNTED_ORDERS if corpus is not None else ()
        super().__init__(
            heading=N_("select a model"),
            keys=N_("↑ ↓ move   enter select   esc cancel"),
            columns=COLUMNS,
            rows=len(self._orders) + len(found.runs),
            make_row=self.make_row,
            empty=N_("no runs yet: s in 3 Train starts one"),
            unreadable=found.unreadable,
        )

    def make_row(self, index: int) -> Row:
        """Model, corpus, perplexity, name."""
        if index < len(self._orders):
            name = f"{self._orders[index]}-gram"
            return name, visible(self._corpus or ""), "", _("counted when selected")
        run = self._runs[index - len(self._orders)]
        return (
            run.config.model_title,
            visible(run.corpus_name),
            held_out_perplexity(run),
            visible(run.name),
        )

    def on_table_selected(self, event: Table.Selected) -> None:
        """Select the model of that row."""
        orders = self._orders
        row = event.row
        self.dismiss(orders[row] if row < len(orders) else self._runs[row - len(orders)])
