from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_runs import CPU, Clock, Listener, small_config, small_corpus

from seqtui.corpora.errors import InputError
from seqtui.engine import launch
from seqtui.engine.runs import checkpoints
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import Evaluated, Failed, Finished, Notice, Saved
from seqtui.engine.runs.loading import load_model
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import create_run, open_run
from seqtui.engine.training import meter
from seqtui.engine.training import step as stepper
from seqtui.engine.training.loop import train

CORPUS = small_corpus()


@pytest.mark.parametrize("checkpoint_every", [1, 1_000])
def test_a_run_that_diverges_ends_with_the_step_named(
    tmp_path: Path, checkpoint_every: int
) -> None:
    listener = Listener()
    config = small_config(
        optimizer="sgd", learning_rate=3e38, clip_norm=0.0, checkpoint_every=checkpoint_every
    )
    with pytest.raises(meter.DivergenceError, match="diverged at step"):
        launch.launch(RunRequest(config, CORPUS, folder=tmp_path / "run"), listener, Control())
    (failed,) = listener.of(Failed)
    assert f"step {failed.step}:" in failed.message
    assert "Traceback" in failed.traceback
    assert listener.of(Finished) == []
    run = open_run(tmp_path / "run")
    assert run.state == "failed"
    assert "DivergenceError" in (run.path / "log.txt").read_text()
    model = load_model(run, "last")
    assert all(np.isfinite(piece).all() for piece in model.score(CORPUS.split.held_out.ids))


@pytest.mark.parametrize(
    "error",
    [MemoryError("no room"), torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("boom")],
)
def test_whatever_the_engine_raises_becomes_an_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(stepper, "clip_global_norm", fail)
    listener = Listener()
    with pytest.raises(type(error)):
        launch.launch(
            RunRequest(small_config(), CORPUS, folder=tmp_path / "run"), listener, Control()
        )
    (failed,) = listener.of(Failed)
    assert failed.message == str(error)
    assert failed.message in (tmp_path / "run" / "log.txt").read_text()
    assert open_run(tmp_path / "run").state == "failed"


def test_a_full_disk_is_told_once_and_what_is_missing_is_written_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = checkpoints.write_file
    full = [True]

    def write_while_there_is_room(path: Path, data: bytes) -> None:
        if full[0] and path.suffix == ".safetensors":
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, data)

    monkeypatch.setattr(checkpoints, "write_file", write_while_there_is_room)
    listener = Listener(reactions=[(Evaluated, 5, lambda: full.__setitem__(0, False))])
    config = small_config(evaluate_every=5, steps=9, checkpoint_every=8)
    run = create_run(config, CORPUS, tmp_path / "run")
    document = train(config, CORPUS, run, listener, Control(), CPU, Clock(1e-3))
    notices = [notice.text for notice in listener.of(Notice)]
    assert len(notices) == 1
    assert "No space left on device" in notices[0]
    saved = [(each.kind, each.step) for each in listener.of(Saved)]
    assert saved[:2] == [("last", 8), ("best", 5)]
    assert document["held_out"] is not None


def test_a_text_too_short_makes_no_folder(tmp_path: Path) -> None:
    listener = Listener()
    with pytest.raises(InputError, match="--batch-size 400"):
        launch.launch(
            RunRequest(small_config(batch_size=400), CORPUS, folder=tmp_path / "run"),
            listener,
            Control(),
        )
    assert not (tmp_path / "run").exists()
    (failed,) = listener.of(Failed)
    assert failed.traceback == ""
