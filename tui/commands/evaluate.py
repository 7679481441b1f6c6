"""`seqtui evaluate`: measure a run on its held-out text, or on a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from seqtui.corpora.errors import InputError
from seqtui.tui.cli import console
from seqtui.tui.cli.completing import complete_corpus
from seqtui.tui.cli.models import ModelSource, open_model
from seqtui.tui.cli.options import ENCODINGS, model_options
from seqtui.tui.cli.parsing import Command, option
from seqtui.tui.cli.printing import print_evaluation
from seqtui.tui.cli.reading import read_text
from seqtui.tui.translation import N_, _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Part


@click.command(
    "evaluate",
    cls=Command,
    help=N_(
        "Measure the model of RUN (a run, or an ARPA file) on the text it held out, or on all of "
        "FILE (a path, the name of a corpus, or `-`), which is cleaned and tokenised as the run's "
        "corpus was; for an ARPA file of another program it is split at spaces, or as --tokenizer "
        "says."
    ),
    examples=(
        "seqtui evaluate RUN",
        "seqtui evaluate RUN other-book.txt --json",
        "seqtui evaluate RUN --checkpoint last",
        "seqtui evaluate model.arpa.gz book.txt",
    ),
)
@model_options(
    click.argument("file", required=False, shell_complete=complete_corpus),
    option(
        "--corpus",
        "moved",
        metavar=N_("FILE"),
        shell_complete=complete_corpus,
        help=N_("Where the corpus of RUN lies now, if it was moved."),
    ),
    option(
        "--encoding",
        metavar=N_("NAME"),
        shown=ENCODINGS,
        help=N_("Encoding of FILE, such as cp1252."),
    ),
)
def command(
    run: str,
    file: str | None,
    moved: str | None,
    encoding: str | None,
    checkpoint: str,
    own_model: str | None,
    tokenizer: str | None,
    machine: dict[str, Any],
    as_json: bool,
) -> None:
    """Evaluate and print."""
    from seqtui.engine.held_out import evaluate_part

    opened = open_model(run, own_model, tokenizer)
    if file is not None and moved is not None:
        raise InputError(
            "--corpus {moved}: all of {file} is evaluated; leave one of them out",
            option="corpus",
            moved=moved,
            file=file,
        )
    part = _held_out(opened, moved) if file is None else _whole(opened, file, encoding)
    model = opened.load(checkpoint, machine)
    with console.Progress(_("evaluating")) as progress:
        evaluation = evaluate_part(
            model, part, file or "held-out", opened.vocabulary, opened.options, progress
        )
    assert evaluation is not None  # nothing here cancels
    if not as_json:
        print_evaluation(evaluation)
        return
    console.document(
        {
            "run": opened.path,
            "checkpoint": opened.checkpoint(checkpoint),
            "step": opened.step(checkpoint),
            **evaluation.document(),
            "unknown": part.unknown,
        }
    )


def _held_out(source: ModelSource, moved: str | None) -> Part:
    run = source.run
    if run is None:
        raise InputError("{path}: an ARPA file holds no text back; name a FILE", path=source.path)
    with console.Progress(_("reading")) as progress:
        progress.show(_("reading {name} …").format(name=run.corpus_name))
        part = run.open_corpus(moved).split.held_out
    if not part.has_targets:
        raise InputError(
            "{run}: nothing was held out that could be evaluated; name a FILE", run=run.name
        )
    return part


def _whole(source: ModelSource, file: str, encoding: str | None) -> Part:
    text = read_text(file, encoding)
    with console.Progress(_("reading")) as progress:
        part = source.encode_text(text.text, progress)
    if not part.has_targets:
        raise InputError("{file}: fewer than two tokens are left after cleaning", file=file)
    return part
