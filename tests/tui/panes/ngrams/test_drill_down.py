"""From an n-gram of the N-grams pane to its arithmetic and its places in the text."""

from __future__ import annotations

from pathlib import Path

import pytest
from pane_driver import PaneDriver, RunPane, pane_runner
from rich.cells import cell_len

from seqtui.corpora.options import CorpusOptions
from seqtui.engine.labs.estimators import NAMES
from seqtui.engine.ngrams.model import NgramModel
from seqtui.tui.numbers import probability
from seqtui.tui.panes.ngrams.stack import TableStack

TEXT = "to be or not to be, that is the question.\n" * 8 + "the rest is silence.\n"
CHINESE = "他下课后去了食堂。我下课后去了图书馆。\n" * 5


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT)


def test_the_arithmetic_is_that_of_the_estimator_by_key(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("down", "]")
        corpus = driver.app.session.corpus
        assert corpus is not None
        gram = driver.pane.query_one(TableStack).top.gram(0)  # type: ignore[union-attr]
        for name in [*NAMES[1:], NAMES[0]]:
            await driver.press("f")
            if name == "mle":
                assert driver.line("arithmetic").startswith("P(")
                break
            await driver.until(
                lambda name=name: (
                    driver.line("arithmetic").startswith(f"{name}: ")
                    and "estimating" not in driver.line("arithmetic")
                )
            )
            model = NgramModel.fit(corpus.ids, 3, len(corpus.vocabulary), name)
            value = probability(model.explain(gram[:-1], gram[-1]).probability)
            assert f" = {value}" in driver.line("arithmetic")
            figures = driver.line("arithmetic").split(" = ")[
                -2 if "w =" not in driver.screen() else 1
            ]
            assert any(letter.isdigit() for letter in figures) or "w" in figures

    run_pane(play)


def test_figures_give_the_probability_behind_them(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        for _ in range(7):
            await driver.press("f")
        await driver.until(lambda: "modified-kneser-ney: P(w | h) = " in driver.line("arithmetic"))
        for _ in range(12):
            parts = driver.line("arithmetic").split("   w")[0].split(" = ")
            figures = parts[-2].replace("−", "-").replace("×", "*").replace(",", "")
            assert eval(figures) == pytest.approx(float(parts[-1]), rel=0.02)
            await driver.press("down")

    run_pane(play, size=(160, 50))


def test_c_shows_every_occurrence_with_the_ngram_in_one_column(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("]", "/")
        await driver.type("is ")
        await driver.until(lambda: "with “is" in driver.line("ngram-title"))
        gram = driver.rows("ngram-table")[0][1]
        await driver.press("c")
        await driver.until(lambda: "occurrences" in driver.line("ngram-title"))
        wanted = gram.replace("␣", " ").replace("␊", "\n")
        places = [i for i in range(len(TEXT)) if TEXT.startswith(wanted, i)]
        rows = driver.rows("ngram-table")
        assert [int(row[0]) for row in rows] == places
        assert {row[1].index(f"│{gram}│") for row in rows} == {rows[0][1].index("│")}
        shown = rows[-1][1].split("│")
        assert shown[2].strip().startswith(TEXT[places[-1] + 3 :][:5].split("\n")[0].strip())
        await driver.press("escape")
        await driver.until(lambda: "with “is" in driver.line("ngram-title"))

    run_pane(play)


def test_enter_on_an_occurrence_marks_it_in_the_corpus_pane(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("/")
        await driver.type("si")
        await driver.until(lambda: driver.table("ngram-table").row_count == 1)
        await driver.press("c")
        await driver.until(lambda: "si: 1 occurrence " in driver.line("ngram-title"))
        await driver.press("enter")
        await driver.until_seen("[1 Corpus]")
        await driver.until_seen("the rest is si")
        await driver.press("2")
        await driver.until_seen("si: 1 occurrence")

    run_pane(play)


@pytest.mark.parametrize("tokenizer", ["char", "word"])
def test_chinese_stays_in_its_columns(run_pane: RunPane, tokenizer: str) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("c")
        await driver.until(lambda: "occurrences" in driver.line("ngram-title"))
        before = {cell_len(row[1].split("│")[0]) for row in driver.rows("ngram-table")}
        assert len(before) == 1
        assert all(cell_len(line) == 80 for line in driver.screen().splitlines())

    run_pane(play, CHINESE, options=CorpusOptions(tokenizer=tokenizer))
