"""The damage that smoothing does: the counts its probabilities amount to, and moved mass.

Jurafsky and Martin, Speech and Language Processing (3rd ed. draft), section 3.6: the reconstituted
count c*(h w) = P(w | h) c(h ·) is compared with c(h w); what seen n-grams lose, unseen ones gain.
"""

from __future__ import annotations

import numpy as np

from seqtui.engine.ngrams.model import NgramModel


def reconstituted_count(probability: float, history_count: int) -> float:
    """c*(h w): how often h w would have occurred under the smoothed distribution."""
    return probability * history_count


def moved_mass(model: NgramModel) -> tuple[float, ...]:
    """For each order, the share of the probability mass that is given to unseen n-grams.

    The mean over the histories of the training text, each as often as something follows it. 0 for
    relative frequencies.
    """
    moved = []
    histories = 1
    for order, level in enumerate(model.counted.levels, 1):
        parents = model.counted.parents[order - 1]
        # `<s>` occurs and is never predicted: it takes no part.
        predicted = np.isfinite(model.table.log_probs[order - 1])
        counts = np.where(predicted, level.counts, 0)
        followed = np.bincount(parents, counts, minlength=histories)
        seen = np.bincount(parents, np.exp(model.table.log_probs[order - 1]), minlength=histories)
        total = followed.sum()
        moved.append(float(followed @ (1 - seen) / total) if total else 0.0)
        histories = len(level.keys)
    return tuple(moved)
