"""Requests to a running loop: any thread asks, the loop serves them between two steps."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class SaveRequest:
    """Save the `last` checkpoint now."""


@dataclass(frozen=True, slots=True)
class LearningRateRequest:
    """Go on with another learning rate."""

    learning_rate: float


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """Write a text from the current weights."""

    prefix: str
    temperature: float


Request: TypeAlias = SaveRequest | LearningRateRequest | SampleRequest


class RunControl(Protocol):
    """The asking side: of a run in this process (`Control`), or in another (`RemoteControl`)."""

    @property
    def paused(self) -> bool:
        """Whether the run waits, or shall."""

    def pause(self) -> None:
        """Wait before the next step, until `resume` or `stop`."""

    def resume(self) -> None:
        """Go on after `pause`."""

    def stop(self) -> None:
        """End the run, saved."""

    def save(self) -> None:
        """Write the `last` checkpoint."""

    def set_learning_rate(self, learning_rate: float) -> None:
        """Use another learning rate from the next step on."""

    def sample(self, prefix: str, temperature: float) -> None:
        """Have a text written from the current weights."""

    def save_in(self, folder: Path | None) -> None:
        """Answer `Unsaved`: save the run in another folder; None gives it up."""


class Control:
    """The two sides of a run's reins. Thread-safe; `stop` may be called by a signal handler.

    `attended`: somebody is there who can name another folder when a run cannot be saved.
    """

    def __init__(self, *, attended: bool = False) -> None:
        self._attended = attended
        self._answers: deque[Path | None] = deque()
        # A condition's lock is reentrant, so a signal handler that interrupts the loop inside
        # one of these methods can still ask for a stop.
        self._changed = threading.Condition()
        self._requests: deque[Request] = deque()
        self._paused = False
        self._stopping = False
        self._look: Callable[[], object] | None = None

    # The asking side.

    def pause(self) -> None:
        """Wait before the next step, until `resume` or `stop`."""
        self._set_paused(True)

    def resume(self) -> None:
        """Go on after `pause`."""
        self._set_paused(False)

    def stop(self) -> None:
        """End the run before the next step, saved; also ends an evaluation in progress."""
        self._stopping = True
        with self._changed:
            self._changed.notify_all()

    def save(self) -> None:
        """Write the `last` checkpoint before the next step."""
        self._ask(SaveRequest())

    def set_learning_rate(self, learning_rate: float) -> None:
        """Use another learning rate from the next step on."""
        self._ask(LearningRateRequest(learning_rate))

    def sample(self, prefix: str, temperature: float) -> None:
        """Have a text written from the current weights before the next step."""
        self._ask(SampleRequest(prefix, temperature))

    def save_in(self, folder: Path | None) -> None:
        """Answer `Unsaved`: save the run in another folder; None gives it up."""
        with self._changed:
            self._answers.append(folder)
            self._changed.notify_all()

    def leave(self) -> None:
        """As `stop`, of somebody who goes: nothing more will be answered."""
        self._attended = False
        self.stop()

    # The loop's side.

    def another_folder(self, ask: Callable[[], object]) -> Path | None:
        """Have `ask` ask for a folder, and wait for it; None where nobody names one."""
        if not self._attended:
            return None
        self._answers.clear()
        ask()
        with self._changed:
            while self._attended and not self._answers:
                self._changed.wait(0.5)  # as in `wait_while_paused`
            return self._answers.popleft() if self._answers else None

    def poll_with(self, look: Callable[[], object]) -> None:
        """Have `look` called before each step and in long work, to pass on what others ask.

        It is called very often, and must not raise.
        """
        self._look = look

    @property
    def begun(self) -> bool:
        """Whether a run asks what is asked of it; before, `stop` is heard only once it does."""
        return self._look is not None

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping

    @property
    def paused(self) -> bool:
        """Whether the run shall wait."""
        return self._paused and not self._stopping

    def poll(self) -> list[Request]:
        """The requests since the last call, oldest first."""
        if self._look is not None:
            self._look()
        if not self._requests:
            return []  # without the lock: this is called at every step
        with self._changed:
            requests = list(self._requests)
            self._requests.clear()
        return requests

    def wait_while_paused(self) -> bool:
        """Block while paused and nothing is asked; True if the run is still paused after."""
        with self._changed:
            while self.paused and not self._requests:
                # The time limit only guards against a signal handler's notification that came
                # between the test and the wait.
                self._changed.wait(0.5)
                if self._look is not None:
                    self._look()
        return self.paused

    def keep_going(self, done: int, total: int) -> bool:
        """The `on_progress` of long work inside a run: goes on until `stop`."""
        if self._look is not None:
            self._look()
        return not self._stopping

    def _set_paused(self, paused: bool) -> None:
        with self._changed:
            self._paused = paused
            self._changed.notify_all()

    def _ask(self, request: Request) -> None:
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()
