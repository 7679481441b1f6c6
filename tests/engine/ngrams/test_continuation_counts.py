"""Kneser-Ney's counts of predecessors, of every n-gram of every lower order.

`lmplz` adds the last n-gram of each lower order to its counts of counts by its raw count instead
(what is left after the loop in its `adjust_counts`), which the second test shows on a small text.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.engine.ngrams.counts import count_ngrams
from seqtui.engine.ngrams.kneser_ney import continuation_tally, counts_of_counts, modified_discounts


def predecessors(text: list[int], n: int) -> dict[tuple[int, ...], int]:
    """How many different things precede each n-gram; the start of the text is one of them."""
    found: dict[tuple[int, ...], set[int]] = {}
    for i in range(len(text) - n + 1):
        found.setdefault(tuple(text[i : i + n]), set()).add(text[i - 1] if i else -1)
    return {gram: len(before) for gram, before in found.items()}


@given(st.lists(st.integers(0, 3), min_size=4, max_size=60), st.integers(2, 4))
def test_every_n_gram_below_the_highest_order_counts_what_precedes_it(
    text: list[int], order: int
) -> None:
    counted = count_ngrams(np.array(text, dtype=np.int32), order, 4)
    for n in range(1, order):
        tally = continuation_tally(counted, n, None)
        assert sorted(tally.counts.tolist()) == sorted(predecessors(text, n).values())


def test_the_last_n_gram_counts_like_the_others() -> None:
    """Its raw count among the counts of counts would move two discounts of this text."""
    digits = "090300902111050000161009021313126200810823601604033852002206"
    text = [int(digit) for digit in digits]
    counted = count_ngrams(np.array(text, dtype=np.int32), 3, 10)
    adjusted = predecessors(text, 2)
    last = max(adjusted, key=lambda gram: gram[::-1])
    raw = sum(pair == last for pair in itertools.pairwise(text))
    assert (adjusted[last], raw) == (2, 3)
    ours = modified_discounts(counts_of_counts(continuation_tally(counted, 2, None).counts, 4))
    by_raw = {**adjusted, last: raw}
    theirs = modified_discounts(counts_of_counts(np.array(list(by_raw.values())), 4))
    assert ours == pytest.approx((0.589744, 1.557692, 3.0), abs=1e-6)
    assert theirs == pytest.approx((0.621622, 1.200772, 3.0), abs=1e-6)
