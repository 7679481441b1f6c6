"""The N-grams pane of lines with boundaries: what the command and the laboratory say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from command_line import CommandLine
from pane_driver import LARGE, PaneDriver, RunPane, pane_runner

from seqtui.corpora.corpus import build_corpus
from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.reading import Text
from seqtui.engine.labs.chain_rule import Settings, run
from seqtui.engine.ngrams.counts import NgramCounts, count_ngrams
from seqtui.engine.ngrams.suffixes import build_suffix_array
from seqtui.tui.numbers import DASH, count, perplexity, probability
from seqtui.tui.panes.ngrams.concordance import as_written, find_occurrences

LINES = ["the boat floats", "the boat sinks", "a gull floats", "the gull sees the boat"] * 5
TEXT = "\n".join(LINES) + "\n"
BY_LINE = CorpusOptions(tokenizer="word", boundaries="line", held_out=0.25)


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT, wait_for_counts=True)


def grams(n: int) -> Counter[str]:
    """The n-grams of each line between its marks."""
    found: Counter[str] = Counter()
    for line in LINES:
        tokens = ["<s>", *line.split(), "</s>"]
        found.update(" ".join(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
    return found


def test_the_tables_count_lines(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        for n in (2, 1):
            assert driver.line("ngram-title") == f"{n}-grams by count · by line"
            shown = {row[1]: row[2] for row in driver.rows("ngram-table")}
            assert shown == {gram: count(times) for gram, times in grams(n).items()}
            await driver.press("[")
        rows = {row[1]: row for row in driver.rows("ngram-table")}
        predicted = grams(1).total() - len(LINES)
        assert rows["the"][3] == probability(grams(1)["the"] / predicted)
        assert rows["<s>"][3] == DASH

    run_pane(play, options=BY_LINE)


def test_occurrences_of_a_line_s_beginning_are_found_in_the_text(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        at = [row[1] for row in driver.rows("ngram-table")].index("<s> a")
        await driver.press(*["down"] * at, "c")
        await driver.until_seen("esc ← <s> a: 5 occurrences")
        tokens = [word for line in LINES for word in line.split()]
        starts = [i for i, token in enumerate(tokens) if token == "a"]
        assert [row[0] for row in driver.rows("ngram-table")] == [count(each) for each in starts]

    run_pane(play, options=BY_LINE)


def test_the_estimators_are_measured_on_the_targets_that_are_told(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        held_out = LINES[15:]
        targets = sum(len(line.split()) + 1 for line in held_out)
        await driver.press("e")
        await driver.until_seen(f"held-out perplexity over {targets} targets · by line")
        await driver.until(lambda: f"over {targets} targets;" in driver.text("estimator-cell"))
        types = len({*" ".join(LINES[:15]).split(), "</s>", "<unk>"})
        assert f"guessing has |V| − 1 = {types}" in driver.text("estimator-cell")

    run_pane(play, options=BY_LINE)


def test_a_sentence_is_a_line_as_in_the_laboratory(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("t")
        await driver.type("the boat floats")
        await driver.until(lambda: driver.table("sentence-table").row_count == 4)
        rows = driver.rows("sentence-table")
        assert [row[1] for row in rows] == [
            "P(the | <s>)",
            "P(boat | the)",
            "P(floats | boat)",
            "P(</s> | floats)",
        ]
        assert [row[2] for row in rows] == ["15/20", "15/20", "5/15", "10/10"]
        assert "· forward · by line ·" in driver.line("sentence-title")
        corpus = driver.app.session.corpus
        assert corpus is not None
        factors = run(corpus, Settings("the boat floats")).forward.factors
        assert [row[6] for row in rows] == [perplexity(each.perplexity) for each in factors]
        assert factors[-1].perplexity == pytest.approx((3 / 4 * 3 / 4 * 1 / 3) ** (-1 / 4))
        await driver.until(lambda: "occurs 15 times: <s> the" in driver.line("sentence-match"))
        await driver.press("r")
        rows = driver.rows("sentence-table")
        assert [row[1] for row in rows][:2] == ["P(floats | <s>)", "P(boat | floats)"]
        assert [row[2] for row in rows] == ["10/20", "5/10", "15/15", "15/20"]
        assert "occurs 10 times: <s> floats" in driver.line("sentence-match")

    run_pane(play, options=BY_LINE)


def test_the_board_of_possible_ngrams_and_the_command_have_the_same_figures(
    run_pane: RunPane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lines.txt"
    path.write_text(TEXT)
    told = CommandLine(tmp_path, capsys)(
        *("ngrams", path, "--order", 3, "--json", "--tokenizer", "word"),
        *("--boundaries", "line", "--held-out", 0.25),
    )
    document = told.document

    async def play(driver: PaneDriver) -> None:
        await driver.press("b")
        await driver.until(lambda: not driver.pane.board.filling)  # type: ignore[attr-defined]
        assert driver.line("sparsity-title").endswith("· by line")
        shown = [line.split() for line in driver.text("sparsity-rows").splitlines()[1:4]]
        for row, cells in zip(document["sparsity"], shown, strict=False):
            assert cells[2] == count(row["distinct"]) == count(len(grams(row["order"])))
            assert cells[1] == row["written"]
        await driver.press("b")
        await driver.pilot.resize_terminal(*LARGE)
        await driver.until(lambda: len(driver.text("sparsity").splitlines()) > 1)
        rows = driver.text("sparsity").replace("▸", " ").splitlines()[1:4]
        assert [row.split()[1:3] for row in rows] == [
            [count(grams(n).total()), count(len(grams(n)))] for n in (1, 2, 3)
        ]

    run_pane(play, options=BY_LINE)
    assert document["total"] == grams(3).total()


@pytest.mark.parametrize("text_order", ["forward", "reversed"])
@pytest.mark.parametrize("tokenizer", ["char", "word"])
@pytest.mark.parametrize("sorted_suffixes", [True, False])
def test_every_ngram_is_found_where_the_text_has_it(
    text_order: str, tokenizer: str, sorted_suffixes: bool
) -> None:
    text = "ab\nb a\nab a\na\n"
    options = CorpusOptions(tokenizer=tokenizer, boundaries="line", text_order=text_order)
    corpus = build_corpus(Text("lines", text, "utf-8", len(text), None), options)
    array = build_suffix_array(corpus.written_ids, len(corpus.vocabulary))
    end = corpus.vocabulary.id_of("</s>")
    counts = count_ngrams(corpus.arranged_ids, 3, len(corpus.vocabulary), end=end)
    for n in (1, 2, 3):
        counted = NgramCounts(counts.vocabulary_size, counts.levels[:n])
        for row, gram in enumerate(counted.ids.tolist()):
            spans = find_occurrences(
                corpus, gram, array if sorted_suffixes else None, lambda done, total: True
            )
            assert len(spans) == counted.counts[row]
            tokens = [corpus.vocabulary.tokens[each] for each in as_written(corpus, gram)]
            wanted = [each for each in tokens if each not in ("<s>", "</s>")]
            for start, stop in spans.tolist():
                assert corpus.stream.tokens(start, stop) == wanted
                if tokens[0] == "<s>" and wanted:
                    assert start in corpus.stream.line_starts
