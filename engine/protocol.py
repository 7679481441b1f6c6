"""What every language model here can do: score a sequence of ids, and be stepped through one.

The two halves are the two readings of the chain rule
P(w_1..w_T) = prod_k P(w_k | w_1..w_{k-1}): scoring reads the factors off a text that is
there, stepping writes a text one factor at a time. Evaluating, generating, the surprisal of
each token and the comparison of models are written once, against this protocol.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int32]
"""Token ids, shape `[steps]`."""

LogProbs = NDArray[np.float64]
"""Natural-log probabilities (nats); `-inf` where the model gives a token probability 0."""


class Step(Protocol):
    """A model after it has read some prefix. Immutable: to undo, keep the earlier one."""

    @property
    def log_probs(self) -> LogProbs:
        """Natural-log probability of each id as the next token, shape `[vocab]`."""
        ...

    def advance(self, token: int) -> Step:
        """The model after one more token."""
        ...


@runtime_checkable
class LanguageModel(Protocol):
    """Uniform, n-gram, scratch RNN, LSTM: anything that predicts the next id."""

    @property
    def vocabulary_size(self) -> int:
        """|V|, the number of ids it predicts."""
        ...

    @property
    def context(self) -> int | None:
        """How many preceding tokens can matter: 0 unigram, n-1 for an n-gram, None unbounded."""
        ...

    @property
    def parameters(self) -> int:
        """Number of free numbers: weights of a network, stored counts of an n-gram model."""
        ...

    @property
    def normalised(self) -> bool:
        """Whether the scores are probabilities; if not, there is no perplexity."""
        ...

    def score(self, ids: Ids) -> Iterator[LogProbs]:
        """Natural-log probability of `ids[1:]`, each given all ids before it, in order.

        Yields pieces, so that a long text can show progress and be cancelled between two of
        them; their lengths sum to `len(ids) - 1`. The context starts with `ids[0]`.
        """
        ...

    def start(self, prefix: Ids) -> Step:
        """The model after reading `prefix` (may be empty) once, weights untouched (warm-up)."""
        ...
