"""Shannon's game: bounds from counts, ranks of models, choices that give nothing away."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_runs import Listener, small_config, small_corpus

from seqtui.corpora.corpus import build_corpus
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.labs.guess import Settings, choices_for, entropy_bounds, rank_of, run
from seqtui.engine.labs.lab import LABS
from seqtui.engine.launch import launch
from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.request import RunRequest

CORPUS = small_corpus()
SMALL = Settings(letters=20, start=50, order=3)


def test_bounds_follow_from_counts() -> None:
    assert entropy_bounds({1: 10}) == (0, 0)
    q = [0.5, 0.25, 0.125, 0.125, 0]
    lower = sum(i * (q[i - 1] - q[i]) * math.log2(i) for i in (1, 2, 3, 4))
    upper = 0.5 + 0.25 * 2 + 2 * 0.125 * 3
    assert entropy_bounds({1: 4, 2: 2, 3: 1, 4: 1}) == pytest.approx((lower, upper), abs=1e-9)
    uniform = entropy_bounds(dict.fromkeys(range(1, 29), 3))
    assert uniform == pytest.approx((math.log2(28), math.log2(28)), abs=1e-9)
    assert all(map(math.isnan, entropy_bounds(Counter())))


def test_a_rank_is_the_number_of_the_guess() -> None:
    log_probs = np.log(np.array([0.1, 0.4, 0.1, 0.3, 0.1]))
    assert [rank_of(log_probs, i) for i in range(5)] == [3, 1, 4, 2, 5]


def test_the_rivals_are_models_of_the_training_part() -> None:
    found = run(CORPUS, SMALL)
    held_out = CORPUS.split.held_out.ids
    assert found.hidden == tuple(held_out[50:70].tolist())
    assert [rival.name for rival in found.rivals] == ["2-gram", "KN-3"]
    size = len(CORPUS.training_vocabulary)
    model = NgramModel.fit(CORPUS.split.train.ids, 3, size, "kneser-ney")
    step = model.start(held_out[:50])
    assert rank_of(step.log_probs, found.hidden[0]) == found.rivals[1].guesses[0]
    given = [math.exp(step.log_probs[found.hidden[0]])]
    assert found.given[1][:1] == pytest.approx(given)
    bits = -sum(map(math.log2, found.given[1])) / 20
    assert found.rivals[1].bits == pytest.approx(bits)
    assert found.rivals[1].first == found.rivals[1].guesses.count(1) / 20


def test_choices_hold_the_letter_and_are_the_same_each_time() -> None:
    found = run(CORPUS, SMALL)
    places = []
    for place, token in enumerate(found.hidden):
        choices = choices_for(found, place)
        assert choices == choices_for(found, place)
        assert len(set(choices)) == len(choices) <= 9
        places.append(choices.index(token))
    assert len(set(places)) > 2


def test_the_document_says_nothing_of_the_text() -> None:
    lab = LABS["guess"]
    document = lab.run(CORPUS, SMALL).document()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert "hidden" not in json.dumps(document)


def test_what_cannot_be_guessed_is_refused() -> None:
    with pytest.raises(InputError, match="that are held out"):
        run(CORPUS, Settings(start=10**6))
    words = build_corpus(CORPUS.text, CorpusOptions(tokenizer="word"))
    with pytest.raises(InputError, match="characters are guessed here"):
        run(words, SMALL)
    with pytest.raises(Cancelled):
        run(CORPUS, SMALL, lambda done, total: False)


def test_a_run_of_one_s_own_plays_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path))
    config = small_config(model="ngram", order=2, smoothing="add-k")
    launch(RunRequest(config, CORPUS, tmp_path / "mine"), Listener(), Control())
    settings = replace(SMALL, model=str(tmp_path / "mine"))
    found = run(CORPUS, settings)
    assert [rival.name for rival in found.rivals] == ["2-gram", "KN-3", "mine"]
    assert found.rivals[2].guesses == found.rivals[0].guesses
    assert LABS["guess"].varies(settings)
    with pytest.raises(InputError, match="no such run"):
        run(CORPUS, replace(SMALL, model="nobody"))
