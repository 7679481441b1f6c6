"""The model that knows nothing: every token is as likely as any other, perplexity |V|."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqtui.engine.protocol import Ids, LogProbs


@dataclass(frozen=True, slots=True)
class UniformModel:
    """P(w | h) = 1 / |V|."""

    vocabulary_size: int
    """|V|."""

    @property
    def context(self) -> int | None:
        """0: nothing matters."""
        return 0

    @property
    def parameters(self) -> int:
        """0."""
        return 0

    @property
    def normalised(self) -> bool:
        """True."""
        return True

    @property
    def log_probs(self) -> LogProbs:
        """-ln |V| for every id, `[vocab]`: the model is its own step."""
        return np.full(self.vocabulary_size, -np.log(self.vocabulary_size))

    def score(self, ids: Ids) -> Iterator[LogProbs]:
        """-ln |V| for every target."""
        yield np.full(max(len(ids) - 1, 0), -np.log(self.vocabulary_size))

    def start(self, prefix: Ids) -> UniformModel:
        """The same after any prefix."""
        return self

    def advance(self, token: int) -> UniformModel:
        """The same after any token."""
        return self
