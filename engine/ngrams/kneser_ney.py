"""Estimators that take a fixed amount off each count and give it to the lower order.

Their one formula, with counts a that differ between them:

    P(w | h) = (a(h w) - D) / sum_v a(h v)  +  left(h) P(w | h')
    left(h)  = sum of the D that were taken / sum_v a(h v)
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.errors import UserMessage
from seqtui.engine.ngrams.backoff import Boundaries, Floats
from seqtui.engine.ngrams.counts import NgramCounts
from seqtui.engine.ngrams.estimation import (
    Estimator,
    Shares,
    Spelling,
    Tally,
    Term,
    spell_lower,
    spell_sum,
    spell_unseen_history,
    tally_of,
)

FALLBACK = (0.5, 1.0, 1.5)
"""D_1, D_2, D_3+ where the counts of counts give none: those of lmplz --discount_fallback."""
SINGLE_FALLBACK = 0.75
"""D where no n-gram of an order occurs once, or none twice."""


def counts_of_counts(counts: NDArray[np.int64], upto: int) -> list[int]:
    """n_1 .. n_upto: how many n-grams occur once, twice and so on."""
    return [int(n) for n in np.bincount(counts[counts <= upto], minlength=upto + 1)[1:]]


def continuation_tally(counted: NgramCounts, order: int, boundaries: Boundaries | None) -> Tally:
    """Kneser and Ney's counts: below the highest order, how many different ids precede.

    N-grams that begin with `<s>` can have nothing before them and keep their counts; the start
    of a stream counts as one more thing that can precede.
    """
    if order == counted.order:
        return tally_of(counted, order, boundaries, counted.levels[-1].counts)
    level = counted.levels[order - 1]
    counts = np.bincount(counted.suffixes[order], minlength=len(level.keys))
    if boundaries is None:
        counts[np.flatnonzero(level.first == 0)] += 1
    else:
        opening = counted.first_ids[order - 1] == boundaries.begin
        counts = np.where(opening, level.counts, counts)
    return tally_of(counted, order, boundaries, counts)


class AbsoluteDiscounting(Estimator):
    """One discount D for all counts of an order, D = n_1 / (n_1 + 2 n_2).

    Ney, Essen and Kneser, On structuring probabilistic dependences in stochastic language
    modelling (1994); interpolated as in Chen and Goodman (1998), section 2.6.
    """

    name: ClassVar[str] = "absolute-discounting"

    def shares(self, tally: Tally, lower: Floats) -> Shares:
        """D off each count."""
        return _with_one_discount(tally)

    def spell(self, term: Term, types: int) -> Spelling:
        """(c(h w) − D) / c(h ·) + λ(h) P(w | h′)."""
        return _spell_discounted(term)


class KneserNey(Estimator):
    """Absolute discounting whose lower orders count what precedes, not how often.

    Kneser and Ney, Improved backing-off for m-gram language modeling (1995); interpolated as in
    Chen and Goodman (1998), section 2.7.
    """

    name: ClassVar[str] = "kneser-ney"
    counts_predecessors: ClassVar[bool] = True

    def tally(self, counted: NgramCounts, order: int, boundaries: Boundaries | None) -> Tally:
        """Counts at the highest order, numbers of different predecessors below."""
        return continuation_tally(counted, order, boundaries)

    def shares(self, tally: Tally, lower: Floats) -> Shares:
        """D off each count."""
        return _with_one_discount(tally)

    def spell(self, term: Term, types: int) -> Spelling:
        """(c(h w) − D) / c(h ·) + λ(h) P(w | h′)."""
        return _spell_discounted(term)


class ModifiedKneserNey(Estimator):
    """Kneser-Ney with discounts of their own for counts of 1, of 2, and of 3 and more.

    Chen and Goodman, An Empirical Study of Smoothing Techniques for Language Modeling (1998),
    section 3: with Y = n_1 / (n_1 + 2 n_2), D_i = i - (i+1) Y n_{i+1} / n_i. `FALLBACK` holds for
    an order where n_1, n_2 or n_3 is 0, or a D_i is not above 0; n_4 = 0 makes D_3 = 3.
    """

    name: ClassVar[str] = "modified-kneser-ney"
    counts_predecessors: ClassVar[bool] = True

    def tally(self, counted: NgramCounts, order: int, boundaries: Boundaries | None) -> Tally:
        """Counts at the highest order, numbers of different predecessors below."""
        return continuation_tally(counted, order, boundaries)

    def shares(self, tally: Tally, lower: Floats) -> Shares:
        """D_1, D_2 or D_3 off each count."""
        n = counts_of_counts(tally.counts, 4)
        found = modified_discounts(n)
        if found is None:
            return discounted_shares(tally, FALLBACK, _fallback_note(tally, n, FALLBACK))
        return discounted_shares(tally, found)

    def spell(self, term: Term, types: int) -> Spelling:
        """(c(h w) − D) / c(h ·) + λ(h) P(w | h′), with the D of this count."""
        return _spell_discounted(term)


def modified_discounts(n: list[int]) -> tuple[float, float, float] | None:
    """Chen and Goodman's D_1, D_2, D_3+ from n_1 .. n_4, None where these do not give any.

    They give none where n_1, n_2 or n_3 is 0, and none that is not above 0. n_4 divides nothing.
    """
    if 0 in n[:3]:
        return None
    y = n[0] / (n[0] + 2 * n[1])
    found = [i - (i + 1) * y * n[i] / n[i - 1] for i in (1, 2, 3)]
    # lmplz takes a discount of 0, too; after a history of such counts alone unseen ids would
    # then be impossible. None is above i: what is subtracted from i is not negative.
    if min(found) <= 0:
        return None
    return found[0], found[1], found[2]


def discounted_shares(
    tally: Tally, discounts: tuple[float, ...], note: UserMessage | None = None
) -> Shares:
    """Take D_c off each count c, the last D off all higher counts."""
    by_count = np.array([0.0, *discounts])
    taken = by_count[np.minimum(tally.counts, len(discounts))]
    totals = np.where(tally.totals > 0, tally.totals, 1.0)
    direct = (tally.counts - taken) / totals[tally.parents]
    return Shares(direct, tally.by_history(taken) / totals, discounts, note)


def _with_one_discount(tally: Tally) -> Shares:
    once, twice = n = counts_of_counts(tally.counts, 2)
    if once == 0 or twice == 0:
        note = _fallback_note(tally, n, (SINGLE_FALLBACK,))
        return discounted_shares(tally, (SINGLE_FALLBACK,), note)
    return discounted_shares(tally, (once / (once + 2 * twice),))


def _fallback_note(tally: Tally, n: list[int], discounts: tuple[float, ...]) -> UserMessage:
    return UserMessage(
        "{order}-grams: the counts of counts {counts} allow no discount; took {discounts}",
        order=tally.order,
        counts=" ".join(f"n_{times}={each:,}" for times, each in enumerate(n, 1)),
        discounts=", ".join(f"{each:g}" for each in discounts),
    )


def _spell_discounted(term: Term) -> Spelling:
    if not term.history_count:
        return spell_unseen_history(term)
    if not term.count:
        return spell_lower(term, "λ(h)")
    spelling = spell_sum(
        term,
        f"({term.count_symbol} − D) / {term.history_symbol}",
        "λ(h)",
        "({count} − {discount}) / {total}",
        discount=term.count - term.direct * term.history_count,
    )
    return replace(spelling, of_predecessors=term.of_predecessors)
