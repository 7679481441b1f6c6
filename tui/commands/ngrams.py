"""`seqtui ngrams`: count n-grams, fit Zipf's law to their ranks, estimate a model from them."""

from __future__ import annotations

import os
import time
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtui.corpora.errors import Cancelled, InputError, UserError, UserMessage
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.settings.limits import MAXIMUM_ORDER
from seqtui.engine.settings.run_config import SMOOTHINGS, RunConfig
from seqtui.tui.cli import console
from seqtui.tui.cli.completing import rank_range
from seqtui.tui.cli.options import corpus_argument, corpus_options, json_option
from seqtui.tui.cli.parsing import Command, IntRange, option
from seqtui.tui.cli.printing import print_run
from seqtui.tui.cli.reading import read_corpus
from seqtui.tui.foreign import token_symbol
from seqtui.tui.numbers import DASH, count, fixed, per_cent, share, tiny_share
from seqtui.tui.translation import N_, _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.ngrams.counts import NgramCounts
    from seqtui.engine.protocol import LanguageModel

_MODEL = N_("Model")
DEFAULT_SMOOTHING = "modified-kneser-ney"
"""Of a model that is saved or written without `--smoothing`."""


@click.command(
    "ngrams",
    cls=Command,
    help=N_(
        "Count the n-grams of CORPUS (all of it, not the training part alone) and fit Zipf's "
        "law, count = C · rank^-s, to their ranks. With --smoothing, --save or --arpa a model of "
        "that order is estimated too, from the training part as `seqtui train --model ngram` "
        "does; --held-out 0 gives it the whole text."
    ),
    examples=(
        "seqtui ngrams python-manual --order 3 --top 20",
        "seqtui ngrams book.txt --clean d2l-zh --tokenizer word --order 2 --json",
        "seqtui ngrams book.txt --tokenizer word --zipf ols --zipf-ranks 10-1000",
        "seqtui ngrams book.txt --tokenizer word --order 5 --boundaries line --arpa book.arpa.gz",
    ),
)
@corpus_argument()
@option(
    "--order",
    type=IntRange(1, MAXIMUM_ORDER),
    default=2,
    shown=2,
    metavar="N",
    help=UserMessage("Tokens in an n-gram, 1 to {maximum}.", maximum=MAXIMUM_ORDER),
)
@option(
    "--top",
    type=IntRange(min=0),
    default=10,
    shown=10,
    metavar=N_("COUNT"),
    help=N_("How many of the most frequent n-grams to list."),
)
@option(
    "--zipf",
    type=click.Choice(["ols", "mle"]),
    default="ols",
    shown="ols",
    help=N_("Fit by least squares on the logarithms (ols) or by maximum likelihood (mle)."),
)
@option(
    "--zipf-ranks",
    callback=rank_range,
    metavar="A-B",
    shown=N_("all"),
    help=N_("Ranks the fit looks at, such as 10-1000."),
)
@option(
    "--smoothing",
    type=click.Choice(SMOOTHINGS),
    section=_MODEL,
    shown=UserMessage("{smoothing} with --save or --arpa", smoothing=DEFAULT_SMOOTHING),
    help=N_("Estimate a model with this smoothing, and measure it on the held-out part."),
)
@option(
    "--k", type=float, metavar=N_("NUMBER"), section=_MODEL, shown=1.0, help=N_("What add-k adds.")
)
@option(
    "--min-count",
    metavar="1,1,2…",
    section=_MODEL,
    shown=N_("all are kept"),
    help=N_("Least occurrences of the n-grams the model keeps, for each order."),
)
@option(
    "--save",
    type=click.Path(path_type=Path),
    metavar=N_("DIR"),
    section=_MODEL,
    help=N_("Save the model as a run in this folder, new or empty."),
)
@option(
    "--arpa",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar=N_("FILE"),
    section=_MODEL,
    help=N_("Write the model as an ARPA file for other toolkits; gzip if it ends in .gz."),
)
@corpus_options
@json_option
def command(
    corpus: str,
    order: int,
    top: int,
    zipf: str,
    zipf_ranks: tuple[int, int] | None,
    smoothing: str | None,
    k: float | None,
    min_count: str | None,
    save: Path | None,
    arpa: Path | None,
    corpus_settings: dict[str, Any],
    as_json: bool,
) -> int:
    """Count, fit and print; 128+n when signal n stopped the estimate."""
    options = CorpusOptions(**corpus_settings)
    config = None
    if smoothing or save or arpa or min_count or k is not None:
        chosen = smoothing or ("add-k" if k is not None else DEFAULT_SMOOTHING)
        config = RunConfig(
            corpus=corpus,
            corpus_options=options,
            model="ngram",
            order=order,
            smoothing=chosen,
            k=1.0 if k is None else k,
            min_count=min_count,
        )
        if arpa is not None:
            _check_arpa(arpa, config)
    read = read_corpus(corpus, options)
    if arpa is not None and read.text.path is not None and _same_file(arpa, read.text.path):
        raise InputError(
            "--arpa {path}: that is the corpus; name another file", option="arpa", path=arpa
        )
    document = _counted(read, order, top, zipf, zipf_ranks)
    code = 0
    if config is not None:
        document["model"], code = _modelled(read, config, save, arpa)
    if as_json:
        console.document(document)
    else:
        _print(document, options.tokenizer)
    return code


def _check_arpa(path: Path, config: RunConfig) -> None:
    """Refuse before the counting what could not be written after it."""
    from seqtui.engine.ngrams.arpa_writing import check_writable

    check_writable(config.smoothing, config.order)
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir():
        raise InputError(
            "--arpa {path}: there is no folder {folder}", option="arpa", path=path, folder=folder
        )
    # A device or a pipe is written to as it is; a file takes a new one beside it.
    if not os.access(path if path.exists() and not path.is_file() else folder, os.W_OK):
        raise InputError(
            "--arpa {path}: you have no permission to write in {folder}",
            option="arpa",
            path=path,
            folder=folder,
        )


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there
        return False


def _counted(
    corpus: Corpus, order: int, top: int, method: str, ranks: tuple[int, int] | None
) -> dict[str, Any]:
    from seqtui.engine.ngrams.backoff import line_boundaries
    from seqtui.engine.ngrams.counts import count_ngrams
    from seqtui.engine.ngrams.sparsity import EXAMPLE_VOCABULARY, SENTENCE, written_power
    from seqtui.engine.ngrams.zipf import fit_zipf

    tokens = corpus.vocabulary.tokens
    boundaries = line_boundaries(corpus.vocabulary, corpus.options)
    end = None if boundaries is None else boundaries.end
    started = time.perf_counter()
    with console.Progress(_("counting {order}-grams").format(order=order)) as progress:
        counts = count_ngrams(corpus.arranged_ids, order, len(tokens), progress, end)
    by_rank = counts.top(counts.distinct)
    listed = [
        {"tokens": [tokens[each] for each in gram], "count": int(counts.counts[row])}
        for row, gram in zip(by_rank[:top], counts.ngrams(by_rank[:top]), strict=True)
    ]
    # One rank makes no line; where ranks were asked for, that is an error that names them.
    fit = fit_zipf(counts.counts[by_rank], method, ranks) if ranks or counts.distinct > 1 else None
    seconds = time.perf_counter() - started
    return {
        "corpus": corpus.name,
        "order": order,
        "boundaries": corpus.options.boundaries,
        "total": counts.total,
        "distinct": counts.distinct,
        "singletons": counts.singletons,
        "possible": len(tokens) ** order,
        "top": listed,
        "zipf": fit
        and {
            "exponent": fit.exponent,
            "intercept": fit.intercept,
            "method": fit.method,
            "ranks": list(fit.ranks),
        },
        "sparsity": (table := _sparsity(corpus, counts, end)),
        "unseen_share": table[order - 1]["unseen_share"],
        "sentences": written_power(len(tokens), SENTENCE),
        "example_sentences": written_power(EXAMPLE_VOCABULARY, SENTENCE),
        "seconds": seconds,
    }


def _sparsity(corpus: Corpus, counts: NgramCounts, end: int | None) -> list[dict[str, Any]]:
    """|V|^N for all orders, and what was seen of it for those that were counted."""
    from seqtui.engine.ngrams.sparsity import corpus_sparsity, written_power

    size, highest = len(corpus.vocabulary), counts.order
    rows = [
        {"order": n, "possible": size**n, "written": written_power(size, n)}
        for n in range(1, MAXIMUM_ORDER + 1)
    ]
    with console.Progress(_("looking for unseen {order}-grams").format(order=highest)) as progress:
        found_rows = corpus_sparsity(corpus, highest, end, counts.levels)
        for row, found in zip(rows, found_rows, strict=False):
            row |= {
                "total": found.total,
                "distinct": found.distinct,
                "singletons": found.singletons,
                "seen_share": found.seen,
                "unseen_share": found.unseen if isfinite(found.unseen) else None,
            }
            if not progress(found.order, highest):
                raise Cancelled
    return rows


def _modelled(
    corpus: Corpus, config: RunConfig, save: Path | None, arpa: Path | None
) -> tuple[dict[str, Any], int]:
    """The result document of the estimate, as of `seqtui train`; saved and written where asked."""
    from seqtui.engine.ngrams.model import NgramModel
    from seqtui.engine.runs.loading import load_model
    from seqtui.engine.runs.request import RunRequest
    from seqtui.engine.runs.run import open_run
    from seqtui.tui.cli.foreground import fit_in_foreground, train_in_foreground

    model: LanguageModel | None = None
    if save is None:
        document, code, model = fit_in_foreground(config, corpus)
    else:
        document, code = train_in_foreground(RunRequest(config, corpus, save))
        if not code:
            model = load_model(open_run(save), "last")
    document = {**document, "arpa": None}
    if model is not None and not code:
        if arpa is not None:
            _write_arpa(model, corpus, arpa)
            document["arpa"] = str(arpa)
        if isinstance(model, NgramModel):
            document["moved_mass"] = list(model.moved_mass)
    return document, code


def _write_arpa(model: LanguageModel, corpus: Corpus, path: Path) -> None:
    from seqtui.engine.ngrams.arpa_writing import write_arpa
    from seqtui.engine.ngrams.backoff import BackoffModel

    assert isinstance(model, BackoffModel)
    with console.Progress(_("writing {name}").format(name=path.name)) as progress:
        try:
            write_arpa(model, corpus.training_vocabulary, corpus.options, path, progress)
        except OSError as error:
            raise UserError(
                "--arpa {path} cannot be written: {reason}",
                path=path,
                reason=error.strerror or error,
            ) from error


def _print(document: dict[str, Any], tokenizer: str) -> None:
    distinct, total, order = document["distinct"], document["total"], document["order"]
    console.say_table(
        ["", "", ""],
        [
            [_("{order}-grams").format(order=document["order"]), count(total), ""],
            [
                _("distinct"),
                count(distinct),
                _("of {possible} possible, |V|^{order}").format(
                    possible=document["sparsity"][order - 1]["written"], order=order
                ),
            ],
            [
                _("singletons"),
                count(document["singletons"]),
                _("{part} of the distinct").format(part=share(document["singletons"] / distinct))
                if distinct
                else "",
            ],
            [_("Zipf exponent"), *_zipf(document["zipf"])],
            *_unseen(document),
        ],
        left=(0, 2),
    )
    console.say()
    _print_sparsity(document)
    if document["top"]:
        console.say()
        rows = [
            [
                count(rank),
                " ".join(token_symbol(token, tokenizer) for token in each["tokens"]),
                count(each["count"]),
                f"{per_cent(each['count'] / total)} %",
            ]
            for rank, each in enumerate(document["top"], 1)
        ]
        console.say_table(
            [_("rank"), _("{order}-gram").format(order=document["order"]), _("count"), _("share")],
            rows,
            left=(1,),
        )
    if "model" in document:
        console.say()
        print_run(document["model"])
        moved = document["model"].get("moved_mass", [])
        shares = "  ".join(f"n={n} {share(part)}" for n, part in enumerate(moved, 1))
        console.say(_("mass given to n-grams never seen: {shares}").format(shares=shares))
        if document["model"]["arpa"]:
            console.say(_("written to {path}").format(path=document["model"]["arpa"]))


def _print_sparsity(document: dict[str, Any]) -> None:
    from seqtui.engine.ngrams.sparsity import EXAMPLE_VOCABULARY, SENTENCE

    rows = []
    for row in document["sparsity"]:
        seen = "distinct" in row
        rows.append(
            [
                str(row["order"]),
                row["written"],
                count(row.get("distinct")),
                tiny_share(row["seen_share"]) if seen else DASH,
                count(row.get("singletons")),
                DASH if row.get("unseen_share") is None else share(row["unseen_share"]),
            ]
        )
    rows.append([str(SENTENCE), document["sentences"], *[DASH] * 4])
    heads = ["N", "|V|^N", _("distinct"), _("of these seen"), _("once"), _("held-out unseen")]
    console.say_table(heads, rows, left=())
    size = count(EXAMPLE_VOCABULARY)
    text = _("{size}^{length} = {number} texts of {length} tokens over {size} words")
    console.say(text.format(size=size, length=SENTENCE, number=document["example_sentences"]))


def _zipf(fit: dict[str, Any] | None) -> list[str]:
    """The exponent, and how it was found."""
    if fit is None:
        return [DASH, _("a line needs two different n-grams")]
    first, last = map(count, fit["ranks"])
    how = _("{method}, ranks {first}-{last}").format(method=fit["method"], first=first, last=last)
    return [fixed(fit["exponent"], 3), how]


def _unseen(document: dict[str, Any]) -> list[list[str]]:
    part = document["unseen_share"]
    if part is None:
        return []
    return [[_("never seen"), share(part), _("of the held-out n-grams, in the training part")]]
