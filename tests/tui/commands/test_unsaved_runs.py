"""`seqtui train` where the disk does not take what was reached, and what is said of it after."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command_line import CommandLine

from seqtui.corpora import files
from seqtui.engine.runs import checkpoints

SMALL = ["--hidden", 8, "--batch-size", 4, "--window", 16, "--device", "cpu", "--threads", 1]
SMALL += ["--model", "gru", "--steps", 6, "--evaluate-every", 2]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_text("time and the time machine ran on and on in time\n" * 60)
    return path


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often each checkpoint can still be written."""
    room: dict[str, int] = {}
    write = files.replacing

    @contextmanager
    def replacing(path: Path) -> Iterator[Path]:
        room[path.name] = room.get(path.name, 1_000) - 1
        if room[path.name] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        with write(path) as part:
            yield part

    monkeypatch.setattr(checkpoints, "replacing", replacing)
    return room


def test_the_last_line_says_what_is_on_the_disk(
    command_line: CommandLine, tmp_path: Path, book: Path, refused: dict[str, int]
) -> None:
    refused |= {"last.safetensors": 1, "best.safetensors": 0}
    ended = command_line("train", book, *SMALL, "--run-dir", tmp_path / "run", "--json")
    assert ended.code == 1
    assert ended.document["status"] == "failed"
    last = ended.err.splitlines()[-1]
    assert last.startswith("seqtui: step 6 could not be saved (No space left on device)")
    assert "step 0 is on the disk" in last
    assert ended.document["unsaved"] == last.removeprefix("seqtui: ")

    evaluated = command_line("evaluate", tmp_path / "run", "--json")
    assert (evaluated.code, evaluated.document["step"]) == (0, 0)
    assert evaluated.complaint == "run: these are weights of step 0, which have not been trained"

    refused.clear()
    resumed = command_line("train", "--resume", tmp_path / "run", "--json")
    assert (resumed.code, resumed.document["status"], resumed.document["steps"]) == (0, "done", 6)
    assert resumed.document["unsaved"] is None
    evaluated = command_line("evaluate", tmp_path / "run", "--json")
    assert evaluated.document["step"] == resumed.document["held_out"]["step"]
    assert evaluated.err == ""

    (tmp_path / "run" / "best.safetensors").unlink()
    evaluated = command_line("evaluate", tmp_path / "run", "--json")
    assert "these are the last weights, of step 6" in evaluated.complaint


def test_nothing_is_left_where_nothing_can_be_saved(
    command_line: CommandLine, tmp_path: Path, book: Path, refused: dict[str, int]
) -> None:
    refused["last.safetensors"] = 0
    ended = command_line("train", book, *SMALL, "--run-dir", tmp_path / "run")
    assert ended.code == 2
    assert "take another folder" in ended.complaint
    assert not (tmp_path / "run").exists()


def test_counts_that_cannot_be_saved_are_no_success(
    command_line: CommandLine, tmp_path: Path, book: Path, refused: dict[str, int]
) -> None:
    refused["last.safetensors"] = 0
    ended = command_line("train", book, "--model", "ngram", "--run-dir", tmp_path / "run", "--json")
    assert ended.code == 1
    assert ended.err.splitlines()[-1].endswith("nothing of the run is on the disk")
    refused.clear()
    assert command_line("train", "--resume", tmp_path / "run").code == 0
