"""Pruned models: laws that still sum to 1, n-grams that are gone, the rest found again."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.corpora.errors import InputError
from seqtui.engine.ngrams.backoff import Boundaries
from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.settings.run_config import RunConfig

SIZE = 4
Gram = tuple[int, ...]
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


def plain_counts(text: list[int], longest: int) -> tuple[Counter[Gram], Counter[Gram]]:
    """How often each n-gram occurs in the whole text, and each with something after it."""
    occurs: Counter[Gram] = Counter()
    followed: Counter[Gram] = Counter()
    for n in range(1, longest + 1):
        for start in range(len(text) - n + 1):
            gram = tuple(text[start : start + n])
            occurs[gram] += 1
            followed[gram[:-1]] += 1
    return occurs, followed


@pytest.mark.parametrize("smoothing", BACKING_OFF)
@given(text=texts, least=leasts)
def test_mass_and_counts_are_those_of_the_whole_text(
    smoothing: str, text: list[int], least: tuple[int, ...]
) -> None:
    model = fitted(text, smoothing, least)
    again = NgramModel.from_tensors(model.to_tensors(), 3, SIZE)
    occurs, followed = plain_counts(text, 3)
    wanted = (*least, least[-1])
    for n in (1, 2, 3):
        unseen, times = 0.0, 0
        for history in product(range(SIZE), repeat=n - 1):
            law = np.exp(model.table.distribution(history))
            new = sum(law[each] for each in range(SIZE) if not occurs[(*history, each)])
            unseen += followed[history] * new
            times += followed[history]
        for one in (model, again):
            assert one.moved_mass[n - 1] == pytest.approx(unseen / times, abs=1e-9)
    for one, history in product((model, again), product(range(SIZE), repeat=2)):
        for token in range(SIZE):
            found = one.explain(history, token)
            if wanted[1] == 1 or occurs[history] >= wanted[1]:
                assert found.history_count == followed[history]
            else:
                assert found.history_count is None
            if occurs[(*history, token)] >= wanted[2]:
                assert found.count == occurs[(*history, token)]
            else:
                assert found.count is None or found.count == 0 == followed[history]


def test_mass_that_went_to_an_ngram_that_was_left_out_went_to_one_that_was_seen() -> None:
    """a b a b a c without what occurs once: after a, c takes some of the mass, and was seen."""
    model = NgramModel.fit(
        np.array([0, 1, 0, 1, 0, 2], dtype=np.int32), 2, 3, "witten-bell", least=(1, 2)
    )
    # Unigrams: (c + 3/3) / 9. a is followed three times, by two kinds; left: 2/5, and c's 1/5.
    unigrams = np.array([4, 3, 2]) / 9
    # After a, only a was never seen; after b, followed twice by a, b and c: left 1/3.
    mass = (3 * 3 / 5 * unigrams[0] + 2 * 1 / 3 * unigrams[1:].sum()) / 5
    assert model.moved_mass == pytest.approx((0, mass))
    assert (model.explain((0,), 2).count, model.explain((0,), 2).history_count) == (None, 3)


def test_an_older_models_counts_show_what_was_left_out() -> None:
    """Before a pruning was stored: c(h) is that of the order below, moved mass is not known."""
    text = [0, 1, 2, 0, 1, 2, 3, 0, 1, 1, 2, 0, 1, 2] * 3 + [3, 3]
    for least in ((1, 2), (1, 1, 2)):
        stored = fitted(text, "katz", least).to_tensors()
        old = {name: each for name, each in stored.items() if not name.startswith("pruning.")}
        model = NgramModel.from_tensors(old, 3, SIZE)
        assert model.moved_mass == ()
        occurs, followed = plain_counts(text, 3)
        found = model.explain((0, 1), 3)
        assert (found.count, found.history_count) == (None, followed[0, 1])
        assert occurs[0, 1, 3] == 0
    whole = NgramModel.from_tensors(fitted(text, "katz", ()).to_tensors(), 3, SIZE)
    assert whole.explain((0, 1), 3).count == 0


def test_lines_that_were_left_out_are_counted_too() -> None:
    begin, end, a, b = 0, 1, 2, 3
    ids = [each for line in ((a, b), (b, a), (a, b)) for each in (begin, *line, end)]
    model = NgramModel.fit(
        np.array(ids, dtype=np.int32), 2, 4, "katz", boundaries=Boundaries(begin, end), least=(1, 2)
    )
    again = NgramModel.from_tensors(model.to_tensors(), 2, 4)
    for one in (model, again):
        assert one.explain((begin,), a).history_count == 3
        assert one.explain((begin,), b).count is None
        assert one.explain((begin, b), end).history_count == 3
        assert one.explain((begin,), a).count == 2
