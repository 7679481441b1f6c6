"""Perplexity is exp of summed nats over summed targets, and knows what it may be compared with."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from seqtui.engine.evaluation import (
    LARGEST,
    EvaluatedText,
    Evaluation,
    evaluate,
    why_bits_incomparable,
    why_incomparable,
)
from seqtui.engine.ngrams.uniform import UniformModel
from seqtui.engine.protocol import Ids, LogProbs
from seqtui.engine.runs.metrics import evaluation_of, evaluation_record
from seqtui.engine.scoring import score_tokens
from seqtui.tui.numbers import perplexity

TEXT = EvaluatedText("held-out", "text", "tokens", 4, True)
ONE = Evaluation(5.0, 4, 0, "carried", TEXT)


class Pieces(UniformModel):
    """Yields batches of one token at 2 nats and three at 1 nat."""

    def score(self, ids: Ids) -> Iterator[LogProbs]:
        yield np.array([-2.0])
        yield np.array([-1.0, -1.0, -1.0])


def test_unequal_batches_weigh_by_their_tokens() -> None:
    evaluation = evaluate(Pieces(2), np.zeros(5, dtype=np.int32), TEXT)
    assert evaluation is not None
    assert evaluation.perplexity == pytest.approx(3.4903, abs=1e-4)
    assert evaluation.loss == pytest.approx(1.25)


def test_a_perfect_model_has_perplexity_one_and_an_impossible_target_infinity() -> None:
    assert replace(ONE, nll=0.0).perplexity == 1
    impossible = replace(ONE, nll=math.inf, zero_probability_targets=1)
    assert math.isinf(impossible.perplexity)
    assert impossible.document()["perplexity"] is None


@pytest.mark.parametrize("loss", [710.0, 5_000.0, 1e300])
def test_a_perplexity_beyond_what_a_float_holds_is_not_an_infinite_one(loss: float) -> None:
    overflow = replace(ONE, nll=4 * loss, unknown_targets=1, known_nll=3 * loss)
    document = overflow.document()
    assert (document["perplexity"], document["perplexity_is"]) == (None, "overflow")
    assert document["loss"] == document["loss_without_unknown"] == loss
    for evaluation in (overflow, Evaluation.from_document(document)):
        assert evaluation.perplexity == evaluation.perplexity_without_unknown == LARGEST
        assert perplexity(evaluation.perplexity) == ">1e308"


@pytest.mark.parametrize(
    ("evaluation", "kind", "shown"),
    [
        (ONE, "finite", "3.49"),
        (replace(ONE, nll=math.inf, zero_probability_targets=1), "infinite", "∞"),
        (replace(ONE, normalised=False), "undefined", "–"),
        (replace(ONE, targets=0), "undefined", "–"),
        (replace(ONE, nll=4 * 709.7), "finite", perplexity(math.exp(709.7))),
    ],
)
def test_a_document_says_what_kind_of_perplexity_it_has(
    evaluation: Evaluation, kind: str, shown: str
) -> None:
    document = evaluation.document()
    assert document["perplexity_is"] == kind
    assert (document["perplexity"] is not None) == (kind == "finite")
    assert perplexity(evaluation.perplexity) == shown


def test_scores_that_are_no_numbers_are_not_infinite_when_they_are_read_again() -> None:
    nothing = replace(ONE, nll=math.nan)
    assert math.isnan(Evaluation.from_document(nothing.document()).perplexity)
    assert math.isnan(evaluation_of(evaluation_record(nothing)).perplexity)
    infinite = replace(ONE, nll=math.inf, zero_probability_targets=1)
    assert Evaluation.from_document(infinite.document()).perplexity == math.inf
    assert evaluation_of(evaluation_record(infinite)).perplexity == math.inf


def test_bits_are_nats_over_ln_2() -> None:
    assert ONE.bits_per_token == pytest.approx(1.25 / math.log(2))
    assert ONE.bits_per_character == pytest.approx(5 / math.log(2) / 4)


def test_scores_that_are_no_probabilities_have_no_perplexity() -> None:
    score = replace(ONE, normalised=False)
    assert math.isnan(score.perplexity)
    assert score.document()["perplexity"] is None
    assert why_incomparable(score, ONE) is not None


def test_an_evaluation_can_be_cancelled() -> None:
    assert evaluate(Pieces(2), np.zeros(5, dtype=np.int32), TEXT, lambda done, total: False) is None


def test_perplexities_compare_for_the_same_tokens_and_text_only() -> None:
    other_tokens = replace(ONE, of=replace(TEXT, tokens="others"))
    other_text = replace(ONE, of=replace(TEXT, text="another"))
    assert why_incomparable(ONE, ONE) is None
    assert why_incomparable(ONE, other_tokens) is not None
    assert why_incomparable(ONE, other_text) is not None


def test_bits_per_character_compare_across_lossless_tokenisers() -> None:
    bytes_ = replace(ONE, of=replace(TEXT, tokens="bytes"))
    words = replace(ONE, of=replace(TEXT, tokens="words", lossless=False))
    assert why_bits_incomparable(ONE, bytes_) is None
    assert why_bits_incomparable(ONE, words) is not None
    assert why_bits_incomparable(ONE, replace(ONE, of=replace(TEXT, text="another"))) is not None


def test_scoring_names_context_bits_and_rank() -> None:
    scores = score_tokens(UniformModel(4), np.array([0, 1, 2], dtype=np.int32))
    assert [each.id for each in scores] == [1, 2]
    assert all(each.bits == pytest.approx(2) and each.rank == 1 for each in scores)
    assert all(each.context == () for each in scores)


@pytest.mark.parametrize(
    "evaluation",
    [
        ONE,
        replace(ONE, nll=math.inf, zero_probability_targets=1),
        replace(ONE, normalised=False),
        replace(ONE, normalised=False, nll=math.inf, zero_probability_targets=2),
        replace(ONE, unknown_targets=1, known_nll=2.0),
    ],
)
def test_a_document_is_read_as_the_evaluation_it_was(evaluation: Evaluation) -> None:
    read = Evaluation.from_document(evaluation.document())
    assert read.document() == pytest.approx(evaluation.document())
    assert math.isnan(read.perplexity) == math.isnan(evaluation.perplexity)
    assert math.isinf(read.perplexity) == math.isinf(evaluation.perplexity)
    assert math.isinf(read.bits_per_character) == math.isinf(evaluation.bits_per_character)


def test_a_document_of_0_1_0_is_infinite_where_a_target_was_impossible() -> None:
    documents = [
        {"perplexity": None, "loss": None, "targets": 9, "zero_probability_targets": 2},
        {"perplexity": None, "loss": None, "targets": 9, "zero_probability_targets": 0},
    ]
    infinite, score = map(Evaluation.from_document, documents)
    assert math.isinf(infinite.perplexity)
    assert math.isnan(score.perplexity)
