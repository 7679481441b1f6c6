"""The N-grams pane: which n-grams dominate, and how their counts decay with rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.widgets import ContentSwitcher

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.tui.actions import bindings_of
from seqtui.tui.foreign import unknown_words, visible
from seqtui.tui.panes.ngrams.boards import Board
from seqtui.tui.panes.ngrams.estimators import EstimatorBoard
from seqtui.tui.panes.ngrams.sentence import SentenceBoard
from seqtui.tui.panes.ngrams.sparsity import SparsityBoard
from seqtui.tui.panes.ngrams.stack import TableStack
from seqtui.tui.panes.ngrams.suffix_cache import SuffixCache
from seqtui.tui.panes.ngrams.zipf_plot import MARKS, ZipfPlot
from seqtui.tui.panes.pane import Host, Pane
from seqtui.tui.session import Session
from seqtui.tui.translation import N_, _, localized
from seqtui.tui.widgets.prompt import Prompt
from seqtui.tui.widgets.stage_line import StageLine

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.labs.lab import Lab
    from seqtui.tui.panes.ngrams.rows import Counted, Order
    from seqtui.tui.tasks import Task


class NgramsPane(Pane):
    """Counts the corpus order by order; shows the tables with the plot, or one board instead."""

    BINDINGS: ClassVar = bindings_of("ngrams")
    DEFAULT_CSS = "NgramsPane > ContentSwitcher { height: 1fr; }"

    def __init__(self, host: Host, session: Session, *, id: str) -> None:
        super().__init__(host, session, id=id)
        self._counted: Counted | None = None
        """The n-grams of the corpus, as far as they are counted."""
        self._kept: dict[str, Counted] = {}
        """The same of this corpus and some before it, by fingerprint, the latest last."""
        self._work: Task[Any] | None = None
        """Counting."""
        self._n = 2
        self._estimator = "mle"
        """Whose arithmetic is spelled out."""
        self._suffixes = SuffixCache(session)
        self._plot = ZipfPlot(session, id="zipf-side")
        self._stack = TableStack(host, session, self._suffixes, beside=self._plot, id="tables")
        self._sentence = SentenceBoard(session, self._suffixes, id="sentence")
        self._boards: dict[str, EstimatorBoard | SentenceBoard | SparsityBoard] = {
            "estimators": EstimatorBoard(session, id="estimators"),
            "sentence": self._sentence,
            "possible": SparsityBoard(session, id="possible"),
        }

    def compose(self) -> ComposeResult:
        """The tables and the boards, of which one is seen."""
        with ContentSwitcher(initial="tables"):
            yield self._stack
            yield from self._boards.values()
        yield StageLine(self.session, id="stage")

    @property
    def board(self) -> Board | None:
        """What is shown instead of the tables."""
        return self._boards.get(self.query_one(ContentSwitcher).current or "")

    def focus_first(self) -> None:
        """Focus the table at first."""
        self.focus_remembered(self._stack.table)

    def repaint(self) -> None:
        """Paint every word again."""
        self._stack.repaint()
        self._plot.repaint()
        for board in self._boards.values():
            board.repaint()
        self.query_one(StageLine).repaint()

    async def open_stage(self, lab: Lab) -> None:
        """Show a laboratory's board, with its tasks below."""
        self.query_one(StageLine).open(lab)
        await super().open_stage(lab)

    @property
    def _wanted(self) -> int:
        return min(self._n, self._counted.highest) if self._counted else self._n

    # Counting.

    def refresh_from_session(self) -> None:
        """Count the corpus, if it is another one or was left half counted."""
        corpus = self.session.corpus
        if corpus is None:
            self._wait(self.session.no_corpus)
            return
        if self._counted is None or self._counted.corpus is not corpus:
            self._open(corpus)
        else:
            self._show_and_count()
        if (board := self.board) is not None:
            self._fill(board, corpus)

    def _open(self, corpus: Corpus) -> None:
        """Count a corpus, or find what was counted of it before."""
        if self._work is not None:
            self._work.cancel()
        self._counted = None
        self._suffixes.forget()
        self._stack.forget()
        self._wait(UserMessage("counting {name} …", name=visible(corpus.name)))

        def find(keep_going: OnProgress) -> Counted:
            from seqtui.tui.panes.ngrams.rows import Counted, forget_old  # numpy, on the thread

            kept = self._kept.pop(corpus.fingerprint, None)
            self._kept[corpus.fingerprint] = counted = kept or Counted(corpus)
            counted.corpus = corpus
            forget_old(self._kept)
            return counted

        def take(counted: Counted) -> None:
            self._counted = counted
            self._show_and_count()

        self._work = self.session.tasks.start(_("counting n-grams"), find, then=take)

    def _show_and_count(self) -> None:
        """Show what is there of what is asked for, and count what is not."""
        if self._counted is not None:
            self._stack.show(self._counted, self._wanted)
        # The plot's fits before the next order, which takes longer.
        self._plot.show(self._counted, self._wanted)
        self._count()

    def _count(self) -> None:
        """Count the next order, and so on to the highest and to what follows its n-grams."""
        counted = self._counted
        if counted is None or (self._work and self._work.under_way):
            return
        if counted.complete:
            if counted.lacks_followers:
                label = _("counting {n}-grams").format(n=counted.highest + 1)
                beyond = counted.count_beyond
                self._work = self.session.tasks.start(
                    label, beyond, then=lambda done: self._count()
                )
            return

        def take(order: Order) -> None:
            if counted is not self._counted:
                return
            counted.orders.append(order)
            self._show_and_count()

        label = _("counting {n}-grams").format(n=len(counted.orders) + 1)
        self._work = self.session.tasks.start(label, counted.count_next, then=take)

    def _wait(self, message: UserMessage) -> None:
        self._stack.wait(message)
        self._plot.show(self._counted, self._wanted)

    # Boards.

    def _toggle(self, name: str) -> None:
        """Show a board; back to the tables from it, unless it was stopped and resumes."""
        corpus, board = self.session.corpus, self._boards[name]
        if corpus is None:
            return
        if board is self.board and not board.stopped:
            self._leave_board()
        else:
            self._show_board(name, corpus)

    def _show_board(self, name: str, corpus: Corpus) -> None:
        board = self._boards[name]
        self.query_one(ContentSwitcher).current = name
        if self._fill(board, corpus):
            board.focus_first()

    def _fill(self, board: Board, corpus: Corpus) -> bool:
        """Have a board show a corpus; without it, back to the tables with the reason."""
        try:
            board.open(corpus, self._estimator)
        except InputError as error:
            self._leave_board()
            self.host.show_error(error)
            return False
        return True

    def _leave_board(self) -> None:
        """Back to the tables."""
        self.query_one(ContentSwitcher).current = "tables"
        self._stack.repaint()
        self._last_focused = None  # the board's cells, which are hidden now and take no keys
        self.focus_first()

    def on_estimator_board_chosen(self, event: EstimatorBoard.Chosen) -> None:
        """Use an estimator for all arithmetic."""
        self._estimator = event.name
        self._stack.change_estimator(event.name)

    # Actions.

    def _change_order(self, by: int) -> None:
        if (board := self.board) is not None:
            board.deepen(by)
            return
        counted = self._counted
        self._n = min(max(self._wanted + by, 1), counted.limit if counted else len(MARKS))
        if counted is not None:
            counted.highest = max(counted.highest, self._n)
        self._show_and_count()

    def action_shorter(self) -> None:
        """n - 1."""
        self._change_order(-1)

    def action_longer(self) -> None:
        """n + 1."""
        self._change_order(1)

    def action_estimators(self) -> None:
        """The estimators side by side, or back to the tables."""
        self._toggle("estimators")

    def action_sparsity(self) -> None:
        """The numbers of possible and of seen n-grams, or back to the tables."""
        self._toggle("possible")

    def action_estimator(self) -> None:
        """The next estimator's arithmetic."""
        from seqtui.engine.labs.estimators import NAMES

        self._estimator = NAMES[(NAMES.index(self._estimator) + 1) % len(NAMES)]
        self._stack.change_estimator(self._estimator)
        if (board := self.board) is not None:
            board.change_estimator(self._estimator)

    def action_sentence(self) -> None:
        """Ask for a sentence and factor it by the chain rule."""
        corpus = self.session.corpus
        if corpus is None:
            return
        from seqtui.corpora.corpus import unknown_tokens

        def refuse(value: str) -> str | None:
            try:
                return None if len(corpus.ids_of(value)) else _("no token is left of this")
            except InputError as error:
                return localized(error)

        def take(value: str | None) -> None:
            if value is not None and self.session.corpus is not None:
                unknown = unknown_tokens(value, corpus.options, corpus.vocabulary)
                if words := unknown_words(unknown, corpus.options.tokenizer):
                    self.notify(words, severity="warning", markup=False)
                self._sentence.take(value, self._wanted)
                self._show_board("sentence", self.session.corpus)

        hint = N_("shown as P(w₁) P(w₂ | w₁) …")
        self.app.push_screen(Prompt(N_("sentence"), self._sentence.text, hint, refuse), take)

    def action_tasks(self) -> None:
        """The tasks of the laboratory that is open, else of the chain rule."""
        from seqtui.engine.labs.lab import LABS

        strip = self.query_one(StageLine)
        strip.ask(strip.lab or LABS["chain-rule"])

    def action_back(self) -> None:
        """Back from what follows, then from a search; while counting, cancel it."""
        board, counted = self.board, self._counted
        if board is not None:
            if board.filling:
                board.stop()
            else:
                self._leave_board()
        elif self._stack.back() or counted is None or counted.complete or self._work is None:
            return
        else:
            self._work.cancel()
            if len(counted.orders) < self._wanted:
                self._stack.wait(UserMessage("Counting was stopped; [ or ] resumes."))
