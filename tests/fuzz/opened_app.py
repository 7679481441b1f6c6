"""The app with a spoiled run among the runs, which it lists, draws, watches and writes with."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
from pathlib import Path

from fuzz.box import Box, Finding
from fuzz.saved_runs import RUN_FORMATS, RunFiles
from train_driver import TrainDriver
from train_driver import open_train_pane as opened

from seqtui.corpora.errors import UserError
from seqtui.tui.session import Session

SPOILED = [each for each in RUN_FORMATS if each.name != "control.jsonl"]


class OpenedApp(RunFiles):
    """One of the files of a run, spoiled before the app is opened."""

    slow = True

    def __init__(self) -> None:
        super().__init__("app", "run.json")

    def use(self, rng: random.Random, box: Box) -> None:
        """Open the app and press keys."""
        shutil.copytree(box.seeds / "runs" / "ngram", box.runs / "sound")
        run = box.runs / "case"
        spoiled = rng.choice(SPOILED)
        seeds = [each for each in sorted((box.seeds / "runs").iterdir()) if spoiled.fits(each)]
        shutil.copytree(rng.choice(seeds), run)
        box.put_or_strange(run / spoiled.file, lambda: spoiled.spoiled(rng, run))
        keys = rng.sample(
            [
                ("o", "space", "down", "space", "escape", "y", "x", "g", "y", "y", "v"),
                ("a", "enter", "escape", "escape"),
                ("a", "down", "enter", "y", "escape"),
                ("4", "m", "end", "enter", "w"),
                ("4", "m", "end", "up", "enter", "w"),
            ],
            k=3,
        )
        box.done.append(f"open the app and press {keys}")
        try:
            asyncio.run(self._played(box.seeds / "text.txt", keys, rng))
        except UserError as error:
            raise Finding(f"the app ended by {error!r}") from error

    async def _played(self, text: Path, keys: list[tuple[str, ...]], rng: random.Random) -> None:
        async def play(driver: TrainDriver) -> None:
            for group in keys:
                await driver.pilot.press("3")
                for key in group:
                    await driver.pilot.press(key)
                    await driver.pilot.pause(0.05)
                await driver.pilot.press("escape")
            if driver.app.return_code not in (0, None):
                raise Finding(f"the app ended with {driver.app.return_code}")

        size = rng.choice([(80, 24), (160, 50), (40, 12)])
        with _without_training():
            await opened(text, size, [], [], play)


@contextlib.contextmanager
def _without_training():  # type: ignore[no-untyped-def]
    """No engine is started: a run that a key resumes would train for long."""
    from train_driver import train_by_emitting

    before = Session.start_training, Session.start_engine
    Session.start_training = train_by_emitting  # type: ignore[method-assign,assignment]
    Session.start_engine = lambda session: "torch"  # type: ignore[method-assign,assignment,return-value]
    try:
        yield
    finally:
        Session.start_training, Session.start_engine = before  # type: ignore[method-assign]


APP_FORMATS = (OpenedApp(),)
