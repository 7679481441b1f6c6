"""The settings of the next run in the Train pane: beside the plot, or in a dialog."""

from __future__ import annotations

from run_events import evaluated, finished, report
from textual.widgets import Input, Static
from train_driver import (
    LARGE,
    SMALL,
    Lab,
    RunLab,
)

from seqtui.engine.settings.recipes import RECIPES
from seqtui.tui.panes.train.form import SettingsDialog, SettingsForm
from seqtui.tui.widgets.plot_view import PlotView
from seqtui.tui.widgets.prompt import Prompt


def test_at_80x24_the_settings_open_as_a_dialog(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        assert not lab.app.query_one("#settings-side").display
        await lab.pilot.press("e")
        await lab.until(lambda: isinstance(lab.app.screen, SettingsDialog))
        form = lab.app.screen.query_one(SettingsForm)
        await lab.pilot.press("down", "down", "enter")
        await lab.until(lambda: isinstance(lab.app.screen, Prompt))
        lab.app.screen.query_one(Input).value = "0"
        await lab.pilot.press("enter")
        assert "--hidden 0" in str(lab.app.screen.query_one(".reason", Static).render())
        lab.app.screen.query_one(Input).value = "32"
        await lab.pilot.press("enter")
        await lab.until(lambda: form.values["hidden"] == "32")
        await lab.pilot.press("up", "right")
        await lab.until(lambda: form.values["model"] == "lstm")
        await lab.pilot.press("escape")
        assert "lstm · hidden 32" in lab.line("run-settings")
        assert lab.configs == []
        await lab.pilot.press("e")
        await lab.until(lambda: isinstance(lab.app.screen, SettingsDialog))
        await lab.pilot.press("s")
        await lab.until(lambda: len(lab.configs) == 1)
        assert (lab.configs[0].model, lab.configs[0].hidden) == ("lstm", 32)

    run_train(play)


def test_the_dialog_fits_80x24(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.pilot.press("e")
        await lab.until(lambda: isinstance(lab.app.screen, SettingsDialog))
        await lab.pilot.pause()
        shown = lab.screen()
        for words in ("model", "hidden", "clip norm", "dropout", "seed", "esc back"):
            assert words in shown

    run_train(play)


def test_at_160x50_the_form_stands_beside_the_plot(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        assert lab.app.query_one("#settings-side").display
        assert lab.app.query_one("#gradient-side").display
        await lab.pilot.press("e", "down", "left")
        form = lab.app.query_one("#settings", SettingsForm)
        assert form.has_focus
        await lab.until(lambda: form.values["model"] == "rnn")
        assert "rnn · hidden 256" in lab.line("run-settings")
        await lab.start(report(10, 3.0), report(20, 2.0))
        gradient = lab.app.query_one("#gradient", PlotView)
        await lab.until(lambda: any("⠀" < sign <= "⣿" for sign in str(gradient.render())))

    run_train(play, LARGE)


def test_a_resize_folds_the_form_and_keeps_the_keys(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.pilot.press("e")
        assert lab.app.query_one("#settings", SettingsForm).has_focus
        await lab.pilot.resize_terminal(*SMALL)
        await lab.until(lambda: lab.app.query_one("#curves").has_focus)
        await lab.pilot.resize_terminal(50, 14)
        await lab.pilot.resize_terminal(*SMALL)
        await lab.until(lambda: "e settings" in lab.line("footer"))
        await lab.start(report(10, 3.0), evaluated(10, 3.0))
        await lab.until(lambda: "●" in lab.plot())
        assert all(len(line) == 80 for line in lab.screen().splitlines())

    run_train(play, LARGE)


def test_settings_changed_while_a_run_trains_are_the_next_run_s(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.start(report(10, 3.0))
        await lab.pilot.press("e", "down", "right")
        assert "run  gru" in lab.line("run-settings")
        await lab.end(finished(10, 2.0))
        assert "next  lstm" in lab.line("run-settings")

    run_train(play, LARGE)


def test_where_a_choice_is_typed_the_arrows_go_through_it(run_train: RunLab) -> None:
    async def play(lab: Lab) -> None:
        await lab.pilot.press("e", "enter")
        assert "↑ ↓ select" in lab.screen()
        await lab.pilot.press("down", "down", "up", "enter")
        assert lab.pane._settings.values["recipe"] == "tiny"
        await lab.pilot.press("enter", "up", "up", "enter")
        assert lab.pane._settings.values["recipe"] == list(RECIPES)[-1]

    run_train(play, LARGE)
