"""The folder of a run: the files it consists of, and how a new one comes to be."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from seqtui.corpora.errors import InputError
from seqtui.corpora.folders import runs_folder

DESCRIPTION = "run.json"
VOCABULARY = "vocabulary.json"
METRICS = "metrics.jsonl"
LAST = "last.safetensors"
BEST = "best.safetensors"
LOG = "log.txt"
STDIN_TEXT = "corpus.txt"
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
    STDIN_TEXT,
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


def make_run_folder(folder: Path | None, corpus: str, model: str) -> Path:
    """`folder`, made if need be, or a new one with a name of its own among the runs.

    One that holds a log alone was made for a run that is about to begin. Raises InputError when
    the folder cannot be made or holds anything else.
    """
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            if (folder / DESCRIPTION).exists():
                raise InputError(
                    "--run-dir {folder}: holds a run; --resume {folder} goes on",
                    option="run_dir",
                    folder=folder,
                )
            if any(each.name != LOG for each in folder.iterdir()):
                raise InputError(
                    "--run-dir {folder}: is not empty; name a new folder",
                    option="run_dir",
                    folder=folder,
                )
            return folder.absolute()
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
        where = folder if folder is not None else runs_folder()
        raise InputError(
            "--run-dir {where}: {reason}; take another folder",
            option="run_dir",
            where=where,
            reason=error.strerror,
        ) from error
