"""The Corpus pane: what text this is, how it becomes tokens and ids, and its vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from seqtui.corpora.errors import Cancelled, InputError, UserMessage
from seqtui.tui.actions import bindings_of
from seqtui.tui.cells import pad, widest
from seqtui.tui.foreign import token_symbol, visible
from seqtui.tui.numbers import count, per_cent, share, size
from seqtui.tui.panes.pane import Host, Pane
from seqtui.tui.session import Session
from seqtui.tui.translation import N_, NP_, _, localized, ngettext
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.prompt import Prompt, ask_search
from seqtui.tui.widgets.table import Column, Row, Table
from seqtui.tui.widgets.token_view import TokenView

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.progress import OnProgress
    from seqtui.tui.tasks import Task

ORDERS = {
    "count": NP_("sorted by", "count"),
    "rarity": NP_("sorted by", "rarity"),
    "alphabet": NP_("sorted by", "alphabet"),
    "length": NP_("sorted by", "length"),
}
"""The orders of the vocabulary, with their words."""
HIGHEST_MIN_FREQ = 10**9
"""More often than this no token of any text occurs."""
NO_TOKEN = N_("No token contains this text; esc shows all.")


class CorpusPane(Pane):
    """Facts on top, text with tokens and ids below them, the vocabulary on the right."""

    BINDINGS: ClassVar = bindings_of("corpus")
    DEFAULT_CSS = """
    CorpusPane #corpus-left { width: 5fr; height: 1fr; }
    CorpusPane #facts {
        height: auto; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    CorpusPane #facts.-words { text-wrap: wrap; text-overflow: fold; }
    CorpusPane #tokens { height: 1fr; border-top: solid $panel; border-title-color: $text-muted; }
    CorpusPane #vocabulary-side { width: 3fr; max-width: 60; height: 1fr; }
    CorpusPane #vocabulary { height: 1fr; border-left: solid $panel; padding-left: 1; }
    CorpusPane #vocabulary-foot {
        height: 1; padding: 0 1; color: $text-muted; border-left: solid $panel;
    }
    CorpusPane TokenView:focus, CorpusPane Table:focus { border-title-style: bold; }
    """

    def __init__(self, host: Host, session: Session, *, id: str) -> None:
        super().__init__(host, session, id=id)
        self._order = "count"
        self._search = ""
        self._shown: Corpus | None = None
        self._sorting: Task[NDArray[np.int64]] | None = None
        self._typed = ""
        """The path last typed, kept until it opens, so that a typo can be corrected."""
        self._paint_foot: Callable[[], None] = _nothing

    def compose(self) -> ComposeResult:
        """Facts and text on the left, the vocabulary on the right."""
        with Horizontal():
            with Vertical(id="corpus-left"):
                yield Static("", id="facts")
                yield TokenView(id="tokens")
            with Vertical(id="vocabulary-side"):
                yield Table(columns(9, 9), N_("No corpus is open yet."), id="vocabulary")
                yield Line(id="vocabulary-foot")

    def on_mount(self) -> None:
        """Paint the words."""
        self.repaint()

    def repaint(self) -> None:
        """Paint every word, in the language of now."""
        corpus = self._shown
        words = facts(corpus) if corpus is not None else self._no_corpus()
        self.query_one("#facts", Static).update(words)
        self.query_one("#facts").set_class(corpus is None, "-words")
        tokens = self.query_one(TokenView)
        tokens.border_title = _("text · tokens · ids")
        tokens.refresh()
        self.query_one("#vocabulary", Table).refresh()
        self._paint_foot()

    def _no_corpus(self) -> Content:
        words = visible(localized(self.session.no_corpus))
        return Content.styled(words, "$error") if self.session.refusal else Content(words)

    def focus_first(self) -> None:
        """Keep the focus where it was in this pane; at first, the text."""
        self.focus_remembered(self.query_one(TokenView))

    def refresh_from_session(self) -> None:
        """Show the corpus, if it is another one; sort again if sorting was cancelled."""
        corpus = self.session.corpus
        if corpus is None or corpus is self._shown:
            if self._sorting is not None and self._sorting.cancelled:
                self._arrange_vocabulary()
            return
        self._shown = corpus
        self._search = self._typed = ""
        self.query_one("#facts", Static).update(facts(corpus))
        self.query_one("#facts").remove_class("-words")
        self.query_one(TokenView).show(corpus)
        self._arrange_vocabulary()

    # Vocabulary.

    def _arrange_vocabulary(self) -> None:
        corpus = self._shown
        if corpus is None:
            return
        if self._sorting is not None:
            self._sorting.cancel()
        order, search = self._order, self._search
        self._sorting = self.session.tasks.start(
            _("sorting"),
            arranged,
            corpus,
            order,
            search,
            then=lambda rows: self._show_vocabulary(corpus, rows, order, search),
        )

    def _show_vocabulary(
        self, corpus: Corpus, rows: NDArray[np.int64], order: str, search: str
    ) -> None:
        vocabulary = corpus.vocabulary

        def row(index: int) -> Row:
            token = int(rows[index])
            times = int(vocabulary.counts[token])
            return (
                str(token),
                token_symbol(vocabulary.tokens[token], corpus.options.tokenizer),
                count(times),
                per_cent(times / max(corpus.tokens, 1)),
            )

        most = int(vocabulary.counts.max(initial=0))
        widths = columns(len(vocabulary), most)
        table = self.query_one("#vocabulary", Table)
        table.show(len(rows), row, columns=widths, empty=NO_TOKEN)

        def paint_foot() -> None:
            words = foot_words(len(rows), len(vocabulary), order, search)
            self.query_one("#vocabulary-foot", Line).show(Content(words))

        self._paint_foot = paint_foot
        paint_foot()

    def action_sort(self) -> None:
        """The next order of the vocabulary."""
        orders = list(ORDERS)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self._arrange_vocabulary()

    def action_search(self) -> None:
        """Ask for a text; only tokens that contain it stay."""

        def search(text: str) -> None:
            self._search = text
            self._arrange_vocabulary()

        hint = N_("tokens that contain this text; empty shows all")
        ask_search(self.app, self._search, hint, search)

    def action_show_all(self) -> None:
        """End a search: the whole vocabulary."""
        if self._search:
            self._search = ""
            self._arrange_vocabulary()

    def action_next_part(self) -> None:
        """From the text to the vocabulary, or back."""
        table = self.query_one("#vocabulary", Table)
        self.screen.set_focus(self.query_one(TokenView) if table.has_focus else table)

    # Another corpus, or the same one read another way.

    def _choose(self, source: str | None = None, **changes: object) -> None:
        try:
            self.session.choose_corpus(source, **changes)
        except InputError as error:
            self.host.show_error(error)
            return
        self.host.open_corpus()

    def action_open_corpus(self) -> None:
        """Ask for a name or a path."""
        from seqtui.corpora.catalogue import CATALOGUE

        def take(value: str | None) -> None:
            if value and value.strip():
                self._typed = value.strip()
                self._choose(self._typed)

        hint = UserMessage("a path, or one of: {names}", names=", ".join(CATALOGUE))
        now = self._typed or self.session.source or ""
        self.app.push_screen(Prompt(NP_("corpus", "open"), now, hint), take)

    def action_clean(self) -> None:
        """The next cleaning."""
        from seqtui.corpora.options import CLEANINGS

        now = self.session.options.cleaning if self.session.options else CLEANINGS[0]
        self._choose(cleaning=CLEANINGS[(CLEANINGS.index(now) + 1) % len(CLEANINGS)])

    def action_tokenizer(self) -> None:
        """The next tokeniser."""
        from seqtui.corpora.options import TOKENIZERS

        now = self.session.options.tokenizer if self.session.options else TOKENIZERS[0]
        self._choose(tokenizer=TOKENIZERS[(TOKENIZERS.index(now) + 1) % len(TOKENIZERS)])

    def action_min_freq(self) -> None:
        """Ask how often a token must occur to be in the vocabulary."""
        now = self.session.options.min_freq if self.session.options else 1

        def refuse(value: str) -> str | None:
            good = value.strip().isdecimal() and 1 <= int(value) <= HIGHEST_MIN_FREQ
            return None if good else _("min_freq must be a whole number, at least 1")

        def take(value: str | None) -> None:
            if value is not None:
                self._choose(min_freq=int(value))

        hint = N_("tokens that are rarer than this in the training part become <unk>")
        self.app.push_screen(Prompt("min_freq", str(now), hint, refuse), take)


def columns(vocabulary_size: int, most: int) -> tuple[Column, ...]:
    """Columns as wide as the largest id and the largest count need."""
    return (
        Column(N_("id"), max(len(str(vocabulary_size)), 2)),
        Column(N_("token"), 0, "left", stretch=True),
        Column(N_("count"), max(len(count(most)), 5)),
        Column("%", 5),
    )


def arranged(corpus: Corpus, order: str, search: str, keep_going: OnProgress) -> NDArray[np.int64]:
    """Ids of the vocabulary in one of `ORDERS`, only those whose token contains `search`."""
    import numpy as np

    if not keep_going(0, 1):
        raise Cancelled
    tokens, tokenizer = corpus.vocabulary.tokens, corpus.options.tokenizer
    rows = np.arange(len(tokens), dtype=np.int64)
    if search:
        wanted = search.casefold()
        rows = np.array(
            [
                i
                for i, token in enumerate(tokens)
                if wanted in token.casefold() or search in token_symbol(token, tokenizer)
            ],
            dtype=np.int64,
        )
    if order == "rarity":
        return rows[::-1]
    if order == "alphabet":
        return np.array(sorted(rows.tolist(), key=lambda i: tokens[i]), dtype=np.int64)
    if order == "length":
        lengths = np.array([len(tokens[i]) for i in rows], dtype=np.int64)
        return rows[np.argsort(-lengths, kind="stable")]
    return rows


def foot_words(shown: int, whole: int, order: str, search: str) -> str:
    """How many tokens of the vocabulary are shown, which, and in which order."""
    if search:
        words = _("{shown} of {all} · by {order} · “{search}”")
    else:
        words = _("{shown} of {all} · by {order}")
    return words.format(
        shown=count(shown), all=count(whole), search=visible(search), order=_(ORDERS[order])
    )


def facts(corpus: Corpus) -> Content:
    """What the corpus is, in aligned pairs of label and number."""
    vocabulary = corpus.vocabulary
    counts = vocabulary.counts
    half = types_of_half(counts)
    once = int((counts == 1).sum())
    options = corpus.options
    types = ngettext("{count} type", "{count} types", half)
    pairs = [
        (_("characters"), count(corpus.characters), _("encoding"), corpus.text.encoding),
        (_("tokens"), count(corpus.tokens), _("size"), size(corpus.text.size)),
        ("|V|", count(len(vocabulary)), _("cleaning"), options.cleaning),
        (_("once only"), count(once), _("removed"), share(corpus.cleaned.removed)),
        (_("half the text"), types.format(count=count(half)), _("tokeniser"), options.tokenizer),
        (_("train"), count(corpus.training_tokens), _("min_freq"), str(options.min_freq)),
        (_("held out"), count(corpus.held_out_tokens), "<unk>", unknown_share(corpus)),
    ]
    left_width, number_width, right_width = (
        widest(*column) for column in list(zip(*pairs, strict=True))[:3]
    )
    lines = [Content.styled(visible(corpus.name), "bold")]
    for left, number, right, value in pairs:
        lines.append(
            Content.assemble(
                (pad(left, left_width + 1), "$foreground-muted"),
                f"{pad(number, number_width, 'right')}  ",
                (pad(right, right_width + 1), "$foreground-muted"),
                visible(value),
            )
        )
    return Content("\n").join(lines)


def _nothing() -> None:
    pass


def types_of_half(counts: NDArray[np.int64]) -> int:
    """The fewest types whose occurrences make up half of all."""
    import numpy as np

    falling = -np.sort(-counts)
    return int(np.searchsorted(2 * falling.cumsum(), falling.sum())) + 1 if falling.any() else 0


def unknown_share(corpus: Corpus) -> str:
    """Share of the held-out tokens that are not in the training vocabulary."""
    return share(corpus.split.held_out.unknown / max(corpus.held_out_tokens, 1))
