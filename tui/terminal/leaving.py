"""The way out when the end comes from outside: by a signal, or because the terminal is gone.

Nothing of it relies on the interface's loop. A thread asks the app to leave, and ends the process
at a deadline, whatever still blocks the app's own way out.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

LEAVE_SECONDS = 2.5
"""The app's own way out may take so long: a scheduler kills a process after three seconds."""
LAST_SECONDS = 0.3
"""What is done for the terminal after that may take so long."""

Handler = Callable[[int, FrameType | None], None]


@contextlib.contextmanager
def handled(numbers: tuple[signal.Signals, ...], handler: Handler) -> Iterator[None]:
    """Handle signals, those that are not ignored (`nohup`, a background job), for a while."""
    before = {number: signal.getsignal(number) for number in numbers}
    mine = [number for number in numbers if before[number] is not signal.SIG_IGN]
    for number in mine:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, before[number])


class Leaving:
    """Waits for the end from outside, on a thread of its own.

    `leave(code)` asks the app to save and end with that exit code, and returns at once; it is
    called once. `give_back` does what can be done for the terminal if the app does not end.
    """

    def __init__(self, leave: Callable[[int], None], give_back: Callable[[], None]) -> None:
        self._leave = leave
        self._give_back = give_back
        self._numbers: queue.SimpleQueue[int] = queue.SimpleQueue()
        threading.Thread(target=self._wait, name="leaving", daemon=True).start()

    def begin(self, number: int) -> None:
        """Leave as signal `number` demands; to be called by a signal handler or any thread."""
        # A handler may interrupt whatever holds a lock: this queue's `put` takes none of ours.
        self._numbers.put(number)

    def _wait(self) -> None:
        code = 128 + self._numbers.get()
        _end_process_after(LEAVE_SECONDS + LAST_SECONDS, code)
        deadline = time.monotonic() + LEAVE_SECONDS
        with contextlib.suppress(Exception):
            self._leave(code)
        time.sleep(max(0.0, deadline - time.monotonic()))
        with contextlib.suppress(Exception):
            self._give_back()
        os._exit(code)


def _end_process_after(seconds: float, code: int) -> None:
    deadline = threading.Timer(seconds, os._exit, (code,))
    deadline.daemon = True
    deadline.start()
