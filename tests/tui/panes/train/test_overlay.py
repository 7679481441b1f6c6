"""Earlier runs beside the one that is shown: which compare, their marks, their curves."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from run_events import evaluated, report
from small_runs import create_run
from train_driver import RunPane, TrainDriver

from seqtui.corpora.corpus import Corpus
from seqtui.engine.held_out import evaluated_text
from seqtui.engine.runs.events import Evaluated
from seqtui.engine.runs.history import Curve, History
from seqtui.engine.runs.metrics import Recorder
from seqtui.engine.runs.run import Run
from seqtui.engine.settings.run_config import RunConfig
from seqtui.tui.panes.train.curves import Axes, overlay_series
from seqtui.tui.panes.train.overlay import (
    OVERLAY_POINTS,
    SLOTS,
    Candidate,
    OverlayList,
    Pins,
    candidates,
    read_history,
)
from seqtui.tui.widgets.table import Table


def write_run(corpus: Corpus, *events: object, model: str = "lstm") -> Run:
    """A finished run on a corpus that shown these events."""
    run = create_run(RunConfig(corpus="text.txt", model=model), corpus)
    recorder = Recorder(run.path / "metrics.jsonl", lambda event: None)
    for event in events:
        recorder.emit(event)  # type: ignore[arg-type]
    result = {
        "status": "done",
        "model": model,
        "steps": 500,
        "seconds": 1.0,
        "tokens_per_second": 1.0,
        "device": "cpu",
        "parameters": 1,
        "held_out": {"perplexity": 4.5},
    }
    run.write("done", result)
    return run


def elsewhere(run: Run) -> Run:
    """The same run as one of another corpus."""
    run.corpus_fingerprint = "another"
    run.write(run.status, run.document)
    return run


def measured_on(corpus: Corpus, event: Evaluated, **changes: object) -> Evaluated:
    """The evaluation as one of the corpus's held-out text, but for `changes`."""
    options, vocabulary = corpus.options, corpus.training_vocabulary
    of = evaluated_text(corpus.split.held_out, "held-out", vocabulary, options)
    of = replace(of, **changes)  # type: ignore[arg-type]
    return replace(event, evaluation=replace(event.evaluation, of=of))


async def opened(driver: TrainDriver) -> OverlayList:
    await driver.pilot.press("o")
    await driver.until(lambda: isinstance(driver.app.screen, OverlayList))
    screen = driver.app.screen
    assert isinstance(screen, OverlayList)
    return screen


def test_space_pins_a_run_with_a_mark_and_unpins_it(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        corpus = driver.app.session.corpus
        assert corpus is not None
        write_run(corpus, report(10, 3.0), report(500, 1.0), evaluated(500, 1.2))
        await driver.start(report(10, 3.0), report(20, 2.5))
        screen = await opened(driver)
        assert screen.make_row(0)[:3] == ("", "lstm", "4.50")
        await driver.pilot.press("space")
        assert screen.make_row(0)[0] == "▲"
        await driver.pilot.press("escape")
        await driver.until(lambda: "▲ lstm" in driver.line("legend"))
        await driver.until(lambda: "▲" in driver.plot())
        await driver.pilot.press("right")
        assert "▲ 3.320" in driver.line("run-settings")
        await opened(driver)
        await driver.pilot.press("space", "escape")
        await driver.until(lambda: "▲" not in driver.line("legend"))

    run_train(play)


def test_what_does_not_compare_is_refused_with_the_reason(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        corpus = driver.app.session.corpus
        assert corpus is not None
        elsewhere(write_run(corpus, evaluated(10, 2.0)))
        screen = await opened(driver)
        assert "✗ they were evaluated on different texts" in screen.make_row(0)[3]
        await driver.pilot.press("space")
        assert screen.make_row(0)[0] == ""

    run_train(play)


def test_without_runs_the_list_says_what_to_press(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        screen = await opened(driver)
        assert screen.query_one(Table).row_count == 0
        await driver.pilot.press("space", "escape")
        await driver.until(lambda: not isinstance(driver.app.screen, OverlayList))

    run_train(play)


def test_candidates_compare_by_loss_by_bits_or_not_at_all(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        corpus = driver.app.session.corpus
        assert corpus is not None
        event = evaluated(10, 2.0)
        here = write_run(corpus, event)
        other_tokens = elsewhere(
            write_run(corpus, measured_on(corpus, event, tokens="others", lossless=True))
        )
        lossy = elsewhere(
            write_run(corpus, measured_on(corpus, event, tokens="others", lossless=False))
        )
        silent = elsewhere(write_run(corpus))
        found = {one.run.path: one for one in candidates(corpus, lambda done, total: True).runs}
        assert found[here.path].refusal is None
        assert found[other_tokens.path].refusal == "their tokens or vocabularies differ"
        assert found[other_tokens.path].bits_refusal is None
        assert "loses part" in (found[lossy.path].bits_refusal or "")
        assert "nothing was evaluated" in (found[silent.path].bits_refusal or "")

    run_train(play)


def test_a_run_of_other_tokens_is_drawn_in_bits_per_character_alone(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        corpus = driver.app.session.corpus
        assert corpus is not None
        run = write_run(corpus, report(10, 3.0), evaluated(10, 2.0))
        pins = Pins()
        assert pins.take_slot(run.path)
        history = read_history(run, lambda done, total: True)
        pins.keep(Candidate(run, "their tokens or vocabularies differ"), corpus, history)
        for measure in range(3):
            assert overlay_series(pins.on(corpus), Axes(measure=measure), 10) == []
        (line,) = overlay_series(pins.on(corpus), Axes(measure=3), 10)
        # One character to a token in these events.
        assert line.y == pytest.approx([2.0 / math.log(2)])

    run_train(play)


def test_long_runs_are_read_into_few_points(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        corpus = driver.app.session.corpus
        assert corpus is not None
        run = write_run(corpus, *(report(step, 2.0) for step in range(1, 3 * OVERLAY_POINTS)))
        history = read_history(run, lambda done, total: True)
        assert len(history.train.values) <= OVERLAY_POINTS
        assert history.train.x[0][-1] == 3 * OVERLAY_POINTS - 1

    run_train(play)


def test_the_axis_ends_where_the_longest_run_does(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        corpus = driver.app.session.corpus
        assert corpus is not None
        write_run(corpus, report(1_234, 2.0), evaluated(1_234, 1.5))
        write_run(corpus, evaluated(0, 1.75), model="ngram")
        await driver.start(report(10, 3.0))
        assert driver.board.x_range == (0, 1_000)
        await opened(driver)
        await driver.pilot.press("space", "down", "space", "escape")
        await driver.until(
            lambda: "lstm" in driver.line("legend") and "2-gram" in driver.line("legend")
        )
        assert driver.board.x_range == (0, 1_234)
        (counted,) = [one for one in driver.board._series if one.label == "2-gram add-k 1"]
        assert max(counted.x) == 1_234

    run_train(play)


def test_marks_are_stable_while_pinned_and_free_after(tmp_path: Path) -> None:
    pins = Pins()
    paths = [tmp_path / str(number) for number in range(len(SLOTS) + 1)]
    assert [pins.take_slot(path) for path in paths] == [True] * len(SLOTS) + [False]
    marks = [pins.mark(path) for path in paths[:-1]]
    assert len(set(marks)) == len(SLOTS)
    pins.unpin(paths[2])
    assert pins.mark(paths[2]) == ""
    assert pins.take_slot(paths[-1])
    assert pins.mark(paths[-1]) == marks[2]
    assert [pins.mark(path) for path in paths[3:-1]] == marks[3:]


def test_a_curve_may_be_kept_short() -> None:
    history = History(train=Curve(10))
    for step in range(100):
        history.add(report(step, 1.0))
    assert len(history.train.values) <= 10
