"""The gated recurrent unit, written out step by step.

    R_t = sigmoid(X_t W_xr + H_{t-1} W_hr + b_r)          reset gate
    Z_t = sigmoid(X_t W_xz + H_{t-1} W_hz + b_z)          update gate
    N_t = tanh(X_t W_xh + b_xh + R_t * (H_{t-1} W_hh + b_hh))
    H_t = Z_t * H_{t-1} + (1 - Z_t) * N_t
    O_t = H_t W_hq + b_q

The reset gate acts after the product with W_hh, as in `torch.nn.GRU` and cuDNN, and so the
candidate has two biases. Cho et al. (2014), and Zhang et al., Dive into Deep Learning, section
10.2 (9.1 in the first edition), let it act before: tanh(X_t W_xh + (R_t * H_{t-1}) W_hh + b_h).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqtui.engine.networks.rnn_scratch import DEVIATION


class ScratchGRU(nn.Module):
    """One layer of gated recurrent units between ids and logits."""

    def __init__(self, vocabulary_size: int, hidden: int) -> None:
        super().__init__()
        self.vocabulary_size = vocabulary_size

        def normal(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.randn(shape) * DEVIATION)

        def zeros(size: int) -> nn.Parameter:
            return nn.Parameter(torch.zeros(size))

        self.W_xr, self.W_hr = normal(vocabulary_size, hidden), normal(hidden, hidden)
        self.W_xz, self.W_hz = normal(vocabulary_size, hidden), normal(hidden, hidden)
        self.W_xh, self.W_hh = normal(vocabulary_size, hidden), normal(hidden, hidden)
        self.b_r, self.b_z = zeros(hidden), zeros(hidden)
        self.b_xh, self.b_hh = zeros(hidden), zeros(hidden)
        self.W_hq, self.b_q = normal(hidden, vocabulary_size), zeros(vocabulary_size)

    def forward(self, ids: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits `[batch, steps, vocab]` and the state `[batch, hidden]` after the last step.

        `ids` is `[batch, steps]`; without a state the first step sees zeros.
        """
        H = self.W_hh.new_zeros(ids.shape[0], self.W_hh.shape[0]) if state is None else state
        outputs = []
        for x in ids.T:  # [batch]; a one-hot row times W is a row of W
            R = torch.sigmoid(self.W_xr[x] + H @ self.W_hr + self.b_r)  # [batch, hidden]
            Z = torch.sigmoid(self.W_xz[x] + H @ self.W_hz + self.b_z)  # [batch, hidden]
            N = torch.tanh(self.W_xh[x] + self.b_xh + R * (H @ self.W_hh + self.b_hh))
            H = Z * H + (1 - Z) * N  # [batch, hidden]
            outputs.append(H @ self.W_hq + self.b_q)  # [batch, vocab]
        return torch.stack(outputs, dim=1), H
