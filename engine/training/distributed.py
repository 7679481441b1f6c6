"""One run trained by several processes: each computes the gradient of its rows of a batch.

torch's DistributedDataParallel averages the gradients, so all take the same step (Li et al.,
PyTorch Distributed, 2020). Rank 0 alone decides what happens between two steps and writes the
run; the others receive a command before each step. Commands go over the CPU (gloo): no GPU waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import timedelta
from types import TracebackType
from typing import Any, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed import PrefixStore  # type: ignore[attr-defined]
from torch.nn.parallel import DistributedDataParallel

from seqtui.engine.networks.recurrent import Forward
from seqtui.engine.runs.request import Rank
from seqtui.engine.training.device import Device
from seqtui.engine.training.meeting import KeepGoing, Tell, meet

STEP, SAVE, STOP = 0, 1, 2
"""Rank 0's commands: take a step; give what you carry for a checkpoint; leave."""
PATIENCE = timedelta(hours=2)
"""How long a process waits for another: rank 0 may be evaluating a long text."""
_FAILURE = "failure"


class Processes:
    """The processes that train a run, as one of them sees them; one alone without a rank.

    A context: entered, they have met; left by an error, the others learn of it. While one waits
    for others, `tell` gets a sentence, and `keep_going` may end it.
    """

    def __init__(
        self,
        rank: Rank | None,
        device: Device,
        tell: Tell = lambda message: None,
        keep_going: KeepGoing = lambda: True,
    ) -> None:
        self._rank = rank
        self._tell = tell
        self._keep_going = keep_going
        self._device = device
        self._store: Any = None
        self._commands: dist.ProcessGroup | None = None
        self._parallel: DistributedDataParallel | None = None

    @property
    def number(self) -> int:
        """This process's rank."""
        return self._rank.number if self._rank else 0

    @property
    def count(self) -> int:
        """How many there are."""
        return self._rank.of if self._rank else 1

    def __enter__(self) -> Processes:
        rank = self._rank
        if rank is None:
            return self
        self._store = meet(rank, self._tell, self._keep_going)
        backend = "nccl" if self._device.kind == "cuda" else "gloo"
        dist.init_process_group(
            backend,
            store=PrefixStore("group", self._store),
            rank=rank.number,
            world_size=rank.of,
            timeout=PATIENCE,
        )
        self._commands = dist.new_group(backend="gloo", timeout=PATIENCE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._store is None:
            return
        failure = None
        with suppress(Exception):
            if error is not None and self._store.check([_FAILURE]):
                failure = self._store.get(_FAILURE).decode()
            elif error is not None:
                self._store.set(_FAILURE, f"process {self.number} failed: {error}")
        with suppress(Exception):
            dist.destroy_process_group()
        if failure is not None:  # the error here only says that the other one is gone
            raise RuntimeError(failure) from error

    def rows(self, batch_size: int) -> slice:
        """This process's rows of a batch."""
        share = batch_size // self.count
        return slice(self.number * share, (self.number + 1) * share)

    def parallel(self, module: nn.Module) -> Forward:
        """The module's forward pass, such that a backward pass averages over the processes."""
        if self._rank is None:
            return module
        on = [self._device.name] if self._device.kind == "cuda" else None
        self._parallel = DistributedDataParallel(module, device_ids=on)
        return self._parallel

    def unshared(self) -> AbstractContextManager[Any]:
        """Within, backward passes only add up; the next one outside averages the sums."""
        if self._parallel is None:
            return nullcontext()
        return cast(AbstractContextManager[Any], self._parallel.no_sync())

    def mean(self, value: Tensor) -> Tensor:
        """The mean of a scalar over the processes; stays on the device."""
        if self._rank is not None:
            dist.all_reduce(value)
            value /= self.count
        return value

    def broadcast(self, command: int) -> None:
        """Send a command of rank 0 to all others."""
        if self._commands is not None:
            dist.broadcast(torch.tensor([command]), 0, group=self._commands)

    def receive(self) -> int:
        """The next command of rank 0; waits for it."""
        command = torch.tensor([STOP])
        dist.broadcast(command, 0, group=self._commands)
        return int(command)

    def gather(self, own: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The tensors of all processes on rank 0, the others' names begun with `rankN.`."""
        if self._commands is None:
            return dict(own)
        mine = {name: tensor.cpu() for name, tensor in own.items()}
        all_: list[Any] | None = [None] * self.count if self.number == 0 else None
        # Pickled, but only ever between the processes of one run.
        dist.gather_object(mine, all_, 0, group=self._commands)
        return {
            (f"rank{number}.{name}" if number else name): tensor
            for number, each in enumerate(all_ or [])
            for name, tensor in each.items()
        }

    def own(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What `gather` had from this process."""
        prefix = f"rank{self.number}."
        if self.number == 0:
            return {name: each for name, each in tensors.items() if not name.startswith("rank")}
        return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
