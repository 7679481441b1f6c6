"""The Generate pane, driven by keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from generate_driver import TEXT, pane_of, ready, set_to, slow_writer, write
from pane_driver import LARGE, SMALL, PaneDriver, RunPane, pane_runner
from textual.widgets import Static

from seqtui.corpora.options import CorpusOptions
from seqtui.engine.ngrams.model import NgramModel
from seqtui.tui.panes.generate.form import SamplingForm
from seqtui.tui.panes.generate.writers import Writer
from seqtui.tui.widgets.prompt import Prompt


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "4", TEXT)


def test_an_empty_pane_says_what_to_press(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver, "5-gram of text.txt")
        assert "w writes a text, n one token of it." in driver.screen()
        assert "Nothing written yet" in driver.screen()

    run_pane(play)


def test_w_writes_a_text_with_its_figures(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        await set_to(driver, tokens="40", prefix="to be")
        await write(driver, 40)
        assert "warmed up on 5 tokens" in driver.line("reading")
        assert "T 0.8 · seed 0" in driver.line("writing-summary")
        assert "tok/s" in driver.line("writing-summary")
        writing = pane_of(driver)._writing
        assert writing is not None
        names = writing.writer.vocabulary.tokens
        text = "to be" + "".join(names[token.id] for token in writing.tokens)
        assert driver.text("text") == text
        nats = [token.log_prob for token in writing.tokens]
        bits = -sum(nats) / len(nats) / np.log(2)
        assert f"{bits:.2f} bits/token" in driver.line("writing-summary")
        number, symbol, chance, surprise, rank = driver.rows("written")[-1][:5]
        last = writing.tokens[-1]
        assert (number, rank) == ("40", str(last.rank))
        assert symbol == names[last.id].replace(" ", "␣").replace("\n", "␊")
        assert float(chance) == pytest.approx(np.exp(last.log_prob), abs=5e-5)
        assert float(surprise) == pytest.approx(-last.log_prob / np.log(2), abs=5e-3)

    run_pane(play)


def test_equal_seeds_write_equal_texts_at_once_or_step_by_step(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        await set_to(driver, tokens="8", seed="7")
        at_once = await write(driver, 8)
        assert await write(driver, 8, "enter") == at_once
        await set_to(driver, tokens="1")
        await write(driver, 1)
        for number in range(2, 9):
            stepped = await write(driver, number, "n")
        assert stepped == at_once
        await set_to(driver, tokens="8", seed="8")
        assert await write(driver, 8) != at_once

    run_pane(play, "abcdefghijklmnopqrstuvwxyz, zyxwvutsrqponmlkjihgfedcba. " * 3)


def test_n_alone_begins_a_text(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        await write(driver, 1, "n")
        await write(driver, 2, "n")

    run_pane(play)


def test_the_prefix_is_typed_and_enter_writes(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        await driver.press("p")
        await driver.until(lambda: isinstance(driver.app.screen, Prompt))
        await driver.type("that")
        await write(driver, 300, "enter")
        assert driver.text("text").startswith("that")
        assert "warmed up on 4 tokens" in driver.line("reading")

    run_pane(play)


def test_unknown_tokens_of_a_prefix_are_reported(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        await set_to(driver, prefix="to ☃☃", tokens="10")
        await write(driver, 10)
        assert "warmed up on 5 tokens (2 read as <unk>: ☃)" in driver.line("reading")
        assert driver.text("text").startswith("to <unk><unk>")

    run_pane(play)


def test_a_closed_vocabulary_refuses_a_prefix_and_continues(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        await set_to(driver, prefix="☃", tokens="10")
        await driver.press("w")
        await driver.until(lambda: driver.notified("☃"))
        await set_to(driver, prefix="to")
        await write(driver, 10)

    run_pane(play, options=CorpusOptions(vocabulary="closed"))


def test_after_an_unseen_history_its_seen_end_continues(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        await set_to(driver, prefix="qqqqto", tokens="30", temperature="0")
        await write(driver, 30)
        writing = pane_of(driver)._writing
        assert writing is not None
        assert all(np.isfinite(token.log_prob) for token in writing.tokens)
        text = driver.text("text").removeprefix("qqqq")
        assert text[:8] in TEXT

    run_pane(play)


def test_the_candidates_of_the_token_under_the_cursor(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        await set_to(driver, tokens="30", temperature="1")
        await write(driver, 30)
        considered = driver.app.query_one("#considered", Static)
        assert considered.border_title == "token 30 was drawn from"
        await driver.press("g")
        await driver.until(lambda: considered.border_title == "token 1 was drawn from")
        writing = pane_of(driver)._writing
        assert writing is not None
        first, names = writing.tokens[0], writing.writer.vocabulary.tokens
        lines = driver.text("considered").splitlines()
        marked = [line for line in lines if line.startswith("▸")]
        symbol = names[first.id].replace(" ", "␣").replace("\n", "␊")
        assert [line[1] for line in marked] == [symbol]
        assert len(lines) == len({first.id, *(each for each, _p in first.candidates)})

    run_pane(play)


def test_the_tokens_stay_where_they_are_looked_at(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        await set_to(driver, tokens="30")
        await write(driver, 30)
        await driver.press("g", "down")
        await write(driver, 31, "n")
        assert driver.table("written").cursor == 1
        await driver.press("G")
        await write(driver, 32, "n")
        assert driver.table("written").cursor == 31

    run_pane(play)


def test_tokens_stream_in_and_esc_stops(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        model = await slow_writer(driver)
        await driver.press("w")
        model.let.release(3)
        await driver.until(lambda: driver.table("written").row_count == 3)
        assert "writing, esc stops" in driver.line("writing-summary")
        model.let.release(2)
        await driver.until(lambda: driver.table("written").row_count == 5)
        await driver.press("n")
        await driver.press("escape")
        model.let.release(100)
        writing = pane_of(driver)._writing
        assert writing is not None
        await driver.until(lambda: not writing.running)
        assert len(writing.tokens) == 6
        await driver.until(lambda: "esc stops" not in driver.line("writing-summary"))
        await driver.press("n")
        await driver.until(lambda: driver.table("written").row_count == 7)

    run_pane(play)


def test_w_while_it_writes_begins_anew(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        model = await slow_writer(driver)
        await set_to(driver, tokens="4")
        await driver.press("w")
        model.let.release(2)
        await driver.until(lambda: driver.table("written").row_count == 2)
        first = pane_of(driver)._writing
        await driver.press("w")
        model.let.release(20)
        await driver.until(lambda: driver.table("written").row_count == 4)
        assert pane_of(driver)._writing is not first
        assert first is not None
        assert len(first.tokens) == 3

    run_pane(play)


def test_a_model_that_cannot_continue_says_why(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        pane = pane_of(driver)
        counted = pane._choice.loaded
        assert counted is not None
        model = NgramModel.fit(np.array([1, 2, 3], np.int32), 2, len(counted.vocabulary), "mle")
        pane._choice.loaded = Writer(
            "mle", model, counted.vocabulary, counted.options, neural=False
        )
        await driver.press("w")
        await driver.until(lambda: "every token is impossible" in driver.line("writing-summary"))
        assert driver.table("written").row_count > 0

    run_pane(play)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("temperature", "-1", "temperature -1"),
        ("temperature", "warm", "temperature warm: must be a number"),
        ("tokens", "0", "tokens 0: choose 1 to 5,000"),
        ("tokens", "1.5", "tokens 1.5: must be a whole number"),
        ("top_k", "-1", "top-k -1"),
        ("top_p", "0", "top-p 0"),
        ("seed", "x", "seed x: must be a whole number"),
    ],
)
def test_a_setting_that_is_invalid_is_refused_with_the_reason(
    run_pane: RunPane, name: str, value: str, reason: str
) -> None:
    async def play(driver: PaneDriver) -> None:
        driver.app.query_one(SamplingForm).edit(name)
        await driver.until(lambda: isinstance(driver.app.screen, Prompt))
        await driver.type(value)
        assert isinstance(driver.app.screen, Prompt)
        assert reason in str(driver.app.screen.query_one(".reason", Static).render())
        await driver.press("escape")
        assert driver.app.query_one(SamplingForm).values[name] != value

    run_pane(play)


def test_e_goes_to_the_settings_and_esc_back(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        assert driver.table("written").has_focus
        await driver.press("e")
        assert driver.app.query_one(SamplingForm).has_focus
        await driver.press("down", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, Prompt))
        await driver.type("12")
        await driver.press("escape")
        assert driver.table("written").has_focus
        await write(driver, 12, "enter")
        await driver.press("t")
        await driver.until(lambda: isinstance(driver.app.screen, Prompt))
        await driver.type("0")
        await write(driver, 12, "w")
        assert "T 0 " in driver.line("writing-summary")

    run_pane(play)


def test_where_there_is_room_each_token_shows_what_it_was_drawn_from(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        await write(driver, 300)
        assert "drawn from" in driver.screen()
        await driver.pilot.resize_terminal(*SMALL)
        await driver.until(lambda: "drawn from 1" not in driver.screen())
        await driver.until(lambda: "bits  rank" in driver.screen())
        assert all(len(line) == 80 for line in driver.screen().splitlines())
        await driver.pilot.resize_terminal(40, 12)
        await write(driver, 301, "n")
        await driver.pilot.resize_terminal(*LARGE)
        await driver.until_seen("rank drawn from")

    run_pane(play, size=LARGE)


def test_what_a_model_writes_never_acts_on_the_terminal(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        await set_to(driver, prefix="[/][red]\x1b]0;")
        await write(driver, 300)
        await driver.press("g", "j", "j")
        assert "[/][red]␛]0;" in driver.screen()
        assert not set(driver.screen()) & {"\x1b", "\x07", "\x9b", "\u202e"}

    run_pane(play, "[/]\x1b]0;x\x07[b]\x9b\u202eé[red]ʼ\n" * 20)
