"""The N-grams pane in another language while the app runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pane_driver import PaneLab, RunLab, pane_runner
from pseudo_language import LANGUAGE, pseudo, write_catalogue

from seqtui.tui import translation


@pytest.fixture
def run_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunLab:
    """Runs `play(lab)` with the pane open on a text."""
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
    run_lab: RunLab, speak: Callable[[], None]
) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        await lab.press("c")
        await lab.until(lambda: "occurrences" in lab.line("ngram-title"))
        await lab.press("escape", "b", "b", "e")
        await lab.until(lambda: "·" not in lab.text("estimator-grid"))
        await lab.press("e", "t")
        await lab.type("春眠")
        await lab.until(lambda: lab.table("sentence-table").row_count == 2)
        await lab.press("down")
        speak()
        lab.pane.repaint()
        assert lab.table("sentence-table").cursor == 1
        assert pseudo("forward") in lab.line("sentence-title")
        assert pseudo("{n}-grams by count").format(n=2) == lab.line("ngram-title")
        assert pseudo("estimator") in lab.text("estimator-grid")
        assert pseudo("b or esc back") == lab.line("sparsity-keys")
        assert pseudo("{method}, all ranks").format(method=pseudo("OLS")) in lab.line("zipf-fit")

    run_lab(play)
