"""Who writes: a model with its vocabulary, and the writing of it on a worker's thread."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.options import CorpusOptions
    from seqtui.corpora.vocabulary import Vocabulary
    from seqtui.engine.generation import Generated, SamplingOptions
    from seqtui.engine.protocol import LanguageModel
    from seqtui.engine.runs import Run
    from seqtui.tui.session import KeepGoing

COUNTED = {"char": 5, "byte": 5, "word": 2}
"""Order of the n-gram model that writes before anything was trained."""
LITTLE = 1e-6
"""Its k: enough to know no impossible token, too little to fall out of what the text says."""


@dataclass(frozen=True, eq=False)
class Author:
    """A model that writes, and the vocabulary and options its text is read with."""

    name: str
    model: LanguageModel
    vocabulary: Vocabulary
    options: CorpusOptions


def count_author(corpus: Corpus, keep_going: KeepGoing) -> Author:
    """An n-gram model of the corpus's training part: always there, no training needed."""
    from seqtui.engine.ngram import NgramModel

    train, vocabulary = corpus.split.train.ids, corpus.training_vocabulary
    order = min(COUNTED[corpus.options.tokenizer], len(train))
    model = NgramModel.fit(train, order, len(vocabulary), "add-k", LITTLE, keep_going)
    name = _("{order}-gram of {corpus}").format(order=order, corpus=corpus.name)
    return Author(name, model, vocabulary, corpus.options)


def load_author(run: Run) -> Author:
    """The best checkpoint of a run, on the CPU: writing takes one token at a time."""
    name = f"{run.config.model} · {run.corpus_name}"
    return Author(name, run.load_model("best"), run.vocabulary, run.config.corpus_options)


class Writing:
    """One text being written: the thread appends tokens, the screen looks at them."""

    def __init__(self, author: Author, prefix: str, before: list[int] | None = None) -> None:
        self.author = author
        self.prefix = prefix
        self.before = before
        """The ids the text goes on from; None to read `prefix`."""
        self.read = 0
        """Tokens the model was warmed up with."""
        self.unknown = 0
        """How many of them are `<unk>`."""
        self.tokens: list[Generated] = []
        """Only ever appended to, which is atomic."""
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Write no more."""
        self._stopped.set()

    def write(self, tokens: int, sampling: SamplingOptions) -> None:
        """Write so many tokens (on a worker's thread).

        Raises InputError for a prefix that cannot be read, GenerationEnded where the model
        holds every token impossible.
        """
        import numpy as np

        from seqtui.corpora.corpus import encode_text
        from seqtui.engine.generation import generate

        author = self.author
        if self.before is None:
            part = encode_text(self.prefix, author.options, author.vocabulary)
            ids, self.unknown = part.ids, part.unknown
        else:
            ids = np.array(self.before, dtype=np.int32)
        self.before = ids.tolist()
        self.read = len(ids)
        banned = author.vocabulary.never_written
        for token in generate(author.model, ids, tokens, sampling, banned):
            self.tokens.append(token)
            if self._stopped.is_set():
                return
