"""ARPA files to models.

A file is not trusted: it is read line by line, no line may be longer than a limit, nothing is kept
beyond what the file announced, and what it announced must fit into the memory.
"""

from __future__ import annotations

import gzip
import math
import os
import re
import zlib
from array import array
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.errors import InputError, UserMessage, plural_message
from seqtui.corpora.files import open_file
from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.progress import OnProgress, report
from seqtui.corpora.vocabulary import BEGIN, END, UNKNOWN, Vocabulary
from seqtui.engine.memory import require_memory
from seqtui.engine.ngrams.arpa import (
    BARE_UNKNOWN,
    ZERO,
    ArpaModel,
    arpa_vocabulary,
    read_comment,
    unescaped,
)
from seqtui.engine.ngrams.arpa_lines import ArpaLines
from seqtui.engine.ngrams.backoff import BackoffModel, Boundaries, Floats, Table
from seqtui.engine.ngrams.counts import HIGHEST_ORDER, search

LARGEST = 1 << 31
"""N-grams of one order that a file may announce."""
LARGEST_TOKENS = 1 << 29
"""Bytes of all tokens."""
LARGEST_WEIGHT = 300.0
"""log10 of a back-off weight, of which ten may be multiplied with others; beyond are no numbers."""
_BYTES_AN_NGRAM = 120
"""What reading takes for each at its peak."""
_PIECE = 1 << 16
_LN10 = math.log(10)

_OTHER_BLANK = re.compile(rb"[\v\f]")
_BLANKS = re.compile(rb"[ \t\r\n]+")
_HEXADECIMAL = re.compile(r"<0x[0-9A-F]{2,6}>")


def read_arpa(
    path: Path, on_progress: OnProgress | None = None, tokenizer: str | None = None
) -> ArpaModel:
    """Read a model, gzipped or not.

    A file of ours says how a text becomes its tokens. For one of another toolkit `tokenizer` does,
    which is `space` unless it is given; with `char` and `byte` a word such as `<0x20>` is that
    character or byte, otherwise it is a word.

    Raises InputError for anything that is wrong in the file, with the number of its line, and for a
    `tokenizer` that is not the file's; Cancelled when `on_progress` (n-grams) returns False.
    """
    try:
        with open_file(path) as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            size = None if zipped else os.fstat(raw.fileno()).st_size
            with gzip.GzipFile(fileobj=raw) if zipped else nullcontext(raw) as file:
                reading = _Reading(path.name, file.readline, size, on_progress, tokenizer)
                return reading.model()
    except EOFError as error:
        raise InputError(
            "{path} is cut off: the end of its gzip data is missing", path=path
        ) from error
    except (OSError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error) or UserMessage("it cannot be read")
        raise InputError("{path}: {reason}", path=path, reason=reason) from error


class _Reading:
    """One pass through a file."""

    def __init__(
        self,
        name: str,
        readline: Callable[[int], bytes],
        size: int | None,
        on_progress: OnProgress | None,
        tokenizer: str | None,
    ) -> None:
        self.name = name
        self.lines = ArpaLines(name, readline)
        self.size = size
        self.on_progress = on_progress
        self.tokenizer = tokenizer
        self.sizes: list[int] = []
        self.read = 0
        self.ids: dict[bytes, int] = {}
        self.said: CorpusOptions | None = None
        """What the comment of a file of ours says."""

    def model(self) -> ArpaModel:
        """All of it."""
        self.lines.head(self._read_comment)
        mark = self._announced()
        keys: list[NDArray[np.int64]] = []
        log_probs, log_left = [], [np.zeros(1)]
        for order in range(1, len(self.sizes) + 1):
            if mark != f"\\{order}-grams:".encode():
                self.lines.refuse(UserMessage("\\{order}-grams: should begin here", order=order))
            section = _Section(order)
            mark = self._section(section)
            if order == 1:
                self._name(section)
            level = self._keys(section, keys)
            sorting = np.argsort(level, kind="stable")
            self._refuse_twice(level[sorting], sorting, section)
            keys.append(level[sorting])
            log_probs.append(_natural(section.log_probs)[sorting])
            if order < len(self.sizes):
                log_left.append(_natural(section.weights)[sorting])
        if mark != b"\\end\\":
            self.lines.refuse(UserMessage("expected \\end\\ here"))
        return self._model(tuple(keys), log_probs, tuple(log_left))

    def _read_comment(self, line: bytes) -> None:
        try:
            self.said = read_comment(line.decode())
        except (InputError, UnicodeDecodeError) as error:
            reason = UserMessage("this comment of seqtui cannot be read: {error}", error=error)
            self.lines.refuse(reason)
        said = self.said.tokenizer
        if self.tokenizer not in (None, said):
            raise InputError(
                "--tokenizer {tokenizer}: {name} says that its tokens are {said}; leave it out",
                option="tokenizer",
                tokenizer=self.tokenizer,
                name=self.name,
                said=said,
            )

    def _announced(self) -> bytes:
        """The numbers of n-grams; returns the line after them."""
        while (line := self.lines.next(self.read)) is not None and line.startswith(b"ngram"):
            found = re.fullmatch(rb"ngram\s+(\d{1,2})\s*=\s*(\d{1,12})", line)
            if found is None or int(found[1]) != len(self.sizes) + 1:
                self.lines.refuse(
                    UserMessage("expected ngram {order}=NUMBER here", order=len(self.sizes) + 1)
                )
            order, count = int(found[1]), int(found[2])
            if order > HIGHEST_ORDER:
                self.lines.refuse(
                    UserMessage(
                        "n-grams of order {order}: at most {most} can be read",
                        order=order,
                        most=HIGHEST_ORDER,
                    )
                )
            # A logarithm and a token for each id, two characters each.
            if count >= LARGEST or (self.size is not None and count * 2 * (order + 1) > self.size):
                self.lines.refuse(
                    UserMessage("{count:,} n-grams are more than the file can hold", count=count)
                )
            self.sizes.append(count)
        if line is None:
            self.lines.refuse(UserMessage("the file ends here, before \\1-grams:"))
        if not self.sizes:
            self.lines.refuse(UserMessage("expected ngram {order}=NUMBER here", order=1))
        require_memory(
            sum(self.sizes) * _BYTES_AN_NGRAM,
            UserMessage("reading {name}", name=self.name),
            UserMessage("prune the model or take one of a lower order"),
        )
        return line

    # Sections.

    def _section(self, section: _Section) -> bytes:
        """Read the n-grams of one order; returns the line that ends them."""
        order, announced = section.order, self.sizes[section.order - 1]
        held = 0
        while (line := self.lines.next(self.read)) is not None and not line.startswith(b"\\"):
            if len(section.numbers) == announced:
                self.lines.refuse(
                    UserMessage(
                        "only {announced} {order}-grams were announced, and this is one more",
                        announced=announced,
                        order=order,
                    )
                )
            self._entry(section, line)
            self.read += 1
            if order == 1:
                held += len(section.tokens[-1])
                if held > LARGEST_TOKENS:
                    self.lines.refuse(
                        UserMessage("the tokens are more than {most:,} bytes", most=LARGEST_TOKENS)
                    )
            elif len(section.tokens) >= _PIECE:
                self._identify(section)
            if self.read % _PIECE == 0:
                report(self.on_progress, self.read, sum(self.sizes))
        found = len(section.numbers)
        if line is None:
            self.lines.refuse(
                UserMessage(
                    "the file ends here, after {found} of {announced} {order}-grams and without "
                    "\\end\\",
                    found=found,
                    announced=announced,
                    order=order,
                )
            )
        if found < announced:
            self.lines.refuse(
                UserMessage(
                    "{announced} {order}-grams were announced, not {found}",
                    announced=announced,
                    order=order,
                    found=found,
                )
            )
        if order > 1:
            self._identify(section)
        return line

    def _entry(self, section: _Section, line: bytes) -> None:
        """Check the line of one n-gram and keep it."""
        order = section.order
        highest = order == len(self.sizes)
        # Twice as quick as the expression, which is needed for few files.
        most = order + 2
        other = _OTHER_BLANK.search(line) is not None
        fields = _BLANKS.split(line, most) if other else line.split(None, most)
        if len(fields) not in (order + 1, order + 2):
            self._refuse_fields(order)
        log_prob = self._number(fields[0])
        weight = 0.0
        if len(fields) == order + 2:
            if highest and not _is_number(fields[-1]):
                self._refuse_fields(order)
            weight = self._number(fields[-1])
            if highest and weight:
                self.lines.refuse(
                    UserMessage(
                        "{weight:g} is a back-off weight, which n-grams of the highest order, "
                        "{order}, do not have",
                        weight=weight,
                        order=order,
                    )
                )
        if not log_prob <= 0:
            self.lines.refuse(
                UserMessage("{value:g} is not the logarithm of a probability", value=log_prob)
            )
        if not weight < LARGEST_WEIGHT:
            self.lines.refuse(
                UserMessage("{value:g} is not the logarithm of a back-off weight", value=weight)
            )
        section.log_probs.append(log_prob)
        section.weights.append(weight)
        section.tokens += fields[1 : order + 1]
        section.numbers.append(self.lines.number)

    def _number(self, field: bytes) -> float:
        try:
            if b"_" not in field:  # Python's own
                return float(field)
        except ValueError:
            pass
        self.lines.refuse(
            UserMessage("expected a logarithm here, not {field!r}", field=_readable(field))
        )

    def _refuse_fields(self, order: int) -> NoReturn:
        self.lines.refuse(
            plural_message(
                "expected a logarithm, {count} token and at most a back-off weight here",
                "expected a logarithm, {count} tokens and at most a back-off weight here",
                count=order,
            )
        )

    # Ids.

    def _name(self, section: _Section) -> None:
        """Give each unigram an id."""
        if self.said is None:
            self._name_foreign(section)
        else:
            self._name_ours(section, self.said)
        self._identify(section)

    def _name_foreign(self, section: _Section) -> None:
        """`<unk>` (or `<UNK>`) is 0, even where the file has none; then the marks, if any."""
        unknown = UNKNOWN.encode()
        if unknown not in section.tokens:
            bare = BARE_UNKNOWN.encode()
            section.tokens = [unknown if each == bare else each for each in section.tokens]
        self.ids = {unknown: 0}
        for mark in (BEGIN.encode(), END.encode()):
            if mark in section.tokens:
                self.ids[mark] = len(self.ids)
        for token, number in zip(section.tokens, section.numbers, strict=True):
            self._decoded(token, number)
            self.ids.setdefault(token, len(self.ids))

    def _name_ours(self, section: _Section, said: CorpusOptions) -> None:
        """In the order of the file; the marks that a stream has for others are no tokens."""
        if said.boundaries == "stream":
            section.remove({BEGIN.encode(), END.encode()})
        for token, number in zip(section.tokens, section.numbers, strict=True):
            self._decoded(token, number)
            self.ids.setdefault(token, len(self.ids))

    def _decoded(self, token: bytes, number: int | None = None) -> str:
        try:
            return token.decode()
        except UnicodeDecodeError:
            self.lines.refuse(
                UserMessage(
                    "this is not UTF-8: convert it, as by iconv -f latin1 -t UTF-8 FILE > OTHER"
                ),
                number,
            )

    def _identify(self, section: _Section) -> None:
        """Replace the tokens that were read by their ids."""
        get = self.ids.get
        ids = np.fromiter((get(each, -1) for each in section.tokens), np.int32)
        missing = np.flatnonzero(ids < 0)
        if len(missing):
            known = sum(map(len, section.rows))
            at = int(missing[0])
            self.lines.refuse(
                UserMessage(
                    "{token!r} is not among the 1-grams", token=_readable(section.tokens[at])
                ),
                section.numbers[known + at // section.order],
            )
        section.rows.append(ids.reshape(-1, section.order))
        section.tokens = []

    def _keys(self, section: _Section, below: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
        grams = np.concatenate([np.empty((0, section.order), np.int32), *section.rows])
        section.rows = []
        rows: NDArray[np.int64] = np.zeros(len(grams), dtype=np.int64)
        for column, level in enumerate(below):
            rows = search(level, rows * len(self.ids) + grams[:, column])
            missing = np.flatnonzero(rows < 0)
            if len(missing):
                self._refuse_context(grams[missing[0]], column + 1, section.numbers[missing[0]])
        keys = rows * len(self.ids) + grams[:, -1]
        return np.asarray(keys)

    def _refuse_context(self, gram: NDArray[np.int32], length: int, number: int) -> NoReturn:
        names = list(self.ids)
        context = b" ".join(names[each] for each in gram[:length])
        self.lines.refuse(
            UserMessage(
                "this n-gram continues {context!r}, which is not among the {length}-grams",
                context=_readable(context),
                length=length,
            ),
            number,
        )

    def _refuse_twice(
        self, keys: NDArray[np.int64], sorting: NDArray[np.int64], section: _Section
    ) -> None:
        twice = np.flatnonzero(keys[1:] == keys[:-1])
        if len(twice):
            first, second = (section.numbers[int(sorting[i])] for i in (twice[0], twice[0] + 1))
            self.lines.refuse(
                UserMessage("this n-gram stands in line {first} too", first=first), second
            )

    # The model.

    def _model(
        self,
        keys: tuple[NDArray[np.int64], ...],
        log_probs: list[Floats],
        log_left: tuple[Floats, ...],
    ) -> ArpaModel:
        begin, end = self.ids.get(BEGIN.encode()), self.ids.get(END.encode())
        unigrams = dict(zip(keys[0].tolist(), log_probs[0].tolist(), strict=True))
        if self.said is not None:
            options = self.said
        else:
            lines = begin is not None and end is not None and unigrams[end] > -math.inf
            options = CorpusOptions(
                tokenizer=self.tokenizer or "space", boundaries="line" if lines else "stream"
            )
        vocabulary = self._vocabulary(options)
        boundaries = None
        if options.boundaries == "line":
            assert begin is not None
            assert end is not None
            boundaries = Boundaries(begin, end)
            log_probs[0] = np.where(keys[0] == begin, -np.inf, log_probs[0])
        size = len(self.ids)
        lowest = np.full(size, -np.inf)
        table = Table(size, keys, tuple(log_probs), log_left, lowest, False, 0.0, boundaries)
        return ArpaModel(vocabulary, BackoffModel(table), options, self.said is not None)

    def _vocabulary(self, options: CorpusOptions) -> Vocabulary:
        words = [token.decode() for token in self.ids]
        if self.said is not None:
            reserved = 0 if options.vocabulary == "closed" else 1
            reserved += 2 if options.boundaries == "line" else 0
            words[reserved:] = map(unescaped, words[reserved:])
        elif options.tokenizer in ("char", "byte"):
            spelt = set(words)
            words = [
                unescaped(word)
                if _HEXADECIMAL.fullmatch(word) and unescaped(word) not in spelt
                else word
                for word in words
            ]
        try:
            return arpa_vocabulary(words, options)
        except InputError as error:
            raise InputError("{name}: {reason}", name=self.name, reason=error) from error


class _Section:
    """The n-grams of one order."""

    def __init__(self, order: int) -> None:
        self.order = order
        self.log_probs = array("d")
        self.weights = array("d")
        self.numbers = array("q")
        """The line of each."""
        self.tokens: list[bytes] = []
        """Of those that have no ids yet."""
        self.rows: list[NDArray[np.int32]] = []
        """The ids of those before."""

    def remove(self, tokens: set[bytes]) -> None:
        """Drop the unigrams of some tokens."""
        kept = [i for i, token in enumerate(self.tokens) if token not in tokens]
        self.tokens = [self.tokens[i] for i in kept]
        for name in ("log_probs", "weights", "numbers"):
            values = getattr(self, name)
            setattr(self, name, array(values.typecode, [values[i] for i in kept]))


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _readable(text: bytes) -> str:
    return text[:200].decode("utf-8", "replace")


def _natural(tens: array[float]) -> Floats:
    """Natural logarithms of base-10 ones; minus infinity for -99 and less."""
    logs = np.frombuffer(tens, dtype=np.float64) if tens else np.empty(0)
    natural: Floats = np.where(logs <= ZERO, -np.inf, np.maximum(logs, ZERO) * _LN10)
    return natural
