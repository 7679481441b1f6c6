"""How long a training step takes, side by side in one run.

    python tests/benchmarks/steps.py [--rounds N] [--threads N]

prints one table: the median time of a whole training step (forward, loss, backward, clip, SGD) of
`rnn-scratch`, `nn.RNN` and `rnn-fast`, and of d2l's own network where the package `d2l` (1.0) can
be imported, else of the same lines written again here. The rounds are interleaved and the ratios
are medians over rounds, so that a machine that slows down slows all of them. Run it with nothing
else running.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqtui.engine.networks.recurrent import RecurrentNetwork
from seqtui.engine.networks.rnn_fast import FastRNN
from seqtui.engine.networks.rnn_scratch import ScratchRNN
from seqtui.engine.training.backpropagation import mean_loss
from seqtui.engine.training.optimisation import clip_global_norm

TYPES = 28
SIZES = ((32, 35, 256), (32, 35, 512), (1024, 32, 32))
"""Batch, steps, hidden."""
ROUND_SECONDS = 0.2
"""What a round of one network lasts, about."""


class ScratchModel:
    """What d2l's first edition writes: one-hot rows, a loop, one product at the end."""

    def __init__(self, vocabulary_size: int, hidden: int) -> None:
        def normal(*shape: int) -> Tensor:
            return (torch.randn(shape) * 0.01).requires_grad_()

        self.vocabulary_size, self.hidden = vocabulary_size, hidden
        self.params = [
            normal(vocabulary_size, hidden),
            normal(hidden, hidden),
            torch.zeros(hidden, requires_grad=True),
            normal(hidden, vocabulary_size),
            torch.zeros(vocabulary_size, requires_grad=True),
        ]

    def __call__(self, ids: Tensor, H: Tensor | None = None) -> tuple[Tensor, Tensor]:
        W_xh, W_hh, b_h, W_hq, b_q = self.params
        if H is None:
            H = torch.zeros(ids.shape[0], self.hidden)
        outputs = []
        for X in functional.one_hot(ids.T, self.vocabulary_size).type(torch.float32):
            H = torch.tanh(torch.mm(X, W_xh) + torch.mm(H, W_hh) + b_h)
            outputs.append(torch.mm(H, W_hq) + b_q)
        return torch.cat(outputs, dim=0), H


def sgd_by_hand(params: list[Tensor]) -> None:
    """Clip at 1 and step with rate 1, parameter by parameter, as d2l does."""
    norm = torch.sqrt(sum((torch.sum(p.grad**2) for p in params), torch.zeros(())))  # type: ignore[operator]
    with torch.no_grad():
        for p in params:
            assert p.grad is not None
            if norm > 1:
                p.grad[:] *= 1 / norm
            p -= p.grad
            p.grad.zero_()


def restated(ids: Tensor, targets: Tensor, hidden: int) -> Callable[[], None]:
    """A step of d2l's scratch network, written again."""
    model = ScratchModel(TYPES, hidden)

    def step() -> None:
        loss = functional.cross_entropy(model(ids)[0], targets.T.reshape(-1))
        loss.backward()
        sgd_by_hand(model.params)

    return step


def published(ids: Tensor, targets: Tensor, hidden: int) -> Callable[[], None]:
    """A step of the package's own network. Raises ImportError without the package."""
    from d2l import torch as d2l  # type: ignore[import-not-found]

    model: Any = d2l.RNNLMScratch(d2l.RNNScratch(TYPES, hidden), TYPES, lr=1)
    optimiser = model.configure_optimizers()
    trainer = d2l.Trainer(max_epochs=1, gradient_clip_val=1)

    def step() -> None:
        loss = model.loss(model(ids), targets)
        optimiser.zero_grad()
        with torch.no_grad():
            loss.backward()
            trainer.clip_gradients(1, model)
            optimiser.step()

    return step


def ours(module: nn.Module, ids: Tensor, targets: Tensor) -> Callable[[], None]:
    """A step as the training loop makes it."""
    optimiser = torch.optim.SGD(module.parameters(), lr=1.0)

    def step() -> None:
        logits, _ = module(ids)
        loss = mean_loss(logits, targets)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        clip_global_norm(module.parameters(), 1.0)
        optimiser.step()

    return step


def seconds_of(step: Callable[[], None], times: int) -> float:
    """Mean seconds of a step over `times`."""
    start = time.perf_counter()
    for _ in range(times):
        step()
    return (time.perf_counter() - start) / times


def measure(batch: int, steps: int, hidden: int, rounds: int) -> dict[str, list[float]]:
    """Seconds a step of each network, one figure a round."""
    torch.manual_seed(0)
    ids = torch.randint(TYPES, (batch, steps))
    targets = torch.randint(TYPES, (batch, steps))
    try:
        contestants = {"d2l": published(ids, targets, hidden)}
    except ImportError:
        contestants = {"d2l, restated": restated(ids, targets, hidden)}
    contestants |= {
        "rnn-scratch": ours(ScratchRNN(TYPES, hidden), ids, targets),
        "nn.RNN": ours(RecurrentNetwork("rnn", TYPES, hidden), ids, targets),
        "rnn-fast": ours(FastRNN(TYPES, hidden), ids, targets),
    }
    times = {}
    for name, step in contestants.items():
        seconds_of(step, 3)  # warm-up
        times[name] = max(3, round(ROUND_SECONDS / seconds_of(step, 3)))
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, step in contestants.items():
            found[name].append(seconds_of(step, times[name]))
    return found


def main() -> None:
    """Measure all sizes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    load = os.getloadavg()[0]
    print(f"torch {torch.__version__}, {given.threads} threads, load {load:.1f} at the start\n")
    print("| batch x steps x hidden | network | ms a step | rnn-fast is faster by |")
    print("|---|---|--:|--:|")
    for batch, steps, hidden in SIZES:
        found = measure(batch, steps, hidden, given.rounds)
        for name, seconds in found.items():
            ratios = [a / b for a, b in zip(seconds, found["rnn-fast"], strict=True)]
            print(
                f"| {batch} x {steps} x {hidden} | {name} | {1e3 * statistics.median(seconds):.2f} "
                f"| {statistics.median(ratios):.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
