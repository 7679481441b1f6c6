"""Every estimator: sums to one, scoring is stepping, saved is kept, explained is exact."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import reference_text

from seqtui.corpora.corpus import Corpus, build_corpus
from seqtui.corpora.errors import InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.reading import read_path
from seqtui.engine.evaluation import EvaluatedText, Evaluation, evaluate
from seqtui.engine.ngrams.backoff import Boundaries
from seqtui.engine.ngrams.estimators import ESTIMATORS
from seqtui.engine.ngrams.kneser_ney import modified_discounts
from seqtui.engine.ngrams.model import NgramModel

TEXT = EvaluatedText("held-out", "", "", 0, True)
SIZE = 6
BEGIN, END = 1, 2
LINES = Boundaries(BEGIN, END)
SMOOTHED = sorted(set(ESTIMATORS) - {"mle", "stupid-back-off"})


def as_ids(values: Sequence[int]) -> np.ndarray:
    return np.array(values, dtype=np.int32)


def marked(lines: Sequence[Sequence[int]]) -> np.ndarray:
    return as_ids([token for line in lines for token in (BEGIN, *line, END)])


STREAMS = st.lists(st.integers(0, SIZE - 1), min_size=5, max_size=60).map(as_ids)
WORD = st.sampled_from([0, 3, 4, 5])
LINE_TEXTS = st.lists(st.lists(WORD, max_size=6), min_size=3, max_size=12).map(marked)
ORDERS = st.integers(1, 5)


def measured(model: NgramModel, ids: np.ndarray) -> Evaluation:
    evaluation = evaluate(model, ids, TEXT)
    assert evaluation is not None
    return evaluation


@pytest.mark.parametrize("name", SMOOTHED)
@given(text=STREAMS, order=ORDERS, prefix=st.lists(st.integers(0, SIZE - 1), max_size=6))
def test_after_any_history_of_a_stream_the_law_sums_to_one(
    name: str, text: np.ndarray, order: int, prefix: list[int]
) -> None:
    model = NgramModel.fit(text, order, SIZE, name, 0.3)
    law = np.exp(model.start(as_ids(prefix)).log_probs)
    assert law.sum() == pytest.approx(1, abs=1e-9)
    assert (law > 0).all()


@pytest.mark.parametrize("name", SMOOTHED)
@given(text=LINE_TEXTS, order=st.integers(1, 4), prefix=st.lists(WORD, max_size=5))
def test_with_lines_the_law_is_over_all_but_the_begin_of_a_line(
    name: str, text: np.ndarray, order: int, prefix: list[int]
) -> None:
    model = NgramModel.fit(text, order, SIZE, name, 0.3, boundaries=LINES)
    for before in (prefix, [*prefix, END], [BEGIN, *prefix], []):
        law = np.exp(model.start(as_ids(before)).log_probs)
        assert law.sum() == pytest.approx(1, abs=1e-9)
        assert law[BEGIN] == 0
        assert (np.delete(law, BEGIN) > 0).all()


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
@given(text=STREAMS, other=STREAMS, order=ORDERS)
def test_scoring_is_stepping_and_what_is_saved_scores_the_same(
    name: str, text: np.ndarray, other: np.ndarray, order: int
) -> None:
    model = NgramModel.fit(text, order, SIZE, name)
    scored = np.concatenate([*model.score(other)])
    stepped = []
    step = model.start(other[:1])
    for token in other[1:].tolist():
        stepped.append(step.log_probs[token])
        step = step.advance(token)
    assert scored == pytest.approx(np.array(stepped), abs=1e-12)
    again = NgramModel.from_tensors(model.to_tensors(), order, SIZE)
    assert np.concatenate([*again.score(other)]).tolist() == scored.tolist()
    assert again.normalised == model.normalised


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
@given(text=LINE_TEXTS, other=LINE_TEXTS, order=st.integers(1, 4))
def test_scoring_lines_is_stepping_and_skips_their_begins(
    name: str, text: np.ndarray, other: np.ndarray, order: int
) -> None:
    model = NgramModel.fit(text, order, SIZE, name, boundaries=LINES)
    scored = np.concatenate([*model.score(other)])
    stepped = []
    step = model.start(other[:1])
    for token in other[1:].tolist():
        if token != BEGIN:
            stepped.append(step.log_probs[token])
        step = step.advance(token)
    assert scored == pytest.approx(np.array(stepped), abs=1e-12)
    again = NgramModel.from_tensors(model.to_tensors(), order, SIZE)
    assert np.concatenate([*again.score(other)]).tolist() == scored.tolist()


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
@given(text=STREAMS, order=ORDERS, history=st.lists(st.integers(0, SIZE - 1), max_size=5))
def test_the_arithmetic_is_that_of_the_law(
    name: str, text: np.ndarray, order: int, history: list[int]
) -> None:
    model = NgramModel.fit(text, order, SIZE, name)
    law = np.exp(model.start(as_ids(history)).log_probs)
    for token in range(SIZE):
        explained = model.explain(history, token)
        assert explained.probability == pytest.approx(law[token], abs=1e-12)
        top_count = explained.terms[-1].history_count
        spelling = model.spell(explained)
        numbers = spelling.numbers.format(**spelling.values)
        worked_out = eval(numbers.replace("×", "*").replace("−", "-"))
        assert worked_out == pytest.approx(law[token], abs=1e-9)
        assert spelling.unseen_history == (not top_count and name not in ("add-k", "lidstone"))
        top = explained.terms[-1]
        sum_of_parts = top.direct + top.left * top.lower
        if model.estimator.interpolated or not top.direct:
            assert sum_of_parts == pytest.approx(top.probability, abs=1e-12)
        else:
            assert top.direct == pytest.approx(top.probability)


def test_no_ngram_reaches_over_the_end_of_a_line() -> None:
    model = NgramModel.fit(marked([[3, 4], [5]]), 3, SIZE, "mle", boundaries=LINES)
    assert model.counted.find([END, BEGIN]) == 0
    assert model.counted.find([BEGIN, 3, 4]) == 1
    assert math.exp(model.start(as_ids([4, END])).log_probs[3]) == pytest.approx(1 / 2)


def test_a_hand_worked_kneser_ney() -> None:
    """a b a b a c: bigrams ab 2, ba 2, ac 1; of one count n1 = 1 and n2 = 2: D = 1/5."""
    model = NgramModel.fit(as_ids([0, 1, 0, 1, 0, 2]), 2, 3, "kneser-ney")
    # What precedes: a: b and the beginning, b: a, c: a. Of these n1 = 2, n2 = 1, D = 1/2.
    unigrams = [(2 - 0.5) / 4 + 1.5 / 4 / 3, 0.5 / 4 + 1.5 / 4 / 3, 0.5 / 4 + 1.5 / 4 / 3]
    assert np.exp(model.start(as_ids([])).log_probs) == pytest.approx(unigrams)
    after_a = [
        0.4 / 3 * unigrams[0],
        1.8 / 3 + 0.4 / 3 * unigrams[1],
        0.8 / 3 + 0.4 / 3 * unigrams[2],
    ]
    assert np.exp(model.start(as_ids([0])).log_probs) == pytest.approx(after_a)


def test_modified_discounts_follow_the_counts_of_counts() -> None:
    assert modified_discounts([100, 40, 20, 10]) == pytest.approx(
        (1 - 2 * 5 / 9 * 0.4, 2 - 3 * 5 / 9 * 0.5, 3 - 4 * 5 / 9 * 0.5)
    )
    assert modified_discounts([100, 40, 0, 10]) is None
    assert modified_discounts([2, 5, 90, 3]) is None


def test_a_fallback_of_the_discounts_is_reported() -> None:
    model = NgramModel.fit(as_ids([0, 1, 0, 1, 0, 2]), 2, 3, "modified-kneser-ney")
    assert any("2-grams" in note and "0.5, 1, 1.5" in note for note in model.notes)
    assert model.constants[1] == (0.5, 1.0, 1.5)


def test_stupid_back_off_is_a_score_without_a_perplexity() -> None:
    model = NgramModel.fit(as_ids([0, 1, 0, 1, 0, 2]), 2, 3, "stupid-back-off")
    assert not model.normalised
    step = model.start(as_ids([1]))
    assert np.exp(step.log_probs) == pytest.approx([1, 0.4 * 2 / 6, 0.4 * 1 / 6])
    assert measured(model, as_ids([0, 1, 2])).document()["perplexity"] is None


def test_weights_of_an_interpolation_find_what_helps() -> None:
    """Pairs that follow a fixed rule: bigrams are worth all, unigrams nothing."""
    rng = np.random.default_rng(0)
    text = np.repeat(rng.integers(0, 3, 2_000), 2).astype(np.int32)
    text[1::2] += 3
    weights = NgramModel.fit(text, 2, 6, "linear-interpolation").estimator.parameters
    assert weights[1] > 0.9


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(InputError, match="--smoothing kneser"):
        NgramModel.fit(as_ids([0, 1, 2]), 2, 3, "kneser")


@pytest.fixture(scope="module")
def characters() -> Corpus:
    options = CorpusOptions(cleaning="d2l-zh")
    return build_corpus(read_path(reference_text("timemachine.txt")), options)


def as_lines(ids: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Ids of a text, those above <unk> moved up by two, each line between <s> and </s>."""
    moved = np.where(ids > 0, ids + 2, 0)
    lines = np.split(moved, starts[starts > 0])
    return marked([line.tolist() for line in lines])


def test_modified_kneser_ney_on_the_time_machine(characters: Corpus) -> None:
    """REFERENCE's 4.183 is of one line; without its </s> it is a little less."""
    train, held_out = characters.split.train.ids, characters.split.held_out.ids
    none = np.array([0])
    line = NgramModel.fit(as_lines(train, none), 7, 30, "modified-kneser-ney", boundaries=LINES)
    assert measured(line, as_lines(held_out, none)).perplexity == pytest.approx(4.183, abs=5e-4)
    stream = NgramModel.fit(train, 7, 28, "modified-kneser-ney")
    assert measured(stream, held_out).perplexity == pytest.approx(4.180, abs=5e-4)


@pytest.mark.parametrize(
    ("order", "perplexity", "known", "discounts"),
    [
        (2, 267.17205, 177.93141, (0.806929, 1.2013, 1.41501)),
        (3, 259.03634, 172.02486, (0.926907, 1.35894, 1.57152)),
        (4, 258.61801, 171.80011, (0.980093, 1.63523, 2.5248)),
        (5, 259.88383, 172.68155, (0.5, 1.0, 1.5)),
    ],
)
def test_modified_kneser_ney_has_kenlms_perplexities(
    order: int, perplexity: float, known: float, discounts: tuple[float, ...]
) -> None:
    """Words, one sentence a line, with and without unknown words; lmplz and query say this."""
    options = CorpusOptions(cleaning="d2l-zh", tokenizer="word")
    corpus = build_corpus(read_path(reference_text("timemachine.txt")), options)
    cut = corpus.training_tokens
    starts = corpus.stream.line_starts
    train = as_lines(corpus.split.train.ids, starts[starts < cut])
    held_out = as_lines(corpus.split.held_out.ids, starts[starts > cut] - cut)
    size = len(corpus.training_vocabulary) + 2
    model = NgramModel.fit(train, order, size, "modified-kneser-ney", boundaries=LINES)
    assert model.constants[-1] == pytest.approx(discounts, abs=1e-5)
    scores = np.concatenate([*model.score(held_out)])
    assert math.exp(-scores.mean()) == pytest.approx(perplexity, rel=1e-6)
    targets = held_out[1:][held_out[1:] != BEGIN]
    assert math.exp(-scores[targets != 0].mean()) == pytest.approx(known, rel=1e-6)


def test_no_count_of_four_leaves_a_discount_of_three() -> None:
    """n_1 .. n_4 = 6, 2, 1, 0: Y = .6, D = 1 - 2 Y 2/6, 2 - 3 Y 1/2, 3 - 0."""
    assert modified_discounts([6, 2, 1, 0]) == pytest.approx((0.6, 1.1, 3.0))
    for missing in ([0, 2, 1, 3], [6, 0, 1, 3], [6, 2, 0, 3]):
        assert modified_discounts(missing) is None
    counts = [1] * 6 + [2] * 2 + [3]
    text = [token for token, times in enumerate(counts) for _ in range(times)]
    model = NgramModel.fit(as_ids(text), 1, 9, "modified-kneser-ney")
    assert model.notes == ()
    left = (6 * 0.6 + 2 * 1.1 + 3) / 13
    law = np.exp(model.start(as_ids([])).log_probs)
    assert law[0] == pytest.approx((1 - 0.6) / 13 + left / 9)
    assert law[6] == pytest.approx((2 - 1.1) / 13 + left / 9)
    assert law[8] == pytest.approx(left / 9)


def test_where_every_k_is_as_likely_lidstone_adds_one_and_says_so() -> None:
    """Ten words that differ: at any order each n-gram and each history occurs once."""
    text = as_ids(list(range(10)))
    for order in (2, 3, 4):
        model = NgramModel.fit(text, order, 10, "lidstone")
        assert model.constants[-1] == (1.0,)
        assert any(f"{order}-grams" in note and "equally likely" in note for note in model.notes)
        # (1 + 1) / (1 + 10): what followed its history once.
        assert math.exp(model.start(text[:order]).log_probs[order]) == pytest.approx(2 / 11)


def test_lidstone_says_where_its_k_sits_at_a_bound() -> None:
    # Once each of ten: more even than draws from any law, so the greater k the likelier.
    model = NgramModel.fit(as_ids(list(range(10))), 1, 10, "lidstone")
    assert model.constants[0] == pytest.approx((math.exp(4),))
    assert any("1-grams" in note and "55, a bound" in note for note in model.notes)


def test_lidstones_k_is_the_likeliest_of_all_by_plain_search() -> None:
    rng = np.random.default_rng(3)
    text = rng.choice(6, 300, p=[0.4, 0.3, 0.15, 0.1, 0.04, 0.01]).tolist()
    model = NgramModel.fit(as_ids(text), 2, 6, "lidstone")
    pairs, firsts = Counter(pairwise(text)), Counter(text[:-1])

    def likelihood(k: float) -> float:
        return sum(
            times * math.log((times - 1 + k) / (firsts[pair[0]] - 1 + 6 * k))
            for pair, times in pairs.items()
        )

    best = max(np.geomspace(math.exp(-12), math.exp(4), 4001).tolist(), key=likelihood)
    assert model.constants[1][0] == pytest.approx(best, rel=0.005)
    assert likelihood(model.constants[1][0]) >= likelihood(best) - 1e-9
    assert model.notes == ()


@pytest.mark.parametrize("name", ["kneser-ney", "modified-kneser-ney"])
def test_the_arithmetic_says_where_it_counts_predecessors(name: str) -> None:
    text = [0, 1, 0, 1, 0, 2, 1, 1, 0, 0, 2]
    model = NgramModel.fit(as_ids(text), 2, 3, name)
    first = model.explain((), 1)
    spelling = model.spell(first)
    before = {text[at - 1] for at in range(1, len(text)) if text[at] == 1}
    assert spelling.of_predecessors
    assert spelling.values["count"] == len(before) != first.count
    assert spelling.symbols.startswith("(N₁₊(· w) − D) / N₁₊(· ·) + ")
    highest = model.spell(model.explain((0,), 1))
    assert not highest.of_predecessors
    assert highest.values["count"] == model.explain((0,), 1).count == 2
    assert highest.symbols.startswith("(c(h w) − D) / c(h ·) + ")
