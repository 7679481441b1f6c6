"""The N-grams pane, driven by keys."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from pane_driver import LARGE, SMALL, PaneLab, RunLab, pane_runner, play_in_pane
from reference_data import reference_text

from seqtui.corpora.options import CorpusOptions
from seqtui.tui.numbers import count, probability
from seqtui.tui.session import Session
from seqtui.tui.widgets.frame import Line

TEXT = "to be or not to be, that is the question.\n" * 3
WORDS = CorpusOptions(tokenizer="word")


@pytest.fixture
def run_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunLab:
    """Runs `play(lab)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT)


def test_bigrams_by_count_with_the_arithmetic_of_the_row(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        pairs = Counter(pairwise(TEXT))
        (a, b), times = pairs.most_common(1)[0]
        total = TEXT[:-1].count(a)
        rank, gram, shown, chance = lab.rows("ngram-table")[0]
        assert (rank, gram, shown) == ("1", f"{a}{b}".replace(" ", "␣"), count(times))
        assert chance == probability(times / total)
        symbols = a.replace(" ", "␣"), b.replace(" ", "␣")
        assert lab.line("arithmetic") == (
            f"P({symbols[1]} | {symbols[0]}) = c({gram}) / c({symbols[0]} ·) = "
            f"{times} / {total} = {times / total:.4f}"
        )
        assert f"{len(pairs)} distinct of |V|^2" in lab.text("sparsity")
        assert f"total {len(TEXT) - 1}" in lab.text("sparsity")
        first = lab.line("arithmetic")
        await lab.press("down")
        await lab.until(lambda: lab.line("arithmetic") != first)
        await lab.press("up")
        await lab.until(lambda: lab.line("arithmetic") == first)

    run_lab(play)


def test_brackets_go_from_one_to_ten_and_no_further(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        await lab.press("[", "[", "[")
        assert lab.line("ngram-title") == "1-grams by count"
        spaces = TEXT.count(" ")
        assert lab.rows("ngram-table")[0][1:3] == ["␣", str(spaces)]
        assert lab.line("arithmetic") == (
            f"P(␣) = c(␣) / N = {spaces} / {len(TEXT)} = {spaces / len(TEXT):.4f}"
        )
        titles = []
        for _ in range(11):
            titles.append(lab.line("ngram-title").partition("-")[0])
            await lab.press("]")
            wanted = f"{min(len(titles) + 1, 10)}-grams by count"
            await lab.until(lambda wanted=wanted: lab.line("ngram-title") == wanted)
        assert titles == [*map(str, range(1, 11)), "10"]

    run_lab(play)


def test_the_table_sorts_by_probability_and_by_alphabet(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        await lab.press("s")
        await lab.until(lambda: lab.line("ngram-title") == "2-grams by P(w | h)")
        rows = lab.rows("ngram-table")
        chances = [float(row[3]) for row in rows]
        assert chances == sorted(chances, reverse=True)
        ties = [int(row[2]) for row in rows if row[3] == "1.0000"]
        assert ties == sorted(ties, reverse=True)
        await lab.press("s")
        await lab.until(lambda: lab.line("ngram-title") == "2-grams by surprise")
        rising = [float(row[3]) for row in lab.rows("ngram-table")]
        assert rising == sorted(rising)
        await lab.press("s")
        await lab.until(lambda: lab.line("ngram-title") == "2-grams by alphabet")
        grams = [row[1].replace("␣", " ").replace("␊", "\n") for row in lab.rows("ngram-table")]
        assert grams == sorted(grams)
        await lab.press("s")
        await lab.until(lambda: lab.line("ngram-title") == "2-grams by count")

    run_lab(play)


def test_a_search_keeps_what_holds_the_text_until_esc(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        await lab.press("]")
        everything = lab.table("ngram-table").row_count
        await lab.press("/")
        await lab.type("be")
        await lab.until(lambda: "with “be”" in lab.line("ngram-title"))
        grams = [row[1] for row in lab.rows("ngram-table")]
        assert len(grams) == len({gram for gram in zip(TEXT, TEXT[1:], TEXT[2:], strict=False)
                                  if "be" in "".join(gram)})  # fmt: skip
        assert all("be" in gram for gram in grams)
        await lab.press("escape")
        await lab.until(lambda: lab.table("ngram-table").row_count == everything)
        await lab.press("/")
        await lab.type("xyz")
        await lab.until_seen("No n-gram holds this text")
        assert lab.line("arithmetic") == ""
        await lab.press("enter", "down")
        await lab.press("/")
        await lab.type("")
        await lab.until(lambda: lab.table("ngram-table").row_count == everything)

    run_lab(play)


def test_a_space_is_found_as_it_is_typed_and_as_it_is_shown(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        found = []
        for typed in ("o ", "o␣"):
            await lab.press("/")
            await lab.type(typed)
            await lab.until(lambda typed=typed: typed in lab.line("ngram-title"))
            found.append(lab.rows("ngram-table"))
        assert found[0] == found[1]
        assert [row[1] for row in found[0]] == ["o␣"]

    run_lab(play)


def test_enter_opens_what_follows_and_esc_comes_back(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        await lab.press("down", "down")
        gram = lab.rows("ngram-table")[2][1]
        history = gram.replace("␣", " ").replace("␊", "\n")
        await lab.press("enter")
        assert f"after {gram}" in lab.line("ngram-title")
        follows = Counter(TEXT[i + 2] for i in range(len(TEXT) - 2) if TEXT[i : i + 2] == history)
        rows = lab.rows("ngram-table")
        assert [int(row[2]) for row in rows] == [times for _w, times in follows.most_common()]
        assert f"/ {sum(follows.values())} =" in lab.line("arithmetic")
        await lab.press("enter")
        assert f"after {gram}{rows[0][1]}" in lab.line("ngram-title")
        await lab.press("escape")
        assert f"after {gram}:" in lab.line("ngram-title")
        await lab.press("backspace")
        assert lab.line("ngram-title") == "2-grams by count"
        assert lab.table("ngram-table").cursor == 2

    run_lab(play)


def test_a_five_gram_opens_too_and_longer_ones_do_not(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        await lab.press("]", "]", "]", "enter")
        assert "what follows" in lab.screen()
        await lab.press("enter")
        await lab.until(lambda: lab.notified("more than 6 tokens"))

    run_lab(play)


def test_the_end_of_the_text_has_nothing_after_it(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        await lab.press("[", "/")
        await lab.type("z")
        await lab.until(lambda: lab.table("ngram-table").row_count == 1)
        await lab.press("enter")
        await lab.until_seen("Nothing: the text ends here")
        assert lab.line("arithmetic") == ""

    run_lab(play, TEXT + "z")


def test_the_footer_names_the_boards_in_eighty_columns(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        keys = ["[ n−", "] n+", "enter open", "/ find", "e estimators", "t sentence"]
        assert lab.app.query_one("#footer", Line).content.plain.split("  ")[:6] == keys
        assert "q quit" in lab.screen().splitlines()[-1]
        await lab.pilot.resize_terminal(*LARGE)
        await lab.until_seen("c occurrences", "z fit", "f formula", "esc back")

    run_lab(play)


def test_a_long_history_leaves_room_for_the_numbers(run_lab: RunLab) -> None:
    text = "internationalisation characteristically misunderstands responsibilities again " * 4
    text += "x" * 60

    async def play(lab: PaneLab) -> None:
        await lab.counted()
        await lab.press("]", "]", "]")
        told = lab.line("arithmetic")
        assert told.startswith("P(w | h) = c(h w) / c(h ·) = 4 / 4 = 1.0000   w = ")
        await lab.press("[", "[", "[", "[", "G")
        await lab.until(lambda: lab.line("arithmetic").startswith("P(w) = c(w) / N = 1 / 21 = "))

    run_lab(play, text, options=WORDS)


def test_where_there_is_room_the_figures_of_all_orders_stand_below(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        lines = lab.text("sparsity").splitlines()
        assert [line.split()[:2] for line in lines[1:3]] == [["1", "126"], ["▸", "2"]]
        assert len(lines) == 6
        assert str(len(set(zip(*(TEXT[i:] for i in range(5)), strict=False)))) in lines[5].split()
        await lab.pilot.resize_terminal(*SMALL)
        await lab.until(lambda: "distinct of" in lab.text("sparsity"))
        assert all(len(line) == 80 for line in lab.screen().splitlines())
        await lab.pilot.resize_terminal(40, 12)
        await lab.pilot.resize_terminal(*LARGE)
        await lab.until(lambda: "▸" in lab.text("sparsity"))

    run_lab(play, size=LARGE)


def test_foreign_text_is_drawn_and_never_acts(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
        await lab.press("]", "/")
        await lab.type("[/]")
        await lab.until(lambda: "with “[/]”" in lab.line("ngram-title"))
        assert "[/]" in lab.rows("ngram-table")[0][1]
        await lab.press("enter", "escape", "escape", "s")
        assert not set(lab.screen()) & {"\x1b", "\x07", "\x9b", "\u202e"}

    run_lab(play, "[/]\x1b]0;x\x07[b]\x9b\u202eéʼ" * 5)


def test_reference_figures_of_the_time_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path))
    monkeypatch.setattr(Session, "start_engine", lambda session: "torch")
    path = reference_text("timemachine.txt")

    async def play(lab: PaneLab) -> None:
        await lab.counted()
        assert [row[1:3] for row in lab.rows("ngram-table")[:3]] == [
            ["of the", "309"],
            ["in the", "169"],
            ["i had", "130"],
        ]
        await lab.until(lambda: "α 0.464 ±0.003 · OLS, all ranks" in lab.line("zipf-fit"))
        await lab.press("]", "z")
        await lab.until(lambda: "n=3 α 0.466 ±" in lab.line("zipf-fit"))
        await lab.press("z")
        await lab.until(lambda: "n=3 α 0.259 ±" in lab.line("zipf-fit"))
        assert lab.rows("ngram-table")[0][1:3] == ["the time traveller", "59"]

    options = CorpusOptions(tokenizer="word", cleaning="letters-joined")
    play_in_pane(path, "2", play, options=options)
