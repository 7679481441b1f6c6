"""What stands beside the N-grams pane's tables, or in their place."""

from __future__ import annotations

from textual.app import ComposeResult

from seqtui.corpora.errors import InputError
from seqtui.tui.panes.ngrams.estimators import EstimatorBoard
from seqtui.tui.panes.ngrams.sentence import SentenceBoard
from seqtui.tui.panes.ngrams.sparsity import SparsityBoard
from seqtui.tui.panes.ngrams.suffix_shelf import SuffixShelf
from seqtui.tui.panes.ngrams.zipf_plot import ZipfPlot
from seqtui.tui.panes.pane import Host, Pane
from seqtui.tui.session import Session
from seqtui.tui.translation import _
from seqtui.tui.widgets.prompt import Prompt


class BoardPane(Pane):
    """A pane with a log-log plot and three boards, of which one may stand instead of its tables.

    Its tables are `#ngram-main`, `#arithmetic` and `#sparsity`.
    """

    DEFAULT_CSS = """
    BoardPane EstimatorBoard, BoardPane SentenceBoard, BoardPane SparsityBoard { display: none; }
    BoardPane.-board #ngram-main, BoardPane.-board #arithmetic, BoardPane.-board #sparsity {
        display: none;
    }
    BoardPane.-estimators EstimatorBoard, BoardPane.-sentence SentenceBoard,
    BoardPane.-sparsity SparsityBoard { display: block; }
    """

    def __init__(self, host: Host, session: Session, *, id: str) -> None:
        super().__init__(host, session, id=id)
        self._estimator = "mle"
        """Whose arithmetic is spelled out."""
        self._sentence = ""
        self._suffixes = SuffixShelf()

    def compose_boards(self) -> ComposeResult:
        """The boards, to stand below the tables."""
        yield EstimatorBoard(self.session, id="estimators")
        yield SentenceBoard(self.session, id="sentence")
        yield SparsityBoard(self.session, id="possible")

    @property
    def board(self) -> EstimatorBoard | SentenceBoard | SparsityBoard | None:
        """What stands instead of the tables."""
        if self.has_class("-estimators"):
            return self.query_one(EstimatorBoard)
        if self.has_class("-sparsity"):
            return self.query_one(SparsityBoard)
        return self.query_one(SentenceBoard) if self.has_class("-sentence") else None

    def order_on_show(self) -> int:
        """n of the tables."""
        raise NotImplementedError

    def tell_estimator(self) -> None:
        """Spell out the arithmetic of another estimator in the tables."""
        raise NotImplementedError

    def _show_board(self, name: str) -> None:
        for each in ("-estimators", "-sentence", "-sparsity", "-board"):
            self.set_class(each in (name, "-board" if name else ""), each)

    def leave_board(self) -> None:
        """Back to the tables."""
        self._show_board("")
        self._last_focused = None  # the board's cells, which are hidden now and take no keys
        self.focus_first()

    def refresh_boards(self) -> None:
        """Go on with the estimators; a sentence was tokenised as another corpus."""
        corpus = self.session.corpus
        if corpus is None:
            return
        if isinstance(self.board, EstimatorBoard):
            self.board.open(corpus, self._estimator)
        elif isinstance(self.board, SparsityBoard):
            self.board.open(corpus)
        elif isinstance(self.board, SentenceBoard):
            self._open_sentence(self._sentence)

    def action_estimators(self) -> None:
        """The estimators side by side, or back to the tables."""
        corpus = self.session.corpus
        if corpus is None:
            return
        if isinstance(self.board, EstimatorBoard):
            self.leave_board()
            return
        self._show_board("-estimators")
        board = self.query_one(EstimatorBoard)
        board.open(corpus, self._estimator)
        board.focus_grid()

    def action_sparsity(self) -> None:
        """The numbers of possible and of seen n-grams, or back to the tables."""
        corpus, board = self.session.corpus, self.board
        if corpus is None:
            return
        if isinstance(board, SparsityBoard) and not board.stopped:
            self.leave_board()
            return
        self._show_board("-sparsity")
        board = self.query_one(SparsityBoard)
        board.open(corpus)
        self.screen.set_focus(board)

    def on_estimator_board_chosen(self, event: EstimatorBoard.Chosen) -> None:
        """Take an estimator for all arithmetic."""
        self._estimator = event.name
        self.tell_estimator()

    def action_estimator(self) -> None:
        """The next estimator's arithmetic."""
        from seqtui.engine.labs.estimators import NAMES

        self._estimator = NAMES[(NAMES.index(self._estimator) + 1) % len(NAMES)]
        board = self.board
        if isinstance(board, SentenceBoard):
            board.change_estimator(self._estimator)
        elif board is None:
            self.tell_estimator()

    def action_sentence(self) -> None:
        """Ask for a sentence and take it apart."""
        corpus = self.session.corpus
        if corpus is None:
            return

        def refuse(value: str) -> str | None:
            try:
                return None if len(corpus.ids_of(value)) else _("no token is left of this")
            except InputError as error:
                return str(error)

        def take(value: str | None) -> None:
            if value is not None:
                self._open_sentence(value)

        hint = _("taken apart as P(w₁) P(w₂ | w₁) …")
        self.app.push_screen(Prompt(_("sentence"), self._sentence, hint, refuse), take)

    def _open_sentence(self, text: str) -> None:
        corpus = self.session.corpus
        if corpus is None:
            return
        try:
            ids = corpus.ids_of(text)
        except InputError as error:
            self.leave_board()
            self.host.show_error(error)
            return
        if not len(ids):
            self.leave_board()
            return
        self._sentence = text
        self._show_board("-sentence")
        board = self.query_one(SentenceBoard)
        board.open(corpus, ids, self.order_on_show(), self._estimator, self._suffixes)
        board.focus_table()

    def action_direction(self) -> None:
        """Read the sentence the other way."""
        if isinstance(self.board, SentenceBoard):
            self.board.turn()

    def action_zipf_method(self) -> None:
        """The next way to fit the line."""
        self.query_one(ZipfPlot).next_fit()

    def action_growth(self) -> None:
        """From counts by rank to the growth of distinct n-grams, or back."""
        self.query_one(ZipfPlot).change_view()

    def action_zipf_ranks(self) -> None:
        """Ask for the ranks that are fitted."""
        plot = self.query_one(ZipfPlot)

        def refuse(value: str) -> str | None:
            if not value.strip() or _ranks(value) is not None:
                return None
            return _("two ranks, the first below the last: 10-1000; empty for all")

        def take(value: str | None) -> None:
            if value is not None:
                plot.fit_ranks(_ranks(value))

        now = "" if plot.ranks is None else f"{plot.ranks[0]}-{plot.ranks[1]}"
        hint = _("fitted, such as 10-1000; empty for all")
        self.app.push_screen(Prompt(_("ranks"), now, hint, refuse), take)


def _ranks(value: str) -> tuple[int, int] | None:
    """`10-1000` as two numbers; None for anything else."""
    parts = [part.strip().replace(",", "") for part in value.split("-")]
    if len(parts) != 2 or not all(part.isdecimal() and len(part) < 12 for part in parts):
        return None
    first, last = map(int, parts)
    return (first, last) if 1 <= first < last else None
