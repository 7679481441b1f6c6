"""Asking a run of another process through its folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runs import Listener, Time, small_config, small_corpus

from seqtui.engine.launch import launch
from seqtui.engine.runs.control import Control, LearningRateRequest, SampleRequest, SaveRequest
from seqtui.engine.runs.events import (
    Event,
    Notice,
    Paused,
    Resumed,
    Sampled,
    Started,
)
from seqtui.engine.runs.lock import LOCK, locked
from seqtui.engine.runs.remote_control import CONTROL, ControlFile, RemoteControl
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import Run, open_run

CORPUS = small_corpus()


# The control file.


class Desk:
    """Both sides of a run's control file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.control, self.told, self.time = Control(), list[Event](), Time()
        self.remote = RemoteControl(folder, self.told.append)
        self.file = ControlFile(folder, self.control, self.told.append, self.time)

    def look(self) -> None:
        """Have the writer look, a while later."""
        self.time.now += 1.5
        self.file()

    def write(self, data: bytes) -> None:
        with (self.folder / CONTROL).open("ab") as file:
            file.write(data)

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self.told if isinstance(event, Notice)]


def test_every_request_arrives_once_and_in_order(run: Run) -> None:
    with locked(run.path):
        desk = Desk(run.path)
        desk.remote.save()
        desk.remote.set_learning_rate(0.25)
        desk.remote.sample("时 the\n", 0.5)
        desk.remote.pause()
        assert desk.remote.paused
        desk.look()
        assert desk.control.poll() == [
            SaveRequest(),
            LearningRateRequest(0.25),
            SampleRequest("时 the\n", 0.5),
        ]
        assert desk.control.paused
        desk.remote.resume()
        desk.look()
        assert not desk.control.paused
        desk.remote.stop()
        desk.look()
        assert desk.control.stopping
        desk.write((run.path / CONTROL).read_bytes())  # the same lines again
        desk.look()
        assert desk.control.poll() == []
        assert desk.told == []


def test_what_was_asked_of_an_earlier_process_is_left_alone(run: Run) -> None:
    with locked(run.path):
        Desk(run.path).remote.stop()
        desk = Desk(run.path)
        desk.look()
        assert not desk.control.stopping
        desk.remote.save()
        desk.look()
        assert desk.control.poll() == [SaveRequest()]


def test_the_file_is_looked_at_once_a_second(run: Run) -> None:
    with locked(run.path):
        desk = Desk(run.path)
        desk.look()
        desk.remote.stop()
        desk.time.now += 0.9
        desk.file()
        assert not desk.control.stopping
        desk.time.now += 0.2
        desk.file()
        assert desk.control.stopping


STRANGE = [
    b"{",
    b"[1]",
    b"null",
    b'"stop"',
    b'{"ask": "stop"}',
    b'{"id": 3, "ask": "stop"}',
    b'{"id": "a", "ask": "dance"}',
    b'{"id": "a", "ask": ["stop"]}',
    b'{"id": "a", "ask": "learning_rate"}',
    b'{"id": "a", "ask": "learning_rate", "value": "0.1"}',
    b'{"id": "a", "ask": "learning_rate", "value": true}',
    b'{"id": "a", "ask": "learning_rate", "value": NaN}',
    b'{"id": "a", "ask": "learning_rate", "value": 1' + b"0" * 400 + b"}",
    b'{"id": "a", "ask": "sample", "prefix": "x"}',
    b'{"id": "a", "ask": "sample", "prefix": 1, "temperature": 1}',
    b"\xff\xfe\x00",
    b"[" * 20_000,
]


@pytest.mark.parametrize("line", STRANGE)
def test_a_line_that_is_no_request_is_ignored_and_told(run: Run, line: bytes) -> None:
    with locked(run.path):
        desk = Desk(run.path)
        desk.write(line + b"\n\n")
        desk.remote.save()
        desk.look()
    assert desk.control.poll() == [SaveRequest()]
    assert not desk.control.stopping
    assert desk.notices == [f"{CONTROL}: 1 unknown request was ignored"]


@given(st.binary(max_size=60))
def test_whatever_the_file_holds_the_loop_goes_on(tmp_path_factory: Any, data: bytes) -> None:
    desk = Desk(tmp_path_factory.mktemp("run"))
    desk.write(data)
    desk.look()
    assert not desk.control.stopping
    assert desk.control.poll() == []


def test_half_a_line_waits_for_its_end(run: Run) -> None:
    with locked(run.path):
        desk = Desk(run.path)
        desk.write(b'{"id": "a", "as')
        desk.look()
        desk.write(b'k": "stop"}\n')
        desk.look()
    assert desk.control.stopping
    assert desk.told == []


def test_a_line_without_end_does_not_stand_in_the_way(run: Run) -> None:
    with locked(run.path):
        desk = Desk(run.path)
        desk.write(b"x" * 200_000 + b"\n")
        for _ in range(4):
            desk.look()
        desk.remote.stop()
        desk.look()
    assert desk.control.stopping


def test_a_pipe_in_its_place_is_not_waited_for(run: Run) -> None:
    os.mkfifo(run.path / CONTROL)
    desk = Desk(run.path)
    desk.look()
    assert desk.told == []


def test_a_run_that_nobody_writes_cannot_be_asked(run: Run) -> None:
    desk = Desk(run.path)
    desk.remote.pause()
    assert not desk.remote.paused
    assert "no process is training this run" in desk.notices[0]
    assert not (run.path / CONTROL).exists()


def test_a_folder_that_may_not_be_written_is_told(run: Run) -> None:
    with locked(run.path):
        desk = Desk(run.path)
        (run.path / CONTROL).mkdir()
        desk.remote.stop()
        assert f"{CONTROL} cannot be written" in desk.notices[0]
        desk.look()


def test_the_lock_shows_that_the_writer_lives(run: Run) -> None:
    with locked(run.path):
        desk = Desk(run.path)
        os.utime(run.path / LOCK, (0, 0))
        desk.look()
        assert (run.path / LOCK).stat().st_mtime > 0
        os.utime(run.path / LOCK, (0, 0))
        desk.look()
        assert (run.path / LOCK).stat().st_mtime == 0
        desk.time.now += 10
        desk.look()
        assert (run.path / LOCK).stat().st_mtime > 0


@pytest.mark.parametrize("model", ["gru", "ngram"])
def test_a_run_is_asked_while_it_trains(
    tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqtui.engine.runs.remote_control.POLL_SECONDS", 0.0)
    folder = tmp_path / "run"
    remote = RemoteControl(folder, lambda event: None)
    listener = Listener()

    def tell(event: Event) -> None:
        listener(event)
        if isinstance(event, Started):
            remote.sample("the ", 0.5)
            remote.set_learning_rate(0.125)
            remote.stop()

    config = small_config(model=model, steps=100_000 if model == "gru" else None)
    document = launch(RunRequest(config, CORPUS, folder=folder), tell, Control())
    assert document["status"] == "stopped"
    assert len(listener.of(Sampled)) == (model == "gru")
    with (folder / CONTROL).open() as file:
        assert [json.loads(line)["ask"] for line in file] == ["sample", "learning_rate", "stop"]


def test_a_paused_run_hears_that_it_may_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqtui.engine.runs.remote_control.POLL_SECONDS", 0.0)
    folder = tmp_path / "run"
    remote = RemoteControl(folder, lambda event: None)
    listener = Listener()

    def tell(event: Event) -> None:
        listener(event)
        remote.observe(event)
        if isinstance(event, Started):
            remote.pause()
        elif isinstance(event, Paused):
            remote.resume()

    launch(RunRequest(small_config(steps=5), CORPUS, folder=folder), tell, Control())
    assert [type(event) for event in listener.events if isinstance(event, Paused | Resumed)] == [
        Paused,
        Resumed,
    ]
    told = list(open_run(folder).events())
    assert [type(event) for event in told if isinstance(event, Paused | Resumed)] == [
        Paused,
        Resumed,
    ]
