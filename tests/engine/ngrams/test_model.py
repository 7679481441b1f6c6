"""n-gram models: the lecture's arithmetic, sums to one, REFERENCE's perplexities."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import reference_text

from seqtui.corpora.corpus import build_corpus
from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.reading import read_path
from seqtui.engine.evaluation import EvaluatedText, evaluate
from seqtui.engine.ngrams.estimators import ESTIMATORS
from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.ngrams.uniform import UniformModel
from seqtui.engine.protocol import LanguageModel
from seqtui.engine.settings.run_config import SMOOTHINGS

A, B, C = 0, 1, 2
ABABAC = np.array([A, B, A, B, A, C], dtype=np.int32)
TEXT = EvaluatedText("held-out", "", "", 0, True)
TEXTS = st.lists(st.integers(0, 3), min_size=5, max_size=40).map(
    lambda values: np.array(values, dtype=np.int32)
)


def test_add_one_unigrams_of_the_lecture() -> None:
    model = NgramModel.fit(ABABAC, 1, 3)
    law = np.exp(model.start(ABABAC[:0]).log_probs)
    assert law == pytest.approx([4 / 9, 3 / 9, 2 / 9])


@pytest.mark.parametrize(
    ("history", "token", "probability"),
    [(A, B, 1 / 2), (B, A, 3 / 5), (C, A, 1 / 3), (C, B, 1 / 3), (C, C, 1 / 3)],
)
def test_add_one_bigrams_of_the_lecture(history: int, token: int, probability: float) -> None:
    """The denominator counts the history as a history: c ends the text and has no successor."""
    model = NgramModel.fit(ABABAC, 2, 3)
    step = model.start(np.array([history], dtype=np.int32))
    assert math.exp(step.log_probs[token]) == pytest.approx(probability)
    assert model.explain([history], token).probability == pytest.approx(probability)


@given(TEXTS, st.integers(1, 5), st.floats(0.01, 3), st.lists(st.integers(0, 3), max_size=6))
def test_every_law_sums_to_one_and_agrees_with_scoring(
    text: np.ndarray, order: int, k: float, prefix: list[int]
) -> None:
    model = NgramModel.fit(text, order, 4, "add-k", k)
    step = model.start(np.array(prefix, dtype=np.int32))
    assert np.exp(step.log_probs).sum() == pytest.approx(1, abs=1e-9)
    scored = np.concatenate([*model.score(text)])
    stepped = []
    step = model.start(text[:1])
    for token in text[1:].tolist():
        stepped.append(step.log_probs[token])
        step = step.advance(token)
    assert scored == pytest.approx(np.array(stepped), abs=1e-12)


def test_maximum_likelihood_with_an_unseen_event_is_infinite_and_says_how_often() -> None:
    model = NgramModel.fit(ABABAC, 2, 3, "mle")
    evaluation = evaluate(model, np.array([A, C, B, A, A], dtype=np.int32), TEXT)
    assert evaluation is not None
    assert math.isinf(evaluation.perplexity)
    assert evaluation.zero_probability_targets == 2  # c b, and a a
    assert evaluation.targets == 4
    assert evaluation.document()["perplexity"] is None


def test_uniform_has_the_perplexity_of_its_vocabulary() -> None:
    evaluation = evaluate(UniformModel(28), np.arange(20, dtype=np.int32), TEXT)
    assert evaluation is not None
    assert evaluation.perplexity == pytest.approx(28, rel=1e-12)


def test_add_one_on_the_time_machine_has_the_reference_perplexities() -> None:
    options = CorpusOptions(cleaning="d2l-zh")
    corpus = build_corpus(read_path(reference_text("timemachine.txt")), options)
    train, held_out = corpus.split.train.ids, corpus.split.held_out.ids
    found = []
    for order in range(1, 6):
        evaluation = evaluate(NgramModel.fit(train, order, 28), held_out, TEXT)
        assert evaluation is not None
        assert evaluation.targets == len(held_out) - 1
        found.append(round(evaluation.perplexity, 2))
    assert found == pytest.approx([17.06, 10.01, 7.02, 6.03, 7.13], abs=0.011)


@given(TEXTS, st.integers(1, 4))
def test_stored_counts_make_the_same_model(text: np.ndarray, order: int) -> None:
    model = NgramModel.fit(text, order, 4, "add-k", 0.5)
    again = NgramModel.from_tensors(model.to_tensors(), order, 4)
    for one, other in zip(model.score(text), again.score(text), strict=True):
        assert one.tolist() == other.tolist()
    assert again.parameters == model.parameters


@pytest.mark.parametrize("model", [UniformModel(3), NgramModel.fit(ABABAC, 3, 3)])
def test_models_meet_the_protocol(model: object) -> None:
    assert isinstance(model, LanguageModel)


def test_modified_kneser_ney_on_the_time_machine_has_the_reference_perplexity() -> None:
    options = CorpusOptions(cleaning="d2l-zh")
    corpus = build_corpus(read_path(reference_text("timemachine.txt")), options)
    model = NgramModel.fit(corpus.split.train.ids, 7, 28, "modified-kneser-ney")
    evaluation = evaluate(model, corpus.split.held_out.ids, TEXT)
    assert evaluation is not None
    assert evaluation.perplexity == pytest.approx(4.183, abs=0.01)
    assert model.notes  # the discounts fall back on characters, and that is said


def test_the_configuration_offers_every_estimator() -> None:
    assert tuple(ESTIMATORS) == SMOOTHINGS
