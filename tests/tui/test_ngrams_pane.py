"""The N-grams pane, driven by keys."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pane_lab import LARGE, SMALL, PaneLab, RunLab, pane_runner, play_in_pane
from reference_data import reference_text

from seqtui.corpora.options import CorpusOptions
from seqtui.engine import counts
from seqtui.tui.frame import Line
from seqtui.tui.numbers import count, probability
from seqtui.tui.panes import ngram_rows
from seqtui.tui.prompt import Prompt
from seqtui.tui.session import Session

TEXT = "to be or not to be, that is the question.\n" * 3
WORDS = CorpusOptions(tokenizer="word")


@pytest.fixture
def run_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunLab:
    """Runs `play(lab)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """Counting waits for a release of this for each of its levels."""
    semaphore = threading.Semaphore(0)

    def count_levels(*arguments: Any) -> Iterator[counts.Level]:
        for level in counts.count_levels(*arguments):
            semaphore.acquire(timeout=30)
            yield level

    monkeypatch.setattr(ngram_rows, "count_levels", count_levels)
    yield semaphore
    semaphore.release(100)


async def counted(lab: PaneLab) -> None:
    await lab.until(lambda: "n=5" in lab.line("zipf-legend") and "…" not in lab.line("zipf-legend"))
    await lab.until(lambda: lab.table("ngram-table").row_count > 0)


def test_bigrams_by_count_with_the_arithmetic_of_the_row(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await counted(lab)
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
        await counted(lab)
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
        await counted(lab)
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
        await counted(lab)
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
        await counted(lab)
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
        await counted(lab)
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
        await counted(lab)
        await lab.press("]", "]", "]", "enter")
        assert "what follows" in lab.screen()
        await lab.press("enter")
        await lab.until(lambda: lab.told("more than 6 tokens"))

    run_lab(play)


def test_the_end_of_the_text_has_nothing_after_it(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await counted(lab)
        await lab.press("[", "/")
        await lab.type("z")
        await lab.until(lambda: lab.table("ngram-table").row_count == 1)
        await lab.press("enter")
        await lab.until_seen("Nothing: the text ends here")
        assert lab.line("arithmetic") == ""

    run_lab(play, TEXT + "z")


def test_the_footer_names_the_boards_in_eighty_columns(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await counted(lab)
        keys = ["[ n−", "] n+", "enter open", "s sort", "/ find", "e laws", "c where", "t say"]
        assert lab.app.query_one("#footer", Line).content.plain.split("  ")[:8] == keys
        assert "q quit" in lab.screen().splitlines()[-1]
        await lab.pilot.resize_terminal(*LARGE)
        await lab.until_seen("c occurrences", "z fit", "f formula", "esc back")

    run_lab(play)


def test_the_plot_shows_every_order_by_its_mark_and_names_the_fits(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        from seqtui.engine.zipf import fit_zipf

        await counted(lab)
        await lab.until(lambda: all(mark in lab.text("zipf") for mark in "●▲■◆✚"))
        grams = [Counter(zip(*(TEXT[i:] for i in range(n)), strict=False)) for n in range(1, 6)]
        falling = [ngram_rows.np.array(sorted(each.values(), reverse=True)) for each in grams]
        for method, ranks, name in (
            ("ols", None, "OLS, all ranks"),
            ("ols", (10, 1000), "OLS, 10-1,000"),
            ("mle", None, "MLE, all ranks"),
            ("ols", None, "OLS, all ranks"),
        ):
            fits = [fit_zipf(each, method, ranks) for each in falling]
            half = fits[1].interval[1] - fits[1].exponent
            told = f"n=2 α {fits[1].exponent:.3f} ±{half:.3f} · {name}"
            await lab.until(lambda told=told: told in lab.line("zipf-fit"))
            exponents = [f"{fit.exponent:.3f}" for fit in fits]
            await lab.until(lambda all_=exponents: lab.line("zipf-exponents").split() == all_)
            await lab.press("z")

    run_lab(play)


def test_orders_come_one_by_one_and_what_is_not_there_says_so(
    run_lab: RunLab, gate: threading.Semaphore
) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.until_seen("counting 2-grams …", "counting 1-grams …")
        gate.release(2)
        await lab.until(lambda: "● n=1" in lab.line("zipf-legend"))
        assert "… n=2" in lab.line("zipf-legend")
        await lab.press("[")
        assert lab.line("ngram-title") == "1-grams by count"
        await lab.press("]", "]")
        await lab.until_seen("counting 3-grams …")
        await lab.press("enter", "down", "s", "z", "/")
        await lab.until(lambda: isinstance(lab.app.screen, Prompt))
        await lab.press("escape")
        gate.release(2)
        await lab.until_seen("sorting 3-grams …", "■ n=3")
        gate.release(10)
        await lab.until(lambda: lab.line("ngram-title") == "3-grams by P(w | h)")

    run_lab(play)


def test_esc_stops_counting_and_a_bracket_goes_on(
    run_lab: RunLab, gate: threading.Semaphore
) -> None:
    async def play(lab: PaneLab) -> None:
        gate.release(2)
        await lab.until(lambda: "● n=1" in lab.line("zipf-legend"))
        await lab.press("escape")
        await lab.until_seen("Counting was stopped")
        gate.release(10)
        await lab.press("[", "]", "]")
        await counted(lab)
        assert lab.line("ngram-title") == "3-grams by count"

    run_lab(play)


def test_keys_before_a_sorted_table_arrives_act_on_what_is_shown(
    run_lab: RunLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    sorting = threading.Event()
    arrange = ngram_rows.arrange

    def arrange_later(*arguments: Any) -> Any:
        sorting.wait(30)
        return arrange(*arguments)

    monkeypatch.setattr(ngram_rows, "arrange", arrange_later)

    async def play(lab: PaneLab) -> None:
        await counted(lab)
        await lab.press("]", "]", "]", "s", "[", "[", "[", "[")
        title, rows = lab.line("ngram-title"), lab.table("ngram-table").row_count
        await lab.press("end", "enter", "escape", "up")
        assert (title, rows) == (lab.line("ngram-title"), lab.table("ngram-table").row_count)
        sorting.set()
        await lab.until(lambda: lab.line("ngram-title") == "1-grams by P(w | h)")

    run_lab(play)


def test_another_tokeniser_is_counted_anew_and_the_first_is_kept(
    run_lab: RunLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = []
    count_levels = ngram_rows.count_levels

    def watch(*arguments: Any) -> Any:
        times.append(arguments)
        return count_levels(*arguments)

    monkeypatch.setattr(ngram_rows, "count_levels", watch)

    async def play(lab: PaneLab) -> None:
        async def open_with(tokenizer: str, gram: str) -> None:
            lab.app.session.choose_corpus(tokenizer=tokenizer)
            lab.app.open_corpus()
            await lab.until(lambda: [row[1] for row in lab.rows("ngram-table")][:1] == [gram])

        await counted(lab)
        first = lab.rows("ngram-table")[0][1]
        await open_with("word", "to be")
        assert lab.line("arithmetic").startswith("P(be | to) = c(to be) / c(to ·) = 3 / 6 = 0.5")
        await open_with("char", first)
        assert len(times) == 2

    run_lab(play)


def test_a_long_history_leaves_room_for_the_numbers(run_lab: RunLab) -> None:
    text = "internationalisation characteristically misunderstands responsibilities again " * 4
    text += "x" * 60

    async def play(lab: PaneLab) -> None:
        await counted(lab)
        await lab.press("]", "]", "]")
        told = lab.line("arithmetic")
        assert told.startswith("P(w | h) = c(h w) / c(h ·) = 4 / 4 = 1.0000   w = ")
        await lab.press("[", "[", "[", "[", "G")
        await lab.until(lambda: lab.line("arithmetic").startswith("P(w) = c(w) / N = 1 / 21 = "))

    run_lab(play, text, options=WORDS)


def test_where_there_is_room_the_figures_of_all_orders_stand_below(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await counted(lab)
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


@pytest.mark.parametrize("text", ["a", "ab", "aaaa", "甲乙丙甲乙丁"])
def test_a_text_shorter_than_the_orders_shows_what_it_has(run_lab: RunLab, text: str) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.until(lambda: lab.table("ngram-table").row_count > 0)
        await lab.press("]", "]", "]", "enter", "z", "z", "s", "escape")
        highest = min(len(text), 5)  # of three keys from two
        await lab.until(lambda: lab.line("ngram-title").startswith(f"{highest}-grams by"))
        assert f"n={highest + 1}" not in lab.line("zipf-legend")
        assert "α" in lab.line("zipf-fit")

    run_lab(play, text)


def test_foreign_text_is_drawn_and_never_acts(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await counted(lab)
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
        await counted(lab)
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
