"""The lecture's recurrent network once more, with its back-propagation through time by hand.

    Z_t = W_xh[x_t] + b_h + H_{t-1} W_hh        H_t = tanh(Z_t)        O_t = H_t W_hq + b_q

The same numbers as `scratch.ScratchRNN` from the same seed, in less time:

- a one-hot row times W_xh is a row of W_xh, so the input projection is a gather;
- a step is one product and one tanh, both written into memory that is there already;
- the gradient goes back through the loop with one product a step, and what does not depend on
  the order of the steps (the gradients of the weights) is one large product afterwards.

The gradient is that of Zhang et al., Dive into Deep Learning, section 9.7 (8.7 in the first
edition), with dZ_t the derivative of the loss by Z_t:

    dH_t = (from O_t) + dZ_{t+1} W_hh^T            dZ_t = dH_t * (1 - H_t^2)
    dW_hh = sum_t H_{t-1}^T dZ_t       dW_xh[v] = sum of dZ_t where x_t = v       db_h = sum_t dZ_t
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from seqtui.engine.networks.rnn_scratch import DEVIATION


class Recurrence(torch.autograd.Function):
    """All hidden states `[steps, batch, hidden]` from ids `[steps, batch]` and H_0."""

    @staticmethod
    def forward(
        ctx: Any, ids: Tensor, H_0: Tensor, W_xh: Tensor, W_hh: Tensor, b_h: Tensor
    ) -> Tensor:
        """Turn the gathered rows into hidden states, in place."""
        H = functional.embedding(ids, W_xh + b_h)  # [steps, batch, hidden]
        before = H_0
        for H_t in H.unbind():  # [batch, hidden]
            before = H_t.addmm_(before, W_hh).tanh_()
        ctx.save_for_backward(ids, H_0, W_hh, H)
        ctx.types = W_xh.shape[0]
        return H

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dH: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of H_0, W_xh, W_hh and b_h from those of the hidden states."""
        ids, H_0, W_hh, H = ctx.saved_tensors
        back = W_hh.T.contiguous()
        dZ = torch.empty_like(H)  # [steps, batch, hidden]
        tanh_backward = torch.ops.aten.tanh_backward.grad_input
        later: Tensor | None = None
        steps = zip(dH.unbind(), H.unbind(), dZ.unbind(), strict=True)
        for dH_t, H_t, dZ_t in reversed(list(steps)):  # [batch, hidden]
            if later is None:
                tanh_backward(dH_t, H_t, grad_input=dZ_t)
            else:
                torch.addmm(dH_t, later, back, out=dZ_t)
                tanh_backward(dZ_t, H_t, grad_input=dZ_t)
            later = dZ_t
        rows = dZ.flatten(0, 1)  # [steps * batch, hidden]
        dW_hh = H[:-1].flatten(0, 1).T @ rows[ids.shape[1] :]
        dW_hh.addmm_(H_0.T, dZ[0])
        dW_xh = rows.new_zeros(ctx.types, rows.shape[1]).index_add_(0, ids.flatten(), rows)
        dH_0 = dZ[0] @ back if ctx.needs_input_grad[1] else None
        return None, dH_0, dW_xh, dW_hh, dW_xh.sum(0)


class FastRNN(nn.Module):
    """One tanh layer between ids and logits; weights as in `ScratchRNN`, under the same names."""

    def __init__(self, vocabulary_size: int, hidden: int) -> None:
        super().__init__()
        self.vocabulary_size = vocabulary_size
        # Drawn in ScratchRNN's order: a seed gives both the same weights.
        self.W_xh = nn.Parameter(torch.randn(vocabulary_size, hidden) * DEVIATION)
        self.W_hh = nn.Parameter(torch.randn(hidden, hidden) * DEVIATION)
        self.b_h = nn.Parameter(torch.zeros(hidden))
        self.W_hq = nn.Parameter(torch.randn(hidden, vocabulary_size) * DEVIATION)
        self.b_q = nn.Parameter(torch.zeros(vocabulary_size))

    def forward(self, ids: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits `[batch, steps, vocab]` and the state `[batch, hidden]` after the last step.

        `ids` is `[batch, steps]`; without a state the first step sees zeros.
        """
        batch, steps = ids.shape
        H_0 = self.W_hh.new_zeros(batch, self.W_hh.shape[0]) if state is None else state
        H = Recurrence.apply(ids.T, H_0, self.W_xh, self.W_hh, self.b_h)  # type: ignore[no-untyped-call]
        O = torch.addmm(self.b_q, H.flatten(0, 1), self.W_hq)  # noqa: E741
        logits = O.view(steps, batch, self.vocabulary_size).transpose(0, 1)
        return logits, H[-1].clone()  # a view would keep all steps in memory
