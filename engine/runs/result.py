"""The result of a run as one JSON document: what `train --json` prints and run.json keeps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypedDict, get_type_hints

from seqtui.corpora.catalogue import version
from seqtui.corpora.errors import UserError, UserMessage
from seqtui.engine.evaluation import Evaluation
from seqtui.engine.networks.parameter_count import parameter_formula
from seqtui.engine.ngrams.sparsity import written_power
from seqtui.engine.runs.events import Evaluated
from seqtui.engine.runs.trend import Trend
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.settings.typed_json import fitting


class _Result(TypedDict):
    """What every result has."""

    status: Literal["done", "stopped", "failed"]
    model: str
    steps: int
    seconds: float
    tokens_per_second: float
    device: str
    parameters: int


class _Measured(TypedDict):
    """What an evaluation in a result may have."""

    normalised: bool
    perplexity: float | None
    perplexity_is: str
    loss: float | None
    bits_per_token: float | None
    bits_per_character: float | None
    perplexity_without_unknown: float | None
    loss_without_unknown: float | None
    targets: int
    zero_probability_targets: int
    unknown_targets: int
    characters: int
    split: str
    state: str
    text: str
    tokens: str
    step: int
    measured: str


_RESULT, _MEASURED = get_type_hints(_Result), get_type_hints(_Measured)
_TREND = get_type_hints(Trend)
_NO_TRAINING: dict[str, Any] = {"perplexity": None, "zero_probability_targets": 0, "measured": ""}


def read_result(data: object) -> dict[str, Any] | None:
    """The document that `result_document` made, as a file has it; None for anything else.

    An evaluation in it with values of another type counts as none, so whoever shows a result may
    rely on what it finds.
    """
    if not isinstance(data, dict) or len(fitting(_RESULT, data)) < len(_RESULT):
        return None
    if any(data[name] < 0 for name in ("steps", "seconds", "parameters")):
        return None
    return {
        **{name: value for name, value in data.items() if name not in _SIZES},
        **{name: read(data.get(name)) for name, read in _SIZES.items()},
        "run": None,
        "train": _measured(data.get("train")) or _NO_TRAINING,
        "held_out": _measured(data.get("held_out")),
        "last_held_out": _measured(data.get("last_held_out")),
    }


def _measured(data: object) -> dict[str, Any] | None:
    found = fitting(_MEASURED, data)
    if not isinstance(data, dict) or any(name in _MEASURED and name not in found for name in data):
        return None
    counts = [value for value in found.values() if type(value) is int]
    powers = [found.get(name) for name in ("perplexity", "perplexity_without_unknown")]
    whole = all(each >= 0 for each in counts) and all(each is None or each > 0 for each in powers)
    return data if found and whole else None


def _read_formula(data: object) -> dict[str, Any] | None:
    found = fitting({"text": str, "sizes": dict, "total": int}, data)
    sizes = found.get("sizes", {})
    whole = len(found) == 3 and len(fitting(dict.fromkeys(sizes, int), sizes)) == len(sizes)
    return found if whole else None


def _read_table(data: object) -> dict[str, Any] | None:
    found = fitting({"tokens": int, "entries": str}, data)
    return found if len(found) == 2 else None


def _read_trend(data: object) -> dict[str, Any] | None:
    found = fitting(_TREND, data)
    return found if len(found) == len(_TREND) else None


def _read_unsaved(data: object) -> str | None:
    return data if isinstance(data, str) else None


_SIZES: dict[str, Callable[[object], Any]] = {
    "parameters_formula": _read_formula,
    "table": _read_table,
    "trend": _read_trend,
    "unsaved": _read_unsaved,
}


class UnsavedError(UserError, RuntimeError):
    """A run has ended, and what it reached is not on the disk."""

    def __init__(self, message: UserMessage, document: dict[str, Any]) -> None:
        super().__init__(message)
        self.document = document
        """The result all the same."""


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
        "corpus": Path(config.corpus).name,
        "corpus_version": version(config.corpus),
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
