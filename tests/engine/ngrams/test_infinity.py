"""The unbounded n-gram model: the longest known context, relative frequencies after it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.corpora.errors import InputError
from seqtui.engine.ngrams.infinity import InfinityGram

SIZE = 3
texts = st.lists(st.integers(0, SIZE - 1), min_size=2, max_size=60)


def fitted(text: list[int]) -> InfinityGram:
    return InfinityGram.fit(np.array(text, dtype=np.int32), SIZE)


def by_hand(text: list[int], history: list[int], token: int) -> float:
    """P(token | history) by looking at every context, the longest first."""
    for length in range(len(history), -1, -1):
        context = history[len(history) - length :]
        after = [
            text[i + length] for i in range(len(text) - length) if text[i : i + length] == context
        ]
        if after:
            return after.count(token) / len(after)
    raise AssertionError("the empty context always occurs")


@given(texts, texts)
def test_every_probability_is_that_of_the_longest_context(
    text: list[int], other: list[int]
) -> None:
    model = fitted(text)
    scores = np.concatenate(list(model.score(np.array(other, dtype=np.int32))))
    wanted = [by_hand(text, other[:k], other[k]) for k in range(1, len(other))]
    assert np.exp(scores) == pytest.approx(wanted)


@given(texts, st.lists(st.integers(0, SIZE - 1), max_size=8))
def test_stepping_and_scoring_agree_and_sum_to_one(text: list[int], history: list[int]) -> None:
    model = fitted(text)
    step = model.start(np.array(history, dtype=np.int32))
    law = np.exp(step.log_probs)
    assert law.sum() == pytest.approx(1)
    for token in range(SIZE):
        assert law[token] == pytest.approx(by_hand(text, history, token))


def test_the_training_text_itself_is_nearly_certain() -> None:
    rng = np.random.default_rng(0)
    ids = rng.integers(0, SIZE, 5000).astype(np.int32)
    model = InfinityGram.fit(ids, SIZE)
    scores = np.concatenate(list(model.score(ids)))
    assert len(scores) == 4999
    assert math.exp(-scores.mean()) < 1.01
    assert model.context_lengths(ids).max() == 64


def test_it_is_stored_and_checked() -> None:
    model = fitted([0, 1, 2, 0, 1])
    again = InfinityGram.from_tensors(model.to_tensors(), SIZE)
    assert again.suffixes.positions.tolist() == model.suffixes.positions.tolist()
    broken = {**model.to_tensors(), "positions": np.zeros(5, dtype=np.int32)}
    with pytest.raises(InputError, match="suffix array"):
        InfinityGram.from_tensors(broken, SIZE)
    with pytest.raises(InputError, match="vocabulary"):
        InfinityGram.from_tensors(model.to_tensors(), 2)
