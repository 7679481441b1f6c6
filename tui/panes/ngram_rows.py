"""What the N-grams pane shows, as arrays: rows in an order, probabilities, ranked counts.

Everything here that touches all n-grams runs on a worker's thread; a row on screen costs a few
look-ups.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.corpus import Corpus, encode_text
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.engine.counts import NgramCounts, count_ngrams
from seqtui.engine.zipf import ZipfFit, fit_zipf
from seqtui.tui.foreign import token_symbol

if TYPE_CHECKING:
    from seqtui.engine.counts import Rows

SHOWN_ORDERS = 5
KeepGoing = Callable[[int, int], bool]

SORTS = ("count", "probability", "alphabet")
FITS: tuple[tuple[str, tuple[int, int] | None], ...] = (
    ("ols", None),
    ("ols", (10, 1000)),
    ("mle", None),
)
"""Ways to fit Zipf's law: the method, and the ranks it takes (None: all)."""
PLOTTED_RANKS = 160
"""Ranks drawn of each order, evenly spaced on the logarithmic axis."""


@dataclass(frozen=True, eq=False)
class Order:
    """The n-grams of one order."""

    counts: NgramCounts
    ranked: Rows
    """Rows by falling count, ties by first occurrence."""

    @property
    def n(self) -> int:
        """The order."""
        return self.counts.order

    def history_count(self, row: int) -> int:
        """c(h ·) of one n-gram's history."""
        return int(self.counts.history_counts(self.n, self._histories(np.array([row])))[0])

    def probabilities(self) -> NDArray[np.float64]:
        """P(last | history) by maximum likelihood for all rows, `[distinct]`."""
        histories = self._histories(np.arange(self.counts.distinct))
        return self.counts.counts / self.counts.history_counts(self.n, histories)

    def _histories(self, rows: Rows) -> Rows:
        return np.asarray(self.counts.levels[-1].keys[rows] // self.counts.vocabulary_size)

    def curve(self) -> tuple[list[int], list[int]]:
        """Ranks and counts for the log-log plot."""
        last = self.counts.distinct
        spaced = np.unique(np.geomspace(1, last, min(PLOTTED_RANKS, last)).round().astype(int))
        return spaced.tolist(), self.counts.counts[self.ranked[spaced - 1]].tolist()

    def fit(self, way: int) -> ZipfFit | None:
        """Zipf's law by one of `FITS`; None where there are too few ranks."""
        method, ranks = FITS[way]
        try:
            return fit_zipf(self.counts.counts[self.ranked], method, ranks)
        except InputError:
            return None


@dataclass(frozen=True, eq=False)
class Counted:
    """The n-grams of a corpus, orders 1 to 5, and one more for what follows the longest."""

    corpus: Corpus
    whole: NgramCounts
    orders: tuple[Order, ...]
    fits: tuple[tuple[ZipfFit | None, ...], ...]
    """`fits[order - 1][way]`."""
    curves: tuple[tuple[list[int], list[int]], ...]


def count_corpus(corpus: Corpus, keep_going: KeepGoing) -> Counted:
    """Count all orders, rank them and fit their curves. Raises Cancelled."""
    highest = min(SHOWN_ORDERS + 1, corpus.tokens)
    steps = highest + SHOWN_ORDERS

    def counting(done: int, total: int) -> bool:
        return keep_going(done, steps)

    whole = count_ngrams(corpus.ids, highest, len(corpus.vocabulary), counting)
    orders = []
    for n in range(1, min(SHOWN_ORDERS, highest) + 1):
        counts = NgramCounts(whole.vocabulary_size, whole.levels[:n])
        orders.append(Order(counts, counts.top(counts.distinct)))
        if not keep_going(highest + n, steps):
            raise Cancelled
    fits = tuple(tuple(order.fit(way) for way in range(len(FITS))) for order in orders)
    return Counted(corpus, whole, tuple(orders), fits, tuple(order.curve() for order in orders))


def arrange(counted: Counted, n: int, sort: str, search: str, keep_going: KeepGoing) -> Rows:
    """Rows of order n in one of `SORTS`, only those that hold the searched text."""
    order = counted.orders[n - 1]
    rows = order.ranked
    if search:
        rows = rows[_holding(counted, order, search)[rows]]
    if sort == "probability":
        likelihood = order.probabilities()
        # Stable, so that equal probabilities stay in the order of their counts.
        return rows[np.argsort(-likelihood[rows], kind="stable")]
    if sort == "alphabet":
        tokens = counted.corpus.vocabulary.tokens
        place = np.empty(len(tokens), dtype=np.int64)
        place[sorted(range(len(tokens)), key=tokens.__getitem__)] = np.arange(len(tokens))
        columns = place[order.counts.ids[rows]]
        return rows[np.lexsort(columns.T[::-1])]
    return rows


def _holding(counted: Counted, order: Order, search: str) -> NDArray[np.bool_]:
    """Which n-grams hold the searched text: its tokens in a row, or within one token."""
    corpus = counted.corpus
    vocabulary = corpus.vocabulary
    grams = order.counts.ids
    inside = np.array(
        [search in token or search in token_symbol(token) for token in vocabulary.tokens]
    )
    held: NDArray[np.bool_] = np.asarray(inside[grams].any(axis=1))
    try:
        wanted = encode_text(search, corpus.options, vocabulary).ids
    except InputError:
        return held
    if 1 < len(wanted) <= order.n and vocabulary.unknown not in wanted:
        for start in range(order.n - len(wanted) + 1):
            held |= (grams[:, start : start + len(wanted)] == wanted).all(axis=1)
    return held
