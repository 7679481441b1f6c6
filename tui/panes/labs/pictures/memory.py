"""The laboratory of memory: loss by context, agreement by distance, and the X-ray of a text."""

from __future__ import annotations

import math

from textual.content import Content

from seqtui.engine.labs.agreement import contexts_of
from seqtui.engine.labs.contexts import Curve, Xray
from seqtui.engine.labs.memory import (
    AGREEMENT,
    CONTEXT,
    FORMULAS,
    LONGEST_COUNTED,
    XRAY,
    Choice,
    Figures,
    distances_of,
)
from seqtui.tui.cells import fit, widest
from seqtui.tui.foreign import token_symbol, visible
from seqtui.tui.numbers import count, fixed
from seqtui.tui.panes.labs.picture import Picture
from seqtui.tui.translation import N_, _
from seqtui.tui.widgets.plots import HorizontalAxis, Reference, Series, curves, style_of
from seqtui.tui.widgets.shading import fitting, key_of_shades, shaded

NOWHERE = "–"
"""Where there is no number."""


def picture(figures: Figures) -> Picture:
    """The picture of the view that was asked for."""
    painters = {CONTEXT: _by_context, AGREEMENT: _by_distance, XRAY: _through}
    return painters[figures.settings.view](figures)


def _by_context(figures: Figures) -> Picture:
    first = figures.curves[0]
    rival = next((curve for curve in figures.curves if curve.grown), None)
    series = [
        _marks(first, first.exact, "1", "●"),
        _marks(first, first.blocks, "2", "○"),
    ]
    legend = Content.assemble(
        ("● ", style_of("1")),
        _("{model}, exactly c tokens").format(model=visible(first.name)),
        ("   ○ ", style_of("2")),
        _("blocks of c"),
        ("   ┄ ", style_of("reference")),
        _("all the past"),
    )
    if rival is not None:
        series.append(_marks(rival, rival.grown, "3", "▲"))
        legend = Content.assemble(legend, ("   ▲ ", style_of("3")), _("KN of order c+1"))

    def plot(width: int, height: int) -> str:
        lines = [Reference(first.name, first.all)]
        axis = HorizontalAxis(N_("log₂ c"))
        end = max(math.log2(first.contexts[-1]), 1.0)
        return curves(series, lines, width, height, (0, end), axis)

    shown = [i for i, c in enumerate(first.contexts) if c & (c - 1) == 0]
    rows = [
        ("c", *(str(first.contexts[i]) for i in shown), _("all")),
        (_("exactly c"), *(fixed(first.exact[i], 3) for i in shown), fixed(first.all, 3)),
        (_("blocks of c"), *(fixed(first.blocks[i], 3) for i in shown), ""),
    ]
    if rival is not None:
        own = dict(zip(rival.contexts, rival.grown, strict=True))
        cells = [
            fixed(own[first.contexts[i]], 3) if first.contexts[i] in own else "" for i in shown
        ]
        rows.append((_("Kneser-Ney"), *cells, fixed(rival.all, 3)))
    return Picture(
        formula=FORMULAS[CONTEXT],
        value=_("{targets} targets").format(targets=count(figures.targets)),
        words=_words_of_context(first),
        plot=plot,
        legend=legend,
        rows=rows,
    )


def _marks(curve: Curve, losses: tuple[float, ...], colour: str, mark: str) -> Series:
    places = [math.log2(c) for c in curve.contexts]
    return Series("", places, losses, colour, mark=mark, line=False)  # type: ignore[arg-type]


def _words_of_context(curve: Curve) -> str:
    if not math.isfinite(curve.all):
        return _("it holds some target impossible: its loss is infinite")
    gap = curve.blocks[-1] - curve.exact[-1]
    if curve.least is None:
        return _("with {c} tokens it is not yet within .01 nats of all the past").format(
            c=curve.contexts[-1]
        )
    return _(
        "it uses {least} tokens (.01 nats); blocks of {c}, of 1 to {c} tokens, are {gap} off"
    ).format(least=curve.least, c=curve.contexts[-1], gap=fixed(gap, 3))


def _by_distance(figures: Figures) -> Picture:
    settings, distances = figures.settings, distances_of(figures.settings)
    rows = [(_("right at d, %"), *map(str, distances))]
    rows += [_choice_row(each) for each in (*figures.ngrams, *figures.networks)]
    spaces = [count(contexts_of(d)) if d <= 8 else f"2·4^{d}" for d in distances]
    rows.append((_("contexts to see"), *spaces))
    if settings.train_from == settings.train_to:
        legend = _("{lines} lines, networks trained at d = {d}; n-grams at each d").format(
            lines=count(settings.lines), d=settings.train_to
        )
    else:
        legend = _("{lines} lines, trained at d = {nearest} to {farthest}").format(
            lines=count(settings.lines), nearest=settings.train_from, farthest=settings.train_to
        )
    if not figures.networks:
        words = _("an n-gram sees the opener from n = d+2 on; space trains three networks")
    elif settings.train_from < settings.train_to:
        words = _("near distances teach the far ones: these lines are a curriculum")
    elif all(each.right[distances.index(settings.train_to)] == 1 for each in figures.networks):
        words = _("at d = {d} it is learned; train farther away").format(d=settings.train_to)
    else:
        words = _("what vanishes is the learning of a memory, not the memory")
    return Picture(
        formula=FORMULAS[AGREEMENT],
        value=_("guessing 50 %; n-grams counted to d = {d}").format(d=LONGEST_COUNTED),
        words=words,
        legend=Content(legend),
        rows=rows,
    )


def _choice_row(choice: Choice) -> tuple[str, ...]:
    name = choice.name
    if choice.steps:
        name = _("{kind}, {steps} steps").format(kind=choice.name, steps=count(choice.steps))
    return name, *(NOWHERE if each is None else fixed(100 * each, 1) for each in choice.right)


def _through(figures: Figures) -> Picture:
    assert figures.xray is not None
    xray = figures.xray
    free = sum(each == xray.contexts[0] for each in xray.shortest)
    never = sum(each is None for each in xray.shortest)
    words = _(
        "of {tokens} tokens {free} need 1 token before them, {never} more than {longest}"
    ).format(
        tokens=count(len(xray.tokens)),
        free=count(free),
        never=count(never),
        longest=xray.contexts[-1],
    )
    return Picture(
        formula=FORMULAS[XRAY],
        value=visible(xray.name),
        words=words,
        plot=lambda width, height: "\n".join(xray_lines(xray, width, height)),
        legend=Content(_("{key}   last row: g is 16, + more").format(key=key_of_shades())),
    )


def xray_lines(xray: Xray, width: int, height: int) -> list[str]:
    """Text, a shaded row for each context, and the shortest that suffices, wrapped to a width."""
    names = [str(c) for c in xray.contexts] + [_("all")]
    last = _("within ½ bit")
    margin = min(widest(*names, last), max(width // 3, 1))
    symbols = [visible(token_symbol(each, "char")) for each in xray.tokens]
    if any(len(each) > 1 and not each.startswith("<") for each in xray.tokens):
        symbols = [f"{each} " for each in symbols]  # words stand apart
    lines: list[str] = []
    start = 0
    while start < len(symbols) and len(lines) + len(names) + 2 <= max(height, len(names) + 2):
        end = fitting(symbols, start, width - margin - 1)
        part = symbols[start:end]
        lines.append(fit("", margin) + " " + "".join(part))
        for name, bits in zip(names, xray.bits, strict=True):
            row = shaded(part, bits[start:end].tolist())
            lines.append(fit(name, margin, "right") + " " + row)
        least = "".join(
            fit(_shortest(each), widest(symbol), "left")
            for each, symbol in zip(xray.shortest[start:end], part, strict=True)
        )
        lines.append(fit(last, margin, "right") + " " + least)
        lines.append("")
        start = end
    return lines[:-1]


def _shortest(context: int | None) -> str:
    """One character for a context: 1 2 4 8, `g` for 16, + for more."""
    if context is None:
        return "+"
    return str(context) if context < 10 else _TWO_DIGITS


_TWO_DIGITS = "g"
"""Stands for 16, the only context of two digits, as in a number of base 17."""
