from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_runs import (
    CPU,
    TRAINED_MODELS,
    Clock,
    Listener,
    create_run,
    small_config,
    small_corpus,
    stopped_at,
)

from seqtui.engine.evaluation import EvaluatedText, evaluate
from seqtui.engine.networks.model import NeuralModel
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import (
    Evaluated,
    Notice,
    Paused,
    Resumed,
    Sampled,
    Saved,
    Started,
    StepReport,
)
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.training import loop as training
from seqtui.engine.training import meter
from seqtui.engine.training import step as stepper
from seqtui.engine.training.loop import evaluation_interval, train
from seqtui.engine.training.minibatches import Batch

CORPUS = small_corpus()


def trained(
    listener: Listener | None = None, control: Control | None = None, **changes: Any
) -> tuple[dict[str, Any], Listener]:
    """A run without a folder, each step reported."""
    listener = listener or Listener()
    document = train(
        small_config(**changes), CORPUS, None, listener, control or Control(), CPU, Clock()
    )
    return document, listener


@pytest.mark.parametrize("model", TRAINED_MODELS)
def test_training_lowers_the_loss_held_out_and_in_training(model: str) -> None:
    document, listener = trained(model=model, steps=120, evaluate_every=40, hidden=32)
    losses = listener.losses
    assert list(losses) == list(range(1, 121))
    uniform = math.log(len(CORPUS.training_vocabulary))
    assert losses[1] == pytest.approx(uniform, abs=0.2)
    assert losses[120] < 0.8 * uniform
    assert document["held_out"]["perplexity"] < len(CORPUS.training_vocabulary) / 2
    assert [each.step for each in listener.of(Evaluated)] == [40, 80, 120]


def test_the_document_says_what_was_reached() -> None:
    document, listener = trained()
    assert document["status"] == "done"
    assert document["steps"] == 20
    assert document["device"] == "cpu"
    assert document["parameters"] == listener.of(Started)[0].parameters
    best = min(listener.of(Evaluated), key=lambda each: each.evaluation.loss)
    assert document["held_out"]["loss"] == best.evaluation.loss
    assert document["held_out"]["step"] == best.step
    assert document["held_out"]["targets"] == len(CORPUS.split.held_out.ids) - 1
    recent = math.exp(math.fsum(listener.losses.values()) / 20)
    assert document["train"]["perplexity"] == pytest.approx(recent)
    assert document["train"]["measured"] == "last 20 steps"
    assert document["tokens_per_second"] > 0


def test_the_document_says_which_way_the_run_goes() -> None:
    document, listener = trained(optimizer="sgd", learning_rate=50.0, steps=60)
    evaluations = listener.of(Evaluated)
    assert document["last_held_out"]["loss"] == evaluations[-1].evaluation.loss
    assert document["last_held_out"]["step"] == 60
    assert document["trend"] == {"kind": "diverging", "since": document["held_out"]["step"]}
    better, _listener = trained(steps=60)
    assert better["trend"]["kind"] == "improving"


def test_the_best_evaluation_is_marked_when_it_comes() -> None:
    _, listener = trained(learning_rate=0.5, optimizer="adamw", steps=60, evaluate_every=5)
    lowest = math.inf
    for each in listener.of(Evaluated):
        assert each.best == (each.evaluation.loss < lowest)
        lowest = min(lowest, each.evaluation.loss)


def test_a_seed_decides_everything_and_the_clock_nothing() -> None:
    one, other = trained(dropout=0.3, seed=1)[1], trained(dropout=0.3, seed=1)[1]
    assert one.losses == other.losses
    assert one.losses != trained(dropout=0.3, seed=2)[1].losses
    slow = Listener()
    config = small_config(dropout=0.3, seed=1)
    document = train(config, CORPUS, None, slow, Control(), CPU, Clock(tick=1e-9))
    assert len(slow.of(StepReport)) < 20
    assert document["train"]["perplexity"] == trained(dropout=0.3, seed=1)[0]["train"]["perplexity"]


def test_evaluating_and_sampling_do_not_touch_the_run_s_random_state() -> None:
    plain = trained(dropout=0.3, evaluate_every=1_000)[1]
    control = Control()
    listener = Listener(reactions=[(StepReport, 7, lambda: control.sample("the time", 1.0))])
    busy = trained(listener, control, dropout=0.3, evaluate_every=3, sample_every=4)[1]
    assert busy.losses == plain.losses
    assert [each.step for each in busy.of(Sampled)] == [4, 7, 8, 12, 16, 20]


def test_the_held_out_result_is_that_of_one_pass_over_the_whole_split() -> None:
    loops: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        begin = training._Loop.begin
        patch.setattr(training._Loop, "begin", lambda loop: (loops.append(loop), begin(loop))[1])
        document, _ = trained(steps=5)
    module = loops[0].stepper.module.eval()
    ids = torch.from_numpy(CORPUS.split.held_out.ids.astype(np.int64))
    with torch.no_grad():
        logits, _ = module(ids[None, :-1])
    loss = torch.nn.functional.cross_entropy(logits[0].double(), ids[1:])
    assert document["held_out"]["targets"] == len(ids) - 1
    assert document["held_out"]["loss"] == pytest.approx(float(loss), abs=1e-5)
    assert document["held_out"]["state"] == "carried"


def test_unequal_batches_weigh_by_their_targets() -> None:
    class Pieces:
        vocabulary_size, context, parameters, normalised = 28, None, 0, True

        def score(self, ids: np.ndarray) -> Any:
            yield np.array([-2.0])
            yield np.array([-1.0, -1.0, -1.0])

    of = EvaluatedText("held-out", "", "", 5, True)
    evaluation = evaluate(Pieces(), np.zeros(5, dtype=np.int32), of)  # type: ignore[arg-type]
    assert evaluation is not None
    assert evaluation.perplexity == pytest.approx(3.4903, abs=5e-5)


def states_seen(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> tuple[list[Any], list[bool]]:
    """The state each training step was given, and whether the step is its epoch's first."""
    states: list[Any] = []
    firsts: list[bool] = []
    build = stepper.build_module
    take_step = training._Loop.step

    def note(module: torch.nn.Module, inputs: tuple[Any, ...]) -> None:
        if module.training:
            states.append(inputs[1])

    def build_watched(config: RunConfig, size: int, own: None) -> torch.nn.Module:
        module = build(config, size, own)
        module.register_forward_pre_hook(note)
        return module

    def step_watched(loop: Any, batch: Batch) -> None:
        firsts.append(batch.index == 0)
        take_step(loop, batch)

    monkeypatch.setattr(stepper, "build_module", build_watched)
    monkeypatch.setattr(training._Loop, "step", step_watched)
    trained(batch_size=16, **changes)
    return states, firsts


def test_the_state_is_carried_detached_and_reset_at_the_epoch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    states, firsts = states_seen(monkeypatch, steps=None, epochs=3)
    assert sum(firsts) == 3
    assert [state is None for state in states] == firsts
    assert not any(state.requires_grad for state in states if state is not None)


def test_random_sampling_resets_the_state_at_each_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    states, _ = states_seen(monkeypatch, sampling="random")
    assert len(states) == 20
    assert all(state is None for state in states)


def test_reports_tell_the_norm_before_and_after_clipping() -> None:
    _, listener = trained(clip_norm=0.01)
    for report in listener.of(StepReport):
        assert report.grad_norm > 0.01
        assert report.clipped_norm == pytest.approx(0.01)
        assert report.clipped_share == 1
    _, listener = trained(clip_norm=0.0)
    for report in listener.of(StepReport):
        assert report.clipped_norm == report.grad_norm
        assert report.clipped_share == 0


def test_the_rate_counts_neither_warm_up_nor_evaluation_nor_pause() -> None:
    clock = Clock(tick=0)
    control = Control()

    def step(*_: Any) -> None:
        slow = len(steps) < meter.WARM_UP_STEPS
        steps.append(1)
        clock.now += 10 if slow else 1

    def slow_evaluation(*_: Any) -> None:
        clock.now += 100

    steps: list[int] = []
    listener = Listener()
    with pytest.MonkeyPatch.context() as patch:
        clip = stepper.clip_global_norm
        patch.setattr(stepper, "clip_global_norm", lambda *a: (step(), clip(*a))[1])
        measure = training.evaluate_part
        patch.setattr(training, "evaluate_part", lambda *a: (slow_evaluation(), measure(*a))[1])
        document = train(small_config(), CORPUS, None, listener, control, CPU, clock)
    assert document["tokens_per_second"] == 40  # targets of a step, one second each
    assert document["seconds"] == 5 * 10 + 15 * 1 + 4 * 100
    assert listener.of(StepReport)[-1].tokens == 20 * 40
    eta = [report.eta for report in listener.of(StepReport) if report.eta is not None]
    assert eta[-1] == 0
    assert eta[0] > eta[-2]


def test_epochs_and_minutes_end_a_run_too() -> None:
    document, listener = trained(steps=None, epochs=2)
    assert listener.of(Started)[0].steps_total == document["steps"]
    assert listener.of(StepReport)[-1].epoch == 2
    document, listener = trained(steps=None, minutes=0.5)
    assert listener.of(Started)[0].steps_total is None
    assert document["status"] == "done"
    assert document["seconds"] >= 30
    assert listener.of(Evaluated)[-1].step == document["steps"]


def test_the_default_interval_grows_with_the_run_and_with_the_held_out_part() -> None:
    config = small_config(evaluate_every=None, batch_size=32, window=32)
    assert evaluation_interval(config, 500, 1_000) == 50
    assert evaluation_interval(config, 10_000, 1_000) == 500
    assert evaluation_interval(config, 1_000_000, 1_000) == 500
    assert evaluation_interval(config, 500, 17_058) == 100
    assert evaluation_interval(config, None, 1_000) == 200
    assert evaluation_interval(config, None, 111_540) == 450
    assert evaluation_interval(small_config(evaluate_every=7), 500, 1_000) == 7


def test_a_stop_ends_the_run_before_the_next_step() -> None:
    listener, control = stopped_at(7)
    document, _ = trained(listener, control)
    assert document["status"] == "stopped"
    assert document["steps"] == 7
    assert max(listener.losses) == 7


def test_a_stop_ends_an_evaluation_in_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    control = Control()
    pieces: list[int] = []
    score = NeuralModel.score

    def stop_after_a_piece(model: NeuralModel, ids: np.ndarray) -> Any:
        for piece in score(model, ids):
            pieces.append(len(piece))
            control.stop()
            yield piece

    monkeypatch.setattr(NeuralModel, "score", stop_after_a_piece)
    monkeypatch.setattr("seqtui.engine.networks.model.PIECE_STEPS", 50)
    document, listener = trained(control=control)
    assert pieces == [50]
    assert listener.of(Evaluated) == []
    assert document["held_out"] is None
    assert document["status"] == "stopped"


def test_a_learning_rate_changes_from_the_next_step_on() -> None:
    control = Control()
    listener = Listener(
        reactions=[
            (StepReport, 5, lambda: control.set_learning_rate(0.25)),
            (StepReport, 9, lambda: control.set_learning_rate(math.nan)),
        ]
    )
    trained(listener, control, learning_rate=0.125)
    rates = {report.step: report.learning_rate for report in listener.of(StepReport)}
    assert rates[5] == 0.125
    assert rates[6] == rates[20] == 0.25
    assert ["nan" in notice.text for notice in listener.of(Notice)] == [True]


def test_a_sample_starts_with_its_prefix_and_a_bad_one_is_a_notice() -> None:
    control = Control()
    listener = Listener(
        reactions=[
            (StepReport, 5, lambda: control.sample("the time", 1.0)),
            (StepReport, 6, lambda: control.sample("the time", -1.0)),
        ]
    )
    trained(listener, control)
    (sampled,) = listener.of(Sampled)
    assert sampled.text.startswith("the time")
    assert len(sampled.text) == len("the time") + training.SAMPLE_TOKENS
    assert "--temperature -1.0" in listener.of(Notice)[0].text


def test_a_pause_saves_and_waits_until_the_run_is_resumed(tmp_path: Path) -> None:
    control = Control()
    paused = threading.Event()
    listener = Listener(
        reactions=[(StepReport, 5, control.pause), (Paused, 5, paused.set)],
    )
    config = small_config()
    run = create_run(config, CORPUS, tmp_path / "run")
    documents: list[dict[str, Any]] = []
    arguments = (config, CORPUS, run, listener, control, CPU, Clock())
    thread = threading.Thread(target=lambda: documents.append(train(*arguments)))
    thread.start()
    assert paused.wait(10)
    assert max(listener.losses) == 5
    assert [saved.step for saved in listener.of(Saved) if saved.kind == "last"] == [0, 5]
    control.save()
    control.resume()
    thread.join(10)
    assert documents[0]["status"] == "done"
    assert [each.step for each in listener.of(Resumed)] == [5]
    assert listener.losses == trained()[1].losses


def test_a_stop_ends_a_pause() -> None:
    control = Control()
    listener = Listener(reactions=[(StepReport, 5, control.pause), (Paused, 5, control.stop)])
    document, _ = trained(listener, control)
    assert (document["status"], document["steps"]) == ("stopped", 5)
    assert listener.of(Resumed) == []


def test_a_held_out_part_of_one_token_is_not_evaluated() -> None:
    corpus = small_corpus(100, held_out=0.001)
    listener = Listener()
    document = train(small_config(steps=6), corpus, None, listener, Control(), CPU, Clock())
    assert listener.of(Evaluated) == []
    assert document["held_out"] is None
    assert document["status"] == "done"
