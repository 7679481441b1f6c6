"""Ids in the order a model reads them: forward, reversed or shuffled; one stream, or line by line.

The chain rule holds in any direction, so a model of the reversed text gives a text the same kind
of probability as one of the text itself. A shuffled text keeps its unigrams and loses its order.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.options import BY_WORDS, CorpusOptions
from seqtui.corpora.tokenizing import detokenize
from seqtui.corpora.vocabulary import BEGIN, END, LINE_END, Vocabulary

Ids = NDArray[np.int32]

SHUFFLING_SEED = 0
"""One text has one shuffled order, so that all models meet the same."""


def arrange(
    ids: Ids, line_starts: NDArray[np.int64], vocabulary: Vocabulary, options: CorpusOptions
) -> Ids:
    """The ids of a text as a model reads them.

    With `boundaries` line each sentence becomes `<s> … </s>`. A line end, `<s>` and `</s>` in the
    text all begin or end a sentence where they stand; one without a token is none. Reversing
    reverses the sentences too. Those of a shuffled text keep their lengths.
    """
    by_line = options.boundaries == "line"
    if by_line:
        ids, line_starts = _sentences(ids, line_starts, vocabulary)
    if options.text_order == "reversed":
        ids, line_starts = _reversed(ids, line_starts)
    elif options.text_order == "shuffled":
        ids = np.random.default_rng(SHUFFLING_SEED).permutation(ids)
    return _marked(ids, line_starts, vocabulary) if by_line else ids


def arrange_prefix(
    ids: Ids, line_starts: NDArray[np.int64], vocabulary: Vocabulary, options: CorpusOptions
) -> Ids:
    """The same for a text that is to be gone on with: not shuffled, its last line left open.

    A `</s>` that was typed at its end closes it.
    """
    if options.boundaries != "line" or not len(ids):
        return _reversed(ids, line_starts)[0] if options.text_order == "reversed" else ids
    sentences, line_starts = _sentences(ids, line_starts, vocabulary)
    if options.text_order == "reversed":
        sentences, line_starts = _reversed(sentences, line_starts)
    marked = _marked(sentences, line_starts, vocabulary)
    typed_end = options.tokenizer in BY_WORDS and ids[-1] == vocabulary.id_of(END)
    return marked if typed_end and options.text_order == "forward" else marked[:-1]


def text_of_tokens(tokens: Sequence[str], options: CorpusOptions) -> str:
    """The text that tokens make; `</s>` ends a line where lines have boundaries."""
    if options.boundaries == "stream":
        return detokenize(tokens, options.tokenizer)
    pieces = []
    for is_end, run in groupby((each for each in tokens if each != BEGIN), END.__eq__):
        several = list(run)
        pieces.append("\n" * len(several) if is_end else detokenize(several, options.tokenizer))
    return "".join(pieces)


def _sentences(
    ids: Ids, line_starts: NDArray[np.int64], vocabulary: Vocabulary
) -> tuple[Ids, NDArray[np.int64]]:
    """The ids without line ends and marks, and where each sentence starts among them."""
    starts = np.union1d([0], line_starts)  # a part may begin inside a line
    if vocabulary.doubles_marks:
        newline = vocabulary.id_of(LINE_END)
        marks = np.zeros(len(ids), dtype=np.bool_) if newline is None else ids == newline
    else:
        marks = (ids == vocabulary.id_of(BEGIN)) | (ids == vocabulary.id_of(END))
        starts = np.union1d(starts, np.flatnonzero(marks))
    kept = ~marks
    starts = np.concatenate(([0], np.cumsum(kept)))[starts]
    ids = ids[kept]
    return ids, np.unique(starts[starts < len(ids)])


def _reversed(ids: Ids, line_starts: NDArray[np.int64]) -> tuple[Ids, NDArray[np.int64]]:
    ends = np.append(line_starts[1:], len(ids))
    return np.ascontiguousarray(ids[::-1]), (len(ids) - ends)[::-1]


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
