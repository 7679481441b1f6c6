"""The folder of a run: the files it consists of, how a new one is made, and how one is found."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.corpora.files import unfinished
from seqtui.corpora.folders import absolute, runs_folder

DESCRIPTION = "run.json"
VOCABULARY = "vocabulary.json"
METRICS = "metrics.jsonl"
LAST = "last.safetensors"
BEST = "best.safetensors"
LOG = "log.txt"
CORPUS_TEXT = "corpus.txt"
OWN_SOURCE = "model.py"
CONTROL = "control.jsonl"
LOCK = "lock"
RUN_FILES = (
    DESCRIPTION,
    VOCABULARY,
    METRICS,
    LAST,
    BEST,
    LOG,
    CORPUS_TEXT,
    OWN_SOURCE,
    CONTROL,
    LOCK,
)
"""What a run consists of; anything else in its folder is somebody's own and stays."""

CHECKPOINTS: dict[str, str] = {"last": LAST, "best": BEST}
"""The file of each kind of checkpoint."""


def remove_unbegun(folder: Path, *, keep: bool) -> None:
    """Take away what a run left that was refused before it began; with `keep` not the folder.

    A log stays: somebody may be reading it, and then the folder stays with it.
    """
    with suppress(OSError):
        for name in RUN_FILES:
            if name != LOG:
                (folder / name).unlink(missing_ok=True)
        if not keep:
            folder.rmdir()


def find_folder(source: str | Path) -> Path:
    """The folder at that path, or of that name among the runs, from the root.

    Raises InputError where there is none, and for a name that two runs have.
    """
    name = os.fspath(source)
    here, among = Path(name), runs_folder() / name
    is_name = os.sep not in name and name not in ("", os.curdir, os.pardir)
    found = is_name and os.path.isdir(among)
    if name and os.path.isdir(here):
        if not found or os.path.samefile(here, among):
            return absolute(here)
        if os.path.lexists(here / DESCRIPTION):
            raise InputError(
                "{name} is a run here and another one among the runs: say ./{name} or {path}",
                name=name,
                path=among,
            )
    if not found:
        raise InputError("{source}: no such run; `seqtui runs` lists them", source=source)
    return among


def make_run_folder(folder: Path | None, corpus: str, model: str) -> Path:
    """`folder`, made if need be, or a new one with a name of its own among the runs.

    Raises InputError when it cannot be made, and as `refuse_used`.
    """
    try:
        if folder is not None:
            folder = absolute(folder)
            folder.mkdir(parents=True, exist_ok=True)
            refuse_used(folder)
            return folder
        text, model = (re.sub(r"[^\w.-]+", "-", each).strip("-.")[:32] for each in (corpus, model))
        base = f"{datetime.now():%Y%m%d-%H%M%S}-{text}-{model}"
        number = 1
        while True:
            path = runs_folder() / (base if number == 1 else f"{base}-{number}")
            try:
                path.mkdir(parents=True)
                return path
            except FileExistsError:
                number += 1
    except OSError as error:
        raise unwritable(folder or runs_folder(), error) from error


def refuse_used(folder: Path) -> None:
    """Raise InputError where a folder holds anything but what is there before a run begins.

    That is a log, of a process that is about to begin it, and a lock. Raises OSError.
    """
    if os.path.lexists(folder / DESCRIPTION):
        raise InputError(
            "--run-dir {folder}: holds a run; --resume {folder} goes on",
            option="run_dir",
            folder=folder,
        )
    if _others(folder, [folder / LOG, folder / LOCK, *unfinished(folder, (LOCK,))]):
        raise InputError(
            "--run-dir {folder}: is not empty; name a new folder",
            option="run_dir",
            folder=folder,
        )


def unwritable(folder: Path, error: OSError | MemoryError) -> InputError:
    """Why a new run cannot be written there."""
    reason = error.strerror or error if isinstance(error, OSError) else UserMessage("out of memory")
    return InputError(
        "--run-dir {where}: {reason}; take another folder",
        option="run_dir",
        where=folder,
        reason=reason,
    )


def _others(folder: Path, known: Iterable[Path]) -> set[Path]:
    return set(folder.iterdir()) - set(known)
