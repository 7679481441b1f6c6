"""A run that another process trains, in the Train pane."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from run_events import evaluated, report
from small_runs import Listener, small_config, small_corpus
from train_driver import RunPane, TrainDriver

from seqtui.corpora.folders import runs_folder
from seqtui.engine.launch import launch
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.listing import list_runs
from seqtui.engine.runs.lock import LOCK
from seqtui.engine.runs.metrics import Recorder
from seqtui.engine.runs.remote_control import CONTROL
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import Run, open_run
from seqtui.tui.widgets.dialogs import Question


@pytest.fixture
def elsewhere(tmp_path: Path) -> Run:
    """A run of a living process (its parent's number stands in the lock), ten steps old."""
    folder = tmp_path / "elsewhere"
    launch(RunRequest(small_config(), small_corpus(), folder=folder), Listener(), Control())
    run = open_run(folder)
    run.write("running")
    (folder / "metrics.jsonl").unlink()
    lock = {"process": os.getppid(), "host": os.uname().nodename}
    (folder / LOCK).write_text(json.dumps(lock))
    recorder = Recorder(folder / "metrics.jsonl", lambda event: None)
    for event in (report(5, 2.5), evaluated(5, 2.0), report(10, 1.5)):
        recorder.emit(event)
    return run


def asked(run: Run) -> list[str]:
    """What was asked of it so far."""
    try:
        lines = (run.path / CONTROL).read_text().splitlines()
    except FileNotFoundError:
        return []
    return [json.loads(line)["ask"] for line in lines]


async def watched(driver: TrainDriver, run: Run) -> None:
    driver.pane.watch_run(run.path)
    await driver.until(lambda: "1.500 nats" in driver.words())


def test_its_figures_are_shown_as_if_it_trained_here(run_train: RunPane, elsewhere: Run) -> None:
    async def play(driver: TrainDriver) -> None:
        await watched(driver, elsewhere)
        assert driver.line("run-settings").startswith("watching elsewhere")
        assert "2.000 nats" in driver.words()

    run_train(play)


def test_keys_ask_it_through_its_folder(run_train: RunPane, elsewhere: Run) -> None:
    async def play(driver: TrainDriver) -> None:
        await watched(driver, elsewhere)
        asks = []
        for key, ask in (("c", "save"), ("w", "sample"), ("space", "pause")):
            asks.append(ask)
            await driver.pilot.press(key)
            await driver.until(lambda: asked(elsewhere) == asks)
        await driver.pilot.press("s")
        await driver.until(lambda: isinstance(driver.app.screen, Question))
        await driver.pilot.press("y")
        await driver.until(lambda: asked(elsewhere) == [*asks, "stop"])

    run_train(play)


def test_leaving_leaves_it_alone(run_train: RunPane, elsewhere: Run) -> None:
    async def play(driver: TrainDriver) -> None:
        await watched(driver, elsewhere)
        await driver.pilot.press("escape")
        await driver.until(lambda: driver.app.session.training is None)
        assert "s  start training" in driver.words()
        await watched(driver, elsewhere)
        await driver.pilot.press("q")
        assert not isinstance(driver.app.screen, Question)

    run_train(play)
    assert asked(elsewhere) == []


@pytest.fixture
def among_the_runs(run_train: RunPane, elsewhere: Run) -> Run:
    """The same run, in the folder where runs are looked for (`run_train` says which)."""
    target = runs_folder() / "elsewhere"
    target.parent.mkdir(parents=True)
    elsewhere.path.rename(target)
    return open_run(target)


def test_one_that_trains_is_reported_and_a_key_watches_it(
    run_train: RunPane, among_the_runs: Run
) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.until(lambda: "a  watch elsewhere, which another process" in driver.plot())
        await driver.pilot.press("a")
        await driver.until(lambda: "1.500 nats" in driver.words())
        (among_the_runs.path / LOCK).unlink()
        await driver.pilot.press("escape")
        await driver.until(
            lambda: "start training" in driver.plot() and "watch" not in driver.plot()
        )

    run_train(play)


def test_one_that_no_process_writes_is_not_offered(run_train: RunPane, among_the_runs: Run) -> None:
    (among_the_runs.path / LOCK).unlink()
    assert [run.state for run in list_runs().runs] == ["interrupted"]

    async def play(driver: TrainDriver) -> None:
        await driver.pilot.press("a")
        await driver.until(lambda: "no other process trains a run: b starts one" in driver.words())
        assert "watch" not in driver.plot()

    run_train(play)


def test_one_whose_process_is_gone_looks_dead(run_train: RunPane, elsewhere: Run) -> None:
    async def play(driver: TrainDriver) -> None:
        await watched(driver, elsewhere)
        (elsewhere.path / LOCK).unlink()
        await driver.until(lambda: "looks dead: no process is training it" in driver.words())

    run_train(play)
