"""`seqtui generate`: warm a run's model up with a prefix and let it write."""

from __future__ import annotations

from typing import Any

import click

from seqtui.tui import console
from seqtui.tui.models import load_model
from seqtui.tui.options import (
    Command,
    checkpoint_option,
    device_options,
    json_option,
    option,
    run_argument,
    sampling_options,
)
from seqtui.tui.parameters import typed_text
from seqtui.tui.translation import _


@click.command(
    "generate",
    cls=Command,
    help=_(
        "Write text with the model of RUN. The prefix is cleaned and tokenised as the run's "
        "corpus was; in a pipe the text is exact."
    ),
    examples=(
        'seqtui generate RUN --prefix "time traveller" --tokens 200',
        "seqtui generate RUN --temperature 0.8 --top-k 40 --seed 3",
        "seqtui generate RUN --tokens 50 --json",
    ),
)
@run_argument()
@option(
    "--prefix",
    callback=typed_text,
    default="",
    shown=_("nothing"),
    help=_("What the model reads first, and goes on from."),
)
@option(
    "--tokens",
    type=click.IntRange(min=1),
    default=200,
    shown=200,
    metavar="COUNT",
    help=_("How many tokens to write."),
)
@sampling_options
@checkpoint_option
@device_options
@json_option
def command(
    run: str,
    prefix: str,
    tokens: int,
    sampling: dict[str, Any],
    checkpoint: str,
    machine: dict[str, Any],
    as_json: bool,
) -> None:
    """Generate and print."""
    from seqtui.engine.generation import SamplingOptions, generate
    from seqtui.engine.runs import open_run

    options = SamplingOptions(**sampling)
    opened = open_run(run)
