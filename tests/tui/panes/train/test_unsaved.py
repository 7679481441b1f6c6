"""A run that cannot be saved where it is asks for another folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_events import finished, report, silent_session
from textual.widgets import Input
from train_driver import RunPane, TrainDriver

from seqtui.corpora.errors import UserMessage
from seqtui.engine.runs.events import Failed, Unsaved
from seqtui.tui.app import SeqtuiApp, run_app
from seqtui.tui.widgets.dialogs import Question
from seqtui.tui.widgets.prompt import Prompt

UNSAVED = Unsaved(20, UserMessage("step {step:,} could not be saved (full)", step=20))


def test_another_folder_is_asked_for(
    run_train: RunPane, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answers: list[Path | None] = []

    async def play(driver: TrainDriver) -> None:
        await driver.start(report(20, 3.0))
        monkeypatch.setattr(driver.training.control, "save_in", answers.append)
        await driver.emit(UNSAVED)
        await driver.until(lambda: isinstance(driver.app.screen, Prompt))
        assert "step 20 could not be saved (full)" in driver.screen()
        await driver.pilot.press("enter")
        assert isinstance(driver.app.screen, Prompt)  # no folder is no answer
        driver.app.screen.query_one(Input).value = str(tmp_path / "other")
        await driver.pilot.press("enter")
        assert answers == [tmp_path / "other"]
        end = finished(20, 3.0)
        end.document["run"] = str(tmp_path / "other")
        await driver.end(end)
        assert driver.app.session.last_run == str(tmp_path / "other")

    run_train(play)


def test_nothing_is_given_up_by_a_single_key(
    run_train: RunPane, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Path | None] = []

    async def play(driver: TrainDriver) -> None:
        await driver.start(report(20, 3.0))
        monkeypatch.setattr(driver.training.control, "save_in", answers.append)
        await driver.emit(UNSAVED)
        await driver.until(lambda: isinstance(driver.app.screen, Prompt))
        await driver.pilot.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, Question))
        await driver.pilot.press("n")
        await driver.until(lambda: isinstance(driver.app.screen, Prompt))
        assert answers == []
        await driver.pilot.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, Question))
        await driver.pilot.press("y")
        assert answers == [None]

    run_train(play)


def test_a_run_that_fails_while_the_app_ends_is_told_and_no_success(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path))

    def run(app: SeqtuiApp) -> None:
        app.session.training = silent_session()
        app.session.training.events.put(Failed("step 20 could not be saved (full)", "", 20))
        app.session.training.job._end()

    monkeypatch.setattr(SeqtuiApp, "run", run)
    told: list[str] = []
    assert run_app(complain=told.append) == 1
    assert told == ["step 20 could not be saved (full)"]
