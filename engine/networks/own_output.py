"""Where a network of the user's own writes: Python's streams, and descriptors 1 and 2 beneath.

Before such code runs, the process's own streams get other descriptors, so that 1 and 2 can lead
to a run's log while the process prints a document or draws a screen.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


def keep_streams() -> None:
    """Give Python's streams descriptors of their own; 1 leads to where stderr led, as 2 does.

    To be done before anybody keeps a stream; streams that have other descriptors are left.
    """
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        before = getattr(sys, name)
        stream = _with_own_descriptor(before, descriptor)
        if stream is before:
            continue
        setattr(sys, name, stream)
        if getattr(sys, f"__{name}__") is before:
            setattr(sys, f"__{name}__", stream)
        if descriptor == 1:
            os.dup2(2, 1)


def _with_own_descriptor(stream: TextIO | None, descriptor: int) -> TextIO | None:
    """A stream that writes where this one does, should a descriptor lead elsewhere later."""
    if not isinstance(stream, io.TextIOWrapper) or _descriptor(stream) != descriptor:
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(os.dup(descriptor), "w")),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


@contextmanager
def off_the_screen() -> Iterator[None]:
    """Descriptors 1 and 2 lead nowhere for a while, where they lead to the terminal."""
    keep_streams()
    if not os.isatty(2):
        yield
        return
    with open(os.devnull, "wb") as nowhere, descriptors_to(nowhere.fileno()):
        yield


@contextmanager
def descriptors_to(target: int) -> Iterator[None]:
    """Descriptors 1 and 2 lead where `target` does, unless Python's streams write to them."""
    ours = {_descriptor(each) for each in _streams()}
    kept = {each: os.dup(each) for each in (1, 2) if each not in ours}
    for each in kept:
        os.dup2(target, each)
    try:
        yield
    finally:
        for each, before in kept.items():
            os.dup2(before, each)
            os.close(before)


@contextmanager
def streams_kept() -> Iterator[None]:
    """What is printed goes to descriptor 2, and nothing can be read from standard input.

    Where Python's stderr has that descriptor, or none, it goes to that. A stream that was put in
    the place of another is taken out again.
    """
    before = sys.stdin, sys.stdout, sys.stderr
    own = _PAST_PYTHON if 2 not in {_descriptor(each) for each in _streams()} else sys.stderr
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), own, own
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


class _Descriptor(io.TextIOBase):
    """A stream that writes to a descriptor at once, and is never closed."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, text: str, /) -> int:
        """Write all of it; what the descriptor does not take is lost."""
        data = text.encode("utf-8", self.errors)
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            pass
        return len(text)

    def close(self) -> None:
        """Nothing: others write to it too."""


_PAST_PYTHON = _Descriptor(2)


def _streams() -> tuple[object, ...]:
    return sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__


def _descriptor(stream: object) -> int | None:
    try:
        return int(stream.fileno())  # type: ignore[attr-defined]
    except (AttributeError, OSError, ValueError, TypeError):
        return None
