"""Runs that version 0.1.0 saved: later versions still list, measure, resume and write with them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from command_line import CommandLine

RUNS = Path(__file__).parents[1] / "fixtures" / "runs-0.1.0"
GRU_LOSS_AT_90 = 2.9191014474749073
"""Held-out loss, nats per token, that 0.1.0 reached when it resumed this run to 90 steps."""
WRITTEN = {"ngram": "in beight wo", "gru": "h0 qtafas ds"}
"""What 0.1.0 wrote after "the " with seed 1."""


@pytest.fixture
def landed(tmp_path: Path) -> Path:
    """A copy of the runs, which tests may resume."""
    return shutil.copytree(RUNS, tmp_path / "runs")


@pytest.mark.parametrize("name", ["gru", "ngram", "rnn-scratch"])
def test_it_evaluates_to_what_it_was_saved_with(
    name: str, landed: Path, command_line: CommandLine
) -> None:
    saved = json.loads((landed / name / "run.json").read_text())["document"]["held_out"]
    again = command_line.document("evaluate", str(landed / name))
    assert again["loss"] == pytest.approx(saved["loss"], rel=1e-5)
    assert (again["text"], again["tokens"]) == (saved["text"], saved["tokens"])


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_it_writes_what_it_wrote(name: str, landed: Path, command_line: CommandLine) -> None:
    run = str(landed / name)
    document = command_line.document(
        "generate", run, "--prefix", "the ", "--tokens", "12", "--seed", "1"
    )
    assert document["text"] == WRITTEN[name]


def test_it_resumes_to_the_loss_it_reached_then(landed: Path, command_line: CommandLine) -> None:
    document = command_line.document("train", "--resume", str(landed / "gru"), "--steps", "90")
    assert document["steps"] == 90
    assert document["held_out"]["loss"] == pytest.approx(GRU_LOSS_AT_90, rel=1e-4)
