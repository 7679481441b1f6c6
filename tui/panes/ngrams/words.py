"""The N-grams pane in words: n-grams, the arithmetic of a probability, how sparse a table is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from seqtui.corpora.options import BY_WORDS
from seqtui.corpora.vocabulary import BEGIN
from seqtui.tui.cells import pad, widest
from seqtui.tui.foreign import token_symbol
from seqtui.tui.numbers import DASH, count, probability, share, tiny_share
from seqtui.tui.translation import N_, _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.ngrams.sparsity import Sparsity

TEXT_ORDERS = {"reversed": N_("reversed"), "shuffled": N_("shuffled")}
_TABLE_ORDERS = 5
"""Orders shown at once, that of the table among them."""


def counted_text(corpus: Corpus) -> str:
    """What of a corpus is counted, where it is not the stream: ` · by line, reversed`."""
    parts = []
    if corpus.options.boundaries == "line":
        parts.append(_("by line"))
    if corpus.options.text_order != "forward":
        parts.append(_(TEXT_ORDERS[corpus.options.text_order]))
    return " · " + ", ".join(parts) if parts else ""


def never_predicted(corpus: Corpus, gram: Sequence[int]) -> bool:
    """Whether a gram is `<s>` alone: it begins each line, and has a count but no probability."""
    return (
        len(gram) == 1
        and corpus.options.boundaries == "line"
        and corpus.vocabulary.id_of(BEGIN) == gram[0]
    )


def gram_text(corpus: Corpus, ids: Sequence[int]) -> str:
    """Tokens as symbols: characters joined tightly, words by a space."""
    tokens, tokenizer = corpus.vocabulary.tokens, corpus.options.tokenizer
    joint = " " if tokenizer in BY_WORDS else ""
    return joint.join(token_symbol(tokens[i], tokenizer) for i in ids)


def arithmetic(corpus: Corpus, gram: Sequence[int], times: int, total: int, width: int) -> str:
    """P(w | h) = c(h w) / c(h ·) with its numbers, in at most `width` cells if it can be.

    `total` is c(h ·), how often the history occurs with something after it.
    """
    if never_predicted(corpus, gram):
        return _("{token} begins every line and is never predicted; N = {total} without it").format(
            token=gram_text(corpus, gram), total=count(total)
        )
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


def sparsity_line(found: Sparsity) -> Content:
    """How much of |V|^n occurs, in one line."""
    possible = found.written
    if found.seen >= 0.001:
        possible += f" ({tiny_share(found.seen)})"
    return Content(
        _(
            "{distinct} distinct of |V|^{n} = {possible} · once {once} ({part}) · total {total}"
        ).format(
            distinct=count(found.distinct),
            n=found.order,
            possible=possible,
            once=count(found.singletons),
            part=share(found.once),
            total=count(found.total),
        )
    )


def sparsity_table(found: Sequence[Sparsity], highest: int, shown: int) -> Content:
    """The same for all orders, one to a line, the order on show marked."""
    titles = (_("total"), _("distinct"), _("once"), "|V|^n", _("of these seen"))
    rows: list[Sequence[str]] = [("  n", *titles)]
    first = max(shown - _TABLE_ORDERS + 1, 1)
    for n in range(first, min(first + _TABLE_ORDERS, highest + 1)):
        cells = [_("counting …"), *[DASH] * 4]
        if n <= len(found):
            row = found[n - 1]
            cells = [
                count(row.total),
                count(row.distinct),
                count(row.singletons),
                row.written,
                tiny_share(row.seen),
            ]
        rows.append((f"{'▸' if n == shown else ' '}{n:>2}", *cells))
    lines = map(Content, right_aligned(rows, (3, *[14] * len(titles))))
    bold = shown - first + 1
    return Content("\n").join(
        line.stylize("bold") if at == bold else line for at, line in enumerate(lines)
    )


def right_aligned(rows: Sequence[Sequence[str]], least: Sequence[int]) -> list[str]:
    """Lines of cells under one another; a column is wider than `least` where a cell needs it."""
    columns = list(zip(*rows, strict=True))
    widths = [
        max(cells, widest(*column) + (at > 0))
        for at, (cells, column) in enumerate(zip(least, columns, strict=True))
    ]
    return [
        "".join(pad(cell, width, "right") for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
