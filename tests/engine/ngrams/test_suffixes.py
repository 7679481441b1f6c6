"""The suffix array: sorted suffixes, every occurrence, the longest match."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.corpora.errors import Cancelled
from seqtui.engine.ngrams.suffixes import SuffixArray, build_suffix_array

texts = st.lists(st.integers(0, 2), min_size=1, max_size=80)


def array_of(text: list[int], size: int = 3) -> SuffixArray:
    return build_suffix_array(np.array(text, dtype=np.int32), size)


@given(texts, st.sampled_from([3, 70_000, 1 << 20]))
def test_suffixes_are_sorted(text: list[int], size: int) -> None:
    found = array_of(text, size).positions.tolist()
    assert found == sorted(range(len(text)), key=lambda start: text[start:])


@pytest.mark.parametrize("text", [[0] * 3000, [0, 1] * 2000, [0, 1, 1] * 500 + [2]])
def test_a_text_that_repeats_itself_is_sorted(text: list[int]) -> None:
    found = array_of(text).positions.tolist()
    assert found == sorted(range(len(text)), key=lambda start: text[start:])


@given(texts, st.lists(st.integers(0, 2), max_size=6))
def test_every_occurrence_is_found(text: list[int], ngram: list[int]) -> None:
    array = array_of(text)
    places = [
        start for start in range(len(text)) if ngram and text[start : start + len(ngram)] == ngram
    ]
    if ngram:
        assert array.occurrences(ngram).tolist() == places
        assert array.count(ngram) == len(places)


@given(texts, st.lists(st.integers(0, 2), max_size=8))
def test_the_longest_match_is_the_longest(text: list[int], history: list[int]) -> None:
    array = array_of(text)
    length, low, high = array.longest_match(history)
    lengths = [
        n
        for n in range(len(history) + 1)
        if any(text[i : i + n] == history[len(history) - n :] for i in range(len(text) - n))
    ]
    assert length == max(lengths, default=0)
    if length:
        assert (low, high) == array.range_of(history[len(history) - length :])


@given(texts, st.lists(st.integers(0, 3), max_size=8))
def test_the_longest_part_that_ends_at_each_place(text: list[int], ngram: list[int]) -> None:
    found = array_of(text, 4).longest_ends(ngram)
    assert len(found) == len(ngram)
    for end, (length, times) in enumerate(found, 1):
        part = ngram[end - length : end]
        assert times == sum(text[i : i + length] == part for i in range(len(text) - length + 1)) - (
            not length  # the empty one does not occur once more behind the text
        )
        longer = ngram[end - length - 1 : end]
        if length < end:
            assert longer not in [text[i : i + length + 1] for i in range(len(text))]


@given(texts, st.lists(st.integers(0, 3), max_size=8))
def test_what_begins_at_a_place_ends_there_in_the_reversed_text(
    text: list[int], ngram: list[int]
) -> None:
    backwards = array_of(text[::-1], 4).longest_ends(ngram[::-1])
    assert array_of(text, 4).longest_starts(ngram) == backwards[::-1]


def test_building_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        build_suffix_array(np.zeros(1000, dtype=np.int32), 2, lambda done, total: False)


@given(texts, st.lists(st.integers(0, 4), max_size=12), st.integers(1, 20))
def test_the_longest_part_of_another_text_is_found(
    text: list[int], other: list[int], most: int
) -> None:
    parts = {tuple(text[i:j]) for i in range(len(text)) for j in range(i + 1, len(text) + 1)}
    lengths = [
        (j - i, -i)
        for i in range(len(other))
        for j in range(i + 1, min(len(other), i + most) + 1)
        if tuple(other[i:j]) in parts
    ]
    length, start = max(lengths, default=(0, 0))
    found = array_of(text).longest_part(np.array(other, dtype=np.int32), most)
    assert found == (-start, length)
