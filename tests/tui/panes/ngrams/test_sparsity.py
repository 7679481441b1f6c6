"""The board of possible and of seen n-grams in the N-grams pane, driven by keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from pane_driver import PaneDriver, RunPane, pane_runner

from seqtui.tui.numbers import count

TEXT = "to be or not to be, that is the question.\n" * 8 + "the rest is silence.\n"


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT, wait_for_counts=True)


def rows(driver: PaneDriver) -> list[list[str]]:
    """The cells of the orders."""
    return [line.split() for line in driver.text("sparsity-rows").splitlines()[1:]]


def test_ten_orders_and_the_number_of_texts(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("b")
        await driver.until(
            lambda: len(rows(driver)) == 10 and "–" not in driver.text("sparsity-rows")
        )
        size = len(set(TEXT)) + 1  # and <unk>
        for n, cells in enumerate(rows(driver), 1):
            grams = {TEXT[i : i + n] for i in range(len(TEXT) - n + 1)}
            assert cells[0] == str(n)
            assert cells[1] == count(size**n) or "e" in cells[1]
            assert cells[2] == count(len(grams))
            held_out = TEXT[int(len(TEXT) * 0.9) :]
            train = TEXT[: int(len(TEXT) * 0.9)]
            running = [held_out[i : i + n] for i in range(len(held_out) - n + 1)]
            unseen = sum(gram not in train for gram in running) / len(running)
            assert float(cells[-2]) == pytest.approx(100 * unseen, abs=0.6)
        assert "8,000^100 = 2.0e390" in driver.screen()
        assert all(len(line) <= 78 for line in driver.text("sparsity-rows").splitlines())
        await driver.press("]", "escape")
        await driver.until_seen("2-grams by count")
        await driver.press("b", "b")
        await driver.until_seen("2-grams by count")

    run_pane(play)


def test_a_short_text_has_fewer_rows_with_figures(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("b")
        await driver.until(lambda: rows(driver)[4][2:3] == ["1"] and not driver.pane.board.filling)  # type: ignore[attr-defined]
        assert rows(driver)[5][2:] == ["–"] * 4

    run_pane(play, "abcde")
