"""A run in a process that can be killed: forked from one that has torch loaded and nothing else."""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from small_runs import small_config, small_corpus


def forking() -> ForkServerContext:
    """Processes that begin with everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["seqtui.engine.training.loop", "seqtui.engine.launch"])
    return context


def train_in(folder: Path, settings: dict[str, Any]) -> None:
    """Go on with the run in a folder, or start it there; every step is reported."""
    from seqtui.engine.launch import launch
    from seqtui.engine.runs.control import Control
    from seqtui.engine.runs.request import RunRequest
    from seqtui.engine.runs.run import open_run
    from seqtui.engine.training import meter

    meter.REPORT_SECONDS = 0.0
    corpus = small_corpus()
    if (folder / "last.safetensors").exists():
        run = open_run(folder)
        launch(RunRequest(run.continued(), corpus, resume=folder), lambda event: None, Control())
    else:
        for left in folder.glob("*"):  # of one killed before its first checkpoint
            left.unlink()
        launch(
            RunRequest(small_config(**settings), corpus, folder=folder),
            lambda event: None,
            Control(),
        )
