"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from seqtui.corpora.errors import UserMessage
from seqtui.corpora.options import (
    ALIASES,
    BOUNDARIES,
    CLEANINGS,
    TEXT_ORDERS,
    TOKENIZERS,
    VOCABULARIES,
    CorpusOptions,
)
from seqtui.engine.settings.limits import BOUNDS
from seqtui.tui.cli.completing import complete_cleaning, complete_corpus, complete_run
from seqtui.tui.cli.parsing import F, IntRange, gathered, option
from seqtui.tui.run_options import DEVICE, THREADS
from seqtui.tui.translation import N_


def corpus_argument(required: bool = True) -> Callable[[F], F]:
    """The argument CORPUS."""
    return click.argument("corpus", required=required, shell_complete=complete_corpus)


def run_argument() -> Callable[[F], F]:
    """The argument RUN."""
    return click.argument("run", shell_complete=complete_run)


def json_option(function: F) -> F:
    """`--json`, received as `as_json`."""
    return option(
        "--json", "as_json", is_flag=True, help=N_("Print one JSON document and nothing else.")
    )(function)


_CORPUS = N_("Corpus")
_OTHER_NAMES = {name: alias for alias, name in ALIASES.items()}
_CLEANINGS = ", ".join(
    f"{name} ({_OTHER_NAMES[name]})" if name in _OTHER_NAMES else name for name in CLEANINGS
)
_DEFAULTS = CorpusOptions()
ENCODINGS = N_("UTF-8, UTF-16 with mark, GB18030, tried in this order")
"""What is done about an encoding that is not given."""

corpus_options = gathered(
    "corpus_settings",
    (
        option(
            "--clean",
            "cleaning",
            metavar=N_("CLEANING"),
            shell_complete=complete_cleaning,
            section=_CORPUS,
            shown=_DEFAULTS.cleaning,
            help=UserMessage("How the text is cleaned: {names}.", names=_CLEANINGS),
        ),
        option(
            "--tokenizer",
            type=click.Choice(TOKENIZERS),
            section=_CORPUS,
            shown=_DEFAULTS.tokenizer,
            help=N_(
                "What a token is: a code point, a word (Chinese cut into its words), a byte, or "
                "whatever stands between spaces."
            ),
        ),
        option(
            "--min-freq",
            type=int,
            metavar=N_("COUNT"),
            section=_CORPUS,
            shown=_DEFAULTS.min_freq,
            help=N_("Tokens that occur fewer times in the training part become <unk>."),
        ),
        option(
            "--vocabulary",
            type=click.Choice(VOCABULARIES),
            section=_CORPUS,
            shown=_DEFAULTS.vocabulary,
            help=N_("Open: <unk> is a member of the vocabulary. Closed: there is no <unk>."),
        ),
        option(
            "--held-out",
            type=float,
            metavar=N_("SHARE"),
            section=_CORPUS,
            shown=_DEFAULTS.held_out,
            help=N_("Share of the tokens, at the end of the text, held out from training."),
        ),
        option(
            "--encoding",
            metavar=N_("NAME"),
            section=_CORPUS,
            shown=ENCODINGS,
            help=N_("Encoding of the file, such as cp1252."),
        ),
        option(
            "--strip-gutenberg",
            is_flag=True,
            section=_CORPUS,
            help=N_("Cut the header and licence of a Project Gutenberg file."),
        ),
        option(
            "--boundaries",
            type=click.Choice(BOUNDARIES),
            section=_CORPUS,
            shown=_DEFAULTS.boundaries,
            help=N_("One stream, or each line a sentence <s> … </s> (n-gram models)."),
        ),
        option(
            "--text-order",
            type=click.Choice(TEXT_ORDERS),
            section=_CORPUS,
            shown=_DEFAULTS.text_order,
            help=N_("How a model reads the tokens: as written, from the end, or in no order."),
        ),
    ),
)
"""`--clean` … `--text-order`, received as the dict `corpus_settings`."""


device_options = gathered(
    "machine",
    (
        option(
            "--device",
            metavar=DEVICE.metavar,
            section=DEVICE.section,
            shown=DEVICE.default,
            help=DEVICE.help,
        ),
        option(
            "--threads",
            type=IntRange(*BOUNDS["threads"]),
            metavar=THREADS.metavar,
            section=THREADS.section,
            shown=THREADS.default,
            help=THREADS.help,
        ),
    ),
)
"""`--device` and `--threads`, received as the dict `machine`."""

checkpoint_option = option(
    "--checkpoint",
    type=click.Choice(["best", "last"]),
    default="best",
    shown="best",
    help=N_("Weights with the lowest held-out loss, or those after the last step."),
)

own_model_option = option(
    "--model",
    "own_model",
    metavar="FILE.py:CLASS",
    help=N_("A run's network of your own, named again since loading its file runs it."),
)
"""`--model` of commands that load a run, received as `own_model`."""

tokenizer_option = option(
    "--tokenizer",
    type=click.Choice(TOKENIZERS),
    shown=N_("space, or what the file says"),
    help=N_("What a token of an ARPA file of another program is; runs and own files say it."),
)
"""`--tokenizer` of commands that load a model."""


def model_options(*own: Callable[[Any], Any]) -> Callable[[F], F]:
    """RUN, a command's `own` arguments and options, and those that load a run's model; `--json`."""
    added = (
        run_argument(),
        *own,
        checkpoint_option,
        own_model_option,
        tokenizer_option,
        device_options,
        json_option,
    )

    def decorate(function: F) -> F:
        for add in reversed(added):
            function = add(function)
        return function

    return decorate


_SAMPLING = N_("Sampling")

sampling_options = gathered(
    "sampling",
    (
        option(
            "--temperature",
            type=float,
            metavar="T",
            section=_SAMPLING,
            shown=1.0,
            help=N_("Divides the logits: below 1 bolder, 0 always the most probable token."),
        ),
        option(
            "--top-k",
            type=int,
            metavar="K",
            section=_SAMPLING,
            shown=N_("0, all"),
            help=N_("Only the K most probable tokens."),
        ),
        option(
            "--top-p",
            type=float,
            metavar="P",
            section=_SAMPLING,
            shown=1.0,
            help=N_("Only the most probable tokens that together reach probability P."),
        ),
        option(
            "--seed",
            type=int,
            metavar=N_("SEED"),
            section=_SAMPLING,
            shown=0,
            help=N_("The same seed writes the same text."),
        ),
    ),
)
"""`--temperature`, `--top-k`, `--top-p`, `--seed`, received as the dict `sampling`."""
