"""Following a run that another process writes, through its folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_events import evaluated, report, started
from small_runs import (
    CPU,
    Clock,
    Listener,
    Time,
    create_run,
    small_config,
    small_corpus,
    stopped_at,
)

from seqtui.corpora.errors import InputError
from seqtui.engine.launch import launch
from seqtui.engine.runs import following
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import (
    Evaluated,
    Event,
    Failed,
    Finished,
    Notice,
    Saved,
    Started,
    StepReport,
)
from seqtui.engine.runs.following import RunFollower, thinned
from seqtui.engine.runs.lock import LOCK, locked
from seqtui.engine.runs.metrics import Recorder
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import Run, open_run

CORPUS = small_corpus()


# The control file.


@pytest.mark.parametrize("model", ["gru", "uniform"])
def test_a_follower_tells_what_the_run_told(tmp_path: Path, model: str) -> None:
    folder = tmp_path / "run"
    listener = Listener()
    launch(RunRequest(small_config(model=model), CORPUS, folder=folder), listener, Control())
    follower = RunFollower(folder)
    assert follower.poll() == listener.events
    assert follower.ended
    assert follower.poll() == []


def test_a_follower_hears_each_event_as_it_comes(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    told, heard, followers = list[Event](), list[Event](), list[RunFollower]()

    def tell(event: Event) -> None:
        told.append(event)
        if isinstance(event, Started):
            followers.append(RunFollower(folder))
        if followers:
            heard.extend(followers[0].poll())

    launch(RunRequest(small_config(), CORPUS, folder=folder), tell, Control())
    # An event is told before its line is written, so what is heard is one behind.
    heard.extend(followers[0].poll())
    assert heard == told


def begun(run: Run, **changes: Any) -> Started:
    """Write down that the run has begun; the event of it."""
    event = replace(started(run.config, run=run.path), **changes)
    run.begin(event)
    return event


def told(run: Run, *events: Event) -> None:
    recorder = Recorder(run.path / "metrics.jsonl", lambda event: None)
    for event in events:
        recorder.emit(event)


def test_nothing_is_told_before_the_run_has_begun(run: Run) -> None:
    with locked(run.path):
        follower = RunFollower(run.path)
        assert follower.poll() == []
        event = begun(run)
        assert follower.poll() == [event]
        told(run, report(1, 3.0))
        assert follower.poll() == [report(1, 3.0)]
        assert follower.poll() == []


def test_half_a_line_is_not_heard_before_its_end(run: Run) -> None:
    with locked(run.path):
        begun(run)
        follower = RunFollower(run.path)
        follower.poll()
        told(run, report(1, 3.0))
        path = run.path / "metrics.jsonl"
        whole = path.read_bytes()
        path.write_bytes(whole[:20])
        assert follower.poll() == []
        with path.open("ab") as file:
            file.write(whole[20:] + b"not json\n")
        assert follower.poll() == [report(1, 3.0)]


def test_a_run_taken_up_anew_is_told_from_its_beginning(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    listener, control = stopped_at(8)
    first = small_config(steps=20, checkpoint_every=5)
    from seqtui.engine.training.loop import train

    run = create_run(first, CORPUS, folder)
    with locked(folder):
        train(first, CORPUS, run, listener, control, CPU, Clock())
    follower = RunFollower(folder)
    run = open_run(folder)
    begun(run)
    assert isinstance(follower.poll()[0], Started)
    again = Listener()
    launch(RunRequest(run.continued(), CORPUS, resume=folder), again, Control())
    events = follower.poll()
    assert isinstance(events[0], Started)
    assert events[0].step == 8
    steps = [event.step for event in events if isinstance(event, StepReport)]
    assert steps == sorted(set(steps))
    assert steps[-1] == 20
    assert isinstance(events[-1], Finished)
    assert follower.ended


def test_lines_that_were_cut_off_are_heard_again_from_the_first(run: Run) -> None:
    with locked(run.path):
        event = begun(run)
        follower = RunFollower(run.path)
        told(run, report(1, 3.0), report(2, 2.5), report(3, 2.25))
        follower.poll()
        (run.path / "metrics.jsonl").unlink()
        told(run, report(1, 3.0))
        assert follower.poll() == [event, report(1, 3.0)]


def test_a_run_that_failed_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "run"

    def tell(event: Event) -> None:
        if isinstance(event, Evaluated):
            raise MemoryError("no room\nfor it")

    with pytest.raises(MemoryError):
        launch(RunRequest(small_config(), CORPUS, folder=folder), tell, Control())
    *_, last = RunFollower(folder).poll()
    assert isinstance(last, Failed)
    assert last.message == "no room for it"
    assert last.traceback == ""
    assert open_run(folder).started is not None


def test_what_is_no_run_cannot_be_followed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such run"):
        RunFollower(tmp_path / "nothing")


def trouble_after(follower: RunFollower, clock: Time, *seconds: float) -> list[str]:
    """The notices of looks that far apart."""
    notices = []
    for each in seconds:
        clock.now += each
        notices += [event.text for event in follower.poll() if isinstance(event, Notice)]
    return notices


def test_a_run_that_nobody_writes_looks_dead(run: Run) -> None:
    clock = Time()
    begun(run)
    follower = RunFollower(run.path, clock)
    assert trouble_after(follower, clock, 0, 1) == []
    (notice,) = trouble_after(follower, clock, 2, 1, 1)
    assert "looks dead" in notice
    assert f"--resume {run.name}" in notice
    assert follower.gone
    with locked(run.path):
        assert trouble_after(follower, clock, 1) == ["the run is trained again"]
        assert not follower.gone


def test_a_killed_writer_is_seen(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from small_runs import small_config, small_corpus\n"
        "from seqtui.engine.runs.control import Control\n"
        "from seqtui.engine.launch import launch\n"
        "from seqtui.engine.runs.request import RunRequest\n"
        "config = small_config(steps=None, minutes=5)\n"
        "def tell(event):\n"
        "    print(type(event).__name__, flush=True)\n"
        "launch(RunRequest(config, small_corpus(), Path(sys.argv[1])), tell, Control())\n"
    )
    tests = str(Path(__file__).parents[2])
    folder = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {tests!r})\n{program}", folder],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        while process.stdout.readline() != "StepReport\n":
            assert process.poll() is None
        clock = Time()
        follower = RunFollower(folder, clock)
        assert isinstance(follower.poll()[0], Started)
        assert trouble_after(follower, clock, 0, 5) == []
        process.kill()
        process.wait()
    notices = trouble_after(follower, clock, 1, 3)
    assert len(notices) == 1
    assert "looks dead" in notices[0]


def test_a_silent_writer_of_another_host_looks_dead(run: Run) -> None:
    clock = Time()
    begun(run)
    lock = run.path / LOCK
    lock.write_text(json.dumps({"process": 1, "host": "elsewhere"}))
    follower = RunFollower(run.path, clock)
    assert trouble_after(follower, clock, 0, 30, 20) == []
    os.utime(lock, (5, 5))  # a sign of life, whatever its clock says
    assert trouble_after(follower, clock, 15, 50) == []
    (notice,) = trouble_after(follower, clock, 20)
    assert "process 1 on elsewhere" in notice
    assert not follower.gone
    told(run, report(1, 3.0))
    assert trouble_after(follower, clock, 1) == ["the run is trained again"]


def test_a_silent_writer_of_this_host_that_lives_is_believed(run: Run) -> None:
    clock = Time()
    with locked(run.path):
        begun(run)
        assert trouble_after(RunFollower(run.path, clock), clock, 0, 3_600) == []


def test_a_long_run_is_read_in_pieces(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "READ_BYTES", 1_000)
    events = [report(step, 3.0) for step in range(1, 41)]
    told(run, *events)
    run.write("done", {"steps": 40})
    follower = RunFollower(run.path)
    heard = list[Event]()
    polls = 0
    while not follower.ended:
        heard += follower.poll()
        polls += 1
    assert heard[:-1] == events
    assert isinstance(heard[-1], Finished)
    assert polls > 5


@given(st.lists(st.booleans(), max_size=200), st.integers(1, 40))
def test_thinning_keeps_all_but_step_reports_and_the_last_of_those(
    kinds: list[bool], most: int
) -> None:
    events: list[Event] = [
        report(place, 3.0) if step else evaluated(place, 3.0) for place, step in enumerate(kinds)
    ]
    kept = thinned(events, most)
    is_report: Callable[[Event], bool] = lambda event: isinstance(event, StepReport)  # noqa: E731
    assert [e for e in kept if not is_report(e)] == [e for e in events if not is_report(e)]
    reports = [event for event in events if is_report(event)]
    thin = [event for event in kept if is_report(event)]
    assert len(thin) <= max(most, 1)
    assert thin[-1:] == reports[-1:]
    assert kept == [event for event in events if event in kept]


def test_saved_checkpoints_are_found_where_the_folder_lies_now(tmp_path: Path) -> None:
    launch(RunRequest(small_config(), CORPUS, folder=tmp_path / "run"), Listener(), Control())
    (tmp_path / "run").rename(tmp_path / "moved")
    saved = [event for event in open_run(tmp_path / "moved").events() if isinstance(event, Saved)]
    assert saved
    assert all(event.path.exists() for event in saved)
