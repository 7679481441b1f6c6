"""A run that cannot be saved in its folder goes on in another."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.engine.runs.checkpoints import why_unsaved
from seqtui.engine.runs.folder import BEST, LOG, METRICS, make_run_folder
from seqtui.engine.runs.lock import locked
from seqtui.engine.runs.run import Run

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.networks.own_model import OwnModel


Elsewhere: TypeAlias = Callable[[int, UserMessage], Run | None]
"""Asked with the step and what could not be saved: the run in another folder, None for nowhere."""


def nowhere(step: int, reason: UserMessage) -> Run | None:
    """Nobody is there to name another folder."""
    return None


@contextmanager
def held_elsewhere(run: Run, folder: Path, corpus: Corpus, own: OwnModel | None) -> Iterator[Run]:
    """The run in another folder, new or empty, and its lock held.

    What can be read of its metrics, log and best weights is copied; its last weights are the
    caller's to write. Raises InputError, naming the folder, where that cannot be done.
    """
    path = make_run_folder(folder, run.corpus_name, run.config.model_name)
    other = replace(run, path=path)
    with locked(path):
        try:
            other.write_inputs(corpus, own)
            other.write("running", run.document)
        except (OSError, MemoryError) as error:
            raise InputError(
                "--run-dir {path}: {reason}; take another folder",
                option="run_dir",
                path=path,
                reason=why_unsaved(error),
            ) from error
        for name in (METRICS, LOG, BEST):
            with suppress(OSError):
                shutil.copyfile(run.path / name, path / name)
        yield other
