"""What is drawn, sent by a thread of its own, so that nobody waits for a terminal.

A terminal that nobody reads (a frozen link, a stopped process at the far side) takes nothing more
after some kilobytes, for as long as it likes.
"""

from __future__ import annotations

import contextlib
import os
import select
import termios
import threading
from collections.abc import Callable

MOST_WAITING = 1 << 16
"""Bytes that may wait for the terminal; frames beyond are dropped until it has taken some."""
ABORT = b"\x18"
"""CAN: makes a terminal forget the sequence that was cut."""

_PIECE = 1 << 16
"""Bytes given at once to a terminal that takes what it can."""
_SMALL_PIECE = 4096
"""The same for one that cannot be asked to, where the thread waits for all of them to go."""
_LOOK_SECONDS = 0.1


class TerminalOutput:
    """Sends text to a terminal; no method but `close` and `abandon` waits for it.

    `lost` is called once, on the thread that sends, when the terminal is gone; `caught_up` when it
    takes frames again after some were dropped: the screen is to be painted anew.
    """

    def __init__(
        self, descriptor: int, lost: Callable[[], None], caught_up: Callable[[], None]
    ) -> None:
        self._descriptor, self._piece = _opened_anew(descriptor)
        self._lost = lost
        self._caught_up = caught_up
        self._changed = threading.Condition()
        self._waiting: list[bytes] = []
        self._size = 0
        self._dropped = False
        self._gone = False
        self._released = False
        self._closing = False
        self._abandoned = False
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> None:
        """Send a text after those before; drop all that wait if they are too many."""
        data = text.encode("utf-8", "replace")
        with self._changed:
            if self._gone or self._closing:
                return
            if self._size > MOST_WAITING:
                self._dropped = True
            if self._dropped:
                self._forget()
                self._changed.notify()
                return
            self._waiting.append(data)
            self._size += len(data)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._send_all, name="terminal-output", daemon=True
                )
                self._thread.start()
            self._changed.notify()

    def drop(self) -> None:
        """Forget what waits: the screen it was for is left."""
        with self._changed:
            self._forget()
            self._dropped = False

    def close(self, seconds: float) -> None:
        """Send what waits and end, or after so many seconds `abandon` what the terminal refuses."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._ended(seconds):
            self._release()
        else:
            with self._changed:
                rest = b"".join(self._waiting)
            self.abandon(rest, seconds)

    def abandon(self, last: bytes, seconds: float) -> None:
        """Empty the terminal's own queue and, where it then takes them, send the `last` bytes.

        Waits at most twice as many seconds.
        """
        with self._changed:
            if self._gone:
                return
            self._abandoned = self._closing = True
            self._forget()
            self._changed.notify()
        with contextlib.suppress(termios.error, OSError):
            termios.tcflush(self._descriptor, termios.TCOFLUSH)
        if self._ended(seconds):
            with contextlib.suppress(OSError):
                if select.select([], [self._descriptor], [], seconds)[1]:
                    os.write(self._descriptor, ABORT + last)
            self._release()

    def _ended(self, seconds: float) -> bool:
        """Whether the thread has ended, at the latest after so many seconds."""
        if self._thread is None:
            return True
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _release(self) -> None:
        with self._changed:
            if not self._released:
                self._gone = self._released = True
                os.close(self._descriptor)

    def _forget(self) -> None:
        self._waiting.clear()
        self._size = 0

    def _send_all(self) -> None:
        while True:
            with self._changed:
                while not (self._waiting or self._dropped or self._closing):
                    self._changed.wait()
                if self._abandoned or (self._closing and not self._waiting):
                    return
                data = b"".join(self._waiting)
                self._forget()
            self._send(data)
            with self._changed:
                behind, self._dropped = self._dropped, False
            if behind and not self._gone:
                self._caught_up()

    def _send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest and not (self._abandoned or self._gone):
            try:
                rest = rest[os.write(self._descriptor, rest[: self._piece]) :]
            except BlockingIOError:
                select.select([], [self._descriptor], [], _LOOK_SECONDS)
            except OSError:
                self._gone = True
                self._lost()


def send(descriptor: int, data: bytes, seconds: float) -> bool:
    """Write to a terminal; False when it has taken nothing more for so many seconds.

    Raises OSError when it is gone.
    """
    anew, piece = _opened_anew(descriptor)
    rest = memoryview(data)
    try:
        while rest:
            if not select.select([], [anew], [], seconds)[1]:
                return False
            try:
                rest = rest[os.write(anew, rest[:piece]) :]
            except BlockingIOError:  # there is room, but not for one line end
                return False
    finally:
        os.close(anew)
    return True


def _opened_anew(descriptor: int) -> tuple[int, int]:
    """A descriptor for the same terminal on which nobody waits, and how much to give it at once.

    Not the given one: whether it waits is shared with every program that has the terminal. Where
    the terminal may not be opened (`su` to somebody else) it has to do.
    """
    flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        return os.open(os.ttyname(descriptor), flags), _PIECE
    except OSError:
        return os.dup(descriptor), _SMALL_PIECE
