"""Leaving out rare n-grams: a smaller model, whose rare events come from shorter histories.

Stolcke, Entropy-based pruning of backoff language models (1998), compares ways to choose; this is
the plain one by counts. Discounts are estimated before anything is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from seqtui.corpora.errors import InputError
from seqtui.engine.ngrams.backoff import Table
from seqtui.engine.ngrams.counts import Level, NgramCounts
from seqtui.engine.ngrams.estimation import Estimator


@dataclass(frozen=True, slots=True)
class Pruning:
    """What is known of the whole text beside the n-grams that were kept of it."""

    least: tuple[int, ...]
    """Of each order: what occurs fewer times was left out."""
    ending: tuple[int, ...] = ()
    """The last n-1 ids of a stream: nothing follows this history, or a shorter end of it, there."""
    moved: tuple[float, ...] = ()
    """For each order the share of the mass that goes to n-grams never seen; none: not known."""


def pruning_shown_by(counted: NgramCounts, end: int | None) -> Pruning | None:
    """What the counts themselves show of a pruning, of which nothing else was kept.

    An order is pruned where its n-grams do not continue as many occurrences as the order below
    has, but for the one that ends the text; `end` is the id of `</s>`, which nothing follows.
    """
    least = [1]
    for below, level in zip(counted.levels, counted.levels[1:], strict=False):
        ended = 1
        if end is not None:
            ended = int(below.counts[below.keys % counted.vocabulary_size == end].sum())
        lost = int(below.counts.sum()) - ended > int(level.counts.sum())
        # Where none is left, or a shorter one was left out, at least those that occur once went.
        seen = int(level.counts.min(initial=2)) if lost or least[-1] > 1 else 1
        least.append(max(seen, least[-1]))
    return Pruning(tuple(least)) if least[-1] > 1 else None


def check_least(least: Sequence[int], order: int, estimator: Estimator) -> None:
    """Raise InputError for counts that cannot be the least of each order.

    A longer n-gram is never kept without the shorter ones in it, so they may not fall.
    """
    shown = ",".join(map(str, least))
    if len(least) > order:
        raise InputError(
            "--min-count {min_count}: {count} counts for an order of {order}",
            option="min_count",
            min_count=shown,
            count=len(least),
            order=order,
        )
    if any(each < 1 for each in least) or sorted(least) != list(least):
        raise InputError(
            "--min-count {min_count}: each must be at least 1 and none below the one before it",
            option="min_count",
            min_count=shown,
        )
    if least[:1] not in ((), (1,), [], [1]):
        raise InputError(
            "--min-count {min_count}: single tokens stay (the first must be 1); see --min-freq",
            option="min_count",
            min_count=shown,
        )
    if max(least, default=1) > 1 and (estimator.skips or not estimator.normalised):
        raise InputError(
            "--min-count {min_count}: --smoothing {smoothing} has no shorter history to fall back "
            "on; take another, such as modified-kneser-ney",
            option="min_count",
            min_count=shown,
            smoothing=estimator.name,
        )


def prune(counted: NgramCounts, table: Table, least: Sequence[int]) -> tuple[NgramCounts, Table]:
    """Counts and probabilities of the n-grams that occur often enough, `least[n-1]` for order n."""
    levels: list[Level] = []
    log_probs, log_left = [], [table.log_left[0]]
    below = np.zeros(1, dtype=np.int32)  # new rows of the level below, by old ones
    for number, level in enumerate(counted.levels):
        wanted = least[number] if number < len(least) else 1
        kept = level.counts >= wanted
        parents = below[counted.parents[number][kept]]
        last = level.keys[kept] % counted.vocabulary_size
        suffixes = below[counted.suffixes[number][kept]]
        levels.append(
            Level(
                parents.astype(np.int64) * counted.vocabulary_size + last,
                level.counts[kept],
                level.first[kept],
                parents,
                suffixes,
            )
        )
        log_probs.append(table.log_probs[number][kept])
        if number + 1 < table.order:
            log_left.append(table.log_left[number + 1][kept])
        below = (np.cumsum(kept) - 1).astype(np.int32)
    pruned = replace(
        table,
        keys=tuple(level.keys for level in levels),
        log_probs=tuple(log_probs),
        log_left=tuple(log_left),
    )
    return NgramCounts(counted.vocabulary_size, tuple(levels)), pruned
