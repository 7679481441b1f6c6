"""The app with one of its panes open on a text, driven by keys."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static

from seqtui.corpora.options import CorpusOptions
from seqtui.tui.app import SeqtuiApp
from seqtui.tui.panes.pane import Pane
from seqtui.tui.session import Session
from seqtui.tui.widgets.frame import Line
from seqtui.tui.widgets.table import Table

RunPane = Callable[..., None]

SMALL = (80, 24)
LARGE = (160, 50)
LONGEST_WAIT = 600
"""Looks at a condition, a fiftieth of a second apart, before it is given up."""


class PaneDriver:
    """The app, and what is on its screen."""

    def __init__(self, pilot: Pilot[int]) -> None:
        self.pilot = pilot
        self.app: SeqtuiApp = pilot.app  # type: ignore[assignment]

    @property
    def pane(self) -> Pane:
        return self.app.pane

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def press_at_once(self, *keys: str) -> None:
        """Press keys that arrive together, as over a slow line."""
        for key in keys:
            self.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type into the prompt that is open, replacing its text, and press Enter."""
        await self.until(lambda: bool(self.app.screen.query(Input)))
        self.app.screen.query_one(Input).value = text
        await self.pilot.press("enter")

    async def until(self, condition: Callable[[], bool]) -> None:
        for _ in range(LONGEST_WAIT):
            if condition():
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"never true; the screen:\n{self.screen()}")

    async def until_seen(self, *texts: str) -> None:
        """Wait until the screen has all these texts."""
        await self.until(lambda: all(text in self.screen() for text in texts))

    def notified(self, text: str) -> bool:
        """Whether a message in the corner contains a text."""
        return any(text in each.message for each in self.app._notifications)

    def line(self, name: str) -> str:
        return str(self.pane.query_one(f"#{name}", Line).content)

    def text(self, name: str) -> str:
        return str(self.pane.query_one(f"#{name}", Static).render())

    def rows(self, name: str) -> list[list[str]]:
        """The cells of the first rows of a table."""
        table = self.pane.query_one(f"#{name}", Table)
        return [list(table._row(index)) for index in range(min(table.row_count, 40))]

    def table(self, name: str) -> Table:
        return self.pane.query_one(f"#{name}", Table)

    async def counted(self) -> None:
        """Wait until the N-grams pane has counted the usual orders."""
        await self.until(
            lambda: "n=5" in self.line("zipf-legend") and "…" not in self.line("zipf-legend")
        )
        await self.until(lambda: self.table("ngram-table").row_count > 0)

    def screen(self) -> str:
        lines = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in lines)


def play_in_pane(
    source: Path | str,
    digit: str,
    play: Callable[[PaneDriver], Awaitable[None]],
    size: tuple[int, int] = SMALL,
    options: CorpusOptions | None = None,
) -> None:
    """Run the app on a text, go to a pane once the text is read, and play there."""

    async def run() -> None:
        app: App[int] = SeqtuiApp(str(source), options)
        async with app.run_test(size=size, notifications=True) as pilot:
            driver = PaneDriver(pilot)
            await driver.until(
                lambda: driver.app.session.corpus is not None and driver.app.session.engine_ready
            )
            await driver.press(digit)
            await driver.until(lambda: f"[{digit} " in driver.screen())
            await play(driver)

    asyncio.run(run())


def pane_runner(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    digit: str,
    text: str,
    *,
    wait_for_counts: bool = False,
) -> RunPane:
    """A function `run(play, text, size, options)`: a pane open on a text of its own, no torch."""
    monkeypatch.setenv("SEQTUI_HOME", str(folder / "home"))
    monkeypatch.setattr(Session, "start_engine", lambda session: "torch")
    usual = text

    def run(
        play: Callable[[PaneDriver], Awaitable[None]],
        text: str = usual,
        size: tuple[int, int] = SMALL,
        options: CorpusOptions | None = None,
    ) -> None:
        path = folder / "text.txt"
        path.write_text(text, encoding="utf-8")

        async def play_on_counts(driver: PaneDriver) -> None:
            await driver.counted()
            await play(driver)

        play_in_pane(path, digit, play_on_counts if wait_for_counts else play, size, options)

    return run
