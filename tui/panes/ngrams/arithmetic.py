"""The arithmetic of an estimator in words, with its numbers in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from seqtui.tui.numbers import count, probability
from seqtui.tui.panes.ngrams.words import gram_text
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.ngrams.model import Explanation, NgramModel

DISCOUNTING = ("absolute-discounting", "kneser-ney", "modified-kneser-ney")


def estimate_in_words(corpus: Corpus, model: NgramModel, gram: Sequence[int], width: int) -> str:
    """An estimate spelled out in at most `width` cells if it can be.

    Symbols, numbers and what they stand for; what does not fit is left out from the end, the
    symbols before the numbers.
    """
    found = model.explain(gram[:-1], gram[-1])
    name = model.estimator.name
    symbols, figures = _formula(name, found)
    law = "P" if model.normalised else "S"
    left = f"{law}(w | h)" if found.history else f"{law}(w)"
    value = probability(found.probability)
    whole = f"{figures} = {value}"
    named = f"   w = {gram_text(corpus, gram[-1:])}"
    if found.history:
        named += f"   h = {gram_text(corpus, found.history)}"
    for text in (
        f"{name}: {left} = {symbols} = {whole}{named}",
        f"{name}: {left} = {symbols} = {whole}",
        f"{name}: {left} = {whole}{named}",
    ):
        if cell_len(text) <= width:
            return text
    # Where the figures are cut, the result is not.
    return f"{name}: {left} = {value} = {figures}"


def _formula(name: str, found: Explanation) -> tuple[str, str]:
    """Symbols and numbers of the highest order."""
    last = found.terms[-1]
    times, total = last.count, last.history_count
    history = "c(h ·)" if found.history else "N"
    lower = "P(w | h′)" if found.history else "1/|V|"
    rest = f"{_small(last.left)} × {probability(last.lower)}"
    if name in ("add-k", "lidstone"):
        k = found.numerator - times
        types = round((found.denominator - total) / k) if k else 0
        return (
            f"(c(h w) + k) / ({history} + k |V|)",
            f"({count(times)} + {_small(k)}) / ({count(total)} + {_small(k)} × {count(types)})",
        )
    if not total:
        return f"λ {lower}", f"{_('h never occurred')}: {rest}"
    if name == "mle":
        return f"c(h w) / {history}", f"{count(times)} / {count(total)}"
    if name in DISCOUNTING:
        if not times:
            return f"λ(h) {lower}", rest
        taken = times - last.direct * total
        return (
            f"(c(h w) − D) / {history} + λ(h) {lower}",
            f"({count(times)} − {_small(taken)}) / {count(total)} + {rest}",
        )
    if name == "witten-bell":
        types = round(total * last.left / (1 - last.left)) if last.left < 1 else 0
        return (
            f"c(h w) / ({history} + T(h)) + λ(h) {lower}",
            f"{count(times)} / ({count(total)} + {count(types)}) + {rest}",
        )
    if name == "linear-interpolation":
        return (
            f"λ c(h w) / {history} + (1 − λ) {lower}",
            f"{_small(1 - last.left)} × {count(times)} / {count(total)} + {rest}",
        )
    if not times:
        return f"α(h) {lower}", rest
    kept = last.direct * total / times
    return (
        f"d c(h w) / {history}",
        f"{_small(kept)} × {count(times)} / {count(total)}",
    )


def _small(value: float) -> str:
    return f"{value:.3g}"
