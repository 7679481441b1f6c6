from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from small_runs import small_config

from seqtui.corpora.errors import InputError
from seqtui.engine.settings.recipes import RECIPES, overlaid, recipe_of
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.settings.settings_file import read_settings


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_makes_a_run_and_says_nothing_of_the_text(name: str) -> None:
    settings = recipe_of(name).settings
    RunConfig(corpus="book.txt", **settings)
    assert not settings.keys() & {"corpus", "corpus_options", "device", "threads"}
    assert recipe_of(name).purpose


def test_the_lecture_s_recipe_is_that_of_the_chapter_with_a_warning() -> None:
    config = RunConfig(corpus="book.txt", **recipe_of("lecture").settings)
    assert (config.batch_size, config.window, config.epochs) == (32, 35, 500)
    assert (config.optimizer, config.initial_learning_rate, config.clip_norm) == ("sgd", 1, 1)
    assert "held-out" in recipe_of("lecture").warning


def test_an_unknown_recipe_is_refused_with_the_choices() -> None:
    with pytest.raises(InputError, match="--recipe slow: choose one of tiny, quick"):
        recipe_of("slow")


def test_a_later_layer_has_the_word_and_one_length_replaces_another() -> None:
    assert overlaid({"steps": 5, "hidden": 8}, {"epochs": 2}, {"hidden": 9}) == {
        "epochs": 2,
        "hidden": 9,
    }


def test_a_file_names_settings_as_the_options_do(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'corpus = "book.txt"\nclean = "d2l-zh"\nrecipe = "quick"\n'
        "learning-rate = 0.01\nepochs = 3\ntied = false\n"
    )
    found = read_settings(path)
    assert found.corpus == "book.txt"
    assert found.corpus_options == {"cleaning": "d2l-zh"}
    assert found.run["learning_rate"] == 0.01
    assert found.run["model"] == recipe_of("quick").settings["model"]
    assert "steps" not in found.run
    RunConfig(corpus="x", **found.run)


def test_a_run_s_own_file_gives_its_configuration_again(tmp_path: Path) -> None:
    config = small_config(model="lstm", schedule="cosine")
    path = tmp_path / "run.json"
    path.write_text(json.dumps({"format": 1, "config": config.to_json()}))
    found = read_settings(path)
    assert RunConfig(corpus=found.corpus or "", **found.run) == config


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hiden = 3", "hiden is no setting"),
        ("hidden = 'a'", "wrong type"),
        ("hidden = 0", "--hidden 0: must be at least 1"),
        ("clean = 'soap'", "--clean soap"),
        ("recipe = 'slow'", "--recipe slow"),
        ("recipe = 3", "must be texts"),
        ("hidden = ", "not TOML"),
    ],
)
def test_what_a_file_says_wrongly_is_named_with_the_file(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        read_settings(path)
    assert str(error.value).startswith(f"--config {path}: ")
    assert words in str(error.value)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_settings(tmp_path / "none.toml")
    (tmp_path / "list.json").write_text("[" * 5 + "]" * 5)
    with pytest.raises(InputError, match="by name"):
        read_settings(tmp_path / "list.json")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(InputError, match="not JSON"):
        read_settings(tmp_path / "deep.json")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture.toml"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match=r"picture\.toml: not TOML"):
        read_settings(path)


@pytest.mark.parametrize("text", ["a." * 200_000 + "b = 1", "#" * 20_000, "a = " + "[" * 16_000])
def test_what_would_be_read_for_minutes_is_refused_at_once(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    began = time.monotonic()
    with pytest.raises(InputError, match=r"--config .*settings\.toml"):
        read_settings(path)
    assert time.monotonic() - began < 5
    path.write_text("a." * 8_000 + "b = 1")  # as long as one may be
    with pytest.raises(InputError, match="a is no setting"):
        read_settings(path)
    assert time.monotonic() - began < 10
