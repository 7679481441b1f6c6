"""Two processes on the CPU (gloo), started as a launcher would start them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from command_line import until

from seqtui.engine.runs.run import open_run

TEXT = "time and the time machine ran on and on in time\n" * 100
COMMON = ["--hidden", "8", "--batch-size", "8", "--window", "10", "--steps", "30", "--seed", "3"]
COMMON += ["--evaluate-every", "10", "--device", "cpu", "--threads", "1", "--json"]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_text(TEXT)
    return path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return int(listener.getsockname()[1])


@contextmanager
def processes(*arguments: str, count: int = 2) -> Iterator[list[subprocess.Popen[str]]]:
    """The same command in several processes that know of each other."""
    port = str(free_port())
    started = []
    for rank in range(count):
        environment = {
            **os.environ,
            "RANK": str(rank),
            "WORLD_SIZE": str(count),
            "LOCAL_RANK": str(rank),
            "MASTER_ADDR": "localhost",
            "MASTER_PORT": port,
        }
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "seqtui.tui.main", *arguments],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def ended(started: list[subprocess.Popen[str]]) -> list[tuple[int, str, str]]:
    """Exit code, stdout and stderr of each."""
    found = [process.communicate(timeout=120) for process in started]
    codes = [process.returncode for process in started]
    return [(code, out, err) for code, (out, err) in zip(codes, found, strict=True)]


def trained(folder: Path, book: Path, *more: str, count: int = 2) -> dict[str, Any]:
    arguments = ["train", str(book), "--run-dir", str(folder), *COMMON, *more]
    with processes(*arguments, count=count) as started:
        results = ended(started)
    assert [code for code, _, _ in results] == [0] * count, results
    assert all(not out for _, out, _ in results[1:])  # one document, from rank 0
    return dict(json.loads(results[0][1]))


@pytest.mark.parametrize("more", [["--model", "lstm", "--accumulation", "2"]])
def test_two_processes_learn_what_one_does(tmp_path: Path, book: Path, more: list[str]) -> None:
    alone = trained(tmp_path / "one", book, *more, count=1)
    shared = trained(tmp_path / "two", book, *more)
    for part in ("train", "held_out"):
        assert shared[part]["loss"] == pytest.approx(alone[part]["loss"], abs=1e-5)
    assert shared["steps"] == alone["steps"] == 30


def test_a_shared_run_is_resumed_by_as_many(tmp_path: Path, book: Path) -> None:
    more = ["--model", "lstm", "--layers", "2", "--dropout", "0.3"]
    whole = trained(tmp_path / "whole", book, *more)
    folder = tmp_path / "parts"
    trained(folder, book, *more, "--steps", "17")
    resume = ["train", "--resume", str(folder), "--steps", "30", "--json"]
    with processes(*resume, count=1) as started:
        ((code, _, err),) = ended(started)
    assert code == 2
    assert "processes is 2, expected 1" in err
    with processes(*resume) as started:
        results = ended(started)
    assert [code for code, _, _ in results] == [0, 0], results
    document = json.loads(results[0][1])
    assert document["held_out"]["loss"] == whole["held_out"]["loss"]
    assert document["train"]["loss"] == whole["train"]["loss"]


def test_a_signal_to_all_saves_and_ends_all(tmp_path: Path, book: Path) -> None:
    folder = tmp_path / "run"
    arguments = ["train", str(book), "--run-dir", str(folder), *COMMON, "--steps", "1000000"]
    with processes(*arguments, "--evaluate-every", "100000") as started:
        until(lambda: bool(list_steps(folder)))
        for process in started:
            process.send_signal(signal.SIGTERM)
        results = ended(started)
    assert [code for code, _, _ in results] == [143, 143], results
    assert open_run(folder).status == "stopped"


def list_steps(folder: Path) -> list[str]:
    try:
        return (folder / "metrics.jsonl").read_text().splitlines()
    except OSError:
        return []


def test_one_that_fails_ends_all_with_its_message(tmp_path: Path, book: Path) -> None:
    arguments = ["train", str(book), "--run-dir", str(tmp_path / "run"), *COMMON]
    wild = ["--model", "rnn", "--optimizer", "sgd", "--learning-rate", "1e38", "--clip-norm", "0"]
    with processes(*arguments, *wild) as started:
        results = ended(started)
    assert [code for code, _, _ in results] == [1, 1], results
    assert "diverged at step" in results[0][2]
    assert "process 0 failed: training diverged at step" in results[1][2]


def test_a_batch_that_cannot_be_shared_out_is_refused(tmp_path: Path, book: Path) -> None:
    arguments = ["train", str(book), "--run-dir", str(tmp_path / "run"), *COMMON]
    with processes(*arguments, "--batch-size", "7") as started:
        results = ended(started)
    assert {code for code, _, _ in results} == {2}, results
    assert "--batch-size 7: must be a multiple of 2 processes" in results[0][2]
    with processes("train", str(book), "--detach") as started:
        results = ended(started)
    assert {code for code, _, _ in results} == {2}, results


def alone(tmp_path: Path, book: Path, rank: int, **more: str) -> subprocess.Popen[str]:
    """A process of two, of which the other never comes."""
    environment = {
        **os.environ,
        "RANK": str(rank),
        "WORLD_SIZE": "2",
        "LOCAL_RANK": "0",
        "MASTER_ADDR": "localhost",
        "MASTER_PORT": str(free_port()),
        **more,
    }
    arguments = ["train", str(book), "--run-dir", str(tmp_path / "run"), *COMMON]
    return subprocess.Popen(
        [sys.executable, "-m", "seqtui.tui.main", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("rank", [0, 1])
def test_who_does_not_come_is_named_and_waited_for_no_longer_than_said(
    tmp_path: Path, book: Path, rank: int
) -> None:
    process = alone(tmp_path, book, rank, SEQTUI_MEETING_SECONDS="1")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    (line,) = err.splitlines()
    assert f"process {1 - rank} of 2 (from 0) has not come to localhost:" in line
    assert "within 1 s" in line
    assert "SEQTUI_MEETING_SECONDS" in line


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_is_heard_while_others_are_waited_for(
    tmp_path: Path, book: Path, rank: int, number: signal.Signals, code: int
) -> None:
    process = alone(tmp_path, book, rank)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert f"waiting for process {1 - rank} of 2 (from 0)" in line
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (code, "", "")
