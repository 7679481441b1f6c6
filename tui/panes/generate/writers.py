"""Who writes: a model that can be stepped through a text, with the vocabulary it knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqtui.corpora.errors import InputError
from seqtui.engine.settings.run_config import COUNTED_MODELS
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.options import CorpusOptions
    from seqtui.corpora.vocabulary import Vocabulary
    from seqtui.engine.protocol import LanguageModel
    from seqtui.engine.runs.run import Run
    from seqtui.tui.tasks import KeepGoing

COUNTED_ORDERS = (2, 3, 4, 5)
"""Orders of the n-gram models that are always there."""
SMOOTHING = "kneser-ney"
"""Where a history was never seen, its end decides: add-k would draw from all tokens alike."""
_MANY_TYPES = 512
"""From so many types on, longer n-grams only recite the text they were counted in."""


@dataclass(frozen=True, eq=False)
class Author:
    """A model that writes, and the vocabulary and options its text is read with."""

    name: str
    model: LanguageModel
    vocabulary: Vocabulary
    options: CorpusOptions
    neural: bool
    """Whether it is stepped on the engine's thread, where networks train too."""


def usual_order(corpus: Corpus) -> int:
    """The order of the n-gram model that writes before anything was trained."""
    return 5 if len(corpus.training_vocabulary) < _MANY_TYPES else 3


def count_author(corpus: Corpus, order: int, keep_going: KeepGoing) -> Author:
    """An n-gram model of the corpus's training part: always there, no training needed.

    Raises InputError where that part holds no token.
    """
    from seqtui.engine.ngrams.model import NgramModel

    train, vocabulary = corpus.split.train.ids, corpus.training_vocabulary
    if not len(train):
        told = _("{corpus}: its training part holds no token; open a longer text in 1 Corpus")
        raise InputError(told.format(corpus=corpus.name))
    model = NgramModel.fit(
        train, min(order, len(train)), len(vocabulary), SMOOTHING, on_progress=keep_going
    )
    name = _("{order}-gram of {corpus}").format(order=model.order, corpus=corpus.name)
    return Author(name, model, vocabulary, corpus.options, neural=False)


def load_author(run: Run, named_model: str | None, keep_going: KeepGoing) -> Author:
    """The best checkpoint of a run, on the CPU: writing takes one token at a time.

    `named_model` is FILE.py:CLASS where the user has named the run's own network.
    """
    config = run.config
    return Author(
        f"{config.model_name} · {run.corpus_name}",
        run.load_model("best", named_model=named_model),
        run.vocabulary,
        config.corpus_options,
        neural=config.model not in COUNTED_MODELS,
    )
