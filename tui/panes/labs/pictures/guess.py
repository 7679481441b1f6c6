"""The laboratory of guessing: how the rivals do, without a word of the text."""

from __future__ import annotations

from seqtui.engine.labs.guess import FORMULA, Figures, Score
from seqtui.tui.numbers import DASH, count, fixed, share
from seqtui.tui.panes.labs.picture import Picture
from seqtui.tui.translation import _


def picture(figures: Figures) -> Picture:
    """The rivals' figures on the stretch that is to be guessed."""
    best = max(figures.rivals, key=lambda rival: rival.first)
    words = _("space plays: a key is a guess, and no rival's guess is seen before you hit")
    if best.bounds[0] > best.bounds[1]:
        words = _("space plays; with so few letters the bounds cross: they hold for many")
    return Picture(
        formula=FORMULA,
        value=_("{name}: {low} ≤ H ≤ {high}").format(
            name=best.name, low=fixed(best.bounds[0], 2), high=fixed(best.bounds[1], 2)
        ),
        words=words,
        rows=score_rows(figures.rivals),
    )


def score_rows(scores: tuple[Score, ...]) -> list[tuple[str, ...]]:
    """A table of players: first guesses, mean guesses, bounds, what a model pays."""
    rows: list[tuple[str, ...]] = [
        (
            _("player"),
            _("letters"),
            _("first guess right"),
            _("lower bound"),
            _("upper bound"),
            _("pays, bits"),
        )
    ]
    for score in scores:
        low, high = score.bounds
        paid = DASH if score.bits != score.bits else fixed(score.bits, 2)
        rows.append(
            (
                score.name,
                count(len(score.guesses)),
                share(score.first) if score.guesses else DASH,
                fixed(low, 2),
                fixed(high, 2),
                paid,
            )
        )
    return rows
