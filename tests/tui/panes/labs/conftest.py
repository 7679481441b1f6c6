"""The Labs pane, open on a text of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from pane_driver import RunPane, pane_runner


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    return pane_runner(tmp_path, monkeypatch, "5", "the boat floats on the lake\n" * 200)
