"""What a signal from outside does to a command: end it, or ask a training run to stop.

A signal that is ignored when the process starts (`nohup`, a background job) stays ignored.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from seqtui.corpora.errors import EndedBySignal
from seqtui.tui.cli import console
from seqtui.tui.terminal.leaving import handled

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequest:
    """Remembers the signal that asked a run to stop."""

    def __init__(self) -> None:
        self.signal: int | None = None

    @property
    def exit_code(self) -> int:
        """128+n for signal n, 0 when none came."""
        return 0 if self.signal is None else 128 + self.signal


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Signals leave as EndedBySignal(128+n), so that everything is closed on the way.

    A third signal ends the process whatever it does.
    """
    came = 0

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came += 1
        if came > 2:  # what runs has caught two: a bare `except` in somebody's file
            os._exit(128 + number)
        console.hurry()
        raise EndedBySignal(128 + number)

    with handled(STOPPING, end):
        yield


@contextmanager
def stopped_by_signals(stop: Callable[[], bool]) -> Iterator[StopRequest]:
    """SIGINT, SIGTERM and SIGHUP call `stop` once, which says whether anything will stop.

    If not, and at a second signal, they leave as EndedBySignal(128+n). A third ends the process
    whatever it does.
    """
    request = StopRequest()
    came = 0

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came += 1
        if came > 2:
            os._exit(128 + number)
        request.signal = number
        console.hurry()
        if came == 2 or not stop():
            raise EndedBySignal(128 + number)

    with handled(STOPPING, ask):
        yield request
