"""What is remembered between two starts, whatever the file is."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from seqtui.corpora.folders import config_folder
from seqtui.tui.preferences import Preferences


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where they are kept."""
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path / "home"))
    path = config_folder() / "preferences.json"
    path.parent.mkdir(parents=True)
    return path


def test_they_are_remembered(path: Path) -> None:
    Preferences().remember_theme("textual-light")
    Preferences().remember_lab("gradients")
    assert (Preferences().theme, Preferences().lab) == ("textual-light", "gradients")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"lab": [' * 900, "[" * 200_000, '{"lab": NaN}', '{"lab": ["x"], "theme": 3}'],
)
def test_what_cannot_be_read_counts_as_nothing_and_is_replaced(path: Path, text: str) -> None:
    path.write_text(text)
    assert (Preferences().theme, Preferences().lab) == ("textual-dark", "")
    Preferences().remember_lab("gradients")
    assert json.loads(path.read_text())["lab"] == "gradients"


@pytest.mark.parametrize("depth", [100, 900, 950, 980])
def test_a_deep_value_of_somebody_else_ends_nothing(path: Path, depth: int) -> None:
    path.write_text('{"other": ' + "[" * depth + "]" * depth + "}")
    Preferences().remember_lab("gradients")
    assert Preferences().lab == "gradients"


def test_a_pipe_in_its_place_is_not_waited_for(path: Path) -> None:
    os.mkfifo(path)
    Preferences().remember_lab("gradients")
    assert Preferences().lab == ""
