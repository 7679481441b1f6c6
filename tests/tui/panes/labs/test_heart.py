"""Learning by heart on the screen: trained by a key, stopped by it, answered from its figures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from heart_figures import figures_with
from pane_driver import PaneDriver, RunPane

from seqtui.engine.labs.heart import Figures
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.task import tasks_of
from seqtui.tui.lab_book import LabBook
from seqtui.tui.panes.labs.board import LabBoard
from seqtui.tui.panes.labs.pictures import picture_of
from seqtui.tui.translation import localized

LAB = LABS["heart"]


async def opened(driver: PaneDriver, **settings: object) -> LabBoard:
    await driver.press("g", *["down"] * list(LABS).index("heart"), "enter")
    await driver.until_seen("space starts the training")
    board = driver.pane.query_one(LabBoard)
    board.change(replace(board.settings, **settings))
    assert board.figures is None
    return board


def test_it_trains_when_asked_and_names_best_and_last(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        board = await opened(driver, tokens=1_200, epochs=3, hidden=8)
        await driver.press("space")
        await driver.until(lambda: not board.busy and board.figures is not None)
        await driver.until_seen("★ best", "last", "new text itself", "guessing", "epoch 3 of 3")
        figures = board.figures
        assert isinstance(figures, Figures)
        again = LAB.run(driver.app.session.corpus, board.settings)
        mine, other = figures.document(), again.document()
        assert mine["figures"] == other["figures"]

    run_pane(play)


def test_a_training_that_is_stopped_keeps_its_curves(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        board = await opened(driver, tokens=1_200, epochs=1_000, hidden=8)
        await driver.press("space")
        await driver.until_seen("so far best")
        await driver.press("space")
        await driver.until(lambda: not board.busy)
        await driver.until_seen("so far best")
        await driver.press("a")
        await driver.until_seen("task 1 of 4", "answered from figures not there yet")
        await driver.press("enter")  # asks for nothing
        await driver.until_seen("answered from figures not there yet")

    run_pane(play)


def test_a_task_is_answered_from_the_figures_on_the_screen(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        labs = driver.app.session.labs = LabBook(None, "", "", predict=False)
        text = localized(labs.question(tasks_of(LAB)[1]).text)
        seed = int(text.split("seed ")[1].split(":")[0])
        board = await opened(driver, tokens=1_200, epochs=3, hidden=8, seed=seed)
        await driver.press("space")
        await driver.until(lambda: isinstance(board.figures, Figures) and board.figures.complete)
        await driver.press("a", "right")
        await driver.until_seen("task 2 of 4", "enter answers")
        figures = board.figures
        assert isinstance(figures, Figures)
        answer = labs.question(tasks_of(LAB)[1], figures).answer
        await driver.press("enter")
        await driver.type(f"{answer:.4f}")
        await driver.until_seen("✓ right")
        (event,) = labs.hand_in.events
        assert event.figures is not None
        assert event.figures["parameters"]["seed"] == seed

    run_pane(play)


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        (
            (28.0, 9.29, 68.4),
            "best 9.29 at epoch 10, then by heart: last 68.4, worse than guessing (28)",
        ),
        (
            (28.0, 9.29, 12.0),
            "best 9.29 at epoch 10, then by heart: last 12.0, better than guessing (28)",
        ),
        ((28.0, 12.0, 9.0), "best and last 9.00 at epoch 20, better than guessing (28)"),
    ],
)
def test_the_sentence_says_whether_the_last_weights_beat_guessing(
    losses: tuple[float, ...], words: str
) -> None:
    assert picture_of(LAB, figures_with(*losses)).words == words
