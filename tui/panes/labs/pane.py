"""The Labs pane: a list of questions, and the laboratory that answers one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import ContentSwitcher

from seqtui.corpora.errors import InputError
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.task import tasks_of
from seqtui.tui.actions import PANES, bindings_of
from seqtui.tui.panes.labs.board import LabBoard
from seqtui.tui.panes.pane import Host, Pane
from seqtui.tui.session import Session
from seqtui.tui.translation import N_, _, localized
from seqtui.tui.widgets.source_dialog import SourceDialog
from seqtui.tui.widgets.table import Column, Row, Table
from seqtui.tui.widgets.task_dialog import PredictionDialog, TaskDialog, task_words

if TYPE_CHECKING:
    from seqtui.engine.labs.hand_in import HandIn
    from seqtui.engine.labs.lab import Lab

COLUMNS = (
    Column(N_("laboratory"), 12, "left"),
    Column(N_("tasks"), 5),
    Column(N_("pane"), 9, "left"),
    Column(N_("question"), 10, "left", stretch=True),
)


class LabsPane(Pane):
    """The list of laboratories, or one of them."""

    BINDINGS: ClassVar = bindings_of("labs")

    def __init__(self, host: Host, session: Session, *, id: str) -> None:
        super().__init__(host, session, id=id)
        self._table = Table(COLUMNS, "", id="lab-list")
        self._board = LabBoard(session, self._task_words, id="lab")
        self._labs = list(LABS.values())

    def compose(self) -> ComposeResult:
        """The list and the laboratory, of which one is seen."""
        with ContentSwitcher(initial="lab-list"):
            yield self._table
            yield self._board

    def on_mount(self) -> None:
        """Fill the list; the cursor is on the laboratory that was open last."""
        last = self.session.preferences.lab
        names = [lab.name for lab in self._labs]
        self._show_list(names.index(last) if last in names else 0)

    @property
    def lab(self) -> Lab | None:
        """The laboratory that is shown; None for the list."""
        return self._board.lab if self.query_one(ContentSwitcher).current == "lab" else None

    def focus_first(self) -> None:
        """Focus the list at first."""
        self.focus_remembered(self._table)

    def repaint(self) -> None:
        """Paint every word again."""
        self._table.refresh()
        self._board.repaint()

    def refresh_from_session(self) -> None:
        """Another corpus has other figures."""
        if self.lab is not None and self.lab.reads_corpus:
            self._board.recompute()

    # The list.

    def _show_list(self, cursor: int) -> None:
        self._table.show(len(self._labs), self._row, cursor=cursor)

    def _row(self, row: int) -> Row:
        lab = self._labs[row]
        tasks = tasks_of(lab)
        solved = sum(self.session.labs.hand_in.solved(task.name) for task in tasks)
        titles = {pane.id: f"{pane.digit} {_(pane.title)}" for pane in PANES}
        place = titles[lab.pane] if lab.kind == "stage" else ""
        return lab.name, f"{solved}/{len(tasks)}", place, localized(lab.question)

    async def on_table_selected(self, event: Table.Selected) -> None:
        """Open the laboratory under the cursor."""
        await self._open(self._labs[event.row])

    async def _open(self, lab: Lab) -> None:
        self.session.preferences.remember_lab(lab.name)
        if lab.kind == "stage":
            await (await self.host.show_pane(lab.pane)).open_stage(lab)
            return
        self.query_one(ContentSwitcher).current = "lab"
        self._board.open(lab)
        self.screen.set_focus(self._board.sliders)

    # Actions.

    def action_leave(self) -> None:
        """Back to the list; what is computed is cancelled first."""
        if self.lab is None:
            return
        if self._board.busy:
            self._board.stop()
            self._board.repaint()
            return
        row = self._labs.index(self.lab)
        self.query_one(ContentSwitcher).current = "lab-list"
        self._show_list(row)
        self.screen.set_focus(self._table)

    async def action_neighbour(self, by: int) -> None:
        """The next or the previous picture laboratory."""
        if self.lab is None:
            return
        pictures = [lab for lab in self._labs if lab.kind == "picture"]
        self._board.stop()
        await self._open(pictures[(pictures.index(self.lab) + by) % len(pictures)])

    def action_view(self) -> None:
        """The next picture of the laboratory."""
        if self.lab is not None:
            self._board.turn_view()

    def action_run(self) -> None:
        """Start what trains, or stop it; play what is played."""
        if self.lab is not None and self.lab.plays and self._board.figures is not None:
            from seqtui.engine.labs.guess import Figures
            from seqtui.tui.panes.labs.play_guess import GuessGame

            assert isinstance(self._board.figures, Figures)
            self.app.push_screen(GuessGame(self._board.figures))
        elif self.lab is not None:
            self._board.toggle()

    def action_predict(self) -> None:
        """Answer the question that comes before the picture."""
        lab = self.lab
        if lab is None or lab.prediction is None:
            return

        def take(choice: int | None) -> None:
            if choice is not None:
                self._record(lambda hand_in: hand_in.predict(lab.name, choice))
                self._board.recompute()

        self.app.push_screen(PredictionDialog(lab.prediction), take)

    def _record(self, write: Callable[[HandIn], None]) -> None:
        try:
            self.session.labs.record(write)
        except InputError as error:
            self.host.show_error(error)

    def action_tasks(self) -> None:
        """The tasks of the laboratory."""
        lab = self.lab
        if lab is None:
            lab = self._labs[self._table.cursor]
        if tasks_of(lab):
            figures = self._board.figures if lab is self.lab else None
            self.app.push_screen(
                TaskDialog(self.session, lab, figures), lambda done: self.repaint()
            )

    def action_source(self) -> None:
        """The lines of source that made the numbers."""
        lab = self.lab or self._labs[self._table.cursor]
        self.app.push_screen(SourceDialog(lab.sources))

    def _task_words(self, lab: Lab) -> str:
        return task_words(self.session, lab)
