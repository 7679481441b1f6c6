"""Foreign text made safe to show: what a corpus, a model, a file name or an exception holds.

A terminal obeys some characters instead of drawing them (C0, DEL, C1), and some reorder what
is beside them (bidirectional controls). All of these become visible symbols of one cell,
so that a text can be inspected and never acts.
"""

from __future__ import annotations

import unicodedata

_OTHER_CONTROL = "\N{SYMBOL FOR SUBSTITUTE FORM TWO}"
_INVISIBLE = "\N{MIDDLE DOT}"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_BIDI_CONTROLS = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_LINE_SEPARATORS = [0x2028, 0x2029]
_ZERO_WIDTH = [0x00AD, 0x200B, 0x2060, 0xFEFF, *range(0xFFF9, 0xFFFC)]

_DOOR: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x7F: "\N{SYMBOL FOR DELETE}",
    **dict.fromkeys(range(0x80, 0xA0), _OTHER_CONTROL),
    **dict.fromkeys(_BIDI_CONTROLS, _OTHER_CONTROL),
    **dict.fromkeys(_LINE_SEPARATORS, "\N{SYMBOL FOR NEWLINE}"),
    **dict.fromkeys(_ZERO_WIDTH, _INVISIBLE),
    **dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT),
    **dict.fromkeys(range(0xE0000, 0xE0080), _OTHER_CONTROL),
}
_DOOR_KEEPING_LINES = {**_DOOR, 0x0A: "\n"}


def visible(text: str) -> str:
    """One line of foreign text as a terminal may see it; line ends become `␊`."""
    return text.translate(_DOOR)


def visible_lines(text: str) -> str:
    """As `visible`, but line feeds stay line feeds and a tab becomes four spaces."""
    return text.replace("\r\n", "\n").replace("\t", "    ").translate(_DOOR_KEEPING_LINES)


def token_symbol(token: str) -> str:
    """A token as a table shows it: spaces seen as `␣`, combining marks on a dotted circle."""
    drawn = visible(token).replace(" ", "\N{OPEN BOX}").replace("\u3000", "\N{OPEN BOX}")
    if drawn and unicodedata.combining(drawn[0]):
        return "\N{DOTTED CIRCLE}" + drawn
    return drawn
