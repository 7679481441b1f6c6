"""A network behind the protocol of every language model: scored with its state carried, stepped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module

import numpy as np
import torch
from torch import Tensor, nn

from seqtui.engine.networks.own_model import OwnModel
from seqtui.engine.networks.recurrent import State
from seqtui.engine.protocol import Ids, LogProbs
from seqtui.engine.settings.run_config import RunConfig

PIECE_STEPS = 1_000
"""Steps scored at a time: long enough to be quick, short enough to be cancelled at once."""
PIECE_LOGITS = 16_000_000
"""Largest number of logits held at a time, for large vocabularies."""


def build_module(config: RunConfig, vocabulary_size: int, own: OwnModel | None = None) -> nn.Module:
    """The network a configuration asks for, freshly initialised from torch's global generator.

    `own` is the user's file, once loaded, where the configuration asks for one.
    """
    family = config.family
    if family.network is None:
        assert own is not None  # a name in a configuration does not permit running the file
        return own.build(config, vocabulary_size)
    sizes = {
        "context": config.context_size,
        "embedding": config.embedding_size(vocabulary_size),
    }
    settings = {name: sizes.get(name, getattr(config, name)) for name in family.settings}
    module, _colon, name = family.network.partition(":")
    network: type[nn.Module] = getattr(import_module(module), name)
    return network(vocabulary_size=vocabulary_size, **settings, **family.constants)


class NeuralModel:
    """A module of ids `[batch, steps]` and a state to logits `[batch, steps, vocab]` and a state.

    Scoring and stepping leave weights, gradients, mode and random state as they were.
    """

    def __init__(self, module: nn.Module, vocabulary_size: int, device: str = "cpu") -> None:
        self.module = module
        self._vocabulary_size = vocabulary_size
        self._device = torch.device(device)

    @property
    def vocabulary_size(self) -> int:
        """|V|, the number of ids it predicts."""
        return self._vocabulary_size

    @property
    def context(self) -> int | None:
        """How many tokens back a module looks that says so; None: its state can carry anything."""
        bound = getattr(self.module, "context", None)
        return bound if isinstance(bound, int) else None

    @property
    def parameters(self) -> int:
        """Number of trainable weights."""
        return sum(each.numel() for each in self.module.parameters() if each.requires_grad)

    @property
    def normalised(self) -> bool:
        """True: a softmax sums to 1."""
        return True

    def score(self, ids: Ids) -> Iterator[LogProbs]:
        """Natural-log probabilities of `ids[1:]`, in pieces, the state carried over all of them."""
        targets = len(ids) - 1
        steps = max(1, min(PIECE_STEPS, PIECE_LOGITS // self._vocabulary_size))
        state: State | None = None
        for start in range(0, targets, steps):
            stop = min(start + steps, targets)
            logits, state = self._forward(ids[start:stop], state)
            wanted = _tensor(ids[start + 1 : stop + 1]).to(logits.device)
            log_probs = logits.log_softmax(-1).gather(-1, wanted[:, None])[:, 0]
            yield log_probs.cpu().numpy()

    def score_rows(self, rows: Ids) -> LogProbs:
        """Natural-log probabilities of `rows[:, 1:]`, each row read from the initial state.

        `rows` is `[rows, steps + 1]`, the result `[rows, steps]`. As many rows are read at a time
        as `PIECE_LOGITS` allows.
        """
        steps = rows.shape[1] - 1
        at_once = max(1, PIECE_LOGITS // (self._vocabulary_size * steps))
        pieces = []
        for start in range(0, len(rows), at_once):
            part = rows[start : start + at_once]
            logits = self._logits(part[:, :-1], None)[0]
            wanted = _tensor(part[:, 1:]).to(logits.device)
            log_probs = logits.log_softmax(-1).gather(-1, wanted[..., None])[..., 0]
            pieces.append(log_probs.cpu().numpy())
        return np.concatenate(pieces)

    def start(self, prefix: Ids) -> NeuralStep:
        """The model after a forward pass over the prefix; uniform if it has read nothing."""
        if not len(prefix):
            size = self._vocabulary_size
            return NeuralStep(self, None, np.full(size, -np.log(size)))
        state: State | None = None
        for start in range(0, len(prefix), PIECE_STEPS):
            logits, state = self._forward(prefix[start : start + PIECE_STEPS], state)
        return self._step(logits, state)

    def _forward(self, ids: Ids, state: State | None) -> tuple[Tensor, State]:
        """Logits `[steps, vocab]` in float64 and the state after them."""
        logits, state = self._logits(ids[None], state)
        return logits[0], state

    def _logits(self, rows: Ids, state: State | None) -> tuple[Tensor, State]:
        """Logits `[rows, steps, vocab]` in float64 of ids `[rows, steps]`, and the state after."""
        with _evaluating(self.module), torch.inference_mode():
            logits, state = self.module(_tensor(rows).to(self._device), state)
            # MPS has no float64, so the conversion comes after the way to the CPU there.
            logits = logits.cpu() if self._device.type == "mps" else logits
            return logits.double(), state

    def _step(self, logits: Tensor, state: State | None) -> NeuralStep:
        return NeuralStep(self, state, logits[-1].log_softmax(-1).cpu().numpy())


@dataclass(frozen=True, slots=True)
class NeuralStep:
    """A network after some prefix; `advance` leaves it as it is."""

    model: NeuralModel
    state: State | None
    log_probs: LogProbs

    def advance(self, token: int) -> NeuralStep:
        """The network after one more token."""
        ids = np.array([token], dtype=np.int32)
        return self.model._step(*self.model._forward(ids, self.state))


def _tensor(ids: Ids) -> Tensor:
    return torch.from_numpy(ids.astype(np.int64))


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    """Evaluation mode for a while: no dropout, hence no draw from the random state."""
    training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(training)
