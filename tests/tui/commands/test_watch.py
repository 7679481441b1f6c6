"""`seqtui watch` and `train --detach`: runs of other processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine, until

from seqtui.engine.runs.run import open_run
from seqtui.engine.settings.run_config import RunConfig
from seqtui.tui.detaching import start_detached

TEXT = "time and the time machine ran on and on in time\n" * 60
SMALL = ["--model", "gru", "--hidden", 8, "--batch-size", 4, "--window", 16, "--threads", 1]
ENDLESS = [*SMALL, "--device", "cpu", "--steps", 10_000_000, "--evaluate-every", 1_000_000]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture
def endless(
    command_line: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """A run that trains in a process of its own; killed at the end."""
    monkeypatch.setenv("SEQTUI_HOME", str(command_line.home))
    folder = book.parent / "run"
    started = command_line.document("train", book, *ENDLESS, "--detach", "--run-dir", folder)
    yield started
    with contextlib.suppress(ProcessLookupError):
        os.kill(started["pid"], signal.SIGKILL)


def test_a_detached_run_trains_in_a_session_of_its_own(
    command_line: CommandLine, endless: dict[str, Any]
) -> None:
    run, process = endless["run"], endless["pid"]
    assert os.getsid(process) == process != os.getsid(0)
    assert open_run(run).state == "running"
    until(lambda: command_line.document("watch", run)["step"] > 0)
    document = command_line.document("watch", run)
    assert (document["state"], document["alive"], document["trouble"]) == ("running", True, None)
    assert document["steps_total"] == 10_000_000

    os.kill(process, signal.SIGTERM)
    until(lambda: command_line.document("watch", run)["state"] == "stopped")
    document = command_line.document("watch", run)
    assert not document["alive"]
    (listed,) = [each for each in [open_run(run)] if each.status == "stopped"]
    assert listed.document is not None
    assert listed.document["steps"] >= document["step"] > 0


def test_a_killed_run_is_distinguished_from_a_living_one(
    command_line: CommandLine, endless: dict[str, Any]
) -> None:
    os.kill(endless["pid"], signal.SIGKILL)
    until(lambda: command_line.document("watch", endless["run"])["state"] == "interrupted")
    ended = command_line("watch", endless["run"])
    assert ended.code == 1
    assert "looks dead: no process is training it" in ended.out


def test_in_a_pipe_the_reports_are_lines(command_line: CommandLine, book: Path) -> None:
    folder = book.parent / "done"
    command_line.ok("train", book, *SMALL, "--steps", 40, "--run-dir", folder)
    lines = command_line.ok("watch", folder).out.splitlines()
    assert lines[0].startswith("step ")
    assert any("held-out" in line for line in lines)
    assert lines[-1] == "step 40  done"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--device", "cuda:77"], "--device cuda:77"),
        (["--batch-size", 100_000], "--batch-size 100000"),
    ],
)
def test_what_is_wrong_with_a_detached_run_is_reported_here(
    command_line: CommandLine, book: Path, arguments: list[object], words: str
) -> None:
    folder = book.parent / "run"
    ended = command_line("train", book, *SMALL, *arguments, "--detach", "--run-dir", folder)
    assert ended.code == 2
    assert words in ended.complaint
    assert not folder.exists()


def test_standard_input_cannot_be_detached(command_line: CommandLine) -> None:
    ended = command_line("train", "-", "--detach")
    assert ended.code == 2
    assert "-: a detached run cannot read" in ended.complaint


def test_a_detached_run_continues_with_another(command_line: CommandLine, book: Path) -> None:
    folder = book.parent / "run"
    command_line.ok("train", book, *SMALL, "--steps", 5, "--run-dir", folder)
    command_line.ok("train", "--resume", folder, "--steps", 9, "--detach")
    until(lambda: json.loads((folder / "run.json").read_text())["status"] == "done")
    document = open_run(folder).document
    assert document is not None
    assert document["steps"] == 9


def test_a_detached_run_that_is_terminated_is_saved_and_exits_143(
    command_line: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQTUI_HOME", str(command_line.home))
    config = RunConfig(
        str(book), model="gru", hidden=8, batch_size=4, window=16, steps=10_000_000, device="cpu"
    )
    started = start_detached(config, book.parent / "run")  # a child of this process
    try:
        metrics = started.folder / "metrics.jsonl"
        until(lambda: metrics.exists() and b'"step"' in metrics.read_bytes())
        os.kill(started.process, signal.SIGTERM)
        ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
        until(lambda: os.waitid(os.P_PID, started.process, ended) is not None)
    finally:
        os.kill(started.process, signal.SIGKILL)  # nothing to one that has ended
        _, status = os.waitpid(started.process, 0)
    assert os.waitstatus_to_exitcode(status) == 143
    run = open_run(started.folder)
    assert run.status == "stopped"
    assert run.document is not None
    assert run.document["steps"] > 0
    assert (started.folder / "last.safetensors").exists()
