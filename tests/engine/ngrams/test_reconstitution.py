"""Counts c* beside c, and the mass that smoothing moves to what was never seen."""

from __future__ import annotations

import numpy as np
import pytest

from seqtui.engine.ngrams.backoff import Boundaries
from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.ngrams.reconstitution import reconstituted_count

TEXT = np.array([0, 1, 0, 1, 0, 2], dtype=np.int32)  # a b a b a c


def test_add_one_on_the_reference_s_text() -> None:
    model = NgramModel.fit(TEXT, 2, 3, "add-k")
    explained = model.explain((0,), 1)  # P(b | a) = 1/2, a is followed three times
    assert reconstituted_count(explained.probability, explained.history_count) == pytest.approx(1.5)
    # After a: b and c were seen, a (1/6) was not; after b: only a was (3/5 of the mass).
    assert model.moved_mass[1] == pytest.approx((3 * (1 / 6) + 2 * (2 / 5)) / 5)
    assert model.moved_mass[0] == pytest.approx(0)


@pytest.mark.parametrize("smoothing", ["witten-bell", "katz", "kneser-ney"])
def test_every_smoothing_moves_some_mass_and_mle_none(smoothing: str) -> None:
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 30, 400).astype(np.int32)
    assert 0 < NgramModel.fit(ids, 2, 30, smoothing).moved_mass[1] < 1
    assert NgramModel.fit(ids, 2, 30, "mle").moved_mass == pytest.approx((0, 0))


@pytest.mark.parametrize("order", [1, 2])
def test_the_begins_of_lines_are_no_part_of_the_text_that_counts_amount_to(order: int) -> None:
    """ab / ba / ab, add-one over a, b and </s>: nine tokens, of which a, b and </s> are a third."""
    begin, end, a, b = 0, 1, 2, 3
    lines = ((a, b), (b, a), (a, b))
    ids = np.array([each for line in lines for each in (begin, *line, end)], dtype=np.int32)
    model = NgramModel.fit(ids, order, 4, "add-k", boundaries=Boundaries(begin, end))
    if order == 1:
        explained = model.explain((begin,), a)
        assert (explained.count, explained.history_count) == (3, 9)
        assert reconstituted_count(explained.probability, 9) == pytest.approx(3)
    else:
        explained = model.explain((begin,), a)
        assert (explained.count, explained.history_count) == (2, 3)
    amounts = sum(
        reconstituted_count(each.probability, each.history_count)
        for each in (model.explain((begin,), token) for token in (end, a, b))
    )
    assert amounts == pytest.approx(explained.history_count)
