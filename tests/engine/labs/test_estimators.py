from __future__ import annotations

import json

import pytest
from small_runs import small_corpus

from seqtui.corpora.errors import Cancelled, InputError
from seqtui.engine.held_out import evaluate_part
from seqtui.engine.labs.estimators import NAMES, Settings, run
from seqtui.engine.labs.lab import LABS
from seqtui.engine.ngrams.model import NgramModel


def test_a_cell_is_the_evaluation_of_a_model_of_its_own() -> None:
    corpus = small_corpus()
    found = run(corpus, Settings(order=2))
    assert list(found.cells) == [(name, n) for n in (1, 2) for name in NAMES]
    vocabulary, split = corpus.training_vocabulary, corpus.split
    model = NgramModel.fit(split.train.ids, 2, len(vocabulary), "witten-bell")
    alone = evaluate_part(model, split.held_out, "held-out", vocabulary, corpus.options)
    assert found.cells["witten-bell", 2].evaluation == alone
    known = [cell.perplexity for cell in found.cells.values() if cell.perplexity < float("inf")]
    assert found.best is not None
    assert found.cells[found.best].perplexity == min(known)


def test_the_document_is_json_without_a_perplexity_for_scores() -> None:
    lab = LABS["estimators"]
    document = lab.run(small_corpus(), lab.settings(order=1)).document()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    cells = {cell["estimator"]: cell for cell in document["figures"]["cells"]}
    assert cells["stupid-back-off"]["normalised"] is False
    assert cells["stupid-back-off"]["evaluation"]["perplexity"] is None
    assert cells["add-k"]["evaluation"]["perplexity"] > 1


def test_it_refuses_orders_and_can_be_cancelled() -> None:
    with pytest.raises(InputError, match="order=0: choose a whole number from 1 to 10"):
        run(small_corpus(), Settings(order=0))
    with pytest.raises(Cancelled):
        run(small_corpus(), Settings(), lambda done, total: False)
