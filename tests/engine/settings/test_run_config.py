from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest

from seqtui.corpora.errors import InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.settings.limits import LEAST_K, MOST_K
from seqtui.engine.settings.run_config import SMOOTHINGS, RunConfig


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("model", "transformer-xl", "--model transformer-xl: choose one of uniform, ngram"),
        ("order", 0, "--order 0"),
        ("order", 11, "--order 11"),
        ("k", 0.0, "--k 0.0"),
        ("hidden", 0, "--hidden 0"),
        ("hidden", 10**9, "--hidden 1000000000: must be at most 65,536"),
        ("layers", 10**9, "--layers 1000000000"),
        ("dropout", 1.0, "--dropout 1.0"),
        ("dropout", float("nan"), "--dropout nan"),
        ("learning_rate", -1.0, "--learning-rate -1.0"),
        ("learning_rate", float("inf"), "--learning-rate inf"),
        ("clip_norm", float("nan"), "--clip-norm nan"),
        ("batch_size", 0, "--batch-size 0"),
        ("window", 0, "--window 0"),
        ("steps", 0, "--steps 0"),
        ("minutes", 0.0, "--minutes 0.0"),
        ("seed", -1, "--seed -1"),
        ("evaluate_every", 0, "--evaluate-every 0"),
        ("device", "gpu", "--device gpu"),
        ("device", "cuda:x", "--device cuda:x"),
        ("threads", 0, "--threads 0"),
    ],
)
def test_a_value_that_is_invalid_is_named_with_its_option(
    name: str, value: object, words: str
) -> None:
    with pytest.raises(InputError, match="^" + words.replace(".", r"\.")):
        RunConfig(**{"corpus": "x", name: value})


def test_only_one_length_may_be_given() -> None:
    with pytest.raises(InputError, match="--steps 5 and --epochs 2"):
        RunConfig(corpus="x", steps=5, epochs=2)


def test_the_lecture_s_network_has_one_layer_on_one_hot_vectors() -> None:
    with pytest.raises(InputError, match="--layers 2"):
        RunConfig(corpus="x", model="rnn-scratch", layers=2)
    RunConfig(corpus="x", model="rnn-scratch", embedding=0)


def test_defaults_follow_the_optimiser_and_the_vocabulary() -> None:
    assert RunConfig(corpus="x", optimizer="sgd").initial_learning_rate == 1
    assert RunConfig(corpus="x", learning_rate=0.5).initial_learning_rate == 0.5
    assert RunConfig(corpus="x", hidden=64).embedding_size(28) == 0
    assert RunConfig(corpus="x", hidden=64).embedding_size(5_000) == 64
    assert RunConfig(corpus="x", embedding=16).embedding_size(28) == 16


def test_json_gives_the_same_configuration_back() -> None:
    config = RunConfig(
        corpus="book.txt",
        corpus_options=CorpusOptions(cleaning="d2l-zh", min_freq=2),
        model="lstm",
        minutes=1.5,
        learning_rate=1,
    )
    assert RunConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    "change",
    [
        {"hidden": "256"},
        {"hidden": 2.5},
        {"hidden": True},
        {"hidden": None},
        {"surprise": 1},
        {"corpus": 3},
        {"corpus_options": []},
        {"corpus_options": {"cleaning": 3}},
        {"corpus_options": {"surprise": 3}},
        {"steps": -1},
        {"seed": "0"},
    ],
)
def test_json_of_another_shape_is_refused(change: dict[str, object]) -> None:
    data = RunConfig(corpus="x").to_json()
    with pytest.raises(InputError):
        RunConfig.from_json({**data, **change})
    with pytest.raises(InputError):
        RunConfig.from_json([data])
    with pytest.raises(InputError, match="corpus is missing"):
        RunConfig.from_json({})


def test_every_field_is_documented_in_the_source() -> None:
    import inspect

    source = inspect.getsource(RunConfig)
    for each in dataclasses.fields(RunConfig):
        after = source.split(f"\n    {each.name}: ", 1)[1].split("\n", 1)[1]
        assert after.lstrip().startswith('"""'), each.name


def test_what_a_first_paint_imports_loads_neither_numpy_nor_torch() -> None:
    program = (
        "import sys\n"
        "import seqtui.engine.settings.run_config, seqtui.engine.runs.events\n"
        "import seqtui.engine.runs.control, seqtui.engine.worker\n"
        "assert not {'numpy', 'torch'} & set(sys.modules), 'loaded'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("k", [1e308, 1.1e9, 1e-101, 5e-324, 0.0, -1.0, math.nan, math.inf])
def test_no_k_makes_a_model_that_is_no_number(k: float) -> None:
    with pytest.raises(InputError, match="--k") as refused:
        RunConfig("text", model="ngram", k=k)
    assert refused.value.option == "k"


@pytest.mark.parametrize("k", [LEAST_K, MOST_K])
@pytest.mark.parametrize(
    ("smoothing", "min_count"),
    [*((each, None) for each in SMOOTHINGS), ("modified-kneser-ney", "1,999999999")],
)
def test_at_the_bounds_every_probability_is_a_number(
    k: float, min_count: str | None, smoothing: str
) -> None:
    config = RunConfig("text", model="ngram", order=3, k=k, smoothing=smoothing)
    least = replace(config, min_count=min_count).min_counts
    ids = np.random.default_rng(0).integers(0, 30, 2_000).astype(np.int32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = NgramModel.fit(ids, 3, 32, config.smoothing, config.k, least=least)
    for probs, left in zip(model.table.log_probs, model.table.log_left, strict=True):
        assert not np.isnan(probs).any()
        assert not np.isnan(left).any()
    (scores,) = model.score(np.array([3, 31, 4, 4, 5], dtype=np.int32))
    assert not np.isnan(scores).any()
    if smoothing == "add-k":
        assert np.isfinite(scores).all()
