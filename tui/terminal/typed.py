"""From the bytes of a terminal to Textual's messages, whatever the bytes are.

Textual's parser is given one whole sequence or character at a time; where a sequence or a paste
begins and ends is decided here. So nothing that arrives can end the app, a paste is never keys, and
a slow line may cut what it sends anywhere:

- A lone Esc is a key after `escape_seconds`, or as soon as a key follows it in another read.
- What can only be a sequence (`ESC [ 2`) waits `SEQUENCE_SECONDS` for its rest and is then dropped.
- A paste waits for its end mark without a limit.

Of what is private in Textual only `textual._xterm_parser.XTermParser` is relied upon, by its
`feed`, and its fields that `_CARRIED` names.
"""

from __future__ import annotations

import codecs
import os
import re
import time
from collections.abc import Callable, Generator, Iterator

from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.message import Message

SEQUENCE_SECONDS = 5.0
"""A sequence that was begun waits so long for its rest: no key of a keyboard looks like it."""
STRING_SECONDS = 1.0
"""A string waits so long for its end: nothing asks a terminal for one, so it may be keys."""
SSH_ESCAPE_SECONDS = 0.5
"""Over SSH a lone Esc waits so long: a line may cut the sequence of an arrow key after its Esc."""
_LONGEST_NUMBER = 7
"""Digits of the longest number in a sequence that is believed."""
_LARGEST_SIZE = 2000
"""Columns, or rows, of the largest window that is believed."""

_ESC = b"\x1b"
_PASTE_START = b"\x1b[200~"
_PASTE_END = b"\x1b[201~"
_FOCUS = "\x1b[I"
"""A sequence that Textual's parser knows; it ends one that the parser does not know."""
_LONGEST_KNOWN = 32
"""Characters of a sequence above which Textual's parser takes it for keys."""
_LONGEST = 1 << 16
"""Bytes of a sequence above which it is dropped."""
_STRINGS = b"]PX^_"
"""What follows ESC where a string begins, which ST or BEL ends (OSC, DCS, SOS, PM, APC)."""
_OPENERS = (b"[", b"O")
"""What makes an Esc of an earlier read the beginning of a sequence."""

_WHOLE = re.compile(
    rb"\x1b\[M[\x20-\xff]{3}"  # a mouse report of old: any three bytes
    rb"|\x1b\[\[[A-E]"  # F1 to F5 of the Linux console
    rb"|\x1b\[\d+\$"  # rxvt's keys with shift
    rb"|\x1b\[(?!M|\[)[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]"
    rb"|\x1bO[\d;]*[A-Za-z]"
    rb"|\x1b[]PX^_][\x08-\x0d\x20-\xff]*(?:\x07|\x1b\\)"
)
_BEGUN = re.compile(
    rb"\x1b"
    rb"|\x1b\[M[\x20-\xff]{0,2}"
    rb"|\x1b\[\["
    rb"|\x1b\[[\x30-\x3f]*[\x20-\x2f]*"
    rb"|\x1bO[\d;]*"
    rb"|\x1b[]PX^_][\x08-\x0d\x20-\xff]*\x1b?"
)
"""What may become whole."""
_BROKEN = re.compile(
    rb"\x1b\[M[\x20-\xff]{0,2}|\x1b\[\[?[\x30-\x3f]*[\x20-\x2f]*"
    rb"|\x1bO[\d;]*|\x1b[]PX^_][\x08-\x0d\x20-\xff]*"
)
"""What is dropped of a sequence when a byte follows that cannot belong to it."""
_LATE = re.compile(rb"\[(?:[A-DFH]|\d+(?:;\d+)*[~A-DFHu]|<\d+;\d+;\d+[Mm])|O[A-DFHP-S]")
"""How the rest of a sequence looks whose Esc was taken for the key, when it comes in one read."""

_KEY = re.compile(r"\x1b\[([\d:;]*)([u~ABCDEFHPQRS])")
"""A key, in kitty's protocol or in the older one that it extends."""
_WINDOW = re.compile(r"\x1b\[48;([\d:]+);([\d:]+);([\d:]+);([\d:]+)t")
_RELEASED = "3"
"""Kitty's mark of a key that was let go."""

_CARRIED = ("last_x", "last_y", "mouse_pixels", "terminal_size", "terminal_pixel_size")
"""What Textual's parser knows between two sequences."""


def escape_seconds() -> float:
    """How long a lone Esc waits: ESCDELAY (in milliseconds), else longer over SSH."""
    over_ssh = "SSH_CONNECTION" in os.environ or "SSH_TTY" in os.environ
    if over_ssh and "ESCDELAY" not in os.environ:
        return SSH_ESCAPE_SECONDS
    return constants.ESCAPE_DELAY


class TypedInput:
    """What a terminal sends, as messages. Never raises."""

    def __init__(self, escape_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._escape_seconds = escape_seconds
        self._clock = clock
        self._parser = XTermParser()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = b""
        """The beginning of a sequence."""
        self._paste: bytearray | None = None
        """What has come of a paste; None outside."""
        self._alt = False
        """Whether the next character comes with alt."""
        self._since = 0.0
        """When the beginning came."""
        self._due: float | None = None
        """When it is given up."""
        self._late_until = 0.0
        """Until when the rest may come of a sequence whose Esc has become a key."""

    def feed(self, data: bytes) -> list[Message]:
        """What these bytes, of one read, mean after those before them."""
        now = self._clock()
        if now < self._late_until and _LATE.match(data):
            data = _ESC + data
        self._late_until = 0.0
        begun, self._begun, self._due = self._begun, b"", None
        if begun == _ESC and data[:1] not in _OPENERS and not _WHOLE.match(begun + data):
            # In two reads they are two keys, not one with alt.
            return [_escape(), *self._messages(data, 0, now)]
        return list(self._messages(begun + data, len(begun), now))

    def tick(self) -> list[Message]:
        """What time has decided; to be called now and then."""
        now = self._clock()
        if self._due is None or now < self._due:
            return []
        begun, self._begun, self._due = self._begun, b"", None
        if begun == _ESC:
            self._late_until = now + SEQUENCE_SECONDS
            return [_escape()]
        if _is_alt(begun):
            self._alt = True
            return list(self._characters(begun[1:]))
        return []

    @property
    def patience(self) -> float | None:
        """Seconds after which `tick` will decide something; None for never."""
        return None if self._due is None else max(0.0, self._due - self._clock())

    # From bytes to whole sequences and characters.

    def _messages(self, data: bytes, earlier: int, now: float) -> Iterator[Message]:
        """The messages of some bytes, the first `earlier` of which have waited."""
        at = 0
        while at < len(data):
            if self._paste is not None:
                at = yield from self._pasted(data, at)
            elif data[at] != _ESC[0]:
                end = data.find(_ESC, at)
                end = len(data) if end < 0 else end
                yield from self._characters(data[at:end])
                at = end
            else:
                yield from self._cut_character()
                if whole := _WHOLE.match(data, at):
                    at = whole.end()
                    yield from self._sequence(whole[0])
                elif _BEGUN.fullmatch(data, at):
                    self._wait_for_more(data[at:], self._since if at < earlier else now)
                    return
                elif broken := _BROKEN.match(data, at):
                    at = broken.end()
                else:
                    at += 1
                    if data[at] == _ESC[0]:
                        yield _escape()
                    else:
                        self._alt = True

    def _wait_for_more(self, begun: bytes, since: float) -> None:
        """Keep the beginning of a sequence whose first byte came at `since`."""
        if len(begun) > _LONGEST:
            return
        seconds = SEQUENCE_SECONDS
        if begun == _ESC or _is_alt(begun):
            seconds = self._escape_seconds
        elif begun[1] in _STRINGS:
            seconds = STRING_SECONDS
        self._begun, self._since, self._due = begun, since, since + seconds

    def _pasted(self, data: bytes, at: int) -> Generator[Message, None, int]:
        """Take what belongs to the paste; returns where it ends in `data`."""
        paste = self._paste
        assert paste is not None
        seen = max(0, len(paste) - len(_PASTE_END))
        paste += data[at:]
        end = paste.find(_PASTE_END, seen)
        if end < 0:
            return len(data)
        self._paste = None
        if end:
            yield events.Paste(paste[:end].decode("utf-8", "replace"))
        return len(data) - (len(paste) - end - len(_PASTE_END))

    # From whole sequences and characters to messages.

    def _characters(self, data: bytes) -> Iterator[Message]:
        text = self._decoder.decode(data)
        if text and self._alt:
            self._alt = False
            yield from self._with_alt(text[0])
            text = text[1:]
        for character in text:
            yield from self._parsed(character)

    def _cut_character(self) -> list[Message]:
        """The sign for a character whose rest did not come."""
        cut = self._decoder.decode(b"", final=True)
        self._alt = False
        return self._parsed(cut) if cut else []

    def _with_alt(self, character: str) -> list[Message]:
        known = self._parsed(f"\x1b{character}")
        if known:
            return known
        keys: list[Message] = []
        for message in self._parsed(character):
            if isinstance(message, events.Key) and len(message.key) == 1:
                key = message.key
                name = f"shift+{key.lower()}" if key.isupper() else key
                message = events.Key(f"alt+{name}", None)
            keys.append(message)
        return keys

    def _sequence(self, sequence: bytes) -> list[Message]:
        if sequence == _PASTE_START:
            self._paste = bytearray()
            return []
        if sequence.startswith(b"\x1b[M") or _is_alt(sequence[:2]):
            return []  # Textual knows neither mouse reports of old nor answers that are strings
        text = sequence.decode("ascii", "replace")
        if any(len(number) > _LONGEST_NUMBER for number in re.findall(r"\d+", text)):
            return []
        if key := _KEY.fullmatch(text):
            return [
                message for each in _plain_keys(*key.groups()) for message in self._parsed(each)
            ]
        window = _WINDOW.fullmatch(text)
        if window and not all(0 < _first(side) <= _LARGEST_SIZE for side in window.groups()[:2]):
            return []
        return self._parsed(text)

    def _parsed(self, sequence: str) -> list[Message]:
        """What Textual's parser makes of one whole sequence or character; nothing if it cannot."""
        if len(sequence) > _LONGEST_KNOWN:
            return []
        try:
            if len(sequence) == 1:
                return list(self._parser.feed(sequence))
            early = list(self._parser.feed(sequence[:-1]))
            messages = list(self._parser.feed(sequence[-1]))
            list(
                self._parser.feed(_FOCUS)
            )  # where it does not know the sequence, it is still in it
            return [] if early else messages
        except Exception:
            parser = XTermParser()
            for name in _CARRIED:
                setattr(parser, name, getattr(self._parser, name))
            self._parser = parser
            return []


def _escape() -> events.Key:
    return events.Key("escape", "\x1b")


def _is_alt(begun: bytes) -> bool:
    """Whether ESC and a character are a key with alt unless more comes."""
    return len(begun) == 2 and begun[1] in _STRINGS


def _first(numbers: str) -> int:
    """The first of numbers with colons between them; 0 for none."""
    return int(numbers.partition(":")[0] or 0)


def _plain_keys(fields: str, end: str) -> list[str]:
    """A key without what Textual cannot read in it (kinds of event, other layouts), as sequences.

    One for each character that comes with it; none for a key that was let go, and for one that is
    no character.
    """
    codes, modifiers, text, *_ = [*fields.split(";"), "", "", ""]
    modifier, _colon, kind = modifiers.partition(":")
    code = _first(codes)
    characters = [int(each) for each in text.split(":") if each]
    if kind == _RELEASED or not all(map(_is_character, [code, *characters])):
        return []
    if end == "u" and not (code or characters):
        return []
    if end == "u" and not characters and modifier in ("", "1") and chr(code).isprintable():
        return [chr(code)]  # without modifiers a key is its character
    number = str(code) if codes else ""
    if characters:
        return [f"\x1b[{number};{modifier};{each}{end}" for each in characters]
    return [f"\x1b[{number};{modifier}{end}" if modifier else f"\x1b[{number}{end}"]


def _is_character(code: int) -> bool:
    return code <= 0x10FFFF and not 0xD800 <= code < 0xE000
