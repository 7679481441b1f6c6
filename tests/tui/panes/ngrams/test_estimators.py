"""The estimators of the N-grams pane side by side, driven by keys."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pane_driver import PaneDriver, RunPane, pane_runner

from seqtui.engine.held_out import evaluate_part
from seqtui.engine.labs import estimators as ngram_comparing
from seqtui.engine.ngrams.model import NgramModel
from seqtui.tui.numbers import perplexity
from seqtui.tui.panes.ngrams.estimators import EstimatorBoard

TEXT = "to be or not to be, that is the question.\n" * 30 + "whether 'tis nobler in the mind\n" * 4


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """Each cell waits for a release of this."""
    semaphore = threading.Semaphore(0)

    def evaluated(*arguments: Any) -> Any:
        semaphore.acquire(timeout=30)
        return evaluate_part(*arguments)

    monkeypatch.setattr(ngram_comparing, "evaluate_part", evaluated)
    monkeypatch.setattr(ngram_comparing, "DELIVERY_SECONDS", 0.0)
    yield semaphore
    semaphore.release(1000)


def grid(driver: PaneDriver) -> dict[str, list[str]]:
    """The cells of the table by the name of the estimator."""
    found = {}
    for line in driver.text("estimator-grid").splitlines()[1:]:
        name, *cells = line.replace("▸", " ").split()
        found[name] = cells
    return found


async def filled(driver: PaneDriver) -> None:
    await driver.until(lambda: "·" not in driver.text("estimator-grid"))
    await driver.until(lambda: not driver.pane.query_one(EstimatorBoard).filling)


def test_the_cells_are_what_a_model_of_its_own_measures(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("e")
        await driver.until_seen("held-out perplexity over")
        await filled(driver)
        corpus = driver.app.session.corpus
        assert corpus is not None
        split, vocabulary = corpus.split, corpus.training_vocabulary
        cells = grid(driver)
        assert list(cells) == list(ngram_comparing.NAMES)
        values = {}
        for name, row in cells.items():
            assert len(row) == 5
            for n, shown in enumerate(row, 1):
                model = NgramModel.fit(split.train.ids, n, len(vocabulary), name)
                found = evaluate_part(model, split.held_out, "", vocabulary, corpus.options)
                assert found is not None
                assert shown.rstrip("★") == perplexity(found.perplexity)
                if found.perplexity == found.perplexity:
                    values[name, n] = found.perplexity
        best = min(values, key=values.__getitem__)
        marked = [
            (name, n)
            for name, row in cells.items()
            for n, shown in enumerate(row, 1)
            if "★" in shown
        ]
        assert marked == [best]

    run_pane(play)


def test_infinities_and_scores_are_explained_below(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("e")
        await filled(driver)
        assert "∞" in grid(driver)["mle"]
        while grid(driver)["mle"][0] and "have probability 0" not in driver.text("estimator-cell"):
            await driver.press("right")
        assert "∞: " in driver.text("estimator-cell")
        await driver.press("G", *["down"] * 12)
        assert set(grid(driver)["stupid-back-off"]) == {"–"}
        assert "a score, no probability" in driver.text("estimator-cell")

    run_pane(play)


def test_brackets_ask_for_more_orders_and_esc_goes_back(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("e")
        await filled(driver)
        await driver.press("]")
        await driver.until_seen("n=6")
        await filled(driver)
        await driver.press("[", "[")
        await driver.until(lambda: "n=5" not in driver.text("estimator-grid"))
        await driver.press("escape")
        await driver.until_seen("grams by count")

    run_pane(play)


def test_esc_stops_the_measuring_and_a_bracket_continues(
    run_pane: RunPane, gate: threading.Semaphore
) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("e")
        gate.release(3)
        await driver.until(lambda: grid(driver)["lidstone"][0] not in "·…")
        first = grid(driver)["mle"][0]
        await driver.press("escape")
        await driver.until_seen("stopped, ")
        gate.release(1000)
        await driver.press("]")
        await filled(driver)
        assert grid(driver)["mle"][0] == first

    run_pane(play)


def test_enter_chooses_the_estimator_of_the_tables(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("e", "down", "down", "down", "down", "enter")
        await driver.until(lambda: "▸ witten-bell" in driver.text("estimator-grid"))
        await filled(driver)
        await driver.press("escape", "e")
        await driver.until(lambda: "▸ witten-bell" in driver.text("estimator-grid"))

    run_pane(play)


@pytest.mark.parametrize("text", ["a", "ab", "甲乙丙甲乙丁"])
def test_texts_too_short_say_why(run_pane: RunPane, text: str) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("e")
        await driver.until(lambda: "no token to predict" in driver.text("estimator-cell"))

    run_pane(play, text)


def test_keys_act_in_the_tables_again_after_esc(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("e")
        await filled(driver)
        await driver.press("escape")
        await driver.until(lambda: driver.table("ngram-table").has_focus)
        await driver.press("s")
        await driver.until(lambda: "by count" not in driver.line("ngram-title"))

    run_pane(play)


def test_enter_says_that_the_estimator_is_used(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("e")
        await filled(driver)
        await driver.press("down", "down")
        await driver.until(lambda: driver.text("estimator-cell").startswith("lidstone"))
        assert "used in the tables" not in driver.text("estimator-cell")
        await driver.press("enter")
        await driver.until(lambda: "▸ used in the tables" in driver.text("estimator-cell"))

    run_pane(play)
