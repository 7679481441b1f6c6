from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from small_runs import CPU, Clock, Listener, create_run, small_config, small_corpus, stopped_at

from seqtui.corpora.errors import InputError
from seqtui.engine import launch as launching
from seqtui.engine.launch import launch
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import Evaluated, Finished, Notice, StepReport
from seqtui.engine.runs.loading import load_model
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import open_run
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.training.loop import train

CORPUS = small_corpus()


class KilledError(BaseException):
    """Ends a run without any of its last words."""


def run_to(
    folder: Path,
    config: RunConfig,
    listener: Listener,
    control: Control | None = None,
    clock: Clock | None = None,
) -> dict[str, Any]:
    """Go on in a folder, or start in it; each step is reported."""
    exists = (folder / "run.json").exists()
    run = open_run(folder) if exists else create_run(config, CORPUS, folder)
    return train(config, CORPUS, run, listener, control or Control(), CPU, clock or Clock())


CONFIGS = {
    "gru": small_config(),
    "lstm with dropout": small_config(model="lstm", layers=2, dropout=0.4),
    "scratch with sgd": small_config(model="rnn-scratch", optimizer="sgd"),
    "random windows": small_config(model="rnn", sampling="random", batch_size=20),
    "windows read again": small_config(model="rnn-fast", bptt=30, batch_size=20),
    "state cut in the window": small_config(model="lstm", bptt=4, accumulation=2),
    "cosine after a warm-up": small_config(schedule="cosine", warmup_steps=4, optimizer="rmsprop"),
    "bfloat16": small_config(model="lstm", precision="bfloat16", matmul_precision="medium"),
    "many epochs": small_config(batch_size=50, steps=None, epochs=6),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_stopped_and_resumed_is_bit_for_bit_as_never_stopped(tmp_path: Path, name: str) -> None:
    config = CONFIGS[name]
    whole = Listener()
    document = run_to(tmp_path / "whole", config, whole)
    resumed: dict[int, float] = {}
    for step in (3, 13, 14):
        listener, control = stopped_at(step)
        run_to(tmp_path / "parts", config, listener, control)
        resumed |= listener.losses
    last = Listener()
    again = run_to(tmp_path / "parts", config, last)
    assert min(last.losses) == 15
    assert resumed | last.losses == whole.losses
    for path in (tmp_path / "whole", tmp_path / "parts"):
        assert load_model(open_run(path), "last")
    assert weights(tmp_path / "parts") == weights(tmp_path / "whole")
    for part in ("train", "held_out", "steps", "status"):
        assert again[part] == document[part]
    assert told(tmp_path / "parts") == told(tmp_path / "whole")


def weights(folder: Path) -> dict[str, bytes]:
    from safetensors.numpy import load_file

    return {name: array.tobytes() for name, array in load_file(folder / "last.safetensors").items()}


def told(folder: Path) -> list[tuple[int, float]]:
    """Step and loss of every report and evaluation in a run's metrics."""
    return [
        (event.step, event.loss if isinstance(event, StepReport) else event.evaluation.loss)
        for event in open_run(folder).events()
        if isinstance(event, StepReport | Evaluated)
    ]


@pytest.mark.parametrize("step", [2, 5, 6, 11, 19])
def test_killed_and_resumed_goes_on_from_the_last_checkpoint(tmp_path: Path, step: int) -> None:
    config = small_config(dropout=0.2, layers=2, checkpoint_every=4)
    whole = Listener()
    run_to(tmp_path / "whole", config, whole)

    def kill() -> None:
        raise KilledError

    killed = Listener(reactions=[(StepReport, step, kill)])
    with pytest.raises(KilledError):
        run_to(tmp_path / "parts", config, killed)
    resumed = Listener()
    run_to(tmp_path / "parts", config, resumed)
    # The first step is reported again from the last checkpoint before the one that was cut off.
    assert min(resumed.losses) == (step - 1) // 4 * 4 + 1
    assert killed.losses | resumed.losses == whole.losses
    assert told(tmp_path / "parts") == told(tmp_path / "whole")
    assert weights(tmp_path / "parts") == weights(tmp_path / "whole")


@pytest.mark.parametrize("killed_at", [11, 16, 21, 26])
def test_patience_and_the_marks_of_the_best_belong_to_the_last_checkpoint(
    tmp_path: Path, killed_at: int
) -> None:
    """A `best` that is newer than `last` does not count as an evaluation of the resumed run."""
    config = small_config(steps=30, patience=2, checkpoint_every=9)
    whole = Listener()
    document = run_to(tmp_path / "whole", config, whole)
    assert document["steps"] == 30  # each evaluation is better than the one before

    def kill() -> None:
        raise KilledError

    with pytest.raises(KilledError):
        run_to(tmp_path / "parts", config, Listener(reactions=[(StepReport, killed_at, kill)]))
    again = run_to(tmp_path / "parts", config, Listener())
    assert (again["steps"], again["held_out"]) == (30, document["held_out"])
    assert marks(tmp_path / "parts") == marks(tmp_path / "whole")
    assert weights(tmp_path / "parts") == weights(tmp_path / "whole")


def marks(folder: Path) -> list[tuple[int, bool]]:
    return [
        (event.step, event.best)
        for event in open_run(folder).events()
        if isinstance(event, Evaluated)
    ]


def test_a_run_whose_last_checkpoint_is_gone_is_not_begun_anew(tmp_path: Path) -> None:
    listener, control = stopped_at(13)
    run_to(tmp_path / "run", small_config(), listener, control)
    (tmp_path / "run" / "last.safetensors").unlink()
    before = (tmp_path / "run" / "best.safetensors").read_bytes()
    for _ in range(2):
        with pytest.raises(InputError, match=r"last\.safetensors: is missing"):
            run_to(tmp_path / "run", small_config(), Listener())
        assert (tmp_path / "run" / "best.safetensors").read_bytes() == before
        (tmp_path / "run" / "metrics.jsonl").unlink(missing_ok=True)


@pytest.mark.parametrize("damage", [b"", b"x" * 500, None])
def test_a_damaged_best_does_not_stop_a_run(tmp_path: Path, damage: bytes | None) -> None:
    config = small_config()
    whole = run_to(tmp_path / "whole", config, Listener())
    listener, control = stopped_at(13)
    run_to(tmp_path / "run", config, listener, control)
    best = tmp_path / "run" / "best.safetensors"
    best.unlink()
    if damage is not None:
        best.write_bytes(damage)
    listener = Listener()
    assert run_to(tmp_path / "run", config, listener)["held_out"] == whole["held_out"]
    (notice,) = listener.of(Notice)
    assert "the weights of step 10, the best so far, are lost" in notice.text
    assert load_model(open_run(tmp_path / "run"))


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    for name in ("one", "other"):
        listener, control = stopped_at(6)
        run_to(tmp_path / name, small_config(), listener, control)
    shutil.copy(tmp_path / "one" / "last.safetensors", tmp_path / "other")
    with pytest.raises(InputError, match=r"last\.safetensors: belongs to another run"):
        run_to(tmp_path / "other", small_config(), Listener())
    (tmp_path / "one").rename(tmp_path / "three")
    assert run_to(tmp_path / "three", small_config(), Listener())["steps"] == 20


def test_a_run_of_version_0_1_0_is_resumed(tmp_path: Path) -> None:
    """Its `last` says nothing of the best evaluation, nor to which run it belongs."""
    from safetensors import safe_open
    from safetensors.numpy import load_file, save_file

    listener, control = stopped_at(13)
    run_to(tmp_path / "run", small_config(), listener, control)
    described = json.loads((tmp_path / "run" / "run.json").read_text())
    del described["identity"]
    (tmp_path / "run" / "run.json").write_text(json.dumps(described))
    for name in ("last", "best"):
        path = tmp_path / "run" / f"{name}.safetensors"
        with safe_open(path, framework="np") as file:
            header = json.loads(file.metadata()["seqtui"])
        for key in ("run", "best"):
            header.pop(key, None)
        save_file(load_file(path), path, {"seqtui": json.dumps(header)})
    whole = run_to(tmp_path / "whole", small_config(), Listener())
    assert run_to(tmp_path / "run", small_config(), Listener())["held_out"] == whole["held_out"]
    assert marks(tmp_path / "run") == marks(tmp_path / "whole")


def test_a_changed_learning_rate_is_kept(tmp_path: Path) -> None:
    control = Control()
    listener = Listener(
        reactions=[
            (StepReport, 4, lambda: control.set_learning_rate(0.125)),
            (StepReport, 6, control.stop),
        ]
    )
    run_to(tmp_path / "run", small_config(), listener, control)
    resumed = Listener()
    run_to(tmp_path / "run", small_config(), resumed)
    assert {report.learning_rate for report in resumed.of(StepReport)} == {0.125}


def test_seconds_and_tokens_go_on(tmp_path: Path) -> None:
    listener, control = stopped_at(10)
    first = run_to(tmp_path / "run", small_config(), listener, control)
    second = run_to(tmp_path / "run", small_config(), Listener())
    assert second["seconds"] > first["seconds"] > 0
    reports = [e for e in open_run(tmp_path / "run").events() if isinstance(e, StepReport)]
    assert [report.tokens for report in reports] == [40 * step for step in range(1, 21)]


def test_a_finished_run_gives_its_document_again(tmp_path: Path) -> None:
    config = small_config()
    document = launch(RunRequest(config, CORPUS, folder=tmp_path / "run"), Listener(), Control())
    before = (tmp_path / "run" / "metrics.jsonl").read_bytes()
    listener = Listener()
    run = open_run(tmp_path / "run")
    again = launch(RunRequest(run.continued(), CORPUS, resume=run.path), listener, Control())
    assert again == document == run.document
    assert [type(event) for event in listener.events] == [Finished]
    assert (tmp_path / "run" / "metrics.jsonl").read_bytes() == before


def test_a_finished_run_goes_on_with_more_steps(tmp_path: Path) -> None:
    launch(RunRequest(small_config(), CORPUS, folder=tmp_path / "run"), Listener(), Control())
    run = open_run(tmp_path / "run")
    document = launch(
        RunRequest(run.continued(steps=25), CORPUS, resume=run.path), Listener(), Control()
    )
    whole = Listener()
    run_to(tmp_path / "whole", small_config(steps=25), whole)
    assert document["steps"] == 25
    assert open_run(tmp_path / "run").config.steps == 25
    assert weights(tmp_path / "run") == weights(tmp_path / "whole")
    longer = open_run(tmp_path / "run").continued(epochs=1)
    assert (longer.steps, longer.epochs) == (None, 1)


@pytest.mark.parametrize(
    ("schedule", "told"), [("cosine", True), ("linear", True), ("constant", False)]
)
def test_a_learning_rate_that_leaps_is_told(tmp_path: Path, schedule: str, told: bool) -> None:
    run_to(tmp_path / "run", small_config(schedule=schedule), Listener())
    same = Listener()
    run_to(tmp_path / "run", small_config(schedule=schedule), same)
    assert not same.of(Notice)
    longer = Listener()
    run_to(tmp_path / "run", small_config(schedule=schedule, steps=60), longer)
    texts = [notice.text for notice in longer.of(Notice)]
    assert len(texts) == told
    if told:
        assert f"the {schedule} schedule now ends at step 60 instead of 20" in texts[0]
        report = longer.of(StepReport)[0]
        assert f"to {report.learning_rate:.1e}" in texts[0]


def test_what_a_resumed_run_keeps_cannot_be_changed(tmp_path: Path) -> None:
    run = create_run(small_config(), CORPUS, tmp_path / "run")
    with pytest.raises(InputError, match="--hidden 16: the run has 8"):
        run.continued(hidden=16)
    assert run.continued(hidden=8, threads=1).threads == 1


def test_another_corpus_is_refused_with_the_difference(tmp_path: Path) -> None:
    launch(RunRequest(small_config(), CORPUS, folder=tmp_path / "run"), Listener(), Control())
    run = open_run(tmp_path / "run")
    with pytest.raises(
        InputError, match="small is not the text that run was trained on: its training part"
    ):
        launch(
            RunRequest(run.continued(steps=25), small_corpus(seed=5), resume=run.path),
            Listener(),
            Control(),
        )


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("last.safetensors", lambda data: data[: len(data) // 2]),
        ("last.safetensors", lambda data: b""),
        ("run.json", lambda data: data[:50]),
        ("run.json", lambda data: b"[]"),
        ("run.json", lambda data: data.replace(b'"hidden": 8', b'"hidden": 9')),
        ("run.json", lambda data: data.replace(b'"format": 1', b'"format": 2')),
        ("vocabulary.json", lambda data: b"{}"),
    ],
)
def test_a_damaged_run_is_refused_in_one_line(tmp_path: Path, name: str, change: Any) -> None:
    listener, control = stopped_at(6)
    run_to(tmp_path / "run", small_config(), listener, control)
    path = tmp_path / "run" / name
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError) as refused:
        load_model(open_run(tmp_path / "run"), "last")
    assert "\n" not in str(refused.value)
    assert str(tmp_path) in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        {"step": -1},
        {"epoch": "0"},
        {"recent": ["x"]},
        {"surprise": 1},
        {"learning_rate": None},
        {"seconds": float("nan")},
        {"recent": [float("inf")]},
        {"evaluated": 10**30},
    ],
)
def test_a_checkpoint_with_impossible_progress_is_refused(
    tmp_path: Path, change: dict[str, object]
) -> None:
    from safetensors import safe_open
    from safetensors.numpy import load_file, save_file

    listener, control = stopped_at(6)
    run_to(tmp_path / "run", small_config(), listener, control)
    path = tmp_path / "run" / "last.safetensors"
    with safe_open(path, framework="np") as file:
        header = json.loads(file.metadata()["seqtui"])
    header["progress"].update(change)
    save_file(load_file(path), path, {"seqtui": json.dumps(header)})
    with pytest.raises(InputError):
        run_to(tmp_path / "run", small_config(), Listener())


def test_optimiser_and_carried_state_must_fit(tmp_path: Path) -> None:
    from safetensors import safe_open
    from safetensors.numpy import load_file, save_file

    listener, control = stopped_at(6)
    run_to(tmp_path / "good", small_config(), listener, control)
    with safe_open(tmp_path / "good" / "last.safetensors", framework="np") as file:
        metadata = file.metadata()
    for name, wrong in (
        ("optimiser.0.exp_avg", lambda array: array[:1]),
        ("carried.0.0", lambda array: array[:, :1]),
        ("random.cpu", lambda array: array[:10]),
    ):
        shutil.copytree(tmp_path / "good", tmp_path / name)
        path = tmp_path / name / "last.safetensors"
        arrays = load_file(path)
        arrays[name] = wrong(arrays[name]).copy()
        save_file(arrays, path, metadata)
        with pytest.raises(InputError):
            run_to(tmp_path / name, small_config(), Listener())


def test_unfinished_files_of_a_killed_writer_are_removed(tmp_path: Path) -> None:
    launch(RunRequest(small_config(), CORPUS, folder=tmp_path / "run"), Listener(), Control())
    (tmp_path / "run" / "last.safetensors.123.part").write_bytes(b"half")
    run = open_run(tmp_path / "run")
    launch(RunRequest(run.continued(steps=21), CORPUS, resume=run.path), Listener(), Control())
    assert not list((tmp_path / "run").glob("*.part"))


def test_two_writers_of_one_run_are_refused(tmp_path: Path) -> None:
    control = Control()
    refused: list[str] = []

    def start_another() -> None:
        run = open_run(tmp_path / "run")
        assert run.state == "running"
        with pytest.raises(InputError) as error:
            launch(RunRequest(run.continued(), CORPUS, resume=run.path), Listener(), Control())
        refused.append(str(error.value))

    listener = Listener(reactions=[(Evaluated, 5, start_another)])
    launch(RunRequest(small_config(), CORPUS, folder=tmp_path / "run"), listener, control)
    assert "writes this run" in refused[0]
    assert launching.open_run(tmp_path / "run").state == "done"
