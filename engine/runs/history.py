"""The history of a run: what its events leave to be plotted and read, without a widget.

A run that is not on the screen is folded too, so an event costs an append; what is kept is
bounded however long a run lasts.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from itertools import compress
from pathlib import Path
from typing import Literal

from seqtui.engine.runs import events as kinds

MOST_POINTS = 4_000
"""Points kept of a curve: several for each dot of the widest terminal."""
SMOOTHINGS = (0.9, 0.98)
"""Factors of the moving averages: what a mean keeps of itself when a point comes."""

STEPS, TOKENS, SECONDS = 0, 1, 2
"""What a horizontal axis counts: indices into a `Place`."""
Place = tuple[int, float, float]
"""Where a point lies: its step, the targets trained on since step 0, seconds of training."""

Phase = Literal["none", "waiting", "training", "paused", "stopping", "done", "stopped", "failed"]
"""The state of a run; `waiting` for the engine's thread, `stopping` once it was asked to."""


class Curve:
    """Values at places, at most `most` (even): a full curve drops every other point."""

    def __init__(self, most: int = MOST_POINTS) -> None:
        self._most = most
        self.x: tuple[list[float], list[float], list[float]] = ([], [], [])
        """The places of the points by steps, tokens and seconds; each rises."""
        self.values: list[float] = []
        self.smoothed: dict[float, list[float]] = {factor: [] for factor in SMOOTHINGS}
        """Exponential moving averages of all values so far, by factor: of the raw curve, so that
        a point costs one product. What is not finite is a gap and leaves the mean alone."""
        self._means = dict.fromkeys(SMOOTHINGS, 0.0)
        self._weights = dict.fromkeys(SMOOTHINGS, 0.0)

    def add(self, place: Place, value: float) -> None:
        """Append a point; what is not finite is kept and drawn as a gap."""
        if len(self.values) >= self._most:
            self._drop()
        for places, here in zip(self.x, place, strict=True):
            # A run that is resumed begins its clock anew; what is searched must rise.
            places.append(max(here, places[-1]) if places else here)
        self.values.append(value)
        for factor, means in self.smoothed.items():
            if math.isfinite(value):
                self._means[factor] += (1 - factor) * (value - self._means[factor])
                self._weights[factor] += (1 - factor) * (1 - self._weights[factor])
            # Divided by the weights it has (Kingma and Ba 2015, section 3): no pull to zero.
            means.append(
                self._means[factor] / self._weights[factor] if math.isfinite(value) else value
            )

    def until(self, step: int) -> Curve:
        """The same curve without the points beyond a step."""
        curve = Curve(self._most)
        kept = bisect_right(self.x[STEPS], step)
        for steps, tokens, seconds, value in zip(*self.x, self.values[:kept], strict=False):
            curve.add((int(steps), tokens, seconds), value)
        return curve

    def _drop(self) -> None:
        """Keep the second of each pair of points, or its first where that is a gap."""
        gaps = [not math.isfinite(value) for value in self.values]
        keep = []
        for first, second in zip(gaps[::2], gaps[1::2], strict=True):
            keep += [first and not second, second or not first]
        keep[-1] = True  # the newest stays
        for points in (*self.x, self.values, *self.smoothed.values()):
            points[:] = compress(points, keep)


@dataclass(slots=True, eq=False)
class History:
    """One run, as its events report it: the one place where they are folded."""

    phase: Phase = "none"
    planned: int | None = None
    """Steps the run was asked to take, before it has started."""
    started: kinds.Started | None = None
    report: kinds.StepReport | None = None
    """The last report."""
    evaluated: kinds.Evaluated | None = None
    """The last evaluation on the held-out text."""
    best: kinds.Evaluated | None = None
    _bests: list[kinds.Evaluated] = field(default_factory=list)
    """Those that were the best when they came."""
    saved: kinds.Saved | None = None
    sampled: kinds.Sampled | None = None
    failed: kinds.Failed | None = None
    finished: kinds.Finished | None = None
    without_steps: bool = False
    """Whether the model is fitted by counting, for a history that was read from a folder."""
    notice: str = ""
    """The engine's last message to the user (foreign text)."""
    train: Curve = field(default_factory=Curve)
    """Mean training loss since the report before, nats per token."""
    held_out: Curve = field(default_factory=Curve)
    """Held-out loss, nats per token."""
    gradient: Curve = field(default_factory=Curve)
    """Global gradient norm before clipping."""
    clipped: Curve = field(default_factory=Curve)
    """The same after clipping."""
    version: int = 0
    """Grows with every change: what was painted from an earlier one is out of date."""

    def add(self, event: kinds.Event) -> None:
        """Add one event."""
        self.version += 1
        match event:
            case kinds.StepReport():
                self.report = event
                place = event.step, event.tokens, event.seconds
                self.train.add(place, event.loss)
                self.gradient.add(place, event.grad_norm)
                self.clipped.add(place, event.clipped_norm)
            case kinds.Evaluated():
                self.evaluated = event
                if event.best or self.best is None:
                    self.best = event
                    self._bests.append(event)
                self.held_out.add(self._place(event.step), event.evaluation.loss)
            case kinds.Started():
                if self.started is not None:
                    self._go_back(event.step)
                self.started = event
                self._enter("training")
            case kinds.Paused():
                self._enter("paused")
            case kinds.Resumed():
                self._enter("training")
            case kinds.Sampled():
                self.sampled = event
            case kinds.Saved():
                self.saved = event
            case kinds.Notice():
                self.notice = event.text
            case kinds.Unsaved():
                self.notice = event.message
            case kinds.Failed():
                self.failed = event
                self.phase = "failed"
            case kinds.Finished():
                self.finished = event
                self._settle(event.document.get("run"))
                self.phase = "stopped" if event.reason == "stopped" else "done"

    def _go_back(self, step: int) -> None:
        """The run resumes from a checkpoint: what came after it is dropped."""
        self.failed = self.finished = None
        self._bests = [event for event in self._bests if event.step <= step]
        self.best = self._bests[-1] if self._bests else None
        if self.evaluated is not None and self.evaluated.step > step:
            self.evaluated = self.best
        self.train, self.held_out = self.train.until(step), self.held_out.until(step)
        self.gradient, self.clipped = self.gradient.until(step), self.clipped.until(step)

    def _settle(self, run: object) -> None:
        """The run ended in this folder, perhaps not the one it began in."""
        if isinstance(run, str) and self.started is not None and self.started.run is not None:
            self.started = replace(self.started, run=Path(run))

    def expect(self, planned: int | None) -> None:
        """The run was asked for, or to be resumed, and will end at step `planned`."""
        self.phase, self.planned = "waiting", planned
        self.version += 1

    def stop_requested(self) -> None:
        """The run was asked to stop, and is stopping until it has."""
        self.phase = "stopping"
        self.version += 1

    def _enter(self, phase: Phase) -> None:
        # A run that was asked to stop is stopping until it has.
        if self.phase != "stopping":
            self.phase = phase

    @property
    def active(self) -> bool:
        """Whether a run is under way or about to be."""
        return self.phase in ("waiting", "training", "paused", "stopping")

    @property
    def empty(self) -> bool:
        """Whether there is nothing to plot."""
        return not (self.train.values or self.held_out.values)

    @property
    def step(self) -> int:
        """The last step reported."""
        return max(
            self.report.step if self.report else 0,
            self.evaluated.step if self.evaluated else 0,
            self.finished.step if self.finished else 0,
        )

    @property
    def steps_total(self) -> int | None:
        """The step the run ends at, None when time decides."""
        return self.started.steps_total if self.started else self.planned

    def _place(self, step: int) -> Place:
        """Where a step lies; of an event with no more than its step, by the last report's rates."""
        report = self.report
        if report is None or not report.step:
            return step, step * self._step_tokens, 0.0
        part = step / report.step
        return step, round(report.tokens * part), report.seconds * part

    @property
    def _step_tokens(self) -> int:
        """Targets of a whole step."""
        config = self.started.config if self.started else None
        return config.batch_size * config.window if config else 0

    def last(self, axis: int) -> float:
        """The place of the newest point; 0 where there is none."""
        curves = (self.train, self.held_out)
        return max((curve.x[axis][-1] for curve in curves if curve.values), default=0.0)

    def x_range(self, axis: int) -> tuple[float, float]:
        """What the plot spans: all of the run, so that the curve grows and the axis is fixed.

        Where the end is not known, and for time, a round number beyond the last point: it
        changes rarely.
        """
        last = self.last(axis)
        total = self.steps_total
        if total and axis == STEPS:
            return 0.0, float(max(total, self.step))
        if total and axis == TOKENS and self._step_tokens:
            return 0.0, float(max(total * self._step_tokens, last))
        ends = [10, 30, 60, 120, 300, 600, 1_200, 1_800] if axis == SECONDS else []
        unit = 3_600 if axis == SECONDS and last > 1_800 else 1
        power = 10 ** max(len(str(math.ceil(max(last / unit, 1)))) - 1, 0 if unit > 1 else 1)
        ends += [m * power * unit for m in (1, 2, 5, 10)]
        return 0.0, float(next(end for end in ends if end >= last))

    @property
    def counted(self) -> bool:
        """Whether the model is fitted by counting: no steps, one evaluation."""
        if self.started is None:
            return self.without_steps
        return self.started.config.counted

    @property
    def tokens_per_character(self) -> float:
        """Targets of the held-out text to one of its characters; NaN before an evaluation."""
        if self.evaluated is None or not self.evaluated.evaluation.of.characters:
            return math.nan
        evaluation = self.evaluated.evaluation
        return evaluation.targets / evaluation.of.characters
