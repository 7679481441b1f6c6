"""Events and evaluations as JSON: the lines of a run's metrics.jsonl, written and read back.

JSON has no Infinity: a number that is not finite is written as null.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.corpora.files import LARGEST, MissingFileError, append, open_file, replacing
from seqtui.engine.evaluation import Evaluation
from seqtui.engine.runs.events import (
    Evaluated,
    Event,
    Notice,
    Paused,
    Resumed,
    Sampled,
    Saved,
    StepReport,
)
from seqtui.engine.runs.folder import CHECKPOINTS, LAST
from seqtui.engine.settings.typed_json import build, parse

Recorded = StepReport | Evaluated | Sampled | Saved | Paused | Resumed | Notice

RECORDED: dict[str, type[Recorded]] = {
    "step": StepReport,
    "evaluation": Evaluated,
    "sample": Sampled,
    "saved": Saved,
    "paused": Paused,
    "resumed": Resumed,
    "notice": Notice,
}
"""The events that are lines; its run.json says how a run began and ended."""
LONGEST_LINE = 1 << 20
"""Bytes; no event is so long, and what is longer is passed over."""
_LINE = re.compile(rb"^\{.*\}[ \t\r]*$", re.MULTILINE)


def record(event: Event) -> dict[str, Any] | None:
    """The event as JSON values, None for one that is not kept."""
    for kind, cls in RECORDED.items():
        if isinstance(event, cls):
            data = asdict(event)
            data.pop("path", None)  # a checkpoint lies in the folder of its run, wherever that is
            if isinstance(event, Evaluated):
                data["evaluation"] = evaluation_record(event.evaluation)
            return {"event": kind, **_finite(data)}
    return None


def event_of(data: object, folder: Path = Path()) -> Event | None:
    """The event that `record` wrote, None for anything else (a torn line, a newer version's).

    `folder` is the run's.
    """
    if not isinstance(data, dict):
        return None
    values = dict(data)
    cls = RECORDED.get(str(values.pop("event", None)))
    if cls is None:
        return None
    if cls is Saved:
        values["path"] = folder / CHECKPOINTS.get(str(values.get("kind")), LAST)
    try:
        if "evaluation" in values:
            values["evaluation"] = evaluation_of(values["evaluation"])
        event = build(cls, values, Evaluation=Evaluation, Path=Path)
    except InputError:
        return None
    return event if getattr(event, "step", 0) >= 0 else None


def event_of_line(line: str | bytes, folder: Path = Path()) -> Event | None:
    """The event of one line of a metrics.jsonl, None for a line that is none."""
    try:
        return event_of(parse(line), folder)
    except ValueError:
        return None


def lines_of(data: bytes) -> Iterator[bytes]:
    """The lines of a piece of a metrics.jsonl that may hold an object, however many are empty."""
    for found in _LINE.finditer(data):
        yield found[0]


def read_lines(path: Path) -> Iterator[bytes]:
    """The whole lines of a metrics.jsonl that may hold an object, oldest first.

    Takes no more memory than `LONGEST_LINE`, and reads no more than the largest file. A torn
    line is left out, and a file that is not there has none. Raises InputError for one that cannot
    be read.
    """
    try:
        opened = open_file(path)
    except MissingFileError:
        return
    rest, size = b"", 0
    with opened as file:
        while size < LARGEST:
            try:
                piece = file.read(LONGEST_LINE)
            except OSError as error:
                raise InputError(
                    "{path} cannot be read: {reason}", path=path, reason=error.strerror or error
                ) from error
            if not piece:
                yield from lines_of(rest)
                return
            size += len(piece)
            end = piece.rfind(b"\n") + 1
            if end:
                yield from lines_of(rest + piece[:end])
                rest = piece[end:]
            else:
                rest = rest + piece if len(rest) < LONGEST_LINE else b""


def evaluation_record(evaluation: Evaluation) -> dict[str, Any]:
    """The sums of an evaluation as JSON values."""
    return _finite(asdict(evaluation))


def evaluation_of(data: object) -> Evaluation:
    """The evaluation that `evaluation_record` wrote. Raises InputError for anything else."""
    if not isinstance(data, dict):
        return build(Evaluation, data)
    # The numbers for which null was written: infinite where a target was impossible, else none.
    value = math.inf if data.get("zero_probability_targets") else math.nan
    lost: dict[str, Any] = {}
    if data.get("nll", 0) is None:
        lost["nll"] = value
    if data.get("unknown_targets") and data.get("known_nll", 0) is None:
        lost["known_nll"] = value
    found = build(Evaluation, {**data, **dict.fromkeys(lost, 0.0)})
    if min(found.targets, found.zero_probability_targets, found.unknown_targets) < 0:
        raise InputError("Evaluation: counts below zero")
    return replace(found, **lost)


def read_events(path: Path) -> Iterator[Event]:
    """The events of a metrics.jsonl, oldest first; lines that are none are skipped.

    Raises as `read_lines`.
    """
    for line in read_lines(path):
        event = event_of_line(line, path.parent)
        if event is not None:
            yield event


class Recorder:
    """Tells events to a listener, and keeps those worth keeping in a run's metrics.jsonl.

    A line that cannot be written becomes one Notice; training continues without it.
    """

    def __init__(self, path: Path | None, on_event: Callable[[Event], None]) -> None:
        self._path = path
        self._on_event = on_event
        self._failing = False

    def emit(self, event: Event) -> None:
        """Pass the event on, and write its line."""
        self._on_event(event)
        kept = record(event)
        if self._path is None or kept is None:
            return
        # After a failure half a line may stand there: the new one starts on a line of its own.
        line = "\n" * self._failing + json.dumps(kept, allow_nan=False) + "\n"
        try:
            append(self._path, line.encode())
        except OSError as error:
            if not self._failing:
                self._on_event(
                    Notice(
                        UserMessage(
                            "{file} cannot be written: {reason}",
                            file=self._path.name,
                            reason=error.strerror or error,
                        )
                    )
                )
            self._failing = True
        else:
            self._failing = False


def forget_after(path: Path, step: int, evaluated: int) -> None:
    """Cut from a metrics.jsonl what a run resumed at `step` will emit again. Raises OSError.

    `evaluated` is the step of the last evaluation it knows of: one of this very step may have
    come after the checkpoint.
    """
    with replacing(path) as part, part.open("wb") as file:
        for event in read_events(path):
            data = None if isinstance(event, Paused | Resumed) else record(event)
            last = evaluated if isinstance(event, Evaluated) else step
            if data is not None and data.get("step", 0) <= last:
                file.write(json.dumps(data, allow_nan=False).encode() + b"\n")


def _finite(data: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in data.items()
    }
