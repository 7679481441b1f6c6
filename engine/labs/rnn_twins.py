"""`rnn-scratch` and `rnn-fast` side by side: the same steps from the same weights.

Both are trained as the lecture trains (SGD of rate 1, the gradient clipped to norm 1), each with
its own weights, so what rounding makes of them is free to grow from step to step.
"""

from __future__ import annotations

import itertools
import statistics
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import Cancelled, UserMessage
from seqtui.corpora.progress import OnProgress
from seqtui.engine.labs.lab import document_of
from seqtui.engine.labs.settings import check_settings, setting, settings_of
from seqtui.engine.networks.rnn_fast import FastRNN
from seqtui.engine.networks.rnn_scratch import ScratchRNN
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.training.backpropagation import detached, mean_loss
from seqtui.engine.training.minibatches import endless_windows
from seqtui.engine.training.optimisation import build_optimiser, clip_global_norm

WARM_UP = 3
"""Steps that are not timed: the first ones allocate."""
FORMULA = "h_t = tanh(x_t W_xh + h_{t-1} W_hh + b_h);  logits_t = h_t W_hq + b_q"
LABELS = (
    UserMessage("batch size"),
    UserMessage("clip norm"),
    UserMessage("fast loss"),
    UserMessage("fast seconds"),
    UserMessage("gradients"),
    UserMessage("hidden"),
    UserMessage("largest gradients"),
    UserMessage("largest logits"),
    UserMessage("learning rate"),
    UserMessage("logits"),
    UserMessage("optimizer"),
    UserMessage("scratch loss"),
    UserMessage("scratch seconds"),
    UserMessage("seed"),
    UserMessage("speed up"),
    UserMessage("step"),
    UserMessage("steps"),
    UserMessage("vocabulary size"),
    UserMessage("window"),
)
"""Names of the figures and settings, as they are shown."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen; beyond the limits it would take minutes, and show nothing else."""

    hidden: int = setting(256, (16, 32, 64, 128, 256, 512), low=1)
    batch_size: int = setting(32, (1, 8, 32, 128, 1_024))
    window: int = setting(32, (1, 8, 16, 32, 64))
    steps: int = setting(12, (1, 4, 12, 50, 200))
    """Enough to see rounding grow, since each continues from its own weights; later it is chaos."""
    seed: int = setting(0, tuple(range(10)), low=0, high=2**31 - 1)


def settings_like(config: RunConfig) -> Settings:
    """The sizes of a run, each within its limit."""
    most = {name: found.high or 0 for name, found in settings_of(Settings).items()}
    return Settings(
        hidden=min(config.hidden, int(most["hidden"])),
        batch_size=min(config.batch_size, int(most["batch_size"])),
        window=min(config.window, int(most["window"])),
    )


@dataclass(frozen=True, slots=True)
class ComparedStep:
    """One step of both networks, before their weights were changed by it."""

    step: int
    scratch_loss: float
    """Of `rnn-scratch`, nats per token."""
    fast_loss: float
    """Of `rnn-fast`, nats per token."""
    logits: float
    """Largest absolute difference of their logits."""
    gradients: float
    """Largest absolute difference of their gradients, before clipping."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What both networks did, and how long it took them."""

    settings: Settings
    corpus: str
    """The fingerprint of the corpus."""
    vocabulary_size: int
    learning_rate: float
    clip_norm: float
    steps: tuple[ComparedStep, ...]
    scratch_seconds: float
    """Median time of a step of `rnn-scratch`, with back-propagation and the new weights."""
    fast_seconds: float
    """The same of `rnn-fast`."""
    seconds: float
    """What all of it took."""

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
        return self.scratch_seconds / self.fast_seconds

    def document(self) -> dict[str, Any]:
        """The figures as JSON."""
        return document_of(
            "rnn-twins",
            figures={
                "vocabulary_size": self.vocabulary_size,
                "optimizer": "sgd",
                "learning_rate": self.learning_rate,
                "clip_norm": self.clip_norm,
                "largest_logits": self.largest_logits,
                "largest_gradients": self.largest_gradients,
                "scratch_seconds": self.scratch_seconds,
                "fast_seconds": self.fast_seconds,
                "speed_up": self.speed_up,
                "steps": [asdict(step) for step in self.steps],
            },
            formula=FORMULA,
            settings=self.settings,
            corpus=self.corpus,
            seconds=self.seconds,
            seed=self.settings.seed,
        )


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


def varies(settings: Settings) -> bool:
    """Always: it is timed."""
    return True


def run(corpus: Corpus, settings: Settings, on_progress: OnProgress | None = None) -> Figures:
    """Train both on the same windows of the training part, on the CPU, and compare every step.

    Leaves torch's random state alone. Raises InputError for settings beyond their limits and for
    a text too short for a batch, and Cancelled when `on_progress(done, total)` returns False.
    """
    check_settings(settings)
    began = time.perf_counter()
    config = RunConfig(
        corpus="",
        model="rnn-fast",
        hidden=settings.hidden,
        batch_size=settings.batch_size,
        window=settings.window,
        steps=settings.steps,
        optimizer="sgd",
        clip_norm=1.0,
        seed=settings.seed,
    )
    size = len(corpus.training_vocabulary)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        scratch_network = ScratchRNN(size, settings.hidden)
        fast_network = FastRNN(size, settings.hidden)
    fast_network.load_state_dict(scratch_network.state_dict())
    scratch, fast = _Side(scratch_network, config), _Side(fast_network, config)
    compared = []
    windows = endless_windows(corpus.split.train.ids, config, 0, 0)
    for step, batch in enumerate(itertools.islice(windows, settings.steps), 1):
        if on_progress is not None and not on_progress(step - 1, settings.steps):
            raise Cancelled
        inputs = torch.from_numpy(batch.inputs.astype(np.int64))
        targets = torch.from_numpy(batch.targets.astype(np.int64))
        ours = scratch.step(inputs, targets, batch.starts_sequence)
        theirs = fast.step(inputs, targets, batch.starts_sequence)
        logits, gradients = (
            float((one - other).abs().max())
            for one, other in zip(ours[1:], theirs[1:], strict=True)
        )
        compared.append(ComparedStep(step, ours[0], theirs[0], logits, gradients))
    timed = slice(min(WARM_UP, settings.steps - 1), None)
    return Figures(
        settings=settings,
        corpus=corpus.fingerprint,
        vocabulary_size=size,
        learning_rate=config.initial_learning_rate,
        clip_norm=config.clip_norm,
        steps=tuple(compared),
        scratch_seconds=statistics.median(scratch.seconds[timed]),
        fast_seconds=statistics.median(fast.seconds[timed]),
        seconds=time.perf_counter() - began,
    )


SOURCES = (_Side.step, run)
