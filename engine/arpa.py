r"""ARPA files, by which n-gram toolkits exchange models: written for them, read from them.

A text: the numbers of n-grams under `\data\`, then for each order a line for each n-gram with the
base-10 logarithm of its probability, its tokens, and the base-10 logarithm of its back-off weight.
What no token of such a file may hold (spaces, line ends, control characters) is written as
`<0x20>`. -99 stands for the logarithm of 0, as in every toolkit.
"""

from __future__ import annotations

import gzip
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from seqtui.corpora.errors import Cancelled, InputError
from seqtui.corpora.vocabulary import UNKNOWN
from seqtui.engine.backoff import BackoffModel, Boundaries, Floats, Table
from seqtui.engine.counts import HIGHEST_ORDER

BEGIN, END = "<s>", "</s>"
ZERO = -99.0
"""log10 of 0."""
LARGEST = 1 << 31
"""N-grams of one order that a file may announce."""
_PIECE = 1 << 16
_UNSAFE = re.compile(r"[\s\x00-\x20\x7f-\xa0]")
_ESCAPED = re.compile(r"<0x([0-9A-F]{2,6})>")
_LN10 = math.log(10)


@dataclass(frozen=True, eq=False)
class ArpaModel:
    """What an ARPA file holds."""

    tokens: tuple[str, ...]
    """The token of each id: `<unk>` first, then in the order of the file."""
    model: BackoffModel


def write_arpa(
    model: BackoffModel,
    tokens: Sequence[str],
    path: Path,
    on_progress: Callable[[int, int], bool] | None = None,
) -> None:
    """Write a model; gzip if the name ends in `.gz`.

    A model of one stream gets a `<s>` and a `</s>` that never occur, since other programs insist
    on them. Raises InputError for a model that the format cannot hold, Cancelled when
    `on_progress` (n-grams) returns False, OSError when the file cannot be written.
    """
    table = model.table
    if table.skips and table.order > 1 or not model.normalised:
        raise InputError(
            "--arpa: only a model that backs off from order to order can be written; "
            "choose another --smoothing, modified-kneser-ney say"
        )
    names = [_written(token) for token in tokens]
    if len(set(names)) < len(names):
        raise InputError(r"--arpa: two tokens of this vocabulary look the same once written")
    done, total = 0, model.parameters
    with _opened(path, "wb") as file:
        for text, lines in _sections(table, names):
            file.write(text.encode())
            done += lines
            if on_progress is not None and not on_progress(min(done, total), total):
                raise Cancelled


def _sections(table: Table, names: list[str]) -> Iterator[tuple[str, int]]:
    """The text of a file in pieces, each with its number of n-grams."""
    added = [name for name in (BEGIN, END) if name not in names] if not table.boundaries else []
    sizes = [len(names) + len(added), *(len(keys) for keys in table.keys[1:])]
    head = "".join(f"ngram {n}={size}\n" for n, size in enumerate(sizes, 1))
    yield "\\data\\\n" + head + "\n\\1-grams:\n", 0
    # Every id has a unigram here, those too that the table leaves to the uniform law.
    weights = np.zeros(table.vocabulary_size)
    if table.order > 1:
        weights[table.keys[0]] = table.log_left[1]
    yield _lines(table.law(()), names, None if table.order == 1 else weights), len(names)
    yield "".join(f"{ZERO:g}\t{name}" + "\t0\n" * (table.order > 1) for name in added), 0
    if table.order == 1:
        yield from _fewest(added)
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


def _written(token: str) -> str:
    return _UNSAFE.sub(lambda found: f"<0x{ord(found[0]):02X}>", token)


def _opened(path: Path, mode: str) -> IO[bytes]:
    if path.name.endswith(".gz"):
        return gzip.open(path, mode)  # type: ignore[return-value]
    return path.open(mode)
