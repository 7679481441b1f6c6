"""A run that another process might train."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_runs import create_run, small_config, small_corpus

from seqtui.engine.runs.run import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run whose status is running, with no process that trains it."""
    return create_run(small_config(), small_corpus(), tmp_path / "run")
