"""Possible n-grams, and the share of them that is never seen."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runs import small_corpus

from seqtui.engine.ngrams.backoff import line_boundaries
from seqtui.engine.ngrams.counts import count_ngrams
from seqtui.engine.ngrams.sparsity import (
    corpus_sparsity,
    power_of_ten,
    sparsity_by_order,
    unseen_shares,
    written_power,
)


def test_the_lecture_s_number_of_sentences() -> None:
    mantissa, power = power_of_ten(8000, 100)
    assert power == 390
    assert mantissa == pytest.approx(2.037, abs=1e-3)
    assert written_power(8000, 100) == "2.0e390"
    assert written_power(28, 2) == "784"
    assert power_of_ten(1, 5) == (1.0, 0)
    assert written_power(1, 10**6) == "1"


def test_a_long_window_s_number_is_reported_too() -> None:
    mantissa, power = power_of_ten(10, 5_000)
    assert (mantissa, power) == (pytest.approx(1.0), 5_000)
    mantissa, power = power_of_ten(28, 1_000_000)
    assert power == 1_447_158
    assert 1 <= mantissa < 10


@given(st.integers(1, 40), st.integers(-2, 2))
def test_a_mantissa_is_below_ten_beside_every_power_of_ten(power: int, beside: int) -> None:
    number = max(10**power + beside, 1)
    mantissa, exponent = power_of_ten(number, 1)
    assert 1 <= mantissa < 10
    assert exponent == len(str(number)) - 1
    assert mantissa * 10.0**exponent == pytest.approx(number, rel=1e-14)


@pytest.mark.parametrize(
    ("number", "expected"), [(10**9 - 1, "999,999,999"), (10**12 - 1, "1.0e12"), (2**40, "1.1e12")]
)
def test_large_numbers_are_rounded_to_two_digits(number: int, expected: str) -> None:
    assert written_power(number, 1) == expected


def last(values: Iterable[float]) -> float:
    return list(values)[-1]


def test_the_share_of_a_text_that_was_never_seen() -> None:
    counted = count_ngrams(np.array([0, 1, 0, 1, 2], dtype=np.int32), 2, 3)
    held_out = np.array([0, 1, 2, 0, 1], dtype=np.int32)  # 01 12 20 01
    assert list(unseen_shares(counted.levels, 3, held_out)) == [0, 1 / 4]
    assert math.isnan(last(unseen_shares(counted.levels, 3, held_out[:1])))


def test_no_ngram_reaches_beyond_a_line() -> None:
    begin, end = 1, 2
    counted = count_ngrams(np.array([1, 0, 2, 1, 0, 2], dtype=np.int32), 2, 4, end=end)
    held_out = np.array([begin, 0, end, begin, 3, end], dtype=np.int32)
    # <s> 0, 0 </s> were seen; <s> 3, 3 </s> were not; </s> <s> is no bigram.
    assert last(unseen_shares(counted.levels, 4, held_out, end)) == 2 / 4


TEXTS = st.lists(st.integers(0, 3), min_size=10, max_size=60)


@given(TEXTS, TEXTS)
def test_the_figures_of_ten_orders_are_those_of_a_set(text: list[int], other: list[int]) -> None:
    ids, held_out = (np.array(each, dtype=np.int32) for each in (text, other))
    levels = count_ngrams(ids, 10, 4).levels
    rows = list(sparsity_by_order(levels, 4, unseen_shares(levels, 4, held_out)))
    assert [row.order for row in rows] == list(range(1, 11))
    for row in rows:
        n = row.order
        grams = [tuple(text[i : i + n]) for i in range(len(text) - n + 1)]
        running = [tuple(other[i : i + n]) for i in range(len(other) - n + 1)]
        assert (row.total, row.distinct, row.possible) == (len(grams), len(set(grams)), 4**n)
        assert row.singletons == sum(times == 1 for times in Counter(grams).values())
        assert row.unseen == pytest.approx(
            sum(gram not in grams for gram in running) / len(running)
        )
        assert row.seen == len(set(grams)) / 4**n


def test_without_held_out_text_the_other_figures_are_given() -> None:
    levels = count_ngrams(np.array([0, 1, 0], dtype=np.int32), 3, 2).levels
    rows = list(sparsity_by_order(levels, 2, []))
    assert [row.distinct for row in rows] == [2, 2, 1]
    assert all(math.isnan(row.unseen) for row in rows)


@pytest.mark.parametrize("boundaries", ["stream", "line"])
def test_levels_that_are_there_give_the_figures_of_a_count_of_its_own(boundaries: str) -> None:
    corpus = small_corpus(500, boundaries=boundaries)
    found = line_boundaries(corpus.vocabulary, corpus.options)
    end = None if found is None else found.end
    counts = count_ngrams(corpus.arranged_ids, 4, len(corpus.vocabulary), end=end)
    rows = list(corpus_sparsity(corpus, 4, end))
    assert rows == list(corpus_sparsity(corpus, 4, end, counts.levels))
    assert [row.distinct for row in rows] == [len(level.counts) for level in counts.levels]
