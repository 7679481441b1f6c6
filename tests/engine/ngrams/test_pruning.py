"""Pruned models: laws that still sum to 1, n-grams that are gone, the rest found again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.corpora.errors import InputError
from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.settings.run_config import RunConfig

SIZE = 4
BACKING_OFF = (
    "katz",
    "witten-bell",
    "absolute-discounting",
    "kneser-ney",
    "modified-kneser-ney",
    "linear-interpolation",
)
texts = st.lists(st.integers(0, SIZE - 1), min_size=8, max_size=60)
leasts = st.sampled_from([(1, 2), (1, 1, 2), (1, 2, 3), (1, 2, 2)])


def fitted(text: list[int], smoothing: str, least: tuple[int, ...]) -> NgramModel:
    return NgramModel.fit(np.array(text, dtype=np.int32), 3, SIZE, smoothing, least=least)


@pytest.mark.parametrize("smoothing", BACKING_OFF)
@given(text=texts, least=leasts)
def test_every_law_sums_to_one(smoothing: str, text: list[int], least: tuple[int, ...]) -> None:
    model = fitted(text, smoothing, least)
    for history in ((), (0,), (0, 1), (1, 1), (3, 2)):
        law = np.exp(model.table.distribution(history))
        assert law.sum() == pytest.approx(1, abs=1e-9)


@given(text=texts, least=leasts)
def test_what_is_left_is_what_occurs_often_enough(text: list[int], least: tuple[int, ...]) -> None:
    whole = fitted(text, "witten-bell", ())
    pruned = fitted(text, "witten-bell", least)
    for order in range(1, 4):
        wanted = (*least, least[-1])[order - 1]
        counts = whole.counted.levels[order - 1].counts
        assert len(pruned.counted.levels[order - 1].keys) == np.count_nonzero(counts >= wanted)
    for start in range(len(text) - 2):
        gram = tuple(text[start : start + 3])
        kept = whole.counted.find(gram) >= (*least, least[-1])[2]
        assert (pruned.table.row_of(gram) >= 0) == kept
        assert pruned.counted.find(gram) == (whole.counted.find(gram) if kept else 0)


def test_a_pruned_model_of_predecessors_says_what_its_arithmetic_counts() -> None:
    text = [0, 1, 0, 1, 2, 0, 1, 3] * 4
    note_text = "predecessors that are left"
    for smoothing in ("kneser-ney", "modified-kneser-ney"):
        assert any(note_text in note for note in fitted(text, smoothing, (1, 2)).notes)
        assert not any(note_text in note for note in fitted(text, smoothing, ()).notes)
    assert not any(note_text in note for note in fitted(text, "witten-bell", (1, 2)).notes)


def test_a_pruned_model_is_stored_like_any_other() -> None:
    text = [0, 1, 2, 0, 1, 2, 3, 0, 1, 1, 2, 0, 1, 2] * 3 + [3, 3]
    model = fitted(text, "modified-kneser-ney", (1, 2))
    again = NgramModel.from_tensors(model.to_tensors(), 3, SIZE)
    ids = np.array(text[::-1], dtype=np.int32)
    assert np.concatenate(list(again.score(ids))) == pytest.approx(
        np.concatenate(list(model.score(ids)))
    )


@pytest.mark.parametrize(
    ("min_count", "smoothing", "message"),
    [
        ("1,2,1", "katz", "none below the one before"),
        ("2,2", "katz", "see --min-freq"),
        ("1,1,1,1", "katz", "4 counts for an order of 3"),
        ("1,2", "add-k", "no shorter history"),
        ("1,two", "katz", "whole numbers"),
    ],
)
def test_invalid_counts_are_refused(min_count: str, smoothing: str, message: str) -> None:
    def fit() -> NgramModel:
        config = RunConfig("primer-en", model="ngram", order=3, min_count=min_count)
        return fitted([0, 1, 2, 3] * 5, smoothing, config.min_counts)

    with pytest.raises(InputError, match=message):
        fit()
