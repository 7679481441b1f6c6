"""The laboratory of series: values and predictions over time, and their errors."""

from __future__ import annotations

import math
from collections.abc import Callable

from textual.content import Content

from seqtui.engine.labs.series import AHEAD, FORMULAS, Figures
from seqtui.engine.labs.series_models import CHUNK, GRU, LEAST_SQUARES, MLP, RNN
from seqtui.tui.numbers import DASH, count, fixed
from seqtui.tui.panes.labs.picture import Picture
from seqtui.tui.translation import N_, _, ngettext
from seqtui.tui.widgets.plots import HorizontalAxis, Reference, Series, curves, style_of

BEYOND = 1.5
"""Spans of the values beyond which a curve is cut: a polynomial would flatten all else."""
CLEARLY = 1.05
"""A factor between two errors from which one is called the larger."""
ROUNDING = 1e-12
"""An error below it is that of the arithmetic."""
WEIGHTS = 4
"""As many weights are shown, at most."""


def picture(figures: Figures) -> Picture:
    """The picture of the view that was asked for."""
    return _ahead(figures) if figures.settings.view == AHEAD else _inside(figures)


def _ahead(figures: Figures) -> Picture:
    settings, errors = figures.settings, figures.errors
    guesses = _("predicted {k} ahead").format(k=settings.k)
    curve = Series(guesses, _times(figures), figures.predictions.tolist(), "2")
    name = settings.model
    if name in (LEAST_SQUARES, MLP):
        name = f"{name} τ={settings.tau}"
    spread = ngettext("sd of {count} seed", "sd of {count} seeds", figures.seeds_done).format(
        count=figures.seeds_done
    )
    rows = [
        (_("MSE"), *(f"k={each.k}" for each in errors), _("free")),
        (name, *(_error(each.error) for each in errors), _error(figures.free)),
        (spread, *(f"±{_error(each.sd)}" for each in errors), f"±{_error(figures.free_sd)}"),
        (_("closed form, fed back"), *(_error(each.closed_form) for each in errors), ""),
        (_("persistence x_{t-k}"), *(_error(each.persistence) for each in errors), ""),
        (_("predicting 0"), *(_error(each.zero) for each in errors), _error(errors[0].zero)),
        (_("floor σ²"), *(_error(each.floor) for each in errors), _error(errors[0].floor)),
    ]
    return Picture(
        formula=FORMULAS[AHEAD],
        value=_weights(figures) or _seeds(figures),
        words=_words_ahead(figures),
        plot=_plot(figures, [curve]),
        legend=Content.assemble(
            "· ", _("values"), "  ", ("━ ", style_of("2")), guesses, "  │ ", _("held out from here")
        ),
        rows=[row for row in rows if any(cell not in ("", DASH) for cell in row[1:])],
    )


def _words_ahead(figures: Figures) -> str:
    first, settings = figures.errors[0], figures.settings
    if figures.free > CLEARLY * first.zero + figures.free_sd:
        return _("running on by itself it is farther off than saying nothing")
    if settings.tau == 2 and settings.model == LEAST_SQUARES and settings.noise:
        return _("with noise the best weights are not the law of the sine (−1, 2 cos ω)")
    if first.error < first.floor:
        return _("a sample can fall below the floor; its mean over many cannot")
    if settings.model in (RNN, GRU):
        return _("its state reads {count} values: compare least squares of as many lags").format(
            count=CHUNK
        )
    if first.error < first.persistence:
        return _("how far ahead is of use depends on tau: move it")
    return _("persistence is as good here")


def _inside(figures: Figures) -> Picture:
    settings, fits = figures.settings, figures.fits
    lines = [
        Series(_("split at random"), _times(figures), figures.inside.tolist(), "1"),
        Series(_("split in time"), _times(figures), figures.predictions.tolist(), "2"),
    ]
    chosen = next(fit for fit in fits if fit.degree == settings.degree)
    shuffled, in_time = _error(figures.shuffled), _error(figures.in_time)
    return Picture(
        formula=FORMULAS[settings.view],
        value=_("d = {degree}: {inside} inside, {outside} outside").format(
            degree=chosen.degree, inside=_error(chosen.inside), outside=_error(chosen.outside)
        ),
        words=_(
            "autoregression, one step: split at random {shuffled}, in time {in_time}, ratio {ratio}"
        ).format(shuffled=shuffled, in_time=in_time, ratio=fixed(figures.ratio, 3)),
        plot=_plot(figures, lines),
        legend=Content.assemble(
            *(part for line in lines for part in (("━ ", style_of(line.colour)), line.label, "  ")),
            "│ ",
            _("held out from here"),
        ),
        rows=(
            (_("degree"), *(str(fit.degree) for fit in fits)),
            (_("split at random: inside"), *(_error(fit.inside) for fit in fits)),
            (_("split in time: outside"), *(_error(fit.outside) for fit in fits)),
        ),
    )


def _plot(figures: Figures, lines: list[Series]) -> Callable[[int, int], str]:
    values = [float(value) for value in figures.series]
    low, high = min(values), max(values)
    reach = BEYOND * (high - low)
    points = Series("", _times(figures), values, "1", "·", line=False)
    cut = [
        Series(
            line.label,
            line.x,
            [float(y) if low - reach <= y <= high + reach else math.nan for y in line.y],
            line.colour,
        )
        for line in lines
    ]

    def plot(width: int, height: int) -> str:
        axis = HorizontalAxis(N_("t"))
        zero = [Reference("0", 0.0)]
        span = (0, figures.values)
        return curves(
            [points, *cut],
            zero,
            width,
            height,
            span,
            axis,
            cursor=figures.trained,
            fit_references=False,
        )

    return plot


def _times(figures: Figures) -> range:
    return range(1, figures.values + 1)


def _weights(figures: Figures) -> str:
    if not 0 < len(figures.weights) <= WEIGHTS:
        return ""
    return f"w {' '.join(fixed(weight, 3) for weight in figures.weights)}"


def _seeds(figures: Figures) -> str:
    if not figures.epochs:
        return ""
    return _("seeds {done}/{all}, epochs {epochs}").format(
        done=count(figures.seeds_done),
        all=count(figures.settings.seeds),
        epochs=count(figures.epochs),
    )


def _error(value: float) -> str:
    """A mean squared error: three decimals, more where it is small, fewer where it is large."""
    if math.isnan(value):
        return DASH
    if value >= 100_000 or ROUNDING < value < 5e-4:
        return f"{value:.1e}"
    return fixed(value, 3 if value < 10 else 0)
