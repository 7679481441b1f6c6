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
    from seqtui.engine.ngrams.estimation import Spelling
    from seqtui.engine.ngrams.model import NgramModel


def estimate_in_words(corpus: Corpus, model: NgramModel, gram: Sequence[int], width: int) -> str:
    """An estimate spelled out in at most `width` cells if it can be.

    Symbols, numbers and their meaning; what does not fit is left out from the end, the
    symbols before the numbers.
    """
    found = model.explain(gram[:-1], gram[-1])
    name = model.estimator.name
    spelling = model.spell(found)
    symbols, figures = spelling.symbols, _with_numbers(spelling)
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


def _with_numbers(spelling: Spelling) -> str:
    """The numbers in their places: counts whole, the lower order as a probability."""
    numbers = spelling.numbers.format(
        **{
            name: count(value)
            if isinstance(value, int)
            else probability(value)
            if name == "lower"
            else f"{value:.3g}"
            for name, value in spelling.values.items()
        }
    )
    if spelling.unseen_history:
        return _("h never occurred: {numbers}").format(numbers=numbers)
    if spelling.of_predecessors:
        return _("different tokens before it, {numbers}").format(numbers=numbers)
    return numbers
