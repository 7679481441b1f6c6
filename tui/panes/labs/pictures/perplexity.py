"""The laboratory of perplexity: a calculator, and bytes as bars."""

from __future__ import annotations

from textual.content import Content

from seqtui.engine.labs.perplexity import BYTES, CALCULATOR, FORMULAS, Figures, bits_of
from seqtui.tui.numbers import DASH, count, fixed, perplexity
from seqtui.tui.panes.labs.picture import Picture
from seqtui.tui.translation import _

BAR = 18
"""Cells of the longest bar."""


def picture(figures: Figures) -> Picture:
    """The picture of the view that was asked for."""
    return _calculator(figures) if figures.settings.view == CALCULATOR else _bytes(figures)


def _calculator(figures: Figures) -> Picture:
    merged = figures.merged
    assert merged is not None
    rows = [(_("P(true)"), _("bits"), _("as good as one of"), "")]
    for each in figures.probabilities:
        branching = 1 / each if each else float("inf")
        wide = "█" * min(max(round(branching), 1), BAR) + ("…" if branching > BAR else "")
        rows.append((f"{each:.4g}", fixed(bits_of(each), 2), fixed(branching, 1), wide))
    rows.append((_("mean"), fixed(figures.bits, 3), perplexity(figures.perplexity, 4), ""))
    rows.append(("", "", "", ""))
    rows.append((_("batches together"), "", perplexity(merged.right, 4), "✓"))
    rows.append((_("exp of the mean of means"), "", perplexity(merged.mean_of_means, 4), "✗"))
    rows.append((_("mean of perplexities"), "", perplexity(merged.mean_of_perplexities, 4), "✗"))
    return Picture(
        formula=FORMULAS[CALCULATOR],
        value=f"= {perplexity(figures.perplexity, 4)}",
        words=_("perfect is 1, guessing among |V| is |V|, one probability of 0 is ∞"),
        rows=rows,
        left=(0, 3),
    )


def _bytes(figures: Figures) -> Picture:
    after = figures.settings.view == BYTES
    sizes = [code.after if code.after is not None else code.alone or 0 for code in figures.codes]
    largest = max([*sizes, 1])
    heading = [_("coded by"), _("alone")]
    rows = [
        (*heading, _("after the text"), _("bits/char"), _("numbers"), "")
        if after
        else (_("coded by"), _("bytes"), _("bits/char"), "")
    ]
    for code, size in zip(figures.codes, sizes, strict=True):
        bar = "█" * max(round(BAR * size / largest), 1)
        alone = DASH if code.alone is None else count(code.alone)
        rate = fixed(figures.rate(code), 3)
        if after:
            rows.append((code.name, alone, count(size), rate, count(code.numbers), bar))
        else:
            rows.append((code.name, alone, rate, bar))
    if after:
        words = _("alone, a compressor has read nothing: only the second column is a fair fight")
    else:
        words = _("nothing was known before, and nothing is beside the code: a fair fight")
    best = min(range(len(sizes)), key=sizes.__getitem__)
    return Picture(
        formula=FORMULAS[figures.settings.view],
        value=_("{name}: {bytes} bytes").format(
            name=figures.codes[best].name, bytes=count(sizes[best])
        ),
        words=words,
        legend=Content(_("{characters} characters").format(characters=count(figures.characters))),
        rows=rows,
        left=(0, 5) if after else (0, 3),
    )
