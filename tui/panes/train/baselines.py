"""What counting reaches on the open corpus: the lines a run is compared with.

Counted on the text worker's thread one after the other, so that a run, which has a worker of
its own, starts without waiting for them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqtui.corpora.errors import Cancelled, InputError, UserError, UserMessage
from seqtui.corpora.options import BY_WORDS
from seqtui.tui.panes.train.curves import Baseline
from seqtui.tui.translation import N_, _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.progress import OnProgress
    from seqtui.tui.session import Session
    from seqtui.tui.tasks import Task

MOST_TOKENS = 10_000_000
"""Training tokens beyond which only pairs are counted: a 7-gram model of a million characters takes
0.6 s, and a run that starts meanwhile shares the cores with it."""


@dataclass(frozen=True, slots=True)
class BaselineModel:
    """An n-gram model to compare with."""

    label: str
    """Marked, and short: all of them are in one line of 80 cells."""
    mark: str
    order: int
    smoothing: str


BIGRAM = BaselineModel(N_("bigram"), "╌", 2, "add-k")
"""The add-one bigram."""


def counted_models(corpus: Corpus) -> list[BaselineModel]:
    """The n-gram models a corpus is large enough and small enough for."""
    if len(corpus.split.train.ids) > MOST_TOKENS:
        return [BIGRAM]
    order = 3 if corpus.options.tokenizer in BY_WORDS else 7
    return [BIGRAM, BaselineModel(f"KN-{order}", "╍", order, "modified-kneser-ney")]


class Baselines:
    """Held-out losses by corpus and model; what is not there yet is counted when it is shown."""

    def __init__(self) -> None:
        self._outcomes: dict[tuple[str, BaselineModel], float | UserMessage] = {}
        """The loss, or why there is none."""
        self._work: tuple[Corpus, Task[float]] | None = None

    def count(self, session: Session, corpus: Corpus, then: Callable[[], None]) -> None:
        """Count what is missing for a corpus; `then` is called after each model."""
        if self._work is not None and self._work[1].under_way:
            if self._work[0] is corpus:
                return
            self._work[1].cancel()
        missing = [
            each
            for each in counted_models(corpus)
            if (corpus.fingerprint, each) not in self._outcomes
        ]
        if not missing:
            return
        model = missing[0]

        def keep(outcome: float | UserMessage) -> None:
            self._outcomes[corpus.fingerprint, model] = outcome
            then()
            self.count(session, corpus, then)

        def explain(error: BaseException) -> None:
            if isinstance(error, UserError):
                keep(error.message)  # the text is at fault, and the pane says so
                return
            session.tasks.tell(error)
            keep(UserMessage(repr(error)))

        task = session.tasks.start(
            _(model.label), held_out_loss, corpus, model, then=keep, failed=explain
        )
        self._work = corpus, task

    def of(self, corpus: Corpus | None) -> tuple[Baseline, ...]:
        """Those that are known of a corpus."""
        if corpus is None:
            return ()
        found = [
            (each, self._outcomes.get((corpus.fingerprint, each)))
            for each in counted_models(corpus)
        ]
        return tuple(
            Baseline(_(each.label), each.mark, loss)
            for each, loss in found
            if isinstance(loss, float) and math.isfinite(loss)
        )

    def failures(self, corpus: Corpus | None) -> tuple[tuple[str, UserMessage], ...]:
        """Names of those that could not be counted, and why."""
        if corpus is None:
            return ()
        found = [
            (each, self._outcomes.get((corpus.fingerprint, each)))
            for each in counted_models(corpus)
        ]
        return tuple((_(each.label), why) for each, why in found if isinstance(why, UserMessage))

    def bigram_loss(self, corpus: Corpus | None) -> float | None:
        """Held-out loss in nats of the corpus's add-one bigram; None where it is not known."""
        loss = None if corpus is None else self._outcomes.get((corpus.fingerprint, BIGRAM))
        return loss if isinstance(loss, float) else None


def held_out_loss(corpus: Corpus, counted: BaselineModel, keep_going: OnProgress) -> float:
    """Held-out loss in nats of an n-gram model of the corpus.

    Raises Cancelled once `keep_going` returns False, InputError for a text too short.
    """
    from seqtui.engine.held_out import evaluate_part
    from seqtui.engine.ngrams.backoff import line_boundaries
    from seqtui.engine.ngrams.model import NgramModel

    train, held_out = corpus.split.train, corpus.split.held_out
    if not held_out.has_targets:
        raise InputError("nothing is held out that could be predicted")
    vocabulary = corpus.training_vocabulary
    model = NgramModel.fit(
        train.ids,
        counted.order,
        len(vocabulary),
        counted.smoothing,
        on_progress=keep_going,
        boundaries=line_boundaries(vocabulary, corpus.options),
    )
    evaluation = evaluate_part(model, held_out, "held-out", vocabulary, corpus.options, keep_going)
    if evaluation is None:
        raise Cancelled
    return evaluation.loss
