"""Models to ARPA files."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.corpora.files import writing
from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.progress import OnProgress, report
from seqtui.corpora.vocabulary import BEGIN, END, Vocabulary
from seqtui.engine.ngrams.arpa import ZERO, comment, escaped
from seqtui.engine.ngrams.backoff import BackoffModel, Floats, Table
from seqtui.engine.ngrams.estimators import ESTIMATORS

_PIECE = 1 << 16
_LN10 = math.log(10)
_COMPRESSION = 6
"""gzip's own default; Python's takes twice the time for some percent."""


def write_arpa(
    model: BackoffModel,
    vocabulary: Vocabulary,
    options: CorpusOptions,
    path: Path,
    on_progress: OnProgress | None = None,
) -> None:
    """Write a model whole, or leave what was there; gzip if the name ends in `.gz`.

    `options` say how a text becomes ids of the vocabulary. A model of one stream gets a `<s>` and
    a `</s>` that never occur, since other programs insist on them. Raises InputError for a model
    that the format cannot hold, Cancelled when `on_progress` (n-grams) returns False, OSError when
    the file cannot be written.
    """
    table = model.table
    if (table.skips and table.order > 1) or not model.normalised:
        raise _unwritable(UserMessage("this model"))
    reserved = len(vocabulary.reserved)
    names = [
        escaped(token, options.tokenizer, reserved=id_ < reserved)
        for id_, token in enumerate(vocabulary.tokens)
    ]
    done, total = 0, model.parameters
    with writing(path) as part, part.open("wb") as raw:
        zipped = path.name.endswith(".gz")
        with gzip.GzipFile("", "wb", _COMPRESSION, raw, 0) if zipped else nullcontext(raw) as file:
            file.write(f"{comment(options)}\n\n".encode())
            for text, lines in _sections(table, names):
                file.write(text.encode())
                done += lines
                report(on_progress, min(done, total), total)


def check_writable(smoothing: str, order: int) -> None:
    """Raise InputError, before the work, for a smoothing that `write_arpa` would refuse."""
    estimator = ESTIMATORS[smoothing]
    if (estimator.skips and order > 1) or not estimator.normalised:
        raise _unwritable(f"--smoothing {smoothing}")


def _unwritable(what: str) -> InputError:
    return InputError(
        "--arpa: {what} does not back off from order to order with probabilities, "
        "which is all such a file holds; choose another --smoothing, "
        "such as modified-kneser-ney",
        option="arpa",
        what=what,
    )


def _sections(table: Table, names: list[str]) -> Iterator[tuple[str, int]]:
    """The text of a file in pieces, each with its number of n-grams."""
    added = [] if table.boundaries else [BEGIN, END]
    sizes = [len(names) + len(added), *(len(keys) for keys in table.keys[1:])]
    head = "".join(f"ngram {n}={size}\n" for n, size in enumerate(sizes, 1))
    yield "\\data\\\n" + head + "\n\\1-grams:\n", 0
    # Every id has a unigram here, those too that the table leaves to the uniform distribution.
    weights = np.zeros(table.vocabulary_size)
    if table.order > 1:
        weights[table.keys[0]] = table.log_left[1]
    yield _lines(table.distribution(()), names, None if table.order == 1 else weights), len(names)
    yield "".join(f"{ZERO:g}\t{name}" + "\t0" * (table.order > 1) + "\n" for name in added), 0
    grams = [names[i] for i in table.keys[0]]
    for level in range(1, table.order):
        yield f"\n\\{level + 1}-grams:\n", 0
        histories, last = np.divmod(table.keys[level], table.vocabulary_size)
        longer = []
        for begin in range(0, len(last), _PIECE):
            piece = slice(begin, begin + _PIECE)
            joined = [
                f"{grams[history]} {names[token]}"
                for history, token in zip(histories[piece], last[piece], strict=True)
            ]
            left = table.log_left[level + 1][piece] if level + 1 < table.order else None
            yield _lines(table.log_probs[level][piece], joined, left), len(joined)
            longer += joined
        grams = longer
    yield "\n\\end\\\n", 0


def _lines(log_probs: Floats, grams: Sequence[str], left: Floats | None) -> str:
    tens = _to_tens(log_probs)
    if left is None:
        return "".join(f"{p:.8g}\t{g}\n" for p, g in zip(tens, grams, strict=True))
    weights = _to_tens(left)
    rows = zip(tens, grams, weights, strict=True)
    return "".join(f"{p:.8g}\t{gram}\t{w:.8g}\n" for p, gram, w in rows)


def _to_tens(logs: Floats) -> list[float]:
    """Base-10 logarithms; -99 for that of 0."""
    tens: list[float] = np.maximum(logs / _LN10, ZERO).tolist()
    return tens
