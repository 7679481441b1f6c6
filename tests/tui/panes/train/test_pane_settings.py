"""The settings of the next run in the Train pane: beside the plot, or in a dialog."""

from __future__ import annotations

from run_events import evaluated, finished, report
from textual.widgets import Input, Static
from train_driver import (
    LARGE,
    SMALL,
    RunPane,
    TrainDriver,
)

from seqtui.engine.settings.recipes import RECIPES
from seqtui.tui.panes.train.form import SettingsDialog, SettingsForm
from seqtui.tui.widgets.plot_view import PlotView
from seqtui.tui.widgets.prompt import Prompt


def test_at_80x24_the_settings_open_as_a_dialog(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        assert not driver.app.query_one("#settings-side").display
        await driver.pilot.press("e")
        await driver.until(lambda: isinstance(driver.app.screen, SettingsDialog))
        form = driver.app.screen.query_one(SettingsForm)
        await driver.pilot.press("down", "down", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, Prompt))
        driver.app.screen.query_one(Input).value = "0"
        await driver.pilot.press("enter")
        assert "--hidden 0" in str(driver.app.screen.query_one(".reason", Static).render())
        driver.app.screen.query_one(Input).value = "32"
        await driver.pilot.press("enter")
        await driver.until(lambda: form.values["hidden"] == "32")
        await driver.pilot.press("up", "right")
        await driver.until(lambda: form.values["model"] == "lstm")
        await driver.pilot.press("escape")
        assert "lstm · hidden 32" in driver.line("run-settings")
        assert driver.configs == []
        await driver.pilot.press("e")
        await driver.until(lambda: isinstance(driver.app.screen, SettingsDialog))
        await driver.pilot.press("s")
        await driver.until(lambda: len(driver.configs) == 1)
        assert (driver.configs[0].model, driver.configs[0].hidden) == ("lstm", 32)

    run_train(play)


def test_the_dialog_fits_80x24(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.pilot.press("e")
        await driver.until(lambda: isinstance(driver.app.screen, SettingsDialog))
        await driver.pilot.pause()
        shown = driver.screen()
        for words in ("model", "hidden", "clip norm", "dropout", "seed", "esc back"):
            assert words in shown

    run_train(play)


def test_at_160x50_the_form_is_beside_the_plot(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        assert driver.app.query_one("#settings-side").display
        assert driver.app.query_one("#gradient-side").display
        await driver.pilot.press("e", "down", "left")
        form = driver.app.query_one("#settings", SettingsForm)
        assert form.has_focus
        await driver.until(lambda: form.values["model"] == "rnn")
        assert "rnn · hidden 256" in driver.line("run-settings")
        await driver.start(report(10, 3.0), report(20, 2.0))
        gradient = driver.app.query_one("#gradient", PlotView)
        await driver.until(lambda: any("⠀" < sign <= "⣿" for sign in str(gradient.render())))

    run_train(play, LARGE)


def test_a_resize_folds_the_form_and_keeps_the_keys(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.pilot.press("e")
        assert driver.app.query_one("#settings", SettingsForm).has_focus
        await driver.pilot.resize_terminal(*SMALL)
        await driver.until(lambda: driver.app.query_one("#curves").has_focus)
        await driver.pilot.resize_terminal(50, 14)
        await driver.pilot.resize_terminal(*SMALL)
        await driver.until(lambda: "e settings" in driver.line("footer"))
        await driver.start(report(10, 3.0), evaluated(10, 3.0))
        await driver.until(lambda: "●" in driver.plot())
        assert all(len(line) == 80 for line in driver.screen().splitlines())

    run_train(play, LARGE)


def test_settings_changed_while_a_run_trains_are_the_next_run_s(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.start(report(10, 3.0))
        await driver.pilot.press("e", "down", "right")
        assert "run  gru" in driver.line("run-settings")
        await driver.end(finished(10, 2.0))
        assert "next  lstm" in driver.line("run-settings")

    run_train(play, LARGE)


def test_where_a_choice_is_typed_the_arrows_go_through_it(run_train: RunPane) -> None:
    async def play(driver: TrainDriver) -> None:
        await driver.pilot.press("e", "enter")
        assert "↑ ↓ select" in driver.screen()
        await driver.pilot.press("down", "down", "up", "enter")
        assert driver.pane._settings.values["recipe"] == "tiny"
        await driver.pilot.press("enter", "up", "up", "enter")
        assert driver.pane._settings.values["recipe"] == list(RECIPES)[-1]

    run_train(play, LARGE)
