"""Starting a run, or resuming one: folder, lock, device, the loop, and what happens on failure."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from seqtui.corpora.catalogue import STDIN
from seqtui.corpora.errors import InputError, UserMessage
from seqtui.corpora.files import unfinished
from seqtui.engine.runs.checkpoints import why_unsaved
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.creating import lasting_source, new_run, taken_up
from seqtui.engine.runs.elsewhere import held_elsewhere
from seqtui.engine.runs.events import (
    Event,
    Failed,
    Finished,
    Notice,
    Saved,
    Started,
    StepReport,
    Unsaved,
)
from seqtui.engine.runs.folder import LAST, LOG, METRICS, RUN_FILES, VOCABULARY
from seqtui.engine.runs.loading import load_own_model
from seqtui.engine.runs.metrics import Recorder
from seqtui.engine.runs.remote_control import ControlFile
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.result import UnsavedError
from seqtui.engine.runs.run import Run, open_run
from seqtui.engine.settings.run_config import LENGTHS, OWN_MODEL, RunConfig
from seqtui.engine.training.minibatches import check_length

if TYPE_CHECKING:
    from seqtui.engine.networks.own_model import OwnModel
    from seqtui.engine.training.device import Device


class _Listener:
    """Passes a run's events on, and remembers what the event of a failure needs.

    How the run begins goes into its run.json too, for those who follow it.
    """

    def __init__(self, listener: Callable[[Event], None]) -> None:
        self._listener = listener
        self._step = 0
        self.began = False
        """Whether it has taken a step or saved anything."""
        self.run: Run | None = None
        """The run, once its folder is locked."""

    def emit(self, event: Event) -> None:
        """Pass an event on."""
        self._step = getattr(event, "step", self._step)
        self.began = self.began or isinstance(event, Saved | StepReport)
        if isinstance(event, Started) and self.run is not None:
            with suppress(OSError, MemoryError):  # a full disk; the checkpoints report it
                self.run.begin(event)
        self._listener(event)

    def fail(self, error: BaseException) -> None:
        """Emit the failure, with a traceback unless the input or the disk is at fault."""
        trace = "" if isinstance(error, InputError | UnsavedError) else traceback.format_exc()
        self._listener(Failed(_one_line(error), trace, getattr(error, "step", self._step)))


def launch(
    request: RunRequest, listener: Callable[[Event], None], control: Control
) -> dict[str, Any]:
    """Train in a new run, or resume one; returns the result document.

    With a rank this is rank 0 of several processes, and the others `assist`. The document of a
    finished run is returned again. Any error is emitted as a Failed event, its traceback written
    to the run's log, and raised.
    """
    events = _Listener(listener)
    try:
        return _launch(request, events, control)
    except BaseException as error:
        events.fail(error)
        raise


def _launch(request: RunRequest, events: _Listener, control: Control) -> dict[str, Any]:
    config, corpus = request.config, request.corpus
    run = None
    if request.resume is not None:
        run = open_run(request.resume)
        run.check_corpus(corpus)
        if _finished(run, config):
            assert run.document is not None
            events.emit(Finished(run.document["steps"], "done", run.document))
            return run.document
    # What the input or the machine lacks is found before a folder is made.
    own = _own_model(request, run)
    device = None if _counted(request) else _device(request, own)
    taken = (
        taken_up(run.path, lambda: events.began)
        if run
        else new_run(config, corpus, request.folder, own, lambda: events.began)
    )
    with ExitStack() as locks:
        run = locks.enter_context(taken)
        run.config = replace(
            config,
            # A resumed run's may lie elsewhere now, but not in a standard input that is read.
            corpus=run.config.corpus if config.corpus == STDIN else lasting_source(config.corpus),
            model=own.spec if own else config.model,
        )
        for part in unfinished(run.path, RUN_FILES):
            part.unlink(missing_ok=True)
        work = _Work(request, run, own, device, events, control, locks)
        try:
            run.started = run.started_at = run.failure = None
            run.write("running", run.document)
            recorder = Recorder(run.path / METRICS, events.emit)
            control.poll_with(ControlFile(run.path, control, recorder.emit))
            events.run = run
            with own.running(run.path / LOG) if own else nullcontext():
                document = work.done()
        except BaseException as error:
            if isinstance(error, InputError) and not events.began:
                raise  # refused: as if it had not been asked for
            work.run.log(traceback.format_exc() or _one_line(error))
            work.run.failure = _one_line(error)
            with suppress(OSError, MemoryError):
                work.run.write("failed", work.run.document)
            raise
    events.emit(Finished(document["steps"], document["status"], document))
    return document


@dataclass
class _Work:
    """What a run does once it holds its folder."""

    request: RunRequest
    run: Run
    own: OwnModel | None
    device: Device | None
    events: _Listener
    control: Control
    locks: ExitStack

    def done(self) -> dict[str, Any]:
        """Fit or train, and write the result; returns it.

        Raises UnsavedError where what was reached is not on the disk.
        """
        document = self._model()
        if (unsaved := document["unsaved"]) is not None:
            raise UnsavedError(unsaved, document)
        run = self.run
        try:
            if not (run.path / VOCABULARY).exists():  # somebody emptied the folder meanwhile
                run.write_inputs(self.request.corpus, self.own)
            run.write(document["status"], document)
        except (OSError, MemoryError) as error:
            unsaved = UserMessage(
                "run.json could not be written ({reason}); the model is saved: write the result "
                "with: seqtui train --resume {run}",
                reason=why_unsaved(error),
                run=run.path,
            )
            document |= {"status": "failed", "unsaved": unsaved}
            raise UnsavedError(unsaved, document) from error
        return document

    def _model(self) -> dict[str, Any]:
        """Fit, or train on a device that has been tried."""
        request, run, emit, control = self.request, self.run, self.events.emit, self.control
        if self.device is None:
            from seqtui.engine.training.counting import fit

            return fit(run.config, request.corpus, run, emit, control, elsewhere=self._elsewhere)
        from seqtui.engine.training.distributed import Processes
        from seqtui.engine.training.loop import train

        with Processes(
            request.rank,
            self.device,
            lambda message: emit(Notice(message)),
            lambda: not control.stopping,
        ) as processes:
            return train(
                run.config,
                request.corpus,
                run,
                emit,
                control,
                self.device,
                processes=processes,
                own=self.own,
                elsewhere=self._elsewhere,
            )

    def _elsewhere(self, step: int, reason: UserMessage) -> Run | None:
        """The run in a folder that is named now; None if nobody names one."""
        message = reason
        while True:
            ask = partial(self.events.emit, Unsaved(step, message))
            folder = self.control.another_folder(ask)
            if folder is None:
                return None
            try:
                other = self.locks.enter_context(
                    held_elsewhere(self.run, folder.expanduser(), self.request.corpus, self.own)
                )
            except InputError as error:
                message = error.message
                continue
            self.run.failure = f"it is in {other.path}"
            with suppress(OSError, MemoryError):
                self.run.write("failed", self.run.document)
            self.run = self.events.run = other
            return other


def assist(
    request: RunRequest,
    tell: Callable[[UserMessage], object] = lambda message: None,
    keep_going: Callable[[], bool] = lambda: True,
) -> None:
    """Compute a process's share of a run that rank 0 launches.

    `tell` and `keep_going` serve while other processes are waited for. Raises what ended the run:
    an error of its own, or that of the process that failed; Cancelled where they have not met.
    """
    run = open_run(request.resume) if request.resume is not None else None
    if run is not None and _finished(run, request.config):
        return
    own = _own_model(request, run)
    device = _device(request, own)
    from seqtui.engine.training.distributed import Processes
    from seqtui.engine.training.loop import follow

    with (
        own.running(None) if own else nullcontext(),
        Processes(request.rank, device, tell, keep_going) as processes,
    ):
        follow(request.config, request.corpus, run, device, processes, own)


def _finished(run: Run, config: RunConfig) -> bool:
    """Whether the run is done, its model is there, and no other length is asked of it."""
    names = (*LENGTHS, "patience")
    same = all(getattr(run.config, name) == getattr(config, name) for name in names)
    there = (run.path / LAST).exists()
    return run.status == "done" and run.document is not None and same and there


def _counted(request: RunRequest) -> bool:
    """Whether the model is counted in one pass, by numpy alone."""
    return request.config.counted and request.rank is None


def _own_model(request: RunRequest, run: Run | None) -> OwnModel | None:
    """The user's own network, loaded; `run` is one to resume."""
    config, named_model = request.config, request.named_model
    if run is not None:
        return load_own_model(run, named_model)
    if config.kind != OWN_MODEL:
        return None
    if named_model is None:
        raise InputError(
            "{model}: a network of your own is run only when it is named where "
            "you type; add --model {model}",
            model=config.model,
        )
    from seqtui.engine.networks.own_model import load

    return load(named_model)


def _device(request: RunRequest, own: OwnModel | None) -> Device:
    """Where a network will train; InputError for what cannot be trained on this text."""
    config, corpus, rank = request.config, request.corpus, request.rank
    if config.counted:
        raise InputError(
            "--model {model}: counting takes one process; run it by itself",
            option="model",
            model=config.model,
        )
    check_length(corpus.split.train.ids, config)
    if own is not None:
        from seqtui.engine.networks.own_model_checks import check_own_model

        check_own_model(own, config, len(corpus.training_vocabulary))
    if config.compile:
        from seqtui.engine.training.acceleration import require_compiler

        require_compiler()
    from seqtui.engine.training.device import choose_device, device_of_rank

    if rank is None:
        return choose_device(config.device)
    if config.batch_size % (rank.of * config.accumulation):
        raise InputError(
            "--batch-size {batch_size}: must be a multiple of {processes} "
            "processes times --accumulation {accumulation}",
            option="batch_size",
            batch_size=config.batch_size,
            processes=rank.of,
            accumulation=config.accumulation,
        )
    return device_of_rank(config.device, rank)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
