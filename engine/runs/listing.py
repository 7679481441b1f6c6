"""The runs there are, and what is there but cannot be read as one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from seqtui.corpora.errors import InputError
from seqtui.corpora.folders import runs_folder
from seqtui.engine.runs.folder import CHECKPOINTS, DESCRIPTION, METRICS, VOCABULARY
from seqtui.engine.runs.lock import holder
from seqtui.engine.runs.run import Run, open_run


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A folder that cannot be read as a run."""

    path: Path
    reason: InputError
    """One line, which names the folder or a file in it."""


@dataclass(frozen=True, slots=True)
class RunList:
    """What the runs' folder holds."""

    runs: list[Run]
    """Newest first."""
    unreadable: list[Unreadable]
    """By name; the runs' folder itself where that cannot be read."""


def list_runs() -> RunList:
    """The runs in the runs' folder; never raises for what it finds there."""
    runs: list[Run] = []
    unreadable: list[Unreadable] = []
    for path in _folders(unreadable):
        try:
            if _is_run(path):
                runs.append(open_run(path))
        except InputError as error:
            if os.path.isdir(path):  # else another process has deleted or renamed it meanwhile
                unreadable.append(Unreadable(path, error))
    runs.sort(key=lambda run: (run.created, run.name), reverse=True)
    return RunList(runs, unreadable)


def _folders(unreadable: list[Unreadable]) -> list[Path]:
    folder = runs_folder()
    try:
        return sorted(path for path in folder.iterdir() if os.path.isdir(path))
    except FileNotFoundError:
        return []
    except OSError as error:
        reason = InputError(
            "{path} cannot be read: {reason}", path=folder, reason=error.strerror or error
        )
        unreadable.append(Unreadable(folder, reason))
        return []


def _is_run(path: Path) -> bool:
    """Whether a folder holds a run; InputError for what is left of one."""
    try:
        names = set(os.listdir(path))
    except OSError as error:
        raise InputError(
            "{path} cannot be read: {reason}", path=path, reason=error.strerror or error
        ) from error
    if DESCRIPTION in names:
        return True
    remains = names & {VOCABULARY, METRICS, *CHECKPOINTS.values()}
    if remains and holder(path) is None:
        raise InputError(
            "{path}: its run.json is missing; `seqtui runs delete {name}` deletes what is left",
            path=path,
            name=path.name,
        )
    return False
