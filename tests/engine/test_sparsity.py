"""Possible n-grams, and the share of them that is never seen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.engine.counts import count_ngrams
from seqtui.engine.sparsity import power_of_ten, unseen_share, written_power


def test_the_lecture_s_number_of_sentences() -> None:
    mantissa, power = power_of_ten(8000, 100)
    assert power == 390
    assert mantissa == pytest.approx(2.037, abs=1e-3)
    assert written_power(8000, 100) == "2.0e390"
    assert written_power(28, 2) == "784"
    assert power_of_ten(1, 5) == (1.0, 0)


@given(st.integers(1, 40), st.integers(-2, 2))
def test_a_mantissa_is_below_ten_beside_every_power_of_ten(power: int, beside: int) -> None:
    number = max(10**power + beside, 1)
    mantissa, exponent = power_of_ten(number, 1)
    assert 1 <= mantissa < 10
    assert exponent == len(str(number)) - 1
    assert mantissa * 10.0**exponent == pytest.approx(number, rel=1e-14)


def test_the_share_of_a_text_that_was_never_seen() -> None:
    counted = count_ngrams(np.array([0, 1, 0, 1, 2], dtype=np.int32), 2, 3)
    held_out = np.array([0, 1, 2, 0, 1], dtype=np.int32)  # 01 12 20 01
    assert unseen_share(counted, held_out) == 1 / 4
    assert math.isnan(unseen_share(counted, held_out[:1]))


def test_no_ngram_reaches_beyond_a_line() -> None:
    begin, end = 1, 2
    counted = count_ngrams(np.array([1, 0, 2, 1, 0, 2], dtype=np.int32), 2, 4, end=end)
    held_out = np.array([begin, 0, end, begin, 3, end], dtype=np.int32)
    # <s> 0, 0 </s> were seen; <s> 3, 3 </s> were not; </s> <s> is no bigram.
    assert unseen_share(counted, held_out, end) == 2 / 4
