"""A text from a file or from standard input, read whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from seqtui.corpora.decoding import GUESSED, decode
from seqtui.corpora.errors import InputError
from seqtui.corpora.files import LARGEST, NotAFileError, open_file

LARGEST_TEXT = LARGEST
"""Bytes. A text is held in memory with its ids, sixteen times its size at the peak."""

_PIECE = 1 << 20


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
    guessed: bool = False
    """Whether the encoding is a guess: nothing in the file marks it, and nobody named it."""


def text_of(data: bytes, name: str, called: str, path: Path | None, encoding: str | None) -> Text:
    """Bytes as a text called `called`; messages speak of `name`. Raises InputError."""
    content, found = decode(data, name, encoding)
    guessed = encoding is None and found == GUESSED
    return Text(called, content, found, len(data), path, guessed)


def read_path(path: str | Path, encoding: str | None = None) -> Text:
    """The text of a file. Raises InputError for what is not a readable file of text."""
    path = Path(path)
    return text_of(read_bytes(path), str(path), path.name, path, encoding)


def read_stdin(stream: BinaryIO, encoding: str | None = None) -> Text:
    """The text that comes by standard input, read to its end."""
    name = "standard input"
    try:
        data = _read_all(stream, name)
    except OSError as error:
        raise InputError(
            "{name} cannot be read: {reason}", name=name, reason=error.strerror or error
        ) from error
    return text_of(data, name, "stdin", None, encoding)


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
