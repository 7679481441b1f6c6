"""Training on a worker's thread: what the app does, without the app."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_runs import create_run, small_config, small_corpus

from seqtui.engine.runs.events import Event, Failed, Finished, Paused, Sampled, Saved, StepReport
from seqtui.engine.runs.following import RunFollower
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import open_run
from seqtui.engine.training import step as stepper
from seqtui.engine.worker import TrainingSession, Worker, start_training, start_watching

CORPUS = small_corpus()


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker("engine")
    yield made
    assert made.shutdown(30)


def wait_for(
    session: TrainingSession, kind: type[Any], seen: list[Event], enough: Callable[[], bool]
) -> None:
    """Drain until an event of a kind came and the condition holds; fails if the run ends first."""
    while not (any(isinstance(event, kind) for event in seen) and enough()):
        ended = session.job.wait(0.01)
        seen += session.events.drain()
        assert not ended or any(isinstance(event, kind) for event in seen), seen[-3:]


def test_a_run_in_the_background_is_paused_asked_and_stopped(
    tmp_path: Path, worker: Worker
) -> None:
    session = start_training(
        worker, RunRequest(small_config(steps=10**6), CORPUS, folder=tmp_path / "run")
    )
    seen: list[Event] = []
    wait_for(session, StepReport, seen, lambda: True)
    session.control.pause()
    wait_for(session, Paused, seen, lambda: True)
    paused_at = next(event.step for event in seen if isinstance(event, Paused))
    session.control.sample("the ", 0.5)
    wait_for(session, Sampled, seen, lambda: True)
    sampled = next(event for event in seen if isinstance(event, Sampled))
    assert (sampled.step, sampled.temperature) == (paused_at, 0.5)
    session.control.save()
    saves = [event for event in seen if isinstance(event, Saved)]
    wait_for(session, Saved, seen, lambda: len([e for e in seen if type(e) is Saved]) > len(saves))
    session.control.resume()
    session.control.stop()
    assert session.job.wait(30)
    seen += session.events.drain()
    assert isinstance(seen[-1], Finished)
    assert seen[-1].reason == "stopped"
    assert session.job.result == seen[-1].document
    assert open_run(tmp_path / "run").state == "stopped"


def test_a_resumed_session_continues(tmp_path: Path, worker: Worker) -> None:
    first = start_training(worker, RunRequest(small_config(), CORPUS, folder=tmp_path / "run"))
    assert first.job.wait(30)
    config = open_run(tmp_path / "run").continued(steps=30)
    second = start_training(worker, RunRequest(config, CORPUS, resume=tmp_path / "run"))
    assert second.job.wait(30)
    assert second.job.result["steps"] == 30


@pytest.mark.parametrize("error", [MemoryError("no room"), RuntimeError("boom"), SystemExit(3)])
def test_a_failing_engine_ends_the_run_and_not_the_worker(
    tmp_path: Path, worker: Worker, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(stepper, "build_module", fail)
    session = start_training(worker, RunRequest(small_config(), CORPUS, folder=tmp_path / "run"))
    assert session.job.wait(30)
    failed = [event for event in session.events.drain() if isinstance(event, Failed)]
    assert len(failed) == 1
    assert str(error) in failed[0].message
    assert session.job.error is error
    monkeypatch.undo()
    again = start_training(worker, RunRequest(small_config(), CORPUS, folder=tmp_path / "again"))
    assert again.job.wait(30)
    assert again.job.result["status"] == "done"


def test_an_engine_that_cannot_be_imported_is_reported(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "seqtui.engine.launch", None)
    session = start_training(worker, RunRequest(small_config(), CORPUS))
    assert session.job.wait(30)
    (failed,) = session.events.drain()
    assert isinstance(failed, Failed)
    assert "launch" in failed.message


def test_shutting_down_stops_and_saves_the_run(tmp_path: Path) -> None:
    worker = Worker("engine")
    session = start_training(
        worker, RunRequest(small_config(steps=10**6), CORPUS, folder=tmp_path / "run")
    )
    wait_for(session, StepReport, [], lambda: True)
    session.control.stop()
    assert worker.shutdown(30)
    run = open_run(tmp_path / "run")
    assert run.state == "stopped"
    assert run.document is not None
    assert run.document["steps"] > 0


def test_a_run_that_cannot_be_watched_any_more_says_so(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(follower: RunFollower) -> None:
        raise ValueError("what nobody foresaw")

    run = create_run(small_config(), CORPUS, tmp_path / "run")
    monkeypatch.setattr(RunFollower, "poll", fail)
    session = start_watching(worker, run.path)
    assert session.job.wait(30)
    (failed,) = session.events.drain()
    assert isinstance(failed, Failed)
    assert "cannot be watched any more: what nobody foresaw" in failed.message
