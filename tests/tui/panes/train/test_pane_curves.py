"""The curves of the Train pane, read and arranged by keys."""

from __future__ import annotations

import numpy as np
from run_events import evaluated, report
from train_driver import (
    RunPane,
    TrainDriver,
)

from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.runs.events import Sampled
from seqtui.tui.numbers import perplexity


def readings(driver: TrainDriver) -> str:
    return driver.line("run-settings")


def test_a_loss_that_overflows_is_a_gap_and_not_infinite(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(10, 3.0), report(20, 2_000.0), report(30, 2.0))
        await driver.emit(evaluated(10, 3.0), evaluated(20, 2_000.0, best=False))
        await driver.until(lambda: ">1e308" in driver.screen())
        for _ in range(2):  # both kinds of axis
            assert "∞" not in driver.screen()
            assert "e+3" not in driver.screen()
            await driver.pilot.press("l")

    run_train(play)


def test_the_vertical_axis_goes_through_its_measures_and_scales(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(10, 3.0), evaluated(10, 2.5))
        titles = []
        for _ in range(5):
            titles.append(driver.line("legend").split("  ")[0])
            await driver.pilot.press("y")
        assert titles == [
            "perplexity, log",
            "loss, nats per token",
            "bits per token",
            "bits per character",
            "perplexity, log",
        ]
        await driver.pilot.press("g")
        assert driver.line("legend").startswith("loss, nats per token, log")
        await driver.pilot.press("y", "y", "y")
        assert driver.line("legend").startswith("perplexity, log")

    run_train(play)


def test_the_horizontal_axis_counts_steps_tokens_or_time(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(10, 3.0), evaluated(10, 2.5))
        for label in ("step 0", "tokens 0", "time 0:00", "step 0"):
            await driver.until(lambda label=label: label in driver.plot())  # type: ignore[misc]
            await driver.pilot.press("x")

    run_train(play)


def test_arrows_read_the_curves_and_0_gives_the_settings_back(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(400, 3.0), report(900, 1.5), evaluated(900, 2.0))
        await driver.pilot.press("y", "right")
        assert "step 400 · 819,200 tokens · 0:20" in readings(driver)
        assert "⠒⠒ 3.000" in readings(driver)
        assert "● 2.000" in readings(driver)
        await driver.pilot.press(*["l"] * 40)
        assert "step 900" in readings(driver)
        assert "⠒⠒ 1.500" in readings(driver)
        await driver.emit(report(950, 1.25))
        await driver.until(lambda: "step 950" in readings(driver))
        await driver.pilot.press(*["l"] * 10)
        assert "⠒⠒ 1.250" in readings(driver)
        await driver.pilot.press("0")
        assert readings(driver).startswith("run")

    run_train(play)


def test_a_cursor_reads_what_was_plotted_while_the_run_continues(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(400, 3.0), report(410, 2.0))
        await driver.pilot.press("right")
        for step in range(420, 600, 20):
            # The figures are painted before the next plot is.
            driver.board.run.history.add(report(step, 1.5))
            driver.pane._paint_figures()
            assert "⠒⠒ 7.389" in readings(driver)

    run_train(play)


def test_zoom_shows_a_part_around_the_cursor(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(400, 3.0), report(900, 1.5))
        await driver.pilot.press("right", "plus", "plus")
        assert driver.board.axes.range(driver.board.x_range) == (375, 625)
        assert "zoomed" in driver.line("legend")
        await driver.pilot.press("minus", "minus")
        assert "zoomed" not in driver.line("legend")

    run_train(play)


def test_smoothing_is_reported_in_the_legend(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(10, 3.0), report(20, 2.0))
        assert "· raw" not in driver.line("legend")
        await driver.pilot.press("m")
        assert "· raw" in driver.line("legend")
        assert "train .9" in driver.line("legend")
        await driver.pilot.press("m", "m")
        assert "· raw" not in driver.line("legend")

    run_train(play)


def test_the_board_shows_curves_gradient_or_sample(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(10, 3.0), report(20, 2.0))
        await driver.pilot.press("v")
        assert driver.line("legend").startswith("|grad|")
        assert "clip norm 1" in driver.line("legend")
        await driver.until(lambda: "▴" in driver.plot())
        await driver.pilot.press("v")
        assert "none yet: press w for one" in driver.plot()
        await driver.emit(Sampled(20, "one\ntwo", 0.8))
        await driver.until(lambda: "one\ntwo" in driver.plot())
        await driver.pilot.press("v")
        assert driver.line("legend").startswith("perplexity")

    run_train(play)


def test_counted_models_of_the_corpus_are_lines_in_the_plot(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(10, 3.0))
        await driver.until(lambda: "╍ KN-7" in driver.line("legend"))
        corpus = driver.app.session.corpus
        assert corpus is not None
        train, held_out = corpus.split.train.ids, corpus.split.held_out.ids
        size = len(corpus.training_vocabulary)
        for name, n, smoothing in (("bigram", 2, "add-k"), ("KN-7", 7, "modified-kneser-ney")):
            model = NgramModel.fit(train, n, size, smoothing, 1.0)
            scores = np.concatenate(list(model.score(held_out)))
            assert f"{name} {perplexity(float(np.exp(-scores.mean())))}" in driver.line("legend")

    run_train(play)
