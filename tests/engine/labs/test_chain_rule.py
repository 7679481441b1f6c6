from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction

import pytest
from small_runs import small_corpus

from seqtui.corpora.catalogue import open_text
from seqtui.corpora.corpus import build_corpus
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.reading import Text
from seqtui.engine.labs.chain_rule import Settings, run
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.tasks import chain_rule as chain_tasks


def test_the_factors_are_counted_fractions_and_their_product_gives_the_perplexity() -> None:
    corpus = small_corpus()
    ids = corpus.ids.tolist()
    found = run(corpus, Settings(order=2))
    sentence = ids[: len(found.forward.factors)]
    product = Fraction(ids.count(sentence[0]), len(ids))
    pairs = list(itertools.pairwise(ids))
    for one, other in itertools.pairwise(sentence):
        product *= Fraction(pairs.count((one, other)), ids[:-1].count(one))
    last = found.forward.factors[-1]
    assert math.exp(last.log_product) == pytest.approx(float(product))
    assert last.perplexity == pytest.approx(float(product) ** (-1 / len(sentence)))
    assert [factor.gram[-1] for factor in found.reversed.factors] == sentence[::-1]


def test_scores_that_are_no_probabilities_have_no_perplexity() -> None:
    found = run(small_corpus(), Settings(estimator="stupid-back-off"))
    assert all(math.isnan(factor.perplexity) for factor in found.forward.factors)
    document = found.document()
    assert document["figures"]["normalised"] is False
    assert document["figures"]["forward"]["perplexity"] is None
    assert document["figures"]["forward"]["factors"][-1]["perplexity"] is None


def test_the_document_is_json_and_names_its_parameters() -> None:
    corpus = small_corpus()
    lab = LABS["chain-rule"]
    document = lab.run(corpus, lab.settings(order=3)).document()
    assert list(document) == [
        "lab", "figures", "formula", "parameters", "seed", "corpus", "seconds"
    ]  # fmt: skip
    assert document["parameters"] == {"sentence": "", "order": 3, "estimator": "mle"}
    assert document["corpus"] == corpus.fingerprint
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_settings_that_do_not_fit_name_their_option() -> None:
    corpus = small_corpus()
    for settings in (Settings(order=0), Settings(order=11), Settings(estimator="best")):
        with pytest.raises(InputError) as refused:
            run(corpus, settings)
        assert refused.value.option in ("order", "estimator")
    with pytest.raises(Cancelled):
        run(corpus, Settings(), lambda done, total: False)


def test_lines_are_read_from_their_begin_to_their_end_in_both_directions() -> None:
    """ab / ba / ab: a line of it is P(a | <s>) P(b | a) P(</s> | b), and so is its reverse."""
    text = "ab\nba\nab\n"
    options = CorpusOptions(boundaries="line", held_out=0)
    corpus = build_corpus(Text("lines", text, "utf-8", len(text), None), options)
    found = run(corpus, Settings())
    names = corpus.vocabulary.tokens
    for reading, tokens in ((found.forward, "ab"), (found.reversed, "ba")):
        grams = [[names[i] for i in factor.gram] for factor in reading.factors]
        first, second = tokens
        assert grams == [["<s>", first], [first, second], [second, "</s>"]]
        assert [factor.count for factor in reading.factors] == [2, 2, 2]
        assert [factor.history_count for factor in reading.factors] == [3, 3, 3]
        assert reading.factors[-1].perplexity == pytest.approx(3 / 2)
    assert found.document()["figures"]["boundaries"] == "line"


def test_the_canteen_gives_the_lecture_s_sentence_exact_fractions() -> None:
    sentence = "他 下课后 去了 食堂"
    options = CorpusOptions(tokenizer="word", boundaries="line")
    corpus = build_corpus(open_text("canteen"), options)
    wanted = {1: Fraction(7, 259_200), 2: Fraction(5, 42), 3: Fraction(3, 20), 4: Fraction(1, 6)}
    for order, product in wanted.items():
        assert chain_tasks.probability(sentence, order) == product
        found = run(corpus, Settings(sentence=sentence, order=order))
        for reading in (found.forward, found.reversed):
            assert math.exp(reading.factors[-1].log_product) == pytest.approx(float(product))
    bigrams = run(corpus, Settings(sentence=sentence, order=2)).forward.factors
    counted = [(factor.count, factor.history_count) for factor in bigrams]
    assert counted == [(5, 12), (4, 5), (5, 7), (5, 10), (5, 5)]
    unseen = "我 下课后 回了 宿舍"
    assert chain_tasks.probability(unseen, 2) == Fraction(1, 42)
    assert chain_tasks.probability(unseen, 3) == 0


def test_add_one_trigrams_read_from_the_end_differ_and_bigrams_do_not() -> None:
    sentence = "她 下课后 回了 宿舍"
    for n, k in chain_tasks.READINGS:
        one, other = (chain_tasks.probability(sentence, n, k, step) for step in (1, -1))
        assert (one == other) is (k == 0 or n == 2)
