"""What the steps measure: kept on the device, read at reports, timed without the interruptions."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from seqtui.corpora.errors import InputError, UserError, UserMessage
from seqtui.engine.runs.events import StepReport
from seqtui.engine.training.resources import ResourceReader

REPORT_SECONDS = 0.25
"""Least time between two reports by the clock."""
WARM_UP_STEPS = 5
"""First steps of a session that no rate counts: memory is still being found for them."""
RATE_REPORTS = 20
"""Reports the shown rate is taken over, about five seconds."""
RECENT_STEPS = 50
"""Steps over which the result's training loss is averaged; no clock decides it."""


class DivergenceError(UserError, RuntimeError):
    """The loss, the gradient or the weights of a step are not finite numbers."""

    def __init__(self, step: int, what: UserMessage) -> None:
        super().__init__(
            "training diverged at step {step}: {what}; "
            "lower --learning-rate or --clip-norm (the last checkpoint from before is kept)",
            step=step,
            what=what,
        )
        self.step = step


@dataclass(slots=True)
class Progress:
    """Progress of a run: position, counters and the sums that a resumed run continues."""

    peak_learning_rate: float
    """Of the schedule's full height: a step takes this times `schedule_factor`."""
    step: int = 0
    epoch: int = 0
    index: int = 0
    """Batches of the epoch already used: the next one has this index."""
    epochs: float = 0.0
    """Passes over the training part, with the fraction of the current one."""
    tokens: int = 0
    """Targets trained on."""
    seconds: float = 0.0
    """Time in the run, pauses not counted."""
    timed_tokens: int = 0
    timed_seconds: float = 0.0
    """Time spent in timed steps alone; with `timed_tokens`, the rate of the whole run."""
    evaluated: int = -1
    """The step of the last evaluation."""
    worse: int = 0
    """Evaluations since the lowest held-out loss."""
    recent: list[float] = field(default_factory=list)
    """Training losses of the last `RECENT_STEPS` steps."""

    def __post_init__(self) -> None:
        counters = (self.step, self.epoch, self.index, self.tokens, self.timed_tokens, self.worse)
        times = (self.seconds, self.timed_seconds, self.epochs, self.peak_learning_rate)
        finite = all(0 <= each < math.inf for each in times) and all(
            map(math.isfinite, self.recent)
        )
        if min(counters) < 0 or self.evaluated < -1 or not finite:
            raise InputError("the progress of the run is out of range")

    @property
    def tokens_per_second(self) -> float:
        """The rate of the whole run; with too few steps to time any, the plain quotient."""
        if self.timed_seconds:
            return self.timed_tokens / self.timed_seconds
        return self.tokens / self.seconds if self.seconds else 0.0


class Meter:
    """Collects losses and norms of the steps, and turns them into a report when one is due."""

    def __init__(
        self, progress: Progress, clock: Callable[[], float], resources: ResourceReader
    ) -> None:
        self._progress = progress
        self._clock = clock
        self._resources = resources
        self._mark = self._seen = clock()
        self._session_steps = 0
        self._session_seconds = 0.0
        self._pending: list[Tensor] = []
        self._pending_tokens = 0
        self._rates: deque[tuple[int, float]] = deque(maxlen=RATE_REPORTS)

    def add(self, loss: Tensor, norm: Tensor, clipped_norm: Tensor, targets: int) -> None:
        """Take a step's numbers: scalars that stay on the device until the next report."""
        self._pending.append(torch.stack((loss, norm, clipped_norm)))
        self._pending_tokens += targets
        self._session_steps += 1
        self._progress.tokens += targets

    @property
    def due(self) -> bool:
        """Whether it is time to report."""
        return bool(self._pending) and (
            self._clock() - self._mark >= REPORT_SECONDS or self._session_steps == WARM_UP_STEPS
        )

    def elapse(self) -> float:
        """Bring `progress.seconds` up to now and return it."""
        now = self._clock()
        self._progress.seconds += now - self._seen
        self._session_seconds += now - self._seen
        self._seen = now
        return self._progress.seconds

    def skip(self, paused: bool = False) -> None:
        """Time nothing since the last report: what happened since was not a step.

        A pause does not count as time in the run either.
        """
        if paused:
            self._seen = self._clock()
        else:
            self.elapse()
        self._mark = self._clock()

    def report(
        self, learning_rate: float, steps_left: int | None, seconds_left: float | None
    ) -> StepReport | None:
        """The steps since the last report, None if there were none.

        `learning_rate` is that of the last step. Waits for the device. Raises DivergenceError
        with the first step whose loss or gradient was not finite.
        """
        if not self._pending:
            return None
        progress = self._progress
        losses, norms, clipped_norms = torch.stack(self._pending, dim=1).cpu().tolist()
        first = progress.step - len(losses) + 1
        for step, (loss, norm) in enumerate(zip(losses, norms, strict=True), first):
            if not (math.isfinite(loss) and math.isfinite(norm)):
                what = UserMessage("loss {loss:g}, gradient norm {norm:g}", loss=loss, norm=norm)
                raise DivergenceError(step, what)
        self.elapse()
        tokens = self._pending_tokens
        rate = self._time(tokens)
        progress.recent = [*progress.recent, *losses][-RECENT_STEPS:]
        clipped = sum(a < b for a, b in zip(clipped_norms, norms, strict=True))
        self._pending, self._pending_tokens = [], 0
        resources = self._resources.read()
        return StepReport(
            step=progress.step,
            tokens=progress.tokens,
            seconds=progress.seconds,
            loss=math.fsum(losses) / len(losses),
            learning_rate=learning_rate,
            grad_norm=norms[-1],
            clipped_norm=clipped_norms[-1],
            clipped_share=clipped / len(norms),
            tokens_per_second=rate,
            eta=self._eta(steps_left, seconds_left),
            epoch=progress.epochs,
            memory=resources.memory,
            gpu_memory=resources.gpu_memory,
            gpu_use=resources.gpu_use,
        )

    def _time(self, tokens: int) -> float:
        """Count the steps since the mark in the rates; returns the current rate."""
        now = self._clock()
        interval, self._mark = now - self._mark, now
        if self._session_steps > WARM_UP_STEPS:
            self._rates.append((tokens, interval))
            self._progress.timed_tokens += tokens
            self._progress.timed_seconds += interval
        seconds = sum(each[1] for each in self._rates)
        return sum(each[0] for each in self._rates) / seconds if seconds else 0.0

    def _eta(self, steps_left: int | None, seconds_left: float | None) -> float | None:
        """Seconds to go: with evaluations, as they fell in this session."""
        if steps_left is None:
            return seconds_left
        if self._session_steps <= WARM_UP_STEPS:
            return None
        return steps_left * self._session_seconds / self._session_steps
