"""What the N-grams pane's boards have in common: each is shown instead of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus


class Board(Protocol):
    """A view of a corpus of its own, filled in the background."""

    @property
    def filling(self) -> bool:
        """Whether figures are being computed."""
        ...

    @property
    def stopped(self) -> bool:
        """Whether that was cancelled before the last figure."""
        ...

    def open(self, corpus: Corpus, estimator: str) -> None:
        """Show a corpus, with the estimator that is chosen; resumes what was cancelled.

        Raises InputError for a corpus in which there is nothing to show.
        """

    def deepen(self, by: int) -> None:
        """Longer or shorter n-grams."""

    def change_estimator(self, name: str) -> None:
        """Another estimator is chosen."""

    def stop(self) -> None:
        """Cancel the computing; what is there stays."""

    def focus_first(self) -> None:
        """Give the focus to its main part."""

    def repaint(self) -> None:
        """Paint every word again."""
