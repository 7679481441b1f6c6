"""`seqtui [open] CORPUS`: the app."""

from __future__ import annotations

from typing import Any

import click

from seqtui.corpora.options import CorpusOptions
from seqtui.tui.cli.opening import open_app
from seqtui.tui.cli.options import corpus_argument, corpus_options
from seqtui.tui.cli.parsing import Command
from seqtui.tui.translation import N_


@click.command(
    "open",
    cls=Command,
    help=N_(
        "Open CORPUS in the app: a built-in name, a path, or `-` for standard input (the keys "
        "then come from the terminal). A file with the name of a command is opened as ./NAME."
    ),
    examples=(
        "seqtui",
        "seqtui primer-zh",
        "seqtui book.txt --clean letters-joined",
        "curl -s https://example.org/book.txt | seqtui -",
    ),
)
@corpus_argument(required=False)
@corpus_options
def command(corpus: str | None, corpus_settings: dict[str, Any]) -> int:
    """Run the app."""
    options = CorpusOptions(**corpus_settings) if corpus_settings else None
    return open_app(corpus, options)
