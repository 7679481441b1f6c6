"""`seqtui ngrams`: count n-grams and fit Zipf's law to their ranks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from seqtui.corpora.options import CorpusOptions
from seqtui.engine.configuration import MAXIMUM_ORDER
from seqtui.tui import console
from seqtui.tui.foreign import token_symbol
from seqtui.tui.numbers import count, fixed, share
from seqtui.tui.options import (
    Command,
    corpus_argument,
    corpus_options,
    json_option,
    option,
)
from seqtui.tui.parameters import rank_range
from seqtui.tui.reading import read_corpus
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus


@click.command(
    "ngrams",
    cls=Command,
    help=_(
        "Count the n-grams of CORPUS (all of it, not the training part alone) and fit Zipf's "
        "law, count = C · rank^-s, to their ranks."
    ),
    examples=(
        "seqtui ngrams python-manual --order 3 --top 20",
        "seqtui ngrams book.txt --clean d2l-zh --tokenizer word --order 2 --json",
        "seqtui ngrams book.txt --tokenizer word --zipf ols --zipf-ranks 10-1000",
    ),
)
@corpus_argument()
@option(
    "--order",
    type=click.IntRange(1, MAXIMUM_ORDER),
    default=2,
    shown=2,
    metavar="N",
    help=_("Tokens in an n-gram, 1 to {maximum}.").format(maximum=MAXIMUM_ORDER),
)
@option(
    "--top",
    type=click.IntRange(min=0),
    default=10,
    shown=10,
    metavar="COUNT",
    help=_("How many of the most frequent n-grams to list."),
)
@option(
    "--zipf",
    type=click.Choice(["ols", "mle"]),
    default="ols",
    shown="ols",
    help=_("Fit by least squares on the logarithms (ols) or by maximum likelihood (mle)."),
)
@option(
    "--zipf-ranks",
    callback=rank_range,
    metavar="A-B",
    shown=_("all"),
    help=_("Ranks the fit looks at, such as 10-1000."),
)
@corpus_options
@json_option
def command(
    corpus: str,
    order: int,
    top: int,
    zipf: str,
    zipf_ranks: tuple[int, int] | None,
    corpus_settings: dict[str, Any],
    as_json: bool,
) -> None:
    """Count, fit and print."""
    read = read_corpus(corpus, CorpusOptions(**corpus_settings))
    document = _counted(read, order, top, zipf, zipf_ranks)
    if as_json:
        console.document(document)
    else:
        _print(document)


def _counted(
    corpus: Corpus, order: int, top: int, method: str, ranks: tuple[int, int] | None
) -> dict[str, Any]:
    from seqtui.engine.counts import count_ngrams
    from seqtui.engine.zipf import fit_zipf

    tokens = corpus.vocabulary.tokens
    started = time.perf_counter()
    with console.Progress(_("counting {order}-grams").format(order=order)) as progress:
        counts = count_ngrams(corpus.ids, order, len(tokens), progress)
    by_rank = counts.top(counts.distinct)
    listed = [
        {"tokens": [tokens[each] for each in counts.ids[row]], "count": int(counts.counts[row])}
        for row in by_rank[:top]
    ]
    fit = fit_zipf(counts.counts[by_rank], method, ranks)
    return {
        "corpus": corpus.name,
        "order": order,
        "total": counts.total,
        "distinct": counts.distinct,
        "singletons": counts.singletons,
        "possible": len(tokens) ** order,
        "top": listed,
        "zipf": {
            "exponent": fit.exponent,
            "intercept": fit.intercept,
            "method": fit.method,
            "ranks": list(fit.ranks),
        },
        "seconds": time.perf_counter() - started,
    }


def _print(document: dict[str, Any]) -> None:
    distinct, total = document["distinct"], document["total"]
    console.say_table(
        ["", "", ""],
        [
            [_("{order}-grams").format(order=document["order"]), count(total), ""],
            [
                _("distinct"),
                count(distinct),
                _("of {possible} possible, |V|^{order}").format(
                    possible=_possible(document["possible"]), order=document["order"]
                ),
            ],
            [
                _("singletons"),
                count(document["singletons"]),
                _("{part} of the distinct").format(part=share(document["singletons"] / distinct)),
            ],
            [
                _("Zipf exponent"),
                fixed(document["zipf"]["exponent"], 3),
                _("{method}, ranks {first}-{last}").format(
                    method=document["zipf"]["method"],
                    first=count(document["zipf"]["ranks"][0]),
                    last=count(document["zipf"]["ranks"][1]),
                ),
            ],
        ],
        left=(0, 2),
    )
    if document["top"]:
        console.say()
        rows = [
            [
                count(rank),
                " ".join(token_symbol(token) for token in each["tokens"]),
                count(each["count"]),
                f"{100 * each['count'] / total:.2f} %",
            ]
            for rank, each in enumerate(document["top"], 1)
        ]
        console.say_table(
            [_("rank"), _("{order}-gram").format(order=document["order"]), _("count"), _("share")],
            rows,
            left=(1,),
        )


def _possible(number: int) -> str:
    return count(number) if number < 10**9 else f"{number:.1e}"
