from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import reference_text

from seqtui.corpora import tokenizing as module
from seqtui.corpora import words
from seqtui.corpora.cleaning import CLEANINGS, clean
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.corpora.options import BY_WORDS
from seqtui.corpora.reading import read_path
from seqtui.corpora.tokenizing import (
    TOKENIZERS,
    TokenStream,
    character_offset,
    detokenize,
    tokenize,
)

TEXTS = st.text(
    st.one_of(
        st.sampled_from("\n\n  \t,aAb\x1c\x85\xa0\u2028\u3000é中文。“"),
        st.characters(exclude_categories=["Cs"]),
    )
)


@pytest.fixture(autouse=True)
def no_segmenter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words whether rjieba is installed or not."""
    monkeypatch.setattr(words, "segmenter", lambda: None)


def tokens_of(stream: TokenStream) -> list[str]:
    return stream.tokens(0, len(stream.indices))


def tokens(text: str, tokenizer: str, cleaning: str = "none") -> list[str]:
    return tokens_of(tokenize(clean(text, cleaning), tokenizer))


@pytest.mark.parametrize("tokenizer", sorted(module.LOSSLESS))
@given(text=TEXTS)
def test_characters_and_bytes_lose_nothing(tokenizer: str, text: str) -> None:
    assert detokenize(tokens(text, tokenizer), tokenizer) == text


@given(TEXTS)
def test_characters_are_code_points_and_bytes_are_utf8(text: str) -> None:
    assert tokens(text, "char") == list(text)
    assert [ord(token) for token in tokens(text, "byte")] == list(text.encode())


@given(TEXTS)
def test_words_are_those_of_each_line(text: str) -> None:
    found = tokens(text, "word")
    assert found == [word for line in text.split("\n") for word in words.split_words(line)]
    assert "".join(found) == "".join(text.split())


@given(st.text(st.sampled_from("ab \t\n\x0b\x1f\x85\xa0\u2003\u2028\u205f\u3000é\U0001f600")))
def test_words_of_text_without_han_are_what_split_finds(text: str) -> None:
    assert tokens(text, "word") == text.split()


def test_between_spaces_nothing_is_cut() -> None:
    """As KenLM's query reads a text: a no-break space or a run of Han is part of a word."""
    text = "今天天气 好\tl'été\xa0vieux\x0bx\x0c\x1fy\u3000z\x85\n\xa0\n \n한국어 문장"
    words_of_it = ["今天天气", "好", "l'été\xa0vieux", "x", "\x1fy\u3000z\x85", "\xa0", "한국어"]
    assert tokens(text, "space") == [*words_of_it, "문장"]
    assert detokenize(["今天", "天气"], "space") == "今天 天气"
    stream = tokenize(clean(text, "none"), "space")
    assert stream.line_starts.tolist() == [0, 5, 6]


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@given(text=TEXTS)
def test_types_are_in_the_order_of_their_first_occurrence(tokenizer: str, text: str) -> None:
    stream = tokenize(clean(text, "none"), tokenizer)
    assert stream.types == tuple(dict.fromkeys(tokens_of(stream)))
    assert stream.indices.dtype == np.int32


@pytest.mark.parametrize("cleaning", CLEANINGS)
@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@given(text=TEXTS)
def test_every_line_with_something_in_it_starts_a_token(
    tokenizer: str, cleaning: str, text: str
) -> None:
    cleaned = clean(text, cleaning)
    stream = tokenize(cleaned, tokenizer)
    by_line = [tokens_of(tokenize(clean(line, "none"), tokenizer)) for line in cleaned.lines]
    joiner = len(cleaned.joiner) if tokenizer not in BY_WORDS else 0
    starts, at = [], 0
    for line in by_line:
        if line:
            starts.append(at)
        at += len(line) + joiner
    assert stream.line_starts.tolist() == starts


@pytest.mark.parametrize("cleaning", CLEANINGS)
@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@given(text=TEXTS, data=st.data())
def test_the_offset_of_a_token_is_where_it_is(
    tokenizer: str, cleaning: str, text: str, data: st.DataObject
) -> None:
    cleaned = clean(text, cleaning)
    stream = tokenize(cleaned, tokenizer)
    index = data.draw(st.integers(0, len(stream.indices)))
    offset = character_offset(cleaned, stream, index)
    if index == len(stream.indices):
        assert offset == len(cleaned.text)
    elif tokenizer == "byte":
        before = len(cleaned.text[:offset].encode())
        assert before <= index < before + len(cleaned.text[offset].encode())
    else:
        assert cleaned.text.startswith(tokens_of(stream)[index], offset)
        read = tokens_of(stream)[:index]
        before_it = cleaned.text[:offset]
        if tokenizer == "word":
            before_it = "".join(before_it.split())
        elif tokenizer == "space":
            before_it = re.sub(r"[ \t-\r]", "", before_it)
        assert "".join(read) == before_it


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_pieces_do_not_show(tokenizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cleaned = clean("One line, été.\n\n \n  Another 两行 of it\nand the last one", "none")
    whole = tokenize(cleaned, tokenizer)
    offsets = [character_offset(cleaned, whole, i) for i in range(len(whole.indices) + 1)]
    monkeypatch.setattr(module, "_PIECE", 5)
    pieced = tokenize(cleaned, tokenizer)
    assert tokens_of(pieced) == tokens_of(whole)
    assert pieced.types == whole.types
    assert pieced.line_starts.tolist() == whole.line_starts.tolist()
    assert [character_offset(cleaned, pieced, i) for i in range(len(offsets))] == offsets


def test_the_reference_text_has_the_words_of_the_book() -> None:
    cleaned = clean(read_path(reference_text("timemachine.txt")).text, "d2l-zh")
    stream = tokenize(cleaned, "word")
    found = tokens_of(stream)
    assert len(found) == 32_775
    assert len(stream.types) == 4_579
    assert Counter(found).most_common(4) == [
        ("the", 2261),
        ("i", 1267),
        ("and", 1245),
        ("of", 1155),
    ]
    assert Counter(pairwise(found))["of", "the"] == 309


def test_words_of_joined_lines_do_not_grow_together() -> None:
    assert tokens("the time\nmachine", "word", "letters-joined") == ["the", "time", "machine"]


def test_han_is_cut_into_characters_where_nothing_segments_it() -> None:
    assert tokens("我爱Python 和，numpy。", "word") == [
        *("我", "爱", "Python", "和", "，numpy。"),
    ]


def test_a_segmenter_is_given_the_runs_of_han(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []

    def cut(run: str) -> list[str]:
        runs.append(run)
        return [run[:2], run[2:]] if len(run) > 2 else [run]

    monkeypatch.setattr(words, "segmenter", lambda: cut)
    assert tokens("我们学习了 语言模型, ok", "word") == [
        "我们",
        "学习了",
        "语言",
        "模型",
        ",",
        "ok",
    ]
    assert runs == ["我们学习了", "语言模型"]


def test_words_are_joined_by_spaces_but_not_between_han() -> None:
    assert detokenize(["the", "time", "machine"], "word") == "the time machine"
    assert (
        detokenize(["我们", "学习", "RNN", "，", "很", "好", "。"], "word")
        == "我们学习 RNN ，很好。"
    )
    assert detokenize(["他", "说", "“", "好", "”"], "word") == "他说“好”"
    assert detokenize([], "word") == ""


def test_half_a_character_in_bytes_is_shown_as_such() -> None:
    half = [chr(byte) for byte in "中".encode()[:2]]
    assert detokenize(["a", *half], "byte") == "a\ufffd"
    assert detokenize(["<unk>", "a"], "byte") == "<unk>a"


def test_lone_surrogates_do_no_harm() -> None:
    assert detokenize(tokens("a\udc80b", "char"), "char") == "a\udc80b"
    for tokenizer in TOKENIZERS:
        assert tokens("a\udc80 中", tokenizer)


def test_an_unknown_tokenizer_is_refused_with_the_choices() -> None:
    with pytest.raises(InputError, match="--tokenizer bpe: choose one of char, word, byte, space"):
        tokenize(clean("text", "none"), "bpe")


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_progress_counts_characters_to_the_end_and_can_cancel(tokenizer: str) -> None:
    cleaned = clean("some text\n" * 10, "none")
    seen: list[tuple[int, int]] = []
    tokenize(cleaned, tokenizer, lambda done, total: seen.append((done, total)) is None)
    assert seen[0] == (0, 100)
    assert seen[-1] == (100, 100)
    with pytest.raises(Cancelled):
        tokenize(cleaned, tokenizer, lambda done, total: False)


def test_a_token_outside_the_stream_has_no_offset() -> None:
    cleaned = clean("abc", "none")
    with pytest.raises(IndexError):
        character_offset(cleaned, tokenize(cleaned, "char"), 4)


def test_spaces_between_han_are_a_segmentation_by_hand() -> None:
    by_hand = ["他", "下课后", "去了", "食堂"]
    assert tokens("他 下课后 去了 食堂\n他去了\n", "word") == [*by_hand, "他", "去", "了"]
    assert len(tokens("床前明月光 疑是地上霜", "word")) == 10
    assert tokens("甲\ufe00\u3000乙丙", "word") == ["甲\ufe00", "乙丙"]
    # A space beside other letters says nothing of the Han.
    assert tokens("用 RNN 预测", "word") == ["用", "RNN", "预", "测"]


@pytest.mark.parametrize(
    "text",
    ["한국어 문장 하나", "ꆈꌠꁱꂷ ꀉ", "\ue000\ue001 \uf8ff", "ひらがな カタカナ", "ไทย คำ"],
)
def test_words_of_other_scripts_are_what_stands_between_spaces(text: str) -> None:
    assert tokens(text, "word") == text.split()


def test_every_block_of_han_is_han_and_its_marks_stay() -> None:
    for code in (0x3400, 0x4E00, 0x9FFF, 0xF900, 0xFAFF, 0x20000, 0x3134A, 0x3005, 0x3007):
        assert words.has_han(chr(code)), hex(code)
    for code in (0xABFF, 0xAC00, 0xD7A3, 0xA000, 0xE000, 0xF8FF, 0x3042, 0x30A2):
        assert not words.has_han(chr(code)), hex(code)
