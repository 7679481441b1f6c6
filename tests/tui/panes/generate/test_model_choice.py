"""Which model writes: runs, networks beside a training, n-grams of the corpus."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from generate_driver import TEXT, pane_of, ready, set_to, slow_writer, write
from pane_driver import PaneLab, RunLab, pane_runner
from run_events import silent_session
from small_runs import small_config, small_corpus

from seqtui.engine.launch import launch
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import open_run
from seqtui.tui.panes.generate import model_choice
from seqtui.tui.panes.generate.writers import Writer, count_writer


@pytest.fixture
def run_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunLab:
    """Runs `play(lab)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "4", TEXT)


def train_run(**changes: Any) -> Path:
    """A run among the runs, trained in no time."""
    document = launch(
        RunRequest(small_config(**changes), small_corpus()), lambda event: None, Control()
    )
    return Path(document["run"])


def test_runs_are_listed_and_write_with_their_own_vocabulary(run_lab: RunLab) -> None:
    train_run(model="ngram", order=3)

    async def play(lab: PaneLab) -> None:
        await ready(lab)
        await lab.press("m")
        await lab.until_seen("select a model", "2-gram", "5-gram", "ngram        small")
        await lab.press("G", "enter")
        await ready(lab, "ngram · small")
        await set_to(lab, prefix="the time traveller", tokens="20")
        await write(lab, 20)
        writing = pane_of(lab)._writing
        assert writing is not None
        assert writing.writer.vocabulary.tokens == small_corpus().training_vocabulary.tokens
        assert writing.unknown == 0

    run_lab(play, "甲乙丙" * 50)


def test_an_order_of_the_corpus_s_own_n_grams_is_chosen(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab, "3-gram of text.txt")
        await lab.press("m")
        await lab.until_seen("select a model")
        await lab.press("enter")
        await ready(lab, "2-gram of text.txt")
        await write(lab, 300)

    run_lab(play, "".join(chr(0x4E00 + i % 700) for i in range(2_000)))


def test_the_run_trained_last_writes(run_lab: RunLab) -> None:
    run = train_run()

    async def play(lab: PaneLab) -> None:
        await ready(lab)
        lab.app.session.last_run = str(run)
        await ready(lab, "gru · small")
        await set_to(lab, tokens="20", prefix="the ")
        await write(lab, 20)
        assert "warmed up on 4 tokens" in lab.line("reading")
        # Somebody who chooses another model keeps it.
        await lab.press("m")
        await lab.until_seen("select a model")
        await lab.press("enter")
        await ready(lab, "2-gram of text.txt")
        await lab.press("1", "4")
        assert lab.line("writer") == "2-gram of text.txt"

    run_lab(play)


def test_a_run_that_ended_meanwhile_does_not_replace_what_is_selected(run_lab: RunLab) -> None:
    run = train_run(model="ngram", order=2)

    async def play(lab: PaneLab) -> None:
        await ready(lab)
        pane_of(lab)._select(2)
        await ready(lab, "2-gram of text.txt")
        lab.app.session.last_run = str(run)
        pane_of(lab)._select(3)
        await ready(lab, "3-gram of text.txt")
        await lab.press("1", "4")
        assert lab.line("writer") == "3-gram of text.txt"

    run_lab(play)


def test_a_network_waits_for_a_run_in_training_and_n_grams_do_not(run_lab: RunLab) -> None:
    run = train_run()

    async def play(lab: PaneLab) -> None:
        await ready(lab)
        session, over = lab.app.session, threading.Event()
        session.engine_worker.submit(over.wait, 30)
        session.training = silent_session()
        pane_of(lab)._select(open_run(run))
        await lab.until(lambda: lab.line("writer") == "waiting for the run in training")
        await lab.until(lambda: lab.notified("w in Train samples"))
        await set_to(lab, tokens="5")
        await write(lab, 5)
        await slow_writer(lab, neural=True)
        await lab.press("w")
        await lab.until(lambda: "waits until the run is over" in lab.line("writing-summary"))
        await lab.press("escape")
        await lab.until(lambda: "waits" not in lab.line("writing-summary"))
        session.training = None
        over.set()
        await ready(lab, "gru · small")
        await write(lab, 5)

    run_lab(play)


def test_a_broken_run_is_told_and_the_writer_stays(run_lab: RunLab) -> None:
    run = train_run(model="ngram", order=2)
    for checkpoint in run.glob("*.safetensors"):
        checkpoint.write_bytes(b"nothing")

    async def play(lab: PaneLab) -> None:
        await ready(lab)
        await lab.press("m")
        await lab.until_seen("ngram        small")
        await lab.press("G", "enter")
        await lab.until(lambda: lab.notified("safetensors"))
        await ready(lab, "5-gram of text.txt")
        await write(lab, 300)

    run_lab(play)


def test_w_before_the_counting_is_done_writes_when_it_is_and_esc_takes_it_back(
    run_lab: RunLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Semaphore(0)

    def count_later(*arguments: Any) -> Writer:
        gate.acquire(timeout=30)
        return count_writer(*arguments)

    monkeypatch.setattr(model_choice, "count_writer", count_later)

    async def play(lab: PaneLab) -> None:
        await lab.press("w")
        await lab.until(lambda: lab.notified("starts when the model is loaded"))
        gate.release()
        await lab.until(lambda: lab.table("written").row_count == 300)
        written = pane_of(lab)._writing
        for order in (2, 3):
            pane_of(lab)._select(order)
            await lab.press("w", *(["escape"] if order == 2 else []))
            gate.release()
            await ready(lab, f"{order}-gram of text.txt")
            assert (pane_of(lab)._writing is written) == (order == 2)

    run_lab(play)


def test_a_corpus_with_nothing_to_count_is_not_written_for_by_another_s_model(
    run_lab: RunLab, tmp_path: Path
) -> None:
    (tmp_path / "one.txt").write_text("a")

    async def play(lab: PaneLab) -> None:
        await ready(lab)
        await lab.press_at_once("1", "o", *str(tmp_path / "one.txt"), "enter")
        await lab.until_seen("one.txt · char")
        await lab.press("4", "w")
        await lab.until(lambda: lab.notified("training part has no token"))
        assert lab.line("writer") == "no model selected: press m"
        await lab.press("w", "n")
        await lab.until(lambda: lab.notified("no model selected: press m"))
        assert lab.table("written").row_count == 0

    run_lab(play)


def test_another_model_is_chosen_while_one_writes(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab)
        model = await slow_writer(lab)
        await lab.press("w")
        model.let.release(2)
        await lab.until(lambda: lab.table("written").row_count == 2)
        await lab.press("m")
        await lab.until_seen("counted when selected")
        await lab.press("down", "enter")
        await ready(lab, "3-gram of text.txt")
        model.let.release(3)
        await lab.until(lambda: "5 tokens by slow" in lab.line("writing-summary"))
        await lab.press("escape")
        model.let.release(10)
        await write(lab, 300)

    run_lab(play)


def test_another_corpus_brings_its_own_n_grams_and_leaves_the_text(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await ready(lab, "5-gram of text.txt")
        await write(lab, 300)
        text, first, writer = lab.text("text"), lab.app.session.corpus, pane_of(lab)._choice.loaded
        lab.app.session.choose_corpus(tokenizer="word")
        lab.app.open_corpus()
        await lab.until(lambda: lab.app.session.corpus is not first)
        await ready(lab, "5-gram of text.txt")
        await lab.until(lambda: pane_of(lab)._choice.loaded is not writer)
        assert lab.text("text") == text
        await lab.until(lambda: "tokens by 5-gram of text.txt" in lab.line("writing-summary"))
        await set_to(lab, prefix="to be", tokens="5", temperature="0")
        await write(lab, 5)
        assert lab.text("text") == "to be or not to be, that"

    run_lab(play)
