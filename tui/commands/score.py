"""`seqtui score`: how well a run's model predicts each token of a text."""

from __future__ import annotations

from math import isinf
from typing import Any

import click

from seqtui.corpora.errors import InputError
from seqtui.tui import console
from seqtui.tui.foreign import token_symbol
from seqtui.tui.models import load_model
from seqtui.tui.numbers import count, fixed
from seqtui.tui.options import (
    Command,
    checkpoint_option,
    device_options,
    json_option,
    run_argument,
)
from seqtui.tui.parameters import typed_text
from seqtui.tui.reading import read_text
from seqtui.tui.results import print_evaluation
from seqtui.tui.translation import _

CONTEXT_SHOWN = 12
"""Tokens of context in the table; the document has all."""


@click.command(
    "score",
    cls=Command,
    help=_(
        "Show how well the model of RUN predicts each token of TEXT (`-` reads standard input) "
        "from the tokens before it: log-probability in nats, bits, and the token's rank."
    ),
    examples=(
        'seqtui score RUN "the time traveller"',
        "seqtui score RUN - --json < page.txt",
    ),
)
@run_argument()
@click.argument("text", callback=typed_text)
@checkpoint_option
@device_options
@json_option
def command(run: str, text: str, checkpoint: str, machine: dict[str, Any], as_json: bool) -> None:
    """Score and print."""
    from seqtui.corpora.corpus import encode_text
    from seqtui.engine.parts import evaluate_part
    from seqtui.engine.runs import open_run
    from seqtui.engine.scoring import score_tokens

    opened = open_run(run)
    options, vocabulary = opened.config.corpus_options, opened.vocabulary
    content = read_text("-", None).text if text == "-" else text
    part = encode_text(content, options, vocabulary)
    if len(part.ids) < 2:
        raise InputError(
            _("TEXT has fewer than two tokens after cleaning; the first only begins the context")
        )
    model = load_model(opened, checkpoint, machine)
    tokens: list[dict[str, Any]] = [
        {
            "token": vocabulary.tokens[each.id],
            "context": [vocabulary.tokens[id_] for id_ in each.context],
            "log_prob": each.log_prob,
            "bits": each.bits,
            "rank": each.rank,
        }
        for each in score_tokens(model, part.ids)
    ]
    evaluation = evaluate_part(model, part, "text", vocabulary, options)
    assert evaluation is not None  # nothing here cancels
    total = evaluation.document()
    if as_json:
        console.document({"tokens": tokens, "total": total})
        return
    rows = [
        [
            _joined(each["context"][-CONTEXT_SHOWN:], options.tokenizer),
            token_symbol(each["token"]),
            "−∞" if isinf(each["log_prob"]) else fixed(each["log_prob"], 3),
            fixed(each["bits"], 2),
            count(each["rank"]),
        ]
        for each in tokens
    ]
    heads = [_("context"), _("token"), _("log-probability, nats"), _("bits"), _("rank")]
    console.say_table(heads, rows, left=(1,))
    console.say()
    print_evaluation(total)


def _joined(tokens: list[str], tokenizer: str) -> str:
    return (" " if tokenizer == "word" else "").join(map(token_symbol, tokens))
