"""What a run tells about itself, and the bounded buffer that carries it to a screen.

Imports neither numpy nor torch, so a screen can be drawn before either is loaded.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    from seqtui.engine.evaluation import Evaluation
    from seqtui.engine.settings.run_config import RunConfig


@dataclass(frozen=True, slots=True)
class Started:
    """The run is set up and about to take its first step."""

    run: Path | None
    config: RunConfig
    parameters: int
    device: str
    vocabulary_size: int
    train_tokens: int
    held_out_tokens: int
    steps_total: int | None
    """None when the clock, not a number of steps, ends the run."""
    step: int = 0
    """Steps already taken, above 0 for a resumed run."""


@dataclass(frozen=True, slots=True)
class StepReport:
    """How training went since the last report; at most about four a second."""

    step: int
    tokens: int
    """Targets trained on since step 0."""
    seconds: float
    """Time in the run since step 0, pauses not counted."""
    loss: float
    """Mean training loss over the steps since the last report, nats per token."""
    learning_rate: float
    grad_norm: float
    """Global norm of the last gradient before clipping."""
    clipped_norm: float
    """The same after clipping."""
    clipped_share: float
    """Share of the steps since the last report whose gradient was clipped."""
    tokens_per_second: float
    """Targets a second, without evaluations, pauses and the first steps."""
    eta: float | None
    """Seconds to go, None while unknown."""
    epoch: float
    """Passes over the training part, with the fraction of the current one."""
    memory: int = 0
    """Bytes of the machine's memory that the process holds; 0 where it was not measured."""
    gpu_memory: int | None = None
    """Bytes of the GPU reserved for it; None without a GPU."""
    gpu_use: float | None = None
    """Share of the time in which the GPU computed; None without a GPU that tells."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The held-out part was evaluated."""

    step: int
    evaluation: Evaluation
    best: bool
    """Whether this is the lowest held-out loss of the run so far."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """A text generated from the current weights."""

    step: int
    text: str
    """The prefix and what the model wrote after it."""
    temperature: float


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint was written."""

    step: int
    kind: Literal["last", "best"]
    path: Path


@dataclass(frozen=True, slots=True)
class Paused:
    """The run waits, its state saved."""

    step: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """The run goes on after a pause."""

    step: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know that does not end the run (a full disk, say)."""

    text: str


@dataclass(frozen=True, slots=True)
class Unsaved:
    """The run has ended and cannot be saved where it is; it waits for another folder.

    `RunControl.save_in` answers.
    """

    step: int
    message: str
    """What is missing on the disk, and why; one line."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The run ended by an error; the last good checkpoint is kept."""

    message: str
    """One line."""
    traceback: str
    """Empty when the input was at fault."""
    step: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The run ended as it should."""

    step: int
    reason: Literal["done", "stopped"]
    document: dict[str, Any]
    """The result as the command line prints it with `--json`."""


Event: TypeAlias = (
    Started
    | StepReport
    | Evaluated
    | Sampled
    | Saved
    | Paused
    | Resumed
    | Notice
    | Unsaved
    | Failed
    | Finished
)


class EventBuffer:
    """Carries events from the engine's thread to its reader; bounded where it may be.

    Step reports come by the clock without end, so when `capacity` of them wait, every other
    one is dropped (the newest stays). All other events are few and never lost.
    """

    def __init__(self, capacity: int = 512) -> None:
        self._capacity = max(capacity, 2)
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._reports = 0

    def put(self, event: Event) -> None:
        """Add an event; never blocks for longer than a drain."""
        with self._lock:
            self._events.append(event)
            if isinstance(event, StepReport):
                self._reports += 1
                if self._reports > self._capacity:
                    self._thin()

    def drain(self) -> list[Event]:
        """All waiting events in the order they came; the buffer is empty after."""
        with self._lock:
            events, self._events, self._reports = self._events, [], 0
            return events

    def _thin(self) -> None:
        kept: list[Event] = []
        drop = False
        for event in reversed(self._events):
            if isinstance(event, StepReport):
                if drop:
                    self._reports -= 1
                else:
                    kept.append(event)
                drop = not drop
            else:
                kept.append(event)
        self._events = kept[::-1]
