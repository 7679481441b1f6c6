"""Events of runs that never trained, for tests of what a screen makes of them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from seqtui.engine.evaluation import EvaluatedText, Evaluation
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import Evaluated, EventBuffer, Finished, Started, StepReport
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.worker import Job, TrainingSession


def evaluation(loss: float, *, targets: int = 1_000, impossible: int = 0) -> Evaluation:
    """An evaluation with a mean loss in nats, one character to a token."""
    nll = math.inf if impossible else loss * targets
    of = EvaluatedText("held-out", "text", "tokens", targets, True)
    return Evaluation(nll, targets, impossible, "carried", of)


def evaluated(step: int, loss: float, *, best: bool = True, impossible: int = 0) -> Evaluated:
    return Evaluated(step, evaluation(loss, impossible=impossible), best)


def started(config: RunConfig, *, run: Path | None = None, steps: int | None = 1_000) -> Started:
    return Started(run, config, 283_746, "cpu", 28, 9_000, 1_000, steps)


def report(step: int, loss: float, **values: Any) -> StepReport:
    settings: dict[str, Any] = {
        "tokens": step * 2_048,
        "seconds": step / 20,
        "learning_rate": 0.004,
        "grad_norm": 1.84,
        "clipped_norm": 1.0,
        "clipped_share": 0.03,
        "tokens_per_second": 41_204.0,
        "eta": 38.0,
        "epoch": 0.5,
    }
    return StepReport(step=step, loss=loss, **{**settings, **values})


def finished(step: int, loss: float, reason: Any = "done") -> Finished:
    held_out = evaluation(loss).document()
    return Finished(step, reason, {"train": {"perplexity": 4.0}, "held_out": held_out})


def silent_session() -> TrainingSession:
    """A run that trains for as long as a test lasts, and emits what the test has it emit."""
    control = Control()
    return TrainingSession(Job(lambda: None, (), None), control, EventBuffer(), leave=control.stop)
