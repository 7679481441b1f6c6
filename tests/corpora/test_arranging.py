"""Ids as a model reads them: lines with their marks, the reversed text, the shuffled one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.corpora.arranging import text_of_tokens
from seqtui.corpora.corpus import (
    Corpus,
    CorpusOptions,
    build_corpus,
    encode_prefix,
    encode_text,
)
from seqtui.corpora.errors import InputError
from seqtui.corpora.reading import Text

LINES = "the cat sat\n\nthe dog ran off\nthe end\n" * 4


def corpus_of(text: str, **options: object) -> Corpus:
    read = Text(name="text", text=text, encoding="utf-8", size=len(text), path=None)
    return build_corpus(read, CorpusOptions(**options))  # type: ignore[arg-type]


def words(corpus: Corpus, ids: np.ndarray) -> str:
    return " ".join(corpus.training_vocabulary.tokens[each] for each in ids)


def test_each_line_becomes_a_sentence_between_its_marks() -> None:
    corpus = corpus_of(LINES, tokenizer="word", boundaries="line")
    train = words(corpus, corpus.split.train.ids)
    assert train.startswith("<s> the cat sat </s> <s> the dog ran off </s> <s> the end </s>")
    assert corpus.training_vocabulary.tokens[:3] == ("<unk>", "<s>", "</s>")
    # 36 words: 32 would train, and the line they end in is held out whole.
    assert len(corpus.split.train.ids) == 30 + 2 * 10
    assert words(corpus, corpus.split.held_out.ids) == "<s> the dog ran off </s> <s> the end </s>"


def test_characters_have_no_line_end_beside_the_mark() -> None:
    corpus = corpus_of("ab\nc\n" * 5, boundaries="line")
    assert words(corpus, corpus.split.train.ids).startswith("<s> a b </s> <s> c </s> <s> a")


def test_a_text_of_one_line_is_still_split() -> None:
    corpus = corpus_of(
        "one line of words and some more of them", tokenizer="word", boundaries="line"
    )
    assert words(corpus, corpus.split.train.ids).count("<s>") == 1
    assert words(corpus, corpus.split.held_out.ids) == "<s> <unk> </s>"


@given(st.text("ab \n", min_size=2, max_size=80), st.sampled_from(["char", "word", "byte"]))
def test_reversing_reverses_and_shuffling_keeps_the_counts(text: str, tokenizer: str) -> None:
    if not text.split():
        return
    plain, back, mixed = (
        corpus_of(text, tokenizer=tokenizer, text_order=order)
        for order in ("forward", "reversed", "shuffled")
    )
    for part in ("train", "held_out"):
        ids = getattr(plain.split, part).ids
        assert np.array_equal(getattr(back.split, part).ids, ids[::-1])
        shuffled = getattr(mixed.split, part).ids
        assert np.array_equal(np.sort(shuffled), np.sort(ids))
    assert len({plain.fingerprint, back.fingerprint, mixed.fingerprint}) == 3


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), min_size=2, max_size=6))
def test_reversed_lines_are_the_lines_of_the_reversed_text(lines: list[list[str]]) -> None:
    text = "\n".join(map(" ".join, lines))
    options = CorpusOptions(tokenizer="word", boundaries="line", text_order="reversed", held_out=0)
    vocabulary = corpus_of(text, tokenizer="word", boundaries="line", held_out=0).vocabulary
    ids = encode_text(text, options, vocabulary).ids
    expected = "\n".join(" ".join(reversed(line)) for line in reversed(lines))
    assert text_of_tokens([vocabulary.tokens[each] for each in ids], options) == expected + "\n"


def test_a_prefix_leaves_its_last_line_open() -> None:
    corpus = corpus_of(LINES, tokenizer="word", boundaries="line")
    ids = encode_prefix("the end\nthe cat", corpus.options, corpus.training_vocabulary)
    assert words(corpus, ids) == "<s> the end </s> <s> the cat"
    assert len(encode_prefix("", corpus.options, corpus.training_vocabulary)) == 0


def test_the_mark_of_a_line_s_begin_is_never_written_and_that_of_its_end_is() -> None:
    vocabulary = corpus_of(LINES, tokenizer="word", boundaries="line").training_vocabulary
    assert [vocabulary.tokens[each] for each in vocabulary.never_written] == ["<unk>", "<s>"]


MARKED = "<s> the boat floats </s>\n<s> the boat sinks </s>\n<s> a gull floats </s>\n"


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (MARKED, "<s> the boat floats </s> <s> the boat sinks </s> <s> a gull floats </s>"),
        ("the boat </s>\n<s> sinks\n", "<s> the boat </s> <s> sinks </s>"),
        ("<s> a </s> <s> b </s>", "<s> a </s> <s> b </s>"),
        ("the <s> boat\n", "<s> the </s> <s> boat </s>"),
        ("<s> <s> a </s> </s>\n<s> </s>\n\n", "<s> a </s>"),
        ("a <unk> b", "<s> a <unk> b </s>"),
    ],
)
def test_marks_in_the_text_are_the_marks(text: str, sentences: str) -> None:
    corpus = corpus_of(text, tokenizer="word", boundaries="line", held_out=0)
    assert words(corpus, corpus.split.train.ids) == sentences
    assert words(corpus, corpus.arranged_ids) == sentences
    other = encode_text(text, corpus.options, corpus.training_vocabulary)
    assert words(corpus, other.ids) == sentences


def test_marks_in_a_stream_are_words_and_every_case_is_told() -> None:
    stream = corpus_of(MARKED, tokenizer="word", held_out=0)
    assert words(stream, stream.split.train.ids) == " ".join(MARKED.split())
    assert "a word like any other" in stream.warnings[0]
    (warning,) = corpus_of(MARKED, tokenizer="word", boundaries="line").warnings
    assert "begins or ends a sentence" in warning
    (warning,) = corpus_of(MARKED, boundaries="line").warnings
    assert "letter by letter" in warning
    (warning,) = corpus_of("a <unk> b", tokenizer="word").warnings
    assert "the unknown word" in warning


def test_a_typed_prefix_may_bring_its_marks() -> None:
    corpus = corpus_of(MARKED, tokenizer="word", boundaries="line", held_out=0)
    for typed, expected in (
        ("<s> the boat", "<s> the boat"),
        ("the boat </s>", "<s> the boat </s>"),
        ("<s>", ""),
    ):
        ids = encode_prefix(typed, corpus.options, corpus.training_vocabulary)
        assert words(corpus, ids) == expected


def test_a_reversed_prefix_keeps_its_lines() -> None:
    options = CorpusOptions(tokenizer="word", boundaries="line", text_order="reversed")
    corpus = corpus_of(LINES, tokenizer="word", boundaries="line")
    ids = encode_prefix("the cat sat\nthe end", options, corpus.training_vocabulary)
    assert words(corpus, ids) == "<s> end the </s> <s> sat cat the"


def test_characters_and_words_agree_on_lines() -> None:
    letters = corpus_of("ab\nba\n\nab\n", boundaries="line", held_out=0)
    spaced = corpus_of("a b\nb a\n\na b\n", tokenizer="word", boundaries="line", held_out=0)
    data = corpus_of("ab\nba\n\nab\n", tokenizer="byte", boundaries="line", held_out=0)
    for corpus in (letters, spaced, data):
        assert corpus.training_vocabulary.tokens == ("<unk>", "<s>", "</s>", "a", "b")
        assert words(corpus, corpus.split.train.ids) == "<s> a b </s> <s> b a </s> <s> a b </s>"
        assert "1 line has no token" in corpus.warnings[0]


def test_a_text_without_a_sentence_is_refused() -> None:
    for text in ("\n\n\n", "\n"):
        with pytest.raises(InputError, match="--boundaries line finds no line"):
            corpus_of(text, boundaries="line")
    assert corpus_of("\n" * 9 + "ab", boundaries="line").split.held_out.ids.size == 4


def test_a_vocabulary_of_0_1_0_keeps_its_doubled_marks_and_its_line_end() -> None:
    before = replace(
        corpus_of(MARKED, tokenizer="word", boundaries="line", held_out=0), doubles_marks=True
    )
    assert before.training_vocabulary.doubles_marks
    assert words(before, before.split.train.ids).startswith("<s> <s> the boat floats </s> </s>")
    letters = replace(corpus_of("ab\nba\n", boundaries="line", held_out=0), doubles_marks=True)
    assert letters.training_vocabulary.doubles_marks
    assert "\n" in letters.training_vocabulary.tokens
    assert not corpus_of("ab\n", boundaries="line").training_vocabulary.doubles_marks
