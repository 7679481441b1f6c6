"""The estimator's columns of the N-grams pane, and what its suffix array answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from pane_driver import PaneDriver, RunPane, pane_runner

from seqtui.corpora.errors import InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.ngrams import suffixes
from seqtui.engine.ngrams.model import NgramModel
from seqtui.tui.numbers import fixed, probability
from seqtui.tui.panes.ngrams.stack import TableStack

TEXT = "to be or not to be, that is the question.\n" * 8 + "the rest is silence.\n"
WIDE = (120, 40)


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT, wait_for_counts=True)


def test_the_estimator_is_beside_counts_and_relative_frequencies(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        plain = driver.rows("ngram-table")
        assert {len(row) for row in plain} == {4}
        await driver.press("f")
        await driver.until(lambda: "· add-k" in driver.line("ngram-title"))
        assert " c* " in driver.screen()
        corpus = driver.app.session.corpus
        assert corpus is not None
        model = NgramModel.fit(corpus.ids, 2, len(corpus.vocabulary), "add-k")
        rows = driver.rows("ngram-table")
        assert [row[:3] + row[4:5] for row in rows] == plain
        for index, row in enumerate(rows):
            gram = driver.pane.query_one(TableStack).top.gram(index)  # type: ignore[union-attr]
            explained = model.explain(gram[:-1], gram[-1])
            assert row[3] == fixed(explained.probability * explained.history_count, 2)
            assert row[5] == probability(explained.probability)
        await driver.press("enter")
        await driver.until(lambda: "after" in driver.line("ngram-title"))
        await driver.until(lambda: len(driver.rows("ngram-table")[0]) == 6)
        await driver.press("escape")
        await driver.pilot.resize_terminal(80, 24)
        await driver.until(lambda: len(driver.rows("ngram-table")[0]) == 4)

    run_pane(play, size=WIDE)


def test_the_cursor_stays_when_the_estimates_arrive(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("down", "down", "f")
        await driver.until(lambda: "· add-k" in driver.line("ngram-title"))
        assert driver.table("ngram-table").cursor == 2

    run_pane(play, size=WIDE)


def test_the_columns_fit_again_when_the_occurrences_are_left(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("f")
        await driver.until_seen("add-k: P(")
        await driver.press("c")
        await driver.until(lambda: "occurrences" in driver.line("ngram-title"))
        await driver.press("escape")
        await driver.until(lambda: "2-grams by count" in driver.line("ngram-title"))
        await driver.until(lambda: {len(row) for row in driver.rows("ngram-table")} == {4})

    run_pane(play)


def test_the_suffix_array_answers_as_the_scan_before_it(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("c")
        await driver.until(lambda: "occurrences" in driver.line("ngram-title"))
        assert "text scanned, the suffix array is being built" in driver.line("ngram-title")
        scanned = [row[0] for row in driver.rows("ngram-table")]
        await driver.until(lambda: not driver.pane._suffixes.reason)  # type: ignore[attr-defined]
        await driver.press("escape", "c")
        await driver.until(lambda: "occurrences" in driver.line("ngram-title"))
        assert "scanned" not in driver.line("ngram-title")
        assert [row[0] for row in driver.rows("ngram-table")] == scanned

    run_pane(play)


def test_without_memory_the_text_is_scanned_and_the_pane_says_so(
    run_pane: RunPane, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise InputError("too little memory")

    monkeypatch.setattr(suffixes, "require_memory", refuse)

    async def play(driver: PaneDriver) -> None:
        await driver.press("c")
        await driver.until(lambda: "occurrences" in driver.line("ngram-title"))
        await driver.until(lambda: "no memory" in driver.pane._suffixes.reason)  # type: ignore[attr-defined]
        await driver.press("escape", "c")
        await driver.until(lambda: "scanned, no memory" in driver.line("ngram-title"))
        await driver.press("t")
        await driver.type("to be")
        await driver.until(lambda: "longest match: no memory" in driver.line("sentence-match"))

    run_pane(play)


def test_the_console_shows_the_longest_match_up_to_the_cursor(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("t")
        await driver.type("zebra not to be the rest")
        await driver.until(lambda: "none, the token" in driver.line("sentence-match"))
        for shown in ("n=1, occurs 8 times: not", "n=2, occurs 8 times: not to"):
            await driver.press("down")
            await driver.until(lambda shown=shown: shown in driver.line("sentence-match"))
        await driver.press("end")
        await driver.until(lambda: "n=2, occurs once: the rest" in driver.line("sentence-match"))
        await driver.press("r")
        # Backwards, `rest the` was read first.
        await driver.press("home", "down")
        await driver.until(lambda: "n=2, occurs once: rest the" in driver.line("sentence-match"))

    run_pane(play, options=CorpusOptions(tokenizer="word"))
