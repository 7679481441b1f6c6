"""The factors of the chain rule: their product is the text's probability, whatever the model."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.ngrams.uniform import UniformModel
from seqtui.engine.scoring import score_tokens

ABABAC = np.array([0, 1, 0, 1, 0, 2], dtype=np.int32)


def test_each_factor_of_the_lectures_example() -> None:
    scores = score_tokens(NgramModel.fit(ABABAC, 2, 3), np.array([0, 1, 0, 2], dtype=np.int32))
    assert [each.id for each in scores] == [1, 0, 2]
    assert [each.context for each in scores] == [(0,), (1,), (0,)]
    assert [math.exp(each.log_prob) for each in scores] == pytest.approx([1 / 2, 3 / 5, 1 / 3])
    assert [each.bits for each in scores] == pytest.approx([1, -math.log2(3 / 5), math.log2(3)])
    assert [each.rank for each in scores] == [1, 1, 2]


@given(
    st.lists(st.integers(0, 3), min_size=5, max_size=30),
    st.lists(st.integers(0, 3), min_size=1, max_size=12),
    st.integers(1, 4),
)
def test_the_factors_are_those_of_scoring_the_whole(
    text: list[int], scored: list[int], order: int
) -> None:
    model = NgramModel.fit(np.array(text, dtype=np.int32), order, 4)
    ids = np.array(scored, dtype=np.int32)
    expected = np.concatenate([np.zeros(0), *model.score(ids)])
    assert [each.log_prob for each in score_tokens(model, ids)] == pytest.approx(expected.tolist())


def test_an_impossible_token_costs_infinitely_many_bits() -> None:
    scores = score_tokens(NgramModel.fit(ABABAC, 2, 3, "mle"), np.array([0, 0], dtype=np.int32))
    assert math.isinf(scores[0].bits)
    assert scores[0].log_prob == -math.inf
    assert scores[0].rank == 3


def test_one_token_has_no_factor() -> None:
    assert score_tokens(UniformModel(3), np.array([1], dtype=np.int32)) == []
