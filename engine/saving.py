"""What a training run puts on the disk, and how it stands up again from there."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

import torch
from torch import Tensor, nn

from seqtui.corpora.errors import InputError
from seqtui.engine.checkpoints import (
    WEIGHTS,
    Checkpoint,
    load_weights,
    read_checkpoint,
    save_tensors,
)
from seqtui.engine.evaluation import Evaluation
from seqtui.engine.events import Event, Notice, Saved
from seqtui.engine.meter import Progress
from seqtui.engine.records import evaluation_of, evaluation_record
from seqtui.engine.recurrent import State
from seqtui.engine.runs import Run
from seqtui.engine.typed_json import build

OPTIMISER = "optimiser."
CARRIED = "carried."
RANDOM = "random."


def weights(module: nn.Module) -> dict[str, Tensor]:
    """A copy of a module's weights under the names they have in a checkpoint."""
    return {WEIGHTS + name: each.detach().clone() for name, each in module.state_dict().items()}


def pack(
    module: nn.Module, optimiser: torch.optim.Optimizer, carried: Sequence[State | None]
) -> dict[str, Tensor]:
    """All that decides the next step, as named tensors; `carried` has a state for each part."""
    tensors = weights(module)
    for number, values in optimiser.state_dict()["state"].items():
        for name, value in values.items():
            tensors[f"{OPTIMISER}{number}.{name}"] = value
    for part, state in enumerate(carried):
        for number, tensor in enumerate(_tensors(state)):
            tensors[f"{CARRIED}{part}.{number}"] = tensor
    tensors[RANDOM + "cpu"] = torch.get_rng_state()
    device = next(module.parameters()).device
    if device.type == "cuda":
        tensors[RANDOM + "cuda"] = torch.cuda.get_rng_state(device)
    return tensors


def unpack(
    checkpoint: Checkpoint,
    module: nn.Module,
    optimiser: torch.optim.Optimizer,
    rows: int,
    parts: int,
) -> list[State | None]:
    """Put everything back as `pack` found it; returns the carried states.

    They are those of `parts` parts of a batch, `rows` rows each. Raises InputError where the
    checkpoint does not fit the network, the optimiser or the batch.
    """
    load_weights(module, checkpoint)
    tensors = checkpoint.tensors
    parameters = list(module.parameters())
    device = parameters[0].device
    optimised: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _named(tensors, OPTIMISER):
        number, _, key = name.partition(".")
        if not number.isdecimal() or int(number) >= len(parameters):
            raise InputError(f"{checkpoint.path}: {OPTIMISER}{name} is unexpected")
        if tensor.ndim and tensor.shape != parameters[int(number)].shape:
            raise InputError(f"{checkpoint.path}: {OPTIMISER}{name} has another shape")
        optimised.setdefault(int(number), {})[key] = tensor
    carried = _carried(checkpoint, device, parts)
    try:
        optimiser.load_state_dict({**optimiser.state_dict(), "state": optimised})
        for each in carried:  # tried, so that what does not fit is told here
            if each is not None:
                ids = torch.zeros(rows, 1, dtype=torch.long, device=device)
                with torch.no_grad():
                    module(ids, each)
        torch.set_rng_state(tensors[RANDOM + "cpu"])
        if device.type == "cuda" and RANDOM + "cuda" in tensors:
            torch.cuda.set_rng_state(tensors[RANDOM + "cuda"], device)
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(f"{checkpoint.path}: does not fit the run ({error})") from error
    return carried


def _carried(checkpoint: Checkpoint, device: torch.device, parts: int) -> list[State | None]:
    """The state of each part of a batch, None for all where the file holds none."""
    found: dict[int, list[Tensor]] = {}
    for name, tensor in sorted(_named(checkpoint.tensors, CARRIED)):
        part, _, number = name.partition(".")
        if not (part.isdecimal() and number.isdecimal()):
            raise InputError(f"{checkpoint.path}: {CARRIED}{name} is unexpected")
        found.setdefault(int(part), []).append(tensor.to(device))
    if found and found.keys() != set(range(parts)):
        raise InputError(
            f"{checkpoint.path}: its batches are computed in {len(found)} parts and here in "
            f"{parts}; resume with as many processes as before"
        )
    states: list[State | None] = [None] * parts
    for place, tensors in found.items():
        states[place] = tuple(tensors) if len(tensors) > 1 else tensors[0]
    return states


class Keeper:
    """Writes the `last` and `best` checkpoints of a run.

    A disk that is full or a folder that cannot be written becomes a Notice, told once; the run
    goes on, and what is missing is written with the next save.
    """

    def __init__(self, run: Run | None, tell: Callable[[Event], None]) -> None:
        self._run = run
        self._tell = tell
        self._failing = False
        self._unsaved_best: tuple[int, dict[str, Tensor], dict[str, Any]] | None = None
        self.best: Evaluation | None = None
        self.best_step = 0

    def restore(
        self, module: nn.Module, optimiser: torch.optim.Optimizer
    ) -> tuple[Progress, list[State | None]] | None:
        """Stand where the `last` checkpoint stands; None for a run that has none yet."""
        if self._run is None or not (self._run.path / "last.safetensors").exists():
            return None
        checkpoint = read_checkpoint(
            self._run.checkpoint("last"), self._run.vocabulary_fingerprint, "pt"
        )
        progress = build(Progress, checkpoint.header.get("progress"))
        if (self._run.path / "best.safetensors").exists():
            # The file itself says what it holds: it may be newer than `last` after a crash.
            best = read_checkpoint(
                self._run.checkpoint("best"), self._run.vocabulary_fingerprint, "pt"
            )
            self.best = evaluation_of(best.header.get("evaluation"))
            self.best_step = best.header["step"]
        config = self._run.config
        parts = config.accumulation
        rows = config.batch_size // parts
        return progress, unpack(checkpoint, module, optimiser, rows, parts)

    def consider(self, step: int, evaluation: Evaluation, module: nn.Module) -> bool:
        """Keep the weights if this held-out loss is the lowest so far; returns whether it is."""
        lowest = math.inf if self.best is None else self.best.loss
        if not evaluation.loss < lowest:  # nor if it is not a number
            return False
        self.best, self.best_step = evaluation, step
        header = {"step": step, "evaluation": evaluation_record(evaluation)}
        self._unsaved_best = (step, weights(module), header)
        self._save_best()
        return True

    def save_last(
        self,
        progress: Progress,
        module: nn.Module,
        optimiser: torch.optim.Optimizer,
        carried: Sequence[State | None],
    ) -> None:
        """Write `last`, and `best` if an earlier attempt at it failed."""
        header = {"step": progress.step, "progress": asdict(progress)}
        self._save("last", progress.step, pack(module, optimiser, carried), header)
        self._save_best()

    def _save_best(self) -> None:
        if self._unsaved_best is not None and self._save("best", *self._unsaved_best):
            self._unsaved_best = None

    def _save(
        self,
        kind: Literal["last", "best"],
        step: int,
        tensors: Mapping[str, Tensor],
        header: Mapping[str, Any],
    ) -> bool:
        if self._run is None:
            return True
        path = self._run.path / f"{kind}.safetensors"
        header = {"vocabulary": self._run.vocabulary_fingerprint, **header}
        try:
            save_tensors(path, tensors, header)
        except OSError as error:
            if not self._failing:
                self._tell(
                    Notice(
                        f"the {kind} checkpoint cannot be saved ({error.strerror}); "
                        "the run goes on and tries again"
                    )
                )
            self._failing = True
            return False
        self._failing = False
        self._tell(Saved(step, kind, path))
        return True


def _tensors(state: State | None) -> tuple[Tensor, ...]:
    if state is None:
        return ()
    return (state,) if isinstance(state, Tensor) else state


def _named(tensors: Mapping[str, Tensor], prefix: str) -> list[tuple[str, Tensor]]:
    return [(n.removeprefix(prefix), t) for n, t in tensors.items() if n.startswith(prefix)]
