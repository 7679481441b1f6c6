"""The lines of an ARPA file that is not trusted: bounded, numbered, and no other format."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.engine.ngrams.arpa import COMMENT

LONGEST_LINE = 1 << 24
"""Bytes of a line."""
LARGEST_HEAD = 1 << 20
"""Bytes before the mark `\\data\\`."""
BLANK_BYTES = 16
"""Bytes of blank lines for each n-gram, beyond as many as the head may have."""

BLANK = b" \t\r\n"
"""What separates in such a file; KenLM holds that a vertical tab or a form feed does not."""

_BOM = b"\xef\xbb\xbf"
_UTF16 = UserMessage(
    "this is UTF-16, not UTF-8: convert it, as by iconv -f UTF-16 -t UTF-8 FILE > OTHER"
)
_COMPRESSED = UserMessage("it is compressed, and not with gzip: decompress it first")
_BINARY = UserMessage("this is the binary file of a toolkit: name the ARPA file it was built from")
_BEGINNINGS = (
    (b"mmap lm ", _BINARY),
    (b"blmt", _BINARY),
    (b"iARPA", UserMessage("this is IRSTLM's iARPA: compile-lm --text yes FILE OTHER converts it")),
    (b"\xff\xfe", _UTF16),
    (b"\xfe\xff", _UTF16),
    (b"\\\0d\0a\0", _UTF16),
    (b"\0\\\0d\0a", _UTF16),
    (b"\xfd7zXZ\0", _COMPRESSED),
    (b"BZh", _COMPRESSED),
    (b"PK\x03\x04", _COMPRESSED),
    (b"\x28\xb5\x2f\xfd", _COMPRESSED),
)
"""How files begin that are taken for ARPA files, and what to say of them."""


class ArpaLines:
    """One pass through a file, line by line."""

    def __init__(self, name: str, readline: Callable[[int], bytes]) -> None:
        self.name = name
        self.number = 0
        """Of the line that was read last."""
        self._readline = readline
        self._blank = 0

    def next(self, blank_for: int) -> bytes | None:
        """The next line that is not blank, None at the end of the file.

        Blank lines are allowed for so many n-grams, beyond as many as the head may have.
        """
        while line := self._readline(LONGEST_LINE + 1):
            self.number += 1
            if len(line) > LONGEST_LINE:
                self.refuse(
                    UserMessage("this line is longer than {most:,} bytes", most=LONGEST_LINE)
                )
            if stripped := line.strip(BLANK):
                return stripped
            self._blank += len(line)
            if self._blank > LARGEST_HEAD + BLANK_BYTES * blank_for:
                self.refuse(UserMessage("there are too many blank lines up to here"))
        return None

    def refuse(self, reason: str, number: int | None = None) -> NoReturn:
        """Raise InputError, with the number of a line, the last one unless another is named."""
        raise InputError(
            "{name}, line {line}: {reason}",
            name=self.name,
            line=number or self.number,
            reason=reason,
        )

    def head(self, comment: Callable[[bytes], None]) -> None:
        """Read up to and with `\\data\\`; `comment` gets each of ours before it."""
        left = LARGEST_HEAD
        while left > 0 and (line := self._readline(left)):
            left -= len(line)
            self.number += 1
            if self.number == 1:
                line = line.removeprefix(_BOM)
                self._refuse_other_formats(line)
            line = line.strip(BLANK)
            if line == b"\\data\\":
                return
            if line.startswith(COMMENT.encode()):
                comment(line)
        raise InputError(
            "{name}: no line \\data\\ is in the first {most:,} bytes, so it is no ARPA file",
            name=self.name,
            most=LARGEST_HEAD,
        )

    def _refuse_other_formats(self, line: bytes) -> None:
        for beginning, reason in _BEGINNINGS:
            if line.startswith(beginning):
                raise InputError("{name}: {reason}", name=self.name, reason=reason)
        if b"\0" in line:
            raise InputError("{name} is binary: it is no ARPA file", name=self.name)
