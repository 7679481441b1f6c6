"""PyTorch's recurrent layers as a language model: ids in, logits out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from torch import Tensor, nn
from torch.nn import functional

State: TypeAlias = Tensor | tuple[Tensor, ...]
"""What a recurrent network carries: `[layers, batch, hidden]`, for an LSTM a pair (H, C)."""
Forward: TypeAlias = Callable[[Tensor, State | None], tuple[Tensor, State]]
"""Ids `[batch, steps]` and a state to logits `[batch, steps, vocab]` and a state."""

KINDS: dict[str, type[nn.RNN | nn.GRU | nn.LSTM]] = {
    "rnn": nn.RNN,
    "gru": nn.GRU,
    "lstm": nn.LSTM,
}


class RecurrentNetwork(nn.Module):
    """Input vectors, `layers` recurrent layers, a linear layer to logits.

    Dropout, where asked for, acts on the input vectors and on the output of every recurrent
    layer, never from step to step (Zaremba et al., Recurrent Neural Network Regularization, 2014).
    """

    def __init__(
        self,
        kind: str,
        vocabulary_size: int,
        hidden: int,
        layers: int = 1,
        dropout: float = 0.0,
        embedding: int = 0,
        tied: bool = False,
    ) -> None:
        super().__init__()
        self.vocabulary_size = vocabulary_size
        self.embedding = nn.Embedding(vocabulary_size, embedding) if embedding else None
        self.layers = KINDS[kind](
            embedding or vocabulary_size,
            hidden,
            num_layers=layers,
            # PyTorch's own dropout lies between layers only; the last one's follows below.
            dropout=dropout if layers > 1 else 0.0,
            batch_first=True,
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, vocabulary_size)
        if tied and self.embedding is not None:
            # Press, Wolf, Using the Output Embedding to Improve Language Models (2017). The start
            # is the last layer's: PyTorch's embedding of deviation 1 would make wild logits.
            self.embedding.weight = self.head.weight

    def forward(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Logits `[batch, steps, vocab]` and the state after the last step.

        `ids` is `[batch, steps]`; without a state the first step sees zeros.
        """
        if self.embedding is None:
            X = functional.one_hot(ids, self.vocabulary_size).to(self.head.weight.dtype)
        else:
            X = self.dropout(self.embedding(ids))
        H, state = self.layers(X, state)  # [batch, steps, hidden]
        return self.head(self.dropout(H)), state
