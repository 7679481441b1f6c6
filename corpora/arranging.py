"""Ids in the order a model reads them: forward, reversed or shuffled; one stream, or line by line.

The chain rule holds in any direction, so a model of the reversed text gives a text the same kind
of probability as one of the text itself. A shuffled text keeps its unigrams and loses its order.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.tokenizing import detokenize
from seqtui.corpora.vocabulary import BEGIN, END, Vocabulary

Ids = NDArray[np.int32]

SHUFFLING_SEED = 0
"""One text has one shuffled order, so that all models meet the same."""


def arrange(
    ids: Ids, line_starts: NDArray[np.int64], vocabulary: Vocabulary, options: CorpusOptions
) -> Ids:
    """The ids of a text as a model reads them.

    With `boundaries` line each line becomes `<s> … </s>`, in place of its line end. Reversing
    reverses the lines too. Lines of a shuffled text keep their lengths.
    """
    by_line = options.boundaries == "line"
    if by_line:
        ids, line_starts = _without_line_ends(ids, line_starts, vocabulary)
    if options.text_order == "reversed":
        ends = np.append(line_starts[1:], len(ids))
        ids, line_starts = np.ascontiguousarray(ids[::-1]), (len(ids) - ends)[::-1]
    elif options.text_order == "shuffled":
        ids = np.random.default_rng(SHUFFLING_SEED).permutation(ids)
    return _marked(ids, line_starts, vocabulary) if by_line else ids


def arrange_prefix(
    ids: Ids, line_starts: NDArray[np.int64], vocabulary: Vocabulary, options: CorpusOptions
) -> Ids:
    """The same for a text that is to be gone on with: not shuffled, its last line left open."""
    if options.text_order == "reversed":
        ids = np.ascontiguousarray(ids[::-1])
    if options.boundaries == "line" and len(ids):
        ids, line_starts = _without_line_ends(ids, line_starts, vocabulary)
        ids = _marked(ids, line_starts, vocabulary)[:-1]
    return ids


def text_of_tokens(tokens: Sequence[str], options: CorpusOptions) -> str:
    """The text that tokens make; `</s>` ends a line where lines have boundaries."""
    if options.boundaries == "stream":
        return detokenize(tokens, options.tokenizer)
    pieces = []
    for is_end, run in groupby((each for each in tokens if each != BEGIN), END.__eq__):
        several = list(run)
        pieces.append("\n" * len(several) if is_end else detokenize(several, options.tokenizer))
    return "".join(pieces)


def _without_line_ends(
    ids: Ids, line_starts: NDArray[np.int64], vocabulary: Vocabulary
) -> tuple[Ids, NDArray[np.int64]]:
    line_starts = np.union1d([0], line_starts)  # a part may begin inside a line
    newline = vocabulary.id_of("\n")
    if newline is not None:
        kept = ids != newline
        line_starts = np.concatenate(([0], np.cumsum(kept)))[line_starts]
        ids = ids[kept]
    return ids, np.unique(line_starts[line_starts < len(ids)])


def _marked(ids: Ids, line_starts: NDArray[np.int64], vocabulary: Vocabulary) -> Ids:
    begin, end = vocabulary.id_of(BEGIN), vocabulary.id_of(END)
    assert begin is not None
    assert end is not None
    lengths = np.diff(line_starts, append=len(ids))
    line = np.repeat(np.arange(len(line_starts)), lengths)
    marked = np.full(len(ids) + 2 * len(line_starts), begin, dtype=np.int32)
    marked[np.arange(len(ids)) + 2 * line + 1] = ids
    marked[np.cumsum(lengths + 2) - 1] = end
    return marked
