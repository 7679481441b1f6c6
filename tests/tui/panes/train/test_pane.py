"""The Train pane, driven by keys, with runs that emit only what the tests have them emit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pseudo_language import LANGUAGE, pseudo, write_catalogue
from run_events import evaluated, finished, report, started
from textual.widgets import Input, Static
from train_driver import LARGE, RunPane, TrainDriver

from seqtui.engine.runs.control import LearningRateRequest, SampleRequest, SaveRequest
from seqtui.engine.runs.events import Failed, Paused, Sampled, Saved
from seqtui.engine.runs.history import STEPS
from seqtui.engine.settings.families import MODELS
from seqtui.engine.settings.run_config import RunConfig
from seqtui.tui import translation
from seqtui.tui.widgets.dialogs import Message, Question
from seqtui.tui.widgets.prompt import Prompt


def test_an_empty_pane_says_what_to_press_and_what_to_beat(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.until(lambda: "counting …" not in driver.words())
        corpus = driver.app.session.corpus
        assert corpus is not None
        assert "s  start training" in driver.words()
        assert f"{len(corpus.training_vocabulary)}  guessing" in driver.words()
        assert "next" in driver.line("run-settings")
        assert "gru · hidden 256" in driver.line("run-settings")

    run_train(play)


def test_the_bigram_to_beat_is_the_corpus_s_own(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        from seqtui.engine.evaluation import perplexity_of
        from seqtui.engine.ngrams.model import NgramModel
        from seqtui.tui.numbers import perplexity

        await driver.until(lambda: "counting …" not in driver.words())
        corpus = driver.app.session.corpus
        assert corpus is not None
        train, held_out = corpus.split.train.ids, corpus.split.held_out.ids
        model = NgramModel.fit(train, 2, len(corpus.training_vocabulary), "add-k", 1.0)
        scores = [score for piece in model.score(held_out) for score in piece.tolist()]
        loss = -sum(scores) / len(scores)
        assert f"{perplexity(perplexity_of(loss))}  counting pairs" in driver.words()
        await driver.start(report(10, 3.0), evaluated(10, 3.0))
        assert f"bigram {perplexity(perplexity_of(loss))}" in driver.line("legend")

    run_train(play)


def test_a_run_shows_curves_figures_and_its_sample(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(
            report(500, 1.431), evaluated(500, 1.521), Sampled(500, "to be\nor", 0.8)
        )
        await driver.until(lambda: "●" in driver.plot())
        assert "500/1,000" in driver.line("numbers-0")
        assert "50 %" in driver.line("numbers-0")
        assert "41,204 tok/s" in driver.line("numbers-0")
        assert "1.431 nats    4.18 ppl" in driver.line("numbers-1")
        assert "1.84 →  1.00" in driver.line("numbers-1")
        assert "1.521 nats    4.58 ppl" in driver.line("numbers-2")
        assert "2.19 bits/char" in driver.line("numbers-2")
        assert "at step 500" in driver.line("numbers-3")
        assert "sample at step 500, T 0.8" in driver.line("sample-title")
        assert "to be␊or" in driver.words()
        assert "train" in driver.line("legend")
        assert "● held-out" in driver.line("legend")

    run_train(play)


def test_a_hidden_pane_takes_events_and_paints_them_when_it_is_seen(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(10, 3.0))
        await driver.pilot.press("1")
        await driver.emit(report(20, 2.0), evaluated(20, 2.5))
        assert "20/1,000" not in driver.line("numbers-0")
        assert driver.board.run.history.held_out.x[STEPS] == [20]
        await driver.pilot.press("3")
        await driver.until(lambda: "20/1,000" in driver.line("numbers-0"))
        await driver.until(lambda: "●" in driver.plot())

    run_train(play)


def test_what_has_not_changed_is_not_painted_again(
    run_train: RunPane, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(10, 3.0), evaluated(10, 2.5))
        await driver.until(lambda: "●" in driver.plot())
        updated: list[str | None] = []
        update = Static.update

        def watch(self: Static, *arguments: Any, **settings: Any) -> None:
            updated.append(self.id)
            update(self, *arguments, **settings)

        monkeypatch.setattr(Static, "update", watch)
        driver.pane._paint_all()
        assert updated == []
        await driver.emit(report(10, 3.0, eta=37.0))
        assert set(updated) <= {"numbers-0", "context"}

    run_train(play)


def test_space_pauses_and_lets_continue(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(512, 3.0))
        await driver.pilot.press("space")
        assert driver.training.control.paused
        await driver.emit(Paused(512))
        assert "paused at step 512, not saved" in driver.line("state")
        await driver.emit(Saved(512, "last", Path("last.safetensors")), Paused(512))
        assert "paused at step 512, saved" in driver.line("state")
        await driver.pilot.press("space")
        assert not driver.training.control.paused

    run_train(play)


def test_s_asks_before_it_stops_a_run(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(512, 3.0))
        control = driver.training.control
        await driver.pilot.press("s")
        await driver.until(lambda: isinstance(driver.app.screen, Question))
        await driver.pilot.press("n")
        assert not control.stopping
        await driver.pilot.press("s")
        await driver.until(lambda: isinstance(driver.app.screen, Question))
        await driver.pilot.press("y")
        assert control.stopping
        assert "stopping" in driver.line("state")
        await driver.end(finished(512, 2.0, "stopped"))
        assert driver.line("state").endswith("u resume · 4 generate")

    run_train(play)


def test_the_end_shows_the_held_out_figures_and_what_to_press(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.until(lambda: "counting …" not in driver.words())
        await driver.start(report(1_000, 0.5), evaluated(1_000, 0.1))
        await driver.end(finished(1_000, 0.1))
        state = driver.line("state")
        assert "done: best 1.11 ppl, below the bigram's" in state
        assert "4 generate · s start" in state
        await driver.pilot.press("s")
        assert len(driver.configs) == 2

    run_train(play)


def test_the_learning_rate_is_changed_or_refused_with_the_reason(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(10, 3.0))
        await driver.pilot.press("r")
        await driver.until(lambda: isinstance(driver.app.screen, Prompt))
        field = driver.app.screen.query_one(Input)
        assert field.value == "0.004"
        field.value = "-1"
        await driver.pilot.press("enter")
        assert isinstance(driver.app.screen, Prompt)
        assert "--learning-rate -1" in str(driver.app.screen.query_one(".reason", Static).render())
        field.value = "0.001"
        await driver.pilot.press("enter")
        assert driver.training.control.poll() == [LearningRateRequest(0.001)]

    run_train(play)


def test_without_a_run_the_learning_rate_is_the_next_run_s(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.pilot.press("r")
        await driver.until(lambda: isinstance(driver.app.screen, Prompt))
        driver.app.screen.query_one(Input).value = "0.02"
        await driver.pilot.press("enter")
        config = await driver.start()
        assert config.learning_rate == 0.02

    run_train(play)


def test_a_sample_and_a_checkpoint_are_asked_for_and_arrive(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(10, 3.0))
        await driver.pilot.press("w", "c")
        assert driver.training.control.poll() == [SampleRequest("", 0.8), SaveRequest()]
        await driver.emit(Sampled(10, "be", 0.8), Saved(10, "last", Path("last.safetensors")))
        assert "sample at step 10" in driver.line("sample-title")
        assert "saved   step 10" in driver.line("numbers-3")

    run_train(play)


@pytest.mark.parametrize("key", ["space", "w", "c"])
def test_keys_of_a_run_say_so_when_there_is_none(run_train: RunPane, key: str) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.pilot.press(key)
        assert "no run is training" in driver.line("state")

    run_train(play)


def test_a_failure_is_reported_in_a_dialog_and_another_run_can_start(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.pilot.press("s")
        await driver.emit(started(driver.configs[0], run=Path("/runs/gru-1")))
        await driver.end(Failed("out of memory: [/] \x1b[2J", "Traceback …", 12))
        await driver.until(lambda: isinstance(driver.app.screen, Message))
        shown = "\n".join(str(widget.render()) for widget in driver.app.screen.query(Static))
        assert "out of memory: [/] ␛[2J" in shown
        assert "/runs/gru-1/log.txt" in shown
        await driver.pilot.press("escape")
        assert "failed: out of memory" in driver.line("state")
        await driver.pilot.press("s")
        assert len(driver.configs) == 2

    run_train(play)


def test_a_failure_before_the_run_exists_shows_the_traceback_itself(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.pilot.press("s")
        await driver.end(Failed("no torch", "Traceback\nImportError: no torch", 0))
        await driver.until(lambda: isinstance(driver.app.screen, Message))
        shown = "\n".join(str(widget.render()) for widget in driver.app.screen.query(Static))
        assert "ImportError: no torch" in shown

    run_train(play)


def test_a_run_started_early_waits_for_torch(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        driver.app.session.engine_ready = False
        await driver.pilot.press("s")
        assert "loading torch" in driver.line("state")
        driver.app.session.engine_ready = True
        driver.pane.engine_started()
        await driver.until(lambda: "starting" in driver.line("state"))

    run_train(play)


def test_what_a_model_writes_never_acts_on_the_terminal(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(Sampled(1, "[red]\x1b]0;title\x07\x9b2J\u202eabc", 0.8))
        assert "[red]␛]0;title␇" in driver.words()
        assert not set(driver.screen()) & {"\x1b", "\x07", "\x9b", "\u202e"}

    run_train(play)


def test_the_answer_to_a_key_gives_way_to_the_state(
    run_train: RunPane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqtui.tui.panes.train.controls.ANSWER_SECONDS", 0.1)

    async def play(driver: TrainDriver) -> None:
        await driver.pilot.press("w")
        await driver.until(lambda: "no run yet" in driver.line("state"))

    run_train(play)


def test_after_another_corpus_was_opened_the_next_run_is_on_it(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(10, 3.0))
        first = driver.app.session.corpus
        driver.app.session.choose_corpus(tokenizer="word")
        driver.app.open_corpus()
        await driver.until(lambda: driver.app.session.corpus is not first)
        assert driver.line("run-settings").startswith("run on text.txt  gru")
        await driver.end(finished(10, 2.0))
        assert driver.line("run-settings").startswith("next  gru")
        await driver.pilot.press("s")
        assert driver.configs[-1].corpus_options.tokenizer == "word"

    run_train(play)


def test_a_counted_model_ends_with_its_figures(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        back = MODELS.index(RunConfig(corpus="").model) - MODELS.index("ngram")
        await driver.pilot.press("e", "down", *["left"] * back, "s")
        await driver.until(lambda: len(driver.configs) == 1)
        assert driver.configs[0].model == "ngram"
        events = started(driver.configs[0], steps=None), evaluated(0, 0, impossible=86)
        await driver.end(*events, finished(0, 2.0))
        assert "86 targets impossible" in driver.line("state")
        assert "∞ ppl" in driver.line("numbers-2")
        assert "4.00 ppl" in driver.line("numbers-1")

    run_train(play)


def test_the_pane_is_painted_again_in_another_language(run_train: RunPane, tmp_path: Path) -> None:
    write_catalogue(tmp_path / "locale")

    async def play(driver: TrainDriver) -> None:
        await driver.until(lambda: "counting …" not in driver.words())
        await driver.start(report(10, 3.0), evaluated(10, 2.5))
        await driver.until(lambda: "●" in driver.plot())
        english = driver.words()
        translation.use(LANGUAGE, tmp_path / "locale")
        try:
            driver.app.repaint()
            for words in ("perplexity", "held-out", "settings of the next run"):
                assert words not in driver.words()
            # Pane, numbers, legend and form; the form has the same values.
            assert pseudo("settings of the next run") in driver.words()
            assert pseudo("held-out") in driver.line("numbers-2")
            assert pseudo("tok/s") in driver.line("numbers-0")
        finally:
            translation.use()
        driver.app.repaint()
        assert driver.words() == english

    run_train(play, LARGE)
