"""What the N-grams pane shows, as arrays: rows in an order, probabilities, ranked counts.

Everything here that touches all n-grams runs on a worker's thread; a row on screen costs a few
look-ups.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.engine.ngrams.backoff import line_boundaries
from seqtui.engine.ngrams.counts import (
    HIGHEST_ORDER,
    Level,
    NgramCounts,
    count_levels,
    longest_ngram,
)
from seqtui.engine.ngrams.sparsity import Sparsity, sparsity_of
from seqtui.engine.ngrams.zipf import ZipfFit, fit_zipf
from seqtui.tui.foreign import token_symbol

if TYPE_CHECKING:
    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.ngrams.counts import Rows

SHOWN_ORDERS = 5
"""Counted without being asked for; the higher ones as they are."""
FitMethod = tuple[str, tuple[int, int] | None]
"""How Zipf's law is fitted: by which method, and to which ranks (None: all)."""

SORTS = ("count", "probability", "surprise", "alphabet")
PLOTTED_RANKS = 160
"""Ranks drawn of each order, evenly spaced on the logarithmic axis."""
KEPT_NGRAMS = 4_000_000
"""N-grams of earlier corpora that are kept, so that going back to one is at once; 20 bytes each."""


@dataclass(frozen=True, eq=False)
class Order:
    """The n-grams of one order."""

    counts: NgramCounts
    ranked: Rows
    """Rows by falling count, ties by first occurrence."""
    curve: tuple[list[int], list[int]]
    """Ranks and counts for the log-log plot."""
    growth: tuple[list[int], list[int]]
    """Lengths of the text in tokens, and how many different n-grams occur in so much of it."""
    newest: int
    """Distinct n-grams that first end in the last tenth of the text's tokens."""
    sparsity: Sparsity
    begin: int | None = None
    """The id of `<s>` where lines have boundaries."""
    fits: dict[FitMethod, ZipfFit | None] = field(default_factory=dict)
    """Zipf's law by the method of the fit; None where there are too few ranks."""

    @property
    def n(self) -> int:
        """The order."""
        return self.counts.order

    def ngram(self, row: int) -> list[int]:
        """The ids of one row."""
        ids: list[int] = self.counts.ngrams(np.array([row]))[0].tolist()
        return ids

    def history_count(self, row: int) -> int:
        """c(h ·) of one n-gram's history; `<s>` itself follows nothing."""
        return int(self._totals(self._histories(np.array([row])))[0])

    def probabilities(self) -> NDArray[np.float64]:
        """P(last | history) by maximum likelihood for all rows, `[distinct]`; NaN for `<s>`."""
        totals = self._totals(self._histories(np.arange(self.counts.distinct)))
        found = self.counts.counts / np.maximum(totals, 1)
        if self.n == 1 and self.begin is not None:
            found[self.counts.levels[0].keys == self.begin] = np.nan
        return found

    def _totals(self, histories: Rows) -> Rows:
        totals = self.counts.history_counts(self.n, histories)
        if self.n == 1 and self.begin is not None:
            return totals - self.counts.find([self.begin])
        return totals

    def _histories(self, rows: Rows) -> Rows:
        return np.asarray(self.counts.levels[-1].keys[rows] // self.counts.vocabulary_size)

    def fit(self, method: FitMethod, keep_going: OnProgress | None = None) -> None:
        """Fit Zipf's law; by maximum likelihood it takes a second for a million n-grams."""
        name, ranks = method
        try:
            self.fits[method] = fit_zipf(self.counts.counts[self.ranked], name, ranks)
        except InputError:
            self.fits[method] = None


class Counted:
    """The n-grams of a corpus as a model reads it, counted order by order on a worker's thread.

    With `--boundaries line` each line is a text of its own, as for the command line.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.ids = corpus.arranged_ids
        self.boundaries = line_boundaries(corpus.vocabulary, corpus.options)
        end = None if self.boundaries is None else self.boundaries.end
        self._longest = longest_ngram(self.ids, end)
        self.highest = min(SHOWN_ORDERS, self._longest)
        """The highest order that is asked for."""
        self.limit = min(HIGHEST_ORDER, self._longest)
        """The highest order there can be."""
        self.orders: list[Order] = []
        """Orders 1, 2 and so on, as far as they are counted."""
        self._levels: list[Level] = []
        self._size = len(corpus.vocabulary)
        self._counting = count_levels(
            self.ids, min(HIGHEST_ORDER + 1, self._longest), self._size, end
        )

    @property
    def complete(self) -> bool:
        """Whether all orders are counted."""
        return len(self.orders) == self.highest

    @property
    def lacks_followers(self) -> bool:
        """Whether what follows the longest n-grams asked for is still to be counted."""
        return self.complete and len(self._levels) <= self.highest < self._longest

    @property
    def whole(self) -> NgramCounts:
        """All that is counted: what follows the n-grams of every order but the last."""
        return NgramCounts(self._size, tuple(self._levels))

    @property
    def ngrams(self) -> int:
        """N-grams held, of all orders."""
        return sum(len(level.keys) for level in self._levels)

    def counts_of(self, n: int) -> NgramCounts:
        """The n-grams up to an order that is counted, without ranks."""
        if n <= len(self.orders):
            return self.orders[n - 1].counts
        return NgramCounts(self._size, tuple(self._levels[:n]))

    def count_next(self, keep_going: OnProgress) -> Order:
        """Count the next order and rank it. Raises Cancelled, and can be called again after."""
        n = len(self.orders) + 1
        self._count_to(n, keep_going)
        counts = self.counts_of(n)
        ranked = counts.top(counts.distinct)
        level = self._levels[n - 1]
        order = Order(
            counts,
            ranked,
            _curve(counts.counts, ranked),
            _growth(level.first, len(self.ids), n),
            int(np.count_nonzero(level.first + n > len(self.ids) - len(self.ids) // 10)),
            # Sums over all n-grams, kept: a pass over millions would hold up the screen.
            sparsity_of(level, n, self._size),
            None if self.boundaries is None else self.boundaries.begin,
        )
        order.history_count(int(ranked[0]))  # likewise the sums that the first row asks for
        return order

    def count_beyond(self, keep_going: OnProgress) -> None:
        """Count what follows the longest n-grams. Raises Cancelled as `count_next` does."""
        self._count_to(self.highest + 1, keep_going)

    def _count_to(self, n: int, keep_going: OnProgress) -> None:
        while len(self._levels) < n and (level := next(self._counting, None)) is not None:
            self._levels.append(level)
            if not keep_going(n - 1, self.highest):
                raise Cancelled


def forget_old(kept: dict[str, Counted]) -> None:
    """Let go of the oldest, until those before the last hold no more than `KEPT_NGRAMS`."""
    held = 0
    for name in list(reversed(kept))[1:]:
        held += kept[name].ngrams
        if held > KEPT_NGRAMS:
            del kept[name]


def _curve(counts: NDArray[np.int64], ranked: Rows) -> tuple[list[int], list[int]]:
    last = len(ranked)
    spaced = np.unique(np.geomspace(1, last, min(PLOTTED_RANKS, last)).round().astype(int))
    return spaced.tolist(), counts[ranked[spaced - 1]].tolist()


def _growth(first: NDArray[np.int32], tokens: int, n: int) -> tuple[list[int], list[int]]:
    """How many n-grams have occurred by several lengths: those that first ended before them."""
    starts = tokens - n + 1
    spaced = np.unique(np.geomspace(1, starts, min(PLOTTED_RANKS, starts)).round().astype(int))
    met = np.searchsorted(np.sort(first), spaced - 1, side="right")
    return (spaced + n - 1).tolist(), met.tolist()


def arrange(corpus: Corpus, order: Order, sort: str, search: str, keep_going: OnProgress) -> Rows:
    """Rows of an order in one of `SORTS`, only those that hold the searched text."""
    if not keep_going(0, 1):
        raise Cancelled
    rows = order.ranked
    if search:
        rows = rows[_holding(corpus, order, search)[rows]]
    if sort in ("probability", "surprise"):
        likelihood = order.probabilities()
        if sort == "surprise":  # -log2 P falls as P rises
            likelihood = -likelihood
        # Stable, so that equal probabilities stay in the order of their counts.
        return rows[np.argsort(-likelihood[rows], kind="stable")]
    if sort == "alphabet":
        tokens = corpus.vocabulary.tokens
        place = np.empty(len(tokens), dtype=np.int64)
        place[sorted(range(len(tokens)), key=tokens.__getitem__)] = np.arange(len(tokens))
        columns = place[order.counts.ids[rows]]
        return rows[np.lexsort(columns.T[::-1])]
    return rows


def _holding(corpus: Corpus, order: Order, search: str) -> NDArray[np.bool_]:
    """Which n-grams hold the searched text: its tokens in a row, or within one token."""
    vocabulary = corpus.vocabulary
    grams = order.counts.ids
    tokenizer = corpus.options.tokenizer
    inside = np.array(
        [search in token or search in token_symbol(token, tokenizer) for token in vocabulary.tokens]
    )
    held: NDArray[np.bool_] = np.asarray(inside[grams].any(axis=1))
    try:
        # A space may be typed as the table shows it.
        wanted = corpus.ids_of(search.replace("␣", " "))
    except InputError:
        return held
    if 1 < len(wanted) <= order.n and vocabulary.unknown not in wanted:
        for start in range(order.n - len(wanted) + 1):
            held |= (grams[:, start : start + len(wanted)] == wanted).all(axis=1)
    return held
