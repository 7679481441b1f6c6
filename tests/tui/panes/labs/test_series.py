"""The laboratory of series by keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pane_driver import LARGE, SMALL, PaneDriver, RunPane

from seqtui.engine.labs.lab import LABS
from seqtui.tui.panes.labs.board import LabBoard


async def opened(driver: PaneDriver) -> LabBoard:
    await driver.press("g", *["down"] * list(LABS).index("series"), "enter")
    await driver.until(lambda: driver.pane.query_one(LabBoard).figures is not None)
    return driver.pane.query_one(LabBoard)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_both_views_are_seen_whole(run_pane: RunPane, size: tuple[int, int]) -> None:
    async def play(driver: PaneDriver) -> None:
        board = await opened(driver)
        await driver.until_seen("view 1/2", "closed form, fed back", "0.253", "0.571", "farther")
        await driver.until(lambda: not board.busy)
        shown = board.figures
        assert shown is not None
        again = LABS["series"].run(None, board.settings).document()
        assert again["figures"] == shown.document()["figures"]
        await driver.press("v")
        await driver.until_seen("view 2/2", "3,986", "ratio 1.003")

    run_pane(play, size=size)


def test_a_network_is_trained_on_its_key_and_stopped(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        board = await opened(driver)
        board.change(replace(board.settings, model="mlp"))
        await driver.until_seen("space starts the training")
        await driver.press("space")
        await driver.until_seen("seeds", "/20, epochs")
        await driver.press("space")
        await driver.until(lambda: not board.busy)

    run_pane(play)


def test_a_file_that_is_no_table_is_refused_on_the_screen(
    run_pane: RunPane, tmp_path: Path
) -> None:
    async def play(driver: PaneDriver) -> None:
        board = await opened(driver)
        await driver.press("left")
        await driver.until_seen("✗ source csv: name the file")
        path = tmp_path / "x.csv"
        path.write_text("a,b\n1,2\n3,x\n")
        board.change(replace(board.settings, file=str(path), column="b"))
        await driver.until_seen("column 'b': 'x' is not a number")

    run_pane(play)
