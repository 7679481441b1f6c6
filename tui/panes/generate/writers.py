"""A model that writes: one that can be stepped through a text, with the vocabulary it knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqtui.corpora.errors import InputError, UserMessage

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.options import CorpusOptions
    from seqtui.corpora.progress import OnProgress
    from seqtui.corpora.vocabulary import Vocabulary
    from seqtui.engine.protocol import LanguageModel
    from seqtui.engine.runs.run import Run

COUNTED_ORDERS = (2, 3, 4, 5)
"""Orders of the n-gram models that are always there."""
SMOOTHING = "kneser-ney"
"""For an unseen history it backs off to a shorter one; add-k would draw all tokens alike."""
_MANY_TYPES = 512
"""With more types than this, longer n-grams only recite the text they were counted in."""


@dataclass(frozen=True, eq=False)
class Writer:
    """A model that writes, and the vocabulary and options its text is read with."""

    name: str
    """As it is shown: foreign text, or a `UserMessage`."""
    model: LanguageModel
    vocabulary: Vocabulary
    options: CorpusOptions
    neural: bool
    """Whether it is stepped on the engine's thread, where networks train too."""


def usual_order(corpus: Corpus) -> int:
    """The order of the n-gram model that writes before anything was trained."""
    return 5 if len(corpus.training_vocabulary) < _MANY_TYPES else 3


def count_writer(corpus: Corpus, order: int, keep_going: OnProgress) -> Writer:
    """An n-gram model of the corpus's training part: always there, no training needed.

    Raises InputError where that part has no token.
    """
    from seqtui.engine.ngrams.backoff import line_boundaries
    from seqtui.engine.ngrams.model import NgramModel

    train, vocabulary = corpus.split.train.ids, corpus.training_vocabulary
    if not len(train):
        raise InputError(
            "{corpus}: its training part has no token; open a longer text in 1 Corpus",
            corpus=corpus.name,
        )
    model = NgramModel.fit(
        train,
        min(order, len(train)),
        len(vocabulary),
        SMOOTHING,
        on_progress=keep_going,
        boundaries=line_boundaries(vocabulary, corpus.options),
    )
    name = UserMessage("{order}-gram of {corpus}", order=model.order, corpus=corpus.name)
    return Writer(name, model, vocabulary, corpus.options, neural=False)


def load_writer(run: Run, named_model: str | None, keep_going: OnProgress) -> Writer:
    """The best checkpoint of a run, on the CPU: writing takes one token at a time.

    `named_model` is FILE.py:CLASS where the user has named the run's own network.
    """
    from seqtui.engine.runs.loading import load_model

    config = run.config
    return Writer(
        f"{config.model_title} · {run.corpus_name}",
        load_model(run, "best", named_model=named_model),
        run.vocabulary,
        config.corpus_options,
        neural=not config.counted,
    )
