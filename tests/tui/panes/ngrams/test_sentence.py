"""A sentence factored in the N-grams pane, driven by keys."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from pane_driver import LARGE, PaneDriver, RunPane, pane_runner
from rich.cells import cell_len

from seqtui.corpora.options import CorpusOptions
from seqtui.engine.labs.chain_rule import Settings, run
from seqtui.engine.labs.estimators import NAMES
from seqtui.tui.numbers import DASH, perplexity, probability

TEXT = "to be or not to be that is the question to be is to do\n" * 3
CHINESE = "他下课后去了食堂。我下课后去了图书馆。\n" * 5
WORDS = CorpusOptions(tokenizer="word")


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT)


async def taken_apart(driver: PaneDriver, sentence: str) -> list[list[str]]:
    """Type a sentence; its factors."""
    await driver.press("t")
    await driver.type(sentence)
    await driver.until(lambda: driver.table("sentence-table").row_count > 0)
    return driver.rows("sentence-table")


def test_a_bigram_decomposition_by_relative_frequencies(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        words = TEXT.split()
        rows = await taken_apart(driver, "to be is")
        assert [row[1] for row in rows] == ["P(to)", "P(be | to)", "P(is | be)"]
        assert [row[2] for row in rows] == [f"12/{len(words)}", "9/12", "3/9"]
        product = 12 / len(words) * 9 / 12 * 3 / 9
        assert float(rows[-1][5]) == pytest.approx(product, abs=1e-4)
        assert float(rows[-1][4]) == pytest.approx(math.log(3 / 9), abs=1e-3)
        assert rows[-1][6] == perplexity(product ** (-1 / 3))
        assert f"{product:.4f}" in driver.text("sentence-directions").splitlines()[0]

    run_pane(play, options=WORDS)


def test_r_reads_it_reversed_and_brackets_change_n(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await taken_apart(driver, "not to be")
        await driver.press("r")
        rows = driver.rows("sentence-table")
        assert [row[1] for row in rows] == ["P(be)", "P(to | be)", "P(not | to)"]
        assert "· reversed ·" in driver.line("sentence-title")
        await driver.press("]")
        await driver.until(lambda: driver.table("sentence-table").row_count == 3)
        assert driver.rows("sentence-table")[2][1] == "P(not | be to)"
        await driver.press("[", "[", "[")
        await driver.until(lambda: driver.table("sentence-table").row_count == 3)
        assert driver.rows("sentence-table")[2][1] == "P(not)"

    run_pane(play, options=WORDS)


def test_what_never_follows_makes_the_product_nought_until_it_is_smoothed(
    run_pane: RunPane,
) -> None:
    async def play(driver: PaneDriver) -> None:
        rows = await taken_apart(driver, "question be")
        assert rows[1][2:7] == ["0/3", "0", "−∞", "0", "∞"]
        assert "factors 0: 1" in driver.text("sentence-directions")
        await driver.press("f")
        await driver.until(lambda: "add-k" in driver.line("sentence-title"))
        await driver.until(lambda: driver.table("sentence-table").row_count == 2)
        assert driver.rows("sentence-table")[1][6] != "∞"
        await driver.press("down")
        await driver.until(lambda: driver.line("sentence-arithmetic").startswith("add-k: "))

    run_pane(play, options=WORDS)


def test_chinese_by_characters(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        rows = await taken_apart(driver, "他下课后去了图书馆")
        assert [row[1] for row in rows][:3] == ["P(他)", "P(下 | 他)", "P(课 | 下)"]
        assert all(cell_len(line) == 80 for line in driver.screen().splitlines())
        await driver.press("escape")
        await driver.until_seen("grams by count")

    run_pane(play, CHINESE)


def test_both_directions_are_on_a_line_each_in_eighty_columns(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await taken_apart(driver, "to be or not to be that is the question to be is to do")
        lines = driver.text("sentence-directions").splitlines()
        assert len(lines) == 2
        assert all("PP = " in line and cell_len(line) <= 78 for line in lines)
        assert all(line.rstrip() in driver.screen() for line in lines)
        await driver.press("f", "f")
        await driver.until(lambda: driver.line("sentence-arithmetic").startswith("lidstone: "))
        shown = driver.line("sentence-arithmetic")
        await driver.pilot.resize_terminal(*LARGE)
        await driver.until(lambda: "PP = P(W)^(-1/15)" in driver.text("sentence-directions"))
        await driver.until(lambda: len(driver.line("sentence-arithmetic")) > len(shown))

    run_pane(play, options=WORDS)


def test_nothing_typed_is_refused_with_the_reason(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("t")
        await driver.type("   ")
        await driver.until_seen("no token is left of this")
        await driver.press("escape")
        await driver.press("t")
        await driver.type("[/] zebra \x1b")
        await driver.until(lambda: driver.table("sentence-table").row_count > 0)
        assert "<unk>" in driver.rows("sentence-table")[0][1]

    run_pane(play, options=WORDS)


def test_scores_that_are_no_probabilities_have_a_dash_for_the_perplexity(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await taken_apart(driver, "to be")
        await driver.press(*["f"] * NAMES.index("stupid-back-off"))
        await driver.until(lambda: "stupid-back-off" in driver.line("sentence-title"))
        await driver.until(lambda: driver.table("sentence-table").row_count == 2)
        assert [row[6] for row in driver.rows("sentence-table")] == [DASH] * 2
        assert "PP" not in driver.text("sentence-directions")

    run_pane(play, options=WORDS)


def test_the_board_shows_the_figures_of_the_laboratory(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await taken_apart(driver, "to be or not")
        await driver.press(*["f"] * NAMES.index("witten-bell"))
        await driver.until(lambda: "witten-bell" in driver.line("sentence-title"))
        await driver.until(lambda: driver.table("sentence-table").row_count == 4)
        corpus = driver.app.session.corpus
        assert corpus is not None
        figures = run(corpus, Settings(sentence="to be or not", estimator="witten-bell"))
        shown = [(row[2], row[3], row[6]) for row in driver.rows("sentence-table")]
        assert shown == [
            (
                f"{factor.count}/{factor.history_count}",
                probability(factor.probability),
                perplexity(factor.perplexity),
            )
            for factor in figures.forward.factors
        ]
        await driver.press("escape")
        await driver.until(lambda: driver.line("arithmetic").startswith("witten-bell: P(w | h)"))

    run_pane(play, options=WORDS)


def test_what_the_vocabulary_lacks_is_named(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await taken_apart(driver, "to ☃ or ☃")
        await driver.until(lambda: driver.notified("1 token is not in the vocabulary"))
        assert driver.notified("read as <unk>: ☃")

    run_pane(play, options=WORDS)
