"""One writer for a run's folder: a lock file that names its process, and is told when stale."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seqtui.corpora.errors import InputError

LOCK = "lock"
_held: set[Path] = set()
"""Folders this process holds: in a container its number may be that of a process long gone."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who writes a run's folder."""

    name: str
    """`process 123 on host`."""
    here: bool
    """Whether it is known to live on this host; one of another host is believed."""

    def __str__(self) -> str:
        return self.name


def holder(folder: Path) -> Holder | None:
    """Who writes the folder, None if nobody does.

    A process of this host that is gone holds nothing.
    """
    try:
        data = json.loads((folder / LOCK).read_text(encoding="utf-8"))
        process, host = int(data["process"]), str(data["host"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Holder("an unreadable lock", here=False)
    here = host == socket.gethostname()
    if here:
        mine = process == os.getpid()
        if (mine and folder.resolve() not in _held) or not _alive(process):
            return None
    return Holder(f"process {process} on {host}", here)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. Raises InputError, naming the holder, when another one has it."""
    path = folder / LOCK
    with _alone(folder):
        if (other := holder(folder)) is not None:
            raise InputError(
                f"{folder}: {other} writes this run; stop it, or delete {path} if it is gone"
            )
        path.unlink(missing_ok=True)  # a stale one
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        _held.add(folder.resolve())
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"process": os.getpid(), "host": socket.gethostname()}, file)
        yield
    finally:
        _held.discard(folder.resolve())
        with contextlib.suppress(OSError):
            path.unlink()


def move_locked(folder: Path, target: Path) -> None:
    """Rename a folder that nobody writes. Raises InputError as `locked` does, and OSError."""
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


def touch(folder: Path) -> None:
    """Set the time of the lock to now, a sign of life for whoever follows from another host."""
    with contextlib.suppress(OSError):
        os.utime(folder / LOCK)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # there, but somebody else's
    try:
        # One that has ended stays in the table of Linux until its parent asks for its code.
        state = Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2]
    except OSError:
        return True
    return not state.startswith((" Z", " X"))
