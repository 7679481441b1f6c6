"""The damage that smoothing does: the counts its probabilities amount to, and moved mass.

Jurafsky and Martin, Speech and Language Processing (3rd ed. draft), section 3.6: the reconstituted
count c*(h w) = P(w | h) c(h ·) is compared with c(h w); what seen n-grams lose, unseen ones gain.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqtui.engine.ngrams.backoff import Table
from seqtui.engine.ngrams.counts import NgramCounts


def reconstituted_count(probability: float, history_count: int) -> float:
    """c*(h w): how often h w would have occurred under the smoothed distribution."""
    return probability * history_count


def moved_mass(counted: NgramCounts, table: Table, least: Sequence[int] = ()) -> tuple[float, ...]:
    """For each order, the share of the probability mass that goes to n-grams never seen.

    The mean over the histories of the training text, each as often as something follows it. 0 for
    relative frequencies. `counted` holds all n-grams of the text and `table` has their rows;
    those that occur fewer than `least[n-1]` times were seen, but are left to the lower order.
    """
    moved = []
    histories = 1
    lower = np.exp(table.log_lowest)[counted.levels[0].keys]
    for order, level in enumerate(counted.levels, 1):
        parents = counted.parents[order - 1]
        probabilities = np.exp(table.log_probs[order - 1])
        if order <= len(least):
            if order > 1:
                lower = lower[counted.suffixes[order - 1]]
            shared = np.exp(table.log_left[order - 1])[parents] * lower
            probabilities = np.where(level.counts < least[order - 1], shared, probabilities)
        counts = level.counts
        if order == 1 and table.boundaries is not None:
            # `<s>` occurs and is never predicted: it takes no part.
            counts = np.where(level.keys == table.boundaries.begin, 0, counts)
        followed = np.bincount(parents, counts, minlength=histories)
        seen = np.bincount(parents, probabilities, minlength=histories)
        total = followed.sum()
        moved.append(float(followed @ (1 - seen) / total) if total else 0.0)
        histories, lower = len(level.keys), probabilities
    return tuple(moved)
