"""Renaming and deleting a run, while no process writes it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from seqtui.corpora.errors import InputError
from seqtui.corpora.files import unfinished
from seqtui.corpora.folders import runs_folder
from seqtui.engine.runs.folder import (
    CORPUS_TEXT,
    DESCRIPTION,
    LOCK,
    OWN_SOURCE,
    RUN_FILES,
    find_folder,
)
from seqtui.engine.runs.lock import holder, locked, move_locked
from seqtui.engine.runs.run import Run, open_run


def rename_run(run: Run, name: str) -> Run:
    """Give a run's folder another name in the same place; returns the run as it is then.

    Raises InputError for a name that is invalid or taken, and while the run is written.
    """
    if not name or name != Path(name).name or name.startswith((".", "-")) or not name.isprintable():
        raise InputError(
            "{name!r}: not a name for a run; leave out slashes and leading . and -", name=name
        )
    target = run.path.with_name(name)
    try:
        if os.path.lexists(target):
            raise InputError("{name}: {target} exists; take another name", name=name, target=target)
        move_locked(run.path, target)
    except OSError as error:
        raise InputError(
            "{name}: {path} cannot be renamed: {reason}",
            name=name,
            path=run.path,
            reason=error.strerror or error,
        ) from error
    return open_run(target)


def find_deletable(source: str | Path) -> Path:
    """The folder of a run that may be deleted: not while it is written.

    Outside the runs' folder only one that can be read as a run: nothing else says that the files
    in it are a run's. Raises InputError.
    """
    folder = find_folder(source)
    if folder.parent != runs_folder():
        open_run(folder)
    if not folder.is_symlink() and (writer := holder(folder)) is not None and writer.here:
        raise InputError("{run} is training; stop it first", run=folder.name)
    return folder


def delete_run(folder: Path) -> bool:
    """Delete a run; whether its folder went too, which stays while it holds other files.

    run.json goes last, so what an interruption leaves is listed and can be deleted. Of a link only
    the link goes. Raises InputError where a file cannot be deleted and while the run is written.
    """
    try:
        if folder.is_symlink():
            folder.unlink()
            return True
        with locked(folder):
            names = _own_files(folder)
            for file in [folder / name for name in names] + unfinished(folder, RUN_FILES):
                _remove(file)
            _remove(folder / DESCRIPTION)
    except OSError as error:
        raise InputError(
            "{path} cannot be deleted: {reason}",
            path=error.filename or folder,
            reason=error.strerror or error,
        ) from error
    with contextlib.suppress(OSError):
        folder.rmdir()
    return not folder.exists()


def _own_files(folder: Path) -> list[str]:
    """The files of a run but its run.json and lock; a user's own may have the name of some."""
    names = set(RUN_FILES) - {DESCRIPTION, LOCK}
    with contextlib.suppress(InputError):
        run = open_run(folder)
        if not run.keeps_text:
            names.discard(CORPUS_TEXT)
        if run.own_fingerprint is None:
            names.discard(OWN_SOURCE)
    return sorted(names)


def _remove(file: Path) -> None:
    if not file.is_dir() or file.is_symlink():  # no folder is a run's
        file.unlink(missing_ok=True)
