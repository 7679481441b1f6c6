"""The list of laboratories, a laboratory by keys, its tasks, predictions and sources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pane_driver import LARGE, SMALL, PaneDriver, RunPane

from seqtui.engine.labs.hand_in import read_hand_in
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.task import shown
from seqtui.tui.lab_book import LabBook
from seqtui.tui.panes.labs.board import LabBoard
from seqtui.tui.panes.labs.pane import LabsPane
from seqtui.tui.panes.ngrams.pane import NgramsPane


async def opened(driver: PaneDriver, name: str) -> LabBoard:
    await driver.press("g", *["down"] * list(LABS).index(name), "enter")
    assert isinstance(driver.pane, LabsPane)
    await driver.until(lambda: driver.pane.query_one(LabBoard).figures is not None)
    return driver.pane.query_one(LabBoard)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_laboratory_is_worked_by_keys_alone(run_pane: RunPane, size: tuple[int, int]) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.until_seen("laboratory", "gradients", "How much does the loss")
        board = await opened(driver, "gradients")
        await driver.until_seen("rho", "0.9", "0.0148", "task 1/4", "‖dL_t/dh_{t-k}‖")
        await driver.press("right")
        await driver.until(lambda: board.settings.rho == 0.95 and not board.busy)
        await driver.until_seen(f"{0.95**40:.3g}")
        await driver.press("v")
        await driver.until_seen("view 2/3", "without clipping")
        await driver.press("v")
        await driver.until_seen("view 3/3", "17.0")
        await driver.press("escape")
        await driver.until(lambda: driver.table("lab-list").has_focus)

    run_pane(play, size=size)


def test_a_value_is_typed_and_refused_where_it_does_not_fit(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        board = await opened(driver, "gradients")
        await driver.press("enter")
        await driver.type("7")
        await driver.until_seen("choose a number from 0.2 to 3")
        await driver.type("1.1")
        await driver.until(lambda: board.settings.rho == 1.1)
        await driver.until_seen("45.3")

    run_pane(play)


def test_a_stage_opens_its_board_on_the_other_pane(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("g", *["down"] * list(LABS).index("estimators"), "enter")
        await driver.until(lambda: isinstance(driver.pane, NgramsPane))
        await driver.until_seen("kneser-ney")

    run_pane(play)


def test_tasks_are_answered_at_once_and_kept(run_pane: RunPane, tmp_path: Path) -> None:
    async def play(driver: PaneDriver) -> None:
        await opened(driver, "gradients")
        labs = driver.app.session.labs
        from seqtui.engine.labs.task import tasks_of

        question = labs.question(tasks_of(LABS["gradients"])[0])
        await driver.press("a")
        await driver.until_seen("task 1 of 4")
        await driver.press("enter")
        await driver.type("x")
        await driver.until_seen("type a number")
        await driver.type(shown(question.wrong[0].value))
        await driver.until_seen("✗ not right", "10 %")
        await driver.press("question_mark")
        await driver.until_seen("hint: ρ^k")
        await driver.press("enter")
        await driver.type(shown(question.answer))
        await driver.until_seen("✓ right")
        await driver.press("escape", "escape")
        await driver.until_seen("1/4")

    run_pane(play)
    (path,) = (tmp_path / "home").rglob("*.seqtui.json")
    found = read_hand_in(path)
    assert found.broken is None
    assert [(each.right, each.hints) for each in found.hand_in.events] == [(False, 0), (True, 1)]
    figures = found.hand_in.events[0].figures
    assert figures is not None
    assert figures["parameters"]["rho"] == 0.9


def test_with_a_student_the_picture_waits_for_the_prediction(
    run_pane: RunPane, tmp_path: Path
) -> None:
    async def play(driver: PaneDriver) -> None:
        driver.app.session.labs = LabBook(tmp_path / "hand-in", "7", "食堂")
        await driver.press("g", *["down"] * list(LABS).index("gradients"), "enter")
        await driver.until_seen("Press p and predict")
        assert driver.pane.query_one(LabBoard).figures is None
        await driver.press("p")
        await driver.until_seen("What do you predict?")
        await driver.press("2")
        await driver.until_seen("0.0148")

    run_pane(play)
    found = read_hand_in(tmp_path / "hand-in" / "7.seqtui.json")
    assert found.hand_in.predicted("gradients") == 2


def test_the_source_of_the_numbers_is_read(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await opened(driver, "gradients")
        await driver.press("i")
        await driver.until_seen("engine/labs/gradients.py:", "def norms_by_distance")
        await driver.press("right")
        await driver.until_seen("def life_of")
        await driver.press("escape")
        await driver.until_seen("rho")

    run_pane(play)


def test_settings_that_a_view_does_not_use_have_no_slider(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        board = await opened(driver, "gradients")
        names = [found.name for found in board.sliders.shown]
        assert "window" not in names
        board.change(replace(board.settings, view="truncation"))
        assert [found.name for found in board.sliders.shown] == ["window", "seed"]

    run_pane(play)


def test_a_stage_shows_its_tasks_below_its_board(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("g", "enter")  # the chain rule asks for a sentence
        await driver.type("the boat")
        await driver.until(lambda: isinstance(driver.pane, NgramsPane))
        await driver.until_seen("task 1/4 ▸", "canteen")
        await driver.press("a")
        await driver.until_seen("task 1 of 4", "as a fraction")
        await driver.press("escape", "5")
        await driver.until_seen("0/4")

    run_pane(play)


def test_no_rival_s_guess_is_seen_before_the_hit(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        from seqtui.engine.labs.guess import Figures
        from seqtui.tui.panes.labs.play_guess import GuessGame

        board = await opened(driver, "guess")
        await driver.until_seen("2-gram", "KN-7")
        figures = board.figures
        assert isinstance(figures, Figures)
        await driver.press("space")
        await driver.until(lambda: isinstance(driver.app.screen, GuessGame))
        tokens = figures.corpus.training_vocabulary.tokens
        right = tokens[figures.hidden[0]]
        wrong = next(each for each in "the boat" if each != right)
        await driver.press({" ": "space"}.get(wrong, wrong))
        assert "was given" not in driver.screen()
        assert "(KN-7)" not in driver.screen()
        assert "letter 1 of 60" in driver.screen()
        await driver.press({" ": "space", "\n": "enter"}.get(right, right))
        await driver.until_seen("was given", "(KN-7)", "letter 2 of 60")
        await driver.press("5")  # a guess that is no letter of this text, not another pane
        assert isinstance(driver.app.screen, GuessGame)
        await driver.press("escape")
        await driver.until(lambda: board.sliders.has_focus)

    run_pane(play, text="the boat floats on the lake and sinks\n" * 60)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_n_grams_of_an_agreement_are_there_before_the_training(
    run_pane: RunPane, size: tuple[int, int]
) -> None:
    async def play(driver: PaneDriver) -> None:
        board = await opened(driver, "memory")
        await driver.until_seen("exactly c", "kneser-ney 5", "blocks of c")
        board.change(replace(board.settings, view="agreement", lines=1_000, budget=1))
        await driver.until_seen("view 2/3", "n = d+2", "100.0", "space trains")
        assert not board.busy
        await driver.press("space")
        await driver.until_seen("lstm", "steps")
        await driver.until(lambda: not board.busy)
        await driver.press("v")
        await driver.until_seen("view 3/3", "within ½ bit", "░ 0.5–1")

    run_pane(play, size=size, text="the boat floats on the lake and sinks\n" * 60)
