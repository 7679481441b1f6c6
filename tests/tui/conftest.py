"""What the tests of the command line share."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine


@pytest.fixture
def command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """`seqtui` in this process, its data, cache and configuration in a folder of the test."""
    home = tmp_path / "home"
    monkeypatch.setenv("SEQTUI_HOME", str(home))
    return CommandLine(home, capsys)
