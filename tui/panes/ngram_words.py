"""The N-grams pane in words: n-grams, the arithmetic of a probability, how sparse a table is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from seqtui.tui.foreign import token_symbol
from seqtui.tui.numbers import DASH, count, probability, share
from seqtui.tui.table import fit_cell
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.tui.panes.ngram_rows import Order

_TABLE_ORDERS = 5
"""Orders told at once, the one on show among them."""
_LONGEST_NUMBER = 10**7
"""Above it a number of possible n-grams is told by its power of ten."""


def gram_text(corpus: Corpus, ids: Sequence[int]) -> str:
    """Tokens as symbols: characters joined tightly, words by a space."""
    tokens = corpus.vocabulary.tokens
    joint = " " if corpus.options.tokenizer == "word" else ""
    return joint.join(token_symbol(tokens[i]) for i in ids)


def arithmetic(corpus: Corpus, gram: Sequence[int], times: int, total: int, width: int) -> str:
    """P(w | h) = c(h w) / c(h ·) with its numbers, in at most `width` cells if it can be.

    `total` is c(h ·), how often the history occurs with something after it.
    """
    figures = f"{count(times)} / {count(total)} = {probability(times / total)}"
    token = gram_text(corpus, gram[-1:])
    if len(gram) == 1:
        spelled = f"P({token}) = c({token}) / N = {figures}"
        fits = cell_len(spelled) <= width
        return spelled if fits else f"P(w) = c(w) / N = {figures}   w = {token}"
    history, whole = gram_text(corpus, gram[:-1]), gram_text(corpus, gram)
    spelled = f"P({token} | {history}) = c({whole}) / c({history} ·) = {figures}"
    if cell_len(spelled) <= width:
        return spelled
    # The numbers are what matters: a long history is named once, behind them.
    return f"P(w | h) = c(h w) / c(h ·) = {figures}   w = {token}   h = {history}"


def sparsity_line(order: Order) -> Content:
    """How much of |V|^n occurs, in one line."""
    counts = order.counts
    possible = _possible(order)
    if counts.distinct >= 0.001 * counts.vocabulary_size**order.n:
        possible += f" ({_seen(order)})"
    return Content(
        _(
            "{distinct} distinct of |V|^{n} = {possible} · once {once} ({part}) · total {total}"
        ).format(
            distinct=count(counts.distinct),
            n=order.n,
            possible=possible,
            once=count(counts.singletons),
            part=share(counts.singletons / counts.distinct),
            total=count(counts.total),
        )
    )


def sparsity_table(orders: Sequence[Order], highest: int, shown: int) -> Content:
    """The same for all orders, one to a line, the order on show marked."""
    titles = (_("total"), _("distinct"), _("once"), "|V|^n", _("of these seen"))
    lines = [Content("  n" + _cells(titles))]
    first = max(shown - _TABLE_ORDERS + 1, 1)
    for n in range(first, min(first + _TABLE_ORDERS, highest + 1)):
        if n > len(orders):
            cells = [_("counting …"), *[DASH] * 4]
        else:
            order = orders[n - 1]
            cells = [
                count(order.counts.total),
                count(order.counts.distinct),
                count(order.counts.singletons),
                _possible(order),
                _seen(order),
            ]
        line = Content(("▸" if n == shown else " ") + f"{n:>2}")
        line += Content(_cells(cells))
        lines.append(line.stylize("bold") if n == shown else line)
    return Content("\n").join(lines)


def _cells(cells: Sequence[str]) -> str:
    return "".join(fit_cell(cell, 14, "right") for cell in cells)


def _possible(order: Order) -> str:
    possible = order.counts.vocabulary_size**order.n
    return count(possible) if possible < _LONGEST_NUMBER else _power(possible)


def _seen(order: Order) -> str:
    seen = order.counts.distinct / order.counts.vocabulary_size**order.n
    return share(seen) if seen >= 0.001 else _power(seen)


def _power(value: float) -> str:
    """2.1e7 and 3.2e-5: as short as it can be told."""
    digits, _e, exponent = f"{value:.1e}".partition("e")
    return f"{digits}e{int(exponent)}"
