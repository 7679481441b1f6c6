"""`seqtui score`: the chain rule, token by token, by a run's model."""

from __future__ import annotations

from math import exp, isinf, log
from typing import TYPE_CHECKING, Any

import click

from seqtui.corpora.errors import InputError
from seqtui.tui.cli import console
from seqtui.tui.cli.completing import typed_text
from seqtui.tui.cli.models import open_model
from seqtui.tui.cli.options import (
    Command,
    checkpoint_option,
    device_options,
    json_option,
    option,
    own_model_option,
    run_argument,
)
from seqtui.tui.cli.printing import print_evaluation
from seqtui.tui.cli.reading import read_text
from seqtui.tui.foreign import token_symbol
from seqtui.tui.numbers import count, fixed, perplexity
from seqtui.tui.translation import N_, _

if TYPE_CHECKING:
    from seqtui.engine.scoring import TokenScore

CONTEXT_SHOWN = 12
"""Tokens of context in the table; the document has all."""
BASES = {"e": 1.0, "2": log(2), "10": log(10)}
"""What divides nats, for each base of the logarithm."""


@click.command(
    "score",
    cls=Command,
    help=N_(
        "Show the chain rule on TEXT (`-` reads standard input) with the model of RUN (a run, or "
        "an ARPA file): for each token the history it is predicted from, its probability, the "
        "logarithm of it, its rank, and the perplexity so far. An n-gram model also tells the "
        "order it reached, the counts of the n-gram and of its history, and c*, the count that the "
        "smoothed probability stands for."
    ),
    examples=(
        'seqtui score RUN "the time traveller"',
        "seqtui score model.arpa 'the time traveller' --log-base 10",
        "seqtui score RUN - --json < page.txt",
    ),
)
@run_argument()
@click.argument("text", callback=typed_text)
@option(
    "--log-base",
    type=click.Choice(list(BASES)),
    default="e",
    shown=N_("e, nats"),
    help=N_("Base of the logarithms in the table; the document's log_prob is in nats."),
)
@checkpoint_option
@own_model_option
@device_options
@json_option
def command(
    run: str,
    text: str,
    log_base: str,
    checkpoint: str,
    own_model: str | None,
    machine: dict[str, Any],
    as_json: bool,
) -> None:
    """Score and print."""
    from seqtui.corpora.corpus import encode_text
    from seqtui.engine.held_out import evaluate_part
    from seqtui.engine.scoring import score_tokens

    opened = open_model(run, own_model)
    options, vocabulary = opened.options, opened.vocabulary
    content = read_text("-", None).text if text == "-" else text
    part = encode_text(content, options, vocabulary)
    if len(part.ids) < 2:
        raise InputError(
            _("TEXT has fewer than two tokens after cleaning; the first only begins the context")
        )
    model = opened.load(checkpoint, machine)
    tokens: list[dict[str, Any]] = []
    nll = 0.0
    for each in score_tokens(model, part.ids):
        nll -= each.log_prob
        tokens.append(_told(each, vocabulary.tokens, model.normalised, nll / (len(tokens) + 1)))
    evaluation = evaluate_part(model, part, "text", vocabulary, options)
    assert evaluation is not None  # nothing here cancels
    total = evaluation.document()
    if as_json:
        console.document({"tokens": tokens, "total": total})
        return
    _print(tokens, log_base, options.tokenizer)
    console.say()
    print_evaluation(total)


def _told(
    score: TokenScore, names: tuple[str, ...], normalised: bool, loss: float
) -> dict[str, Any]:
    """One factor of the chain rule as JSON values."""
    from seqtui.engine.ngrams.reconstitution import reconstituted_count

    told: dict[str, Any] = {
        "token": names[score.id],
        "context": [names[each] for each in score.context],
        "log_prob": None if isinf(score.log_prob) else score.log_prob,
        "probability": exp(score.log_prob),
        "bits": None if isinf(score.bits) else score.bits,
        "rank": score.rank,
        "running_perplexity": None if loss > 700 or not normalised else exp(loss),
    }
    if score.explanation is not None:
        told |= {
            "history": [names[each] for each in score.explanation.history],
            "order_reached": score.explanation.reached,
            "count": score.explanation.count,
            "history_count": score.explanation.history_count,
            "reconstituted_count": reconstituted_count(
                told["probability"], score.explanation.history_count
            ),
        }
    return told


def _print(tokens: list[dict[str, Any]], log_base: str, tokenizer: str) -> None:
    counted = "count" in tokens[0]
    heads = [_("history"), _("token")]
    if counted:
        heads += [_("order"), "c(h w)", "c*", "c(h)"]
    heads += ["P", f"log{_subscript(log_base)} P", _("rank"), _("perplexity so far")]
    rows = []
    running: float | None
    for each in tokens:
        row = [
            _joined(each["context"][-CONTEXT_SHOWN:], tokenizer),
            token_symbol(each["token"]),
        ]
        if counted:
            row += [
                count(each["order_reached"]),
                count(each["count"]),
                fixed(each["reconstituted_count"], 2),
                count(each["history_count"]),
            ]
        log_prob, running = each["log_prob"], each["running_perplexity"]
        row += [
            f"{each['probability']:.3g}",
            "−∞" if log_prob is None else fixed(log_prob / BASES[log_base], 3),
            count(each["rank"]),
            perplexity(running) if running is not None else "∞",
        ]
        rows.append(row)
    console.say_table(heads, rows, left=(1,))


def _subscript(base: str) -> str:
    return base.translate(str.maketrans("e0123456789", "ₑ₀₁₂₃₄₅₆₇₈₉"))


def _joined(tokens: list[str], tokenizer: str) -> str:
    return (" " if tokenizer == "word" else "").join(map(token_symbol, tokens))
