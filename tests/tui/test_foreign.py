"""Foreign text that is made visible holds nothing that a terminal obeys."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.tui.foreign import token_symbol, visible, visible_lines

ANY_TEXT = st.text(st.characters())
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def obeyed(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} or character in BIDI


@given(ANY_TEXT)
def test_no_control_character_passes(text: str) -> None:
    assert not any(obeyed(character) for character in visible(text))
    assert not any(obeyed(character) for character in token_symbol(text))
    assert not any(obeyed(c) for c in visible_lines(text) if c != "\n")


@given(ANY_TEXT)
def test_every_character_stays_one_character(text: str) -> None:
    assert len(visible(text)) == len(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\x9b2J", "␦2J"),
        ("a\x00b", "a␀b"),
        ("[/][bold red]", "[/][bold red]"),
        ("\u202eabc", "␦abc"),
    ],
)
def test_what_would_act_is_drawn(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_spaces_are_seen_in_tokens() -> None:
    assert token_symbol(" ") == "␣"
    assert token_symbol("\u3000") == "␣"
    assert token_symbol("\n") == "␊"
    assert token_symbol("\u0301") == "◌\u0301"
