"""Which model writes: runs, networks beside a training, n-grams of the corpus."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from generate_driver import TEXT, pane_of, ready, set_to, slow_writer, write
from pane_driver import PaneDriver, RunPane, pane_runner
from run_events import silent_session
from small_runs import small_config, small_corpus

from seqtui.engine.launch import launch
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import open_run
from seqtui.tui.panes.generate import model_choice
from seqtui.tui.panes.generate.writers import Writer, count_writer


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "4", TEXT)


def train_run(**changes: Any) -> Path:
    """A run among the runs, trained in no time."""
    document = launch(
        RunRequest(small_config(**changes), small_corpus()), lambda event: None, Control()
    )
    return Path(document["run"])


def test_runs_are_listed_and_write_with_their_own_vocabulary(run_pane: RunPane) -> None:
    train_run(model="ngram", order=3)

    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        await driver.press("m")
        await driver.until_seen("select a model", "2-gram", "5-gram", "3-gram add-k 1")
        await driver.press("G", "enter")
        await ready(driver, "3-gram add-k 1 · small")
        await set_to(driver, prefix="the time traveller", tokens="20")
        await write(driver, 20)
        writing = pane_of(driver)._writing
        assert writing is not None
        assert writing.writer.vocabulary.tokens == small_corpus().training_vocabulary.tokens
        assert writing.unknown == 0

    run_pane(play, "甲乙丙" * 50)


def test_an_order_of_the_corpus_s_own_n_grams_is_chosen(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver, "3-gram of text.txt")
        await driver.press("m")
        await driver.until_seen("select a model")
        await driver.press("enter")
        await ready(driver, "2-gram of text.txt")
        await write(driver, 300)

    run_pane(play, "".join(chr(0x4E00 + i % 700) for i in range(2_000)))


def test_the_run_trained_last_writes(run_pane: RunPane) -> None:
    run = train_run()

    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        driver.app.session.last_run = str(run)
        await ready(driver, "gru · small")
        await set_to(driver, tokens="20", prefix="the ")
        await write(driver, 20)
        assert "warmed up on 4 tokens" in driver.line("reading")
        # Somebody who chooses another model keeps it.
        await driver.press("m")
        await driver.until_seen("select a model")
        await driver.press("enter")
        await ready(driver, "2-gram of text.txt")
        await driver.press("1", "4")
        assert driver.line("writer") == "2-gram of text.txt"

    run_pane(play)


def test_a_run_that_ended_meanwhile_does_not_replace_what_is_selected(run_pane: RunPane) -> None:
    run = train_run(model="ngram", order=2)

    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        pane_of(driver)._select(2)
        await ready(driver, "2-gram of text.txt")
        driver.app.session.last_run = str(run)
        pane_of(driver)._select(3)
        await ready(driver, "3-gram of text.txt")
        await driver.press("1", "4")
        assert driver.line("writer") == "3-gram of text.txt"

    run_pane(play)


def test_a_network_waits_for_a_run_in_training_and_n_grams_do_not(run_pane: RunPane) -> None:
    run = train_run()

    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        session, over = driver.app.session, threading.Event()
        session.engine_worker.submit(over.wait, 30)
        session.training = silent_session()
        pane_of(driver)._select(open_run(run))
        await driver.until(lambda: driver.line("writer") == "waiting for the run in training")
        await driver.until(lambda: driver.notified("w in Train samples"))
        await set_to(driver, tokens="5")
        await write(driver, 5)
        await slow_writer(driver, neural=True)
        await driver.press("w")
        await driver.until(lambda: "waits until the run is over" in driver.line("writing-summary"))
        await driver.press("escape")
        await driver.until(lambda: "waits" not in driver.line("writing-summary"))
        session.training = None
        over.set()
        await ready(driver, "gru · small")
        await write(driver, 5)

    run_pane(play)


def test_a_broken_run_is_reported_and_the_writer_stays(run_pane: RunPane) -> None:
    run = train_run(model="ngram", order=2)
    for checkpoint in run.glob("*.safetensors"):
        checkpoint.write_bytes(b"nothing")

    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        await driver.press("m")
        await driver.until_seen("2-gram add-k 1")
        await driver.press("G", "enter")
        await driver.until(lambda: driver.notified("safetensors"))
        await ready(driver, "5-gram of text.txt")
        await write(driver, 300)

    run_pane(play)


def test_w_before_the_counting_is_done_writes_when_it_is_and_esc_takes_it_back(
    run_pane: RunPane, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Semaphore(0)

    def count_later(*arguments: Any) -> Writer:
        gate.acquire(timeout=30)
        return count_writer(*arguments)

    monkeypatch.setattr(model_choice, "count_writer", count_later)

    async def play(driver: PaneDriver) -> None:
        await driver.press("w")
        await driver.until(lambda: driver.notified("starts when the model is loaded"))
        gate.release()
        await driver.until(lambda: driver.table("written").row_count == 300)
        written = pane_of(driver)._writing
        for order in (2, 3):
            pane_of(driver)._select(order)
            await driver.press("w", *(["escape"] if order == 2 else []))
            gate.release()
            await ready(driver, f"{order}-gram of text.txt")
            assert (pane_of(driver)._writing is written) == (order == 2)

    run_pane(play)


def test_a_corpus_with_nothing_to_count_is_not_written_for_by_another_s_model(
    run_pane: RunPane, tmp_path: Path
) -> None:
    (tmp_path / "one.txt").write_text("a")

    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        await driver.press_at_once("1", "o", *str(tmp_path / "one.txt"), "enter")
        await driver.until_seen("one.txt · char")
        await driver.press("4", "w")
        await driver.until(lambda: driver.notified("training part has no token"))
        assert driver.line("writer") == "no model selected: press m"
        await driver.press("w", "n")
        await driver.until(lambda: driver.notified("no model selected: press m"))
        assert driver.table("written").row_count == 0

    run_pane(play)


def test_another_model_is_chosen_while_one_writes(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver)
        model = await slow_writer(driver)
        await driver.press("w")
        model.let.release(2)
        await driver.until(lambda: driver.table("written").row_count == 2)
        await driver.press("m")
        await driver.until_seen("counted when")
        await driver.press("down", "enter")
        await ready(driver, "3-gram of text.txt")
        model.let.release(3)
        await driver.until(lambda: "5 tokens by slow" in driver.line("writing-summary"))
        await driver.press("escape")
        model.let.release(10)
        await write(driver, 300)

    run_pane(play)


def test_another_corpus_brings_its_own_n_grams_and_leaves_the_text(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await ready(driver, "5-gram of text.txt")
        await write(driver, 300)
        text, first, writer = (
            driver.text("text"),
            driver.app.session.corpus,
            pane_of(driver)._choice.loaded,
        )
        driver.app.session.choose_corpus(tokenizer="word")
        driver.app.open_corpus()
        await driver.until(lambda: driver.app.session.corpus is not first)
        await ready(driver, "5-gram of text.txt")
        await driver.until(lambda: pane_of(driver)._choice.loaded is not writer)
        assert driver.text("text") == text
        await driver.until(lambda: "tokens by 5-gram of text.txt" in driver.line("writing-summary"))
        await set_to(driver, prefix="to be", tokens="5", temperature="0")
        await write(driver, 5)
        assert driver.text("text") == "to be or not to be, that"

    run_pane(play)
