from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seqtui.corpora import folders

ALL = (
    folders.data_folder,
    folders.cache_folder,
    folders.config_folder,
    folders.log_folder,
    folders.runs_folder,
)


def test_one_variable_moves_every_folder(home: Path) -> None:
    assert folders.data_folder() == home / "data"
    assert folders.runs_folder() == home / "data" / "runs"
    assert folders.cache_folder() == home / "cache"
    assert folders.config_folder() == home / "config"
    assert folders.log_folder() == home / "log"


def test_looking_for_a_folder_makes_none(home: Path) -> None:
    for folder in ALL:
        folder()
    assert list(home.iterdir()) == []


def test_a_relative_home_becomes_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEQTUI_HOME", "here")
    assert folders.data_folder() == tmp_path / "here" / "data"


def test_without_the_variable_the_platforms_folders_serve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SEQTUI_HOME")
    assert len({folder() for folder in ALL}) == len(ALL)
    assert all("seqtui" in folder().parts for folder in ALL)


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("catalogue", ("numpy", "urllib.request", "pydoc_data", "hashlib")),
        ("options", ("numpy", "urllib", "pathlib")),
        ("folders", ("numpy", "platformdirs")),
        ("errors", ("numpy", "pathlib")),
        ("corpus", ("torch", "textual", "urllib.request", "rjieba", "pydoc_data")),
    ],
)
def test_importing_a_module_loads_no_more_than_it_needs(
    module: str, absent: tuple[str, ...]
) -> None:
    # What the interpreter's start loads (an editable install has a finder) is not its doing.
    program = (
        "import sys; before = set(sys.modules); "
        f"import seqtui.corpora.{module}; print(*set(sys.modules) - before)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert f"seqtui.corpora.{module}" in loaded
    assert set(absent).isdisjoint(loaded)
