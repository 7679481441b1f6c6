from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from small_runs import CPU, Clock, Listener, create_run, small_config, small_corpus

from seqtui.corpora import files
from seqtui.corpora.errors import InputError
from seqtui.engine import launch
from seqtui.engine.runs import checkpoints
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import (
    Failed,
    Finished,
    Notice,
    Saved,
    Started,
    StepReport,
    Unsaved,
)
from seqtui.engine.runs.loading import load_model
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.result import UnsavedError
from seqtui.engine.runs.run import open_run
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


class Disk:
    """Full when a test says so; then no file is written but those named."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.refused: tuple[str, ...] = ()
        self.error: BaseException = OSError(errno.ENOSPC, "No space left on device")
        write = files.replacing

        @contextmanager
        def replacing(path: Path) -> Iterator[Path]:
            if path.name in self.refused:
                raise self.error
            with write(path) as part:
                yield part

        monkeypatch.setattr(checkpoints, "replacing", replacing)
        monkeypatch.setattr(files, "replacing", replacing)

    def fill(self, *names: str) -> None:
        self.refused = names or ("last.safetensors", "best.safetensors", "run.json")

    def free(self) -> None:
        self.refused = ()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def begun(
    folder: Path, listener: Listener, control: Control | None = None, **changes: Any
) -> dict[str, Any]:
    config = small_config(**changes)
    return launch.launch(RunRequest(config, CORPUS, folder=folder), listener, control or Control())


def listener_of_steps(start: Callable[..., dict[str, Any]], *given: Any, **changes: Any) -> Any:
    """Start with every step reported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(meter, "REPORT_SECONDS", 0.0)
        return start(*given, **changes)


def resumed(folder: Path, listener: Listener | None = None, **changes: Any) -> dict[str, Any]:
    run = open_run(folder)
    request = RunRequest(run.continued(**changes), CORPUS, resume=folder)
    return launch.launch(request, listener or Listener(), Control())


def weights_of(folder: Path, kind: str = "last") -> dict[str, bytes]:
    file = load_file(folder / f"{kind}.safetensors")
    return {name: array.tobytes() for name, array in file.items() if name.startswith("model.")}


def test_a_full_disk_is_told_once_and_what_is_missing_is_written_when_there_is_room(
    tmp_path: Path, disk: Disk
) -> None:
    listener = Listener(reactions=[(StepReport, 3, disk.fill), (StepReport, 6, disk.free)])
    config = small_config(evaluate_every=5, steps=9, checkpoint_every=4)
    run = create_run(config, CORPUS, tmp_path / "run")
    document = train(config, CORPUS, run, listener, Control(), CPU, Clock())
    notices = [notice.text for notice in listener.of(Notice)]
    assert len(notices) == 2
    assert "No space left on device" in notices[0]
    assert notices[1] == "checkpoints are saved again, from step 8 on"
    saved = [(each.kind, each.step) for each in listener.of(Saved)]
    assert saved == [("last", 0), ("last", 8), ("best", 5), ("best", 9), ("last", 9)]
    assert document["status"] == "done"


def test_who_asks_for_a_checkpoint_is_told_each_time(tmp_path: Path, disk: Disk) -> None:
    control = Control()
    listener = Listener(
        reactions=[
            (StepReport, 3, disk.fill),
            (StepReport, 4, control.save),
            (StepReport, 7, control.save),
            (StepReport, 9, disk.free),
        ]
    )
    listener_of_steps(begun, tmp_path / "run", listener, control)
    told = [notice.text for notice in listener.of(Notice)]
    assert ["cannot be saved" in text for text in told] == [True, True, False]


def test_where_nothing_can_be_saved_no_run_begins(tmp_path: Path, disk: Disk) -> None:
    disk.fill("last.safetensors")
    listener = Listener()
    with pytest.raises(InputError, match=r"No space left on device.*take another folder"):
        begun(tmp_path / "run", listener)
    assert not listener.of(Notice)
    assert not (tmp_path / "run").exists()
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match="--run-dir"):
        begun(tmp_path / "mine", Listener())
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.parametrize("error", [OSError(errno.EFBIG, "File too large"), MemoryError()])
def test_an_end_that_is_not_saved_is_a_failure_that_says_which_step_is_there(
    tmp_path: Path, disk: Disk, error: BaseException
) -> None:
    disk.error = error
    listener = Listener(reactions=[(StepReport, 11, disk.fill)])
    whole = begun(tmp_path / "whole", Listener(), steps=30)
    with pytest.raises(UnsavedError) as failed:
        listener_of_steps(begun, tmp_path / "run", listener, steps=30, checkpoint_every=5)
    assert "step 30 could not be saved" in str(failed.value)
    assert "step 10 is on the disk" in str(failed.value)
    assert failed.value.document["status"] == "failed"
    assert [each.message for each in listener.of(Failed)] == [str(failed.value)]
    disk.free()
    assert open_run(tmp_path / "run").state == "interrupted"  # nor could run.json be written
    document = resumed(tmp_path / "run")
    assert document["status"] == "done"
    assert document["held_out"] == whole["held_out"]
    assert weights_of(tmp_path / "run") == weights_of(tmp_path / "whole")
    assert weights_of(tmp_path / "run", "best") == weights_of(tmp_path / "whole", "best")


def test_only_the_best_weights_can_be_missing(tmp_path: Path, disk: Disk) -> None:
    listener = Listener(reactions=[(StepReport, 1, lambda: disk.fill("best.safetensors"))])
    with pytest.raises(UnsavedError, match="the best weights, of step 20, could not be saved"):
        listener_of_steps(begun, tmp_path / "run", listener)
    assert open_run(tmp_path / "run").status == "failed"
    disk.free()
    assert resumed(tmp_path / "run")["status"] == "done"  # the last weights are the best
    assert weights_of(tmp_path / "run", "best") == weights_of(tmp_path / "run")


@pytest.mark.parametrize("gone", ["deleted", "renamed"])
def test_a_folder_that_goes_while_it_trains_is_no_success(tmp_path: Path, gone: str) -> None:
    def go() -> None:
        if gone == "deleted":
            shutil.rmtree(tmp_path / "run")
        else:
            (tmp_path / "run").rename(tmp_path / "elsewhere")

    listener = Listener(reactions=[(StepReport, 11, go)])
    with pytest.raises(UnsavedError, match="there is no checkpoint in"):
        listener_of_steps(begun, tmp_path / "run", listener, checkpoint_every=10)
    if gone == "renamed":
        (tmp_path / "elsewhere" / "lock").unlink(missing_ok=True)
        assert resumed(tmp_path / "elsewhere")["steps"] == 20


def test_a_folder_that_was_emptied_holds_a_run_that_can_be_read(tmp_path: Path) -> None:
    def empty() -> None:
        for each in (tmp_path / "run").iterdir():
            each.unlink()

    listener = Listener(reactions=[(StepReport, 11, empty)])
    listener_of_steps(begun, tmp_path / "run", listener)
    assert load_model(open_run(tmp_path / "run"), "last")


@pytest.mark.parametrize("model", ["gru", "ngram"])
def test_another_folder_takes_what_could_not_be_saved(
    tmp_path: Path, disk: Disk, model: str
) -> None:
    control = Control(attended=True)
    whole = begun(tmp_path / "whole", Listener(), model=model)
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "letter.txt").write_text("mine")
    answers = [taken, tmp_path / "other"]

    def answer() -> None:
        if len(answers) == 1:
            disk.free()
        control.save_in(answers.pop(0))

    listener = Listener(
        reactions=[
            (Started, 0, (lambda: disk.fill()) if model == "ngram" else lambda: None),
            (StepReport, 11, disk.fill),
            (Unsaved, 20, answer),
            (Unsaved, 0, answer),
        ]
    )
    document = listener_of_steps(
        begun, tmp_path / "run", listener, control, model=model, checkpoint_every=5
    )
    assert "is not empty" in listener.of(Unsaved)[1].message
    assert (document["status"], document["run"]) == ("done", str(tmp_path / "other"))
    assert document["held_out"] == whole["held_out"]
    other = open_run(tmp_path / "other")
    assert other.state == "done"
    assert load_model(other)
    assert list(taken.iterdir()) == [taken / "letter.txt"]
    if model == "gru":
        assert weights_of(other.path) == weights_of(tmp_path / "whole")
        assert weights_of(other.path, "best") == weights_of(tmp_path / "whole", "best")


def test_nobody_names_another_folder(tmp_path: Path, disk: Disk) -> None:
    control = Control(attended=True)
    listener = Listener(
        reactions=[(StepReport, 11, disk.fill), (Unsaved, 20, lambda: control.save_in(None))]
    )
    with pytest.raises(UnsavedError):
        listener_of_steps(begun, tmp_path / "run", listener, control)
    control = Control(attended=True)
    listener.reactions[1] = (Unsaved, 20, control.leave)
    disk.free()
    with pytest.raises(UnsavedError):
        listener_of_steps(begun, tmp_path / "again", listener, control)


def test_counts_that_are_not_saved_are_no_success(tmp_path: Path, disk: Disk) -> None:
    disk.fill("last.safetensors")
    listener = Listener()
    with pytest.raises(UnsavedError, match="nothing of the run is on the disk"):
        begun(tmp_path / "run", listener, model="ngram")
    assert not [each for each in listener.of(Notice) if "saved" in each.text]  # said once
    run = open_run(tmp_path / "run")
    assert (run.state, run.failure) == (
        "failed",
        "the counts could not be saved (No space left on device): "
        "nothing of the run is on the disk",
    )
    disk.free()
    assert resumed(tmp_path / "run")["status"] == "done"


def test_an_ngram_run_refused_for_its_input_leaves_nothing(tmp_path: Path) -> None:
    listener = Listener()
    short = small_corpus(8)
    with pytest.raises(InputError):
        launch.launch(
            RunRequest(
                small_config(model="ngram", order=9, smoothing="modified-kneser-ney"),
                short,
                folder=tmp_path / "run",
            ),
            listener,
            Control(),
        )
    assert not (tmp_path / "run").exists()


def test_a_counted_model_that_was_deleted_is_counted_anew(tmp_path: Path) -> None:
    document = begun(tmp_path / "run", Listener(), model="ngram")
    (tmp_path / "run" / "last.safetensors").unlink()
    assert resumed(tmp_path / "run")["held_out"] == document["held_out"]
    assert load_model(open_run(tmp_path / "run"))


def test_an_input_that_is_at_fault_after_steps_is_a_failure_that_keeps_them(
    tmp_path: Path,
) -> None:
    def fail() -> None:
        raise InputError("mine.py line 3: what came after many steps")

    with pytest.raises(InputError):
        listener_of_steps(
            begun, tmp_path / "run", Listener(reactions=[(StepReport, 7, fail)]), checkpoint_every=5
        )
    assert open_run(tmp_path / "run").state == "failed"
    assert resumed(tmp_path / "run")["status"] == "done"


def test_a_resumption_that_is_refused_changes_nothing(tmp_path: Path) -> None:
    begun(tmp_path / "run", Listener())
    (tmp_path / "run" / "last.safetensors").write_bytes(b"damaged")
    before = {path: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    with pytest.raises(InputError, match="not a readable checkpoint"):
        resumed(tmp_path / "run", steps=25)
    assert {path: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


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
