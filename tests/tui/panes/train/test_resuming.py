"""Going on, in the Train pane, with a run that was stopped or is done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from run_events import finished, report, started
from train_driver import Lab, RunLab

from seqtui.engine.runs.events import Failed
from seqtui.engine.runs.history import STEPS
from seqtui.engine.runs.run import Run, create_run
from seqtui.tui.widgets.dialogs import Message


async def ended(lab: Lab, folder: Path, status: str) -> Run:
    """A run of this app that took 20 steps and ended so."""
    corpus = lab.app.session.corpus
    assert corpus is not None
    await lab.pilot.press("s")
    config = lab.configs[-1]
    run = create_run(config, corpus, folder)
    run.write(status, {"steps": 20})
    await lab.emit(started(config, run=folder), report(10, 3.0), report(20, 2.0))
    reason = "done" if status == "done" else "stopped"
    last = Failed("it broke", "", 20) if status == "failed" else finished(20, 2.0, reason)
    await lab.end(last)
    return run


def test_a_stopped_run_goes_on_and_keeps_its_curves(run_train: RunLab, tmp_path: Path) -> None:
    async def play(lab: Lab) -> None:
        run = await ended(lab, tmp_path / "run", "stopped")
        assert "u resume" in lab.line("state")
        await lab.pilot.press("u")
        assert (lab.configs[-1], lab.resumed[-1]) == (run.config, run.path)
        again = replace(started(run.config, run=run.path), step=20)
        await lab.emit(again, report(30, 1.5))
        assert lab.board.run.history.train.x[STEPS] == [10, 20, 30]
        assert "30/1,000" in lab.line("numbers-0")
        await lab.pilot.press("u")
        assert "the run is training: press s to stop it" in lab.line("state")
        assert len(lab.configs) == 2

    run_train(play)


def test_what_came_after_the_checkpoint_never_was(run_train: RunLab, tmp_path: Path) -> None:
    async def play(lab: Lab) -> None:
        run = await ended(lab, tmp_path / "run", "failed")
        assert isinstance(lab.app.screen, Message)
        await lab.pilot.press("escape", "u")
        await lab.emit(replace(started(run.config, run=run.path), step=10), report(15, 2.5))
        assert lab.board.run.history.train.x[STEPS] == [10, 15]
        assert lab.board.run.history.phase == "training"

    run_train(play)


def test_a_run_that_is_done_goes_on_once_it_is_longer(run_train: RunLab, tmp_path: Path) -> None:
    async def play(lab: Lab) -> None:
        await lab.until(lambda: lab.app.session.corpus is not None)
        lab.pane._settings.change("steps", "20")
        run = await ended(lab, tmp_path / "run", "done")
        await lab.pilot.press("u")
        assert "all steps are done: press e to set more" in lab.line("state")
        assert len(lab.configs) == 1
        lab.pane._settings.change("steps", "50")
        await lab.pilot.press("u")
        assert lab.configs[-1] == replace(run.config, steps=50)
        assert lab.resumed[-1] == run.path

    run_train(play)


def test_without_a_run_it_says_what_to_press(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.pilot.press("u")
        assert "press s to start one" in lab.line("state")
        assert lab.configs == []

    run_train(play)


def test_a_run_of_another_corpus_is_refused(run_train: RunLab, tmp_path: Path) -> None:
    async def play(lab: Lab) -> None:
        await ended(lab, tmp_path / "run", "stopped")
        before = lab.app.session.corpus
        lab.app.session.choose_corpus("primer-en")
        lab.app.open_corpus()
        await lab.until(lambda: lab.app.session.corpus is not before)
        await lab.pilot.press("u")
        await lab.until(lambda: any("corpus" in shown.message for shown in lab.app._notifications))
        assert len(lab.configs) == 1

    run_train(play)
