"""What a training run saves, and how it resumes."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
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
    read_header,
    save_tensors,
    why_unsaved,
)
from seqtui.engine.runs.events import Evaluated, Event, Notice, Saved, StepReport
from seqtui.engine.runs.folder import BEST, CHECKPOINTS, LAST
from seqtui.engine.runs.metrics import evaluation_of, evaluation_record
from seqtui.engine.runs.run import Run
from seqtui.engine.settings.typed_json import TOO_LARGE, build
from seqtui.engine.training.distributed import SAVE
from seqtui.engine.training.meter import Progress
from seqtui.engine.training.step import Stepper

OPTIMISER = "optimiser."
CARRIED = "carried."
RANDOM = "random."


def weights(module: nn.Module) -> dict[str, Tensor]:
    """A module's weights under the names they have in a checkpoint; they are not copied."""
    return {WEIGHTS + name: each.detach() for name, each in module.state_dict().items()}


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
        _try(stepper.module, carried, torch.zeros(rows, 1, dtype=torch.long, device=device))
        torch.set_rng_state(tensors[RANDOM + "cpu"])
        if device.type == "cuda" and RANDOM + "cuda" in tensors:
            torch.cuda.set_rng_state(tensors[RANDOM + "cuda"], device)
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(
            "{path}: does not fit the run ({reason})", path=checkpoint.path, reason=error
        ) from error
    # Last, because what was tried may have changed what a network keeps beside its weights.
    load_weights(stepper.module, checkpoint)
    stepper.gradients.states = carried


def _try(module: nn.Module, states: Sequence[State | None], ids: Tensor) -> None:
    """Read a token after each state, so that a misfit is an error now.

    In a copy, because a network may count what it reads.
    """
    if all(state is None for state in states):
        return
    try:
        tried = copy.deepcopy(module)
    except Exception:  # a network of one's own need not bear it
        tried = module
    training = tried.training
    tried.eval()
    try:
        with torch.no_grad():
            for state in states:
                if state is not None:
                    tried(ids, state)
    finally:
        tried.train(training)


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

    A disk that is full, a folder that is gone or too little memory becomes one Notice; the run goes
    on, and what is missing is written with the next save.

    `last` says which evaluation was the lowest when it was written. The file of `best` may be newer
    after a crash, or missing, so it decides nothing.
    """

    def __init__(self, run: Run | None, emit: Callable[[Event], None]) -> None:
        self._run = run
        self._emit = emit
        self._unsaved_best: tuple[int, dict[str, Tensor], dict[str, Any]] | None = None
        self.failure: UserMessage | None = None
        """Why the last attempt to write failed; None after a success."""
        self.told = False
        """Whether that was told: once, however often it fails."""
        self.on_disk: dict[str, int | None] = {"last": None, "best": None}
        """The step that each file holds."""
        self.best: Evaluation | None = None
        self.best_step = 0
        self.total: int | None = None
        """The step at which the run was to end when it was saved; None where that is not known."""

    def restore(self, stepper: Stepper) -> bool:
        """Resume from the `last` checkpoint; False for a run that has none yet.

        Raises InputError for a checkpoint that does not fit, or is lost.
        """
        run = self._run
        if run is None:
            return False
        if not (run.path / LAST).exists():
            self._refuse_loss(run)
            return False
        checkpoint = read_checkpoint(
            run.path / LAST, run.vocabulary_fingerprint, "pt", run.identity
        )
        header = checkpoint.header
        progress = _progress(header.get("progress"))
        self.best_step, self.best = _best(header, progress, run)
        unpack(checkpoint, stepper)
        stepper.progress = progress
        self.on_disk["last"] = progress.step
        total = header.get("total")
        self.total = total if isinstance(total, int) and 0 < total < TOO_LARGE else None
        self._look_at_best(run, stepper)
        return True

    def _refuse_loss(self, run: Run) -> None:
        """Raise InputError for a run that has been trained and whose `last` is gone."""
        trained = any(isinstance(event, Saved | StepReport) for event in run.events())
        if trained or (run.path / BEST).exists():
            raise InputError(
                "{path}: is missing, and without it the run cannot be resumed; "
                "its best weights can be evaluated if {best} is there, or start a new run",
                path=run.path / LAST,
                best=BEST,
            )

    def _look_at_best(self, run: Run, stepper: Stepper) -> None:
        """Find out what the file of `best` holds; say so where it is damaged or lost."""
        if self.best is None or stepper.processes.number:
            return
        try:
            header = read_header(run.path / BEST, run.vocabulary_fingerprint, run.identity)
            self.on_disk["best"] = header["step"]
        except InputError as error:
            if self.best_step == stepper.progress.step:
                self._keep_best(stepper.module)
                return
            self._emit(
                Notice(
                    UserMessage(
                        "{reason}; the weights of step {step:,}, the best so far, are lost",
                        reason=error.message,
                        step=self.best_step,
                    )
                )
            )

    def consider(self, step: int, evaluation: Evaluation, module: nn.Module) -> bool:
        """Keep the weights if this held-out loss is the lowest so far; returns whether it is."""
        lowest = math.inf if self.best is None else self.best.loss
        if not evaluation.loss < lowest:  # nor if it is not a number
            return False
        self.best, self.best_step = evaluation, step
        self._keep_best(module)
        return True

    def _keep_best(self, module: nn.Module) -> None:
        assert self.best is not None
        header = {"step": self.best_step, "evaluation": evaluation_record(self.best)}
        self._unsaved_best = None
        if self._save("best", self.best_step, weights(module), header):
            return
        try:
            held = {name: each.to("cpu", copy=True) for name, each in weights(module).items()}
        except (MemoryError, RuntimeError):  # then they are lost, and the end of the run says so
            return
        self._unsaved_best = (self.best_step, held, header)

    def save_last(self, stepper: Stepper) -> None:
        """Write `last`, and `best` if an earlier attempt at it failed."""
        progress = stepper.progress
        best = None
        if self.best is not None:
            best = {"step": self.best_step, "evaluation": evaluation_record(self.best)}
        header = {
            "step": progress.step,
            "progress": _progress_record(progress),
            "processes": stepper.processes.count,
            "best": best,
            "total": stepper.total,
        }
        saved = self._save("last", progress.step, pack(stepper), header)
        if saved and self._unsaved_best is not None:
            if self._save("best", *self._unsaved_best):
                self._unsaved_best = None
        elif saved and best and self.on_disk["best"] is None and self.best_step == progress.step:
            self._keep_best(stepper.module)

    def go_on_in(self, run: Run, emit: Callable[[Event], None]) -> None:
        """Write into another folder from now on, which may hold the `best` of the first."""
        self._run, self._emit = run, emit
        self.on_disk = {"last": None, "best": run.step_on_disk("best")}

    def missing(self, step: int) -> UserMessage | None:
        """What was reached and is not on the disk at the end of a run; None if all of it is."""
        run = self._run
        if run is None:
            return None
        last, best = self.on_disk["last"] == step, self.on_disk["best"]
        # A file that is newer, of a process that was killed, holds weights that are better still.
        kept = self.best is None or (best is not None and best >= self.best_step)
        if last and kept and (run.path / LAST).exists():
            return None
        reason = self.failure or UserMessage("the file is gone")
        found = run.step_on_disk("last")
        if found is None:
            return UserMessage(
                "step {step:,} could not be saved ({reason}): there is no checkpoint in {run}",
                step=step,
                reason=reason,
                run=run.path,
            )
        if found == step:
            return UserMessage(
                "the best weights, of step {step:,}, could not be saved ({reason}); "
                "those of step {last:,}, the last, are on the disk",
                step=self.best_step,
                reason=reason,
                last=found,
            )
        return UserMessage(
            "step {step:,} could not be saved ({reason}): step {last:,} is on the disk; "
            "resume from there with: seqtui train --resume {run}",
            step=step,
            reason=reason,
            last=found,
            run=run.path,
        )

    def _save(
        self,
        kind: Literal["last", "best"],
        step: int,
        tensors: Mapping[str, Tensor],
        header: Mapping[str, Any],
    ) -> bool:
        run = self._run
        if run is None:
            return True
        path = run.path / CHECKPOINTS[kind]
        header = {"vocabulary": run.vocabulary_fingerprint, "run": run.identity, **header}
        try:
            save_tensors(path, tensors, header)
        except (OSError, MemoryError) as error:
            self.failure = why_unsaved(error)
            if not self.told and self.on_disk["last"] is not None:  # else it does not go on
                self.told = True
                self._emit(
                    Notice(
                        UserMessage(
                            "the {kind} checkpoint cannot be saved ({reason}); the run goes on "
                            "and tries again",
                            kind=kind,
                            reason=self.failure,
                        )
                    )
                )
            return False
        self.failure = None
        self.on_disk[kind] = step
        if self.told:
            self.told = False
            self._emit(
                Notice(UserMessage("checkpoints are saved again, from step {step:,} on", step=step))
            )
        self._emit(Saved(step, kind, path))
        return True


def _best(header: Mapping[str, Any], progress: Progress, run: Run) -> tuple[int, Evaluation | None]:
    """The lowest evaluation when a `last` checkpoint was written, and its step.

    Raises InputError for a header that is damaged.
    """
    if "best" not in header:  # of 0.1.0
        known = [
            event
            for event in run.events()
            if isinstance(event, Evaluated) and event.step <= progress.evaluated
        ]
        if not known:
            return 0, None
        lowest = min(known, key=lambda event: event.evaluation.loss)
        return lowest.step, lowest.evaluation
    best = header["best"]
    if best is None:
        return 0, None
    step = best.get("step") if isinstance(best, dict) else None
    if not isinstance(step, int) or not 0 <= step <= progress.step:
        raise InputError("{path}: its best step is missing", path=run.path / LAST)
    return step, evaluation_of(best.get("evaluation"))


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
