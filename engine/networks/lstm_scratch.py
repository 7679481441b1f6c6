"""The long short-term memory, written out step by step.

    I_t = sigmoid(X_t W_xi + H_{t-1} W_hi + b_i)          input gate
    F_t = sigmoid(X_t W_xf + H_{t-1} W_hf + b_f)          forget gate
    G_t = sigmoid(X_t W_xo + H_{t-1} W_ho + b_o)          output gate
    N_t = tanh(X_t W_xc + H_{t-1} W_hc + b_c)             input node
    C_t = F_t * C_{t-1} + I_t * N_t                       memory cell
    H_t = G_t * tanh(C_t)
    O_t = H_t W_hq + b_q

Hochreiter and Schmidhuber (1997) with the forget gate of Gers et al. (2000); Zhang et al., Dive
into Deep Learning, section 10.1 (9.2 in the first edition), where the output gate is O_t.

The start is not theirs. From weights of deviation 0.01 the three factors of H_t are a half, a
half and almost nothing, so hardly any gradient passes: weights are uniform within 1/sqrt(hidden),
as in `torch.nn.LSTM`, and b_f is 1, so that a fresh cell remembers (Jozefowicz et al., 2015).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class ScratchLSTM(nn.Module):
    """One layer of memory cells between ids and logits."""

    def __init__(self, vocabulary_size: int, hidden: int) -> None:
        super().__init__()
        self.vocabulary_size = vocabulary_size
        bound = 1 / math.sqrt(hidden)

        def uniform(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.empty(shape).uniform_(-bound, bound))

        def constant(value: float, size: int) -> nn.Parameter:
            return nn.Parameter(torch.full((size,), value))

        self.W_xi, self.W_hi = uniform(vocabulary_size, hidden), uniform(hidden, hidden)
        self.W_xf, self.W_hf = uniform(vocabulary_size, hidden), uniform(hidden, hidden)
        self.W_xo, self.W_ho = uniform(vocabulary_size, hidden), uniform(hidden, hidden)
        self.W_xc, self.W_hc = uniform(vocabulary_size, hidden), uniform(hidden, hidden)
        self.b_i, self.b_f = constant(0.0, hidden), constant(1.0, hidden)
        self.b_o, self.b_c = constant(0.0, hidden), constant(0.0, hidden)
        self.W_hq, self.b_q = uniform(hidden, vocabulary_size), constant(0.0, vocabulary_size)

    def forward(
        self, ids: Tensor, state: tuple[Tensor, ...] | None = None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Logits `[batch, steps, vocab]` and the state (H, C) after the last step.

        `ids` is `[batch, steps]`, H and C are `[batch, hidden]`; without a state the first step
        sees zeros.
        """
        if state is None:
            zeros = self.W_hc.new_zeros(ids.shape[0], self.W_hc.shape[0])
            state = (zeros, zeros)
        H, C = state
        outputs = []
        for x in ids.T:  # [batch]; a one-hot row times W is a row of W
            I_t = torch.sigmoid(self.W_xi[x] + H @ self.W_hi + self.b_i)  # [batch, hidden]
            F_t = torch.sigmoid(self.W_xf[x] + H @ self.W_hf + self.b_f)
            G_t = torch.sigmoid(self.W_xo[x] + H @ self.W_ho + self.b_o)
            N_t = torch.tanh(self.W_xc[x] + H @ self.W_hc + self.b_c)
            C = F_t * C + I_t * N_t  # [batch, hidden]
            H = G_t * torch.tanh(C)
            outputs.append(H @ self.W_hq + self.b_q)  # [batch, vocab]
        return torch.stack(outputs, dim=1), (H, C)
