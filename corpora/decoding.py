"""Bytes to text: which encoding, what is refused, and what to do about it."""

from __future__ import annotations

import codecs
import re

import numpy as np

from seqtui.corpora.encodings import DOUBTFUL, WIDE, Fit, fit_of, fitting
from seqtui.corpora.errors import InputError, UserMessage
from seqtui.corpora.options import canonical_encoding

BINARY_SHARE = 0.3
"""A text with a larger share of control characters is taken for binary."""

GUESSED = "gb18030"
"""The one encoding that is read on a guess: nothing in a file marks it."""

_DOUBT = 0.05
"""GB18030 is guessed where no other encoding comes as near as this to its share."""
_MEANT = 2 / 3
"""A file is damaged UTF-8 if more of its bytes beyond ASCII than this are in UTF-8."""
_PIECE = 1 << 20
_SAMPLE = 40_000

_SHIFTED = {  # what switches to two-byte characters in the seven-bit encodings
    "iso2022_jp": re.compile(rb"\x1b\$[@B]"),
    "iso2022_kr": re.compile(rb"\x1b\$\)C"),
}


def decode(data: bytes, name: str, encoding: str | None = None) -> tuple[str, str]:
    """Text and encoding of `data`: UTF-8, UTF-16 or UTF-32 with mark, or GB18030.

    GB18030 is a guess, made where its reading has more usual characters than that of any other
    encoding. Strict: no byte is replaced. A mark at the start is dropped, every CR LF and CR
    becomes `\\n`. Raises InputError, with the place of the first byte that cannot be decoded and
    with the encodings that fit, for what none of them decodes; for an empty text; and for one with
    more than 30 % control characters.
    """
    if encoding is not None:
        text, found = _decode_as(data, name, canonical_encoding(encoding))
    else:
        _refuse_other_formats(data, name)
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
        if encoding in ("utf-8", "utf-8-sig") and (damaged := _damaged_utf8(data, name, error)):
            raise damaged from error
        raise InputError(
            "{name} is not {encoding}: {where}; {remedy}",
            option="encoding",
            name=name,
            encoding=encoding,
            where=_place(error),
            remedy=_readings(fitting(data)),
        ) from error
    except ValueError as error:  # what codecs other than those of character sets may raise
        raise InputError(
            "{name} is not {encoding}: name another --encoding",
            option="encoding",
            name=name,
            encoding=encoding,
        ) from error


def _detect(data: bytes, name: str) -> tuple[str, str]:
    marked = _encoding_of_mark(data)
    if marked is not None:
        try:
            return data.decode(marked), marked
        except UnicodeDecodeError as error:
            raise InputError(
                "{name} has the mark of {encoding}, but {where}: it is cut or damaged there; "
                "repair the file or name another --encoding",
                option="encoding",
                name=name,
                encoding=marked.upper(),
                where=_place(error),
            ) from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _detect_beside_utf8(data, name, error)
    for encoding, shift in _SHIFTED.items():
        if shift.search(data) and (fit := fit_of(data, encoding)) and fit.share >= DOUBTFUL:
            raise InputError(
                "{name} is {encoding}, by its escapes: {readings}; --encoding utf-8 reads it as it "
                "stands",
                option="encoding",
                name=name,
                encoding=encoding.upper(),
                readings=_readings([fit]),
            )
    return text, "utf-8"


def _encoding_of_mark(data: bytes) -> str | None:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) and len(data) % 4 == 0:
        return "utf-32"  # its little-endian mark begins with that of UTF-16
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return None


def _detect_beside_utf8(data: bytes, name: str, utf8: UnicodeDecodeError) -> tuple[str, str]:
    """What is not UTF-8, as GB18030 if that is likeliest. Raises InputError otherwise."""
    if damaged := _damaged_utf8(data, name, utf8):
        raise damaged
    if b"\0" in data:
        raise _binary(name, _place(utf8), data)
    fits = fitting(data)
    best = fits[0] if fits else None
    if best is not None and best.encoding == GUESSED and best.share >= DOUBTFUL:
        others = [fit for fit in fits[1:] if fit.share > best.share - _DOUBT]
        if best.damage is None and not others:
            return data.decode(GUESSED), GUESSED
    raise InputError(
        "{name} is not UTF-8 ({where}; {bad:,} of {total:,} bytes are not): {readings}",
        option="encoding",
        name=name,
        where=_place(utf8),
        bad=len(data) - len(data.decode("utf-8", "ignore").encode()),
        total=len(data),
        readings=_readings(fits),
    )


def _damaged_utf8(data: bytes, name: str, error: UnicodeDecodeError) -> InputError | None:
    """What is wrong with a file that is UTF-8 for the most part; None for any other file."""
    good = len(data.decode("utf-8", "ignore").encode())
    bad = len(data) - good
    beyond = len(data) - len(data.translate(None, bytes(range(0x80, 0x100))))
    cut = error.end == len(data) and error.reason == "unexpected end of data"
    # Two bytes that begin a character of UTF-8 at the very end are hardly anything else.
    if beyond - bad <= _MEANT * beyond and not (cut and bad == beyond > 1):
        return None
    if cut:
        return InputError(
            "{name} is UTF-8, but cut inside its last character ({where}); all but {bad} of "
            "{total:,} bytes are UTF-8: get the whole file, or drop these bytes with "
            "iconv -c -f utf-8 -t utf-8",
            name=name,
            where=_place(error),
            bad=bad,
            total=len(data),
        )
    return InputError(
        "{name} is damaged UTF-8 ({where}); all but {bad:,} of {total:,} bytes are UTF-8: repair "
        "the file, or drop what is not with iconv -c -f utf-8 -t utf-8",
        name=name,
        where=_place(error),
        bad=bad,
        total=len(data),
    )


def _readings(fits: list[Fit]) -> UserMessage:
    """The encodings that fit, each with some of the text: the remedy of a message."""
    if not fits:
        return UserMessage("no encoding known here fits it; name its --encoding, such as cp1252")
    readings = _reading(fits[-1])
    for fit in reversed(fits[:-1]):
        readings = UserMessage("{one}; {others}", one=_reading(fit), others=readings)
    return readings


def _reading(fit: Fit) -> UserMessage:
    if fit.damage is not None:
        return UserMessage(
            "--encoding {encoding} would read “{line}”, but for {where}",
            encoding=fit.encoding,
            line=fit.line,
            where=_place(fit.damage),
        )
    return UserMessage(
        "--encoding {encoding} would read “{line}”", encoding=fit.encoding, line=fit.line
    )


def _binary(name: str, reason: UserMessage, data: bytes) -> InputError:
    encoding = _unmarked_wide(data)
    if encoding is None:
        return InputError("{name} is binary, not text: {reason}", name=name, reason=reason)
    return InputError(
        "{name} looks binary, not text: {reason}; if it is {kind} without a mark, use --encoding "
        "{encoding}",
        option="encoding",
        name=name,
        reason=reason,
        kind=encoding[:6].upper(),
        encoding=encoding,
    )


def _place(error: UnicodeDecodeError) -> UserMessage:
    """Which byte cannot be decoded, and where it is."""
    line = error.object.count(b"\n", 0, error.start) + 1
    return UserMessage(
        "byte 0x{byte:02x} at offset {offset}, line {line}",
        byte=error.object[error.start],
        offset=error.start,
        line=line,
    )


def _count_controls(text: str) -> int:
    """C0 but tab and line ends, DEL, C1; NUL and escape count too."""
    found = 0
    for start in range(0, len(text), _PIECE):
        piece = text[start : start + _PIECE].encode("utf-32-le", "surrogatepass")
        codes = np.frombuffer(piece, dtype="<u4")
        low = (codes < 0x20) & ((codes < 0x09) | (codes > 0x0D))
        # NEL is a line end of some systems.
        found += int(np.count_nonzero(low | ((codes >= 0x7F) & (codes < 0xA0) & (codes != 0x85))))
    return found


def _unmarked_wide(data: bytes) -> str | None:
    """The encoding of what may be UTF-16 or UTF-32 without its mark.

    ASCII in UTF-16 has a NUL in every pair; for other languages their usual characters decide.
    """
    head = data[:_SAMPLE]
    wide = [fit for name in WIDE if (fit := fit_of(head[: len(head) // 4 * 4], name)) is not None]
    best = max(wide, key=lambda fit: fit.share, default=None)
    if best is not None and best.share >= DOUBTFUL and b"\0" in head:
        return best.encoding
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) / 8 or min(even, odd) > max(even, odd) / 8:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


_FORMATS: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
_UNPACKERS = {"gzip": "gunzip -c", "xz": "xz -dc", "bzip2": "bunzip2 -c", "zstd": "zstd -dc"}


def _refuse_other_formats(data: bytes, name: str) -> None:
    """Raises InputError, naming the way to its text, for a file that holds text in another form."""
    for start, form in _FORMATS:
        if data.startswith(start) and not data[:512].isascii():
            raise InputError(
                "{name} is compressed by {form}, binary, not text: unpack it first, or give its "
                "text as corpus - through a pipe from {command}",
                name=name,
                form=form,
                command=_UNPACKERS[form],
            )
    if data.startswith(b"PK\x03\x04"):
        raise _zip(data, name)
    if data.startswith(b"%PDF-"):
        raise InputError(
            "{name} is a PDF, not text: take its text first, as by pdftotext", name=name
        )
    if data.startswith(b"{\\rtf"):
        raise InputError(
            "{name} is a document in RTF, not text: save it as plain text in UTF-8 first", name=name
        )
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise InputError(
            "{name} is an Office document, binary, not text: save it as plain text in UTF-8 first",
            name=name,
        )


def _zip(data: bytes, name: str) -> InputError:
    head = data[:4096]
    if b"application/epub" in head:
        return InputError(
            "{name} is an EPUB, binary, not text: take its text first, as by pandoc -t plain",
            name=name,
        )
    if any(part in head for part in (b"word/", b"[Content_Types].xml", b"opendocument", b"xl/")):
        return InputError(
            "{name} is an Office document, binary, not text: save it as plain text in UTF-8 first",
            name=name,
        )
    return InputError(
        "{name} is a zip archive, binary, not text: unpack it and name a file of it", name=name
    )
