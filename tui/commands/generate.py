"""`seqtui generate`: warm a run's model up with a prefix and let it write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from seqtui.tui.cli import console
from seqtui.tui.cli.completing import typed_text
from seqtui.tui.cli.models import open_model
from seqtui.tui.cli.options import model_options, sampling_options
from seqtui.tui.cli.parsing import Command, IntRange, option
from seqtui.tui.foreign import unknown_words
from seqtui.tui.translation import N_, _

if TYPE_CHECKING:
    from seqtui.corpora.options import CorpusOptions


@click.command(
    "generate",
    cls=Command,
    help=N_(
        "Write text with the model of RUN. The prefix is cleaned and tokenised as the run's "
        "corpus was; in a pipe the text is exact."
    ),
    examples=(
        'seqtui generate RUN --prefix "time traveller" --tokens 200',
        "seqtui generate RUN --temperature 0.8 --top-k 40 --seed 3",
        "seqtui generate RUN --tokens 50 --json",
    ),
)
@model_options(
    option(
        "--prefix",
        callback=typed_text,
        default="",
        shown=N_("nothing"),
        help=N_("The text to continue."),
    ),
    option(
        "--tokens",
        type=IntRange(min=1),
        default=200,
        shown=200,
        metavar=N_("COUNT"),
        help=N_("How many tokens to write."),
    ),
    sampling_options,
)
def command(
    run: str,
    prefix: str,
    tokens: int,
    sampling: dict[str, Any],
    checkpoint: str,
    own_model: str | None,
    tokenizer: str | None,
    machine: dict[str, Any],
    as_json: bool,
) -> int:
    """Generate and print; 1 when no token was possible."""
    from seqtui.corpora.cleaning import clean
    from seqtui.corpora.corpus import unknown_tokens
    from seqtui.engine.generation import GenerationEnded, SamplingOptions, generate

    options = SamplingOptions(**sampling)
    opened = open_model(run, own_model, tokenizer)
    corpus_options, vocabulary = opened.options, opened.vocabulary
    prefix_ids = opened.encode_prefix(prefix)
    model = opened.load(checkpoint, machine)
    written: list[int] = []
    ended: GenerationEnded | None = None
    with console.Progress(_("writing")) as progress:
        try:
            for each in generate(model, prefix_ids, tokens, options, vocabulary.never_written):
                written.append(each.id)
                progress(len(written), tokens)
        except GenerationEnded as end:
            ended = end
    before = [vocabulary.tokens[each] for each in prefix_ids]
    after = [vocabulary.tokens[each] for each in written]
    text = continuation(before, after, corpus_options)
    read = clean(prefix, corpus_options.cleaning).text
    unknown = unknown_tokens(prefix, corpus_options, vocabulary)
    if unknown:
        console.complain(unknown_words(unknown, corpus_options.tokenizer))
    if as_json:
        console.document(
            {"prefix": read, "text": text, "tokens": len(written), "unknown": list(unknown)}
        )
    else:
        console.say(read + text)
    if ended is not None:
        console.complain(ended)
        return 1
    return 0


def continuation(before: list[str], after: list[str], options: CorpusOptions) -> str:
    """The text of the tokens `after`, as it follows the text of `before`: words with a space."""
    from seqtui.corpora.arranging import text_of_tokens

    start = text_of_tokens(before, options)
    whole = text_of_tokens(before + after, options)
    return whole.removeprefix(start)
