"""The recurrent network as the lecture writes it: one-hot vectors, two products, a loop.

    H_t = tanh(X_t W_xh + H_{t-1} W_hh + b_h)
    O_t = H_t W_hq + b_q

Zhang et al., Dive into Deep Learning, sections 9.4 and 9.5 (8.4 and 8.5 in the first edition).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

DEVIATION = 0.01
"""Standard deviation of the weights at the start: logits near 0, a loss near ln |V|."""


class ScratchRNN(nn.Module):
    """One tanh layer between one-hot ids and logits, written out step by step."""

    def __init__(self, vocabulary_size: int, hidden: int) -> None:
        super().__init__()
        self.vocabulary_size = vocabulary_size

        def normal(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.randn(shape) * DEVIATION)

        self.W_xh = normal(vocabulary_size, hidden)
        self.W_hh = normal(hidden, hidden)
        self.b_h = nn.Parameter(torch.zeros(hidden))
        self.W_hq = normal(hidden, vocabulary_size)
        self.b_q = nn.Parameter(torch.zeros(vocabulary_size))

    def forward(self, ids: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits `[batch, steps, vocab]` and the state `[batch, hidden]` after the last step.

        `ids` is `[batch, steps]`; without a state the first step sees zeros.
        """
        batch = ids.shape[0]
        X = functional.one_hot(ids.T, self.vocabulary_size)  # [steps, batch, vocab]
        X = X.to(self.W_xh.dtype)
        H = self.W_hh.new_zeros(batch, self.W_hh.shape[0]) if state is None else state
        outputs = []
        for X_t in X:  # [batch, vocab]
            H = torch.tanh(X_t @ self.W_xh + H @ self.W_hh + self.b_h)  # [batch, hidden]
            outputs.append(H @ self.W_hq + self.b_q)  # [batch, vocab]
        return torch.stack(outputs, dim=1), H
