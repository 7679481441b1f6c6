"""The result of a run as one JSON document: what `train --json` prints and run.json keeps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from seqtui.corpora.errors import UserError, UserMessage
from seqtui.engine.evaluation import Evaluation
from seqtui.engine.networks.parameter_count import parameter_formula
from seqtui.engine.ngrams.sparsity import written_power
from seqtui.engine.runs.events import Evaluated
from seqtui.engine.runs.trend import Trend
from seqtui.engine.settings.run_config import RunConfig

if TYPE_CHECKING:
    from seqtui.engine.runs.run import Run


class UnsavedError(UserError, RuntimeError):
    """A run has ended, and what it reached is not on the disk."""

    def __init__(self, message: UserMessage, document: dict[str, Any]) -> None:
        super().__init__(message)
        self.document = document
        """The result all the same."""


Elsewhere: TypeAlias = "Callable[[int, UserMessage], Run | None]"
"""Asked with the step and what could not be saved: the run in another folder, None for nowhere."""


def nowhere(step: int, reason: UserMessage) -> Run | None:
    """Nobody is there to name another folder."""
    return None


def result_document(
    config: RunConfig,
    run: Path | None,
    *,
    status: Literal["done", "stopped"],
    unsaved: UserMessage | None,
    steps: int,
    seconds: float,
    tokens_per_second: float,
    device: str,
    parameters: int,
    vocabulary_size: int,
    train: Evaluation | None,
    measured: str,
    held_out: Evaluation | None,
    held_out_step: int,
    last_held_out: Evaluated | None = None,
    trend: Trend | None = None,
) -> dict[str, Any]:
    """The document; `measured` says what the training perplexity was taken over.

    `unsaved` is what could not be saved of all this, and why; then the run has failed.

    `held_out` is the best evaluation and `held_out_step` its step; None if none was made;
    `last_held_out` is the last one, of a model that is trained in steps.
    """
    return {
        "run": str(run) if run else None,
        "status": "failed" if unsaved is not None else status,
        "unsaved": unsaved,
        "model": config.model,
        "steps": steps,
        "seconds": round(seconds, 3),
        "tokens_per_second": round(tokens_per_second, 1),
        "device": device,
        "parameters": parameters,
        "parameters_formula": _formula(config, vocabulary_size),
        "table": _table(config, vocabulary_size),
        "train": {
            "perplexity": train.document()["perplexity"] if train else None,
            "perplexity_is": train.perplexity_is if train else "unmeasured",
            "loss": train.document()["loss"] if train else None,
            "zero_probability_targets": train.zero_probability_targets if train else 0,
            "measured": measured,
        },
        "held_out": {**held_out.document(), "step": held_out_step} if held_out else None,
        "last_held_out": (
            {**last_held_out.evaluation.document(), "step": last_held_out.step}
            if last_held_out
            else None
        ),
        "trend": {"kind": trend.kind, "since": trend.since} if trend else None,
    }


def _formula(config: RunConfig, vocabulary_size: int) -> dict[str, Any] | None:
    """The number of weights as a sum; None where a model has no formula."""
    formula = parameter_formula(config, vocabulary_size)
    if formula is None:
        return None
    return {"text": formula.text, "sizes": dict(formula.sizes), "total": formula.total}


def _table(config: RunConfig, vocabulary_size: int) -> dict[str, Any] | None:
    """|V|^N, the entries of a table with one for each sequence of so many tokens."""
    tokens = config.reach
    if tokens is None:
        return None
    return {"tokens": tokens, "entries": written_power(vocabulary_size, tokens)}
