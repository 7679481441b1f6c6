"""A family of models is one row: whatever reads the rows must serve each of them."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest
from small_runs import COUNTED_MODELS, TRAINED_MODELS, small_config, small_corpus

from seqtui.corpora.errors import InputError
from seqtui.engine.networks.model import NeuralModel, build_module
from seqtui.engine.networks.parameter_count import parameter_formula
from seqtui.engine.settings.families import (
    FAMILIES,
    MODEL_SETTINGS,
    MODELS,
    OWN,
)
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.training.counting import fitted_model

FIELDS = {field.name for field in dataclasses.fields(RunConfig)}


@pytest.mark.parametrize("name", [*MODELS, OWN.name])
def test_every_row_names_settings_that_there_are(name: str) -> None:
    family = FAMILIES[name]
    assert set(family.settings) <= MODEL_SETTINGS <= FIELDS
    assert family.uses("model")
    assert family.uses("learning_rate") != family.counted
    assert (family.network is not None) == (family.weights is not None)
    assert (family.network is None) == (family.counted or family is OWN)
    if not family.uses("layers") and not family.counted:
        assert family.description


@pytest.mark.parametrize("name", TRAINED_MODELS)
def test_every_network_is_built_and_its_weights_counted(name: str) -> None:
    config = small_config(model=name)
    formula = parameter_formula(config, 28)
    assert formula is not None
    assert formula.total == NeuralModel(build_module(config, 28), 28).parameters


@pytest.mark.parametrize("name", COUNTED_MODELS)
def test_every_counted_model_is_fitted_and_has_no_formula(name: str) -> None:
    config = small_config(model=name)
    corpus = small_corpus(300)
    assert fitted_model(config, corpus).vocabulary_size == len(corpus.vocabulary)
    assert parameter_formula(config, 28) is None
    assert config.counted


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"model": "rnn-fast", "layers": 2}, "layers"),
        ({"model": "gru-scratch", "embedding": 3}, "embedding"),
        ({"model": "window-mlp", "dropout": 0.5}, "dropout"),
        ({"model": "window-mlp", "embedding": 0}, "embedding"),
        ({"model": "transformer", "heads": 3}, "hidden"),
        ({"model": "transformer", "embedding": 3}, "embedding"),
        ({"model": "lstm", "context": 3}, "context"),
        ({"model": "gru", "tied": True}, "tied"),
        ({"model": "mine.py:Mine", "tied": True}, "tied"),
        ({"model": "gru", "min_count": "2"}, "min_count"),
        ({"model": "own"}, "model"),
        ({"steps": 5, "epochs": 2}, "steps"),
    ],
)
def test_a_refused_setting_is_named(changes: dict[str, object], option: str) -> None:
    with pytest.raises(InputError) as caught:
        RunConfig(**{"corpus": "x", **changes})
    assert caught.value.option == option


def test_the_rows_load_neither_numpy_nor_torch() -> None:
    program = (
        "import sys\n"
        "import seqtui.engine.settings.families, seqtui.engine.networks.parameter_count\n"
        "assert not {'numpy', 'torch'} & set(sys.modules), 'loaded'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
