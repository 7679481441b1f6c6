"""What counting reaches on a corpus: which models, their losses, and that they can be cancelled."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from train_driver import RunPane, TrainDriver

from seqtui.corpora.catalogue import open_text
from seqtui.corpora.corpus import Corpus, build_corpus
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.labs.estimators import Comparison
from seqtui.engine.runs.control import Control
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.training.counting import fit
from seqtui.tui.panes.train import baselines as train_baselines
from seqtui.tui.panes.train.baselines import counted_models, held_out_loss
from seqtui.tui.widgets.dialogs import Message

TEXT = "to be or not to be, that is the question.\n" * 40


def corpus_of(folder: Path, text: str = TEXT, **changes: Any) -> Corpus:
    path = folder / "text.txt"
    path.write_text(text, encoding="utf-8")
    options = CorpusOptions(**changes)
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


def test_a_text_without_targets_is_told(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, "abcabcabc")
    with pytest.raises(InputError, match="nothing is held out"):
        held_out_loss(corpus, counted_models(corpus)[0], lambda done, total: True)


@pytest.mark.parametrize("boundaries", ["stream", "line"])
def test_they_are_what_the_command_line_reaches(tmp_path: Path, boundaries: str) -> None:
    corpus = corpus_of(tmp_path, boundaries=boundaries)
    for each in counted_models(corpus):
        config = RunConfig(
            "text.txt",
            corpus.options,
            model="ngram",
            order=each.order,
            smoothing=each.smoothing,
        )
        document = fit(config, corpus, None, lambda event: None, Control())
        loss = held_out_loss(corpus, each, lambda done, total: True)
        assert loss == document["held_out"]["loss"]


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (InputError("--order {order}: too long a text", order=2), "--order 2: too long a text"),
        (ValueError("not a valid index"), "ValueError('not a valid index')"),
    ],
)
def test_what_cannot_be_counted_is_named_with_the_reason(
    run_train: RunPane, monkeypatch: pytest.MonkeyPatch, error: Exception, shown: str
) -> None:
    def fail(*given: object) -> float:
        raise error

    monkeypatch.setattr(train_baselines, "held_out_loss", fail)

    async def play(driver: TrainDriver) -> None:
        await driver.until(lambda: f"KN-7 was not counted: {shown}" in driver.words())
        assert f"bigram was not counted: {shown}" in driver.words()
        assert "counting …" not in driver.words()
        # A fault of the program is not left to this line.
        assert isinstance(driver.app.screen, Message) == (not isinstance(error, InputError))

    run_train(play)
