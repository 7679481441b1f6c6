"""Starting a run in a process of its own: it continues when this terminal is gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seqtui.corpora.errors import Cancelled, InputError, UserError, flag
from seqtui.corpora.files import append_file
from seqtui.engine.runs.folder import DESCRIPTION

if TYPE_CHECKING:
    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.settings.run_config import RunConfig

LOOK_SECONDS = 0.05
"""Time between two looks at whether the process has started its run."""
PREFIX = "seqtui: "
"""What a command's complaint begins with, here in the process's log."""


class DetachedError(UserError, RuntimeError):
    """The process ended before its run had begun."""


@dataclass(frozen=True, slots=True)
class Detached:
    """A run that another process trains."""

    folder: Path
    process: int
    """Its number."""


def start_detached(
    config: RunConfig,
    folder: Path | None = None,
    resume: Path | None = None,
    named_model: str | None = None,
    moved: str | None = None,
    keep_going: OnProgress = lambda done, total: True,
) -> Detached:
    """Start a run, or resume the one in `resume`, and return once it has begun.

    `named_model` is what was typed for `--model`, None where nothing was; `moved` is where the
    corpus of the run in `resume` lies now, None where it was.

    The process has a session of its own: no terminal's end reaches it. Raises its complaint:
    InputError where an option is at fault, DetachedError for anything else.
    """
    from seqtui.engine.runs.creating import lasting_source
    from seqtui.engine.runs.folder import LOG, make_run_folder
    from seqtui.engine.runs.run import CHANGEABLE, open_run

    if config.corpus == "-":
        raise InputError(
            "-: a detached run cannot read this standard input; name a file", option="corpus"
        )
    settings = config.to_json()
    if resume is None:
        path = make_run_folder(folder, Path(config.corpus).name, config.model_name)
        arguments = ["--config", "-", "--run-dir", str(path)]
        before = None
    else:
        run = open_run(resume)
        path, before = run.path, run.started_at
        arguments = ["--resume", str(path)]
        if moved is not None:
            arguments.append(lasting_source(moved))
        for name in CHANGEABLE:
            if settings[name] is not None:
                arguments += [flag(name), str(settings[name])]
    if named_model is not None:  # there too, the user's own network runs only if it is named
        arguments += ["--model", named_model]
    with append_file(path / LOG) as log:
        place = log.tell()
        process = subprocess.Popen(
            # -P, and the same for what it starts: no module is taken from the working folder.
            [sys.executable, "-P", "-m", "seqtui.tui.main", "train", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1"},
        )
    assert process.stdin is not None
    with process.stdin:
        if resume is None:
            process.stdin.write(json.dumps(settings).encode())
    _wait_for_start(process, path, before, place, keep_going)
    return Detached(path, process.pid)


def _wait_for_start(
    process: subprocess.Popen[bytes],
    path: Path,
    before: str | None,
    place: int,
    keep_going: OnProgress,
) -> None:
    from seqtui.engine.runs.run import open_run

    while True:
        ended = process.poll()
        if (path / DESCRIPTION).exists():
            run = open_run(path)
            if run.started_at not in (None, before) or (run.document is not None and ended == 0):
                return
        if ended is not None:
            _raise_failure(path, place, ended)
        if not keep_going(0, 0):
            process.terminate()
            raise Cancelled
        time.sleep(LOOK_SECONDS)


def _raise_failure(path: Path, place: int, code: int) -> None:
    """Raise the last complaint of the process; its folder is removed if it holds no run."""
    from seqtui.engine.runs.folder import LOG

    with (path / LOG).open("rb") as log:
        log.seek(place)
        lines = log.read().decode(errors="replace").split("\n")
    complaints = [line.removeprefix(PREFIX) for line in lines if line.startswith(PREFIX)]
    if not (path / DESCRIPTION).exists():
        (path / LOG).unlink()
        path.rmdir()
    if not complaints:
        raise DetachedError("the process ended with {code}", code=code)
    error = InputError if code == 2 else DetachedError
    raise error("{reason}", reason=complaints[-1])  # in the language of both processes
