from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_runs import Listener, small_config, small_corpus

from seqtui.engine.launch import launch
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import Evaluated, Notice
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import open_run

CORPUS = small_corpus()
GETTING_WORSE: dict[str, Any] = {"optimizer": "sgd", "learning_rate": 50.0, "steps": 500}
"""Leaps so long that no evaluation is better than the first ones."""


def test_a_run_that_gets_no_better_ends(tmp_path: Path) -> None:
    listener = Listener()
    config = small_config(patience=3, **GETTING_WORSE)
    document = launch(RunRequest(config, CORPUS, folder=tmp_path / "run"), listener, Control())
    evaluated = listener.of(Evaluated)
    assert [each.best for each in evaluated[-3:]] == [False] * 3
    assert evaluated[-4].best
    assert document["status"] == "done"
    assert document["steps"] == evaluated[-1].step < 500
    assert document["held_out"]["step"] == evaluated[-4].step
    (notice,) = listener.of(Notice)
    assert f"stopped early at step {document['steps']}" in notice.text


def test_with_more_patience_it_goes_on(tmp_path: Path) -> None:
    config = small_config(patience=2, **GETTING_WORSE)
    first = launch(RunRequest(config, CORPUS, folder=tmp_path / "run"), Listener(), Control())
    run = open_run(tmp_path / "run")
    again = launch(RunRequest(run.continued(), CORPUS, resume=run.path), Listener(), Control())
    assert again == first
    longer = launch(
        RunRequest(run.continued(patience=4), CORPUS, resume=run.path), Listener(), Control()
    )
    assert longer["steps"] > first["steps"]


@pytest.mark.parametrize("patience", [None, 1000])
def test_without_an_end_by_patience_all_steps_are_taken(patience: int | None) -> None:
    listener = Listener()
    document = launch(RunRequest(small_config(patience=patience), CORPUS), listener, Control())
    assert document["steps"] == 20
    assert not listener.of(Notice)
