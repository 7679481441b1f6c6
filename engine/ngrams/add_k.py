"""Relative frequencies, as they are or with something added to each count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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
    spell_unseen_history,
)

_GOLDEN = (5**0.5 - 1) / 2
_NARROWINGS = 40
_LEAST, _MOST = -12.0, 4.0
"""Bounds of ln k between which Lidstone's constant is looked for."""
_TRIED = 33
"""Values of ln k, half a unit apart, among which the likelihood's highest peak is found."""
_SAME = 1e-9
"""Nats an occurrence by which likelihoods differ that are the same but for rounding."""


class MaximumLikelihood(Estimator):
    """P(w | h) = c(h w) / c(h ·): what was not seen is impossible; after an unseen h everything is.

    Jurafsky and Martin, Speech and Language Processing (3rd ed. draft), section 3.1.2.
    """

    name: ClassVar[str] = "mle"
    interpolated: ClassVar[bool] = False
    skips: ClassVar[bool] = True

    @property
    def unseen(self) -> float:
        """0: nothing is possible."""
        return 0.0

    def shares(self, tally: Tally, lower: Floats) -> Shares:
        """All of it to what was seen."""
        return Shares(relative_frequencies(tally), np.zeros(tally.histories))

    def spell(self, term: Term, types: int) -> Spelling:
        """c(h w) / c(h ·)."""
        if not term.history_count:
            return spell_unseen_history(term)
        values = {"count": term.count, "total": term.history_count}
        return Spelling(f"c(h w) / {term.history_symbol}", "{count} / {total}", values)


class AddK(Estimator):
    """P(w | h) = (c(h w) + k) / (c(h ·) + k |V|); k = 1 is Laplace's law of succession.

    Jurafsky and Martin, Speech and Language Processing (3rd ed. draft), section 3.6. c(h ·) counts
    h as a history: where h ends the text it has no successor.
    """

    name: ClassVar[str] = "add-k"
    interpolated: ClassVar[bool] = False
    skips: ClassVar[bool] = True

    def __init__(self, k: float = 1.0) -> None:
        self.k = k

    @property
    def parameters(self) -> tuple[float, ...]:
        """k."""
        return (self.k,)

    def shares(self, tally: Tally, lower: Floats) -> Shares:
        """k |V| of c(h ·) + k |V| goes to the uniform distribution."""
        return _additive(tally, self.k)

    def spell(self, term: Term, types: int) -> Spelling:
        """(c(h w) + k) / (c(h ·) + k |V|)."""
        return _spell_additive(term, self.k, types)


class Lidstone(Estimator):
    """Add-k whose k is estimated for each order, by leaving one out.

    k makes sum over all occurrences of ln((c(h w) - 1 + k) / (c(h ·) - 1 + k |V|)) as large as it
    gets: how likely each occurrence would be had it alone not been counted. Lidstone, Note on
    the general case of the Bayes-Laplace formula (1920); leaving one out as in Ney, Essen and
    Kneser (1995). Looked for from e^-12 to e^4; where all k are equally likely (every n-gram and
    every history occurs once) k is 1, and where many are, the one of them nearest to 1.
    """

    name: ClassVar[str] = "lidstone"
    interpolated: ClassVar[bool] = False
    skips: ClassVar[bool] = True

    def shares(self, tally: Tally, lower: Floats) -> Shares:
        """As add-k, with this order's k."""
        k, note = left_out_k(tally)
        return replace(_additive(tally, k), note=note)

    def spell(self, term: Term, types: int) -> Spelling:
        """As add-k: this order's k follows from what it leaves, k |V| / (c(h ·) + k |V|)."""
        # After a history that never occurred any k gives the uniform distribution.
        k = 1.0 if term.left == 1 else term.history_count * term.left / (1 - term.left) / types
        return _spell_additive(term, k, types)


def left_out_k(tally: Tally) -> tuple[float, UserMessage | None]:
    """The likeliest k for each occurrence given all others; a note where none stands out.

    The likelihood may have several peaks: the highest of a coarse search is refined.
    """
    # Equal counts give equal terms: a few hundred of them represent millions of n-grams.
    values, times = np.unique(tally.counts[tally.counts > 0], return_counts=True)
    totals, histories = np.unique(tally.totals[tally.totals > 0], return_counts=True)
    occurrences, successors = times * values, histories * totals

    def likelihood(log_k: float) -> float:
        k = np.exp(log_k)
        seen = occurrences @ np.log(values - 1 + k)
        return float(seen - successors @ np.log(totals - 1 + k * tally.types))

    tried = np.linspace(_LEAST, _MOST, _TRIED)
    found = np.array([likelihood(each) for each in tried])
    same = tried[found >= found.max() - _SAME * occurrences.sum()]
    if len(same) > 2:  # two can lie on the sides of a peak
        k = float(np.exp(min(same, key=abs)))
        return k, UserMessage(
            "{order}-grams: leaving one out finds all k from {low} to {high} equally likely; "
            "took {k}",
            order=tally.order,
            low=f"{np.exp(same[0]):.2g}",
            high=f"{np.exp(same[-1]):.2g}",
            k=f"{k:.3g}",
        )
    peak = int(found.argmax())
    log_k = _peak(likelihood, tried[max(peak - 1, 0)], tried[min(peak + 1, _TRIED - 1)])
    if peak in (0, _TRIED - 1) and found[peak] >= likelihood(log_k):
        log_k = tried[peak]
        return float(np.exp(log_k)), UserMessage(
            "{order}-grams: leaving one out finds a k of {k}, a bound of the search: beyond it "
            "the text would be likelier still",
            order=tally.order,
            k=f"{np.exp(log_k):.2g}",
        )
    return float(np.exp(log_k)), None


def _peak(likelihood: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one peak between two bounds is highest, by golden sections."""
    for _ in range(_NARROWINGS):
        inner = (high - low) * _GOLDEN
        if likelihood(high - inner) < likelihood(low + inner):
            low = high - inner
        else:
            high = low + inner
    return (low + high) / 2


def relative_frequencies(tally: Tally) -> Floats:
    """c(h w) / c(h ·), `[distinct]`; 0 for `<s>` alone."""
    totals = tally.totals[tally.parents]
    found: Floats = np.divide(
        tally.counts, totals, out=np.zeros(len(totals)), where=totals > 0, dtype=np.float64
    )
    return found


def _additive(tally: Tally, k: float) -> Shares:
    added = k * tally.types
    totals = tally.totals + added
    return Shares((tally.counts + k) / totals[tally.parents], added / totals, (k,))


def _spell_additive(term: Term, k: float, types: int) -> Spelling:
    return Spelling(
        f"(c(h w) + k) / ({term.history_symbol} + k |V|)",
        "({count} + {k}) / ({total} + {k} × {types})",
        {"count": term.count, "total": term.history_count, "k": k, "types": types},
    )
