"""From an n-gram of the N-grams pane to its arithmetic and its places in the text."""

from __future__ import annotations

from pathlib import Path

import pytest
from pane_driver import PaneLab, RunLab, pane_runner
from rich.cells import cell_len

from seqtui.corpora.options import CorpusOptions
from seqtui.engine.labs.estimators import NAMES
from seqtui.engine.ngrams.model import NgramModel
from seqtui.tui.numbers import probability
from seqtui.tui.panes.ngrams.stack import TableStack

TEXT = "to be or not to be, that is the question.\n" * 8 + "the rest is silence.\n"
CHINESE = "他下课后去了食堂。我下课后去了图书馆。\n" * 5


@pytest.fixture
def run_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunLab:
    """Runs `play(lab)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT)


def test_the_arithmetic_is_that_of_the_estimator_by_key(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        await lab.press("down", "]")
        corpus = lab.app.session.corpus
        assert corpus is not None
        gram = lab.pane.query_one(TableStack).top.gram(0)  # type: ignore[union-attr]
        for name in [*NAMES[1:], NAMES[0]]:
            await lab.press("f")
            if name == "mle":
                assert lab.line("arithmetic").startswith("P(")
                break
            await lab.until(
                lambda name=name: (
                    lab.line("arithmetic").startswith(f"{name}: ")
                    and "estimating" not in lab.line("arithmetic")
                )
            )
            model = NgramModel.fit(corpus.ids, 3, len(corpus.vocabulary), name)
            value = probability(model.explain(gram[:-1], gram[-1]).probability)
            assert f" = {value}" in lab.line("arithmetic")
            figures = lab.line("arithmetic").split(" = ")[-2 if "w =" not in lab.screen() else 1]
            assert any(letter.isdigit() for letter in figures) or "w" in figures

    run_lab(play)


def test_figures_give_the_probability_that_stands_behind_them(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        for _ in range(7):
            await lab.press("f")
        await lab.until(lambda: "modified-kneser-ney: P(w | h) = " in lab.line("arithmetic"))
        for _ in range(12):
            parts = lab.line("arithmetic").split("   w")[0].split(" = ")
            figures = parts[-2].replace("−", "-").replace("×", "*").replace(",", "")
            assert eval(figures) == pytest.approx(float(parts[-1]), rel=0.02)
            await lab.press("down")

    run_lab(play, size=(160, 50))


def test_c_shows_every_occurrence_with_the_ngram_in_one_column(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        await lab.press("]", "/")
        await lab.type("is ")
        await lab.until(lambda: "with “is" in lab.line("ngram-title"))
        gram = lab.rows("ngram-table")[0][1]
        await lab.press("c")
        await lab.until(lambda: "occurrences" in lab.line("ngram-title"))
        wanted = gram.replace("␣", " ").replace("␊", "\n")
        places = [i for i in range(len(TEXT)) if TEXT.startswith(wanted, i)]
        rows = lab.rows("ngram-table")
        assert [int(row[0]) for row in rows] == places
        assert {row[1].index(f"│{gram}│") for row in rows} == {rows[0][1].index("│")}
        shown = rows[-1][1].split("│")
        assert shown[2].strip().startswith(TEXT[places[-1] + 3 :][:5].split("\n")[0].strip())
        await lab.press("escape")
        await lab.until(lambda: "with “is" in lab.line("ngram-title"))

    run_lab(play)


def test_enter_on_an_occurrence_marks_it_in_the_corpus_pane(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        await lab.press("/")
        await lab.type("si")
        await lab.until(lambda: lab.table("ngram-table").row_count == 1)
        await lab.press("c")
        await lab.until(lambda: "si: 1 occurrence " in lab.line("ngram-title"))
        await lab.press("enter")
        await lab.until_seen("[1 Corpus]")
        await lab.until_seen("the rest is si")
        await lab.press("2")
        await lab.until_seen("si: 1 occurrence")

    run_lab(play)


@pytest.mark.parametrize("tokenizer", ["char", "word"])
def test_chinese_stays_in_its_columns(run_lab: RunLab, tokenizer: str) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        await lab.press("c")
        await lab.until(lambda: "occurrences" in lab.line("ngram-title"))
        before = {cell_len(row[1].split("│")[0]) for row in lab.rows("ngram-table")}
        assert len(before) == 1
        assert all(cell_len(line) == 80 for line in lab.screen().splitlines())

    run_lab(play, CHINESE, options=CorpusOptions(tokenizer=tokenizer))
