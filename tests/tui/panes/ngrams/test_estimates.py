"""The estimator's columns of the N-grams pane, and what its suffix array answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from pane_driver import PaneLab, RunLab, pane_runner

from seqtui.corpora.errors import InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.ngrams import suffixes
from seqtui.engine.ngrams.model import NgramModel
from seqtui.tui.numbers import fixed, probability
from seqtui.tui.panes.ngrams.stack import TableStack

TEXT = "to be or not to be, that is the question.\n" * 8 + "the rest is silence.\n"
WIDE = (120, 40)


@pytest.fixture
def run_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunLab:
    """Runs `play(lab)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT, wait_for_counts=True)


def test_the_estimator_stands_beside_counts_and_relative_frequencies(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        plain = lab.rows("ngram-table")
        assert {len(row) for row in plain} == {4}
        await lab.press("f")
        await lab.until(lambda: "· add-k" in lab.line("ngram-title"))
        assert " c* " in lab.screen()
        corpus = lab.app.session.corpus
        assert corpus is not None
        model = NgramModel.fit(corpus.ids, 2, len(corpus.vocabulary), "add-k")
        rows = lab.rows("ngram-table")
        assert [row[:3] + row[4:5] for row in rows] == plain
        for index, row in enumerate(rows):
            gram = lab.pane.query_one(TableStack).top.gram(index)  # type: ignore[union-attr]
            told = model.explain(gram[:-1], gram[-1])
            assert row[3] == fixed(told.probability * told.history_count, 2)
            assert row[5] == probability(told.probability)
        await lab.press("enter")
        await lab.until(lambda: "after" in lab.line("ngram-title"))
        await lab.until(lambda: len(lab.rows("ngram-table")[0]) == 6)
        await lab.press("escape")
        await lab.pilot.resize_terminal(80, 24)
        await lab.until(lambda: len(lab.rows("ngram-table")[0]) == 4)

    run_lab(play, size=WIDE)


def test_the_cursor_stays_when_the_estimates_arrive(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.press("down", "down", "f")
        await lab.until(lambda: "· add-k" in lab.line("ngram-title"))
        assert lab.table("ngram-table").cursor == 2

    run_lab(play, size=WIDE)


def test_the_suffix_array_answers_as_the_scan_before_it(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.press("c")
        await lab.until(lambda: "occurrences" in lab.line("ngram-title"))
        assert "text scanned, the suffix array is being built" in lab.line("ngram-title")
        scanned = [row[0] for row in lab.rows("ngram-table")]
        await lab.until(lambda: not lab.pane._suffixes.reason)  # type: ignore[attr-defined]
        await lab.press("escape", "c")
        await lab.until(lambda: "occurrences" in lab.line("ngram-title"))
        assert "scanned" not in lab.line("ngram-title")
        assert [row[0] for row in lab.rows("ngram-table")] == scanned

    run_lab(play)


def test_without_memory_the_text_is_scanned_and_the_pane_says_so(
    run_lab: RunLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise InputError("too little memory")

    monkeypatch.setattr(suffixes, "require_memory", refuse)

    async def play(lab: PaneLab) -> None:
        await lab.press("c")
        await lab.until(lambda: "occurrences" in lab.line("ngram-title"))
        await lab.until(lambda: "no memory" in lab.pane._suffixes.reason)  # type: ignore[attr-defined]
        await lab.press("escape", "c")
        await lab.until(lambda: "scanned, no memory" in lab.line("ngram-title"))
        await lab.press("t")
        await lab.type("to be")
        await lab.until(lambda: "longest match: no memory" in lab.line("sentence-match"))

    run_lab(play)


def test_the_console_tells_the_longest_match_up_to_the_cursor(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.press("t")
        await lab.type("zebra not to be the rest")
        await lab.until(lambda: "none, the token" in lab.line("sentence-match"))
        for told in ("n=1, occurs 8 times: not", "n=2, occurs 8 times: not to"):
            await lab.press("down")
            await lab.until(lambda told=told: told in lab.line("sentence-match"))
        await lab.press("end")
        await lab.until(lambda: "n=2, occurs once: the rest" in lab.line("sentence-match"))
        await lab.press("r")
        # Backwards, `rest the` was read first.
        await lab.press("home", "down")
        await lab.until(lambda: "n=2, occurs once: rest the" in lab.line("sentence-match"))

    run_lab(play, options=CorpusOptions(tokenizer="word"))
