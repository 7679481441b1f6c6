"""The Generate pane, driven by keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from generate_driver import TEXT, pane_of, ready, set_to, slow_writer, write
from pane_driver import LARGE, SMALL, PaneLab, RunLab, pane_runner
from textual.widgets import Static

from seqtui.corpora.options import CorpusOptions
from seqtui.engine.ngrams.model import NgramModel
from seqtui.tui.panes.generate.form import SamplingForm
from seqtui.tui.panes.generate.writers import Writer
from seqtui.tui.widgets.prompt import Prompt


@pytest.fixture
def run_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunLab:
    """Runs `play(lab)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "4", TEXT)


def test_an_empty_pane_says_what_to_press(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab, "5-gram of text.txt")
        assert "w writes a text, n one token of it." in lab.screen()
        assert "Nothing written yet" in lab.screen()

    run_lab(play)


def test_w_writes_a_text_with_its_figures(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        await set_to(lab, tokens="40", prefix="to be")
        await write(lab, 40)
        assert "warmed up on 5 tokens" in lab.line("reading")
        assert "T 0.8 · seed 0" in lab.line("writing-summary")
        assert "tok/s" in lab.line("writing-summary")
        writing = pane_of(lab)._writing
        assert writing is not None
        names = writing.writer.vocabulary.tokens
        text = "to be" + "".join(names[token.id] for token in writing.tokens)
        assert lab.text("text") == text
        nats = [token.log_prob for token in writing.tokens]
        bits = -sum(nats) / len(nats) / np.log(2)
        assert f"{bits:.2f} bits/token" in lab.line("writing-summary")
        number, symbol, chance, surprise, rank = lab.rows("written")[-1][:5]
        last = writing.tokens[-1]
        assert (number, rank) == ("40", str(last.rank))
        assert symbol == names[last.id].replace(" ", "␣").replace("\n", "␊")
        assert float(chance) == pytest.approx(np.exp(last.log_prob), abs=5e-5)
        assert float(surprise) == pytest.approx(-last.log_prob / np.log(2), abs=5e-3)

    run_lab(play)


def test_equal_seeds_write_equal_texts_at_once_or_step_by_step(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        await set_to(lab, tokens="8", seed="7")
        at_once = await write(lab, 8)
        assert await write(lab, 8, "enter") == at_once
        await set_to(lab, tokens="1")
        await write(lab, 1)
        for number in range(2, 9):
            stepped = await write(lab, number, "n")
        assert stepped == at_once
        await set_to(lab, tokens="8", seed="8")
        assert await write(lab, 8) != at_once

    run_lab(play, "abcdefghijklmnopqrstuvwxyz, zyxwvutsrqponmlkjihgfedcba. " * 3)


def test_n_alone_begins_a_text(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        await write(lab, 1, "n")
        await write(lab, 2, "n")

    run_lab(play)


def test_the_prefix_is_typed_and_enter_writes(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        await lab.press("p")
        await lab.until(lambda: isinstance(lab.app.screen, Prompt))
        await lab.type("that")
        await write(lab, 300, "enter")
        assert lab.text("text").startswith("that")
        assert "warmed up on 4 tokens" in lab.line("reading")

    run_lab(play)


def test_unknown_tokens_of_a_prefix_are_told(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        await set_to(lab, prefix="to ☃☃", tokens="10")
        await write(lab, 10)
        assert "warmed up on 5 tokens (2 unknown)" in lab.line("reading")
        assert lab.text("text").startswith("to <unk><unk>")

    run_lab(play)


def test_a_closed_vocabulary_refuses_a_prefix_and_goes_on(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        await set_to(lab, prefix="☃", tokens="10")
        await lab.press("w")
        await lab.until(lambda: lab.notified("☃"))
        await set_to(lab, prefix="to")
        await write(lab, 10)

    run_lab(play, options=CorpusOptions(vocabulary="closed"))


def test_after_an_unseen_history_its_seen_end_goes_on(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        await set_to(lab, prefix="qqqqto", tokens="30", temperature="0")
        await write(lab, 30)
        writing = pane_of(lab)._writing
        assert writing is not None
        assert all(np.isfinite(token.log_prob) for token in writing.tokens)
        text = lab.text("text").removeprefix("qqqq")
        assert text[:8] in TEXT

    run_lab(play)


def test_the_candidates_of_the_token_under_the_cursor(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        await set_to(lab, tokens="30", temperature="1")
        await write(lab, 30)
        considered = lab.app.query_one("#considered", Static)
        assert considered.border_title == "token 30 was drawn from"
        await lab.press("g")
        await lab.until(lambda: considered.border_title == "token 1 was drawn from")
        writing = pane_of(lab)._writing
        assert writing is not None
        first, names = writing.tokens[0], writing.writer.vocabulary.tokens
        lines = lab.text("considered").splitlines()
        marked = [line for line in lines if line.startswith("▸")]
        symbol = names[first.id].replace(" ", "␣").replace("\n", "␊")
        assert [line[1] for line in marked] == [symbol]
        assert len(lines) == len({first.id, *(each for each, _p in first.candidates)})

    run_lab(play)


def test_the_tokens_stay_where_they_are_looked_at(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        await set_to(lab, tokens="30")
        await write(lab, 30)
        await lab.press("g", "down")
        await write(lab, 31, "n")
        assert lab.table("written").cursor == 1
        await lab.press("G")
        await write(lab, 32, "n")
        assert lab.table("written").cursor == 31

    run_lab(play)


def test_tokens_stream_in_and_esc_stops(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        model = await slow_writer(lab)
        await lab.press("w")
        model.let.release(3)
        await lab.until(lambda: lab.table("written").row_count == 3)
        assert "writing, esc stops" in lab.line("writing-summary")
        model.let.release(2)
        await lab.until(lambda: lab.table("written").row_count == 5)
        await lab.press("n")
        await lab.press("escape")
        model.let.release(100)
        writing = pane_of(lab)._writing
        assert writing is not None
        await lab.until(lambda: not writing.running)
        assert len(writing.tokens) == 6
        await lab.until(lambda: "esc stops" not in lab.line("writing-summary"))
        await lab.press("n")
        await lab.until(lambda: lab.table("written").row_count == 7)

    run_lab(play)


def test_w_while_it_writes_begins_anew(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        model = await slow_writer(lab)
        await set_to(lab, tokens="4")
        await lab.press("w")
        model.let.release(2)
        await lab.until(lambda: lab.table("written").row_count == 2)
        first = pane_of(lab)._writing
        await lab.press("w")
        model.let.release(20)
        await lab.until(lambda: lab.table("written").row_count == 4)
        assert pane_of(lab)._writing is not first
        assert first is not None
        assert len(first.tokens) == 3

    run_lab(play)


def test_a_model_that_cannot_go_on_says_why(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        pane = pane_of(lab)
        counted = pane._choice.loaded
        assert counted is not None
        model = NgramModel.fit(np.array([1, 2, 3], np.int32), 2, len(counted.vocabulary), "mle")
        pane._choice.loaded = Writer(
            "mle", model, counted.vocabulary, counted.options, neural=False
        )
        await lab.press("w")
        await lab.until(lambda: "every token is impossible" in lab.line("writing-summary"))
        assert lab.table("written").row_count > 0

    run_lab(play)


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
def test_a_setting_that_will_not_do_is_refused_with_the_reason(
    run_lab: RunLab, name: str, value: str, reason: str
) -> None:
    async def play(lab: PaneLab) -> None:
        lab.app.query_one(SamplingForm).edit(name)
        await lab.until(lambda: isinstance(lab.app.screen, Prompt))
        await lab.type(value)
        assert isinstance(lab.app.screen, Prompt)
        assert reason in str(lab.app.screen.query_one(".reason", Static).render())
        await lab.press("escape")
        assert lab.app.query_one(SamplingForm).values[name] != value

    run_lab(play)


def test_e_goes_to_the_settings_and_esc_back(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        assert lab.table("written").has_focus
        await lab.press("e")
        assert lab.app.query_one(SamplingForm).has_focus
        await lab.press("down", "enter")
        await lab.until(lambda: isinstance(lab.app.screen, Prompt))
        await lab.type("12")
        await lab.press("escape")
        assert lab.table("written").has_focus
        await write(lab, 12, "enter")
        await lab.press("t")
        await lab.until(lambda: isinstance(lab.app.screen, Prompt))
        await lab.type("0")
        await write(lab, 12, "w")
        assert "T 0 " in lab.line("writing-summary")

    run_lab(play)


def test_where_there_is_room_each_token_tells_what_it_was_drawn_from(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        await write(lab, 300)
        assert "drawn from" in lab.screen()
        await lab.pilot.resize_terminal(*SMALL)
        await lab.until(lambda: "drawn from 1" not in lab.screen())
        await lab.until(lambda: "bits  rank" in lab.screen())
        assert all(len(line) == 80 for line in lab.screen().splitlines())
        await lab.pilot.resize_terminal(40, 12)
        await write(lab, 301, "n")
        await lab.pilot.resize_terminal(*LARGE)
        await lab.until_seen("rank drawn from")

    run_lab(play, size=LARGE)


def test_what_a_model_writes_never_acts_on_the_terminal(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        await set_to(lab, prefix="[/][red]\x1b]0;")
        await write(lab, 300)
        await lab.press("g", "j", "j")
        assert "[/][red]␛]0;" in lab.screen()
        assert not set(lab.screen()) & {"\x1b", "\x07", "\x9b", "\u202e"}

    run_lab(play, "[/]\x1b]0;x\x07[b]\x9b\u202eé[red]ʼ\n" * 20)
