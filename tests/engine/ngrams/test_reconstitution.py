"""Counts c* beside c, and the mass that smoothing moves to what was never seen."""

from __future__ import annotations

import numpy as np
import pytest

from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.ngrams.reconstitution import moved_mass, reconstituted_count

TEXT = np.array([0, 1, 0, 1, 0, 2], dtype=np.int32)  # a b a b a c


def test_add_one_on_the_reference_s_text() -> None:
    model = NgramModel.fit(TEXT, 2, 3, "add-k")
    explained = model.explain((0,), 1)  # P(b | a) = 1/2, a is followed three times
    assert reconstituted_count(explained.probability, explained.history_count) == pytest.approx(1.5)
    # After a: b and c were seen, a (1/6) was not; after b: only a was (3/5 of the mass).
    assert moved_mass(model)[1] == pytest.approx((3 * (1 / 6) + 2 * (2 / 5)) / 5)
    assert moved_mass(model)[0] == pytest.approx(0)


@pytest.mark.parametrize("smoothing", ["witten-bell", "katz", "kneser-ney"])
def test_every_smoothing_moves_some_mass_and_mle_none(smoothing: str) -> None:
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 30, 400).astype(np.int32)
    assert 0 < moved_mass(NgramModel.fit(ids, 2, 30, smoothing))[1] < 1
    assert moved_mass(NgramModel.fit(ids, 2, 30, "mle")) == pytest.approx((0, 0))
