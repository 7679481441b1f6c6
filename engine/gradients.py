"""The gradient of a batch: where the state is carried, where it is cut, in how many parts.

Truncated back-propagation through time (Zhang et al., Dive into Deep Learning, 9.7): the state
goes on from window to window, the gradient does not. With `--bptt` below the window the state is
detached inside it as well; with a multiple of it the windows before are read again, with the
weights of now, so that the gradient reaches back over them: each costs one more forward pass and,
through it, one more backward pass.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seqtui.engine.configuration import RunConfig
from seqtui.engine.protocol import Ids
from seqtui.engine.recurrent import State
from seqtui.engine.windows import Batch

Forward = Callable[[Tensor, "State | None"], tuple[Tensor, State]]
"""Ids `[batch, steps]` and a state to logits `[batch, steps, vocab]` and a state."""


class Gradients:
    """Leaves the gradient of a batch's mean loss in the parameters.

    The rows of a batch fall into `accumulation` parts, each with a state of its own.
    """

    def __init__(self, config: RunConfig, forward: Forward, device: str) -> None:
        self._config = config
        self._forward = forward
        self._device = torch.device(device)
        self._earlier: deque[Tensor] = deque(maxlen=config.earlier_windows)
        self.states: list[State | None] = [None] * config.accumulation
        """For each part the state before the oldest window a gradient reaches."""

    def compute(self, batch: Batch) -> Tensor:
        """Add the gradient of the mean loss over a batch; returns that loss, on the device."""
        if batch.starts_sequence:
            self._earlier.clear()
            self.states = [None] * len(self.states)
        inputs, targets = self._tensor(batch.inputs), self._tensor(batch.targets)
        parts = len(self.states)
        earlier = [window.chunk(parts) for window in self._earlier]
        total = torch.zeros((), device=self._device)
        for part, (X, Y) in enumerate(zip(inputs.chunk(parts), targets.chunk(parts), strict=True)):
            total += self._part(part, X, Y, [window[part] for window in earlier])
        self.remember(inputs)
        return total

    def remember(self, inputs: Tensor | Ids) -> None:
        """Keep a window `[batch, steps]` that gradients of the next batches reach back over."""
        self._earlier.append(inputs if isinstance(inputs, Tensor) else self._tensor(inputs))

    def _part(self, part: int, X: Tensor, Y: Tensor, earlier: list[Tensor]) -> Tensor:
        """The gradient and the loss of one part's share in the batch."""
        state, loss = self.states[part], X.new_zeros((), dtype=torch.float32)
        full = len(earlier) == self._config.earlier_windows
        with self._autocast():
            for window in earlier:
                _, state = self._forward(window, state)
                if full and window is earlier[0]:
                    self.states[part] = detached(state)
        length = self._config.bptt or self._config.window
        for x, y in zip(torch.split(X, length, 1), torch.split(Y, length, 1), strict=True):
            with self._autocast():
                logits, state = self._forward(x, state)
                mean = functional.cross_entropy(logits.flatten(0, 1), y.flatten())
            share = mean * (y.numel() / (Y.numel() * len(self.states)))
            share.backward()  # type: ignore[no-untyped-call]
            loss += share.detach()
            state = detached(state)
        if full and not earlier:
            self.states[part] = state if self._config.sampling == "sequential" else None
        return loss

    def _autocast(self) -> AbstractContextManager[object]:
        if self._config.precision == "float32":
            return nullcontext()
        return torch.autocast(self._device.type, torch.bfloat16)

    def _tensor(self, ids: Ids) -> Tensor:
        return torch.from_numpy(ids.astype(np.int64)).to(self._device)


def detached(state: State) -> State:
    """The state without its history: gradients stop here. bfloat16's numbers are widened."""
    if isinstance(state, Tensor):
        return _widened(state.detach())
    return tuple(_widened(each.detach()) for each in state)


def _widened(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype == torch.bfloat16 else tensor
