"""How a run comes to be, and is taken up again: its folder is held before its first byte."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from seqtui.corpora.catalogue import CATALOGUE, STDIN, version
from seqtui.corpora.errors import InputError
from seqtui.corpora.files import write_file
from seqtui.corpora.folders import absolute
from seqtui.engine.runs.folder import (
    DESCRIPTION,
    make_run_folder,
    refuse_used,
    remove_unbegun,
    unwritable,
)
from seqtui.engine.runs.lock import locked
from seqtui.engine.runs.run import Run, open_run

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.networks.own_model import OwnModel
    from seqtui.engine.settings.run_config import RunConfig


@contextlib.contextmanager
def new_run(
    config: RunConfig,
    corpus: Corpus,
    folder: Path | None = None,
    own: OwnModel | None = None,
    began: Callable[[], bool] = lambda: True,
) -> Iterator[Run]:
    """A new run in `folder`, or in one with a name of its own among the runs; locked meanwhile.

    `own` is the user's own network, whose file is kept with the run. One that is refused before it
    `began` leaves nothing.

    Raises InputError when the folder cannot be made, is another run's or holds something already.
    """
    if own is not None:
        config = replace(config, model=own.spec)
    was_there = folder is not None and folder.exists()
    path = make_run_folder(folder, corpus.name, config.model_name)
    with locked(path):
        try:
            refuse_used(path)  # another process may have been faster
        except OSError as error:
            raise unwritable(path, error) from error
        run = None
        try:
            try:
                run = _write(path, config, corpus, own)
            except (OSError, MemoryError) as error:
                raise unwritable(path, error) from error
            yield run
        except BaseException as error:
            if run is None or (isinstance(error, InputError) and not began()):
                remove_unbegun(path, keep=was_there)
            raise


@contextlib.contextmanager
def taken_up(path: Path, began: Callable[[], bool] = lambda: True) -> Iterator[Run]:
    """The run in a folder, to be resumed; locked meanwhile.

    Where that is refused before it `began`, the run is described as before. Raises as `open_run`
    and `locked`.
    """
    with locked(path):
        run = open_run(path)  # as it is now: another process may have had it until this moment
        before = (path / DESCRIPTION).read_bytes()
        try:
            yield run
        except InputError:
            if not began():
                with contextlib.suppress(OSError, MemoryError):
                    write_file(path / DESCRIPTION, before)
            raise


def lasting_source(source: str) -> str:
    """A corpus's name as it is, a path made absolute: a run is resumed from anywhere."""
    if source == STDIN or source in CATALOGUE:
        return source
    return str(absolute(Path(source).expanduser()))


def _write(path: Path, config: RunConfig, corpus: Corpus, own: OwnModel | None) -> Run:
    """Write a run that has begun; whatever is missing then, run.json is written last."""
    run = Run(
        path=path,
        config=replace(config, corpus=lasting_source(config.corpus)),
        corpus_name=corpus.name,
        vocabulary_fingerprint=corpus.training_vocabulary.fingerprint,
        corpus_fingerprint=corpus.fingerprint,
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        status="running",
        document=None,
        own_fingerprint=own.fingerprint if own is not None else None,
        identity=os.urandom(8).hex(),
        corpus_version=version(config.corpus),
        corpus_tokens=corpus.tokens,
        # A file is there when the run is resumed; a built-in text may be another one by then.
        keeps_text=config.corpus == STDIN or config.corpus in CATALOGUE,
    )
    run.write_inputs(corpus, own)
    run.write("running")
    return run
