from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seqtui.corpora.errors import InputError
from seqtui.engine.runs.lock import holder, locked, move_locked


def write_lock(
    folder: Path, process: int, host: str | None = None, started: int | None = None
) -> None:
    data = {"process": process, "host": host or socket.gethostname(), "started": started}
    (folder / "lock").write_text(json.dumps(data))


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path):
        assert str(holder(tmp_path)) == f"process {os.getpid()} on {socket.gethostname()}"
        with pytest.raises(InputError, match=f"process {os.getpid()} .* delete "), locked(tmp_path):
            pass
        assert holder(tmp_path) is not None
    assert holder(tmp_path) is None
    with locked(tmp_path):
        pass


def test_the_lock_goes_when_the_writer_fails(tmp_path: Path) -> None:
    with pytest.raises(MemoryError), locked(tmp_path):
        raise MemoryError
    assert holder(tmp_path) is None


def test_another_living_process_holds_its_lock(tmp_path: Path) -> None:
    write_lock(tmp_path, os.getppid())
    with pytest.raises(InputError, match=f"process {os.getppid()}"), locked(tmp_path):
        pass


def test_another_host_is_believed(tmp_path: Path) -> None:
    write_lock(tmp_path, ended_process(), "elsewhere")
    held_by = holder(tmp_path)
    assert held_by is not None
    assert "elsewhere" in str(held_by)
    assert not held_by.here


def test_a_process_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    write_lock(tmp_path, ended_process())
    assert holder(tmp_path) is None
    with locked(tmp_path):
        assert holder(tmp_path) is not None


def test_a_lock_with_this_process_s_number_that_it_does_not_hold_is_stale(tmp_path: Path) -> None:
    write_lock(tmp_path, os.getpid())  # as after a restart in a container
    assert holder(tmp_path) is None


@pytest.fixture
def sleeper() -> Iterator[int]:
    """The number of a living process that holds nothing."""
    process = subprocess.Popen(["sleep", "600"])
    yield process.pid
    process.kill()
    process.wait()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the kernel tells no start times")
def test_a_number_given_to_a_later_process_holds_nothing(tmp_path: Path, sleeper: int) -> None:
    with locked(tmp_path):
        written = json.loads((tmp_path / "lock").read_text())
    fields = Path(f"/proc/{sleeper}/stat").read_text().split()
    began = int(fields[21])  # proc(5): starttime
    assert isinstance(written["started"], int)
    assert written["started"] <= began
    write_lock(tmp_path, sleeper, started=began)
    assert holder(tmp_path) is not None
    write_lock(tmp_path, sleeper, started=began - 1)
    assert holder(tmp_path) is None
    with locked(tmp_path):
        assert str(holder(tmp_path)).startswith(f"process {os.getpid()} ")


def test_a_lock_without_a_start_time_is_believed_while_its_process_lives(
    tmp_path: Path, sleeper: int
) -> None:
    write_lock(tmp_path, sleeper)
    assert holder(tmp_path) is not None


def test_the_lock_is_never_seen_without_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    def killed(*arguments: object) -> None:
        raise KilledError

    monkeypatch.setattr(os, "link", killed)
    with pytest.raises(KilledError), locked(tmp_path):
        pass
    assert not (tmp_path / "lock").exists()
    monkeypatch.undo()
    with locked(tmp_path):
        pass


def test_a_disk_without_hard_links_has_locks_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refused)
    with locked(tmp_path):
        assert holder(tmp_path) is not None
        assert [path.name for path in tmp_path.iterdir()] == ["lock"]


@pytest.mark.parametrize("content", ["", "null", "[1]", '{"process": "x"}', "[" * 10_000])
def test_an_unreadable_lock_holds_and_names_the_remedy(tmp_path: Path, content: str) -> None:
    (tmp_path / "lock").write_text(content)
    with pytest.raises(InputError, match="delete "), locked(tmp_path):
        pass


def test_a_killed_writer_leaves_a_stale_lock(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from seqtui.engine.runs.lock import locked\n"
        "with locked(Path(sys.argv[1])):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "held\n"
        assert holder(tmp_path) is not None
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert holder(tmp_path) is None  # though its parent has not asked for its code yet
        process.wait()
    assert (tmp_path / "lock").exists()
    assert holder(tmp_path) is None


def test_a_folder_is_moved_only_while_nobody_writes_it(tmp_path: Path) -> None:
    folder, target = tmp_path / "a", tmp_path / "b"
    folder.mkdir()
    with locked(folder), pytest.raises(InputError, match="writes this run"):
        move_locked(folder, target)
    move_locked(folder, target)
    assert not folder.exists()
    assert list(target.iterdir()) == []
    with locked(target):
        pass
