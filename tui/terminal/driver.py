"""Textual's driver for Linux and macOS, with an input and an output of our own.

Beyond its public methods it relies on what is private in Textual here: `LinuxDriver` sends all it
draws through `self.write`, reads through `run_input_thread` on the thread that
`start_application_mode` starts, and keeps the terminal's attributes in `attrs_before`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
import termios
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol, cast

from textual.drivers.linux_driver import LinuxDriver

from seqtui.tui.terminal.output import TerminalOutput
from seqtui.tui.terminal.typed import TypedInput, escape_seconds

if TYPE_CHECKING:
    from textual.app import App

CLOSE_SECONDS = 0.5
"""The last frames may take so long; then the terminal gets only what restores it."""
GIVE_BACK_SECONDS = 0.1
LOOK_SECONDS = 0.1
"""How often the end of the input thread is looked for."""
EMPTY_SECONDS = 0.05
"""The pause after a read that was interrupted or refused, which must not become a busy loop."""

RESTORE = (
    b"\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"
    b"\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""Undoes what the driver has asked of the terminal."""


class TerminalUser(Protocol):
    """The app, as its terminal knows it."""

    def lose_terminal(self) -> None:
        """The terminal is gone. Called by any thread."""


class TerminalDriver(LinuxDriver):
    """A terminal that may vanish, stop reading, send anything, and be given back and taken."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert sys.__stderr__ is not None
        self._screen = sys.__stderr__.fileno()
        self._user = cast(TerminalUser, app)
        self._output: TerminalOutput | None = None
        self._app_loop = asyncio.get_running_loop()
        self._taken = False
        """Whether the app has the terminal."""
        self._suspended = False
        # In place of Textual's own, which start a second reader when SIGCONT comes alone.
        signal.signal(signal.SIGTSTP, self._stop_asked)
        signal.signal(signal.SIGCONT, self._continued)

    # What is drawn.

    def write(self, data: str) -> None:
        """Send to the terminal; frames are dropped while it takes nothing."""
        if self._output is not None:
            self._output.write(data)

    def _painted_anew(self) -> None:
        self.send_message(self.SignalResume())

    # What is typed.

    def run_input_thread(self) -> None:
        """Read the terminal until the app lets it go, or it is gone."""
        typed = TypedInput(escape_seconds())
        while not self.exit_event.is_set():
            try:
                patience = LOOK_SECONDS if typed.patience is None else typed.patience
                ready = select.select([self.fileno], [], [], min(patience, LOOK_SECONDS))[0]
                data = os.read(self.fileno, 4096) if ready else None
            except (BlockingIOError, InterruptedError):
                time.sleep(EMPTY_SECONDS)
                continue
            except (OSError, ValueError):
                data = b""
            if data == b"":
                if self._is_gone():
                    self._user.lose_terminal()
                    return
                time.sleep(EMPTY_SECONDS)  # another program has changed how the terminal reads
                continue
            for message in typed.feed(data) if data else typed.tick():
                self.process_message(message)

    def _is_gone(self) -> bool:
        try:
            termios.tcgetattr(self.fileno)
        except (termios.error, OSError, ValueError):
            return True
        return False

    # The terminal is taken and given back.

    def start_application_mode(self) -> None:
        """Take the terminal, also when it was taken before."""
        before = self.attrs_before if self._taken else None
        if self._taken:
            self.disable_input()
            super().close()
        else:
            self._output = TerminalOutput(
                self._screen, self._user.lose_terminal, self._painted_anew
            )
        self._taken = True
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if before is not None:
            self.attrs_before = before

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        if self._output is not None:
            self._output.drop()
        super().stop_application_mode()
        self._taken = False

    def close(self) -> None:
        """End the output; what a terminal does not take is dropped."""
        super().close()
        if self._output is not None:
            self._output.close(CLOSE_SECONDS)
            self._output = None

    def give_back(self) -> None:
        """Restore the terminal as well as can be, from another thread, before the process ends."""
        if self.attrs_before is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
        if self._output is not None:
            self._output.abandon(RESTORE, GIVE_BACK_SECONDS)

    @property
    def can_suspend(self) -> bool:
        """Whether a shell waits that would see the process stop, and could continue it."""
        import psutil

        session, group = os.getsid(0), os.getpgrp()
        with contextlib.suppress(OSError, psutil.Error):
            for parent in psutil.Process().parents():
                if os.getsid(parent.pid) != session:
                    break
                if os.getpgid(parent.pid) != group:
                    return True
        return False

    # Stopped and continued. Python's handlers interrupt anything: the loop does the work.

    def _stop_asked(self, number: int, frame: FrameType | None) -> None:
        self._soon(self._stop)

    def _continued(self, number: int, frame: FrameType | None) -> None:
        if not self._suspended:
            self._soon(self._take_again)

    def _soon(self, work: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: so will the process
            self._app_loop.call_soon_threadsafe(work)

    def _stop(self) -> None:
        if self._taken:
            self._suspended = True
            self.suspend_application_mode()
            self._until_continued()
            self._suspended = False
            self.resume_application_mode()
            self._painted_anew()

    def _take_again(self) -> None:
        """After a stop without notice: a shell may have changed the terminal meanwhile."""
        if self._taken:
            if not self._in_foreground():
                self._until_continued()
            self.start_application_mode()
            self._painted_anew()

    def _until_continued(self) -> None:
        """Stop the process, until it is continued in the foreground: `bg` stops it again."""
        os.kill(os.getpid(), signal.SIGSTOP)
        while not self._in_foreground():
            os.kill(os.getpid(), signal.SIGSTOP)

    def _in_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:
            return True
