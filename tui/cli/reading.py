"""A text or a corpus from the command line, read with progress on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from seqtui.tui.cli import console
from seqtui.tui.translation import _, localized

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.options import CorpusOptions
    from seqtui.corpora.reading import Text


def read_text(source: str, encoding: str | None) -> Text:
    """The text of that name, path or `-`. Raises InputError for what is none."""
    from seqtui.corpora.catalogue import open_text

    return open_text(source, encoding, sys.stdin.buffer if sys.stdin is not None else None)


def read_corpus(source: str, options: CorpusOptions, *, warn: bool = True) -> Corpus:
    """The corpus of that name, path or `-`; what is doubtful about it is said on stderr.

    Without `warn` that is left to the caller. Raises InputError for what cannot be a corpus.
    """
    from seqtui.corpora.corpus import build_corpus

    with console.Progress(_("reading")) as progress:
        corpus = build_corpus(read_text(source, options.encoding), options, progress)
    for warning in corpus.warnings if warn else ():
        console.complain(localized(warning))
    return corpus
