from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import reference_text

from seqtui.corpora import words
from seqtui.corpora.corpus import Corpus, CorpusOptions, build_corpus, encode_text
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.corpora.reading import Text, read_path
from seqtui.corpora.tokenizing import TOKENIZERS


def corpus_of(text: str, **options: Any) -> Corpus:
    return build_corpus(Text("a text", text, "utf-8", len(text), None), CorpusOptions(**options))


def test_the_reference_text_splits_as_the_reference_says() -> None:
    corpus = build_corpus(
        read_path(reference_text("timemachine.txt")), CorpusOptions(cleaning="d2l-zh")
    )
    assert (corpus.tokens, corpus.characters, len(corpus.vocabulary)) == (170_580, 170_580, 28)
    assert len(corpus.split.train.ids) == 153_522
    assert len(corpus.split.held_out.ids) == corpus.split.held_out.characters == 17_058
    assert corpus.options.cleaning == "letters-joined"


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@given(
    text=st.text(st.sampled_from("ab é中\n"), min_size=1).filter(str.strip),
    held_out=st.floats(0.01, 0.99),
)
def test_the_parts_are_the_whole(tokenizer: str, text: str, held_out: float) -> None:
    corpus = corpus_of(text, tokenizer=tokenizer, held_out=held_out)
    train, held = corpus.split.train, corpus.split.held_out
    assert len(train.ids) + len(held.ids) == corpus.tokens
    assert train.characters + held.characters == corpus.characters
    assert held.unknown == int(np.count_nonzero(held.ids == 0))
    assert train.unknown == 0


@pytest.mark.parametrize(
    ("tokens", "held_out", "train"), [(10, 0.9, 1), (10, 0.1, 9), (1000, 0.29, 710), (1, 0.1, 0)]
)
def test_the_split_is_exact(tokens: int, held_out: float, train: int) -> None:
    assert len(corpus_of("a" * tokens, held_out=held_out).split.train.ids) == train


def test_the_vocabulary_of_the_split_comes_from_the_training_part() -> None:
    corpus = corpus_of("aabbbaabbz")
    assert corpus.vocabulary.tokens == ("<unk>", "b", "a", "z")
    assert corpus.ids.tolist() == [2, 2, 1, 1, 1, 2, 2, 1, 1, 3]
    assert corpus.training_vocabulary.tokens == ("<unk>", "b", "a")
    assert corpus.split.held_out.ids.tolist() == [0]
    assert corpus.split.held_out.unknown == 1


def test_min_freq_applies_to_the_training_counts() -> None:
    corpus = corpus_of("aaaabbbbcc", min_freq=2)
    assert corpus.vocabulary.tokens == ("<unk>", "a", "b", "c")
    assert corpus.training_vocabulary.tokens == ("<unk>", "a", "b")
    assert corpus.split.train.unknown == 1


def test_a_closed_vocabulary_refuses_what_only_the_held_out_part_has() -> None:
    assert len(corpus_of("abababababab", vocabulary="closed").split.held_out.ids) == 2
    with pytest.raises(InputError, match="'z'"):
        _ = corpus_of("aabbbaabbz", vocabulary="closed").split


def test_the_held_out_text_has_one_fingerprint_for_all_lossless_tokenizers() -> None:
    text = "one and two and three and four and five."
    assert len(text) % 10 == 0
    char, byte = (corpus_of(text, tokenizer=each).split for each in ("char", "byte"))
    assert char.held_out.text_fingerprint == byte.held_out.text_fingerprint
    assert char.train.text_fingerprint != char.held_out.text_fingerprint


def test_the_fingerprint_changes_with_text_and_options_that_change_ids() -> None:
    text = "One text, two words.\n"
    base = corpus_of(text)
    assert base.fingerprint == corpus_of(text, encoding="utf-8", strip_gutenberg=True).fingerprint
    others = [
        corpus_of(text + "a"),
        corpus_of(text, tokenizer="byte"),
        corpus_of(text, tokenizer="word"),
        corpus_of(text, min_freq=2),
        corpus_of(text, vocabulary="closed"),
        corpus_of(text, held_out=0.2),
        corpus_of(text, cleaning="letters"),
    ]
    assert len({each.fingerprint for each in (base, *others)}) == 1 + len(others)


def test_the_text_of_tokens() -> None:
    text = "One text,\ntwo words: 中文."
    assert corpus_of(text).text_of(4, 8) == "text"
    assert corpus_of(text, tokenizer="word").text_of(1, 3) == "text, two"
    byte = corpus_of(text, tokenizer="byte")
    assert byte.text_of(0, byte.tokens) == text
    assert byte.text_of(0, 4) == "One "


def test_a_cleaning_that_removes_more_than_half_warns() -> None:
    corpus = corpus_of("中文文本 is text", cleaning="letters-joined")
    assert corpus.warnings == ()
    (warning,) = corpus_of("这是一段中文文本 ok", cleaning="d2l-zh").warnings
    assert warning.startswith("--clean letters-joined removed 82% of the characters")
    assert "unicode-letters" in warning


def test_stripping_without_marks_and_han_without_a_segmenter_warn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (warning,) = corpus_of("no mark here", strip_gutenberg=True).warnings
    assert "--strip-gutenberg" in warning
    monkeypatch.setattr(words, "segmenter", lambda: None)
    (warning,) = corpus_of("一些 words", tokenizer="word").warnings
    assert "seqtui[zh]" in warning
    monkeypatch.setattr(words, "segmenter", lambda: list)
    assert corpus_of("一些 words", tokenizer="word").warnings == ()


def test_a_cleaning_that_leaves_nothing_is_refused_with_the_remedy() -> None:
    with pytest.raises(InputError, match=r"--clean letters-joined leaves nothing.*unicode-letters"):
        corpus_of("全是中文。", cleaning="d2l-zh")
    with pytest.raises(InputError, match="--tokenizer word finds no token in a text"):
        corpus_of(" \n ", tokenizer="word")
    frame = "*** START OF THE PROJECT GUTENBERG EBOOK X ***\n"
    with pytest.raises(InputError, match="--strip-gutenberg leaves nothing"):
        corpus_of(frame + "*** END OF THE PROJECT GUTENBERG EBOOK X ***", strip_gutenberg=True)


def test_gutenberg_is_stripped_on_request() -> None:
    text = "Header\n*** START OF THE PROJECT GUTENBERG EBOOK X ***\nOnce.\n"
    assert corpus_of(text, strip_gutenberg=True).cleaned.text == "Once.\n"
    assert corpus_of(text).cleaned.text == text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_freq": 0}, "--min-freq 0"),
        ({"held_out": -0.1}, "--held-out -0.1"),
        ({"held_out": 1.0}, "--held-out 1.0"),
        ({"held_out": float("nan")}, "--held-out nan"),
        ({"cleaning": "soap"}, "--clean soap"),
        ({"tokenizer": "bpe"}, "--tokenizer bpe"),
        ({"vocabulary": "ajar"}, "--vocabulary ajar"),
        ({"boundaries": "page"}, "--boundaries page"),
        ({"text_order": "sideways"}, "--text-order sideways"),
        ({"encoding": "klingon"}, "--encoding klingon"),
        ({"vocabulary": "closed", "min_freq": 2}, "--min-freq 2"),
    ],
)
def test_an_option_that_is_invalid_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CorpusOptions(**options)
    with pytest.raises(InputError, match=message):
        replace(CorpusOptions(), **options)


def test_another_text_is_encoded_as_the_corpus_was() -> None:
    corpus = corpus_of("The Time Machine, by H. G. Wells\n" * 4, cleaning="d2l-zh")
    part = encode_text("Time-Q!", corpus.options, corpus.training_vocabulary)
    tokens = corpus.training_vocabulary.tokens
    assert [tokens[id_] for id_ in part.ids.tolist()] == ["t", "i", "m", "e", " ", "<unk>"]
    assert (part.characters, part.unknown) == (6, 1)
    assert len(encode_text("", corpus.options, corpus.training_vocabulary).ids) == 0


def test_the_held_out_text_encoded_anew_is_the_held_out_part() -> None:
    corpus = corpus_of("abcabcab\n" * 20)
    held_out = corpus.split.held_out
    again = encode_text(
        corpus.cleaned.text[-held_out.characters :], corpus.options, corpus.training_vocabulary
    )
    assert again.ids.tolist() == held_out.ids.tolist()
    assert again.text_fingerprint == held_out.text_fingerprint


def test_building_can_be_cancelled() -> None:
    text = Text("a text", "some text", "utf-8", 9, None)
    with pytest.raises(Cancelled):
        build_corpus(text, CorpusOptions(), lambda done, total: False)
