"""The Train pane, driven by keys, with runs that only tell what the tests have them tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pseudo_language import LANGUAGE, pseudo, write_catalogue
from run_events import evaluated, finished, report, started
from textual.widgets import Input, Static
from train_driver import LARGE, Lab, RunLab

from seqtui.engine.runs.control import LearningRateRequest, SampleRequest, SaveRequest
from seqtui.engine.runs.events import Failed, Paused, Sampled, Saved
from seqtui.engine.runs.history import STEPS
from seqtui.engine.settings.families import MODELS
from seqtui.engine.settings.run_config import RunConfig
from seqtui.tui import translation
from seqtui.tui.widgets.dialogs import Message, Question
from seqtui.tui.widgets.prompt import Prompt


def test_an_empty_pane_says_what_to_press_and_what_to_beat(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.until(lambda: "counting …" not in lab.words())
        corpus = lab.app.session.corpus
        assert corpus is not None
        assert "s  start training" in lab.words()
        assert f"{len(corpus.training_vocabulary)}  guessing" in lab.words()
        assert "next" in lab.line("run-settings")
        assert "gru · hidden 256" in lab.line("run-settings")

    run_train(play)


def test_the_bigram_to_beat_is_the_corpus_s_own(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        from seqtui.engine.evaluation import perplexity_of
        from seqtui.engine.ngrams.model import NgramModel
        from seqtui.tui.numbers import perplexity

        await lab.until(lambda: "counting …" not in lab.words())
        corpus = lab.app.session.corpus
        assert corpus is not None
        train, held_out = corpus.split.train.ids, corpus.split.held_out.ids
        model = NgramModel.fit(train, 2, len(corpus.training_vocabulary), "add-k", 1.0)
        scores = [score for piece in model.score(held_out) for score in piece.tolist()]
        loss = -sum(scores) / len(scores)
        assert f"{perplexity(perplexity_of(loss))}  counting pairs" in lab.words()
        await lab.start(report(10, 3.0), evaluated(10, 3.0))
        assert f"bigram {perplexity(perplexity_of(loss))}" in lab.line("legend")

    run_train(play)


def test_a_run_shows_curves_figures_and_its_sample(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(500, 1.431), evaluated(500, 1.521), Sampled(500, "to be\nor", 0.8))
        await lab.until(lambda: "●" in lab.plot())
        assert "500/1,000" in lab.line("numbers-0")
        assert "50 %" in lab.line("numbers-0")
        assert "41,204 tok/s" in lab.line("numbers-0")
        assert "1.431 nats    4.18 ppl" in lab.line("numbers-1")
        assert "1.84 →  1.00" in lab.line("numbers-1")
        assert "1.521 nats    4.58 ppl" in lab.line("numbers-2")
        assert "2.19 bits/char" in lab.line("numbers-2")
        assert "at step 500" in lab.line("numbers-3")
        assert "sample at step 500, T 0.8" in lab.line("sample-title")
        assert "to be␊or" in lab.words()
        assert "train" in lab.line("legend")
        assert "● held-out" in lab.line("legend")

    run_train(play)


def test_a_hidden_pane_takes_events_and_paints_them_when_it_is_seen(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(10, 3.0))
        await lab.pilot.press("1")
        await lab.emit(report(20, 2.0), evaluated(20, 2.5))
        assert "20/1,000" not in lab.line("numbers-0")
        assert lab.board.run.history.held_out.x[STEPS] == [20]
        await lab.pilot.press("3")
        await lab.until(lambda: "20/1,000" in lab.line("numbers-0"))
        await lab.until(lambda: "●" in lab.plot())

    run_train(play)


def test_what_has_not_changed_is_not_painted_again(
    run_train: RunLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(10, 3.0), evaluated(10, 2.5))
        await lab.until(lambda: "●" in lab.plot())
        updated: list[str | None] = []
        update = Static.update

        def watch(self: Static, *arguments: Any, **settings: Any) -> None:
            updated.append(self.id)
            update(self, *arguments, **settings)

        monkeypatch.setattr(Static, "update", watch)
        lab.pane._paint_all()
        assert updated == []
        await lab.emit(report(10, 3.0, eta=37.0))
        assert set(updated) <= {"numbers-0", "context"}

    run_train(play)


def test_space_pauses_and_lets_go_on(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(512, 3.0))
        await lab.pilot.press("space")
        assert lab.training.control.paused
        await lab.emit(Paused(512))
        assert "paused at step 512" in lab.line("state")
        await lab.pilot.press("space")
        assert not lab.training.control.paused

    run_train(play)


def test_s_asks_before_it_stops_a_run(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(512, 3.0))
        control = lab.training.control
        await lab.pilot.press("s")
        await lab.until(lambda: isinstance(lab.app.screen, Question))
        await lab.pilot.press("n")
        assert not control.stopping
        await lab.pilot.press("s")
        await lab.until(lambda: isinstance(lab.app.screen, Question))
        await lab.pilot.press("y")
        assert control.stopping
        assert "stopping" in lab.line("state")
        await lab.end(finished(512, 2.0, "stopped"))
        assert "stopped" in lab.line("state")

    run_train(play)


def test_the_end_tells_the_held_out_figures_and_what_to_press(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.until(lambda: "counting …" not in lab.words())
        await lab.start(report(1_000, 0.5), evaluated(1_000, 0.1))
        await lab.end(finished(1_000, 0.1))
        state = lab.line("state")
        assert "done: best held-out 1.11 ppl, below the bigram's" in state
        assert "4 generate" in state
        assert "s start" in state
        await lab.pilot.press("s")
        assert len(lab.configs) == 2

    run_train(play)


def test_the_learning_rate_is_changed_or_refused_with_the_reason(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(10, 3.0))
        await lab.pilot.press("r")
        await lab.until(lambda: isinstance(lab.app.screen, Prompt))
        field = lab.app.screen.query_one(Input)
        assert field.value == "0.004"
        field.value = "-1"
        await lab.pilot.press("enter")
        assert isinstance(lab.app.screen, Prompt)
        assert "--learning-rate -1" in str(lab.app.screen.query_one(".reason", Static).render())
        field.value = "0.001"
        await lab.pilot.press("enter")
        assert lab.training.control.poll() == [LearningRateRequest(0.001)]

    run_train(play)


def test_without_a_run_the_learning_rate_is_the_next_run_s(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.pilot.press("r")
        await lab.until(lambda: isinstance(lab.app.screen, Prompt))
        lab.app.screen.query_one(Input).value = "0.02"
        await lab.pilot.press("enter")
        config = await lab.start()
        assert config.learning_rate == 0.02

    run_train(play)


def test_a_sample_and_a_checkpoint_are_asked_for_and_arrive(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(10, 3.0))
        await lab.pilot.press("w", "c")
        assert lab.training.control.poll() == [SampleRequest("", 0.8), SaveRequest()]
        await lab.emit(Sampled(10, "be", 0.8), Saved(10, "last", Path("last.safetensors")))
        assert "sample at step 10" in lab.line("sample-title")
        assert "saved   step 10" in lab.line("numbers-3")

    run_train(play)


@pytest.mark.parametrize("key", ["space", "w", "c"])
def test_keys_of_a_run_say_so_when_there_is_none(run_train: RunLab, key: str) -> None:
    async def play(lab: Lab) -> None:
        await lab.pilot.press(key)
        assert "no run is training" in lab.line("state")

    run_train(play)


def test_a_failure_is_told_in_a_dialog_and_another_run_can_start(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.pilot.press("s")
        await lab.emit(started(lab.configs[0], run=Path("/runs/gru-1")))
        await lab.end(Failed("out of memory: [/] \x1b[2J", "Traceback …", 12))
        await lab.until(lambda: isinstance(lab.app.screen, Message))
        shown = "\n".join(str(widget.render()) for widget in lab.app.screen.query(Static))
        assert "out of memory: [/] ␛[2J" in shown
        assert "/runs/gru-1/log.txt" in shown
        await lab.pilot.press("escape")
        assert "failed: out of memory" in lab.line("state")
        await lab.pilot.press("s")
        assert len(lab.configs) == 2

    run_train(play)


def test_a_failure_before_the_run_stands_shows_the_traceback_itself(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.pilot.press("s")
        await lab.end(Failed("no torch", "Traceback\nImportError: no torch", 0))
        await lab.until(lambda: isinstance(lab.app.screen, Message))
        shown = "\n".join(str(widget.render()) for widget in lab.app.screen.query(Static))
        assert "ImportError: no torch" in shown

    run_train(play)


def test_a_run_started_early_waits_for_torch(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        lab.app.session.engine_ready = False
        await lab.pilot.press("s")
        assert "loading torch" in lab.line("state")
        lab.app.session.engine_ready = True
        lab.pane.refresh_from_session()
        await lab.until(lambda: "starting" in lab.line("state"))

    run_train(play)


def test_what_a_model_writes_never_acts_on_the_terminal(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(Sampled(1, "[red]\x1b]0;title\x07\x9b2J\u202eabc", 0.8))
        assert "[red]␛]0;title␇" in lab.words()
        assert not set(lab.screen()) & {"\x1b", "\x07", "\x9b", "\u202e"}

    run_train(play)


def test_the_answer_to_a_key_gives_way_to_the_state(
    run_train: RunLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqtui.tui.panes.train.controls.ANSWER_SECONDS", 0.1)

    async def play(lab: Lab) -> None:
        await lab.pilot.press("w")
        await lab.until(lambda: "no run yet" in lab.line("state"))

    run_train(play)


def test_after_another_corpus_was_opened_the_next_run_is_on_it(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(10, 3.0))
        first = lab.app.session.corpus
        lab.app.session.choose_corpus(tokenizer="word")
        lab.app.open_corpus()
        await lab.until(lambda: lab.app.session.corpus is not first)
        assert lab.line("run-settings").startswith("run on text.txt  gru")
        await lab.end(finished(10, 2.0))
        assert lab.line("run-settings").startswith("next  gru")
        await lab.pilot.press("s")
        assert lab.configs[-1].corpus_options.tokenizer == "word"

    run_train(play)


def test_a_counted_model_ends_with_its_figures(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        back = MODELS.index(RunConfig(corpus="").model) - MODELS.index("ngram")
        await lab.pilot.press("e", "down", *["left"] * back, "s")
        await lab.until(lambda: len(lab.configs) == 1)
        assert lab.configs[0].model == "ngram"
        events = started(lab.configs[0], steps=None), evaluated(0, 0, impossible=86)
        await lab.end(*events, finished(0, 2.0))
        assert "86 targets impossible" in lab.line("state")
        assert "∞ ppl" in lab.line("numbers-2")
        assert "4.00 ppl" in lab.line("numbers-1")

    run_train(play)


def test_the_pane_is_painted_again_in_another_language(run_train: RunLab, tmp_path: Path) -> None:
    write_catalogue(tmp_path / "locale")

    async def play(lab: Lab) -> None:
        await lab.until(lambda: "counting …" not in lab.words())
        await lab.start(report(10, 3.0), evaluated(10, 2.5))
        await lab.until(lambda: "●" in lab.plot())
        english = lab.words()
        translation.use(LANGUAGE, tmp_path / "locale")
        try:
            lab.app.repaint()
            for words in ("perplexity", "held-out", "settings of the next run"):
                assert words not in lab.words()
            # Pane, numbers, legend and form; the form has the same values.
            assert pseudo("settings of the next run") in lab.words()
            assert pseudo("held-out") in lab.line("numbers-2")
            assert pseudo("tok/s") in lab.line("numbers-0")
        finally:
            translation.use()
        lab.app.repaint()
        assert lab.words() == english

    run_train(play, LARGE)
