"""What a training run saves, and how it resumes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.engine.evaluation import Evaluation
from seqtui.engine.networks.recurrent import State
from seqtui.engine.runs.checkpoints import (
    WEIGHTS,
    Checkpoint,
    check_equal,
    load_weights,
    read_checkpoint,
    save_tensors,
)
from seqtui.engine.runs.events import Event, Notice, Saved
from seqtui.engine.runs.folder import BEST, CHECKPOINTS, LAST
from seqtui.engine.runs.metrics import evaluation_of, evaluation_record
from seqtui.engine.runs.run import Run
from seqtui.engine.settings.typed_json import build
from seqtui.engine.training.distributed import SAVE
from seqtui.engine.training.meter import Progress
from seqtui.engine.training.step import Stepper

OPTIMISER = "optimiser."
CARRIED = "carried."
RANDOM = "random."


def weights(module: nn.Module) -> dict[str, Tensor]:
    """A copy of a module's weights under the names they have in a checkpoint."""
    return {WEIGHTS + name: each.detach().clone() for name, each in module.state_dict().items()}


def own_tensors(stepper: Stepper) -> dict[str, Tensor]:
    """What only this process knows: the states of its rows, and its random state."""
    tensors = {
        f"{CARRIED}{part}.{number}": tensor
        for part, state in enumerate(stepper.gradients.states)
        for number, tensor in enumerate(_tensors(state))
    }
    tensors[RANDOM + "cpu"] = torch.get_rng_state()
    device = next(stepper.module.parameters()).device
    if device.type == "cuda":
        tensors[RANDOM + "cuda"] = torch.cuda.get_rng_state(device)
    return tensors


def pack(stepper: Stepper) -> dict[str, Tensor]:
    """All that decides the next step, as named tensors, gathered from all processes."""
    tensors = weights(stepper.module)
    for number, values in stepper.optimiser.state_dict()["state"].items():
        for name, value in values.items():
            tensors[f"{OPTIMISER}{number}.{name}"] = value
    stepper.processes.broadcast(SAVE)
    return tensors | stepper.processes.gather(own_tensors(stepper))


def unpack(checkpoint: Checkpoint, stepper: Stepper) -> None:
    """Put everything back as `pack` found it.

    Raises InputError where the checkpoint does not fit the network, the optimiser, the batch or
    the number of processes.
    """
    processes = stepper.processes
    check_equal(
        checkpoint.path,
        UserMessage("processes"),
        checkpoint.header.get("processes", 1),
        processes.count,
    )
    load_weights(stepper.module, checkpoint)
    tensors = processes.own(checkpoint.tensors)
    parameters = list(stepper.module.parameters())
    device = parameters[0].device
    optimised: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _named(checkpoint.tensors, OPTIMISER):
        number, _, key = name.partition(".")
        if not number.isdecimal() or int(number) >= len(parameters):
            raise InputError(
                "{path}: {prefix}{name} is unexpected",
                path=checkpoint.path,
                prefix=OPTIMISER,
                name=name,
            )
        if tensor.ndim and tensor.shape != parameters[int(number)].shape:
            raise InputError(
                "{path}: {prefix}{name} has another shape",
                path=checkpoint.path,
                prefix=OPTIMISER,
                name=name,
            )
        optimised.setdefault(int(number), {})[key] = tensor
    states = stepper.gradients.states
    carried = _carried(checkpoint.path, tensors, device, len(states))
    rows = stepper.config.batch_size // processes.count // len(states)
    try:
        stepper.optimiser.load_state_dict({**stepper.optimiser.state_dict(), "state": optimised})
        for each in carried:  # tried, so that a misfit is an error here
            if each is not None:
                ids = torch.zeros(rows, 1, dtype=torch.long, device=device)
                with torch.no_grad():
                    stepper.module(ids, each)
        torch.set_rng_state(tensors[RANDOM + "cpu"])
        if device.type == "cuda" and RANDOM + "cuda" in tensors:
            torch.cuda.set_rng_state(tensors[RANDOM + "cuda"], device)
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(
            "{path}: does not fit the run ({reason})", path=checkpoint.path, reason=error
        ) from error
    stepper.gradients.states = carried


def _carried(
    path: Path, tensors: Mapping[str, Tensor], device: torch.device, parts: int
) -> list[State | None]:
    """The state of each part of a batch, None for all where the file holds none."""
    found: dict[int, list[Tensor]] = {}
    in_order = sorted(_named(tensors, CARRIED), key=lambda part: (len(part[0]), part[0]))
    for name, tensor in in_order:
        part, _, number = name.partition(".")
        if not (part.isdecimal() and number.isdecimal()):
            raise InputError(
                "{path}: {prefix}{name} is unexpected", path=path, prefix=CARRIED, name=name
            )
        found.setdefault(int(part), []).append(tensor.to(device))
    if found:
        check_equal(path, UserMessage("parts of a batch"), len(found), parts)
    states: list[State | None] = [None] * parts
    for (_part, each), place in zip(sorted(found.items()), range(parts), strict=False):
        states[place] = tuple(each) if len(each) > 1 else each[0]
    return states


class CheckpointWriter:
    """Writes the `last` and `best` checkpoints of a run.

    A disk that is full or a folder that cannot be written becomes one Notice; the run
    goes on, and what is missing is written with the next save.
    """

    def __init__(self, run: Run | None, emit: Callable[[Event], None]) -> None:
        self._run = run
        self._emit = emit
        self._failing = False
        self._unsaved_best: tuple[int, dict[str, Tensor], dict[str, Any]] | None = None
        self.best: Evaluation | None = None
        self.best_step = 0

    def restore(self, stepper: Stepper) -> bool:
        """Resume from the `last` checkpoint; False for a run that has none yet."""
        if self._run is None or not (self._run.path / LAST).exists():
            return False
        vocabulary = self._run.vocabulary_fingerprint
        checkpoint = read_checkpoint(self._run.checkpoint("last"), vocabulary, "pt")
        stepper.progress = _progress(checkpoint.header.get("progress"))
        if (self._run.path / BEST).exists():
            # The file itself says what it holds: it may be newer than `last` after a crash.
            best = read_checkpoint(self._run.checkpoint("best"), vocabulary, "pt")
            self.best = evaluation_of(best.header.get("evaluation"))
            self.best_step = best.header["step"]
        unpack(checkpoint, stepper)
        return True

    def consider(self, step: int, evaluation: Evaluation, module: nn.Module) -> bool:
        """Keep the weights if this held-out loss is the lowest so far; returns whether it is."""
        lowest = math.inf if self.best is None else self.best.loss
        # Of a run killed after `best` and before the next `last`, this evaluation is the best's.
        again = step == self.best_step and evaluation.loss == lowest
        if not (again or evaluation.loss < lowest):  # nor if it is not a number
            return False
        self.best, self.best_step = evaluation, step
        header = {"step": step, "evaluation": evaluation_record(evaluation)}
        self._unsaved_best = (step, weights(module), header)
        self._save_best()
        return True

    def save_last(self, stepper: Stepper) -> None:
        """Write `last`, and `best` if an earlier attempt at it failed."""
        progress = stepper.progress
        header = {
            "step": progress.step,
            "progress": _progress_record(progress),
            "processes": stepper.processes.count,
        }
        self._save("last", progress.step, pack(stepper), header)
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
        path = self._run.path / CHECKPOINTS[kind]
        header = {"vocabulary": self._run.vocabulary_fingerprint, **header}
        try:
            save_tensors(path, tensors, header)
        except OSError as error:
            if not self._failing:
                self._emit(
                    Notice(
                        UserMessage(
                            "the {kind} checkpoint cannot be saved ({reason}); the run goes on "
                            "and tries again",
                            kind=kind,
                            reason=error.strerror,
                        )
                    )
                )
            self._failing = True
            return False
        self._failing = False
        self._emit(Saved(step, kind, path))
        return True


def _progress_record(progress: Progress) -> dict[str, Any]:
    """The progress as the header of a checkpoint has it, under the names of its format."""
    values = asdict(progress)
    return {"learning_rate": values.pop("peak_learning_rate"), **values}


def _progress(data: object) -> Progress:
    """The progress that `_progress_record` wrote. Raises InputError for anything else."""
    if isinstance(data, dict) and "learning_rate" in data:
        values = dict(data)
        data = {"peak_learning_rate": values.pop("learning_rate"), **values}
    return build(Progress, data)


def _tensors(state: State | None) -> tuple[Tensor, ...]:
    if state is None:
        return ()
    return (state,) if isinstance(state, Tensor) else state


def _named(tensors: Mapping[str, Tensor], prefix: str) -> list[tuple[str, Tensor]]:
    return [(n.removeprefix(prefix), t) for n, t in tensors.items() if n.startswith(prefix)]
