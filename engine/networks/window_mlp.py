"""A Markov model of order tau as a network: the last tau tokens, one hidden layer, logits.

    E_t = [C[x_{t-tau+1}], ..., C[x_t]]       H_t = tanh(E_t W_xh + b_h)       O_t = H_t W_hq + b_q

Bengio, Ducharme, Vincent, Jauvin, A Neural Probabilistic Language Model, JMLR 3 (2003), without
the direct connections from E_t to O_t.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class WindowMLP(nn.Module):
    """Embeddings of the last `context` ids, joined, through one tanh layer to logits."""

    def __init__(self, vocabulary_size: int, hidden: int, context: int, embedding: int) -> None:
        super().__init__()
        self.vocabulary_size = vocabulary_size
        self.context = context
        # One row more than types: the padding before the first token.
        self.embedding = nn.Embedding(vocabulary_size + 1, embedding)
        self.inner = nn.Linear(context * embedding, hidden)
        self.head = nn.Linear(hidden, vocabulary_size)

    def forward(self, ids: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits `[batch, steps, vocab]` and the state, the last `context` ids `[batch, context]`.

        `ids` is `[batch, steps]`; without a state the text begins here.
        """
        batch, steps = ids.shape
        if state is None:
            state = ids.new_full((batch, self.context), self.vocabulary_size)
        known = torch.cat([state, ids], dim=1)  # [batch, context + steps]
        windows = known[:, 1:].unfold(1, self.context, 1)  # [batch, steps, context]
        E = self.embedding(windows).flatten(2)  # [batch, steps, context * embedding]
        H = torch.tanh(self.inner(E))  # [batch, steps, hidden]
        return self.head(H), known[:, steps:]
