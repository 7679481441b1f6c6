"""A corpus from the command line: opened, read and tokenised, with progress on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from seqtui.tui import console
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus, CorpusOptions


def read_corpus(source: str, options: CorpusOptions) -> Corpus:
    """The corpus of that name, path or `-`. Raises InputError for what cannot be one."""
    from seqtui.corpora.catalogue import open_text
    from seqtui.corpora.corpus import build_corpus

    stdin = sys.stdin.buffer if sys.stdin is not None else None
    with console.Progress(_("reading")) as progress:
        text = open_text(source, options.encoding, stdin)
        return build_corpus(text, options, progress)
