"""What a training step changes: weights, optimiser, carried state, position in the data."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from seqtui.engine.networks.model import NeuralModel, build_module
from seqtui.engine.protocol import Ids
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.training.acceleration import compiled
from seqtui.engine.training.backpropagation import Gradients
from seqtui.engine.training.device import Device
from seqtui.engine.training.distributed import Processes
from seqtui.engine.training.meter import Progress
from seqtui.engine.training.minibatches import Batch, endless_windows
from seqtui.engine.training.optimisation import (
    build_optimiser,
    clip_global_norm,
    schedule_factor,
    set_learning_rate,
)

if TYPE_CHECKING:
    from seqtui.engine.networks.own_model import OwnModel


class Stepper:
    """A network and all that its next step depends on.

    `total` is the number of steps the schedule ends at, None if none is known.
    """

    def __init__(
        self,
        config: RunConfig,
        vocabulary_size: int,
        device: Device,
        processes: Processes,
        total: int | None,
        own: OwnModel | None = None,
    ) -> None:
        if config.threads is not None:
            torch.set_num_threads(config.threads)
        torch.manual_seed(config.seed)
        self.config = config
        self.processes = processes
        self.total = total
        # Initialised on the CPU, so that a seed gives the same weights on every device.
        self.module = build_module(config, vocabulary_size, own).to(device.name).train()
        self.model = NeuralModel(self.module, vocabulary_size, device.name)
        self.optimiser = build_optimiser(config, self.module)
        self.progress = Progress(config.initial_learning_rate)
        self.learning_rate = config.initial_learning_rate
        """Of the last step."""
        if processes.number:  # each draws its own dropout
            torch.manual_seed(config.seed + processes.number)
        forward = processes.parallel(self.module)
        if config.compile:
            forward = compiled(forward)
        self.gradients = Gradients(config, forward, device.name, processes)

    def batches(self, ids: Ids) -> Iterator[Batch]:
        """The batches from the run's position on, without end."""
        again = min(self.progress.index, self.config.earlier_windows)
        first = self.progress.index - again
        batches = endless_windows(ids, self.config, self.progress.epoch, first)
        for batch in itertools.islice(batches, again):
            self.gradients.remember(batch)
        return batches

    def step(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """One step: forward, loss, backward, clip, new weights.

        Returns the loss and the gradient's norm before and after clipping, on the device.
        """
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.gradients.compute(batch)
        norm, clipped = clip_global_norm(self.module.parameters(), self.config.clip_norm)
        self.learning_rate = self.progress.peak_learning_rate * self._schedule_factor()
        set_learning_rate(self.optimiser, self.learning_rate)
        self.optimiser.step()
        self.progress.epoch, self.progress.index = batch.epoch, batch.index + 1
        self.progress.epochs = batch.epoch + (batch.index + 1) / batch.batches
        self.progress.step += 1
        return loss, norm, clipped

    def change_learning_rate(self, rate: float) -> None:
        """Go on with this rate; a schedule goes on from it."""
        self.progress.peak_learning_rate = rate / (self._schedule_factor() or 1.0)

    def _schedule_factor(self) -> float:
        return schedule_factor(self.config, self.progress.step, self.total)
