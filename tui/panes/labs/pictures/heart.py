"""The laboratory of learning by heart: two curves, best and last apart, and what is copied."""

from __future__ import annotations

from textual.content import Content

from seqtui.engine.evaluation import perplexity_of
from seqtui.engine.labs.heart import BEST, FORMULA, LAST, Figures
from seqtui.engine.labs.learner import Point
from seqtui.tui.numbers import count, duration
from seqtui.tui.numbers import perplexity as shown
from seqtui.tui.panes.labs.picture import Picture
from seqtui.tui.translation import N_, _
from seqtui.tui.widgets.plots import HorizontalAxis, Reference, Series, curves, style_of

FEWEST_EPOCHS = 10
"""The least length of the axis."""


def picture(figures: Figures) -> Picture:
    """Perplexities over epochs, and a table of the best and the last weights."""
    best, last = figures.best, figures.last
    return Picture(
        formula=FORMULA,
        value=_distances(figures),
        words=_words(figures),
        plot=lambda width, height: _plot(figures, width, height),
        legend=Content.assemble(
            ("━ ", style_of("held-out")),
            _("held out ({tokens})").format(tokens=count(figures.held_out_tokens)),
            ("   ★ ", style_of("held-out")),
            _("its lowest"),
            ("   ━ ", style_of("train")),
            _("training ({tokens})").format(tokens=count(figures.train_tokens)),
            ("   ┄ ", style_of("reference")),
            _("|V| {size}: guessing").format(size=count(figures.vocabulary_size)),
        ),
        rows=(
            (
                _("weights"),
                _("epoch"),
                _("held out"),
                _("training"),
                _("copied, seeds 0 1 2"),
            ),
            _row(_("★ best"), best, _spans(figures, BEST)),
            _row(_("last"), last, _spans(figures, LAST)),
            (
                _("new text itself"),
                "",
                "",
                "",
                _("{pieces}; all of it {all}").format(
                    pieces=_lengths(figures.control_pieces), all=figures.control
                ),
            ),
        ),
        left=(0, 4),
    )


def _plot(figures: Figures, width: int, height: int) -> str:
    held_out, best = figures.read, figures.best
    train = [point for point in figures.points if point.train is not None]
    series = [
        Series("", [point.epoch for point in train], [_train(point) for point in train], "train"),
        Series(
            "",
            [point.epoch for point in held_out],
            [_held_out(point) for point in held_out],
            "held-out",
        ),
    ]
    if best is not None:
        star = Series("", [best.epoch], [_held_out(best)], "held-out", mark="★", line=False)
        series.append(star)
    guessing = Reference("|V|", figures.vocabulary_size)
    end = max(figures.settings.epochs, FEWEST_EPOCHS)
    axis = HorizontalAxis(N_("epochs"))
    return curves(series, [guessing], width, height, (0, end), axis, log_y=True)


def _train(point: Point) -> float:
    assert point.train is not None
    return perplexity_of(point.train)


def _held_out(point: Point) -> float:
    assert point.held_out is not None
    return perplexity_of(point.held_out)


def _row(name: str, point: Point | None, copied: str) -> tuple[str, ...]:
    if point is None:
        return name, "", "", "", copied
    train = "" if point.train is None else shown(_train(point))
    return name, count(point.epoch), shown(_held_out(point)), train, copied


def _spans(figures: Figures, weights: str) -> str:
    return _lengths(tuple(each.length for each in figures.copied if each.weights == weights))


def _lengths(lengths: tuple[int, ...]) -> str:
    return " ".join(map(str, lengths))


def _distances(figures: Figures) -> str:
    """Where training is, and how long it took."""
    last = figures.points[-1].epoch if figures.points else 0
    if figures.ended == "seconds":
        return _("epoch {epoch} of {epochs}, time is up").format(
            epoch=count(last), epochs=count(figures.settings.epochs)
        )
    return _("epoch {epoch} of {epochs}, {time}").format(
        epoch=count(last), epochs=count(figures.settings.epochs), time=duration(figures.seconds)
    )


def _words(figures: Figures) -> str:
    """Best and last, and whether the last is better than guessing."""
    best, last = figures.best, figures.last
    if best is None or last is None:
        return ""
    values = {
        "best": shown(_held_out(best)),
        "epoch": count(best.epoch),
        "last": shown(_held_out(last)),
        "size": count(figures.vocabulary_size),
    }
    if not figures.ended:
        return _("so far best {best} at epoch {epoch}, last {last}; guessing has {size}").format(
            **values
        )
    if figures.ended == "diverged":
        return _("the loss is not finite any more; best {best} at epoch {epoch}").format(**values)
    by_heart = figures.trend is not None and figures.trend.kind == "overfitting"
    better = figures.better_than_guessing
    if best is last and better:
        words = _("best and last {last} at epoch {epoch}, better than guessing ({size})")
    elif by_heart and better:
        words = _(
            "best {best} at epoch {epoch}, then by heart: last {last}, "
            "better than guessing ({size})"
        )
    elif by_heart:
        words = _(
            "best {best} at epoch {epoch}, then by heart: last {last}, worse than guessing ({size})"
        )
    elif better:
        words = _("best {best} at epoch {epoch}; last {last}, better than guessing ({size})")
    else:
        words = _("best {best} at epoch {epoch}; last {last}, worse than guessing ({size})")
    return words.format(**values)
