"""Smoothed probabilities against the formulas, written out once more over plain dictionaries."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from reference_data import reference_text
from small_runs import Listener, small_config, small_corpus

from seqtui.corpora.corpus import build_corpus
from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.reading import read_path
from seqtui.engine.evaluation import EvaluatedText, evaluate
from seqtui.engine.held_out import evaluate_part
from seqtui.engine.launch import launch
from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import Notice
from seqtui.engine.runs.loading import load_model
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import open_run
from seqtui.engine.settings.run_config import SMOOTHINGS

SIZE = 5
INTERPOLATED = ("witten-bell", "absolute-discounting", "kneser-ney", "modified-kneser-ney")
TEXT = EvaluatedText("held-out", "", "", 0, True)
Gram = tuple[int, ...]

TEXTS = st.lists(st.integers(0, SIZE - 1), min_size=6, max_size=120)


def three_discounts(n1: int, n2: int, n3: int, n4: int) -> tuple[float, ...]:
    fallback = (0.5, 1.0, 1.5)
    if 0 in (n1, n2, n3):
        return fallback
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    # Whether a discount of exactly 0 will do is a matter of taste, and of the last bit.
    assume(all(abs(each) > 1e-9 for each in found))
    return found if all(0 <= each <= i for i, each in enumerate(found, 1)) else fallback


def one_discount(n1: int, n2: int, *_more: int) -> tuple[float, ...]:
    return (n1 / (n1 + 2 * n2) if n1 and n2 else 0.75,) * 3


class Formula:
    """P(w | h), recursively, as Chen and Goodman write it; slow and short."""

    def __init__(self, text: Sequence[int], order: int, name: str) -> None:
        self.order, self.name = order, name
        grams = [
            Counter(tuple(text[i : i + k]) for i in range(len(text) - k + 1))
            for k in range(1, order + 1)
        ]
        self.following: list[dict[Gram, dict[int, int]]] = []
        self.discounts: list[tuple[float, ...]] = []
        for k in range(1, order + 1):
            counts = grams[k - 1]
            if name.endswith("kneser-ney") and k < order:
                counts = Counter(longer[1:] for longer in grams[k])
                counts[tuple(text[:k])] += 1  # the beginning of the text precedes these
            following: dict[Gram, dict[int, int]] = defaultdict(dict)
            for gram, count in counts.items():
                following[gram[:-1]][gram[-1]] = count
            self.following.append(following)
            of_counts = [sum(count == r for count in counts.values()) for r in (1, 2, 3, 4)]
            by_name = three_discounts if name.startswith("modified") else one_discount
            self.discounts.append(by_name(*of_counts))

    def __call__(self, history: Gram, token: int) -> float:
        history = history[max(len(history) - self.order + 1, 0) :]
        lower = self(history[1:], token) if history else 1 / SIZE
        following = self.following[len(history)].get(history)
        if not following:
            return lower
        count, total = following.get(token, 0), sum(following.values())
        if self.name == "witten-bell":
            return (count + len(following) * lower) / (total + len(following))
        discounts = self.discounts[len(history)]
        taken = [discounts[min(each, 3) - 1] for each in following.values()]
        own = count - discounts[min(count, 3) - 1] if count else 0.0
        return own / total + sum(taken) / total * lower


@pytest.mark.parametrize("name", INTERPOLATED)
@given(text=TEXTS, other=TEXTS, order=st.integers(1, 5))
def test_every_probability_is_that_of_the_formula(
    name: str, text: list[int], other: list[int], order: int
) -> None:
    model = NgramModel.fit(np.array(text, dtype=np.int32), order, SIZE, name)
    formula = Formula(text, order, name)
    scored = np.exp(np.concatenate([*model.score(np.array(other, dtype=np.int32))]))
    expected = [formula(tuple(other[:at]), other[at]) for at in range(1, len(other))]
    assert scored == pytest.approx(np.array(expected), abs=1e-12)


@pytest.mark.parametrize(
    ("name", "perplexity"),
    [
        ("witten-bell", 5.2908),
        ("absolute-discounting", 5.3898),
        ("kneser-ney", 4.3298),
        ("modified-kneser-ney", 4.1798),
    ],
)
def test_the_time_machine_at_order_7(name: str, perplexity: float) -> None:
    """Two implementations, this one and one over other arrays, gave these; KenLM 4.183."""
    corpus = build_corpus(
        read_path(reference_text("timemachine.txt")), CorpusOptions(cleaning="d2l-zh")
    )
    model = NgramModel.fit(corpus.split.train.ids, 7, 28, name)
    evaluation = evaluate(model, corpus.split.held_out.ids, TEXT)
    assert evaluation is not None
    assert evaluation.perplexity == pytest.approx(perplexity, abs=1e-4)


@pytest.mark.parametrize("name", SMOOTHINGS)
def test_a_run_of_every_smoothing_is_evaluated_again_from_its_folder(
    name: str, tmp_path: Path
) -> None:
    corpus, listener = small_corpus(), Listener()
    config = small_config(model="ngram", order=3, smoothing=name)
    document = launch(RunRequest(config, corpus, folder=tmp_path / "run"), listener, Control())
    run = open_run(tmp_path / "run")
    model = load_model(run)
    held_out = corpus.split.held_out
    again = evaluate_part(model, held_out, "held-out", run.vocabulary, corpus.options)
    assert again is not None
    assert again.document() | {"step": 0} == document["held_out"]
    if name == "stupid-back-off":
        assert document["held_out"]["perplexity"] is None
    elif name != "mle":
        assert 1 < document["held_out"]["perplexity"] < len(corpus.training_vocabulary)
    notices = [notice.text for notice in listener.of(Notice)]
    if name == "modified-kneser-ney":
        # n_1 .. n_3 = 2, 2, 4: D_2 = 2 - 3 (1/3) 4/2 = 0.
        assert any("3-grams" in text and "0.5, 1, 1.5" in text for text in notices)
    if name in ("mle", "add-k", "witten-bell"):
        assert notices == []


def test_order_helps_where_smoothing_is_good() -> None:
    """Add-one gets worse with the order; modified Kneser-Ney does not."""
    corpus = small_corpus(6_000)
    train, held_out = corpus.split.train.ids, corpus.split.held_out.ids
    size = len(corpus.training_vocabulary)

    def perplexity(order: int, name: str) -> float:
        evaluation = evaluate(NgramModel.fit(train, order, size, name), held_out, TEXT)
        assert evaluation is not None
        return evaluation.perplexity

    smoothed = [perplexity(order, "modified-kneser-ney") for order in (2, 4, 6)]
    assert smoothed == sorted(smoothed, reverse=True)
    assert perplexity(6, "modified-kneser-ney") < perplexity(6, "add-k")
    assert not math.isinf(perplexity(10, "modified-kneser-ney"))
