"""The Corpus pane, driven by keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from pane_lab import LARGE, PaneLab, RunLab, pane_runner

from seqtui.corpora.options import CorpusOptions
from seqtui.tui.panes.token_view import TokenView
from seqtui.tui.prompt import Prompt

TEXT = "The time machine, by H. G. Wells.\n" * 30 + "一二三"


@pytest.fixture
def run_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunLab:
    """Runs `play(lab)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "1", TEXT)


async def listed(lab: PaneLab) -> None:
    await lab.until(lambda: lab.table("vocabulary").row_count > 0)


def test_the_figures_are_those_of_the_corpus(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await listed(lab)
        corpus = lab.app.corpus
        assert corpus is not None
        facts = lab.text("facts")
        assert f"{len(TEXT):,}" in facts
        assert f"{len(corpus.split.train.ids):,}" in facts
        assert "utf-8" in facts
        rows = lab.rows("vocabulary")
        assert rows[0][1] == "<unk>"
        assert rows[1][:3] == ["1", "␣", f"{TEXT.count(' '):,}"]
        assert lab.table("vocabulary").row_count == len(corpus.vocabulary)

    run_lab(play)


@pytest.mark.parametrize("size", [(80, 24), LARGE])
def test_text_tokens_and_ids_stand_above_each_other(run_lab: RunLab, size: tuple[int, int]) -> None:
    async def play(lab: PaneLab) -> None:
        await listed(lab)
        corpus = lab.app.corpus
        assert corpus is not None
        view = lab.pane.query_one(TokenView)
        text, tokens, ids = (view.render_line(y).text for y in range(3))
        number = view._per_line
        assert text[7:].startswith(TEXT[:number])
        shown = [each.replace("␣", " ") for each in tokens.split()[1:]]
        assert shown == list(TEXT[:number])
        assert [int(each) for each in ids.split()[1:]] == corpus.ids[:number].tolist()
        # Right-aligned in columns of one width: each id ends where its token ends.
        token_ends = [i for i in range(len(tokens)) if tokens[i] != " " and tokens[i + 1] == " "]
        id_ends = [i for i in range(len(ids)) if ids[i] != " " and ids[i + 1] == " "]
        assert token_ends == id_ends

    run_lab(play, size=size)


def test_search_keeps_what_holds_the_text_and_empty_shows_all(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await listed(lab)
        all_rows = lab.table("vocabulary").row_count
        await lab.press("slash")
        await lab.type("二")
        await lab.until(lambda: lab.table("vocabulary").row_count == 1)
        assert lab.rows("vocabulary")[0][1] == "二"
        await lab.press("slash")
        await lab.type("")
        await lab.until(lambda: lab.table("vocabulary").row_count == all_rows)

    run_lab(play)


def test_sorting_goes_through_its_orders(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await listed(lab)
        first = lab.rows("vocabulary")
        await lab.press("s")
        await lab.until(lambda: lab.rows("vocabulary") == first[::-1])
        await lab.press("s")
        await lab.until(lambda: "alphabet" in lab.text("vocabulary-foot"))
        tokens = [row[1].replace("␣", " ").replace("␊", "\n") for row in lab.rows("vocabulary")]
        assert tokens == sorted(tokens)

    run_lab(play)


def test_cleaning_and_tokeniser_change_the_corpus_everywhere(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await listed(lab)
        await lab.press("t")
        await lab.until(lambda: lab.app.corpus is not None and lab.app.corpus.tokens == 213)
        await lab.press("c")
        await lab.until_seen("letters-joined")
        await lab.until_seen("· word ·")

    run_lab(play)


def test_min_freq_that_will_not_do_is_refused_with_the_reason(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await listed(lab)
        await lab.press("m")
        await lab.type("0")
        await lab.until_seen("from 1 on")
        assert isinstance(lab.app.screen, Prompt)
        await lab.press("escape")
        await lab.press("m")
        await lab.type("2")
        await lab.until(lambda: lab.app.corpus is not None and lab.app.corpus.options.min_freq == 2)

    run_lab(play)


def test_a_file_that_is_not_there_is_told_and_nothing_is_lost(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await listed(lab)
        before = lab.app.corpus
        await lab.press("o")
        await lab.type("/nowhere/book.txt")
        await lab.until(lambda: lab.told("/nowhere/book.txt"))
        assert lab.app.corpus is before
        await lab.press("o")
        await lab.type("primer-zh")
        await lab.until_seen("primer-zh · char")

    run_lab(play)


def test_a_text_of_three_characters_is_shown(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await listed(lab)
        assert "<unk>" in lab.rows("vocabulary")[0][1]

    run_lab(play, text="abc")


def test_words_are_aligned_with_their_ids(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await listed(lab)
        view = lab.pane.query_one(TokenView)
        tokens, ids = view.render_line(1).text, view.render_line(2).text
        assert tokens.split()[1:] == TEXT.split()[: view._per_line]
        assert len(ids.split()) == len(tokens.split())

    run_lab(play, options=CorpusOptions(tokenizer="word"))
