"""One careful way to read a file and to write one."""

import errno
import os
import re
import threading
from pathlib import Path

import pytest

from seqtui.corpora.errors import InputError
from seqtui.corpora.files import (
    MissingFileError,
    NotAFileError,
    append_file,
    open_file,
    read_file,
    replacing,
    unfinished,
    write_file,
    write_new_file,
    writing,
)


def test_a_write_that_fails_keeps_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_file(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    monkeypatch.undo()
    write_file(path, b"new")
    assert path.read_bytes() == b"new"


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "link").symlink_to("pipe")
    for name, kind in (("pipe", "pipe"), ("zero", "device"), ("link", "pipe")):
        with pytest.raises(NotAFileError, match=f"{name} is a {kind}, not a file"):
            read_file(tmp_path / name)
    with pytest.raises(InputError, match="is a directory"):
        open_file(tmp_path)
    with pytest.raises(MissingFileError, match="no such file"):
        open_file(tmp_path / "absent")
    with pytest.raises(InputError, match="NUL"):
        open_file("a\0b")


def test_no_more_is_read_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 10)
    assert read_file(path, most=10) == b"x" * 10
    with pytest.raises(InputError, match="larger than 9 bytes"):
        read_file(path, most=9)


def test_nothing_is_added_through_a_link_or_to_a_pipe(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"kept")
    (tmp_path / "link").symlink_to(target)
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(OSError):  # noqa: PT011 - whatever the system calls it
            append_file(tmp_path / name)
    assert target.read_bytes() == b"kept"
    with append_file(tmp_path / "log") as file:
        file.write(b"a")
    with append_file(tmp_path / "log") as file:
        file.write(b"b")
    assert (tmp_path / "log").read_bytes() == b"ab"


def test_a_link_is_replaced_in_a_folder_and_followed_where_a_user_named_it(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    with writing(link) as part:
        part.write_bytes(b"new")
    assert (target.read_bytes(), link.is_symlink()) == (b"new", True)
    write_file(link, b"mine")
    assert (target.read_bytes(), link.is_symlink()) == (b"new", False)


def test_a_pipe_that_a_user_named_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    with writing(pipe) as part:
        part.write_bytes(b"through")
    reader.join()
    assert read == [b"through"]


def test_a_new_file_has_the_mode_of_the_umask_and_a_name_nobody_foresees(tmp_path: Path) -> None:
    names = set()
    for _ in range(2):
        with replacing(tmp_path / "file") as part:
            names.add(part.name)
            part.write_bytes(b"x")
            part.chmod(0o600)
    assert len(names) == 2
    assert all(re.fullmatch(r"file\.[0-9a-f]{16}\.part", name) for name in names)
    plain = tmp_path / "plain"
    plain.touch()
    assert (tmp_path / "file").stat().st_mode == plain.stat().st_mode


def test_only_our_own_unfinished_files_are_found(tmp_path: Path) -> None:
    ours = ["run.json.0123456789abcdef.part", "run.json.123.part"]
    for name in [*ours, "book.part", "run.json.part", "run.json.mine.part", "run.json"]:
        (tmp_path / name).touch()
    assert [each.name for each in unfinished(tmp_path, ["run.json", "log.txt"])] == ours


def test_a_new_file_takes_nobody_s_place_and_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 120)  # no room for a suffix within 255 bytes
    write_new_file(path, b"first")
    with pytest.raises(FileExistsError):
        write_new_file(path, b"second")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"first"]
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    with pytest.raises(FileExistsError):
        write_new_file(link, b"second")
    assert not (tmp_path / "target").exists()


def test_a_new_file_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_new_file(tmp_path / "mine.py", b"first")
    assert list(tmp_path.iterdir()) == []
