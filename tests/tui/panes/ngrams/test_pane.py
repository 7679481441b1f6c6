"""The N-grams pane, driven by keys."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from pane_driver import LARGE, SMALL, PaneDriver, RunPane, pane_runner, play_in_pane
from reference_data import reference_text

from seqtui.corpora.options import CorpusOptions
from seqtui.tui.numbers import count, probability
from seqtui.tui.session import Session
from seqtui.tui.widgets.frame import Line

TEXT = "to be or not to be, that is the question.\n" * 3
WORDS = CorpusOptions(tokenizer="word")


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT)


def test_bigrams_by_count_with_the_arithmetic_of_the_row(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        pairs = Counter(pairwise(TEXT))
        (a, b), times = pairs.most_common(1)[0]
        total = TEXT[:-1].count(a)
        rank, gram, shown, chance = driver.rows("ngram-table")[0]
        assert (rank, gram, shown) == ("1", f"{a}{b}".replace(" ", "␣"), count(times))
        assert chance == probability(times / total)
        symbols = a.replace(" ", "␣"), b.replace(" ", "␣")
        assert driver.line("arithmetic") == (
            f"P({symbols[1]} | {symbols[0]}) = c({gram}) / c({symbols[0]} ·) = "
            f"{times} / {total} = {times / total:.4f}"
        )
        assert f"{len(pairs)} distinct of |V|^2" in driver.text("sparsity")
        assert f"total {len(TEXT) - 1}" in driver.text("sparsity")
        first = driver.line("arithmetic")
        await driver.press("down")
        await driver.until(lambda: driver.line("arithmetic") != first)
        await driver.press("up")
        await driver.until(lambda: driver.line("arithmetic") == first)

    run_pane(play)


def test_brackets_go_from_one_to_ten_and_no_further(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("[", "[", "[")
        assert driver.line("ngram-title") == "1-grams by count"
        spaces = TEXT.count(" ")
        assert driver.rows("ngram-table")[0][1:3] == ["␣", str(spaces)]
        assert driver.line("arithmetic") == (
            f"P(␣) = c(␣) / N = {spaces} / {len(TEXT)} = {spaces / len(TEXT):.4f}"
        )
        titles = []
        for _ in range(11):
            titles.append(driver.line("ngram-title").partition("-")[0])
            await driver.press("]")
            wanted = f"{min(len(titles) + 1, 10)}-grams by count"
            await driver.until(lambda wanted=wanted: driver.line("ngram-title") == wanted)
        assert titles == [*map(str, range(1, 11)), "10"]

    run_pane(play)


def test_the_table_sorts_by_probability_and_by_alphabet(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("s")
        await driver.until(lambda: driver.line("ngram-title") == "2-grams by P(w | h)")
        rows = driver.rows("ngram-table")
        chances = [float(row[3]) for row in rows]
        assert chances == sorted(chances, reverse=True)
        ties = [int(row[2]) for row in rows if row[3] == "1.0000"]
        assert ties == sorted(ties, reverse=True)
        await driver.press("s")
        await driver.until(lambda: driver.line("ngram-title") == "2-grams by surprise")
        rising = [float(row[3]) for row in driver.rows("ngram-table")]
        assert rising == sorted(rising)
        await driver.press("s")
        await driver.until(lambda: driver.line("ngram-title") == "2-grams by alphabet")
        grams = [row[1].replace("␣", " ").replace("␊", "\n") for row in driver.rows("ngram-table")]
        assert grams == sorted(grams)
        await driver.press("s")
        await driver.until(lambda: driver.line("ngram-title") == "2-grams by count")

    run_pane(play)


def test_a_search_keeps_what_holds_the_text_until_esc(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("]")
        everything = driver.table("ngram-table").row_count
        await driver.press("/")
        await driver.type("be")
        await driver.until(lambda: "with “be”" in driver.line("ngram-title"))
        grams = [row[1] for row in driver.rows("ngram-table")]
        assert len(grams) == len({gram for gram in zip(TEXT, TEXT[1:], TEXT[2:], strict=False)
                                  if "be" in "".join(gram)})  # fmt: skip
        assert all("be" in gram for gram in grams)
        await driver.press("escape")
        await driver.until(lambda: driver.table("ngram-table").row_count == everything)
        await driver.press("/")
        await driver.type("xyz")
        await driver.until_seen("No n-gram holds this text")
        assert driver.line("arithmetic") == ""
        await driver.press("enter", "down")
        await driver.press("/")
        await driver.type("")
        await driver.until(lambda: driver.table("ngram-table").row_count == everything)

    run_pane(play)


def test_a_space_is_found_as_it_is_typed_and_as_it_is_shown(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        found = []
        for typed in ("o ", "o␣"):
            await driver.press("/")
            await driver.type(typed)
            await driver.until(lambda typed=typed: typed in driver.line("ngram-title"))
            found.append(driver.rows("ngram-table"))
        assert found[0] == found[1]
        assert [row[1] for row in found[0]] == ["o␣"]

    run_pane(play)


def test_enter_opens_what_follows_and_esc_comes_back(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("down", "down")
        gram = driver.rows("ngram-table")[2][1]
        history = gram.replace("␣", " ").replace("␊", "\n")
        await driver.press("enter")
        assert f"after {gram}" in driver.line("ngram-title")
        follows = Counter(TEXT[i + 2] for i in range(len(TEXT) - 2) if TEXT[i : i + 2] == history)
        rows = driver.rows("ngram-table")
        assert [int(row[2]) for row in rows] == [times for _w, times in follows.most_common()]
        assert f"/ {sum(follows.values())} =" in driver.line("arithmetic")
        await driver.press("enter")
        assert f"after {gram}{rows[0][1]}" in driver.line("ngram-title")
        await driver.press("escape")
        assert f"after {gram}:" in driver.line("ngram-title")
        await driver.press("backspace")
        assert driver.line("ngram-title") == "2-grams by count"
        assert driver.table("ngram-table").cursor == 2

    run_pane(play)


def test_a_five_gram_opens_too_and_longer_ones_do_not(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("]", "]", "]", "enter")
        assert "what follows" in driver.screen()
        await driver.press("enter")
        await driver.until(lambda: driver.notified("more than 6 tokens"))

    run_pane(play)


def test_the_end_of_the_text_has_nothing_after_it(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("[", "/")
        await driver.type("z")
        await driver.until(lambda: driver.table("ngram-table").row_count == 1)
        await driver.press("enter")
        await driver.until_seen("Nothing: the text ends here")
        assert driver.line("arithmetic") == ""

    run_pane(play, TEXT + "z")


def test_the_footer_names_the_boards_in_eighty_columns(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        keys = ["[ n−", "] n+", "enter open", "/ find", "e estimators", "t sentence"]
        assert driver.app.query_one("#footer", Line).content.plain.split("  ")[:6] == keys
        assert "q quit" in driver.screen().splitlines()[-1]
        await driver.pilot.resize_terminal(*LARGE)
        await driver.until_seen("c occurrences", "z fit", "f formula", "esc back")

    run_pane(play)


def test_a_long_history_leaves_room_for_the_numbers(run_pane: RunPane) -> None:
    text = "internationalisation characteristically misunderstands responsibilities again " * 4
    text += "x" * 60

    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("]", "]", "]")
        shown = driver.line("arithmetic")
        assert shown.startswith("P(w | h) = c(h w) / c(h ·) = 4 / 4 = 1.0000   w = ")
        await driver.press("[", "[", "[", "[", "G")
        await driver.until(
            lambda: driver.line("arithmetic").startswith("P(w) = c(w) / N = 1 / 21 = ")
        )

    run_pane(play, text, options=WORDS)


def test_where_there_is_room_the_figures_of_all_orders_are_below(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        lines = driver.text("sparsity").splitlines()
        assert [line.split()[:2] for line in lines[1:3]] == [["1", "126"], ["▸", "2"]]
        assert len(lines) == 6
        assert str(len(set(zip(*(TEXT[i:] for i in range(5)), strict=False)))) in lines[5].split()
        await driver.pilot.resize_terminal(*SMALL)
        await driver.until(lambda: "distinct of" in driver.text("sparsity"))
        assert all(len(line) == 80 for line in driver.screen().splitlines())
        await driver.pilot.resize_terminal(40, 12)
        await driver.pilot.resize_terminal(*LARGE)
        await driver.until(lambda: "▸" in driver.text("sparsity"))

    run_pane(play, size=LARGE)


def test_foreign_text_is_drawn_and_never_acts(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("]", "/")
        await driver.type("[/]")
        await driver.until(lambda: "with “[/]”" in driver.line("ngram-title"))
        assert "[/]" in driver.rows("ngram-table")[0][1]
        await driver.press("enter", "escape", "escape", "s")
        assert not set(driver.screen()) & {"\x1b", "\x07", "\x9b", "\u202e"}

    run_pane(play, "[/]\x1b]0;x\x07[b]\x9b\u202eéʼ" * 5)


def test_reference_figures_of_the_time_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path))
    monkeypatch.setattr(Session, "start_engine", lambda session: "torch")
    path = reference_text("timemachine.txt")

    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        assert [row[1:3] for row in driver.rows("ngram-table")[:3]] == [
            ["of the", "309"],
            ["in the", "169"],
            ["i had", "130"],
        ]
        await driver.until(lambda: "α 0.464 · OLS, all ranks" in driver.line("zipf-fit"))
        await driver.press("]", "z")
        await driver.until(lambda: "n=3 α 0.466 ·" in driver.line("zipf-fit"))
        await driver.press("z")
        await driver.until(lambda: "n=3 α 0.259 ·" in driver.line("zipf-fit"))
        assert driver.rows("ngram-table")[0][1:3] == ["the time traveller", "59"]

    options = CorpusOptions(tokenizer="word", cleaning="letters-joined")
    play_in_pane(path, "2", play, options=options)
