"""A text or a corpus from the command line, read with progress on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from seqtui.tui.cli import console
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.options import CorpusOptions
    from seqtui.corpora.reading import Text


def read_text(source: str, encoding: str | None) -> Text:
    """The text of that name, path or `-`. Raises InputError for what is none."""
    from seqtui.corpora.catalogue import open_text

    return open_text(source, encoding, sys.stdin.buffer if sys.stdin is not None else None)


def read_corpus(source: str, options: CorpusOptions) -> Corpus:
    """The corpus of that name, path or `-`. Raises InputError for what cannot be one."""
    from seqtui.corpora.corpus import build_corpus

    with console.Progress(_("reading")) as progress:
        return build_corpus(read_text(source, options.encoding), options, progress)
