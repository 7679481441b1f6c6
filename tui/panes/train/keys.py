"""What the keys do to the curves of a run: axes, zoom, cursor, smoothing."""

from __future__ import annotations

from seqtui.tui.panes.pane import Pane
from seqtui.tui.panes.train.board import Curves, RunBoard


class CurvesPane(Pane):
    """A pane with a board of curves, and the actions that change how they are drawn."""

    @property
    def _board(self) -> RunBoard:
        return self.query_one(RunBoard)

    def action_measure(self) -> None:
        """The next measure on the vertical axis."""
        self._board.axes.next_measure()
        self._board.repaint()

    def action_scale(self) -> None:
        """A logarithmic or a linear vertical axis."""
        self._board.axes.change_scale()
        self._board.repaint()

    def action_x_axis(self) -> None:
        """The next horizontal axis."""
        self._board.axes.next_x()
        self._board.repaint()

    def action_smoothing(self) -> None:
        """The next moving average."""
        self._board.axes.next_smoothing()
        self._board.repaint()

    def action_view(self) -> None:
        """Curves, gradient or sample."""
        self._board.next_view()
        self._board.repaint()

    def action_zoom(self, factor: float) -> None:
        """See a part of the curves that is `factor` times as long."""
        self._board.axes.magnify(self._board.x_range, factor)
        self._board.repaint()

    def action_whole(self) -> None:
        """See all of the run, without a cursor."""
        self._board.axes.reset()
        self._board.repaint()

    def on_curves_moved(self, event: Curves.Moved) -> None:
        """Move the cursor and read the curves there."""
        self._board.move_cursor(event.columns)
        self._board.repaint()
