"""The one careful way to open a file and to write one whole.

Reading never waits on a pipe or a device and never takes more than a limit. Writing never leaves
half a file under a name, never follows a link that somebody put where a temporary file will be,
and never shortens what was there before the new content is on the disk.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from seqtui.corpora.errors import InputError, UserMessage

LARGEST = 1 << 30
"""Bytes that are read of any file unless a smaller limit is named."""
PART = ".part"
"""What the name of a file ends with while it is being written."""

_PIECE = 1 << 20


class MissingFileError(InputError):
    """There is no such file."""


class NotAFileError(InputError):
    """A pipe, a socket or a device has that name."""


def open_file(path: str | Path) -> BinaryIO:
    """A regular file, opened for reading in binary.

    Links are followed. Raises MissingFileError where there is none, and InputError for a folder, a
    pipe, a socket, a device, and for what the file system refuses.
    """
    path = Path(path)
    if "\0" in str(path):
        raise InputError("{path} cannot be read: no file has a NUL in its name", path=path)
    try:
        # Without O_NONBLOCK opening a pipe waits for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise MissingFileError("{path}: there is no such file", path=path) from error
    except PermissionError as error:
        raise InputError("{path} cannot be read: you have no permission to", path=path) from error
    except OSError as error:
        raise InputError(
            "{path} cannot be read: {reason}", path=path, reason=error.strerror or error
        ) from error
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise InputError("{path} is a directory: name a file in it", path=path)
        if not stat.S_ISREG(mode):
            raise NotAFileError("{path} is a {kind}, not a file", path=path, kind=_kind(mode))
        os.set_blocking(descriptor, True)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_file(path: str | Path, most: int = LARGEST) -> bytes:
    """All bytes of a regular file. Raises as `open_file`, and InputError beyond `most` bytes."""
    with open_file(path) as file:
        pieces, size = [], 0
        try:
            while piece := file.read(min(_PIECE, most - size + 1)):
                pieces.append(piece)
                size += len(piece)
                if size > most:
                    raise InputError(
                        "{path} is larger than {most:,} bytes, too large for what it should be",
                        path=path,
                        most=most,
                    )
        except OSError as error:
            raise InputError(
                "{path} cannot be read: {reason}", path=path, reason=error.strerror or error
            ) from error
    return b"".join(pieces)


def append_file(path: Path) -> BinaryIO:
    """A regular file opened to add to its end, made if need be; unbuffered.

    Raises OSError, also where a link, a pipe or a device has that name.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o666)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(None, "not a regular file", str(path))
        return os.fdopen(descriptor, "ab", buffering=0)
    except BaseException:
        os.close(descriptor)
        raise


def append(path: Path, data: bytes) -> None:
    """Add all of `data` to the end of a regular file. Raises OSError as `append_file`.

    In one piece where the disk takes it so, so that the lines of two writers never mix.
    """
    with append_file(path) as file:
        view = memoryview(data)
        while view:  # a disk that is nearly full takes a part
            view = view[file.write(view) :]


def write_file(path: Path, data: bytes) -> None:
    """Write a file so that, whatever happens, it holds either the old or the new content.

    Raises OSError, with the old content kept, when the disk is full or the folder unwritable.
    """
    with replacing(path) as part:
        part.write_bytes(data)


def write_new_file(path: Path, data: bytes) -> None:
    """The same for a file that must not be there yet: raises FileExistsError where one is."""
    part = new_part(path)
    try:
        part.write_bytes(data)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        try:
            os.link(part, path)  # unlike a rename, this takes nobody's place
        except FileExistsError:
            raise
        except OSError:  # no hard links here
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
            part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new empty file beside `path` to write into; at the end, on the disk, it takes its name.

    An exception leaves the old content and no new file. A link at `path` is replaced, not
    followed. Raises OSError.
    """
    part = new_part(path)
    try:
        mode = part.stat().st_mode  # by the umask; what writes may narrow it
        yield part
        part.chmod(mode)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    with contextlib.suppress(OSError):  # some file systems have no such thing for folders
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)  # the rename itself
        finally:
            os.close(folder)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Where to write a file that a user named: as `replacing`, through links.

    A device or a pipe (`/dev/stdout`, `/dev/null`) is written to as it is. Raises OSError.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        yield path
        return
    with replacing(path) as part:
        yield part


def unfinished(folder: Path, names: Collection[str]) -> list[Path]:
    """The files that writers which were killed left in a folder, of those that have such names."""
    # Also what 0.1.0 left, which put the number of its process there.
    pattern = re.compile(rf"({'|'.join(map(re.escape, names))})\.([0-9a-f]{{16}}|\d+){PART}")
    try:
        return sorted(each for each in folder.iterdir() if pattern.fullmatch(each.name))
    except OSError:
        return []


def new_part(path: Path) -> Path:
    """A new empty file beside `path`, its name not to be foreseen. Raises OSError."""
    begin = os.fsdecode(os.fsencode(path.name)[:200])  # names end at 255 bytes
    while True:
        part = path.with_name(f"{begin}.{os.urandom(8).hex()}{PART}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            os.close(os.open(part, flags, 0o666))
        except FileExistsError:
            continue
        return part


def _kind(mode: int) -> UserMessage:
    if stat.S_ISFIFO(mode):
        return UserMessage("pipe")
    return UserMessage("socket") if stat.S_ISSOCK(mode) else UserMessage("device")
