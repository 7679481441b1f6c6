"""Relative frequencies, as they are or with something added to each count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqtui.engine.backoff import Boundaries, Floats, Shares, Tally, raw_tally
from seqtui.engine.counts import NgramCounts


@dataclass(frozen=True, slots=True)
class MaximumLikelihood:
    """P(w | h) = c(h w) / c(h ·): what was not seen is impossible, after an unseen h all is.

    Jurafsky and Martin, Speech and Language Processing (3rd ed. draft), section 3.1.2.
    """

    name = "mle"
    interpolated = False
    skips = True
    unseen = 0.0
    normalised = True

    def tally(self, counted: NgramCounts, order: int, boundaries: Boundaries | None) -> Tally:
        """The counts as they are."""
        return raw_tally(counted, order, boundaries)

    def shares(self, tally: Tally, lower: Floats) -> Shares:
        """All of it to what was seen."""
        return Shares(_ratio(tally.counts, tally.totals[tally.parents]), np.zeros(tally.histories))


@dataclass(frozen=True, slots=True)
class AddK:
    """P(w | h) = (c(h w) + k) / (c(h ·) + k |V|); k = 1 is Laplace's law of succession.

    Jurafsky and Martin, Speech and Language Processing (3rd ed. draft), section 3.6. c(h ·) counts
    h as a history: where h ends the text it has no successor.
    """

    k: float = 1.0
    name = "add-k"
    interpolated = False
    skips = True
    unseen = 1.0
    normalised = True

    def tally(self, counted: NgramCounts, order: int, boundaries: Boundaries | None) -> Tally:
        """The counts as they are."""
        return raw_tally(counted, order, boundaries)

    def shares(self, tally: Tally, lower: Floats) -> Shares:
        """k |V| of c(h ·) + k |V| is the uniform law's."""
        return additive_shares(tally, self.k)


def additive_shares(tally: Tally, k: float) -> Shares:
    """Shares of counts to each of which k is added."""
    added = k * tally.types
    totals = tally.totals + added
    return Shares((tally.counts + k) / totals[tally.parents], added / totals)


def _ratio(part: Floats | np.ndarray, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
