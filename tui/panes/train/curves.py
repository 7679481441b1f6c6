"""The curves of a run under a choice of axes: a history in, series and lines to plot out."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from seqtui.engine.evaluation import perplexity_of
from seqtui.engine.runs.history import SMOOTHINGS, History
from seqtui.tui.numbers import count, fixed, perplexity
from seqtui.tui.translation import N_, _
from seqtui.tui.widgets.plots import Colour, HorizontalAxis, Reference, Series

COUNTED_MARKS = 20
"""Marks the one evaluation of a counted model is drawn with, less one."""

TRAIN_MARK = "⠒"
RAW_MARK = "·"
"""The fainter mark of the training loss beside its moving average."""
HELD_OUT_MARK = "●"
CLIPPED_MARK = "▴"
VOCABULARY_MARK = "┄"

SHORTEST_ZOOM = 1e-4
"""The least part of a run that a plot can be zoomed to."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What the vertical axis shows, computed from a loss in nats."""

    title: str
    """Marked, and translated where it is painted."""
    of: Callable[[float], float]
    by_character: bool = False
    """Whether it takes the loss of a character: of held-out text only, across tokenisers."""


MEASURES = (
    Measure(N_("perplexity"), perplexity_of),
    Measure(N_("loss, nats per token"), lambda loss: loss),
    Measure(N_("bits per token"), lambda loss: loss / math.log(2)),
    Measure(N_("bits per character"), lambda loss: loss / math.log(2), by_character=True),
)
AXES = (
    HorizontalAxis(N_("step")),
    HorizontalAxis(N_("tokens")),
    HorizontalAxis(N_("time"), clock=True),
)
"""The horizontal axes, in the order of a `Place`."""


@dataclass(slots=True)
class Axes:
    """How the curves are looked at: what the axes count, the part in view, the cursor."""

    measure: int = 0
    logarithmic: tuple[bool, ...] = tuple(measure is MEASURES[0] for measure in MEASURES)
    """Whether the vertical axis is, for each measure."""
    x: int = 0
    """Index of the horizontal axis."""
    smoothing: float | None = None
    """Factor of the moving average that is drawn, None for none."""
    zoom: tuple[float, float] | None = None
    """The part of the horizontal axis in view, None for all."""
    cursor: float | None = None
    """Where the values are read, None while they are not."""

    @property
    def of(self) -> Measure:
        """The measure."""
        return MEASURES[self.measure]

    @property
    def log(self) -> bool:
        """Whether the vertical axis is logarithmic."""
        return self.logarithmic[self.measure]

    @property
    def title(self) -> str:
        """Measure and scale: `perplexity, log`; the horizontal axis names itself."""
        title = _(self.of.title)
        if self.log:
            title = _("{measure}, log").format(measure=title)
        return _("{measure}, zoomed").format(measure=title) if self.zoom else title

    @property
    def horizontal(self) -> HorizontalAxis:
        """The horizontal axis, its name in the user's language."""
        axis = AXES[self.x]
        return replace(axis, label=_(axis.label))

    def next_measure(self) -> None:
        """Another measure on the vertical axis."""
        self.measure = (self.measure + 1) % len(MEASURES)

    def change_scale(self) -> None:
        """Logarithmic or linear, for this measure."""
        changed = [log != (n == self.measure) for n, log in enumerate(self.logarithmic)]
        self.logarithmic = tuple(changed)

    def next_x(self) -> None:
        """Another horizontal axis, all of it."""
        self.x = (self.x + 1) % len(AXES)
        self.zoom = self.cursor = None

    def next_smoothing(self) -> None:
        """None, then each factor."""
        choices = (None, *SMOOTHINGS)
        self.smoothing = choices[(choices.index(self.smoothing) + 1) % len(choices)]

    def range(self, full: tuple[float, float]) -> tuple[float, float]:
        """The part of `full` in view."""
        return self.zoom or full

    def move(self, full: tuple[float, float], part: float) -> None:
        """Move the cursor by a part of what is in view, which goes with it; at first, show it."""
        low, high = self.range(full)
        span = high - low
        start = (low + high) / 2 if self.cursor is None else self.cursor + span * part
        self.cursor = here = min(max(start, full[0]), full[1])
        if self.zoom and not low <= here <= high:
            low = here if here < low else here - span
            self.zoom = low, low + span

    def magnify(self, full: tuple[float, float], factor: float) -> None:
        """Show a part that is `factor` times as long, around the cursor or the middle."""
        low, high = self.range(full)
        whole = full[1] - full[0]
        span = max((high - low) * factor, whole * SHORTEST_ZOOM)
        if span >= whole:
            self.zoom = None
            return
        middle = (low + high) / 2 if self.cursor is None else self.cursor
        low = min(max(middle - span / 2, full[0]), full[1] - span)
        self.zoom = low, low + span

    def reset(self) -> None:
        """All of the run, no cursor."""
        self.zoom = self.cursor = None


def run_series(history: History, axes: Axes, end: float) -> list[Series]:
    """The curves: a line of dots for training, a mark for each held-out evaluation.

    The one evaluation of a counted model holds from 0 to `end`. With smoothing the line is
    the moving average, and the raw values are faint points.
    """
    measure = axes.of
    held_out = Series(
        _("held-out"), *_held_out(history, axes, end), "held-out", HELD_OUT_MARK, line=False
    )
    if measure.by_character:
        return [held_out]
    train = history.train
    places = train.x[axes.x][:]
    label, lines, line = _("train"), [], train.values
    if axes.smoothing is not None:
        raw = [measure.of(loss) for loss in train.values]
        lines = [Series(_("raw"), places, raw, "train", mark=RAW_MARK, line=False)]
        line = train.smoothed[axes.smoothing]
        factor = f"{axes.smoothing:g}".replace("0.", ".")
        label = _("train {smoothing}").format(smoothing=factor)
    return [
        *lines,
        Series(label, places, [measure.of(loss) for loss in line], "train"),
        held_out,
    ]


def _held_out(history: History, axes: Axes, end: float) -> tuple[list[float], list[float]]:
    """Places and values of the held-out evaluations."""
    places = history.held_out.x[axes.x][:]
    losses = history.held_out.values
    if history.counted and losses:
        places = [end * i / COUNTED_MARKS for i in range(COUNTED_MARKS + 1)]
        losses = losses[-1:] * len(places)
    share = history.tokens_per_character if axes.of.by_character else 1.0
    return places, [axes.of.of(loss * share) for loss in losses]


@dataclass(frozen=True, slots=True)
class Overlay:
    """An earlier run beside the one that is shown."""

    label: str
    colour: Colour
    mark: str
    """The mark of its evaluations."""
    train_mark: str
    """The mark of its training loss."""
    history: History
    by_character: bool
    """Whether only its bits per character compare."""


def overlay_series(overlays: Sequence[Overlay], axes: Axes, end: float) -> list[Series]:
    """The curves of those runs that compare by the measure, training loss under evaluations."""
    shown = [one for one in overlays if axes.of.by_character or not one.by_character]
    lines = []
    for one in shown:
        train = one.history.train
        losses = train.values if axes.smoothing is None else train.smoothed[axes.smoothing]
        if not axes.of.by_character:
            values = [axes.of.of(loss) for loss in losses]
            places = train.x[axes.x]
            lines.append(Series("", places, values, one.colour, one.train_mark, line=False))
        places, values = _held_out(one.history, axes, end)
        lines.append(Series(one.label, places, values, one.colour, one.mark, line=False))
    return lines


@dataclass(frozen=True, slots=True)
class Baseline:
    """A model that was counted on the same corpus, for comparison."""

    label: str
    mark: str
    loss: float
    """Held-out, nats per token."""


def references(
    vocabulary_size: int | None,
    baselines: Sequence[Baseline],
    measure: Measure,
    tokens_per_character: float,
) -> list[Reference]:
    """What a model should beat: uniform guessing over |V|, and what counting reaches.

    `tokens_per_character` is that of the held-out text, for a measure by character.
    """
    share = tokens_per_character if measure.by_character else 1.0
    lines = []
    if vocabulary_size:
        loss = math.log(vocabulary_size) * share
        reading = _reading(measure, loss, vocabulary_size)
        lines.append(Reference("|V|", measure.of(loss), VOCABULARY_MARK, reading))
    return lines + [
        Reference(one.label, measure.of(loss), one.mark, _reading(measure, loss))
        for one in baselines
        for loss in (one.loss * share,)
    ]


def _reading(measure: Measure, loss: float, exactly: int | None = None) -> str:
    if measure.of is not perplexity_of:
        return fixed(measure.of(loss), 2)
    return count(exactly) if exactly is not None else perplexity(measure.of(loss))


def gradient_series(history: History, axes: Axes) -> list[Series]:
    """Global gradient norm before clipping, a line of dots, and after it, marks."""
    before, after = history.gradient, history.clipped
    return [
        Series(
            _("after clipping"), after.x[axes.x], after.values, "held-out", CLIPPED_MARK, line=False
        ),
        Series(_("before clipping"), before.x[axes.x], before.values, "train"),
    ]


def clip_line(history: History) -> list[Reference]:
    """The norm that gradients are clipped to."""
    clip = history.started.config.clip_norm if history.started else 0.0
    return [Reference(_("clip norm"), clip, reading=f"{clip:g}")] if clip else []


def value_at(curve: Series, place: float) -> float | None:
    """The value of a curve's point nearest to a place, None where it has none."""
    if not curve.x:
        return None
    right = bisect_left(curve.x, place)
    nearby = range(max(right - 1, 0), min(right + 1, len(curve.x)))
    return curve.y[min(nearby, key=lambda i: abs(curve.x[i] - place))]
