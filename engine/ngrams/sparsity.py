"""Why counting does not reach far: how many n-grams are possible, and how few are ever seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING

import numpy as np

from seqtui.engine.ngrams.counts import Level, count_levels, search
from seqtui.engine.protocol import Ids

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus

EXACT_DIGITS = 4_000
"""Longest number that is written out: Python refuses to from 4,300 digits on."""
SENTENCE = 100
"""Tokens of the texts whose number is shown: counting all of them is out of the question."""
EXAMPLE_VOCABULARY = 8000
"""A vocabulary of the size of a daily one, whose 8000^100 texts are the example."""


@dataclass(frozen=True, slots=True)
class Sparsity:
    """How much of |V|^n a text shows, for one order n."""

    order: int
    vocabulary_size: int
    total: int
    """N-grams of the text."""
    distinct: int
    singletons: int
    """Distinct ones that occur once."""
    unseen: float = math.nan
    """Share of the running n-grams of held-out text that the training part never holds; NaN where
    there are none, or it was not looked at."""

    @property
    def possible(self) -> int:
        """|V|^n, exact."""
        number: int = self.vocabulary_size**self.order
        return number

    @property
    def written(self) -> str:
        """The same in a few cells: `2.0e7`."""
        return written_power(self.vocabulary_size, self.order)

    @property
    def seen(self) -> float:
        """Share of the possible n-grams that occur."""
        return self.distinct / self.possible

    @property
    def once(self) -> float:
        """Share of the distinct ones that occur once."""
        return self.singletons / self.distinct if self.distinct else math.nan


def sparsity_of(level: Level, order: int, size: int, unseen: float = math.nan) -> Sparsity:
    """The figures of one counted order over a vocabulary of `size`."""
    counts = level.counts
    once = int(np.count_nonzero(counts == 1))
    return Sparsity(order, size, int(counts.sum()), len(counts), once, unseen)


def corpus_sparsity(
    corpus: Corpus,
    highest: int,
    end: int | None = None,
    counted: Iterable[Level] | None = None,
) -> Iterator[Sparsity]:
    """The figures of a corpus for the orders 1 to `highest`, each counted when it is asked for.

    `end` is the id of `</s>` where lines have boundaries. `counted` are the levels of
    `corpus.arranged_ids`, where they are there.
    """
    size, known = len(corpus.vocabulary), len(corpus.training_vocabulary)
    text, train = corpus.arranged_ids, corpus.split.train.ids
    whole = count_levels(text, min(highest, len(text)), size, end) if counted is None else counted
    levels = count_levels(train, min(highest, len(train)), known, end)
    unseen = unseen_shares(levels, known, corpus.split.held_out.ids, end)
    yield from sparsity_by_order(whole, size, unseen)


def sparsity_by_order(
    whole: Iterable[Level], size: int, unseen: Iterable[float]
) -> Iterator[Sparsity]:
    """The figures of the orders 1, 2 and so on, each made when it is asked for.

    `whole` are the levels of a text over `size` ids; `unseen` is what `unseen_shares` gives for
    its parts, and may end before.
    """
    shares = chain(unseen, repeat(math.nan))
    for order, (level, share) in enumerate(zip(whole, shares, strict=False), 1):
        yield sparsity_of(level, order, size, share)


def unseen_shares(
    train: Iterable[Level], size: int, held_out: Ids, end: int | None = None
) -> Iterator[float]:
    """For the orders 1, 2 and so on the share of the held-out n-grams that were never counted.

    With `end`, the id of `</s>`, none of them reaches beyond it, as in `count_ngrams`. NaN where
    that text has no n-gram.
    """
    starts = np.arange(len(held_out))
    rows = np.zeros(len(held_out), dtype=np.int64)  # of the (n-1)-gram at each start
    for order, level in enumerate(train, 1):
        there = starts + order <= len(held_out)
        if end is not None and order > 1:
            there[there] = held_out[starts[there] + order - 2] != end
        starts, rows = starts[there], rows[there]
        # An unseen history has row -1, and below row 0 there are no keys.
        rows = search(level.keys, rows * size + held_out[starts + order - 1])
        yield float(np.count_nonzero(rows < 0) / len(rows)) if len(rows) else math.nan


def power_of_ten(base: int, exponent: int) -> tuple[float, int]:
    """`base ** exponent` as a mantissa from 1 to below 10 and a power: 8000^100 is 2.04e390."""
    logarithm = exponent * math.log10(base)
    if logarithm > EXACT_DIGITS:
        return 10 ** (logarithm % 1), int(logarithm)
    digits = str(base**exponent)  # exact
    # Sixteen of them: with more, a number just below a power of ten rounds up to 10.
    return float(f"{digits[0]}.{digits[1:16] or 0}"), len(digits) - 1


def written_power(base: int, exponent: int) -> str:
    """The same in a few cells: `2.0e390`; small numbers in full."""
    if exponent * math.log10(base) < 10 and base**exponent < 10**9:
        return f"{base**exponent:,}"
    mantissa, power = power_of_ten(base, exponent)
    rounded = f"{mantissa:.1f}"
    return f"1.0e{power + 1}" if rounded == "10.0" else f"{rounded}e{power}"
