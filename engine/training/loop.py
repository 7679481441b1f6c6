"""The training loop of the networks: a plain function that knows no thread and no screen.

On the CPU a run's numbers follow from its configuration and its text alone. The clock decides
when to report and when to save, never what is computed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import InputError, UserMessage, plural_message
from seqtui.engine.evaluation import Evaluation
from seqtui.engine.generation import GenerationEnded, SamplingOptions, write_text
from seqtui.engine.held_out import evaluate_part, evaluated_text
from seqtui.engine.runs.control import Control, LearningRateRequest, SampleRequest, SaveRequest
from seqtui.engine.runs.elsewhere import Elsewhere, nowhere
from seqtui.engine.runs.events import (
    Evaluated,
    Event,
    Notice,
    Paused,
    Resumed,
    Sampled,
    Started,
)
from seqtui.engine.runs.folder import METRICS
from seqtui.engine.runs.history import History
from seqtui.engine.runs.metrics import Recorder, forget_after
from seqtui.engine.runs.result import result_document
from seqtui.engine.runs.trend import trend_of
from seqtui.engine.settings.run_config import DEFAULT_STEPS, RunConfig
from seqtui.engine.training.acceleration import matmul_precision
from seqtui.engine.training.allocator import memory_kept
from seqtui.engine.training.device import Device
from seqtui.engine.training.distributed import SAVE, STEP, STOP, Processes
from seqtui.engine.training.meter import DivergenceError, Meter, Progress
from seqtui.engine.training.minibatches import Batch, batches_in, check_length
from seqtui.engine.training.optimisation import schedule_factor
from seqtui.engine.training.resources import ResourceReader
from seqtui.engine.training.saving import CheckpointWriter, own_tensors
from seqtui.engine.training.step import Stepper

if TYPE_CHECKING:
    from seqtui.engine.networks.own_model import OwnModel
    from seqtui.engine.runs.run import Run

SAVE_SECONDS = 30.0
"""Time between two `last` checkpoints: a crash costs at most so much work."""
LEAP = 1.5
"""Factor by which a learning rate leaps where it is told."""
SAMPLE_TOKENS = 120
SAMPLE_TEMPERATURE = 0.8
"""Of the samples at intervals."""


def train(
    config: RunConfig,
    corpus: Corpus,
    run: Run | None,
    on_event: Callable[[Event], None],
    control: Control,
    device: Device,
    clock: Callable[[], float] = time.monotonic,
    processes: Processes | None = None,
    own: OwnModel | None = None,
    elsewhere: Elsewhere = nowhere,
) -> dict[str, Any]:
    """Train a network, from the start or on from the run's `last` checkpoint.

    With several `processes` this is rank 0, and the others `follow`. Returns the result
    document; what could not be saved at the end is offered to `elsewhere`. Raises DivergenceError
    when a step's loss or gradient is not finite, InputError for a text too short, a checkpoint that
    does not fit, and where not even the first one can be written.
    """
    train_ids = corpus.split.train.ids
    check_length(train_ids, config)
    total = total_steps(config, len(train_ids))
    interval = evaluation_interval(config, total, len(corpus.split.held_out.ids))
    processes = processes or Processes(None, device)
    stepper = Stepper(config, len(corpus.training_vocabulary), device, processes, total, own)
    loop = _Loop(config, corpus, run, on_event, control, device, stepper, clock, elsewhere)
    loop.begin()
    with matmul_precision(config.matmul_precision), memory_kept():
        loop.walk(stepper.batches(train_ids), interval)
        document = loop.end()
    processes.broadcast(STOP)
    return document


def follow(
    config: RunConfig,
    corpus: Corpus,
    run: Run | None,
    device: Device,
    processes: Processes,
    own: OwnModel | None = None,
) -> None:
    """Take the steps of a run that rank 0 of `processes` trains; `run` is one to resume."""
    train_ids = corpus.split.train.ids
    total = total_steps(config, len(train_ids))
    stepper = Stepper(config, len(corpus.training_vocabulary), device, processes, total, own)
    CheckpointWriter(run, lambda event: None).restore(stepper)
    with matmul_precision(config.matmul_precision), memory_kept():
        for batch in stepper.batches(train_ids):
            while (command := processes.receive()) == SAVE:
                processes.gather(own_tensors(stepper))
            if command == STOP:
                return
            stepper.step(batch)


def total_steps(config: RunConfig, tokens: int) -> int | None:
    """Steps the run will take on so many training tokens; None when the clock ends it."""
    if config.minutes is not None:
        return None
    if config.epochs is not None:
        return batches_in(tokens, config, config.epochs)
    return config.steps or DEFAULT_STEPS


def evaluation_interval(config: RunConfig, total: int | None, held_out_tokens: int) -> int:
    """Steps between two evaluations.

    The default is a multiple of 50: twenty evaluations in a short run, one in 500 steps of a long
    one, and not so many that reading the held-out part costs more than about a quarter of training
    (on the CPU a token costs about the same in both).
    """
    if config.evaluate_every is not None:
        return config.evaluate_every
    wanted = 200 if total is None else min(total / 20, 500)
    affordable = 4 * held_out_tokens / (config.batch_size * config.window)
    return 50 * max(1, math.ceil(max(wanted, affordable) / 50))


def _due(step: int, interval: int | None) -> bool:
    return interval is not None and step > 0 and step % interval == 0


@dataclass
class _Loop:
    """What the loop works on, and the parts of a run that surround a step."""

    config: RunConfig
    corpus: Corpus
    run: Run | None
    on_event: Callable[[Event], None]
    control: Control
    device: Device
    stepper: Stepper
    clock: Callable[[], float]
    elsewhere: Elsewhere

    def __post_init__(self) -> None:
        self.vocabulary = self.corpus.training_vocabulary
        self.history = History()
        """All that the run has told, that of earlier sessions too."""
        self.emit = self._recorder().emit
        self.checkpoints = CheckpointWriter(self.run, self.emit)

    def _recorder(self) -> Recorder:
        return Recorder(self.run.path / METRICS if self.run else None, self._tell)

    def _tell(self, event: Event) -> None:
        self.history.add(event)
        self.on_event(event)

    @property
    def progress(self) -> Progress:
        """Progress of the run."""
        return self.stepper.progress

    @property
    def total(self) -> int | None:
        """Steps of the whole run; None when the clock ends it."""
        return self.stepper.total

    def begin(self) -> None:
        """Resume from `last`, or write the checkpoint of step 0."""
        restored = self.checkpoints.restore(self.stepper)
        if restored:
            assert self.run is not None
            metrics = self.run.path / METRICS
            forget_after(metrics, self.progress.step, self.progress.evaluated)
            for event in self.run.events():
                self.history.add(event)
        split = self.corpus.split
        self.emit(
            Started(
                run=self.run.path if self.run else None,
                config=self.config,
                parameters=self.stepper.model.parameters,
                device=self.device.description,
                vocabulary_size=len(self.vocabulary),
                train_tokens=len(split.train.ids),
                held_out_tokens=len(split.held_out.ids),
                steps_total=self.total,
                step=self.progress.step,
            )
        )
        self._tell_of_the_schedule()
        self.meter = Meter(self.progress, self.clock, ResourceReader(self.device.name))
        self._saved_at = self.clock()
        if not restored:
            self.save()
            if self.checkpoints.failure is not None:
                assert self.run is not None
                raise InputError(
                    "--run-dir {path}: nothing can be saved there ({reason}); make room, or take "
                    "another folder",
                    option="run_dir",
                    path=self.run.path,
                    reason=self.checkpoints.failure,
                )

    def _tell_of_the_schedule(self) -> None:
        """Say so where another length makes the learning rate of a resumed run leap."""
        before, now = self.checkpoints.total, self.total
        step, peak = self.progress.step, self.progress.peak_learning_rate
        if not step or before is None or before == now:
            return
        then = peak * schedule_factor(self.config, step - 1, before)
        rate = peak * schedule_factor(self.config, step, now)
        if not rate > LEAP * then:
            return
        self.emit(
            Notice(
                UserMessage(
                    "the {schedule} schedule now ends at step {now:,} instead of {before:,}: the "
                    "learning rate leaps from {then:.1e} to {rate:.1e}, and the loss may rise for "
                    "a while",
                    schedule=self.config.schedule,
                    now=now or 0,
                    before=before,
                    then=then,
                    rate=rate,
                )
            )
        )

    def walk(self, batches: Iterator[Batch], interval: int) -> None:
        """Step after step, with what falls due between two, until the end or a stop."""
        progress = self.progress
        for batch in batches:
            if _due(progress.step, interval) and progress.evaluated < progress.step:
                self.evaluate()
            self.serve()
            if self.control.stopping or self.reached():
                return
            self.step(batch)
            if self.meter.due:
                self.report()
            if _due(progress.step, self.config.sample_every):
                self.sample("", SAMPLE_TEMPERATURE)
            if _due(progress.step, self.config.checkpoint_every) or self.unsaved() > SAVE_SECONDS:
                self.save()

    def step(self, batch: Batch) -> None:
        """One step of all processes, and its figures into the meter."""
        self.stepper.processes.broadcast(STEP)
        self.meter.add(*self.stepper.step(batch), batch.targets.size)

    def reached(self) -> bool:
        """Whether the run is as long as it was asked to be, or has stopped getting better."""
        if self.stopped_early:
            return True
        if self.total is not None:
            return self.progress.step >= self.total
        return self._seconds_left() <= 0

    @property
    def stopped_early(self) -> bool:
        """Whether as many evaluations as `patience` came without a lower held-out loss."""
        return self.config.patience is not None and self.progress.worse >= self.config.patience

    def report(self) -> None:
        """Tell how the steps since the last report went; raises DivergenceError for a bad one."""
        steps_left = None if self.total is None else max(self.total - self.progress.step, 0)
        seconds_left = None if self.config.minutes is None else max(self._seconds_left(), 0.0)
        report = self.meter.report(self.stepper.learning_rate, steps_left, seconds_left)
        if report is not None:
            self.emit(report)

    def evaluate(self) -> None:
        """Score the held-out part, exactly; a stop ends it without a result."""
        part = self.corpus.split.held_out
        if not part.has_targets:
            return
        self.report()
        evaluation = evaluate_part(
            self.stepper.model,
            part,
            "held-out",
            self.vocabulary,
            self.corpus.options,
            self.control.keep_going,
        )
        if evaluation is not None:
            self.progress.evaluated = self.progress.step
            best = self.checkpoints.consider(self.progress.step, evaluation, self.stepper.module)
            self.progress.worse = 0 if best else self.progress.worse + 1
            self.emit(Evaluated(self.progress.step, evaluation, best))
            if self.stopped_early:
                self.emit(
                    Notice(
                        plural_message(
                            "stopped early at step {step:,}: {count} evaluation without a lower "
                            "held-out loss than at step {best_step:,}",
                            "stopped early at step {step:,}: {count} evaluations without a lower "
                            "held-out loss than at step {best_step:,}",
                            count=self.progress.worse,
                            step=self.progress.step,
                            best_step=self.checkpoints.best_step,
                        )
                    )
                )
        self.meter.skip()

    def save(self) -> None:
        """Write the `last` checkpoint; raises DivergenceError rather than keep weights gone bad."""
        self.report()
        if not all(bool(each.isfinite().all()) for each in self.stepper.module.parameters()):
            raise DivergenceError(self.progress.step, UserMessage("its weights are not finite"))
        self.meter.elapse()
        self.checkpoints.save_last(self.stepper)
        self._saved_at = self.clock()
        self.meter.skip()

    def unsaved(self) -> float:
        """Seconds since the last attempt to save."""
        return self.clock() - self._saved_at

    def serve(self) -> None:
        """Do what was asked since the last step; wait here while paused."""
        self._serve_requests()
        if not self.control.paused:
            return
        self.save()
        self.emit(Paused(self.progress.step))
        while self.control.wait_while_paused():
            self.meter.skip(paused=True)
            self._serve_requests()
        self.meter.skip(paused=True)
        if not self.control.stopping:
            self.emit(Resumed(self.progress.step))

    def _serve_requests(self) -> None:
        for request in self.control.poll():
            match request:
                case SaveRequest():
                    self.checkpoints.told = False  # who asks gets an answer
                    self.save()
                case LearningRateRequest(rate):
                    self._change_learning_rate(rate)
                case SampleRequest(prefix, temperature):
                    self.sample(prefix, temperature)

    def _change_learning_rate(self, rate: float) -> None:
        if not 0 < rate < math.inf:
            self.emit(
                Notice(
                    UserMessage(
                        "learning rate {rate}: must be a number above 0; not changed", rate=rate
                    )
                )
            )
            return
        self.stepper.change_learning_rate(rate)

    def sample(self, prefix: str, temperature: float) -> None:
        """Write a text from the current weights; the run's random state is not touched."""
        self.report()
        seed = self.config.seed + self.progress.step
        try:
            text = write_text(
                self.stepper.model,
                self.vocabulary,
                self.corpus.options,
                prefix,
                SAMPLE_TOKENS,
                SamplingOptions(temperature=temperature, seed=seed),
            )
        except (InputError, GenerationEnded) as error:
            self.emit(Notice(UserMessage("no sample: {reason}", reason=error)))
        else:
            self.emit(Sampled(self.progress.step, text, temperature))
        self.meter.skip()

    def end(self) -> dict[str, Any]:
        """The last report, evaluation and checkpoint; returns the result document."""
        self.report()
        if not self.control.stopping and self.progress.evaluated < self.progress.step:
            self.evaluate()
        progress = self.progress
        unsaved = self._save_for_good()
        return result_document(
            self.config,
            self.run.path if self.run else None,
            status="done" if self.reached() and not self._evaluation_missing() else "stopped",
            unsaved=unsaved,
            steps=progress.step,
            seconds=progress.seconds,
            tokens_per_second=progress.tokens_per_second,
            device=self.device.name,
            parameters=self.stepper.model.parameters,
            vocabulary_size=len(self.vocabulary),
            train=self._recent_training(),
            measured=plural_message(
                "last {count} step", "last {count} steps", len(progress.recent)
            ),
            held_out=self.checkpoints.best,
            held_out_step=self.checkpoints.best_step,
            last_held_out=self.history.evaluated,
            trend=trend_of(self.history.train, self.history.held_out),
        )

    def _save_for_good(self) -> UserMessage | None:
        """Save what was reached, elsewhere if need be; returns what is missing nevertheless."""
        self.save()
        while (unsaved := self.checkpoints.missing(self.progress.step)) is not None:
            other = self.elsewhere(self.progress.step, unsaved)
            if other is None:
                break
            self.run = other
            self.emit = self._recorder().emit
            self.checkpoints.go_on_in(other, self.emit)
            self.save()
        return unsaved

    def _evaluation_missing(self) -> bool:
        testable = len(self.corpus.split.held_out.ids) >= 2
        return testable and self.progress.evaluated < self.progress.step

    def _recent_training(self) -> Evaluation | None:
        """The training loss of the last steps, as an evaluation of what they trained on."""
        recent = self.progress.recent
        if not recent:
            return None
        part = self.corpus.split.train
        of = evaluated_text(part, "train", self.vocabulary, self.corpus.options)
        targets = self.config.batch_size * self.config.window  # of each step, all are full
        return Evaluation(math.fsum(recent) * targets, len(recent) * targets, 0, "carried", of)

    def _seconds_left(self) -> float:
        return 60 * (self.config.minutes or math.inf) - self.meter.elapse()
