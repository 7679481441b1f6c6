"""How the N-grams pane counts: order by order, stopped and gone on with, another corpus."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pane_driver import PaneDriver, RunPane, pane_runner

from seqtui.engine.ngrams import counts
from seqtui.tui.panes.ngrams import rows as ngram_rows
from seqtui.tui.widgets.prompt import Prompt

TEXT = "to be or not to be, that is the question.\n" * 3


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """Counting waits for a release of this for each of its levels."""
    semaphore = threading.Semaphore(0)

    def count_levels(*arguments: Any) -> Iterator[counts.Level]:
        for level in counts.count_levels(*arguments):
            semaphore.acquire(timeout=30)
            yield level

    monkeypatch.setattr(ngram_rows, "count_levels", count_levels)
    yield semaphore
    semaphore.release(100)


def test_orders_come_one_by_one_and_what_is_not_there_says_so(
    run_pane: RunPane, gate: threading.Semaphore
) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.until_seen("counting 2-grams …", "counting 1-grams …")
        gate.release(1)
        await driver.until(lambda: "● n=1" in driver.line("zipf-legend"))
        assert "… n=2" in driver.line("zipf-legend")
        await driver.press("[")
        assert driver.line("ngram-title") == "1-grams by count"
        await driver.press("]", "]")
        await driver.until_seen("counting 3-grams …")
        await driver.press("enter", "down", "s", "z", "/")
        await driver.until(lambda: isinstance(driver.app.screen, Prompt))
        await driver.press("escape")
        gate.release(2)
        # The table that is asked for does not wait for longer n-grams.
        await driver.until(lambda: driver.line("ngram-title") == "3-grams by P(w | h)")
        assert "■ n=3" in driver.line("zipf-legend")
        assert "… n=4" in driver.line("zipf-legend")

    run_pane(play)


def test_esc_stops_counting_and_a_bracket_continues(
    run_pane: RunPane, gate: threading.Semaphore
) -> None:
    async def play(driver: PaneDriver) -> None:
        gate.release(1)
        await driver.until(lambda: "● n=1" in driver.line("zipf-legend"))
        await driver.press("escape")
        await driver.until_seen("Counting was stopped")
        gate.release(10)
        await driver.press("[", "]", "]")
        await driver.counted()
        assert driver.line("ngram-title") == "3-grams by count"

    run_pane(play)


def test_keys_before_a_sorted_table_arrives_act_on_what_is_shown(
    run_pane: RunPane, monkeypatch: pytest.MonkeyPatch
) -> None:
    sorting = threading.Event()
    arrange = ngram_rows.arrange

    def arrange_later(*arguments: Any) -> Any:
        sorting.wait(30)
        return arrange(*arguments)

    monkeypatch.setattr(ngram_rows, "arrange", arrange_later)

    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("]", "]", "]", "s", "[", "[", "[", "[")
        title, rows = driver.line("ngram-title"), driver.table("ngram-table").row_count
        await driver.press("end", "enter", "escape", "up")
        assert (title, rows) == (driver.line("ngram-title"), driver.table("ngram-table").row_count)
        sorting.set()
        await driver.until(lambda: driver.line("ngram-title") == "1-grams by P(w | h)")

    run_pane(play)


def test_another_tokeniser_is_counted_anew_and_the_first_is_kept(
    run_pane: RunPane, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = []
    count_levels = ngram_rows.count_levels

    def watch(*arguments: Any) -> Any:
        times.append(arguments)
        return count_levels(*arguments)

    monkeypatch.setattr(ngram_rows, "count_levels", watch)

    async def play(driver: PaneDriver) -> None:
        async def open_with(tokenizer: str, gram: str) -> None:
            driver.app.session.choose_corpus(tokenizer=tokenizer)
            driver.app.open_corpus()
            await driver.until(lambda: [row[1] for row in driver.rows("ngram-table")][:1] == [gram])

        await driver.counted()
        first = driver.rows("ngram-table")[0][1]
        await open_with("word", "to be")
        assert driver.line("arithmetic").startswith("P(be | to) = c(to be) / c(to ·) = 3 / 6 = 0.5")
        await open_with("char", first)
        assert len(times) == 2

    run_pane(play)


@pytest.mark.parametrize("text", ["a", "ab", "aaaa", "甲乙丙甲乙丁"])
def test_a_text_shorter_than_the_orders_shows_what_it_has(run_pane: RunPane, text: str) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.until(lambda: driver.table("ngram-table").row_count > 0)
        await driver.press("]", "]", "]", "enter", "z", "z", "s", "escape")
        highest = min(len(text), 5)  # of three keys from two
        await driver.until(lambda: driver.line("ngram-title").startswith(f"{highest}-grams by"))
        assert f"n={highest + 1}" not in driver.line("zipf-legend")
        assert "α" in driver.line("zipf-fit")

    run_pane(play, text)
