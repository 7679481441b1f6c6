"""Scores of the same targets with exactly c tokens before each, in blocks of c, and with all.

Exactly c: every target is predicted from the c tokens before it and from nothing else. Blocks: the
text is cut into blocks of c targets and the model starts anew at each, so that its contexts are 1
to c tokens long; their mean mixes all of these, and goes on falling long after longer contexts
have stopped helping.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np

from seqtui.corpora.progress import OnProgress, report
from seqtui.engine.ngrams.backoff import BackoffModel
from seqtui.engine.protocol import Ids, LanguageModel, LogProbs

ROWS = 250
"""Contexts read at a time where a model reads each of them from its start."""


@runtime_checkable
class ReadsRows(Protocol):
    """A model that reads many short texts at once, as networks do."""

    def score_rows(self, rows: Ids) -> LogProbs:
        """ln P of `rows[:, 1:]`, each row from the model's beginning, `[rows, steps]`."""
        ...


def exactly(
    model: LanguageModel, ids: Ids, first: int, c: int, on_progress: OnProgress | None = None
) -> LogProbs:
    """ln P(w_t | w_{t-c} … w_{t-1}) in nats for t = first … the last, `[targets]`.

    `first` is at least `c`. NaN for `<s>`, which is never predicted. Raises Cancelled.
    """
    assert 1 <= c <= first
    if isinstance(model, BackoffModel):
        return _shortened(model, c).table.score(ids, first)
    windows = np.lib.stride_tricks.sliding_window_view(ids[first - c :], c + 1)
    pieces = []
    for start in range(0, len(windows), ROWS):
        report(on_progress, start, len(windows))
        pieces.append(_ends(model, windows[start : start + ROWS]))
    return np.concatenate(pieces)


def in_blocks(
    model: LanguageModel, ids: Ids, first: int, c: int, on_progress: OnProgress | None = None
) -> LogProbs:
    """The same targets in blocks of c, the model anew at each block, `[targets]`, nats.

    The k-th target of a block is given the k tokens of it that come before. Raises Cancelled.
    """
    total = len(ids) - first
    if isinstance(model, BackoffModel):
        scores, place = np.empty(total), np.arange(total) % c
        for k in range(1, min(c, max(model.order - 1, 1)) + 1):
            # Beyond n-1 a longer context is the same one to the model.
            here = place >= k - 1
            scores[here] = _shortened(model, k).table.score(ids, first)[here]
        return scores
    pieces = []
    whole = total // c
    rows = np.lib.stride_tricks.sliding_window_view(ids[first - 1 :], c + 1)[::c][:whole]
    step = max(1, ROWS * 8 // c)
    for start in range(0, whole, step):
        report(on_progress, start, whole)
        pieces.append(_all_of(model, rows[start : start + step]).ravel())
    if total % c:
        pieces.append(_all_of(model, ids[first - 1 + whole * c :][None]).ravel())
    return np.concatenate(pieces)


def with_all(
    model: LanguageModel, ids: Ids, first: int, on_progress: OnProgress | None = None
) -> LogProbs:
    """The same targets, each given everything before it in `ids`, `[targets]`, nats.

    Raises Cancelled.
    """
    if isinstance(model, BackoffModel):
        return model.table.score(ids, first)
    pieces, done = [], 0
    for piece in model.score(ids):
        pieces.append(piece)
        done += len(piece)
        report(on_progress, done, len(ids) - 1)
    return np.concatenate(pieces)[first - 1 :]


def _shortened(model: BackoffModel, c: int) -> BackoffModel:
    """The model with histories of at most c ids: the recursion of its table, ended there."""
    table, upto = model.table, c + 1
    return BackoffModel(
        replace(
            table,
            keys=table.keys[:upto],
            log_probs=table.log_probs[:upto],
            log_left=table.log_left[:upto],
        )
    )


def _ends(model: LanguageModel, windows: Ids) -> LogProbs:
    """ln P of the last id of each row given the rest of it, `[rows]`."""
    if isinstance(model, ReadsRows):
        return model.score_rows(windows)[:, -1]
    return np.array([model.start(row[:-1]).log_probs[row[-1]] for row in windows])


def _all_of(model: LanguageModel, rows: Ids) -> LogProbs:
    """ln P of each id of each row but the first, given those before it there."""
    if isinstance(model, ReadsRows):
        return model.score_rows(rows)
    return np.array([np.concatenate(list(model.score(row))) for row in rows])
