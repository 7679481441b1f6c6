"""The Corpus pane: what text this is, how it becomes tokens and ids, and its vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from seqtui.corpora.errors import Cancelled, InputError
from seqtui.tui.actions import bindings_of
from seqtui.tui.foreign import token_symbol, visible
from seqtui.tui.numbers import count, fixed, share, size
from seqtui.tui.panes.pane import Host, Pane
from seqtui.tui.session import Session
from seqtui.tui.translation import _
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.prompt import Prompt
from seqtui.tui.widgets.table import Column, Row, Table
from seqtui.tui.widgets.token_view import TokenView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from seqtui.corpora.corpus import Corpus
    from seqtui.tui.tasks import KeepGoing, Task

ORDERS = (_("count"), _("rarest"), _("alphabet"), _("length"))


class CorpusPane(Pane):
    """Facts on top, text with tokens and ids below them, the vocabulary on the right."""

    BINDINGS: ClassVar = bindings_of("corpus")
    DEFAULT_CSS = """
    CorpusPane #corpus-left { width: 5fr; height: 1fr; }
    CorpusPane #facts {
        height: auto; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
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
        self._order = 0
        self._search = ""
        self._shown: Corpus | None = None
        self._sorting: Task[NDArray[np.int64]] | None = None
        self._typed = ""
        """What was typed to be opened, until it is open: a slip of the pen is mended there."""

    def compose(self) -> ComposeResult:
        """Facts and text on the left, the vocabulary on the right."""
        with Horizontal():
            with Vertical(id="corpus-left"):
                yield Static(Content(_("Reading the corpus …")), id="facts")
                tokens = TokenView(id="tokens")
                tokens.border_title = _("text · tokens · ids")
                yield tokens
            with Vertical(id="vocabulary-side"):
                yield Table(
                    columns(9, 9), _("The vocabulary comes with the corpus."), id="vocabulary"
                )
                yield Line(id="vocabulary-foot")

    def focus_first(self) -> None:
        """Keep the focus where it was in this pane; at first, the text."""
        self.focus_remembered(self.query_one(TokenView))

    def refresh_from_session(self) -> None:
        """Show the corpus, if it is another one, or what was broken off of showing it."""
        corpus = self.session.corpus
        if corpus is None or corpus is self._shown:
            if self._sorting is not None and self._sorting.cancelled:
                self._arrange_vocabulary()
            return
        self._shown = corpus
        self._search = self._typed = ""
        self.query_one("#facts", Static).update(facts(corpus))
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
        self, corpus: Corpus, rows: NDArray[np.int64], order: int, search: str
    ) -> None:
        vocabulary = corpus.vocabulary

        def row(index: int) -> Row:
            token = int(rows[index])
            times = int(vocabulary.counts[token])
            return (
                str(token),
                token_symbol(vocabulary.tokens[token]),
                count(times),
                per_cent(times / max(corpus.tokens, 1)),
            )

        most = int(vocabulary.counts.max(initial=0))
        widths = columns(len(vocabulary), most)
        empty = _("No token holds this text; esc shows all.")
        self.query_one("#vocabulary", Table).show(len(rows), row, columns=widths, empty=empty)
        shown, whole = count(len(rows)), count(len(vocabulary))
        found = f" {_('with')} “{visible(search)}”" if search else ""
        foot = f"{shown} {_('of')} {whole}{found} · {_('by')} {ORDERS[order]}"
        self.query_one("#vocabulary-foot", Line).show(Content(foot))

    def action_sort(self) -> None:
        """The next order of the vocabulary."""
        self._order = (self._order + 1) % len(ORDERS)
        self._arrange_vocabulary()

    def action_search(self) -> None:
        """Ask for a text; only tokens that hold it stay."""

        def take(value: str | None) -> None:
            if value is not None:
                self._search = value
                self._arrange_vocabulary()

        hint = _("tokens that hold this text; empty shows all")
        self.app.push_screen(Prompt(_("search"), self._search, hint), take)

    def action_show_all(self) -> None:
        """From what was searched for to the whole vocabulary."""
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

        hint = _("a path, or one of: {names}").format(names=", ".join(CATALOGUE))
        now = self._typed or self.session.source or ""
        self.app.push_screen(Prompt(_("open"), now, hint), take)

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
            good = value.strip().isdecimal() and int(value) >= 1
            return None if good else _("min_freq is a whole number from 1 on")

        def take(value: str | None) -> None:
            if value is not None:
                self._choose(min_freq=int(value))

        hint = _("tokens that occur more rarely in the training part become <unk>")
        self.app.push_screen(Prompt("min_freq", str(now), hint, refuse), take)


def columns(vocabulary_size: int, most: int) -> tuple[Column, ...]:
    """Columns as wide as the largest id and the largest count need."""
    return (
        Column(_("id"), max(len(str(vocabulary_size)), 2)),
        Column(_("token"), 0, "left", stretch=True),
        Column(_("count"), max(len(count(most)), 5)),
        Column("%", 5),
    )


def arranged(corpus: Corpus, order: int, search: str, keep_going: KeepGoing) -> NDArray[np.int64]:
    """Ids of the vocabulary in one of `ORDERS`, only those whose token holds `search`."""
    import numpy as np

    if not keep_going(0, 1):
        raise Cancelled
    tokens = corpus.vocabulary.tokens
    rows = np.arange(len(tokens), dtype=np.int64)
    if search:
        wanted = search.casefold()
        rows = np.array(
            [
                i
                for i, token in enumerate(tokens)
                if wanted in token.casefold() or wanted in token_symbol(token)
            ],
            dtype=np.int64,
        )
    if order == 1:
        return rows[::-1]
    if order == 2:
        return np.array(sorted(rows.tolist(), key=lambda i: tokens[i]), dtype=np.int64)
    if order == 3:
        lengths = np.array([len(tokens[i]) for i in rows], dtype=np.int64)
        return rows[np.argsort(-lengths, kind="stable")]
    return rows


def facts(corpus: Corpus) -> Content:
    """What the corpus is, in aligned pairs of label and number."""
    vocabulary = corpus.vocabulary
    counts = vocabulary.counts
    train, held_out = corpus.split.train, corpus.split.held_out
    half = int((counts.cumsum() < corpus.tokens / 2).sum()) + 1 if len(counts) else 0
    once = int((counts == 1).sum())
    options = corpus.options
    pairs = [
        (_("characters"), count(corpus.characters), _("encoding"), corpus.text.encoding),
        (_("tokens"), count(corpus.tokens), _("size"), size(corpus.text.size)),
        ("|V|", count(len(vocabulary)), _("cleaning"), options.cleaning),
        (_("once only"), count(once), _("removed"), share(corpus.cleaned.removed)),
        (_("half the text"), f"{count(half)} {_('types')}", _("tokeniser"), options.tokenizer),
        (_("train"), count(len(train.ids)), "min_freq", str(options.min_freq)),
        (_("held out"), count(len(held_out.ids)), "<unk>", unknown_share(corpus)),
    ]
    width = max(len(number) for _label, number, _other, _value in pairs)
    lines = [Content.styled(visible(corpus.name), "bold")]
    for left, number, right, value in pairs:
        lines.append(
            Content.assemble(
                (f"{left:<14}", "$foreground-muted"),
                f"{number:>{width}}  ",
                (f"{right:<10}", "$foreground-muted"),
                visible(value),
            )
        )
    return Content("\n").join(lines)


def per_cent(part: float) -> str:
    """A share in per cent in five cells: 15.42."""
    value = 100 * part
    return fixed(value, 2 if value < 99.995 else 1)


def unknown_share(corpus: Corpus) -> str:
    """Share of the held-out tokens that the training vocabulary does not know."""
    held_out = corpus.split.held_out
    return share(held_out.unknown / max(len(held_out.ids), 1))
