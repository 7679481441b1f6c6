"""The two lecture's networks side by side, opened with a key of the Train pane."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from run_events import report
from textual.notifications import Notification
from textual.widgets import Static
from train_driver import LARGE, SMALL, TEXT, TrainDriver, open_train_pane, train_by_emitting

from seqtui.engine.labs.rnn_twins import ComparedStep, Figures, Settings
from seqtui.engine.settings.run_config import RunConfig
from seqtui.tui.panes.train.rnn_twins import RNNBoard, comparison_words
from seqtui.tui.session import Session


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Session, "start_engine", lambda session: "torch")
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def notifications(driver: TrainDriver) -> list[Notification]:
    return list(driver.app._notifications)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_key_compares_the_networks_and_another_goes_back(
    text: Path, size: tuple[int, int]
) -> None:
    async def play(driver: TrainDriver) -> None:
        driver.pane._settings.change("hidden", "16")
        driver.pane._settings.change("batch_size", "4")
        await driver.pilot.press("d")
        await driver.until(lambda: isinstance(driver.app.screen, RNNBoard))
        await driver.pilot.pause()
        shown = driver.screen()
        assert "hidden 16 · 12 steps of 4×32" in shown
        assert "times as fast" in shown
        assert "about 1e-5" in shown
        assert "esc back" in shown
        await driver.pilot.press("escape")
        assert not isinstance(driver.app.screen, RNNBoard)

    asyncio.run(open_train_pane(text, size, [], [], play))


def test_while_a_run_trains_it_waits(text: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configs: list[RunConfig] = []

    def start_training(session: Session, config: RunConfig, resume: Path | None = None) -> None:
        configs.append(config)
        train_by_emitting(session, config, resume)

    monkeypatch.setattr(Session, "start_training", start_training)

    async def play(driver: TrainDriver) -> None:
        await driver.start(report(10, 3.0))
        await driver.pilot.press("d")
        assert "when it has ended" in driver.line("state")
        assert not driver.app.screen.query(Static).filter(".keys")

    asyncio.run(open_train_pane(text, SMALL, configs, [], play))


def test_a_text_too_short_is_reported(text: Path) -> None:
    async def play(driver: TrainDriver) -> None:
        driver.pane._settings.change("batch_size", "900")
        await driver.pilot.press("d")
        await driver.until(lambda: any("one batch" in n.message for n in notifications(driver)))
        assert not isinstance(driver.app.screen, RNNBoard)

    asyncio.run(open_train_pane(text, LARGE, [], [], play))


def test_the_columns_are_under_their_titles_and_fit_the_box() -> None:
    steps = tuple(ComparedStep(n, 3.332, 3.332, 0.0, 1.49e-8) for n in range(1, 21))
    figures = Figures(Settings(), "fingerprint", 28, 1.0, 1.0, steps, 0.0740, 0.0250, 2.0)
    lines = comparison_words(figures).plain.splitlines()
    heads, rows, ms = lines[3], lines[4:10], lines[11]
    assert [row.split()[0] for row in rows] == ["1", "5", "9", "12", "16", "20"]
    assert {len(heads)} == {len(row) for row in rows} == {len(lines[10])}
    assert ms.split()[:3] == ["ms", "74.0", "25.0"]
    assert "3.0 times" in ms
    assert max(map(len, lines[:12])) <= 62
