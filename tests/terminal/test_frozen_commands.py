"""A command on a terminal that nobody reads goes on with its work, and ends when asked to."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from terminal.terminal import Terminal
from terminal.test_leaving import SECONDS_TO_LEAVE

Open = Callable[..., Terminal]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_training_goes_on_and_ends_saved_at_a_signal(
    open_terminal: Open, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    run = tmp_path / "run"
    terminal = open_terminal("train", "primer-en", "--steps", "100000", "--run-dir", str(run))
    terminal.wait_for("tok/s", seconds=60)
    terminal.fill()
    metrics = run / "metrics.jsonl"
    before = metrics.stat().st_size
    terminal.wait_until(lambda: metrics.stat().st_size > before)
    terminal.process.send_signal(number)
    assert terminal.process.wait(SECONDS_TO_LEAVE + 2) == code
    assert json.loads((run / "run.json").read_text(encoding="utf-8"))["status"] == "stopped"
