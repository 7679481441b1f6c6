"""The curves of the Train pane, read and arranged by keys."""

from __future__ import annotations

import numpy as np
from run_events import evaluated, report
from train_driver import (
    Lab,
    RunLab,
)

from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.runs.events import Sampled
from seqtui.tui.numbers import perplexity


def readings(lab: Lab) -> str:
    return lab.line("run-settings")


def test_the_vertical_axis_goes_through_its_measures_and_scales(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(10, 3.0), evaluated(10, 2.5))
        titles = []
        for _ in range(5):
            titles.append(lab.line("legend").split("  ")[0])
            await lab.pilot.press("y")
        assert titles == [
            "perplexity, log",
            "loss, nats per token",
            "bits per token",
            "bits per character",
            "perplexity, log",
        ]
        await lab.pilot.press("g")
        assert lab.line("legend").startswith("loss, nats per token, log")
        await lab.pilot.press("y", "y", "y")
        assert lab.line("legend").startswith("perplexity, log")

    run_train(play)


def test_the_horizontal_axis_counts_steps_tokens_or_time(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(10, 3.0), evaluated(10, 2.5))
        for label in ("step 0", "tokens 0", "time 0:00", "step 0"):
            await lab.until(lambda label=label: label in lab.plot())  # type: ignore[misc]
            await lab.pilot.press("x")

    run_train(play)


def test_arrows_read_the_curves_and_0_gives_the_settings_back(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(400, 3.0), report(900, 1.5), evaluated(900, 2.0))
        await lab.pilot.press("y", "right")
        assert "step 400 · 819,200 tokens · 0:20" in readings(lab)
        assert "⠒⠒ 3.000" in readings(lab)
        assert "● 2.000" in readings(lab)
        await lab.pilot.press(*["l"] * 40)
        assert "step 900" in readings(lab)
        assert "⠒⠒ 1.500" in readings(lab)
        await lab.emit(report(950, 1.25))
        await lab.until(lambda: "step 950" in readings(lab))
        await lab.pilot.press(*["l"] * 10)
        assert "⠒⠒ 1.250" in readings(lab)
        await lab.pilot.press("0")
        assert readings(lab).startswith("run")

    run_train(play)


def test_a_cursor_reads_what_was_plotted_while_the_run_goes_on(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(400, 3.0), report(410, 2.0))
        await lab.pilot.press("right")
        for step in range(420, 600, 20):
            # The figures are painted before the next plot is.
            lab.board.run.history.add(report(step, 1.5))
            lab.pane._paint_figures()
            assert "⠒⠒ 7.389" in readings(lab)

    run_train(play)


def test_zoom_shows_a_part_around_the_cursor(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(400, 3.0), report(900, 1.5))
        await lab.pilot.press("right", "plus", "plus")
        assert lab.board.axes.range(lab.board.x_range) == (375, 625)
        assert "zoomed" in lab.line("legend")
        await lab.pilot.press("minus", "minus")
        assert "zoomed" not in lab.line("legend")

    run_train(play)


def test_smoothing_is_told_in_the_legend(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(10, 3.0), report(20, 2.0))
        assert "· raw" not in lab.line("legend")
        await lab.pilot.press("m")
        assert "· raw" in lab.line("legend")
        assert "train .9" in lab.line("legend")
        await lab.pilot.press("m", "m")
        assert "· raw" not in lab.line("legend")

    run_train(play)


def test_the_board_shows_curves_gradient_or_sample(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(10, 3.0), report(20, 2.0))
        await lab.pilot.press("v")
        assert lab.line("legend").startswith("|grad|")
        assert "clip norm 1" in lab.line("legend")
        await lab.until(lambda: "▴" in lab.plot())
        await lab.pilot.press("v")
        assert "none yet: press w for one" in lab.plot()
        await lab.emit(Sampled(20, "one\ntwo", 0.8))
        await lab.until(lambda: "one\ntwo" in lab.plot())
        await lab.pilot.press("v")
        assert lab.line("legend").startswith("perplexity")

    run_train(play)


def test_counted_models_of_the_corpus_are_lines_in_the_plot(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(10, 3.0))
        await lab.until(lambda: "╍ KN-7" in lab.line("legend"))
        corpus = lab.app.session.corpus
        assert corpus is not None
        train, held_out = corpus.split.train.ids, corpus.split.held_out.ids
        size = len(corpus.training_vocabulary)
        for name, n, smoothing in (("bigram", 2, "add-k"), ("KN-7", 7, "modified-kneser-ney")):
            model = NgramModel.fit(train, n, size, smoothing, 1.0)
            scores = np.concatenate(list(model.score(held_out)))
            assert f"{name} {perplexity(float(np.exp(-scores.mean())))}" in lab.line("legend")

    run_train(play)
