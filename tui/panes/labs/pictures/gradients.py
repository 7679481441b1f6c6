"""The laboratory of gradients: norms over distance, and the reach of a window."""

from __future__ import annotations

import math

from textual.content import Content

from seqtui.engine.labs.gradients import (
    CLIPPING,
    DISTANCE,
    FORMULAS,
    STEPS,
    TRAINED_STEPS,
    TRUNCATION,
    TYPES,
    Figures,
    Life,
)
from seqtui.tui.numbers import count, fixed
from seqtui.tui.panes.labs.picture import Picture
from seqtui.tui.translation import N_, _
from seqtui.tui.widgets.plots import HorizontalAxis, Reference, Series, curves, style_of

SHOWN = (1, 2, 5, 10, 20, 30, 40)
"""Distances in the table."""


def picture(figures: Figures) -> Picture:
    """The picture of the view that was asked for."""
    painters = {DISTANCE: _by_distance, CLIPPING: _by_rate, TRUNCATION: _by_window}
    return painters[figures.settings.view](figures)


def _by_distance(figures: Figures) -> Picture:
    settings, norms = figures.settings, figures.norms
    label = settings.cell
    if settings.cell == "rnn":
        label = f"ρ {settings.rho:g} {settings.activation}"
    series = Series(label, range(len(norms)), norms, "1")

    def plot(width: int, height: int) -> str:
        lines = [Reference("1", 1.0)]
        axis = HorizontalAxis(N_("k"))
        return curves([series], lines, width, height, (0, STEPS), axis, log_y=True)

    at = (len(norms) - 1, norms[-1])
    value = f"k={at[0]}: {_norm(at[1])}"
    if settings.loss == "sum":
        words = _("the sum of losses counts the near ones too: it cannot show what vanishes")
    elif figures.peak:
        words = _("grows to {norm} at k={k} before its largest eigenvalue decides").format(
            norm=_norm(norms[figures.peak]), k=figures.peak
        )
    elif norms[-1] < 1e-3:
        words = _("after {k} steps next to nothing is left: it vanishes").format(k=at[0])
    else:
        words = _("the way back multiplies by W_hh at every step")
    return Picture(
        formula=FORMULAS[DISTANCE],
        value=value,
        words=words,
        plot=plot,
        legend=Content.assemble(("━ ", style_of("1")), label),
        rows=(
            ("k", *map(str, SHOWN)),
            (_("norm"), *(_norm(norms[k]) for k in SHOWN)),
        ),
    )


def _by_rate(figures: Figures) -> Picture:
    guessing = math.log(TYPES)
    rows = [
        (
            _("learning rate"),
            _("without clipping"),
            _("largest norm"),
            _("clipped to 1"),
            _("largest norm"),
        )
    ]
    pairs = list(zip(figures.lives[::2], figures.lives[1::2], strict=True))
    for plain, clipped in pairs:
        cells = [_fate(plain), _norm(plain.largest_norm)]
        cells += [_fate(clipped), _norm(clipped.largest_norm)]
        rows.append((f"{plain.learning_rate:g}", cells[0], cells[1], cells[2], cells[3]))
    plain_died = sum(plain.steps is not None for plain, _clipped in pairs)
    clipped_died = sum(clipped.steps is not None for _plain, clipped in pairs)
    if plain_died > clipped_died:
        words = _("clipping keeps numbers finite; it does not bring back what has vanished")
    elif plain_died:
        words = _("with steps this long, clipping does not save it either")
    else:
        words = _("nothing is infinite here: clipping is mostly a smaller step")
    return Picture(
        formula=FORMULAS[CLIPPING],
        value=_("lr 1, θ 1: at most 1"),
        words=words,
        legend=Content(
            _("loss after {steps} steps, in nats; guessing {guessing}").format(
                steps=TRAINED_STEPS, guessing=fixed(guessing, 2)
            )
        ),
        rows=rows,
        left=(),
    )


def _fate(life: Life) -> str:
    if life.steps is not None:
        return _("∞ at step {step}").format(step=life.steps)
    return fixed(life.loss, 2)


def _by_window(figures: Figures) -> Picture:
    window = figures.settings.window
    series = Series("", range(window), figures.reach, "1")

    def plot(width: int, height: int) -> str:
        axis = HorizontalAxis(N_("k"))
        return curves([series], [Reference("0", 0.0)], width, height, (0, window + 5), axis)

    return Picture(
        formula=FORMULAS[figures.settings.view],
        value=fixed(figures.mean_reach, 1),
        words=_("targets near the start of a window learn from almost nothing before them"),
        plot=plot,
        legend=Content(_("share of the targets whose gradient goes back k steps")),
        rows=(
            (_("steps of a window"), _("mean reach"), _("beyond the window")),
            (count(window), fixed(figures.mean_reach, 1), "0"),
        ),
        left=(),
    )


def _norm(value: float) -> str:
    if not math.isfinite(value):
        return "∞" if value == math.inf else "nan"
    return f"{value:.3g}"
