"""The history of a run: what its events leave to be plotted and read, without a widget.

A pane that is hidden still takes events, so taking one costs an append; what is kept is
bounded however long a run lasts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from seqtui.engine import events as kinds
from seqtui.engine.configuration import COUNTED_MODELS
from seqtui.engine.evaluation import perplexity_of
from seqtui.tui.numbers import count, perplexity
from seqtui.tui.plots import Reference, Series, curves
from seqtui.tui.translation import _

MOST_POINTS = 4_000
"""Points kept of a curve: several for each dot of the widest terminal."""

COUNTED_MARKS = 20
"""Marks the one evaluation of a counted model is drawn with, less one."""

TRAIN_MARK = "⠒"
HELD_OUT_MARK = "●"
VOCABULARY_MARK = "┄"
BIGRAM_MARK = "╌"

Phase = Literal["none", "waiting", "training", "paused", "stopping", "done", "stopped", "failed"]
"""Where a run stands; `waiting` for the engine's thread, `stopping` once it was asked to."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What the vertical axis shows, computed from a loss in nats."""

    title: str
    of: Callable[[float], float]
    log: bool
    """Whether the axis is logarithmic."""


MEASURES = (
    Measure(_("perplexity"), perplexity_of, log=True),
    Measure(_("perplexity, linear"), perplexity_of, log=False),
    Measure(_("loss, nats per token"), lambda loss: loss, log=False),
    Measure(_("bits per token"), lambda loss: loss / math.log(2), log=False),
)


class Curve:
    """Values at steps, at most `MOST_POINTS`: a full curve drops every other point."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.values: list[float] = []

    def add(self, step: int, value: float) -> None:
        """Append a point; what is not finite is kept and drawn as a gap."""
        if len(self.steps) >= MOST_POINTS:
            # From the second on, so that the newest point stays.
            del self.steps[::2]
            del self.values[::2]
        self.steps.append(step)
        self.values.append(value)


@dataclass(slots=True)
class History:
    """One run, as its events tell it."""

    phase: Phase = "none"
    planned: int | None = None
    """Steps the run was asked to take, before it has started."""
    started: kinds.Started | None = None
    report: kinds.StepReport | None = None
    """The last report."""
    evaluated: kinds.Evaluated | None = None
    """The last evaluation on the held-out text."""
    best: kinds.Evaluated | None = None
    saved: kinds.Saved | None = None
    sampled: kinds.Sampled | None = None
    failed: kinds.Failed | None = None
    finished: kinds.Finished | None = None
    notice: str = ""
    """The engine's last word to the user (foreign text)."""
    train: Curve = field(default_factory=Curve)
    """Mean training loss since the report before, nats per token."""
    held_out: Curve = field(default_factory=Curve)
    """Held-out loss, nats per token."""
    gradient: Curve = field(default_factory=Curve)
    """Global gradient norm before clipping."""
    points: int = 0
    """Points ever added: what is painted from is out of date once this has grown."""

    def take(self, event: kinds.Event) -> None:
        """Take one event."""
        match event:
            case kinds.StepReport():
                self.report = event
                self.train.add(event.step, event.loss)
                self.gradient.add(event.step, event.grad_norm)
                self.points += 1
            case kinds.Evaluated():
                self.evaluated = event
                if event.best or self.best is None:
                    self.best = event
                self.held_out.add(event.step, event.evaluation.loss)
                self.points += 1
            case kinds.Started():
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
            case kinds.Failed():
                self.failed = event
                self.phase = "failed"
            case kinds.Finished():
                self.finished = event
                self.phase = "stopped" if event.reason == "stopped" else "done"

    def _enter(self, phase: Phase) -> None:
        # A run that was asked to stop says so until it has.
        if self.phase != "stopping":
            self.phase = phase

    @property
    def active(self) -> bool:
        """Whether a run is under way or about to be."""
        return self.phase in ("waiting", "training", "paused", "stopping")

    @property
    def step(self) -> int:
        """The last step heard of."""
        return max(
            self.report.step if self.report else 0,
            self.evaluated.step if self.evaluated else 0,
            self.finished.step if self.finished else 0,
        )

    @property
    def steps_total(self) -> int | None:
        """The step the run ends at, None when time decides."""
        return self.started.steps_total if self.started else self.planned

    @property
    def x_range(self) -> tuple[float, float]:
        """Steps the plot spans: all of the run, so that the curve grows and the axis stands.

        Where time decides the end, the next of 1, 2, 5, 10 …: it changes rarely.
        """
        total = self.steps_total
        if total:
            return 0.0, float(max(total, self.step))
        power = 10 ** max(len(str(max(self.step, 1))) - 1, 1)
        return 0.0, float(next(m * power for m in (1, 2, 5, 10) if m * power >= self.step))

    @property
    def counted(self) -> bool:
        """Whether the model is fitted by counting: no steps, one evaluation."""
        return self.started is not None and self.started.config.model in COUNTED_MODELS

    def series(self, measure: Measure) -> list[Series]:
        """The curves: a line of dots for training, a mark for each held-out evaluation.

        The one evaluation of a counted model holds for the whole width.
        """
        steps: list[float] = [*self.held_out.steps]
        losses = self.held_out.values
        if self.counted and losses:
            steps = [self.x_range[1] * i / COUNTED_MARKS for i in range(COUNTED_MARKS + 1)]
            losses = losses[-1:] * len(steps)
        return [
            Series(
                _("train"),
                self.train.steps,
                [measure.of(loss) for loss in self.train.values],
                "train",
            ),
            Series(
                _("held-out"),
                steps,
                [measure.of(loss) for loss in losses],
                "held-out",
                mark=HELD_OUT_MARK,
                line=False,
            ),
        ]


def references(
    vocabulary_size: int | None, bigram_loss: float | None, measure: Measure
) -> list[Reference]:
    """What a model should beat: uniform guessing, and counting pairs of tokens.

    `bigram_loss` is the held-out loss in nats of the corpus's add-one bigram model.
    """
    lines = []
    if vocabulary_size:
        loss = math.log(vocabulary_size)
        lines.append(
            Reference(
                f"|V| {_reading(measure, loss, vocabulary_size)}", measure.of(loss), VOCABULARY_MARK
            )
        )
    if bigram_loss is not None:
        lines.append(
            Reference(
                f"{_('add-one bigram')} {_reading(measure, bigram_loss)}",
                measure.of(bigram_loss),
                BIGRAM_MARK,
            )
        )
    return lines


def _reading(measure: Measure, loss: float, exactly: int | None = None) -> str:
    if measure.of is not perplexity_of:
        return f"{measure.of(loss):.2f}"
    return count(exactly) if exactly is not None else perplexity(measure.of(loss))


def gradient_plot(history: History, width: int, height: int) -> str:
    """Global gradient norm before clipping over the steps, with the norm it is clipped to."""
    clip = history.started.config.clip_norm if history.started else 0.0
    return curves(
        [Series("|grad|", history.gradient.steps, history.gradient.values, "train")],
        [Reference(_("clip norm"), clip)] if clip else [],
        width,
        height,
        history.x_range,
        log_y=True,
    )
