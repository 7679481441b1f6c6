"""A network that is trained in memory on the beginning of a text, and leaves nothing behind."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace

import torch

from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.corpora.progress import OnProgress
from seqtui.corpora.tokenizing import character_offset
from seqtui.engine.held_out import evaluate_part
from seqtui.engine.networks.model import NeuralModel
from seqtui.engine.runs.history import Curve
from seqtui.engine.runs.trend import Trend, trend_of
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.training.device import Device
from seqtui.engine.training.distributed import Processes
from seqtui.engine.training.loop import total_steps
from seqtui.engine.training.minibatches import Batch, check_length
from seqtui.engine.training.step import Stepper


@dataclass(frozen=True, slots=True)
class Point:
    """The losses after an epoch, in nats a token."""

    epoch: int
    train: float | None
    """Mean over the steps of the epoch, as a training prints it; None before the first."""
    held_out: float | None
    """Of the weights after it; None where they were not read."""


def beginning_of(corpus: Corpus, train: int, held_out: int) -> Corpus:
    """The first tokens of a corpus as one of its own: so many train, so many are held out.

    Its vocabulary is that of the tokens that train. Raises InputError for a text that is shorter.
    """
    total = train + held_out
    if corpus.tokens < total:
        raise InputError(
            "--set tokens={train:,}: with {held_out:,} held out that is more than the {all:,} of "
            "the text; choose fewer or open a longer text",
            option="tokens",
            train=train,
            held_out=held_out,
            all=corpus.tokens,
        )
    cleaned, stream = corpus.cleaned, corpus.stream
    end = character_offset(cleaned, stream, total)
    starts, lines = cleaned.line_starts, stream.line_starts
    # Half a token above the border, or the share as a decimal fraction could lose one.
    share = (held_out - 0.5) / total
    return replace(
        corpus,
        options=replace(corpus.options, held_out=share),
        cleaned=replace(cleaned, text=cleaned.text[:end], line_starts=starts[starts < end]),
        stream=replace(stream, indices=stream.indices[:total], line_starts=lines[lines < total]),
    )


class Learner:
    """A network that is trained in memory, with its curves and its best weights.

    It takes the steps that a run of `seqtui train` takes, and leaves nothing on the disk. torch's
    random state is left as it was, so that a run that trains meanwhile draws what it would.
    """

    def __init__(
        self,
        corpus: Corpus,
        config: RunConfig,
        on_progress: OnProgress | None = None,
        deadline: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.corpus = corpus
        self._config = config
        self._on_progress = on_progress
        self._deadline = deadline
        """By `clock`."""
        self._clock = clock
        ids = corpus.split.train.ids
        check_length(ids, config)
        self._steps = total_steps(config, len(ids)) or 0
        device = Device("cpu", "cpu", "", "cpu")
        before = torch.get_rng_state()
        self._stepper = Stepper(
            config, len(corpus.training_vocabulary), device, Processes(None, device), self._steps
        )
        self._random = torch.get_rng_state()
        torch.set_rng_state(before)
        self.points: list[Point] = []
        self.ended = ""
        self._best_loss = math.inf
        self._best_weights = deepcopy(self._stepper.module.state_dict())
        self._curves = Curve(), Curve()

    @property
    def model(self) -> NeuralModel:
        """The network with the weights of now."""
        return self._stepper.model

    @property
    def trend(self) -> Trend | None:
        """Which way it goes; `since` is an epoch."""
        return trend_of(*self._curves)

    def learn(self, interval: int) -> Iterator[tuple[Point, ...]]:
        """Train; the points so far after each reading of the held-out part.

        The held-out part is read before the first epoch, every `interval` of them, and at the end.
        Raises Cancelled.
        """
        self._add(0, None, True)
        yield tuple(self.points)
        ids, epoch = self.corpus.split.train.ids, 0
        losses: list[float] = []
        for batch in self._stepper.batches(ids):
            done = self._stepper.progress.step
            if batch.epoch > epoch:
                epoch = batch.epoch
                through = done >= self._steps
                late = self._clock() >= self._deadline
                train = math.fsum(losses) / len(losses)
                bad = not math.isfinite(train)
                due = through or late or bad or epoch % interval == 0
                self._add(epoch, train, due)
                losses = []
                if bad or through or late:
                    self.ended = "diverged" if bad else "epochs" if through else "seconds"
                if due:
                    yield tuple(self.points)
                if self.ended:
                    return
            if self._on_progress is not None and not self._on_progress(done, self._steps):
                raise Cancelled
            losses.append(self._step(batch))

    @property
    def best_model(self) -> NeuralModel:
        """The network with the weights of the lowest held-out loss."""
        best = deepcopy(self._stepper.module)
        best.load_state_dict(self._best_weights)
        return NeuralModel(best, self.model.vocabulary_size)

    def _step(self, batch: Batch) -> float:
        before = torch.get_rng_state()
        torch.set_rng_state(self._random)
        loss, _norm, _clipped = self._stepper.step(batch)
        self._random = torch.get_rng_state()
        torch.set_rng_state(before)
        return float(loss)

    def _add(self, epoch: int, train: float | None, read: bool) -> None:
        held_out = self._read() if read else None
        self.points.append(Point(epoch, train, held_out))
        place = (epoch, 0.0, 0.0)
        if train is not None:
            self._curves[0].add(place, train)
        if held_out is None:
            return
        self._curves[1].add(place, held_out)
        if held_out < self._best_loss:
            self._best_loss = held_out
            self._best_weights = deepcopy(self._stepper.module.state_dict())

    def _read(self) -> float:
        """The held-out loss of the weights of now, in nats a token."""
        corpus = self.corpus

        def keep_going(done: int, total: int) -> bool:
            report, at = self._on_progress, self._stepper.progress.step
            return report is None or report(at, self._steps)

        evaluation = evaluate_part(
            self.model,
            corpus.split.held_out,
            "held-out",
            corpus.training_vocabulary,
            corpus.options,
            keep_going,
        )
        if evaluation is None:
            raise Cancelled
        return evaluation.loss
