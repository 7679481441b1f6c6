"""The app with the Train pane open, its runs reported by a test instead of trained."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from run_events import silent_session, started
from textual.pilot import Pilot
from textual.widgets import Static

from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.worker import TrainingSession
from seqtui.tui.app import SeqtuiApp
from seqtui.tui.panes.train.board import RunBoard
from seqtui.tui.panes.train.pane import TrainPane
from seqtui.tui.session import Session
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.plot_view import PlotView

TEXT = "to be or not to be, that is the question.\n" * 40
SMALL = (80, 24)
LARGE = (160, 50)


class TrainDriver:
    """The app with the Train pane open, and a run that trains when a test says so."""

    def __init__(
        self, pilot: Pilot[int], configs: list[RunConfig], resumed: list[Path | None]
    ) -> None:
        self.pilot = pilot
        self.app: SeqtuiApp = pilot.app  # type: ignore[assignment]
        self.configs = configs
        """What runs were started with."""
        self.resumed = resumed
        """The folder that each of them resumes, None for a new run."""

    @property
    def pane(self) -> TrainPane:
        return self.app.query_one(TrainPane)

    @property
    def board(self) -> RunBoard:
        return self.app.query_one(RunBoard)

    @property
    def training(self) -> TrainingSession:
        assert self.app.session.training is not None
        return self.app.session.training

    async def until(self, condition: Callable[[], bool]) -> None:
        for _ in range(400):
            if condition():
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"never true; the screen:\n{self.screen()}")

    async def emit(self, *events: Any) -> None:
        """Have the run emit events, and wait until they arrived."""
        training = self.training
        for event in events:
            training.events.put(event)
        await self.until(lambda: not training.events._events)
        await self.pilot.pause()

    async def end(self, *events: Any) -> None:
        """Have the run emit its last events, and end."""
        training = self.training
        for event in events:
            training.events.put(event)
        training.job._end()
        await self.until(lambda: self.app.session.training is None)
        await self.pilot.pause()

    async def start(self, *events: Any) -> RunConfig:
        """Press s and have the run emit that it has started."""
        await self.pilot.press("s")
        config = self.configs[-1]
        await self.emit(started(config), *events)
        return config

    def line(self, name: str) -> str:
        return str(self.app.query_one(f"#{name}", Line).content)

    def plot(self) -> str:
        return str(self.app.query_one("#curves", PlotView).render())

    def words(self) -> str:
        """Everything the pane's lines, plot and sample show."""
        return "\n".join(str(widget.render()) for widget in self.pane.query(Static))

    def screen(self) -> str:
        """What is on the screen."""
        lines = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in lines)


def train_by_emitting(session: Session, config: RunConfig, resume: Path | None = None) -> None:
    """A stand-in for `Session.start_training`: a run with the events that a test gives it."""
    session.training = silent_session()
    session.expect_run(config, resume)


async def open_train_pane(
    text: Path,
    size: tuple[int, int],
    configs: list[RunConfig],
    resumed: list[Path | None],
    play: Callable[[TrainDriver], Awaitable[None]],
) -> None:
    """Run the app on a text, wait until all is read, and play with its Train pane."""
    async with SeqtuiApp(str(text)).run_test(size=size) as pilot:
        driver = TrainDriver(pilot, configs, resumed)  # type: ignore[arg-type]
        await driver.until(
            lambda: driver.app.session.corpus is not None and driver.app.session.engine_ready
        )
        await pilot.press("3")
        await driver.until(lambda: bool(driver.app.query(TrainPane)))
        await play(driver)


RunPane = Callable[..., None]


def train_runner(folder: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """A function `run(play, size)`: the Train pane open on a small text, with silent runs."""
    monkeypatch.setenv("SEQTUI_HOME", str(folder / "home"))
    text = folder / "text.txt"
    text.write_text(TEXT, encoding="utf-8")
    configs: list[RunConfig] = []
    resumed: list[Path | None] = []

    def start_training(session: Session, config: RunConfig, resume: Path | None = None) -> None:
        configs.append(config)
        resumed.append(resume)
        train_by_emitting(session, config, resume)

    monkeypatch.setattr(Session, "start_training", start_training)
    monkeypatch.setattr(Session, "start_engine", lambda session: "torch")

    def run(play: Callable[[TrainDriver], Awaitable[None]], size: tuple[int, int] = SMALL) -> None:
        asyncio.run(open_train_pane(text, size, configs, resumed, play))

    return run
