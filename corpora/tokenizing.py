"""Cleaned text to tokens: code points, words, bytes, or what stands between spaces.

The tokens of a text are kept as their types, once each, and an array of the type at each
place; a text of 100 MB is then some hundreds of megabytes and not a list of strings.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.cleaning import Cleaned
from seqtui.corpora.errors import InputError
from seqtui.corpora.options import BY_WORDS, TOKENIZERS
from seqtui.corpora.progress import OnProgress, report
from seqtui.corpora.words import (
    joins_without_space,
    split_at_spaces,
    split_lines,
    split_lines_at_spaces,
    split_words,
)

__all__ = [
    "LOSSLESS",
    "TOKENIZERS",
    "TokenStream",
    "character_offset",
    "detokenize",
    "tokenize",
]

LOSSLESS = frozenset({"char", "byte"})
"""Tokenisers that keep every character: `detokenize` gives the cleaned text back."""

_PIECE = 1 << 20
_SPACES = {"word": re.compile(r"\s"), "space": re.compile(r"[ \t-\r]")}
"""Where a long line of words may be cut."""
_SPLIT_LINE: dict[str, Callable[[str], list[str]]] = {"word": split_words, "space": split_at_spaces}
_SPLIT_LINES = {"word": split_lines, "space": split_lines_at_spaces}


@dataclass(frozen=True, eq=False)
class TokenStream:
    """The tokens of a text: the i-th is `types[indices[i]]`."""

    tokenizer: str
    """One of `TOKENIZERS`."""
    types: tuple[str, ...]
    """The distinct tokens in the order of their first occurrence."""
    indices: NDArray[np.int32]
    """Which type each token is, shape `[tokens]`."""
    line_starts: NDArray[np.int64]
    """Index of the first token of each line that is not empty."""

    def tokens(self, start: int, stop: int) -> list[str]:
        """The tokens from `start` up to, not including, `stop`."""
        return [self.types[index] for index in self.indices[start:stop].tolist()]


def tokenize(
    cleaned: Cleaned, tokenizer: str, on_progress: OnProgress | None = None
) -> TokenStream:
    """The tokens of a cleaned text.

    `char`: its code points. `byte`: the bytes of its UTF-8, as `chr(0)` to `chr(255)`. `word`: what
    `str.split()` finds in each line, runs of Han in it segmented (see `split_words`). `space`: what
    stands between white space of ASCII, as other n-gram toolkits read words. For `char` and `byte`
    a line end belongs to the line it ends. `on_progress` counts characters. Raises InputError for
    an unknown tokeniser.
    """
    if tokenizer == "char":
        return _tokenize_characters(cleaned, on_progress)
    if tokenizer == "byte":
        return _tokenize_bytes(cleaned, on_progress)
    if tokenizer in BY_WORDS:
        return _tokenize_words(cleaned, tokenizer, on_progress)
    raise InputError(
        "--tokenizer {tokenizer}: choose one of {choices}",
        option="tokenizer",
        tokenizer=tokenizer,
        choices=", ".join(TOKENIZERS),
    )


class _FirstOccurrence:
    """Numbers codes by their first occurrence, piece by piece."""

    def __init__(self, codes: int) -> None:
        self._index = np.full(codes, -1, dtype=np.int32)
        self.codes: list[int] = []

    def number(self, piece: NDArray[np.uint32] | NDArray[np.uint8]) -> NDArray[np.int32]:
        """The number of each code, shape as `piece`."""
        indices = self._index[piece]
        unseen = piece[indices < 0]
        if len(unseen):
            new, first = np.unique(unseen, return_index=True)
            new = new[np.argsort(first)]
            self._index[new] = np.arange(len(self.codes), len(self.codes) + len(new))
            self.codes += new.tolist()
            indices = self._index[piece]
        return indices


def _nonempty_line_starts(cleaned: Cleaned) -> NDArray[np.int64]:
    return cleaned.line_starts[cleaned.line_ends > cleaned.line_starts]


def _tokenize_characters(cleaned: Cleaned, on_progress: OnProgress | None) -> TokenStream:
    text = cleaned.text
    numbering = _FirstOccurrence(0x110000)
    indices = np.empty(len(text), dtype=np.int32)
    for start in range(0, len(text), _PIECE):
        report(on_progress, start, len(text))
        piece = text[start : start + _PIECE].encode("utf-32-le", "surrogatepass")
        codes = np.frombuffer(piece, dtype="<u4")
        indices[start : start + len(codes)] = numbering.number(codes)
    report(on_progress, len(text), len(text))
    types = tuple(map(chr, numbering.codes))
    return TokenStream("char", types, indices, _nonempty_line_starts(cleaned))


def _tokenize_bytes(cleaned: Cleaned, on_progress: OnProgress | None) -> TokenStream:
    text = cleaned.text
    numbering = _FirstOccurrence(256)
    indices = [np.empty(0, dtype=np.int32)]
    line_starts = [np.empty(0, dtype=np.int64)]
    lines = _nonempty_line_starts(cleaned)
    offset = 0
    for start in range(0, len(text), _PIECE):
        report(on_progress, start, len(text))
        codes = _bytes_of(text[start : start + _PIECE])
        indices.append(numbering.number(codes))
        here = lines[slice(*np.searchsorted(lines, (start, start + _PIECE)))] - start
        line_starts.append(_first_bytes(codes)[here] + offset)
        offset += len(codes)
    report(on_progress, len(text), len(text))
    types = tuple(map(chr, numbering.codes))
    return TokenStream("byte", types, np.concatenate(indices), np.concatenate(line_starts))


def _bytes_of(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _first_bytes(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where each character starts in UTF-8: at every byte but those 10xxxxxx. Shape `[chars]`."""
    return np.flatnonzero((codes & 0xC0) != 0x80).astype(np.int64)


def _tokenize_words(
    cleaned: Cleaned, tokenizer: str, on_progress: OnProgress | None
) -> TokenStream:
    index: defaultdict[str, int] = defaultdict()
    index.default_factory = index.__len__  # a new word gets the next number
    indices = [np.empty(0, dtype=np.int32)]
    starts = [np.empty(0, dtype=np.int64)]
    done = words = 0
    for pieces, starts_line in _batches(cleaned.iterate_lines(), _SPACES[tokenizer]):
        report(on_progress, done, len(cleaned.text))
        found, lengths = _SPLIT_LINES[tokenizer](pieces)
        numbers = map(index.__getitem__, found)
        indices.append(np.fromiter(numbers, dtype=np.int32, count=len(found)))
        starts.append((np.cumsum(lengths) - lengths + words)[starts_line])
        words += len(found)
        done += sum(map(len, pieces)) + len(cleaned.joiner) * sum(starts_line)
    report(on_progress, len(cleaned.text), len(cleaned.text))
    line_starts = np.concatenate(starts)
    line_starts = line_starts[np.diff(line_starts, append=words) > 0]
    return TokenStream(tokenizer, tuple(index), np.concatenate(indices), line_starts)


def _batches(
    lines: Iterable[str], space: re.Pattern[str]
) -> Iterator[tuple[list[str], list[bool]]]:
    """Lines, long ones in pieces, about a million characters at a time; which start a line."""
    pieces: list[str] = []
    starts_line: list[bool] = []
    size = 0
    for line in lines:
        for number, piece in enumerate(_cut_at_spaces(line, space)):
            pieces.append(piece)
            starts_line.append(number == 0)
            size += len(piece) + 1
            if size >= _PIECE:
                yield pieces, starts_line
                pieces, starts_line, size = [], [], 0
    if pieces:
        yield pieces, starts_line


def _cut_at_spaces(line: str, space: re.Pattern[str]) -> Sequence[str]:
    """A line, or if it is long pieces of it, which have the same words."""
    if len(line) <= _PIECE:
        return (line,)
    pieces = []
    start = 0
    while start < len(line):
        found = space.search(line, start + _PIECE)
        end = found.start() if found else len(line)
        pieces.append(line[start:end])
        start = end
    return pieces


def detokenize(tokens: Sequence[str], tokenizer: str) -> str:
    """The text that tokens make.

    Bytes that are no UTF-8, as half a character at either end, become U+FFFD. Words are joined by
    one space; those of `word` by nothing where both are written without (Han and its punctuation).
    """
    if tokenizer == "char":
        return "".join(tokens)
    if tokenizer == "byte":
        return "".join(tokens).encode("latin-1", "replace").decode("utf-8", "replace")
    if tokenizer == "space":
        return " ".join(tokens)
    pieces: list[str] = []
    last = ""
    for token in tokens:
        if pieces and not joins_without_space(last, token):
            pieces.append(" ")
        pieces.append(token)
        last = token
    return "".join(pieces)


def character_offset(cleaned: Cleaned, stream: TokenStream, token: int) -> int:
    """Where in `cleaned.text` the token of that index starts; its length for the index after the
    last. A byte within a character counts as where that character starts.
    """
    if not 0 <= token <= len(stream.indices):
        raise IndexError(f"token {token} of {len(stream.indices)}")
    if token == len(stream.indices):
        return len(cleaned.text)
    if stream.tokenizer == "char" or (stream.tokenizer == "byte" and cleaned.text.isascii()):
        return token
    if stream.tokenizer == "byte":
        return _character_of_byte(cleaned.text, token)
    return _character_of_word(cleaned, stream, token)


def _character_of_byte(text: str, byte: int) -> int:
    for start in range(0, len(text), _PIECE):
        codes = _bytes_of(text[start : start + _PIECE])
        if byte < len(codes):
            return start + int(np.searchsorted(_first_bytes(codes), byte, side="right")) - 1
        byte -= len(codes)
    return len(text)


def _character_of_word(cleaned: Cleaned, stream: TokenStream, token: int) -> int:
    """Only the line of the word is split again."""
    line = int(np.searchsorted(stream.line_starts, token, side="right")) - 1
    spans: Iterable[tuple[int, int]]
    spans = zip(cleaned.line_starts.tolist(), cleaned.line_ends.tolist(), strict=True)
    space = _SPACES[stream.tokenizer]
    with_words = ((a, b) for a, b in spans if space.sub("", cleaned.text[a:b]))
    start, end = next(islice(with_words, line, None))
    split_line = _SPLIT_LINE[stream.tokenizer]
    left = token - int(stream.line_starts[line])
    for piece in _cut_at_spaces(cleaned.text[start:end], space):
        words = split_line(piece)
        if left < len(words):
            position = 0
            for word in words[:left]:
                position = piece.index(word, position) + len(word)
            return start + piece.index(words[left], position)
        left -= len(words)
        start += len(piece)
    return end
