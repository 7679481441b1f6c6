"""Bytes to text: which encoding, what is refused and why."""

from __future__ import annotations

import codecs
import os
import re
import unicodedata
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.corpora.files import LARGEST, NotAFileError, open_file
from seqtui.corpora.options import canonical_encoding

LARGEST_TEXT = LARGEST
"""Bytes. A text is held in memory with its ids, sixteen times its size at the peak."""

BINARY_SHARE = 0.3
"""A text with a larger share of control characters is taken for binary."""

_PIECE = 1 << 20
_SAMPLE = 20_000


@dataclass(frozen=True)
class Text:
    """A decoded text, its line ends all `\\n`, and where it came from."""

    name: str
    text: str
    encoding: str
    """Python's name of the encoding it was decoded with."""
    size: int
    """Bytes it was decoded from."""
    path: Path | None
    """None for standard input and for corpora that are built in."""


def read_path(path: str | Path, encoding: str | None = None) -> Text:
    """The text of a file. Raises InputError for what is not a readable file of text."""
    path = Path(path)
    data = read_bytes(path)
    text, encoding = decode(data, str(path), encoding)
    return Text(path.name, text, encoding, len(data), path)


def read_stdin(stream: BinaryIO, encoding: str | None = None) -> Text:
    """The text that comes by standard input, read to its end."""
    name = "standard input"
    try:
        data = _read_all(stream, name)
    except OSError as error:
        raise InputError(
            "{name} cannot be read: {reason}", name=name, reason=error.strerror or error
        ) from error
    text, encoding = decode(data, name, encoding)
    return Text("stdin", text, encoding, len(data), None)


def _read_all(stream: BinaryIO, name: str) -> bytes:
    pieces = []
    size = 0
    while piece := stream.read(_PIECE):
        pieces.append(piece)
        size += len(piece)
        _refuse_large(size, name)
    return b"".join(pieces)


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file; never waits on a pipe or a device. Raises InputError."""
    try:
        opened = open_file(path)
    except NotAFileError as error:
        raise InputError(
            "{reason}: give its text by standard input, as corpus -", reason=error
        ) from error
    with opened as file:
        try:
            _refuse_large(os.fstat(file.fileno()).st_size, str(path))
            return _read_all(file, str(path))
        except OSError as error:
            raise InputError(
                "{path} cannot be read: {reason}", path=path, reason=error.strerror or error
            ) from error


def _refuse_large(size: int, name: str) -> None:
    if size > LARGEST_TEXT:
        raise InputError(
            "{name} is larger than {most} MiB, too large for a corpus: cut a part from it",
            name=name,
            most=LARGEST_TEXT >> 20,
        )


def decode(data: bytes, name: str, encoding: str | None = None) -> tuple[str, str]:
    """Text and encoding of `data`: UTF-8, UTF-16 with mark or GB18030, tried in that order.

    Strict: no byte is replaced. A mark is dropped, every line end becomes `\\n`. Raises
    InputError, with the offset of the first byte that cannot be decoded, for what none of them
    decodes; for an empty text; and for one with more than 30 % control characters.
    """
    if encoding is not None:
        text, found = _decode_as(data, name, canonical_encoding(encoding))
    else:
        text, found = _detect(data, name)
    text = text.removeprefix("\ufeff")
    if not text:
        raise InputError("{name} is empty", name=name)
    controls = _count_controls(text)
    if controls > max(1, BINARY_SHARE * len(text)):
        reason = UserMessage("{share:.0%} of it are control characters", share=controls / len(text))
        raise _binary(name, reason, data if encoding is None else b"")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, found


def _decode_as(data: bytes, name: str, encoding: str) -> tuple[str, str]:
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        raise InputError(
            "{name} is not {encoding}: {where}; name another --encoding",
            name=name,
            encoding=encoding,
            where=_undecodable(error),
        ) from error
    except ValueError as error:  # what codecs other than those of character sets may raise
        raise InputError(
            "{name} is not {encoding}: name another --encoding", name=name, encoding=encoding
        ) from error


def _detect(data: bytes, name: str) -> tuple[str, str]:
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        utf8 = error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise InputError(
                "{name} has the mark of UTF-16, but {where}; name its encoding (such as --encoding "
                "cp1252) or repair the file",
                option="encoding",
                name=name,
                where=_undecodable(error),
            ) from error
    if b"\0" in data:
        raise _binary(name, _undecodable(utf8), data)
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as error:
        gb18030 = error
    else:
        if _looks_chinese(text):
            return text, "gb18030"
        raise InputError(
            "{name} is not UTF-8 ({where}) and hardly GB18030; name its encoding (such as "
            "--encoding cp1252), or --encoding gb18030 if it is",
            option="encoding",
            name=name,
            where=_undecodable(utf8),
        )
    if gb18030.start == utf8.start:
        raise InputError(
            "{name} is neither UTF-8 ({where}) nor GB18030; name its encoding (such as "
            "--encoding cp1252)",
            option="encoding",
            name=name,
            where=_undecodable(utf8),
        )
    raise InputError(
        "{name} is neither UTF-8 ({where}) nor GB18030 ({also}); name its encoding (such as "
        "--encoding cp1252)",
        option="encoding",
        name=name,
        where=_undecodable(utf8),
        also=_undecodable(gb18030),
    )


def _binary(name: str, reason: UserMessage, data: bytes) -> InputError:
    encoding = _unmarked_utf16(data)
    if encoding is None:
        return InputError("{name} is binary, not text: {reason}", name=name, reason=reason)
    return InputError(
        "{name} looks binary, not text: {reason}; if it is UTF-16 without a mark, use --encoding "
        "{encoding}",
        option="encoding",
        name=name,
        reason=reason,
        encoding=encoding,
    )


def _undecodable(error: UnicodeDecodeError) -> UserMessage:
    byte, offset = error.object[error.start], error.start
    return UserMessage("byte 0x{byte:02x} at offset {offset}", byte=byte, offset=offset)


def _count_controls(text: str) -> int:
    """C0 but tab and line ends, DEL, C1; NUL and escape count too."""
    found = 0
    for start in range(0, len(text), _PIECE):
        piece = text[start : start + _PIECE].encode("utf-32-le", "surrogatepass")
        codes = np.frombuffer(piece, dtype="<u4")
        low = (codes < 0x20) & ((codes < 0x09) | (codes > 0x0D))
        found += int(np.count_nonzero(low | ((codes >= 0x7F) & (codes < 0xA0))))
    return found


def _looks_chinese(text: str) -> bool:
    """Whether what GB18030 made of some bytes can be meant.

    GB18030 gives a meaning to nearly every pair of a high byte and a letter, as `é` and `s` in
    Latin-1. In Chinese text the second byte is high for common characters (those of GB 2312);
    assigned characters are the rule.
    """
    sample = [each.group() for each in islice(re.finditer(r"[^\x00-\x7f]", text), _SAMPLE)]
    letters = sum(
        len(pair) == 2 and pair[1] < 0x80 for pair in (each.encode("gb18030") for each in sample)
    )
    unassigned = sum(unicodedata.category(each) in ("Cn", "Co") for each in sample)
    return letters <= len(sample) / 2 and unassigned <= BINARY_SHARE * len(sample)


def _unmarked_utf16(data: bytes) -> str | None:
    """The encoding of what may be UTF-16 without its mark: ASCII in it has a NUL in every pair."""
    head = data[: _SAMPLE * 2]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) / 8 or min(even, odd) > max(even, odd) / 8:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


_START = re.compile(
    r"^\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG EBOOK[^*]*\*\*\*[^\n]*\n"
    r"|^\*END[ *]*THE SMALL PRINT![^\n]*\n",
    re.MULTILINE | re.IGNORECASE,
)
_END = re.compile(
    r"^\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG EBOOK"
    r"|^End of (?:the )?Project Gutenberg(?:'s|’s| Etext| EBook)",
    re.MULTILINE | re.IGNORECASE,
)


def strip_gutenberg(text: str) -> str:
    """The text between the marks of a Project Gutenberg file, itself where there are none."""
    start = _START.search(text)
    first = start.end() if start else 0
    end = _END.search(text, first)
    if start is None and end is None:
        return text
    body = text[first : end.start() if end else len(text)].strip("\n")
    return f"{body}\n" if body else ""
