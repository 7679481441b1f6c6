"""Katz's back-off: Good and Turing's discounts, and what they free for what was not seen."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from seqtui.corpora.errors import UserMessage
from seqtui.engine.ngrams.backoff import Floats
from seqtui.engine.ngrams.estimation import (
    Estimator,
    Shares,
    Spelling,
    Tally,
    Term,
    spell_lower,
    spell_unseen_history,
)
from seqtui.engine.ngrams.kneser_ney import counts_of_counts

HIGHEST_DISCOUNTED = 5
"""Counts above it are taken as reliable."""
_NEGLIGIBLE = 1e-12
"""A smaller share is the rounding of nothing."""


class Katz(Estimator):
    """P(w | h) = d_c c(h w) / c(h ·) if h w was seen, else a(h) P(w | h').

    With r* = (r + 1) n_{r+1} / n_r (Good, 1953) and q = 6 n_6 / n_1, d_r = (r*/r - q) / (1 - q) for
    r up to 5, and 1 above; a(h) makes the probabilities sum to 1. Katz, Estimation of probabilities
    from sparse data for the language model component of a speech recognizer (1987).

    Where the counts of counts give no d_r between 0 and 1 that count is not discounted; a history
    that then leaves nothing is given one more occurrence, of something new.
    """

    name: ClassVar[str] = "katz"
    interpolated: ClassVar[bool] = False

    def shares(self, tally: Tally, lower: Floats) -> Shares:
        """Discount, then spread what is left over the unseen in proportion to the lower order."""
        discounts, failed = good_turing_discounts(tally)
        by_count = np.array([0.0, *discounts, 1.0])
        kept = by_count[np.minimum(tally.counts, HIGHEST_DISCOUNTED + 1)] * tally.counts
        freed = tally.totals - tally.by_history(kept)
        unseen = 1 - tally.by_history(np.where(tally.counts > 0, lower, 0.0))
        # Three kinds of history. Every id was seen: nothing is to be freed, and what is kept is
        # scaled back to 1. Nothing was discounted: one more occurrence, of something new. All
        # others: what the discounts freed goes to the unseen ids.
        exhausted = unseen < _NEGLIGIBLE
        undiscounted = ~exhausted & (freed < _NEGLIGIBLE)
        totals = tally.totals - np.where(exhausted, freed, 0.0) + undiscounted
        direct = kept / totals[tally.parents]
        mass = np.where(exhausted, 0.0, 1 - tally.by_history(direct))
        left = np.divide(mass, unseen, out=np.zeros(len(mass)), where=~exhausted)
        note = None
        if failed:
            note = UserMessage(
                "{order}-grams: the counts of counts give no discount for counts {counts}",
                order=tally.order,
                counts=", ".join(map(str, failed)),
            )
        return Shares(direct, left, discounts, note)

    def spell(self, term: Term, types: int) -> Spelling:
        """d c(h w) / c(h ·) where h w was seen, else α(h) P(w | h′)."""
        return spell_backoff(term)


def good_turing_discounts(tally: Tally) -> tuple[tuple[float, ...], list[int]]:
    """d_1 .. d_5, and the counts for which there is none, so that it is 1."""
    n = counts_of_counts(tally.counts, HIGHEST_DISCOUNTED + 1)
    beyond = (HIGHEST_DISCOUNTED + 1) * n[HIGHEST_DISCOUNTED] / n[0] if n[0] else 1.0
    discounts, failed = [], []
    for r in range(1, HIGHEST_DISCOUNTED + 1):
        discount = 1.0
        if n[r - 1] and n[r] and beyond < 1:
            discount = ((r + 1) * n[r] / (r * n[r - 1]) - beyond) / (1 - beyond)
        if not 0 < discount < 1:
            discount = 1.0
            failed.append(r)
        discounts.append(discount)
    return tuple(discounts), failed


def spell_backoff(term: Term) -> Spelling:
    """Relative frequencies of what was seen, discounted by d; the lower order for the rest."""
    if not term.history_count:
        return spell_unseen_history(term)
    if not term.count:
        return spell_lower(term, "α(h)")
    discount = term.direct * term.history_count / term.count
    return Spelling(
        f"d c(h w) / {term.history_symbol}",
        "{d} × {count} / {total}",
        {"d": discount, "count": term.count, "total": term.history_count},
    )
