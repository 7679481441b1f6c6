"""Zipf's exponent: exact power laws are found again, REFERENCE's values by each method."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import reference_text

from seqtui.corpora.corpus import build_corpus
from seqtui.corpora.errors import InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.reading import read_path
from seqtui.engine.ngrams.counts import count_ngrams
from seqtui.engine.ngrams.zipf import fit_zipf


@given(st.floats(0.2, 2.0), st.sampled_from(["ols", "mle"]))
def test_an_exact_power_law_is_found_again(exponent: float, method: str) -> None:
    counts = np.round(1e9 * np.arange(1, 500) ** -exponent).astype(np.int64)
    fit = fit_zipf(counts, method)
    assert fit.exponent == pytest.approx(exponent, abs=1e-3)
    assert fit.count_at(1) == pytest.approx(1e9, rel=1e-2)


@pytest.mark.parametrize(
    ("order", "ols", "ols_10_1000", "mle"),
    [(1, 1.035, 1.044, 0.974), (2, 0.464, 0.689, 0.605), (3, 0.164, 0.467, 0.259)],
)
def test_the_time_machine_has_the_reference_exponents(
    order: int, ols: float, ols_10_1000: float, mle: float
) -> None:
    options = CorpusOptions(cleaning="d2l-zh", tokenizer="word")
    corpus = build_corpus(read_path(reference_text("timemachine.txt")), options)
    counted = count_ngrams(corpus.ids, order, len(corpus.vocabulary))
    counts = counted.counts[counted.top(counted.distinct)]
    assert fit_zipf(counts, "ols").exponent == pytest.approx(ols, abs=1e-3)
    assert fit_zipf(counts, "ols", (10, 1000)).exponent == pytest.approx(ols_10_1000, abs=1e-3)
    assert fit_zipf(counts, "mle").exponent == pytest.approx(mle, abs=1e-3)


@pytest.mark.parametrize("ranks", [(0, 5), (5, 5), (7, 3), (100, 200)])
def test_a_range_without_a_line_is_refused(ranks: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="--zipf-ranks"):
        fit_zipf(np.array([5, 4, 3], dtype=np.int64), "ols", ranks)


def test_one_rank_is_no_line_and_no_option_is_blamed() -> None:
    with pytest.raises(InputError, match="two ranks or more: here is 1"):
        fit_zipf(np.array([4]), "ols")
