"""The texts of the form become a run's configuration, or a reason why not."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pseudo_language import LANGUAGE, pseudo, write_catalogue

from seqtui.corpora.errors import InputError
from seqtui.engine.settings.families import MODELS
from seqtui.engine.settings.recipes import RECIPES
from seqtui.engine.settings.run_config import RunConfig
from seqtui.tui import translation
from seqtui.tui.panes.train.settings import SETTINGS, RunSettings, summary


def names(settings: RunSettings) -> set[str]:
    return {field.name for field in settings.fields}


def test_only_what_matters_for_the_model_is_asked() -> None:
    settings = RunSettings()
    settings.change("model", "uniform")
    assert names(settings) == {"recipe", "model"}
    settings.change("model", "ngram")
    assert names(settings) == {"recipe", "model", "order", "smoothing", "k", "min_count"}
    settings.change("smoothing", "mle")
    assert names(settings) == {"recipe", "model", "order", "smoothing", "min_count"}
    settings.change("model", "lstm")
    assert {"hidden", "layers", "dropout", "window", "seed"} < names(settings)
    settings.change("model", "rnn-scratch")
    assert not {"layers", "dropout", "order"} & names(settings)


@pytest.mark.parametrize("model", MODELS)
def test_the_settings_as_they_come_are_a_run(model: str) -> None:
    settings = RunSettings()
    settings.change("model", model)
    assert settings.errors == {}
    config = settings.configuration("primer-en", None)
    assert (config.corpus, config.model) == ("primer-en", model)
    assert config.initial_learning_rate == RunConfig(corpus="", model=model).initial_learning_rate
    assert summary(config).startswith(model)


@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("hidden", "0", "--hidden 0"),
        ("hidden", "many", "--hidden many"),
        ("steps", "2.5", "--steps 2.5"),
        ("dropout", "1", "--dropout 1"),
        ("learning_rate", "nan", "--learning-rate nan"),
        ("clip_norm", "-1", "--clip-norm -1"),
        ("optimizer", "adam", "--optimizer adam"),
    ],
)
def test_a_refusal_names_the_option_and_the_value(name: str, value: str, option: str) -> None:
    settings = RunSettings()
    reason = settings.refusal(name, value)
    assert reason is not None
    assert reason.startswith(option)
    settings.change(name, value)
    assert name in settings.errors
    with pytest.raises(InputError, match=option):
        settings.configuration("primer-en", None)


def test_thousands_may_be_separated() -> None:
    settings = RunSettings()
    settings.change("steps", "12,000")
    assert settings.configuration("primer-en", None).steps == 12_000


def test_a_default_learning_rate_follows_the_optimiser_and_another_stays() -> None:
    settings = RunSettings()
    settings.change("optimizer", "sgd")
    assert settings.configuration("", None).initial_learning_rate == 1.0
    settings.change("learning_rate", "0.5")
    settings.change("optimizer", "adamw")
    assert settings.configuration("", None).initial_learning_rate == 0.5


@given(st.sampled_from([setting.name for setting in SETTINGS]), st.text(max_size=30))
def test_whatever_is_typed_is_taken_or_refused(name: str, value: str) -> None:
    settings = RunSettings()
    reason = settings.refusal(name, value)
    assert reason is None or "\n" not in reason


def test_every_value_of_a_run_but_its_corpus_can_be_set() -> None:
    fields = {field.name for field in dataclasses.fields(RunConfig)}
    assert {row.name for row in SETTINGS} == fields - {"corpus", "corpus_options"}


def test_an_empty_value_leaves_it_to_the_default() -> None:
    settings = RunSettings()
    assert settings.values["threads"] == settings.values["embedding"] == ""
    for name in ("hidden", "threads", "evaluate_every"):
        settings.change(name, "")
    config = settings.configuration("", None)
    assert (config.hidden, config.threads, config.evaluate_every) == (256, None, None)


@pytest.mark.parametrize(("name", "value"), [("epochs", "3"), ("minutes", "0.5")])
def test_a_length_takes_the_place_of_the_others(name: str, value: str) -> None:
    settings = RunSettings()
    assert settings.refusal(name, value) is None
    settings.change(name, value)
    assert settings.errors == {}
    config = settings.configuration("", None)
    assert (config.steps, getattr(config, name)) == (None, float(value))
    settings.change("steps", "70")
    assert settings.configuration("", None).steps == 70


def test_values_that_do_not_go_together_are_marked_where_the_reason_points() -> None:
    settings = RunSettings()
    settings.change("tied", "yes")
    assert list(settings.errors) == ["tied"]
    assert "give --embedding 256" in settings.errors["tied"]
    settings.change("embedding", "256")
    assert settings.errors == {}
    assert settings.configuration("", None).tied
    settings.change("hidden", "0")
    settings.change("dropout", "2")
    assert {"hidden", "dropout"} <= set(settings.errors)


def test_samples_come_by_themselves_or_as_often_as_asked() -> None:
    settings = RunSettings()
    assert settings.configuration("", None).sample_every == 100
    settings.change("sample_every", "7")
    assert settings.configuration("", None).sample_every == 7


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_fills_the_form(name: str) -> None:
    settings = RunSettings()
    settings.change("hidden", "7")
    settings.change("seed", "5")
    settings.change("recipe", name)
    wanted = {**RECIPES[name].settings, "seed": 5}
    config = settings.configuration("primer-en", None)
    assert dataclasses.replace(config, sample_every=None) == RunConfig("primer-en", **wanted)
    assert RECIPES[name].purpose in settings.fields[0].hint
    assert (RECIPES[name].warning or "") in settings.fields[0].hint


def test_what_is_changed_after_a_recipe_is_no_recipe_s() -> None:
    settings = RunSettings()
    settings.change("recipe", "quick")
    settings.change("seed", "5")
    assert settings.values["recipe"] == "quick"
    settings.change("hidden", "512")
    assert settings.values["recipe"] == "–"
    assert settings.values["layers"] == str(RECIPES["quick"].settings["layers"])
    refused = settings.refusal("recipe", "slow")
    assert refused is not None
    assert "--recipe slow" in refused


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (RunConfig("x", model="uniform"), "uniform · every token has the same probability"),
        (
            RunConfig("x", model="infinity-gram"),
            "infinity-gram · the longest context that occurs in the text, unsmoothed",
        ),
        (
            RunConfig("x", model="ngram", order=2, smoothing="add-k", k=0.5),
            "ngram · order 2 · add-k · k 0.5",
        ),
        (
            RunConfig("x", model="ngram", order=3, smoothing="witten-bell"),
            "ngram · order 3 · witten-bell",
        ),
    ],
)
def test_the_summary_of_a_counted_model_has_its_settings(config: RunConfig, line: str) -> None:
    assert summary(config) == line


def test_the_summary_names_the_schedule_and_where_the_state_is_detached() -> None:
    line = summary(RunConfig("x", schedule="cosine", bptt=8))
    assert "adamw 0.005 cosine" in line
    assert "detached every 8" in line
    assert "detached" not in summary(RunConfig("x"))


def test_another_language_changes_what_is_shown_and_no_value(tmp_path: Path) -> None:
    english = RunSettings()
    write_catalogue(tmp_path)
    translation.use(LANGUAGE, tmp_path)
    try:
        settings = RunSettings()
        assert settings.values == english.values
        settings.change("tied", "yes")
        reason = settings.errors["tied"]
        assert reason == pseudo(
            "--tied: embedding and hidden state must be of one size; give --embedding {hidden}"
        ).format(hidden=256)
        settings.change("embedding", "256")
        assert settings.configuration("", None).tied
    finally:
        translation.use()


def test_a_reason_is_shown_at_the_setting_it_names() -> None:
    settings = RunSettings()
    settings.change("model", "transformer")
    settings.change("heads", "7")
    assert list(settings.errors) == ["hidden"]  # must be a multiple, and 256 is none
    assert settings.refusal("layers", "2") is None
