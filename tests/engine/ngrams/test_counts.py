"""Counting n-grams: against a plain dictionary, and against REFERENCE's figures."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import reference_text

from seqtui.corpora.corpus import Corpus, build_corpus
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.reading import read_path
from seqtui.engine.ngrams.counts import count_ngrams

TEXTS = st.lists(st.integers(0, 4), min_size=1, max_size=60)


def as_ids(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int32)


@given(TEXTS, st.integers(1, 10))
def test_counts_are_those_of_a_dictionary(values: list[int], order: int) -> None:
    if len(values) < order:
        with pytest.raises(InputError, match="--order"):
            count_ngrams(as_ids(values), order, 5)
        return
    counted = count_ngrams(as_ids(values), order, 5)
    expected = Counter(tuple(values[i : i + order]) for i in range(len(values) - order + 1))
    found = {tuple(g): int(c) for g, c in zip(counted.ids.tolist(), counted.counts, strict=True)}
    assert found == expected
    assert counted.total == len(values) - order + 1
    assert counted.distinct == len(expected)
    assert counted.singletons == sum(count == 1 for count in expected.values())
    # A Counter lists ties by first occurrence, as `top` does.
    ranked = [tuple(g) for g in counted.ngrams(counted.top(10**9)).tolist()]
    assert ranked == [ngram for ngram, _ in expected.most_common()]


@given(TEXTS.filter(lambda values: len(values) > 2))
def test_continuations_and_history_counts_agree(values: list[int]) -> None:
    counted = count_ngrams(as_ids(values), 2, 5)
    for history in range(5):
        expected = Counter(b for a, b in pairwise(values) if a == history)
        ids, counts = counted.continuations([history])
        assert dict(zip(ids.tolist(), counts.tolist(), strict=True)) == expected
        assert counts.tolist() == sorted(counts.tolist(), reverse=True)
        row = counted.rows_of(np.array([[history]], dtype=np.int32))
        assert counted.history_counts(2, row)[0] == sum(expected.values())
        assert counted.find([history]) == values.count(history)


def test_a_large_vocabulary_at_a_high_order_does_not_overflow() -> None:
    ids = np.arange(1_000, dtype=np.int32) * 100
    counted = count_ngrams(ids, 10, 100_000)
    assert counted.distinct == 991
    assert counted.ids[0].tolist() == ids[:10].tolist()


def test_counting_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        count_ngrams(as_ids([0, 1, 2]), 2, 3, lambda done, total: False)


@pytest.fixture(scope="module")
def words() -> Corpus:
    options = CorpusOptions(cleaning="d2l-zh", tokenizer="word")
    return build_corpus(read_path(reference_text("timemachine.txt")), options)


@pytest.mark.parametrize(
    ("order", "top"),
    [
        (1, {"the": 2261, "i": 1267, "and": 1245, "of": 1155}),
        (2, {"of the": 309, "in the": 169, "i had": 130}),
        (3, {"the time traveller": 59, "the time machine": 30, "the medical man": 24}),
    ],
)
def test_the_time_machine_has_the_published_top(
    words: Corpus, order: int, top: dict[str, int]
) -> None:
    counted = count_ngrams(words.ids, order, len(words.vocabulary))
    rows = counted.top(len(top))
    names = [" ".join(words.vocabulary.tokens[i] for i in g) for g in counted.ngrams(rows)]
    assert dict(zip(names, counted.counts[rows].tolist(), strict=True)) == top
    assert counted.total == 32_775 - order + 1
