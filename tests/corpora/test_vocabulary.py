from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import reference_text

from seqtui.corpora.cleaning import clean
from seqtui.corpora.errors import InputError
from seqtui.corpora.tokenizing import TOKENIZERS, TokenStream, tokenize
from seqtui.corpora.vocabulary import UNKNOWN, Vocabulary, build_vocabulary, encode


def stream_of(text: str, tokenizer: str = "char") -> TokenStream:
    return tokenize(clean(text, "none"), tokenizer)


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@given(text=st.text())
def test_ids_give_the_tokens_back(tokenizer: str, text: str) -> None:
    stream = stream_of(text, tokenizer)
    vocabulary = build_vocabulary(stream)
    found = [vocabulary.tokens[id_] for id_ in encode(stream, vocabulary).tolist()]
    assert found == stream.tokens(0, len(stream.indices))


@given(st.text(st.sampled_from("abcdefg"), max_size=60), st.integers(0, 60), st.integers(1, 4))
def test_tokens_are_sorted_by_falling_count_then_first_occurrence(
    text: str, upto: int, min_freq: int
) -> None:
    vocabulary = build_vocabulary(stream_of(text), upto, min_freq)
    # Counter.most_common keeps the order of first occurrence among equal counts.
    expected = [each for each in Counter(text[:upto]).most_common() if each[1] >= min_freq]
    assert vocabulary.tokens == (UNKNOWN, *(token for token, _ in expected))
    replaced = len(text[:upto]) - sum(count for _, count in expected)
    assert vocabulary.counts.tolist() == [replaced, *(count for _, count in expected)]


def test_the_reference_text_has_a_vocabulary_of_28() -> None:
    text = reference_text("timemachine.txt").read_text(encoding="utf-8")
    stream = tokenize(clean(text, "d2l-zh"), "char")
    vocabulary = build_vocabulary(stream)
    assert len(vocabulary) == 28
    assert vocabulary.tokens[:6] == (UNKNOWN, " ", "e", "t", "a", "i")


def test_rare_tokens_become_unknown() -> None:
    stream = stream_of("aaabbc")
    vocabulary = build_vocabulary(stream, min_freq=2)
    assert vocabulary.tokens == (UNKNOWN, "a", "b")
    assert encode(stream, vocabulary).tolist() == [1, 1, 1, 2, 2, 0]
    assert vocabulary.ids(["b", "x"]).tolist() == [2, 0]
    assert (vocabulary.id_of("b"), vocabulary.id_of("x"), vocabulary.unknown) == (2, None, 0)


def test_a_closed_vocabulary_has_no_unknown_and_names_the_stranger() -> None:
    vocabulary = build_vocabulary(stream_of("ababac"), closed=True)
    assert vocabulary.tokens == ("a", "b", "c")
    assert vocabulary.unknown is None
    with pytest.raises(InputError, match=r"--vocabulary closed: 'z' .*--vocabulary open"):
        vocabulary.ids(["a", "z"])
    with pytest.raises(InputError, match="'z'"):
        encode(stream_of("az"), vocabulary)


def test_reserved_tokens_follow_the_unknown_one() -> None:
    vocabulary = build_vocabulary(stream_of("ab"), reserved=("<s>", "</s>"))
    assert vocabulary.tokens == (UNKNOWN, "<s>", "</s>", "a", "b")
    assert vocabulary.reserved == (UNKNOWN, "<s>", "</s>")
    assert vocabulary.counts.tolist() == [0, 0, 0, 1, 1]
    closed = build_vocabulary(stream_of("ab"), closed=True, reserved=("<s>",))
    assert (closed.tokens, closed.reserved) == (("<s>", "a", "b"), ("<s>",))


def test_a_text_that_spells_a_reserved_token_means_it() -> None:
    stream = stream_of("the <unk> of the <unk>", "word")
    vocabulary = build_vocabulary(stream)
    assert vocabulary.tokens == (UNKNOWN, "the", "of")
    assert vocabulary.counts.tolist() == [2, 2, 1]
    assert encode(stream, vocabulary).tolist() == [1, 0, 2, 1, 0]


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@given(text=st.text(), closed=st.booleans())
def test_json_gives_the_vocabulary_back(tokenizer: str, text: str, closed: bool) -> None:
    vocabulary = build_vocabulary(stream_of(text, tokenizer), closed=closed)
    back = Vocabulary.from_json(json.loads(json.dumps(vocabulary.to_json())))
    assert back.tokens == vocabulary.tokens
    assert back.counts.tolist() == vocabulary.counts.tolist()
    assert (back.closed, back.reserved) == (vocabulary.closed, vocabulary.reserved)
    assert back.fingerprint == vocabulary.fingerprint


def test_the_fingerprint_is_of_the_ids_and_not_of_the_counts() -> None:
    one = build_vocabulary(stream_of("aaab"))
    assert one.fingerprint == build_vocabulary(stream_of("aab")).fingerprint
    assert one.fingerprint != build_vocabulary(stream_of("abb")).fingerprint
    assert one.fingerprint != build_vocabulary(stream_of("aaab"), closed=True).fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"tokens": None},
        {"tokens": [UNKNOWN, "a", 3]},
        {"tokens": [UNKNOWN, "a", "a"]},
        {"tokens": [UNKNOWN, "a", ""]},
        {"tokens": ["a", UNKNOWN, "b"]},
        {"counts": [0, 1]},
        {"counts": [0, 1, -1]},
        {"counts": [0, 1, 1.5]},
        {"counts": [0, 1, True]},
        {"counts": [0, 1, 1 << 63]},
        {"counts": {}},
        {"closed": 1},
        {"closed": True},
        {"reserved": []},
        {"reserved": ["<s>"]},
        {"reserved": "<unk>"},
        {"extra": 1},
    ],
)
def test_a_damaged_vocabulary_is_refused(change: dict[str, Any]) -> None:
    good = build_vocabulary(stream_of("ab")).to_json()
    Vocabulary.from_json(good)
    with pytest.raises(InputError, match="the vocabulary is damaged"):
        Vocabulary.from_json({**good, **change})


@pytest.mark.parametrize("data", [None, [], "text", 3, {}])
def test_json_that_is_no_vocabulary_is_refused(data: object) -> None:
    with pytest.raises(InputError):
        Vocabulary.from_json(data)
