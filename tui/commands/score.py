"""`seqtui score`: the chain rule, token by token, by a run's model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, isinf, log, nan
from typing import TYPE_CHECKING, Any

import click

from seqtui.corpora.errors import InputError
from seqtui.corpora.options import BY_WORDS
from seqtui.tui.cli import console
from seqtui.tui.cli.completing import typed_text
from seqtui.tui.cli.models import open_model
from seqtui.tui.cli.options import model_options
from seqtui.tui.cli.parsing import Command, option
from seqtui.tui.cli.printing import print_evaluation
from seqtui.tui.cli.reading import read_text
from seqtui.tui.foreign import token_symbol, unknown_words
from seqtui.tui.numbers import amount, count, fixed, perplexity, probability
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
        "logarithm of it, its rank, and the perplexity so far. An n-gram model also shows the "
        "order it reached, the counts of the n-gram and of its history, and c*, the count that the "
        "smoothed probability amounts to."
    ),
    examples=(
        'seqtui score RUN "the time traveller"',
        "seqtui score model.arpa 'the time traveller' --log-base 10",
        "seqtui score RUN - --json < page.txt",
    ),
)
@model_options(
    click.argument("text", callback=typed_text),
    option(
        "--log-base",
        type=click.Choice(list(BASES)),
        default="e",
        shown=N_("e, nats"),
        help=N_("Base of the logarithms in the table; the document's log_prob is in nats."),
    ),
)
def command(
    run: str,
    text: str,
    log_base: str,
    checkpoint: str,
    own_model: str | None,
    tokenizer: str | None,
    machine: dict[str, Any],
    as_json: bool,
) -> None:
    """Score and print."""
    from seqtui.corpora.corpus import unknown_tokens
    from seqtui.engine.held_out import evaluate_part
    from seqtui.engine.scoring import score_tokens

    opened = open_model(run, own_model, tokenizer)
    options, vocabulary = opened.options, opened.vocabulary
    content = read_text("-", None).text if text == "-" else text
    part = opened.encode_text(content)
    if not part.has_targets:
        raise InputError(
            "TEXT has fewer than two tokens after cleaning; the first only begins the context"
        )
    model = opened.load(checkpoint, machine)
    scores = score_tokens(model, part.ids)
    running = _running(scores) if model.normalised else [nan] * len(scores)
    evaluation = evaluate_part(model, part, "text", vocabulary, options)
    assert evaluation is not None  # nothing here cancels
    unknown = unknown_tokens(content, options, vocabulary)
    if unknown:
        console.complain(unknown_words(unknown, options.tokenizer))
    if as_json:
        tokens = [
            _document(score, vocabulary.tokens, reached)
            for score, reached in zip(scores, running, strict=True)
        ]
        console.document(
            {"tokens": tokens, "total": evaluation.document(), "unknown": list(unknown)}
        )
        return
    words = _Words(vocabulary.tokens, options.tokenizer)
    _print(scores, running, words, log_base, model.normalised)
    if any(_left_out(score) for score in scores):
        console.say(
            _(
                "–: occurs too rarely to be kept in this model (--min-count), or not at all; "
                "which of them is not stored"
            )
        )
    console.say()
    print_evaluation(evaluation)


@dataclass(frozen=True, slots=True)
class _Words:
    """How tokens are written in the table."""

    tokens: tuple[str, ...]
    tokenizer: str

    def symbol(self, index: int) -> str:
        return token_symbol(self.tokens[index], self.tokenizer)

    def joined(self, ids: Sequence[int]) -> str:
        return (" " if self.tokenizer in BY_WORDS else "").join(map(self.symbol, ids))


def _running(scores: Sequence[TokenScore]) -> list[float]:
    """The perplexity of the text up to each token."""
    from seqtui.engine.evaluation import perplexity_of

    sums = accumulate(-each.log_prob for each in scores)
    return [perplexity_of(nll / number) for number, nll in enumerate(sums, 1)]


def _reconstituted(score: TokenScore) -> float | None:
    """c*, for a score with an explanation; None where c(h) is not known."""
    from seqtui.engine.ngrams.reconstitution import reconstituted_count

    assert score.explanation is not None
    times = score.explanation.history_count
    return None if times is None else reconstituted_count(exp(score.log_prob), times)


def _left_out(score: TokenScore) -> bool:
    """Whether a count of the score is not known, since rare n-grams were left out."""
    explanation = score.explanation
    return explanation is not None and None in (explanation.count, explanation.history_count)


def _document(score: TokenScore, names: tuple[str, ...], running: float) -> dict[str, Any]:
    """One factor of the chain rule as JSON; what is not finite is printed as null."""
    from seqtui.engine.evaluation import in_json

    document: dict[str, Any] = {
        "token": names[score.id],
        "context": [names[each] for each in score.context],
        "log_prob": score.log_prob,
        "probability": exp(score.log_prob),
        "bits": score.bits,
        "rank": score.rank,
        "running_perplexity": in_json(running),
    }
    if score.explanation is not None:
        document |= {
            "history": [names[each] for each in score.explanation.history],
            "order_reached": score.explanation.reached,
            "count": score.explanation.count,
            "history_count": score.explanation.history_count,
            "reconstituted_count": _reconstituted(score),
        }
    return document


def _print(
    scores: Sequence[TokenScore],
    running: Sequence[float],
    words: _Words,
    log_base: str,
    normalised: bool,
) -> None:
    """The table; S is the score of a model that has no probabilities (stupid back-off)."""
    counted = scores[0].explanation is not None
    symbol = "P" if normalised else "S"
    heads = [_("history"), _("token")]
    if counted:
        heads += [_("order"), "c(h w)", "c*", "c(h)"]
    heads += [symbol, f"log{_subscript(log_base)} {symbol}", _("rank"), _("perplexity so far")]
    rows = []
    for each, reached in zip(scores, running, strict=True):
        row = [words.joined(each.context[-CONTEXT_SHOWN:]), words.symbol(each.id)]
        if each.explanation is not None:
            row += [
                count(each.explanation.reached),
                count(each.explanation.count),
                amount(_reconstituted(each)),
                count(each.explanation.history_count),
            ]
        impossible = isinf(each.log_prob)
        row += [
            _three_digits(exp(each.log_prob)),
            "−∞" if impossible else fixed(each.log_prob / BASES[log_base], 3),
            count(each.rank),
            perplexity(reached),
        ]
        rows.append(row)
    console.say_table(heads, rows, left=(1,))


def _three_digits(value: float) -> str:
    """A probability; one that is not certain is never 1."""
    shown = f"{value:.3g}"
    return probability(value) if shown == "1" else shown


def _subscript(base: str) -> str:
    return base.translate(str.maketrans("e0123456789", "ₑ₀₁₂₃₄₅₆₇₈₉"))
