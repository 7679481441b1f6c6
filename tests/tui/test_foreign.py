"""Foreign text that is made visible holds nothing that a terminal obeys."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.tui.foreign import token_symbol, visible, visible_lines, visible_pieces

ANY_TEXT = st.text(st.characters())
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


JOINERS = "\u200c\u200d"
ANY_CHARACTER = [chr(code) for code in range(0x110000)]


def obeyed(character: str) -> bool:
    category = unicodedata.category(character)
    return category in {"Cc", "Cs", "Cf", "Zl", "Zp"} and character not in JOINERS


@given(ANY_TEXT)
def test_no_control_character_passes(text: str) -> None:
    assert not any(obeyed(character) for character in visible(text))
    assert not any(obeyed(character) for character in token_symbol(text, "word"))
    assert not any(obeyed(c) for c in visible_lines(text) if c != "\n")


@given(ANY_TEXT)
def test_every_character_stays_one_character(text: str) -> None:
    assert len(visible(text)) == len(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S"], max_codepoint=0x10FF)))
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


def test_no_format_character_passes_where_nothing_needs_it() -> None:
    passed = [char for char in ANY_CHARACTER if unicodedata.category(char) == "Cf"]
    assert len(passed) > 150
    assert not [char for char in passed if visible(f"a{char}b") == f"a{char}b"]


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # Persian: which form the letters take
        "क्\u200dष",
        "\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}",
        "\N{HEAVY BLACK HEART}\ufe0f",
        "1\ufe0f\u20e3",
        "Việt Nam",
        "שָׁלוֹם",
    ],
)
def test_joiners_and_marks_stay_where_script_or_emoji_need_them(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("mark", ["\u0301", "\u20dd", "\u1161", "\u200d", "\ufe0f", "\U000e0100"])
@pytest.mark.parametrize("letter", ["e", "\N{WOMAN}", "ب"])
def test_a_cell_carries_few_marks(letter: str, mark: str) -> None:
    seen = visible(letter + mark * 10_000)
    assert len(seen) == 10_001
    assert seen.count(mark) <= 8


def test_spaces_are_seen_in_tokens() -> None:
    assert token_symbol(" ", "char") == "␣"
    assert token_symbol("\n", "char") == "␊"
    assert token_symbol("\u0301", "char") == "◌\u0301"


@pytest.mark.parametrize(
    ("token", "tokenizer", "seen"),
    [
        ("\xe5", "byte", "<E5>"),
        ("\x85", "byte", "<85>"),
        ("\xe5", "char", "å"),
        ("<unk>", "byte", "<unk>"),
        ("\u200b", "char", "<U+200B>"),
        ("\ufe0f", "char", "<U+FE0F>"),
        ("\u3000", "char", "<U+3000>"),
        ("\xa0", "char", "<U+00A0>"),
        ("\u3164", "char", "<U+3164>"),
        ("cafe\u0301", "word", "cafe<U+0301>"),  # the other spelling of café
        ("␣", "char", "<U+2423>"),
        ("کار\u200cها", "word", "کار<U+200C>ها"),  # looks the same without it
        ("می\u200cخواهم", "word", "می\u200cخواهم"),
        ("<E5>", "word", "<U+003C>E5>"),
    ],
)
def test_what_has_no_look_of_its_own_is_hexadecimal(token: str, tokenizer: str, seen: str) -> None:
    assert token_symbol(token, tokenizer) == seen


@pytest.mark.parametrize(("tokenizer", "size"), [("byte", 256), ("char", 0x110000)])
def test_no_two_characters_look_alike(tokenizer: str, size: int) -> None:
    seen = {token_symbol(char, tokenizer) for char in ANY_CHARACTER[:size]}
    assert len(seen) == size
    assert not any(char.isspace() or not char for char in seen)


@given(ANY_TEXT, ANY_TEXT)
def test_no_two_words_look_alike(one: str, other: str) -> None:
    assert (token_symbol(one, "word") == token_symbol(other, "word")) == (one == other)


@given(st.lists(ANY_TEXT))
def test_the_pieces_of_a_text_are_shown_as_it_is(pieces: list[str]) -> None:
    shown = visible_pieces(pieces)
    assert len(shown) == len(pieces)
    whole = "".join(pieces)
    if "\r\n" not in whole:
        assert "".join(shown) == visible_lines(whole)


def test_marks_that_come_in_pieces_do_not_pile_up() -> None:
    assert "".join(visible_pieces(["e", *["\u0301"] * 1_000])).count("\u0301") <= 8
    assert visible_pieces(["\N{WOMAN}", "\u200d", "\N{GIRL}"])[1] == "\u200d"
