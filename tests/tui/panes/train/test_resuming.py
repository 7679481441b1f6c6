"""Going on, in the Train pane, with a run that was stopped or is done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from run_events import finished, report, started
from small_runs import create_run
from train_driver import RunPane, TrainDriver

from seqtui.engine.runs.events import Failed
from seqtui.engine.runs.history import STEPS
from seqtui.engine.runs.run import Run
from seqtui.tui.widgets.dialogs import Message


async def ended(driver: TrainDriver, folder: Path, status: str) -> Run:
    """A run of this app that took 20 steps and ended so."""
    corpus = driver.app.session.corpus
    assert corpus is not None
    await driver.pilot.press("s")
    config = driver.configs[-1]
    run = create_run(config, corpus, folder)
    run.write(status, {"steps": 20})
    await driver.emit(started(config, run=folder), report(10, 3.0), report(20, 2.0))
    reason = "done" if status == "done" else "stopped"
    last = Failed("it broke", "", 20) if status == "failed" else finished(20, 2.0, reason)
    await driver.end(last)
    return run


def test_a_stopped_run_continues_and_keeps_its_curves(run_train: RunPane, tmp_path: Path) -> None:
    async def play(driver: TrainDriver) -> None:
        run = await ended(driver, tmp_path / "run", "stopped")
        assert "u resume" in driver.line("state")
        await driver.pilot.press("u")
        assert (driver.configs[-1], driver.resumed[-1]) == (run.config, run.path)
        again = replace(started(run.config, run=run.path), step=20)
        await driver.emit(again, report(30, 1.5))
        assert driver.board.run.history.train.x[STEPS] == [10, 20, 30]
        assert "30/1,000" in driver.line("numbers-0")
        await driver.pilot.press("u")
        assert "the run is training: press s to stop it" in driver.line("state")
        assert len(driver.configs) == 2

    run_train(play)


def test_what_came_after_the_checkpoint_never_was(run_train: RunPane, tmp_path: Path) -> None:
    async def play(driver: TrainDriver) -> None:
        run = await ended(driver, tmp_path / "run", "failed")
        assert isinstance(driver.app.screen, Message)
        await driver.pilot.press("escape", "u")
        await driver.emit(replace(started(run.config, run=run.path), step=10), report(15, 2.5))
        assert driver.board.run.history.train.x[STEPS] == [10, 15]
        assert driver.board.run.history.phase == "training"

    run_train(play)


def test_a_run_that_is_done_continues_once_it_is_longer(run_train: RunPane, tmp_path: Path) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.until(lambda: driver.app.session.corpus is not None)
        driver.pane._settings.change("steps", "20")
        run = await ended(driver, tmp_path / "run", "done")
        await driver.pilot.press("u")
        assert "all steps are done: press e to set more" in driver.line("state")
        assert len(driver.configs) == 1
        driver.pane._settings.change("steps", "50")
        await driver.pilot.press("u")
        assert driver.configs[-1] == replace(run.config, steps=50)
        assert driver.resumed[-1] == run.path

    run_train(play)


def test_without_a_run_it_says_what_to_press(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.pilot.press("u")
        assert "press s to start one" in driver.line("state")
        assert driver.configs == []

    run_train(play)


def test_a_run_of_another_corpus_is_refused(run_train: RunPane, tmp_path: Path) -> None:
    async def play(driver: TrainDriver) -> None:
        await ended(driver, tmp_path / "run", "stopped")
        before = driver.app.session.corpus
        driver.app.session.choose_corpus("primer-en")
        driver.app.open_corpus()
        await driver.until(lambda: driver.app.session.corpus is not before)
        await driver.pilot.press("u")
        await driver.until(
            lambda: any(
                "is not the text that" in shown.message for shown in driver.app._notifications
            )
        )
        assert len(driver.configs) == 1

    run_train(play)
