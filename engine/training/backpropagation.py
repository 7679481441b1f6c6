"""The gradient of a batch: where the state is carried, where it is cut, in how many parts.

Truncated back-propagation through time (Zhang et al., Dive into Deep Learning, 9.7): the state
goes on from window to window, the gradient does not. With `--bptt` below the window the state is
detached inside it as well; with a multiple of it the windows before are read again, with the
weights of now, so that the gradient reaches back over them: each costs one more forward pass and,
through it, one more backward pass.
"""

from __future__ import annotations

from collections import deque
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seqtui.engine.networks.recurrent import Forward, State
from seqtui.engine.protocol import Ids
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.training.distributed import Processes
from seqtui.engine.training.minibatches import Batch


class Gradients:
    """Leaves the gradient of a batch's mean loss in the parameters.

    The rows of a batch that are this process's fall into `accumulation` parts, each with a state
    of its own.
    """

    def __init__(
        self, config: RunConfig, forward: Forward, device: str, processes: Processes
    ) -> None:
        self._config = config
        self._forward = forward
        self._device = torch.device(device)
        self._processes = processes
        self._rows = processes.rows(config.batch_size)
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
            before = [window[part] for window in earlier]
            total += self._part(part, X, Y, before, last=part == parts - 1)
        self._earlier.append(inputs)
        return self._processes.mean(total)

    def remember(self, batch: Batch) -> None:
        """Keep a batch's windows, which the gradients of the next ones reach back over."""
        self._earlier.append(self._tensor(batch.inputs))

    def _part(self, part: int, X: Tensor, Y: Tensor, earlier: list[Tensor], last: bool) -> Tensor:
        """The gradient and the loss of one part's share in the batch."""
        state: State | None = None
        loss = torch.zeros((), device=self._device)
        length = self._config.bptt or self._config.window
        pieces = list(zip(torch.split(X, length, 1), torch.split(Y, length, 1), strict=True))
        for number, (x, y) in enumerate(pieces):
            shared = last and number == len(pieces) - 1
            with nullcontext() if shared else self._processes.unshared():
                with self._autocast():
                    state = state if number else self._read_again(part, earlier)
                    logits, state = self._forward(x, state)
                    mean = mean_loss(logits, y)
                share = mean * (y.numel() / (Y.numel() * len(self.states)))
                share.backward()  # type: ignore[no-untyped-call]
            loss += share.detach()
            state = detached(state)
        if not self._config.earlier_windows:
            self.states[part] = state if self._config.sampling == "sequential" else None
        return loss

    def _read_again(self, part: int, earlier: list[Tensor]) -> State | None:
        """The state before a part's window, its history reaching over the windows before."""
        state = self.states[part]
        for number, window in enumerate(earlier):
            _, state = self._forward(window, state)
            if number == 0 and len(earlier) == self._config.earlier_windows:
                self.states[part] = detached(state)  # the oldest window is out of reach next time
        return state

    def _autocast(self) -> AbstractContextManager[object]:
        if self._config.precision == "float32":
            return nullcontext()
        return torch.autocast(self._device.type, torch.bfloat16)

    def _tensor(self, ids: Ids) -> Tensor:
        """This process's rows of ids `[batch, steps]`."""
        return torch.from_numpy(ids[self._rows].astype(np.int64)).to(self._device)


def mean_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean negative log-likelihood, in nats, of `[batch, steps]` under `[batch, steps, vocab]`."""
    if not logits.is_contiguous():  # steps first in memory: taken in that order nothing is copied
        logits, targets = logits.transpose(0, 1), targets.T
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


def detached(state: State | None) -> State | None:
    """The state without its history: gradients stop here. bfloat16's numbers are widened."""
    if state is None:
        return None
    if isinstance(state, Tensor):
        return _widened(state.detach())
    return tuple(_widened(each.detach()) for each in state)


def _widened(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype == torch.bfloat16 else tensor
