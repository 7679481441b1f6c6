"""`rnn-scratch` and `rnn-fast` side by side: the same steps from the same weights.

Both are trained as the lecture trains (SGD of rate 1, the gradient clipped to norm 1), each with
its own weights, so what rounding makes of them is free to grow from step to step.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from seqtui.corpora.errors import Cancelled
from seqtui.engine.networks.rnn_fast import FastRNN
from seqtui.engine.networks.rnn_scratch import ScratchRNN
from seqtui.engine.protocol import Ids
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.training.backpropagation import detached, mean_loss
from seqtui.engine.training.minibatches import endless_windows
from seqtui.engine.training.optimisation import build_optimiser, clip_global_norm

STEPS = 12
"""Enough to see rounding grow, since each goes on from its own weights; later it is chaos."""
WARM_UP = 3
"""Steps that are not timed: the first ones allocate."""


@dataclass(frozen=True, slots=True)
class ComparedStep:
    """One step of both networks, before their weights were changed by it."""

    step: int
    plain_loss: float
    """Of `rnn-scratch`, nats per token."""
    fast_loss: float
    """Of `rnn-fast`, nats per token."""
    logits: float
    """Largest absolute difference of their logits."""
    gradients: float
    """Largest absolute difference of their gradients, before clipping."""


@dataclass(frozen=True, slots=True)
class RNNComparison:
    """What both networks did, and how long it took them."""

    config: RunConfig
    vocabulary_size: int
    steps: tuple[ComparedStep, ...]
    plain_seconds: float
    """Median time of a step of `rnn-scratch`, with back-propagation and the new weights."""
    fast_seconds: float

    @property
    def largest_logits(self) -> float:
        """Largest difference of logits in any step."""
        return max(step.logits for step in self.steps)

    @property
    def largest_gradients(self) -> float:
        """Largest difference of gradients in any step."""
        return max(step.gradients for step in self.steps)

    @property
    def speed_up(self) -> float:
        """How many steps of `rnn-fast` fit into one of `rnn-scratch`."""
        return self.plain_seconds / self.fast_seconds


class _Side:
    """One of the two networks, with its own weights and carried state."""

    def __init__(self, module: nn.Module, config: RunConfig) -> None:
        self._module = module
        self._clip_norm = config.clip_norm
        self._optimiser = build_optimiser(config, module)
        self._state: Tensor | None = None
        self.seconds: list[float] = []

    def step(self, inputs: Tensor, targets: Tensor, fresh: bool) -> tuple[float, Tensor, Tensor]:
        """Loss in nats, logits and the gradient as one row, before the weights change."""
        began = time.perf_counter()
        logits, state = self._module(inputs, None if fresh else self._state)
        loss = mean_loss(logits, targets)
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        spent = time.perf_counter() - began
        parameters = list(self._module.parameters())
        gradient = torch.cat([each.grad.flatten() for each in parameters if each.grad is not None])
        began = time.perf_counter()
        clip_global_norm(parameters, self._clip_norm)
        self._optimiser.step()
        self._state = detached(state)  # type: ignore[assignment]
        self.seconds.append(spent + time.perf_counter() - began)
        return float(loss.detach()), logits.detach(), gradient


def compare_rnns(
    ids: Ids,
    vocabulary_size: int,
    hidden: int,
    batch_size: int,
    window: int,
    steps: int = STEPS,
    seed: int = 0,
    on_progress: Callable[[int, int], bool] | None = None,
) -> RNNComparison:
    """Train both on the same windows of `ids`, on the CPU, and compare every step.

    Leaves torch's random state alone. Raises InputError for a text too short for a batch, and
    Cancelled when `on_progress(done, total)` returns False.
    """
    config = RunConfig(
        corpus="",
        model="rnn-fast",
        hidden=hidden,
        batch_size=batch_size,
        window=window,
        steps=steps,
        optimizer="sgd",
        clip_norm=1.0,
        seed=seed,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        plain_network = ScratchRNN(vocabulary_size, hidden)
        fast_network = FastRNN(vocabulary_size, hidden)
    fast_network.load_state_dict(plain_network.state_dict())
    plain, fast = _Side(plain_network, config), _Side(fast_network, config)
    compared = []
    batches = itertools.islice(endless_windows(ids, config, 0, 0), steps)
    for step, batch in enumerate(batches, 1):
        if on_progress is not None and not on_progress(step - 1, steps):
            raise Cancelled
        inputs = torch.from_numpy(batch.inputs.astype(np.int64))
        targets = torch.from_numpy(batch.targets.astype(np.int64))
        ours = plain.step(inputs, targets, batch.starts_sequence)
        theirs = fast.step(inputs, targets, batch.starts_sequence)
        logits, gradients = (
            float((one - other).abs().max())
            for one, other in zip(ours[1:], theirs[1:], strict=True)
        )
        compared.append(ComparedStep(step, ours[0], theirs[0], logits, gradients))
    timed = slice(min(WARM_UP, steps - 1), None)
    return RNNComparison(
        config,
        vocabulary_size,
        tuple(compared),
        statistics.median(plain.seconds[timed]),
        statistics.median(fast.seconds[timed]),
    )
