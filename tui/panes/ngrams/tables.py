"""The tables of the N-grams pane: n-grams of one order, and what follows one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from seqtui.tui.cells import widest
from seqtui.tui.foreign import visible
from seqtui.tui.numbers import DASH, amount, count, probability
from seqtui.tui.panes.ngrams.words import counted_text, gram_text, never_predicted
from seqtui.tui.translation import N_, _
from seqtui.tui.widgets.table import Column, Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.ngrams.counts import Rows
    from seqtui.engine.ngrams.model import NgramModel
    from seqtui.tui.panes.ngrams.rows import Order

SORT_TITLES = {
    "count": N_("{n}-grams by count"),
    "probability": N_("{n}-grams by P(w | h)"),
    "surprise": N_("{n}-grams by surprise"),
    "alphabet": N_("{n}-grams by alphabet"),
}


class GramTable(Protocol):
    """Rows of n-grams with their counts and probabilities."""

    @property
    def title(self) -> str:
        """What the rows are, in a few words."""
        ...

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of `row`."""
        ...

    @property
    def empty(self) -> str:
        """The words where there is no row."""
        ...

    def __len__(self) -> int:
        """How many rows."""
        ...

    def row(self, index: int) -> Row:
        """The cells of one row."""
        ...

    def gram(self, index: int) -> list[int]:
        """The ids of the n-gram of a row, its history included."""
        ...

    def figures(self, index: int) -> tuple[int, int]:
        """c(h w) and c(h ·) of a row."""
        ...


@dataclass(frozen=True, eq=False)
class NgramTable:
    """The n-grams of one order, sorted, all or those that hold a text."""

    corpus: Corpus
    order: Order
    rows: Rows
    sort: str
    search: str

    @property
    def asked(self) -> tuple[Order, str, str]:
        """What it answers: order, sort and search."""
        return self.order, self.sort, self.search

    @property
    def title(self) -> str:
        """`2-grams by count`."""
        if not self.search:
            title = _(SORT_TITLES[self.sort]).format(n=self.order.n)
            return title + counted_text(self.corpus)
        return _("{n}-grams: {many} with “{text}”, esc shows all").format(
            n=self.order.n, many=count(len(self)), text=visible(self.search)
        )

    @property
    def columns(self) -> tuple[Column, ...]:
        """Rank, n-gram, count, probability."""
        return (
            _numbers(_("rank") if (self.sort, self.search) == ("count", "") else "#", len(self)),
            Column(_("{n}-gram").format(n=self.order.n), 0, "left", stretch=True),
            _numbers(_("count"), self.order.curve[1][0]),
            Column("P(w|h)" if self.order.n > 1 else "P(w)", 6),
        )

    @property
    def empty(self) -> str:
        """No row can only mean that nothing was found."""
        return _("No n-gram holds this text; esc shows all.")

    def __len__(self) -> int:
        return len(self.rows)

    def row(self, index: int) -> Row:
        """The cells of one row."""
        times, total = self.figures(index)
        gram = self.gram(index)
        chance = DASH if never_predicted(self.corpus, gram) else probability(times / total)
        return count(index + 1), gram_text(self.corpus, gram), count(times), chance

    def gram(self, index: int) -> list[int]:
        """The ids of an n-gram."""
        return self.order.ngram(int(self.rows[index]))

    def figures(self, index: int) -> tuple[int, int]:
        """c(h w) and c(h ·)."""
        row = int(self.rows[index])
        return int(self.order.counts.counts[row]), self.order.history_count(row)


@dataclass(frozen=True, eq=False)
class FollowTable:
    """The tokens that follow an n-gram, by falling count."""

    corpus: Corpus
    history: list[int]
    ids: NDArray[np.int32]
    counts: NDArray[np.int64]
    total: int
    """c(h ·), the sum of the counts."""

    @property
    def title(self) -> str:
        """`esc ← after the: 8 distinct of 3,367`."""
        return _("esc ← after {history}: {many} distinct of {times}").format(
            history=gram_text(self.corpus, self.history),
            times=count(self.total),
            many=count(len(self)),
        )

    @property
    def columns(self) -> tuple[Column, ...]:
        """Number, token, count, probability."""
        return (
            _numbers("#", len(self)),
            Column(_("what follows"), 0, "left", stretch=True),
            _numbers(_("count"), self.total),
            Column("P(w|h)", 6),
        )

    @property
    def empty(self) -> str:
        """An n-gram that nothing follows."""
        if self.corpus.options.boundaries == "line":
            return _("Nothing: the line ends here. Esc goes back.")
        return _("Nothing: the text ends here. Esc goes back.")

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, index: int) -> Row:
        """The cells of one row."""
        times, total = self.figures(index)
        token = gram_text(self.corpus, [int(self.ids[index])])
        return count(index + 1), token, count(times), probability(times / total)

    def gram(self, index: int) -> list[int]:
        """The history with the token."""
        return [*self.history, int(self.ids[index])]

    def figures(self, index: int) -> tuple[int, int]:
        """c(h w) and c(h ·)."""
        return int(self.counts[index]), self.total


@dataclass(frozen=True, eq=False)
class SmoothedTable:
    """A table of n-grams with what an estimator makes of their counts.

    The estimate is read from the model's highest order, so that a row costs a few look-ups.
    """

    table: GramTable
    model: NgramModel
    """Of the order of the n-grams."""

    @property
    def title(self) -> str:
        """`2-grams by count · modified-kneser-ney`."""
        return f"{self.table.title} · {self.model.estimator.name}"

    @property
    def columns(self) -> tuple[Column, ...]:
        """c* beside the count, and the estimate beside the relative frequency."""
        *first, times, chance = self.table.columns
        law = "P*" if self.model.normalised else "S"
        return (*first, times, Column("c*", times.width + 2), chance, Column(law, 6))

    @property
    def empty(self) -> str:
        """As of the table."""
        return self.table.empty

    def __len__(self) -> int:
        return len(self.table)

    def row(self, index: int) -> Row:
        """The cells of one row."""
        from seqtui.engine.ngrams.reconstitution import reconstituted_count

        *first, times, chance = self.table.row(index)
        estimate = self.model.table.stored(tuple(self.gram(index)))
        if chance == DASH:
            return (*first, times, DASH, DASH, DASH)
        total = self.figures(index)[1]
        c_star = amount(reconstituted_count(estimate, total))
        return (*first, times, c_star, chance, probability(estimate))

    def gram(self, index: int) -> list[int]:
        """The ids of the n-gram of a row."""
        return self.table.gram(index)

    def figures(self, index: int) -> tuple[int, int]:
        """c(h w) and c(h ·) of a row."""
        return self.table.figures(index)


def _numbers(title: str, highest: int) -> Column:
    """A column of numbers up to `highest`."""
    return Column(title, max(widest(title, count(highest)), 6))
