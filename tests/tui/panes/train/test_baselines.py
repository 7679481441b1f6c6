"""What counting reaches on a corpus: which models, their losses, and that they can be cancelled."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from seqtui.corpora.catalogue import open_text
from seqtui.corpora.corpus import Corpus, build_corpus
from seqtui.corpora.errors import Cancelled
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.labs.estimators import Comparison
from seqtui.tui.panes.train import baselines as train_baselines
from seqtui.tui.panes.train.baselines import counted_models, held_out_loss

TEXT = "to be or not to be, that is the question.\n" * 40


def corpus_of(
    folder: Path, text: str = TEXT, tokenizer: str = "char", boundaries: str = "stream"
) -> Corpus:
    path = folder / "text.txt"
    path.write_text(text, encoding="utf-8")
    options = CorpusOptions(tokenizer=tokenizer, boundaries=boundaries)
    return build_corpus(open_text(str(path), options.encoding), options)


@pytest.mark.parametrize(("tokenizer", "order"), [("char", 7), ("byte", 7), ("word", 3)])
def test_pairs_and_a_longer_context_are_counted(tmp_path: Path, tokenizer: str, order: int) -> None:
    bigram, longer = counted_models(corpus_of(tmp_path, tokenizer=tokenizer))
    assert (bigram.order, bigram.smoothing) == (2, "add-k")
    assert (longer.order, longer.smoothing) == (order, "modified-kneser-ney")


def test_of_a_very_long_text_only_pairs_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = corpus_of(tmp_path)
    monkeypatch.setattr(train_baselines, "MOST_TOKENS", len(corpus.split.train.ids) - 1)
    assert [each.order for each in counted_models(corpus)] == [2]


def test_a_longer_context_beats_pairs_and_pairs_beat_guessing(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path)
    bigram, longer = (
        held_out_loss(corpus, each, lambda done, total: True) for each in counted_models(corpus)
    )
    assert bigram is not None
    assert longer is not None
    assert longer < bigram < math.log(len(corpus.training_vocabulary))


@pytest.mark.parametrize("boundaries", ["stream", "line"])
def test_a_line_is_what_the_laboratory_measures(tmp_path: Path, boundaries: str) -> None:
    corpus = corpus_of(tmp_path, tokenizer="word", boundaries=boundaries)
    cells = Comparison(corpus)
    while cells.missing:
        cells.cells |= cells.fill(lambda done, total: True)
    for each in counted_models(corpus):
        loss = held_out_loss(corpus, each, lambda done, total: True)
        assert loss is not None
        assert math.exp(loss) == pytest.approx(cells.cells[each.smoothing, each.order].perplexity)


def test_counting_can_be_cancelled(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path)
    for each in counted_models(corpus):
        with pytest.raises(Cancelled):
            held_out_loss(corpus, each, lambda done, total: False)


def test_a_text_without_targets_has_no_line(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, "abcabcabc")
    assert held_out_loss(corpus, counted_models(corpus)[0], lambda done, total: True) is None
