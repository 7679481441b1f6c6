"""Foreign text made safe to show: what a corpus, a model, a file name or an exception holds.

A terminal obeys some characters instead of drawing them (C0, DEL, C1), some reorder or hide what
is beside them (Unicode's format characters), and any number of combining marks fits in one cell.
All of these become visible symbols of one cell, so that a text can be inspected and never acts.
In a table of tokens, two tokens must also look different: there, what has no look of its own is
written in hexadecimal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

from seqtui.tui.numbers import count
from seqtui.tui.translation import ngettext

MOST_NAMED = 12
"""Tokens that a sentence names."""
MOST_MARKS = 8
"""Marks that one cell may carry; Hebrew with its accents takes four, a pile of them costs the line
to the terminal and its patience."""

_OTHER_CONTROL = "\N{SYMBOL FOR SUBSTITUTE FORM TWO}"
_INVISIBLE = "\N{MIDDLE DOT}"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_TEXT_STYLE, _EMOJI_STYLE = "\ufe0e", "\ufe0f"
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_SEPARATORS = frozenset("\u2028\u2029")

_JOINING_SCRIPTS = (
    (0x0600, 0x1000),  # Arabic, Syriac, N'Ko and the scripts of India
    (0x1000, 0x10A0),  # Myanmar
    (0x1780, 0x1880),  # Khmer
    (0x1820, 0x18B0),  # Mongolian
    (0x1900, 0x1CD0),
    (0xA800, 0xAC00),
    (0x10A00, 0x12000),
    (0x1E900, 0x1E960),
)
"""Blocks in which a joiner decides which form of a letter is drawn."""

_JOINED_TO_NOTHING = frozenset(
    "\u0622\u0623\u0624\u0625\u0627\u0629\u062f\u0630\u0631\u0632\u0648\u0671\u0688\u0691\u0698"
)
"""Arabic letters that no letter joins; a non-joiner after one changes nothing."""
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc")
"""Drawn as nothing, whatever their category says."""
_SIGNS = frozenset(
    [*map(chr, range(0x2400, 0x2427)), "\N{DOTTED CIRCLE}", _INVISIBLE, _REPLACEMENT]
)
"""Signs for other characters: where they stand in a token themselves, they are written out."""


def visible(text: str) -> str:
    """One line of foreign text as a terminal may see it; line ends become `␊`.

    Every character stays one character.
    """
    return _careful(text).translate(_DOOR)


def visible_lines(text: str) -> str:
    """As `visible`, but line feeds stay line feeds and a tab becomes four spaces."""
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    return _careful(text).translate(_DOOR_KEEPING_LINES)


def visible_pieces(pieces: Sequence[str]) -> list[str]:
    """The pieces of one text, each as `visible_lines` shows it among the others."""
    pieces = [piece.replace("\t", "    ") for piece in pieces]
    whole = _careful("".join(pieces)).translate(_DOOR_KEEPING_LINES)
    ends = list(accumulate(map(len, pieces)))
    return [whole[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def token_symbol(token: str, tokenizer: str) -> str:
    """A token as a table shows it: no two tokens of a vocabulary look alike.

    Spaces are seen as `␣`, a line end as `␊`, combining marks on a dotted circle. A byte beyond
    ASCII is `<E5>`; a character that draws nothing, or has no look of its own, is `<U+200B>`.
    """
    if token.isascii() and token.isalnum():
        return token
    if tokenizer == "byte" and len(token) == 1 and token > "\x7f":
        return f"<{ord(token):02X}>"
    careful = _careful(token)
    spelled = bool(_SPELLED_OUT.search(token))  # no token may look like the spelling of another
    composed = unicodedata.is_normalized("NFC", token)
    drawn = [
        f"<U+{ord(char):04X}>"
        if char != seen
        or (spelled and char == "<")
        or (not composed and (is_mark(char) or not unicodedata.is_normalized("NFC", char)))
        or _has_no_look(char)
        or (char == _ZWNJ and before in _JOINED_TO_NOTHING)
        else ("\N{OPEN BOX}" if char == " " else _DOOR[ord(char)])
        for before, char, seen in zip(f" {token}", token, careful, strict=False)
    ]
    whole = "".join(drawn)
    return f"\N{DOTTED CIRCLE}{whole}" if whole and is_mark(whole[0]) else whole


def unknown_words(tokens: Sequence[str], tokenizer: str) -> str:
    """A sentence that names the tokens which were read as `<unk>`; empty for none."""
    if not tokens:
        return ""
    words = ngettext(
        "{count} token is not in the vocabulary and was read as <unk>: {tokens}",
        "{count} tokens are not in the vocabulary and were read as <unk>: {tokens}",
        len(tokens),
    )
    return words.format(count=count(len(tokens)), tokens=some_symbols(tokens, tokenizer))


def some_symbols(tokens: Sequence[str], tokenizer: str) -> str:
    """The first of some tokens, as symbols; `…` for the rest."""
    shown = [token_symbol(token, tokenizer) for token in tokens[:MOST_NAMED]]
    return " ".join([*shown, "…"] if len(tokens) > MOST_NAMED else shown)


@cache
def _has_no_look(char: str) -> bool:
    """Whether a character draws nothing by itself, or what another one draws."""
    if char < "\x80" or char in (_ZWNJ, _ZWJ):
        return False  # a joiner that `_careful` has kept belongs to the letter before it
    category = unicodedata.category(char)
    return category[0] in "CZ" or char in _SIGNS or char in _BLANK or _is_selector(char)


# What depends on the characters beside.


def _careful(text: str) -> str:
    """The text without joiners and marks where nothing needs them; every one becomes `·`."""
    if text.isascii() or not any(map(_needs_care, set(text))):
        return text
    kept: list[str] = []
    marks = 0
    for place, char in enumerate(text):
        joins = _joins(text, place)
        if joins or is_mark(char):
            marks += 1
        else:
            marks = 0
        keeps = joins if joins is not None else marks <= MOST_MARKS
        kept.append(char if keeps and marks <= MOST_MARKS else _INVISIBLE)
    return "".join(kept)


def _joins(text: str, place: int) -> bool | None:
    """Whether a joiner or a selector has something to act on; None for other characters."""
    char = text[place]
    if char not in (_ZWNJ, _ZWJ) and not _is_selector(char):
        return None
    before = text[place - 1] if place else " "
    after = text[place + 1] if place + 1 < len(text) else " "
    if char in (_TEXT_STYLE, _EMOJI_STYLE):
        return _is_pictogram(before) or before in "#*0123456789"
    if _is_selector(char):
        return unicodedata.category(before)[0] == "L"
    if char == _ZWJ and _is_pictogram(after) and (_is_pictogram(before) or before == _EMOJI_STYLE):
        return True
    code = ord(before)
    return unicodedata.category(before) in ("Lo", "Lm", "Mn", "Mc") and any(
        first <= code < end for first, end in _JOINING_SCRIPTS
    )


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _is_pictogram(char: str) -> bool:
    """Emoji are symbols, their colours of skin modifiers."""
    return char > "\xa8" and unicodedata.category(char) in ("So", "Sk", "Sm")


@cache
def takes_no_cell(char: str) -> bool:
    """Whether a character that `visible` has left is drawn in the cell of the one before it."""
    return is_mark(char) or char in (_ZWNJ, _ZWJ)


@cache
def is_mark(char: str) -> bool:
    """Whether a character is a combining mark, or a vowel or an end of Hangul in pieces."""
    return (
        unicodedata.category(char) in ("Mn", "Me")
        or "\u1160" <= char <= "\u11ff"
        or "\ud7b0" <= char <= "\ud7ff"
    )


@cache
def _needs_care(char: str) -> bool:
    """Whether `_careful` has to look at what stands around a character: a joiner or a mark.

    One character at a time: a class of all marks takes 22 ms of the first paint to build.
    """
    return char in (_ZWNJ, _ZWJ) or _is_selector(char) or is_mark(char)


# What every character becomes, wherever it stands.


def _sign(char: str) -> str:
    category = unicodedata.category(char)
    if char < " ":
        return chr(0x2400 + ord(char))
    if char == "\x7f":
        return "\N{SYMBOL FOR DELETE}"
    if category == "Cc" or char in _BIDI:
        return _OTHER_CONTROL
    if char in _LINE_SEPARATORS:
        return "\N{SYMBOL FOR NEWLINE}"
    if category == "Cs":
        return _REPLACEMENT
    if category == "Cf" and char not in (_ZWNJ, _ZWJ):
        return _INVISIBLE
    return char


class _Door(dict[int, str]):
    """What each character becomes, found by its category when it is first met."""

    def __missing__(self, code: int) -> str:
        sign = self[code] = _sign(chr(code))
        return sign


_DOOR = _Door()
_DOOR_KEEPING_LINES = _Door({0x0A: "\n"})
_SPELLED_OUT = re.compile(r"<(?:U\+)?[0-9A-F]{2,6}>")
