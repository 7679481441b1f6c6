"""The Corpus pane, driven by keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine
from pane_driver import LARGE, PaneDriver, RunPane, pane_runner
from rich.cells import cell_len

from seqtui.corpora.corpus import build_corpus
from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.reading import Text, read_path
from seqtui.tui.numbers import share
from seqtui.tui.panes.corpus import pane
from seqtui.tui.panes.corpus.pane import facts
from seqtui.tui.widgets.prompt import Prompt, TypedLine
from seqtui.tui.widgets.token_view import TokenView

TEXT = "The time machine, by H. G. Wells.\n" * 30 + "一二三"
WORDS = CorpusOptions(tokenizer="word")


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "1", TEXT)


async def listed(driver: PaneDriver) -> None:
    await driver.until(lambda: driver.table("vocabulary").row_count > 0)


def test_the_figures_are_those_of_the_corpus(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        corpus = driver.app.session.corpus
        assert corpus is not None
        facts = driver.text("facts")
        assert f"{len(TEXT):,}" in facts
        assert f"{len(corpus.split.train.ids):,}" in facts
        assert "utf-8" in facts
        rows = driver.rows("vocabulary")
        assert rows[0][1] == "<unk>"
        assert rows[1][:3] == ["1", "␣", f"{TEXT.count(' '):,}"]
        assert driver.table("vocabulary").row_count == len(corpus.vocabulary)

    run_pane(play)


@pytest.mark.parametrize("size", [(80, 24), LARGE])
def test_text_tokens_and_ids_are_aligned(run_pane: RunPane, size: tuple[int, int]) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        corpus = driver.app.session.corpus
        assert corpus is not None
        view = driver.pane.query_one(TokenView)
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

    run_pane(play, size=size)


def test_search_keeps_what_holds_the_text_and_empty_shows_all(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        all_rows = driver.table("vocabulary").row_count
        await driver.press("slash")
        await driver.type("二")
        await driver.until(lambda: driver.table("vocabulary").row_count == 1)
        assert driver.rows("vocabulary")[0][1] == "二"
        assert " · by count · “二”" in driver.line("vocabulary-foot")
        await driver.press("slash")
        await driver.type("")
        await driver.until(lambda: driver.table("vocabulary").row_count == all_rows)
        await driver.press("slash")
        await driver.type("二")
        await driver.until(lambda: driver.table("vocabulary").row_count == 1)
        await driver.press("escape")
        await driver.until(lambda: driver.table("vocabulary").row_count == all_rows)
        assert "“" not in driver.line("vocabulary-foot")

    run_pane(play)


def test_sorting_goes_through_its_orders(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        first = driver.rows("vocabulary")
        await driver.press("s")
        await driver.until(lambda: driver.rows("vocabulary") == first[::-1])
        await driver.press("s")
        await driver.until(lambda: "alphabet" in driver.line("vocabulary-foot"))
        tokens = [row[1].replace("␣", " ").replace("␊", "\n") for row in driver.rows("vocabulary")]
        assert tokens == sorted(tokens)

    run_pane(play)


def test_cleaning_and_tokeniser_change_the_corpus_everywhere(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        await driver.press("t")
        await driver.until(
            lambda: (
                driver.app.session.corpus is not None and driver.app.session.corpus.tokens == 213
            )
        )
        await driver.press("c")
        await driver.until_seen("letters-joined")
        await driver.until_seen("· word ·")

    run_pane(play)


def test_min_freq_that_is_invalid_is_refused_with_the_reason(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        await driver.press("m")
        await driver.type("0")
        await driver.until_seen("at least 1")
        assert isinstance(driver.app.screen, Prompt)
        await driver.press("escape")
        await driver.press("m")
        await driver.type("2")
        await driver.until(
            lambda: (
                driver.app.session.corpus is not None
                and driver.app.session.corpus.options.min_freq == 2
            )
        )

    run_pane(play)


def test_a_file_that_is_not_there_is_reported_and_nothing_is_lost(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        before = driver.app.session.corpus
        await driver.press("o")
        await driver.type("/nowhere/book.txt")
        await driver.until(lambda: driver.notified("/nowhere/book.txt"))
        assert driver.app.session.corpus is before
        await driver.press("o")
        await driver.type("primer-zh")
        await driver.until_seen("primer-zh · char")

    run_pane(play)


def test_what_was_mistyped_is_offered_again(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        await driver.press_at_once("o", *"primer-zz", "enter")
        await driver.until(lambda: driver.notified("primer-zz"))
        await driver.press_at_once("o", "end", "backspace", "h", "enter")
        await driver.until_seen("primer-zh · char")
        await driver.press("o")
        assert driver.app.screen.query_one(TypedLine).value == "primer-zh"

    run_pane(play)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (bytes(range(32)) * 20, "binary"),
        (b"na\xefve caf\xe9 \xff text " * 9, "encoding"),
    ],
)
def test_a_file_that_is_no_text_is_reported_and_the_corpus_stays(
    run_pane: RunPane, tmp_path: Path, data: bytes, reason: str
) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_bytes(data)

    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        await driver.press_at_once("t", "o", *str(broken), "enter")
        await driver.until(lambda: driver.notified(reason))
        corpus, session = driver.app.session.corpus, driver.app.session
        assert corpus is not None
        assert corpus is session.corpus
        # The change of tokeniser before it was read or was not; what is shown is what holds.
        assert corpus.options == (session.options or CorpusOptions())
        await driver.press("c")
        await driver.until_seen(f"text.txt · {corpus.options.tokenizer}", "letters-joined")

    run_pane(play)


def test_of_quick_changes_the_last_is_shown(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        await driver.press_at_once("t", "s", "t", "s", "c", "s")
        await driver.until_seen("text.txt · byte", "letters-joined", "by length")
        corpus = driver.app.session.corpus
        assert corpus is not None
        assert corpus is driver.app.session.corpus
        await driver.until(lambda: driver.table("vocabulary").row_count == len(corpus.vocabulary))

    run_pane(play)


def test_the_token_at_the_top_stays_there_when_the_window_changes(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        view = driver.pane.query_one(TokenView)
        view.scroll_to(y=40, animate=False)
        await driver.pilot.pause()
        top = int(view.render_line(0).text.split()[0])
        await driver.pilot.resize_terminal(*LARGE)
        await driver.until(lambda: view.size.width > 80)
        await driver.pilot.pause()
        first = int(view.render_line(0).text.split()[0])
        assert first <= top < first + view._per_line

    run_pane(play)


def test_numbers_have_room(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        assert driver.rows("vocabulary")[1][3] == "100.0"
        view = driver.pane.query_one(TokenView)
        await driver.press("end")
        await driver.pilot.pause()
        last = view._per_line * ((1_234_567 - 1) // view._per_line)
        heads = [view.render_line(y).text.split() for y in range(view.size.height)]
        assert [str(last)] in [head[:1] for head in heads]

    run_pane(play, text="a" * 1_234_567)


def test_columns_fit_most_words_and_not_the_longest(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        tokens = driver.pane.query_one(TokenView).render_line(1).text
        assert tokens.split()[1:9] == ["of"] * 8

    run_pane(play, text="of " * 500 + "internationalisation " * 3, options=WORDS)


def test_foreign_text_is_drawn_and_never_acts(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        await driver.press("slash")
        await driver.type("[/]\x1b[2J")
        await driver.until_seen("No token contains this", "esc shows all", "· by count · “[/]")
        await driver.press("escape", "t", "n", "G")
        await driver.until_seen("text.txt · word")
        assert "[/][red]" in driver.screen()
        assert not set(driver.screen()) & {"\x1b", "\x07", "\x9b", "\u202e"}

    run_pane(play, "[/][red] \x1b]0;x\x07 [b]\x9b\u202eé " * 5)


def test_a_text_of_three_characters_is_shown(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        assert "<unk>" in driver.rows("vocabulary")[0][1]

    run_pane(play, text="abc")


def test_words_are_aligned_with_their_ids(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await listed(driver)
        view = driver.pane.query_one(TokenView)
        tokens, ids = view.render_line(1).text, view.render_line(2).text
        assert tokens.split()[1:] == TEXT.split()[: view._per_line]
        assert len(ids.split()) == len(tokens.split())

    run_pane(play, options=WORDS)


def test_facts_are_aligned_in_cells_in_a_language_of_wide_characters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labels = {
        "characters": "字符",
        "half the text": "一半文字",
        "encoding": "编码",
        "removed": "删去",
    }
    monkeypatch.setattr(pane, "_", lambda text: labels.get(text, text))
    corpus = build_corpus(Text("text", TEXT, "utf-8", len(TEXT), None), CorpusOptions())
    lines = facts(corpus).plain.splitlines()[1:]
    values = ["utf-8", "none", "char"]
    starts = {
        cell_len(line[: line.index(value)]) for line in lines for value in values if value in line
    }
    assert len(starts) == 1


@pytest.mark.parametrize(("boundaries", "half"), [("stream", 2), ("line", 2)])
def test_half_the_text_is_made_by_the_fewest_types(boundaries: str, half: int) -> None:
    """Of ten words a is three and b two: half, whatever tokens have ids before theirs."""
    text = "a a a b b c d e f g"
    options = CorpusOptions(tokenizer="word", boundaries=boundaries)
    corpus = build_corpus(Text("text", text, "utf-8", len(text), None), options)
    assert pane.types_of_half(corpus.vocabulary.counts) == half


@pytest.mark.parametrize("tokenizer", ["char", "word"])
def test_the_counts_are_those_of_the_command(
    tokenizer: str, tmp_path: Path, command_line: CommandLine
) -> None:
    path = tmp_path / "lines.txt"
    path.write_text("ab cd\nef\n\n" * 30 + "gh\n" * 5, encoding="utf-8")
    told = command_line(
        "corpus", "show", path, "--boundaries", "line", "--tokenizer", tokenizer, "--json"
    ).document
    options = CorpusOptions(boundaries="line", tokenizer=tokenizer)
    shown = facts(build_corpus(read_path(path), options)).plain.splitlines()
    held_out = told["held_out"]
    unknown = share(held_out["unknown"] / held_out["tokens"])
    for label, number in (
        ("tokens", told["tokens"]),
        ("|V|", told["vocabulary"]),
        ("train", told["train"]["tokens"]),
        ("held out", held_out["tokens"]),
    ):
        line = next(each for each in shown if each.startswith(label))
        assert line.removeprefix(label).split()[0] == f"{number:,}"
    assert shown[-1].endswith(unknown)
