"""The N-grams pane in another language while the app runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pane_driver import PaneDriver, RunPane, pane_runner
from pseudo_language import LANGUAGE, pseudo, write_catalogue

from seqtui.tui import translation


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", "春眠不觉晓，处处闻啼鸟。\n" * 9)


@pytest.fixture
def speak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Changes the language."""
    monkeypatch.setenv("LANGUAGE", "en")
    write_catalogue(tmp_path / "locale")
    yield lambda: translation.use(LANGUAGE, tmp_path / "locale")
    monkeypatch.undo()
    translation.use()


def test_tables_plot_and_boards_are_painted_in_the_new_language(
    run_pane: RunPane, speak: Callable[[], None]
) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("c")
        await driver.until(lambda: "occurrences" in driver.line("ngram-title"))
        await driver.press("escape", "b", "b", "e")
        await driver.until(lambda: "·" not in driver.text("estimator-grid"))
        await driver.press("e", "t")
        await driver.type("春眠")
        await driver.until(lambda: driver.table("sentence-table").row_count == 2)
        await driver.press("down")
        speak()
        driver.pane.repaint()
        assert driver.table("sentence-table").cursor == 1
        assert pseudo("forward") in driver.line("sentence-title")
        assert pseudo("{n}-grams by count").format(n=2) == driver.line("ngram-title")
        assert pseudo("estimator") in driver.text("estimator-grid")
        assert pseudo("b or esc back") == driver.line("sparsity-keys")
        assert pseudo("{method}, all ranks").format(method=pseudo("OLS")) in driver.line("zipf-fit")

    run_pane(play)
