from __future__ import annotations

import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import reference_text

from seqtui.corpora import cleaning as module
from seqtui.corpora.cleaning import CLEANINGS, canonical_cleaning, clean
from seqtui.corpora.errors import Cancelled, InputError

# Texts in which line ends, spaces and letters of all kinds are frequent.
TEXTS = st.text(
    st.one_of(st.sampled_from("\n\n  \t.aAzZ0_\x0b\x1c\x85\u2028\u3000éÉßİΣ中文ा́"), st.characters())
)


def joined_by_definition(text: str) -> list[str]:
    return [re.sub("[^A-Za-z]+", " ", line).strip().lower() for line in text.split("\n")]


def unicode_by_definition(text: str) -> list[str]:
    def line_of(line: str) -> str:
        kept = (each if unicodedata.category(each)[0] in "LM" else " " for each in line)
        return re.sub(" +", " ", "".join(kept)).strip(" ")

    # Lower-casing looks at neighbours (a final sigma), so it is done over the whole text.
    return "\n".join(map(line_of, text.split("\n"))).lower().split("\n")


@given(TEXTS)
def test_none_keeps_everything(text: str) -> None:
    cleaned = clean(text, "none")
    assert cleaned.text == text
    assert cleaned.removed == 0
    assert cleaned.lines == tuple(text.split("\n"))


@given(TEXTS)
def test_letters_joined_is_its_definition(text: str) -> None:
    cleaned = clean(text, "letters-joined")
    assert list(cleaned.lines) == joined_by_definition(text)
    assert cleaned.text == "".join(joined_by_definition(text))


@given(TEXTS)
def test_letters_is_its_definition(text: str) -> None:
    cleaned = clean(text, "letters")
    assert cleaned.text == re.sub("[^A-Za-z]+", " ", text).lower()
    assert cleaned.lines == (cleaned.text,)


@given(TEXTS)
def test_unicode_letters_is_its_definition(text: str) -> None:
    cleaned = clean(text, "unicode-letters")
    assert list(cleaned.lines) == unicode_by_definition(text)
    assert cleaned.text == "\n".join(unicode_by_definition(text))


@pytest.mark.parametrize("cleaning", CLEANINGS)
def test_pieces_do_not_show(cleaning: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "One line.\n\n  Another one, 两行 \nNo end of line here: été"
    whole = clean(text, cleaning)
    monkeypatch.setattr(module, "_PIECE", 4)
    pieced = clean(text, cleaning)
    assert pieced.text == whole.text
    assert pieced.lines == whole.lines
    assert np.array_equal(pieced.line_starts, whole.line_starts)


@pytest.mark.parametrize("cleaning", CLEANINGS)
@given(text=TEXTS)
def test_a_text_is_its_lines_joined(cleaning: str, text: str) -> None:
    cleaned = clean(text, cleaning)
    assert cleaned.joiner.join(cleaned.lines) == cleaned.text
    assert len(cleaned.line_starts) == len(cleaned.lines)


def test_the_reference_text_has_the_characters_of_the_book() -> None:
    text = reference_text("timemachine.txt").read_text(encoding="utf-8")
    assert len(clean(text, "d2l-zh").text) == 170_580
    assert len(clean(text, "d2l-en").text) == 173_428
    assert clean(text, "d2l-zh").text[:37] == "the time machine by h g wellsithe tim"


def test_the_share_that_was_removed_is_reported() -> None:
    assert clean("ab, 12\n", "letters").removed == pytest.approx(4 / 7)
    assert clean("中文中文 abc", "letters-joined").removed == pytest.approx(5 / 8)
    assert clean("İİİ", "unicode-letters").removed == 0  # lower-casing made it longer


def test_an_alias_is_replaced_by_its_cleaning() -> None:
    assert canonical_cleaning("d2l-zh") == "letters-joined"
    assert canonical_cleaning("d2l-en") == "letters"


def test_an_unknown_cleaning_is_refused_with_the_choices() -> None:
    with pytest.raises(InputError, match=r"--clean soap: choose one of none, .*d2l-zh"):
        clean("text", "soap")


def test_cleaning_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        clean("text", "unicode-letters", lambda done, total: False)
