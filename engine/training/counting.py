"""Runs of the models that count: one pass instead of steps, the same events and the same folder.

Imports no torch.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import Cancelled, UserMessage
from seqtui.corpora.progress import OnProgress
from seqtui.engine.evaluation import Evaluation
from seqtui.engine.held_out import evaluate_part
from seqtui.engine.ngrams.backoff import line_boundaries
from seqtui.engine.ngrams.infinity import InfinityGram
from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.ngrams.uniform import UniformModel
from seqtui.engine.protocol import LanguageModel
from seqtui.engine.runs.checkpoints import save_arrays, why_unsaved
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.elsewhere import Elsewhere, nowhere
from seqtui.engine.runs.events import Evaluated, Event, Notice, Saved, Started
from seqtui.engine.runs.folder import LAST, METRICS
from seqtui.engine.runs.metrics import Recorder, forget_after
from seqtui.engine.runs.result import result_document
from seqtui.engine.settings.run_config import RunConfig

if TYPE_CHECKING:
    from seqtui.engine.runs.run import Run

DEVICE = "cpu"
"""Counting is done by numpy."""
MEASURED_TOKENS = 1_000_000
"""Training tokens, the last, that are scored for the training perplexity: on a long text scoring
all of them takes longer than counting them."""


def fit(
    config: RunConfig,
    corpus: Corpus,
    run: Run | None,
    on_event: Callable[[Event], None],
    control: Control,
    clock: Callable[[], float] = time.monotonic,
    elsewhere: Elsewhere = nowhere,
    on_model: Callable[[LanguageModel], None] | None = None,
) -> dict[str, Any]:
    """Fit a counted model, save it if there is a run, and evaluate both parts of the corpus.

    `on_model` is given the model, for use beyond the run.

    Returns the result document, of a run of 0 steps; after a stop it is incomplete. What could not
    be saved is tried once more at the end, and then offered to `elsewhere`.
    """
    began = clock()
    metrics = run.path / METRICS if run else None
    if metrics is not None:
        forget_after(metrics, -1, -1)  # of an earlier attempt
    emit = Recorder(metrics, on_event).emit
    split, vocabulary = corpus.split, corpus.training_vocabulary
    parameters, train, held_out = 0, None, None
    unsaved: UserMessage | None = None
    try:
        model = fitted_model(config, corpus, control.keep_going)
        fitted = clock()
        parameters = model.parameters
        if on_model is not None:
            on_model(model)
        emit(
            Started(
                run=run.path if run else None,
                config=config,
                parameters=parameters,
                device=DEVICE,
                vocabulary_size=len(vocabulary),
                train_tokens=len(split.train.ids),
                held_out_tokens=len(split.held_out.ids),
                steps_total=0,
            )
        )
        if isinstance(model, NgramModel):
            for note in model.notes:
                emit(Notice(note))
        if run is not None:
            unsaved = _save(model, run, emit)
        held_out = _evaluate(model, corpus, "held-out", control)
        if held_out is not None:
            emit(Evaluated(0, held_out, True))
        train = _evaluate(model, corpus, "train", control)
        while unsaved is not None and run is not None:
            unsaved = _save(model, run, emit)
            other = None if unsaved is None else elsewhere(0, unsaved)
            if other is None:
                break
            run = other
            emit = Recorder(run.path / METRICS, on_event).emit
    except Cancelled:
        fitted = clock()
    return result_document(
        config,
        run.path if run else None,
        status="stopped" if control.stopping and train is None else "done",
        unsaved=unsaved,
        steps=0,
        seconds=clock() - began,
        tokens_per_second=len(split.train.ids) / max(fitted - began, 1e-9),
        device=DEVICE,
        parameters=parameters,
        vocabulary_size=len(vocabulary),
        train=train,
        measured=_measured(len(split.train.ids)),
        held_out=held_out,
        held_out_step=0,
    )


def fitted_model(
    config: RunConfig, corpus: Corpus, on_progress: OnProgress | None = None
) -> LanguageModel:
    """A counted model of the training part; raises as `NgramModel.fit` does."""
    vocabulary = corpus.training_vocabulary
    if config.model == "uniform":
        return UniformModel(len(vocabulary))
    if config.model == "infinity-gram":
        return InfinityGram.fit(corpus.split.train.ids, len(vocabulary), on_progress)
    return NgramModel.fit(
        corpus.split.train.ids,
        config.order,
        len(vocabulary),
        config.smoothing,
        config.k,
        on_progress,
        line_boundaries(vocabulary, config.corpus_options),
        config.min_counts,
    )


def _measured(tokens: int) -> UserMessage:
    if tokens <= MEASURED_TOKENS:
        return UserMessage("all training tokens")
    return UserMessage("last {tokens:,} training tokens", tokens=MEASURED_TOKENS)


def _evaluate(
    model: LanguageModel, corpus: Corpus, split: str, control: Control
) -> Evaluation | None:
    """None where there is nothing to predict, or after a stop."""
    part = corpus.split.held_out
    if split == "train":
        part = replace(corpus.split.train, ids=corpus.split.train.ids[-MEASURED_TOKENS:])
    if not part.has_targets:
        return None
    vocabulary, options = corpus.training_vocabulary, corpus.options
    return evaluate_part(model, part, split, vocabulary, options, control.keep_going)


def _save(model: LanguageModel, run: Run, emit: Callable[[Event], None]) -> UserMessage | None:
    """Write the model; returns why it could not be."""
    path = run.path / LAST
    header = {"vocabulary": run.vocabulary_fingerprint, "run": run.identity, "step": 0}
    try:
        arrays = model.to_tensors() if isinstance(model, NgramModel | InfinityGram) else {}
        save_arrays(path, arrays, header)
    except (OSError, MemoryError) as error:
        return UserMessage(
            "the counts could not be saved ({reason}): nothing of the run is on the disk",
            reason=why_unsaved(error),
        )
    emit(Saved(0, "last", path))
    return None
