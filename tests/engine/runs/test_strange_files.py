"""Files of a run that are pipes, devices, links, huge or damaged: refused or passed over."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from small_runs import Listener, small_config, small_corpus

from seqtui.corpora.errors import InputError
from seqtui.engine.evaluation import Evaluation
from seqtui.engine.launch import launch
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import Evaluated, Event, Notice, StepReport
from seqtui.engine.runs.export import csv_lines, metric_lines
from seqtui.engine.runs.following import RunFollower
from seqtui.engine.runs.listing import list_runs
from seqtui.engine.runs.lock import holder, locked
from seqtui.engine.runs.metrics import Recorder, event_of_line, forget_after, read_events
from seqtui.engine.runs.remote_control import RemoteControl
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import Run, open_run

CORPUS = small_corpus()


@pytest.fixture
def ended(tmp_path: Path) -> Run:
    """A run that has ended, in the runs' folder of the test."""
    folder = tmp_path / "home" / "data" / "runs" / "ended"
    launch(RunRequest(small_config(), CORPUS, folder), Listener(), Control())
    return open_run(folder)


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_folder(path: Path) -> None:
    path.mkdir()


def make_sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


STRANGE = [make_pipe, make_device, make_folder, make_sparse]


@pytest.mark.parametrize("make", STRANGE)
def test_a_strange_run_json_is_said_and_hides_no_other(
    ended: Run, make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path / "home"))
    strange = ended.path.with_name("strange")
    strange.mkdir()
    make(strange / "run.json")
    found = list_runs()
    assert [run.name for run in found.runs] == ["ended"]
    assert [each.path for each in found.unreadable] == [strange]


@pytest.mark.parametrize("make", STRANGE[:3])
@pytest.mark.parametrize("name", ["vocabulary.json", "metrics.jsonl", "lock", "control.jsonl"])
def test_no_other_file_makes_anyone_wait(ended: Run, name: str, make: Any) -> None:
    (ended.path / name).unlink(missing_ok=True)
    make(ended.path / name)
    if name == "vocabulary.json":
        with pytest.raises(InputError, match=name):
            assert open_run(ended.path).vocabulary
    elif name == "metrics.jsonl":
        with pytest.raises(InputError, match=name):
            list(ended.events())
        RunFollower(ended.path).poll()
        notices: list[Event] = []
        Recorder(ended.path / name, notices.append).emit(Notice("hello"))
        assert "metrics.jsonl cannot be written" in str(notices[1])
    elif name == "lock":
        assert "unreadable" in str(holder(ended.path))
        with pytest.raises(InputError, match="delete"), locked(ended.path):
            pass
    else:
        with locked(ended.path):
            notices = []
            RemoteControl(ended.path, notices.append).stop()
            assert len(notices) == 1


def test_links_in_a_run_s_folder_are_not_written_through(ended: Run, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("mine\n")
    names = ("metrics.jsonl", "log.txt", "control.jsonl", "run.json", "last.safetensors")
    description = json.loads((ended.path / "run.json").read_text())
    for name in names:
        (ended.path / name).unlink(missing_ok=True)
        (ended.path / name).symlink_to(target)
    listener = Listener()
    Recorder(ended.path / "metrics.jsonl", listener).emit(Notice("hello"))
    ended.log("hello")
    with locked(ended.path):
        RemoteControl(ended.path, listener).stop()
    ended.write("done", description["document"])
    assert target.read_text() == "mine\n"
    assert len(listener.of(Notice)) == 3


@pytest.mark.parametrize(
    "content",
    [
        '{"process": 1e999, "host": "here"}',
        '{"process": 1, "host": 1e999}',
        '{"process": NaN, "host": "here"}',
        '{"process": 0, "host": "here"}',
        '{"process": -1, "host": "here"}',
        '{"process": true, "host": "here"}',
        '{"process": 1, "host": "\\ud800"}',
        '{"process": ' + "9" * 5_000 + ', "host": "here"}',
        "[" * 200_000,
        " " * 20_000,
    ],
)
def test_an_odd_lock_holds(tmp_path: Path, content: str) -> None:
    (tmp_path / "lock").write_text(content)
    assert str(holder(tmp_path)) == "an unreadable lock"


NUMBERS = [
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "1" + "0" * 400,
    "-5",
    '"low"',
    "[2]",
    "{}",
    "true",
]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", ["perplexity", "loss", "targets", "perplexity_without_unknown"])
def test_a_result_with_an_odd_number_has_no_figures_and_ends_nobody(
    ended: Run, name: str, number: str
) -> None:
    if (name, number) == ("loss", "-5"):
        pytest.skip("a density may have such a loss")
    data = json.loads((ended.path / "run.json").read_text())
    data["document"]["held_out"][name] = "HERE"
    text = json.dumps(data).replace('"HERE"', number)
    (ended.path / "run.json").write_text(text)
    if number in ("NaN", "Infinity"):  # no JSON at all
        with pytest.raises(InputError, match=r"run\.json"):
            open_run(ended.path)
        return
    run = open_run(ended.path)
    assert run.document is not None
    assert run.document["held_out"] is None


@pytest.mark.parametrize("held_out", ["[1, 2]", '"x"', "3", "{}", "null"])
def test_a_result_without_figures_is_read_as_one(ended: Run, held_out: str) -> None:
    data = json.loads((ended.path / "run.json").read_text())
    data["document"]["held_out"] = json.loads(held_out)
    (ended.path / "run.json").write_text(json.dumps(data))
    run = open_run(ended.path)
    assert run.document is not None
    assert run.document["held_out"] is None


@pytest.mark.parametrize("document", [[], "x", 3, {}, {"steps": 3}, {"steps": "many"}])
def test_what_is_no_result_counts_as_none(ended: Run, document: object) -> None:
    data = json.loads((ended.path / "run.json").read_text())
    data["document"] = document
    (ended.path / "run.json").write_text(json.dumps(data))
    assert open_run(ended.path).document is None


@pytest.mark.parametrize("number", NUMBERS)
def test_a_line_with_an_odd_number_is_no_event(ended: Run, number: str) -> None:
    lines = (ended.path / "metrics.jsonl").read_text().splitlines()
    for kind, name in (("step", "loss"), ("evaluation", "nll"), ("step", "step")):
        line = next(each for each in lines if json.loads(each)["event"] == kind)
        data = json.loads(line)
        (data["evaluation"] if kind == "evaluation" else data)[name] = "HERE"
        if number == "-5" and name != "step":
            continue
        assert event_of_line(json.dumps(data).replace('"HERE"', number)) is None


def test_a_lone_surrogate_is_no_event() -> None:
    assert event_of_line(r'{"event": "notice", "text": "\ud800"}') is None
    assert event_of_line(r'{"event": "notice", "text": "\udc80"}') is not None  # a path's byte


def test_infinite_sums_come_back(ended: Run) -> None:
    evaluated = next(each for each in ended.events() if isinstance(each, Evaluated))
    listener = Listener()
    infinite = Evaluation(
        float("inf"), 10, 2, "carried", evaluated.evaluation.of, True, 3, float("inf")
    )
    path = ended.path / "metrics.jsonl"
    Recorder(path, listener).emit(Evaluated(7, infinite, best=True))
    assert list(ended.events())[-1] == Evaluated(7, infinite, best=True)


BULKY = {
    "newlines": b"\n" * (200 << 20),
    "short lines": b"x\n" * (20 << 20),
    "no line": b"{" * (50 << 20),
}


@pytest.mark.parametrize("kind", sorted(BULKY))
def test_a_bulky_metrics_file_takes_seconds_and_little_memory(ended: Run, kind: str) -> None:
    path = ended.path / "metrics.jsonl"
    reports = [each for each in ended.events() if isinstance(each, StepReport)]
    path.write_bytes(path.read_bytes() + BULKY[kind] + b"\n" + path.read_bytes())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    assert len([each for each in ended.events() if isinstance(each, StepReport)]) == 2 * len(
        reports
    )
    assert list(metric_lines(ended))
    assert list(csv_lines(ended))
    follower = RunFollower(ended.path)
    events: list[Event] = []
    while not follower.ended:
        events += follower.poll()
    assert len([each for each in events if isinstance(each, StepReport)]) == 2 * len(reports)
    forget_after(path, 10**9, 10**9)
    assert path.stat().st_size < 1 << 20
    assert time.monotonic() - began < 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 64 << 10  # KiB


def test_a_torn_line_is_followed_by_whole_ones(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"event": "notice", "text": "a"}\n{"event": "notice", "te')
    assert [str(event) for event in read_events(path)] == [str(Notice("a"))]
    path.write_bytes(path.read_bytes() + b'\n{"event": "notice", "text": "b"}')
    assert list(read_events(path)) == [Notice("a"), Notice("b")]


def test_a_command_in_a_folder_that_is_gone_is_one_line(ended: Run, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    program = "import os; os.rmdir(os.getcwd())\nfrom seqtui.tui.main import main\nmain()\n"
    for arguments in (["runs"], ["runs", "path", str(ended.path)], ["runs", "path", "./here"]):
        ended_process = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=gone,
            env={**os.environ, "SEQTUI_HOME": "relative"},
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in ended_process.stderr
        gone.mkdir()
