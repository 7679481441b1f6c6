"""What the board of a run is given to show, as values."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seqtui.engine.runs.history import History
from seqtui.tui.panes.train.curves import Baseline, Overlay

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.errors import UserMessage
    from seqtui.engine.runs.run import Run
    from seqtui.engine.settings.run_config import RunConfig


@dataclass(frozen=True, slots=True, eq=False)
class ShownRun:
    """The run on the board: one of this process, one that is watched, or none yet."""

    history: History = field(default_factory=History)
    """What it has reported; its `version` changes with it."""
    config: RunConfig | None = None
    """What it was started with."""
    corpus: Corpus | None = None
    """The corpus of a run of this process."""
    watched: Run | None = None
    """The run, where another process trains it."""

    def corpus_beside(self, opened: Corpus | None) -> Corpus | None:
        """The run's corpus, else the open one, if the run may be compared with its models."""
        corpus = self.corpus or opened
        if self.watched is not None and corpus is not None:
            return corpus if self.watched.has_corpus(corpus) else None
        return corpus


@dataclass(frozen=True, slots=True)
class References:
    """What the run is compared with."""

    vocabulary_size: int | None = None
    """|V| of the run, or of the corpus the next one would start on."""
    bigram_loss: float | None = None
    """Held-out loss in nats of the corpus's add-one bigram."""
    baselines: tuple[Baseline, ...] = ()
    """What counting reaches on the corpus."""
    uncounted: tuple[tuple[str, UserMessage], ...] = ()
    """Names of what could not be counted, and why."""
    overlays: tuple[Overlay, ...] = ()
    """Earlier runs beside this one."""
    tokens_per_character: float = math.nan
    """Of the held-out text."""
    elsewhere: tuple[str, ...] = ()
    """Names of the runs that other processes train, newest first."""
