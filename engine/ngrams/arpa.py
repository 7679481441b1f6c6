r"""ARPA files, by which n-gram toolkits exchange models: written for them, read from them.

A text: the numbers of n-grams under `\data\`, then for each order a line for each n-gram with the
base-10 logarithm of its probability, its tokens, and the base-10 logarithm of its back-off weight.
What no token of such a file may hold (spaces, line ends, control characters) is written by its
code point, a space as `<0x20>`. -99 is the logarithm of 0, as in every toolkit.
"""

from __future__ import annotations

import gzip
import math
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.errors import Cancelled, InputError, UserMessage, plural_message
from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.progress import OnProgress
from seqtui.corpora.vocabulary import BEGIN, END, UNKNOWN, Vocabulary
from seqtui.engine.ngrams.backoff import BackoffModel, Boundaries, Floats, Table
from seqtui.engine.ngrams.counts import HIGHEST_ORDER, search
from seqtui.engine.ngrams.estimators import ESTIMATORS

ZERO = -99.0
"""log10 of 0."""
LARGEST = 1 << 31
"""N-grams of one order that a file may announce."""
_PIECE = 1 << 16
_UNSAFE = re.compile(r"[\s\x00-\x20\x7f-\xa0]|<(?=0x[0-9A-F]{2,6}>)")
_ESCAPED = re.compile(r"<0x([0-9A-F]{2,6})>")
_LN10 = math.log(10)


@dataclass(frozen=True, eq=False)
class ArpaModel:
    """What an ARPA file holds."""

    tokens: tuple[str, ...]
    """The token of each id: `<unk>`, `<s>` and `</s>` first, then in the order of the file."""
    model: BackoffModel

    @property
    def vocabulary(self) -> Vocabulary:
        """The tokens; such a file has no count of each."""
        lines = self.model.table.boundaries is not None
        reserved = self.tokens[: 3 if lines else 1]
        return Vocabulary(self.tokens, np.zeros(len(self.tokens), np.int64), False, reserved)

    @property
    def corpus_options(self) -> CorpusOptions:
        """How a text becomes ids for it: by characters if every token is one, else by words."""
        reserved = len(self.vocabulary.reserved)
        by_character = all(len(token) == 1 for token in self.tokens[reserved:])
        return CorpusOptions(
            tokenizer="char" if by_character else "word",
            boundaries="line" if self.model.table.boundaries else "stream",
        )


def write_arpa(
    model: BackoffModel,
    tokens: Sequence[str],
    path: Path,
    on_progress: OnProgress | None = None,
) -> None:
    """Write a model; gzip if the name ends in `.gz`.

    A model of one stream gets a `<s>` and a `</s>` that never occur, since other programs insist
    on them. Raises InputError for a model that the format cannot hold, Cancelled when
    `on_progress` (n-grams) returns False, OSError when the file cannot be written.
    """
    table = model.table
    if (table.skips and table.order > 1) or not model.normalised:
        raise _unwritable(UserMessage("this model"))
    names = [_written(token) for token in tokens]
    done, total = 0, model.parameters
    with gzip.open(path, "wb") if path.name.endswith(".gz") else path.open("wb") as file:
        for text, lines in _sections(table, names):
            file.write(text.encode())
            done += lines
            if on_progress is not None and not on_progress(min(done, total), total):
                raise Cancelled


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
    added = [name for name in (BEGIN, END) if name not in names] if not table.boundaries else []
    sizes = [len(names) + len(added), *(len(keys) for keys in table.keys[1:])]
    head = "".join(f"ngram {n}={size}\n" for n, size in enumerate(sizes, 1))
    yield "\\data\\\n" + head + "\n\\1-grams:\n", 0
    # Every id has a unigram here, those too that the table leaves to the uniform distribution.
    weights = np.zeros(table.vocabulary_size)
    if table.order > 1:
        weights[table.keys[0]] = table.log_left[1]
    yield _lines(table.distribution(()), names, None if table.order == 1 else weights), len(names)
    yield "".join(f"{ZERO:g}\t{name}" + "\t0\n" * (table.order > 1) for name in added), 0
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


def read_arpa(path: Path, on_progress: OnProgress | None = None) -> ArpaModel:
    """Read a model, gzipped or not.

    Raises InputError with the line's number for anything that is wrong in the file, Cancelled
    when `on_progress` (n-grams) returns False.
    """
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if zipped else path.open("rb") as file:
            return _Reading(path.name, file, on_progress).model()
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error) or UserMessage("it cannot be read")
        raise InputError("{path}: {reason}", path=path, reason=reason) from error


class _Reading:
    """One pass through a file."""

    def __init__(
        self,
        name: str,
        lines: Iterable[bytes],
        on_progress: OnProgress | None,
    ) -> None:
        self.name = name
        self.lines = enumerate(lines, 1)
        self.number = 0
        self.on_progress = on_progress
        self.sizes: list[int] = []
        self.read = 0
        self.ids: dict[bytes, int] = {}

    def model(self) -> ArpaModel:
        """All of it."""
        mark = self._header()
        keys: list[NDArray[np.int64]] = []
        log_probs, log_left = [], [np.zeros(1)]
        for order in range(1, len(self.sizes) + 1):
            if mark != f"\\{order}-grams:".encode():
                raise self._wrong(UserMessage("\\{order}-grams: should begin here", order=order))
            entries, mark = self._section(order)
            if order == 1:
                self._name(entries)
            grams = self._ids(entries, order)
            level = self._keys(grams, entries, keys)
            sorting = np.argsort(level)
            self._refuse_twice(level[sorting], sorting, entries)
            keys.append(level[sorting])
            log_probs.append(_natural(entries.log_probs)[sorting])
            if order < len(self.sizes):
                log_left.append(_natural(entries.weights)[sorting])
        if mark != b"\\end\\":
            raise self._wrong(UserMessage("expected \\end\\ here"))
        return self._model(tuple(keys), log_probs, tuple(log_left))

    def _model(
        self,
        keys: tuple[NDArray[np.int64], ...],
        log_probs: list[Floats],
        log_left: tuple[Floats, ...],
    ) -> ArpaModel:
        begin, end = self.ids.get(BEGIN.encode()), self.ids.get(END.encode())
        boundaries = None
        unigrams = dict(zip(keys[0].tolist(), log_probs[0].tolist(), strict=True))
        if begin is not None and end is not None and unigrams[end] > -math.inf:
            boundaries = Boundaries(begin, end)
            log_probs[0] = np.where(keys[0] == begin, -np.inf, log_probs[0])
        size = len(self.ids)
        lowest = np.full(size, -np.inf)
        table = Table(size, keys, tuple(log_probs), log_left, lowest, False, 0.0, boundaries)
        tokens = tuple(_read_token(token) for token in self.ids)
        if len(set(tokens)) < len(tokens):
            raise InputError("{name}: two of its tokens are the same", name=self.name)
        return ArpaModel(tokens, BackoffModel(table))

    def _next(self) -> bytes:
        """The next line that is not blank; its tokens are bytes, since only ASCII separates."""
        for number, line in self.lines:
            self.number = number
            if stripped := line.strip():
                return stripped
        raise self._wrong(UserMessage("the file ends here, before \\end\\"))

    def _wrong(self, reason: str, number: int | None = None) -> InputError:
        return InputError(
            "{name}, line {line}: {reason}",
            name=self.name,
            line=number or self.number,
            reason=reason,
        )

    def _header(self) -> bytes:
        while (line := self._next()) != b"\\data\\":
            pass
        while (line := self._next()).startswith(b"ngram"):
            found = re.fullmatch(rb"ngram\s+(\d{1,2})\s*=\s*(\d{1,12})", line)
            if found is None or int(found[1]) != len(self.sizes) + 1:
                raise self._wrong(
                    UserMessage("expected ngram {order}=NUMBER here", order=len(self.sizes) + 1)
                )
            if int(found[2]) >= LARGEST:
                raise self._wrong(
                    UserMessage("{count:,} n-grams are more than can be read", count=int(found[2]))
                )
            self.sizes.append(int(found[2]))
        if not 1 <= len(self.sizes) <= HIGHEST_ORDER:
            raise self._wrong(
                UserMessage(
                    "orders 1 to at most {most} must be announced before", most=HIGHEST_ORDER
                )
            )
        return line

    def _section(self, order: int) -> tuple[_Entries, bytes]:
        """The entries of one order, and the line that ends them."""
        entries = _Entries([], [], [], [])
        highest = order == len(self.sizes)
        while not (line := self._next()).startswith(b"\\"):
            fields = line.split()
            if len(fields) not in (order + 1, order + 2 - highest):
                raise self._wrong(
                    plural_message(
                        "expected a logarithm and {count} token here",
                        "expected a logarithm and {count} tokens here",
                        order,
                    )
                )
            try:
                log_prob = float(fields[0])
                weight = float(fields[order + 1]) if len(fields) > order + 1 else 0.0
            except ValueError:
                raise self._wrong(UserMessage("expected a logarithm here")) from None
            if not (log_prob <= 0 and weight < math.inf):
                raise self._wrong(UserMessage("this is not the logarithm of a probability"))
            entries.log_probs.append(log_prob)
            entries.weights.append(weight)
            entries.tokens += fields[1 : order + 1]
            entries.numbers.append(self.number)
            self.read += 1
            if self.read % _PIECE == 0 and self.on_progress is not None:
                # The announced numbers may be wrong.
                total = max(sum(self.sizes), self.read)
                if not self.on_progress(self.read, total):
                    raise Cancelled
        found = len(entries.numbers)
        if found != self.sizes[order - 1]:
            raise self._wrong(
                UserMessage(
                    "{announced} {order}-grams were announced, not {found}",
                    announced=self.sizes[order - 1],
                    order=order,
                    found=found,
                )
            )
        return entries, line

    def _name(self, entries: _Entries) -> None:
        """Give each unigram an id, `<unk>` (or `<UNK>`) 0, even where the file has none."""
        unknown = UNKNOWN.encode()
        if unknown not in entries.tokens:
            entries.tokens = [unknown if each == b"<UNK>" else each for each in entries.tokens]
        self.ids = {unknown: 0}
        for mark in (BEGIN.encode(), END.encode()):
            if mark in entries.tokens:
                self.ids[mark] = len(self.ids)
        for token, number in zip(entries.tokens, entries.numbers, strict=True):
            try:
                token.decode()
            except UnicodeDecodeError:
                raise self._wrong(UserMessage("this is not UTF-8"), number) from None
            self.ids.setdefault(token, len(self.ids))

    def _ids(self, entries: _Entries, order: int) -> NDArray[np.int64]:
        """The ids of each n-gram, `[entries, order]`."""
        get = self.ids.get
        ids = np.fromiter((get(each, -1) for each in entries.tokens), np.int64)
        missing = np.flatnonzero(ids < 0)
        if len(missing):
            number = entries.numbers[int(missing[0]) // order]
            raise self._wrong(UserMessage("a token here is not among the unigrams"), number)
        return ids.reshape(-1, order)

    def _keys(
        self, grams: NDArray[np.int64], entries: _Entries, below: Sequence[NDArray[np.int64]]
    ) -> NDArray[np.int64]:
        rows = np.zeros(len(grams), dtype=np.int64)
        for column, keys in enumerate(below):
            rows = search(keys, rows * len(self.ids) + grams[:, column])
            missing = np.flatnonzero(rows < 0)
            if len(missing):
                number = entries.numbers[int(missing[0])]
                raise self._wrong(
                    plural_message(
                        "its first token is no n-gram here",
                        "its first {count} tokens are no n-gram here",
                        column + 1,
                    ),
                    number,
                )
        return rows * len(self.ids) + grams[:, -1]

    def _refuse_twice(
        self, keys: NDArray[np.int64], sorting: NDArray[np.int64], entries: _Entries
    ) -> None:
        twice = np.flatnonzero(keys[1:] == keys[:-1])
        if len(twice):
            numbers = [entries.numbers[int(sorting[i])] for i in (twice[0], twice[0] + 1)]
            raise self._wrong(UserMessage("this n-gram occurs a second time"), max(numbers))


@dataclass(slots=True)
class _Entries:
    """The lines of one section."""

    log_probs: list[float]
    weights: list[float]
    tokens: list[bytes]
    numbers: list[int]


def _natural(tens: Sequence[float]) -> Floats:
    """Natural logarithms of base-10 ones; minus infinity for -99 and less."""
    logs = np.array(tens, dtype=np.float64)
    natural: Floats = np.where(logs <= ZERO, -np.inf, logs * _LN10)
    return natural


def _read_token(token: bytes) -> str:
    def character(found: re.Match[str]) -> str:
        code = int(found[1], 16)
        return chr(code) if code <= sys.maxunicode else found[0]

    return _ESCAPED.sub(character, token.decode())
