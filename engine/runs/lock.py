"""One writer for a run's folder: a lock file that names its process and can be seen to be stale."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.corpora.files import MissingFileError, new_part
from seqtui.engine.runs.folder import LOCK
from seqtui.engine.settings.typed_json import fitting, read_json

MOST_BYTES = 10_000
"""A lock holds a few dozen bytes; a longer file is none."""

_held: set[Path] = set()
"""Folders this process holds: in a container its number may be that of a process long gone."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who writes a run's folder."""

    name: UserMessage
    """`process 123 on host`."""
    here: bool
    """Whether it is known to live on this host; one of another host is believed."""

    def __str__(self) -> str:
        return self.name


_UNREADABLE = Holder(UserMessage("an unreadable lock"), here=False)


def holder(folder: Path) -> Holder | None:
    """The process that writes the folder, None if there is none.

    A process of this host that is gone holds nothing, nor does another that was given its number.
    """
    try:
        data = read_json(folder / LOCK, MOST_BYTES)
    except MissingFileError:
        return None
    except InputError:
        return _UNREADABLE
    found = fitting({"process": int, "host": str, "started": int | None}, data)
    process, host = found.get("process", 0), found.get("host")
    if process < 1 or host is None:  # 0 and below would name groups of processes
        return _UNREADABLE
    here = host == socket.gethostname()
    if here:
        mine = process == os.getpid()
        if (mine and folder.resolve() not in _held) or not _alive(process, found.get("started")):
            return None
    return Holder(UserMessage("process {process} on {host}", process=process, host=host), here)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock.

    Raises InputError, naming the holder, when another one has it, and where the folder is gone or
    cannot be written.
    """
    path = folder / LOCK
    try:
        _take(folder, path)
    except FileNotFoundError as error:
        raise InputError("{folder}: this folder is gone", folder=folder) from error
    except OSError as error:
        raise InputError(
            "{folder} cannot be written: {reason}; make room or ask for permission, or copy the "
            "folder and name the copy",
            folder=folder,
            reason=error.strerror or error,
        ) from error
    try:
        yield
    finally:
        _held.discard(folder.resolve())
        with contextlib.suppress(OSError):
            path.unlink()


def _take(folder: Path, path: Path) -> None:
    with _alone(folder):
        if (other := holder(folder)) is not None:
            raise InputError(
                "{folder}: {other} writes this run; stop it, or delete {path} if it is gone",
                folder=folder,
                other=other.name,
                path=path,
            )
        path.unlink(missing_ok=True)  # a stale one
        _create(path)
        _held.add(folder.resolve())


def move_locked(folder: Path, target: Path) -> None:
    """Rename a folder that no process writes. Raises InputError as `locked` does, and OSError."""
    with locked(folder):
        folder.rename(target)
        (target / LOCK).unlink()  # it went along


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps two processes from taking over the same stale lock at once."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems have no such lock
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _create(path: Path) -> None:
    """Make the lock with its content in one step: a writer killed in between leaves no lock."""
    process = os.getpid()
    content = {"process": process, "host": socket.gethostname(), "started": _started(process)}
    unfinished = new_part(path)
    try:
        unfinished.write_bytes(json.dumps(content).encode())
        try:
            os.link(unfinished, path)  # refused where there is a lock, even on a disk without flock
        except FileExistsError:
            raise
        except OSError:  # no hard links here
            unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)


def touch(folder: Path) -> None:
    """Set the time of the lock to now, a sign of life for those that follow from another host."""
    with contextlib.suppress(OSError):
        os.utime(folder / LOCK)


def _alive(process: int, started: object) -> bool:
    """Whether that process lives; `started` tells it from a later one with its number."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # there, but somebody else's
    fields = _stat(process)
    if not fields:
        return True
    # One that has ended stays in the table of Linux until its parent asks for its code.
    return fields[0] not in ("Z", "X") and started in (None, _started(process))


def _started(process: int) -> int | None:
    """When a process began, in the kernel's ticks since the machine did; None where untold."""
    fields = _stat(process)
    return int(fields[19]) if len(fields) > 19 else None


def _stat(process: int) -> list[str]:
    """Linux's fields of a process from its state on (proc(5), field 3); empty elsewhere."""
    try:
        text = Path(f"/proc/{process}/stat").read_text("utf-8", "replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()  # its name, in brackets, may hold anything
