"""What the tests of the command line and of the Train pane share."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine
from train_driver import RunPane, train_runner


@pytest.fixture
def command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """`seqtui` in this process, its data, cache and configuration in a folder of the test."""
    home = tmp_path / "home"
    monkeypatch.setenv("SEQTUI_HOME", str(home))
    return CommandLine(home, capsys)


@pytest.fixture
def run_train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the Train pane open on a small text, at a size."""
    return train_runner(tmp_path, monkeypatch)
