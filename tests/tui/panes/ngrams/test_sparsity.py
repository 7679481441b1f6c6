"""The board of possible and of seen n-grams in the N-grams pane, driven by keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from pane_driver import PaneLab, RunLab, pane_runner

from seqtui.tui.numbers import count

TEXT = "to be or not to be, that is the question.\n" * 8 + "the rest is silence.\n"


@pytest.fixture
def run_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunLab:
    """Runs `play(lab)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT, wait_for_counts=True)


def rows(lab: PaneLab) -> list[list[str]]:
    """The cells of the orders."""
    return [line.split() for line in lab.text("sparsity-rows").splitlines()[1:]]


def test_ten_orders_and_the_number_of_texts(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.press("b")
        await lab.until(lambda: len(rows(lab)) == 10 and "–" not in lab.text("sparsity-rows"))
        size = len(set(TEXT)) + 1  # and <unk>
        for n, cells in enumerate(rows(lab), 1):
            grams = {TEXT[i : i + n] for i in range(len(TEXT) - n + 1)}
            assert cells[0] == str(n)
            assert cells[1] == count(size**n) or "e" in cells[1]
            assert cells[2] == count(len(grams))
            held_out = TEXT[int(len(TEXT) * 0.9) :]
            train = TEXT[: int(len(TEXT) * 0.9)]
            running = [held_out[i : i + n] for i in range(len(held_out) - n + 1)]
            unseen = sum(gram not in train for gram in running) / len(running)
            assert float(cells[-2]) == pytest.approx(100 * unseen, abs=0.6)
        assert "8,000^100 = 2.0e390" in lab.screen()
        assert all(len(line) <= 78 for line in lab.text("sparsity-rows").splitlines())
        await lab.press("]", "escape")
        await lab.until_seen("2-grams by count")
        await lab.press("b", "b")
        await lab.until_seen("2-grams by count")

    run_lab(play)


def test_a_short_text_has_fewer_rows_with_figures(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.press("b")
        await lab.until(lambda: rows(lab)[4][2:3] == ["1"] and not lab.pane.board.filling)  # type: ignore[attr-defined]
        assert rows(lab)[5][2:] == ["–"] * 4

    run_lab(play, "abcde")
