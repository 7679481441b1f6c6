"""A typed sentence as the chain rule takes it apart, factor by factor, in both directions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from seqtui.corpora.errors import InputError
from seqtui.tui.cells import pad, widest
from seqtui.tui.foreign import visible
from seqtui.tui.numbers import count, fixed, perplexity, probability
from seqtui.tui.panes.ngrams.arithmetic import estimate_in_words
from seqtui.tui.panes.ngrams.words import gram_text
from seqtui.tui.translation import N_, _, localized, ngettext
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.table import Column, Row, Table

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.labs.chain_rule import BothDirections, Reading
    from seqtui.tui.panes.ngrams.suffix_cache import SuffixCache
    from seqtui.tui.session import Session
    from seqtui.tui.tasks import Task

SMALLEST_ORDER, LARGEST_ORDER = 1, 10
DIRECTIONS = (N_("forward"), N_("reversed"))


class SentenceBoard(Vertical):
    """A table of factors, the arithmetic of one of them, and both directions below."""

    DEFAULT_CSS = """
    SentenceBoard { height: 1fr; padding: 0 1; }
    SentenceBoard #sentence-title { text-style: bold; }
    SentenceBoard #sentence-table { height: 1fr; }
    SentenceBoard #sentence-directions {
        height: 2; text-wrap: nowrap; text-overflow: ellipsis;
    }
    SentenceBoard #sentence-match { color: $text-muted; }
    SentenceBoard #sentence-keys { color: $text-muted; }
    """

    def __init__(self, session: Session, suffixes: SuffixCache, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._session = session
        self._suffixes = suffixes
        self.text = ""
        """The sentence as it was typed."""
        self._corpus: Corpus | None = None
        self._counted: BothDirections | None = None
        self._readings: tuple[Reading, ...] = ()
        """Forward, then reversed; none before they are there."""
        self._matches: list[list[tuple[int, int]]] = []
        """For both directions and each token: how long a part that ends there occurs, how often."""
        self._direction = 0
        self._stopped = False
        self._ids: list[int] = []
        self._n = 2
        self._estimator = "mle"
        self._work: Task[tuple[BothDirections, tuple[Reading, Reading]]] | None = None

    def compose(self) -> ComposeResult:
        """Title, factors, arithmetic, the two directions, keys."""
        yield Line(id="sentence-title")
        yield Table((Column("", 1),), "", id="sentence-table")
        yield Line(id="sentence-arithmetic")
        yield Line(id="sentence-match")
        yield Static("", id="sentence-directions")
        yield Line(id="sentence-keys")

    @property
    def filling(self) -> bool:
        """Whether the models are being counted."""
        return self._work is not None and self._work.under_way

    @property
    def stopped(self) -> bool:
        """Whether that was cancelled."""
        return self._stopped

    def stop(self) -> None:
        """Cancel the counting."""
        if self._work is not None:
            self._work.cancel()
        self._stopped = True
        self.repaint()

    def focus_first(self) -> None:
        """Give the factors the focus."""
        self.screen.set_focus(self._table)

    @property
    def _table(self) -> Table:
        return self.query_one("#sentence-table", Table)

    def take(self, text: str, n: int) -> None:
        """Another sentence, for models of order n; `open` takes it apart."""
        self.text, self._n = text, n

    def open(self, corpus: Corpus, estimator: str) -> None:
        """Take the sentence apart; its longest matches come after."""
        from seqtui.engine.labs.chain_rule import sentence_ids

        ids = sentence_ids(corpus, self.text)
        if not len(ids):
            raise InputError("sentence {text}: no token is left of this", text=self.text)
        if corpus is not self._corpus:
            self._counted = None
        self._corpus, self._ids, self._estimator = corpus, ids.tolist(), estimator
        self._n = min(self._n, len(corpus.written_ids))
        self._matches = []
        self._estimate()
        self._match()

    def _match(self) -> None:
        """Look for the sentence's longest parts in the text, once it is sorted."""
        corpus, sentence = self._corpus, self._ids
        if corpus is None:
            return
        array = self._suffixes.array(corpus, self._match)
        if array is None:
            self._paint_row()
            return

        def look(keep_going: OnProgress) -> list[list[tuple[int, int]]]:
            # The text backwards holds what the text holds, backwards.
            return [array.longest_ends(sentence), array.longest_starts(sentence)[::-1]]

        def take(matches: list[list[tuple[int, int]]]) -> None:
            if sentence is self._ids:
                self._matches = matches
                self._paint_row()

        self._session.tasks.start(_("matching"), look, then=take)

    def deepen(self, by: int) -> None:
        """Longer or shorter histories."""
        if self._corpus is not None:
            highest = min(LARGEST_ORDER, len(self._corpus.written_ids))
            self._n = min(max(self._n + by, SMALLEST_ORDER), highest)
            self._estimate()

    def change_estimator(self, name: str) -> None:
        """The same by another estimator."""
        self._estimator = name
        if self._corpus is not None:
            self._estimate()

    def action_direction(self) -> None:
        """Read the sentence the other way."""
        if self.display:
            self._direction = 1 - self._direction
            self.repaint()

    def _estimate(self) -> None:
        """Count what is missing for both directions, estimate, and take the sentence apart."""
        if self._corpus is None:
            return
        corpus, n, name, sentence = self._corpus, self._n, self._estimator, self._ids
        if self._work is not None:
            self._work.cancel()
        kept = self._counted

        def work(keep_going: OnProgress) -> tuple[BothDirections, tuple[Reading, Reading]]:
            import numpy as np

            from seqtui.engine.labs.chain_rule import BothDirections

            counted = kept or BothDirections(corpus)
            read = np.array(sentence, dtype=np.int32)
            return counted, counted.readings(read, n, name, keep_going)

        def take(found: tuple[BothDirections, tuple[Reading, Reading]]) -> None:
            self._counted, self._readings = found
            self.repaint()

        self._work = self._session.tasks.start(_("estimating"), work, then=take)
        self._readings, self._stopped = (), False
        self.repaint()

    # Painting.

    def _title(self) -> str:
        if self._corpus is None:
            return ""
        way = _(DIRECTIONS[self._direction])
        sentence = gram_text(self._corpus, self._ids)
        by_line = " · " + _("by line") if self._by_line else ""
        return f"n={self._n} · {self._estimator} · {way}{by_line} · {visible(sentence)}"

    @property
    def _by_line(self) -> bool:
        return self._corpus is not None and self._corpus.options.boundaries == "line"

    def _read(self) -> tuple[list[int], list[int]]:
        """The sentence as it is read, and which of its ids are factors: all but `<s>`."""
        import numpy as np

        from seqtui.engine.labs.chain_rule import backwards
        from seqtui.engine.ngrams.backoff import line_boundaries

        assert self._corpus is not None
        boundaries = line_boundaries(self._corpus.vocabulary, self._corpus.options)
        read = self._ids
        if self._direction:
            read = backwards(np.array(read, dtype=np.int32), boundaries).tolist()
        begin = None if boundaries is None else boundaries.begin
        return read, [at for at, token in enumerate(read) if token != begin]

    def repaint(self) -> None:
        """Paint every word again."""
        if self._corpus is None:
            return
        if self._readings:
            reading = self._readings[self._direction]
            law = _law(reading)
            columns = (
                Column("k", 3),
                Column(f"{law}(w|h)", 0, "left", stretch=True),
                Column("c(h w)/c(h ·)", 15),
                Column(law, 7),
                Column(f"ln {law}", 8),
                Column(f"∏ {law}", 8),
                Column("PP", 8),
            )
            cursor = self._table.cursor
            self._table.show(len(reading.factors), self._row, columns=columns, cursor=cursor)
        else:
            waiting = _("Stopped; [ or ] resumes.") if self._stopped else _("estimating …")
            self._table.show(0, lambda row: (), empty=waiting)
        self.query_one("#sentence-title", Line).show(Content(self._title()))
        keys = _("[ ] n   f estimator   r reversed   t sentence   esc back")
        self.query_one("#sentence-keys", Line).show(Content(keys))
        self._paint_row()
        self._paint_directions()

    def _row(self, index: int) -> Row:
        assert self._corpus is not None
        reading = self._readings[self._direction]
        factor, law = reading.factors[index], _law(reading)
        token = gram_text(self._corpus, factor.gram[-1:])
        history = gram_text(self._corpus, factor.gram[:-1])
        return (
            count(index + 1),
            f"{law}({token} | {history})" if history else f"{law}({token})",
            f"{count(factor.count)}/{count(factor.history_count)}",
            probability(factor.probability),
            _logarithm(factor.log_prob),
            _product(factor.log_product),
            perplexity(factor.perplexity),
        )

    def on_table_moved(self, event: Table.Moved) -> None:
        """Spell out the arithmetic of another factor."""
        event.stop()
        self._paint_row()

    def on_table_selected(self, event: Table.Selected) -> None:
        """Enter does nothing more here."""
        event.stop()

    def _paint_row(self) -> None:
        line = self.query_one("#sentence-arithmetic", Line)
        text = ""
        if self._readings and self._corpus is not None:
            reading = self._readings[self._direction]
            gram = reading.factors[self._table.cursor].gram
            width = line.content_size.width
            text = estimate_in_words(self._corpus, reading.model, gram, width)
        line.show(Content(text))
        self.query_one("#sentence-match", Line).show(Content(self._match_in_words()))

    def _match_in_words(self) -> str:
        """`longest match: n=3, occurs 12 times: to be or` for what is read up to the cursor."""
        if not self._matches or self._corpus is None:
            reason = self._suffixes.reason
            return _("longest match: {reason}").format(reason=localized(reason) if reason else "…")
        read, places = self._read()
        at = places[min(self._table.cursor, len(places) - 1)]
        length, times = self._matches[self._direction][at]
        if not length:
            return _("longest match: none, the token never occurs")
        read = read[at + 1 - length : at + 1]
        return ngettext(
            "longest match: n={length}, occurs once: {part}",
            "longest match: n={length}, occurs {times} times: {part}",
            times,
        ).format(length=count(length), times=count(times), part=gram_text(self._corpus, read))

    def _paint_directions(self) -> None:
        directions = self.query_one("#sentence-directions", Static)
        names = [_(name) for name in DIRECTIONS]
        widest_name = widest(*names)
        lines = []
        # Both directions, or none before they are read.
        for number, (name, reading) in enumerate(zip(names, self._readings, strict=False)):
            mark = "▸" if number == self._direction else " "
            room = directions.content_size.width - widest_name - 4
            lines.append(f"{mark} {pad(name, widest_name)}  {_whole(reading, room)}")
        directions.update("\n".join(lines), layout=False)

    def on_resize(self, event: events.Resize) -> None:
        """Arithmetic and products in the new width."""
        self.call_after_refresh(self._paint_row)
        self.call_after_refresh(self._paint_directions)


def _law(reading: Reading) -> str:
    """`P`, or `S` for scores that are no probabilities."""
    return "P" if reading.model.normalised else "S"


def _whole(reading: Reading, width: int) -> str:
    """P(W) of a sentence, its logarithm and perplexity, in `width` cells if it can be."""
    last, law = reading.factors[-1], _law(reading)
    product, logarithm = _product(last.log_product), _logarithm(last.log_product)
    long = f"{law}(W) = ∏ {law} = {product}   ln {law}(W) = {logarithm}"
    short = f"{law}(W) = {product}  ln {law} = {logarithm}"
    if reading.model.normalised:
        value = perplexity(last.perplexity, 4)
        long += f"   PP = P(W)^(-1/{len(reading.factors)}) = {value}"
        short += f"  PP = {value}"
    if zeros := reading.zero_factors:
        text = _("factors 0: {n}").format(n=zeros)
        long, short = f"{long}  {text}", f"{short}  {text}"
    return long if cell_len(long) <= width else short


def _logarithm(value: float) -> str:
    return "−∞" if value == -math.inf else fixed(value, 3)


def _product(log_product: float) -> str:
    """A product with its power of ten, also where a float would be 0."""
    if log_product == -math.inf:
        return "0"
    exponent = math.floor(log_product / math.log(10))
    digits = 10 ** (log_product / math.log(10) - exponent)
    if exponent >= -3:
        return f"{math.exp(log_product):.4f}"
    return f"{digits:.2f}e{exponent}"
