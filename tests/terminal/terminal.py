"""A real pseudo-terminal with the app in it, for what only a terminal can show."""

from __future__ import annotations

import array
import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyte

APP = ("-m", "seqtui.tui.main")
KEYS = {"enter": "\r", "escape": "\x1b", "f1": "\x1bOP", "ctrl+c": "\x03", "ctrl+q": "\x11"}


class Terminal:
    """`seqtui` on the far side of a pseudo-terminal; `text` is what a person would see.

    A `program` in Python takes the place of the app's own start.
    """

    def __init__(
        self,
        arguments: Sequence[str] = (),
        *,
        home: Path,
        columns: int = 80,
        rows: int = 24,
        environment: dict[str, str] | None = None,
        ignore_hangup: bool = False,
        stdin: Path | None = None,
        program: str = "",
    ) -> None:
        self.received = bytearray()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.master, slave = pty.openpty()
        self._set_size(slave, columns, rows)
        self.attributes = termios.tcgetattr(slave)
        self.slave = slave

        def settle() -> None:
            fcntl.ioctl(1, termios.TIOCSCTTY, 0)
            if ignore_hangup:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)

        source = slave if stdin is None else os.open(stdin, os.O_RDONLY)
        self.process = subprocess.Popen(
            [sys.executable, *(("-c", program) if program else APP), *arguments],
            stdin=source,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=settle,
            env={
                **os.environ,
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                "SEQTUI_HOME": str(home),
                **(environment or {}),
            },
        )

    def _set_size(self, descriptor: int, columns: int, rows: int) -> None:
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window."""
        self._screen.resize(rows, columns)
        self._set_size(self.master, columns, rows)
        self.process.send_signal(signal.SIGWINCH)

    def read(self, seconds: float) -> bool:
        """Take what has come within so many seconds; False when the far side is closed."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if ready:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return False
            self.received += data
            self._stream.feed(data)
        return True

    @property
    def text(self) -> str:
        """The screen as text."""
        # Not `display`, which fails on half a wide character that a resize has left.
        rows, columns = range(self._screen.lines), range(self._screen.columns)
        cells = self._screen.buffer
        return "\n".join("".join(cells[y][x].data for x in columns).rstrip() for y in rows)

    def wait_for(
        self, condition: str | Callable[[str], bool], seconds: float = 30, poll: float = 0.2
    ) -> str:
        """Read until the screen holds a text or meets a condition; returns the screen."""
        met = condition if callable(condition) else lambda screen: condition in screen
        deadline = time.monotonic() + seconds
        while not met(self.text):
            if time.monotonic() > deadline or not self.read(poll):
                raise AssertionError(f"waited in vain for {condition!r}; the screen:\n{self.text}")
        return self.text

    def press(self, *keys: str) -> None:
        """Press keys: characters, or the names in KEYS."""
        for key in keys:
            os.write(self.master, KEYS.get(key, key).encode())

    def paste(self, text: str) -> None:
        """Paste a text, as terminals do: in brackets, control characters and all."""
        os.write(self.master, b"\x1b[200~" + text.encode() + b"\x1b[201~")

    def wait_for_end(self, seconds: float = 10) -> int:
        """Read until the process has ended; returns its exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"still running after {seconds} s; the screen:\n{self.text}")
            self.read(0.05)
        while select.select([self.master], [], [], 0)[0] and self.read(0):
            if not self.received:
                break
        return self.process.returncode

    def read_rest(self) -> None:
        """Take what the terminal still holds."""
        while select.select([self.master], [], [], 0.1)[0] and self.read(0):
            pass

    def freeze(self, *keys: str, seconds: float = 20) -> None:
        """Read nothing more; press keys until the terminal takes nothing and they are read."""
        deadline = time.monotonic() + seconds
        for key in keys:
            self.press(key)
            waiting = array.array("i", [1])
            while waiting[0] and time.monotonic() < deadline:
                fcntl.ioctl(self.slave, termios.FIONREAD, waiting)
        while select.select([], [self.slave], [], 0)[1]:
            assert time.monotonic() < deadline, "the terminal still takes what is drawn"

    def fill(self) -> None:
        """Put into the terminal what it takes, and read nothing."""
        flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY
        filling = os.open(os.ttyname(self.slave), flags)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(filling, b"." * 100)
        os.close(filling)

    def wait_until(self, met: Callable[[], bool], seconds: float = 30) -> None:
        """Wait for a condition without reading the terminal."""
        deadline = time.monotonic() + seconds
        while not met():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.05)

    @property
    def restored(self) -> bool:
        """Whether the line discipline is as it was before the app ran."""
        return termios.tcgetattr(self.slave) == self.attributes

    def hang_up(self) -> None:
        """Close the terminal, as a dropped connection does."""
        os.close(self.slave)
        os.close(self.master)

    def end(self) -> None:
        """Make sure that nothing is left running."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
