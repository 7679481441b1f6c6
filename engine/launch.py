"""Starting a run, or going on with one: folder, lock, device, the loop, and what if it fails."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtui.corpora.errors import InputError
from seqtui.engine.runs.checkpoints import PART
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import Event, Failed, Finished, Notice, Started
from seqtui.engine.runs.lock import locked
from seqtui.engine.runs.metrics import Recorder
from seqtui.engine.runs.remote_control import ControlFile
from seqtui.engine.runs.run import Run, create_run, open_run
from seqtui.engine.settings.run_config import LENGTHS, OWN_MODEL, RunConfig
from seqtui.engine.training.minibatches import check_length
from seqtui.engine.training.ranks import Rank

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.networks.own_model import OwnModel
    from seqtui.engine.protocol import LanguageModel
    from seqtui.engine.training.device import Device


def launch(
    config: RunConfig,
    corpus: Corpus,
    on_event: Callable[[Event], None],
    control: Control,
    folder: Path | None = None,
    resume: Path | None = None,
    on_model: Callable[[LanguageModel], None] | None = None,
    rank: Rank | None = None,
    named_model: str | None = None,
) -> dict[str, Any]:
    """Train in a new run (in `folder`, if given), or go on with the run in `resume`.

    `on_model` is given a counted model once it is fitted. With a `rank` this is rank 0 of
    several processes, and the others `assist`. `named_model` is FILE.py:CLASS where the user has
    named a network of their own: nothing else has a file run. For a resumed run, `config` is what
    `Run.continued` gave. Returns the result document; that of a finished run is returned again.
    What fails is told as a Failed event, its traceback written to the run's log, and raised.
    """
    step = 0

    def tell(event: Event) -> None:
        nonlocal step
        step = getattr(event, "step", step)
        on_event(event)

    try:
        prepare = partial(_work, config, corpus, on_model, rank)
        return _launch(config, corpus, tell, control, folder, resume, named_model, prepare)
    except BaseException as error:
        # The fault of an input needs no traceback.
        trace = "" if isinstance(error, InputError) else traceback.format_exc()
        on_event(Failed(_one_line(error), trace, getattr(error, "step", step)))
        raise


def _launch(
    config: RunConfig,
    corpus: Corpus,
    tell: Callable[[Event], None],
    control: Control,
    folder: Path | None,
    resume: Path | None,
    named_model: str | None,
    prepare: Callable[[OwnModel | None], Callable[..., dict[str, Any]]],
) -> dict[str, Any]:
    if resume is not None:
        run = open_run(resume)
        run.check_corpus(corpus)
        if _finished(run, config):
            assert run.document is not None
            tell(Finished(run.document["steps"], "done", run.document))
            return run.document
    own = _own_model(config, run if resume is not None else None, named_model)
    work = prepare(own)  # what the input or the machine lacks is found before a folder is made
    if resume is None:
        run = create_run(config, corpus, folder, own)
    with locked(run.path):
        run.config = replace(
            config, corpus=run.config.corpus, model=own.spec if own else config.model
        )
        for unfinished in run.path.glob(f"*{PART}"):  # of a writer that was killed
            unfinished.unlink(missing_ok=True)
        try:
            run.started = run.started_at = run.failure = None
            run.write("running", run.document)
            recorder = Recorder(run.path / "metrics.jsonl", tell)
            control.attend(ControlFile(run.path, control, recorder.tell))
            document = work(run.config, corpus, run, _noting(run, tell), control)
        except BaseException as error:
            run.log(traceback.format_exc() or _one_line(error))
            run.failure = _one_line(error)
            with suppress(OSError):
                run.write("failed", run.document)
            raise
        try:
            run.write(document["status"], document)
        except OSError as error:
            tell(Notice(f"the result cannot be written to run.json: {error.strerror}"))
    tell(Finished(document["steps"], document["status"], document))
    return document


def _noting(run: Run, tell: Callable[[Event], None]) -> Callable[[Event], None]:
    """`tell`, and how the run begins goes into its run.json, for those who follow it."""

    def told(event: Event) -> None:
        if isinstance(event, Started):
            with suppress(OSError):  # a full disk; the checkpoints tell of it
                run.begin(event)
        tell(event)

    return told


def _finished(run: Run, config: RunConfig) -> bool:
    """Whether the run is done and no other length is asked of it."""
    names = (*LENGTHS, "patience")
    same = all(getattr(run.config, name) == getattr(config, name) for name in names)
    return run.status == "done" and run.document is not None and same


def assist(
    config: RunConfig,
    corpus: Corpus,
    rank: Rank,
    resume: Path | None = None,
    named_model: str | None = None,
) -> None:
    """Compute a process's share of a run that rank 0 launches.

    Raises what ended the run: an error of its own, or that of the process that failed.
    """
    run = open_run(resume) if resume is not None else None
    if run is not None and _finished(run, config):
        return
    own = _own_model(config, run, named_model)
    device = _device(config, corpus, rank, own)
    from seqtui.engine.training.distributed import Processes
    from seqtui.engine.training.loop import follow

    with Processes(rank, device) as processes:
        follow(config, corpus, run, device, processes, own)


def _work(
    config: RunConfig,
    corpus: Corpus,
    on_model: Callable[[LanguageModel], None] | None,
    rank: Rank | None,
    own: OwnModel | None,
) -> Callable[..., dict[str, Any]]:
    """`fit`, or `train` on a device that has been tried."""
    if config.counted and rank is None:
        from seqtui.engine.training.counting import fit

        return partial(fit, on_model=on_model)
    return partial(_train, device=_device(config, corpus, rank, own), rank=rank, own=own)


def _train(
    config: RunConfig,
    corpus: Corpus,
    run: Run,
    tell: Callable[[Event], None],
    control: Control,
    device: Device,
    rank: Rank | None,
    own: OwnModel | None,
) -> dict[str, Any]:
    from seqtui.engine.training.distributed import Processes
    from seqtui.engine.training.loop import train

    with Processes(rank, device) as processes:
        return train(config, corpus, run, tell, control, device, processes=processes, own=own)


def _own_model(config: RunConfig, run: Run | None, named_model: str | None) -> OwnModel | None:
    """The network of the user's own, loaded; `run` is one to go on with."""
    if run is not None:
        return run.load_own_model(named_model)
    if config.kind != OWN_MODEL:
        return None
    if named_model is None:
        raise InputError(
            f"{config.model}: a network of your own is run only when it is named where you type; "
            f"add --model {config.model}"
        )
    from seqtui.engine.networks.own_model import load

    return load(named_model)


def _device(config: RunConfig, corpus: Corpus, rank: Rank | None, own: OwnModel | None) -> Device:
    """Where a network will train; InputError for what cannot be trained on this text."""
    if config.counted:
        raise InputError(f"--model {config.model}: counting takes one process; run it by itself")
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
            f"--batch-size {config.batch_size}: must be a multiple of {rank.of} processes times "
            f"--accumulation {config.accumulation}"
        )
    return device_of_rank(config.device, rank)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
