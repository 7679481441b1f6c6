"""The frame around the panes: keys, help, palette, leaving, what a failure leaves standing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pane_driver import PaneDriver, RunPane, pane_runner
from pseudo_language import LANGUAGE, pseudo, write_catalogue
from run_events import silent_session
from textual import events
from textual.command import CommandPalette
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.engine.worker import TrainingSession
from seqtui.tui import translation
from seqtui.tui.actions import ACTIONS, PANES
from seqtui.tui.app import SeqtuiApp, visible_error
from seqtui.tui.panes import make_pane
from seqtui.tui.panes.train.form import SettingsDialog
from seqtui.tui.panes.train.settings import RunSettings
from seqtui.tui.session import Session
from seqtui.tui.translation import N_, _
from seqtui.tui.widgets.dialogs import Help, Message, Question
from seqtui.tui.widgets.prompt import Prompt

REASON = "they were evaluated on different texts"
TEXT = "to be or not to be, that is the question.\n" * 10


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the app open on a text."""
    return pane_runner(tmp_path, monkeypatch, "1", TEXT)


def train_nothing(driver: PaneDriver) -> TrainingSession:
    """A run that trains for as long as the test lasts."""
    session = silent_session()
    driver.app.session.training = session
    return session


def test_what_is_imported_for_the_first_paint_is_neither_numpy_nor_torch() -> None:
    program = (
        "import sys; import seqtui.tui.app, seqtui.tui.panes.corpus.pane; "
        "print({'numpy', 'torch', 'plotext'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


def widget_class(name: str) -> type[Widget]:
    """The widget of that name, wherever it is defined."""
    known = [Widget]
    for each in known:
        known += each.__subclasses__()
    return next(each for each in known if each.__name__ == name)


def test_every_action_has_a_handler() -> None:
    from seqtui.tui.app import SeqtuiApp

    app = SeqtuiApp()
    for action in ACTIONS:
        owner: Any = SeqtuiApp
        if action.pane is not None:
            owner = type(make_pane(action.pane, app, app.session))
        if action.target is not None:
            owner = widget_class(action.target)
        name = f"action_{action.id.partition('(')[0]}"
        assert hasattr(owner, name), f"{owner.__name__} has no {name}"


def test_no_pane_uses_a_key_twice() -> None:
    for pane in [None, *(pane.id for pane in PANES)]:
        keys = [
            key
            for action in ACTIONS
            if action.pane in (None, pane)
            for key in action.keys.split(",")
        ]
        assert len(keys) == len(set(keys)), pane


def test_digits_change_panes(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        for digit in ("2", "3", "4", "1"):
            await driver.press(digit)
            await driver.until(lambda digit=digit: f"[{digit} " in driver.screen())

    run_pane(play)


def test_keys_that_arrive_together_act_one_after_the_other(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("4")
        await driver.until(lambda: "[4 " in driver.screen())
        longer = "right_square_bracket"
        await driver.press_at_once("1", "o", *"primer-zh", "enter", "2", longer)
        await driver.until_seen("[2 N-grams]", "primer-zh · char", "3-grams by count")
        await driver.press_at_once("1", "question_mark", "q", "o", "escape", "4")
        await driver.until_seen("[4 Generate]")
        await driver.press_at_once("3", "e")
        await driver.until_seen("settings of the next run")
        assert driver.app.return_value is None

    run_pane(play)


def test_a_line_that_is_pasted_is_taken_whole(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press_at_once("o")
        driver.app.post_message(events.Paste("primer-zh\n"))
        await driver.press_at_once("enter")
        await driver.until_seen("primer-zh · char")

    run_pane(play)


def test_digits_are_typed_where_text_is_typed(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("slash", "2", "q", "ctrl+p")
        assert driver.app.screen.query_one(Input).value == "2q"
        assert "[1 Corpus]" in driver.screen()

    run_pane(play)


def test_help_is_read_from_the_table_of_actions(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("question_mark")
        await driver.until(lambda: isinstance(driver.app.screen, Help))
        lines = "\n".join(str(each.render()) for each in driver.app.screen.query("Static"))
        words = " ".join(lines.split())  # a long line is continued on the next
        assert all(action.tooltip in words for action in ACTIONS)
        await driver.press("escape")
        await driver.until(lambda: not isinstance(driver.app.screen, Help))

    run_pane(play)


def test_the_palette_finds_an_action_and_runs_it(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("ctrl+p")
        await driver.until(lambda: isinstance(driver.app.screen, CommandPalette))
        await driver.press(*"n-grams")
        await driver.until(lambda: "go to N-grams" in driver.screen())
        await driver.press("down", "enter")
        await driver.until(lambda: "[2 N-grams]" in driver.screen())

    run_pane(play)


def test_what_is_pasted_into_the_palette_is_drawn(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("ctrl+p")
        await driver.until(lambda: isinstance(driver.app.focused, Input))
        driver.app.post_message(events.Paste("a\x1b[2J\x9b\u202e"))
        await driver.until_seen("a␛[2J␦␦")
        assert not set("\x1b\x9b\u202e") & set(driver.screen())

    run_pane(play)


def test_an_open_palette_follows_the_language(
    run_pane: RunPane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    write_catalogue(tmp_path / "locale")

    async def play(driver: PaneDriver) -> None:
        await driver.press("ctrl+p")
        await driver.until_seen("Change what a token is.")
        translation.use(LANGUAGE, tmp_path / "locale")
        driver.app.repaint()
        await driver.until_seen(pseudo("Type the name of an action …")[:30])
        await driver.until_seen(pseudo("Change what a token is."))

    try:
        run_pane(play)
    finally:
        translation.use("en")


def test_q_leaves_at_once_when_nothing_would_be_lost(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("q")
        await driver.until(lambda: driver.app.return_value == 0)

    run_pane(play)


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
def test_leaving_asks_while_a_run_trains(run_pane: RunPane, key: str) -> None:
    async def play(driver: PaneDriver) -> None:
        train_nothing(driver)
        await driver.press(key)
        await driver.until(lambda: isinstance(driver.app.screen, Question))
        await driver.press("n")
        await driver.until(lambda: not isinstance(driver.app.screen, Question))
        assert driver.app.return_value is None
        await driver.press(key)
        await driver.until(lambda: isinstance(driver.app.screen, Question))
        await driver.press("y")
        await driver.until(lambda: driver.app.return_value == 0)
        driver.app.session.training = None

    run_pane(play)


def test_ctrl_c_copies_what_is_selected_and_does_not_leave(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        train_nothing(driver)
        driver.app.query_one("#facts", Static).text_select_all()
        await driver.press("ctrl+c")
        assert "held out" in driver.app.clipboard
        assert not isinstance(driver.app.screen, Question)
        driver.app.session.training = None

    run_pane(play)


def test_ctrl_c_never_leaves_without_a_question(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("ctrl+c")
        await driver.until_seen("Quit seqtui?")
        await driver.press("ctrl+c", "n")
        await driver.until(lambda: not isinstance(driver.app.screen, Question))
        assert driver.app.return_value is None
        await driver.press("ctrl+c", "y")
        await driver.until(lambda: driver.app.return_value == 0)

    run_pane(play)


@pytest.mark.parametrize(("widget", "copied"), [("#vocabulary", "␣"), ("#tokens", "␣")])
def test_what_a_drag_over_lines_selects_is_copied(
    run_pane: RunPane, widget: str, copied: str
) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.until(lambda: driver.table("vocabulary").row_count > 0)
        await driver.pilot.mouse_down(widget, offset=(2, 1))
        await driver.pilot.hover(widget, offset=(20, 3))
        await driver.pilot.mouse_up(widget, offset=(20, 3))
        await driver.press("ctrl+c")
        await driver.until(lambda: copied in driver.app.clipboard)
        assert driver.app.clipboard.count("\n") == 2
        assert not isinstance(driver.app.screen, Question)

    run_pane(play)


def test_standard_input_is_no_corpus_unless_the_app_was_started_with_it(
    run_pane: RunPane,
) -> None:
    async def play(driver: PaneDriver) -> None:
        before = driver.app.session.corpus
        await driver.press("o")
        await driver.type("-")
        await driver.until(lambda: driver.notified("start with seqtui -"))
        assert driver.app.session.corpus is before
        assert not driver.app.session.tasks.waiting

    run_pane(play)


@pytest.mark.parametrize("kind", ["empty", "folder", "binary"])
def test_the_reason_for_no_corpus_stays_with_what_to_press(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Session, "start_engine", lambda session: "torch")
    path = tmp_path / "refused"
    if kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"" if kind == "empty" else b"%PDF-1.7\n\0\1\2\3" * 50)
    good = tmp_path / "good.txt"
    good.write_text(TEXT, encoding="utf-8")

    async def run() -> None:
        app = SeqtuiApp(str(path))
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            driver = PaneDriver(pilot)
            for digit in "12341":
                await driver.press(digit)
                await driver.until_seen("No corpus is open (press 1, then o)")
                assert "counting …" not in driver.screen()
            await driver.press("2", "1", "o")
            await driver.type(str(good))
            await driver.until(lambda: driver.app.session.corpus is not None)
            await driver.until(lambda: "No corpus" not in driver.screen())

    asyncio.run(run())


def test_without_the_default_corpus_another_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Session, "start_engine", lambda session: "torch")
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)

    async def run() -> None:
        app = SeqtuiApp()
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            driver = PaneDriver(pilot)
            await driver.until(lambda: driver.notified("without pydoc_data"))
            assert app.session.source == "primer-en"
            assert "primer-en" in driver.screen()

    asyncio.run(run())


def test_without_an_engine_the_rest_works(
    run_pane: RunPane, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(session: Session) -> str:
        raise OSError("libtorch [/] is broken")

    monkeypatch.setattr(Session, "start_engine", fail)

    async def play(driver: PaneDriver) -> None:
        await driver.until_seen("That failed", "libtorch [/] is broken")
        await driver.press("escape", "2")
        await driver.until_seen("[2 N-grams]", "2-grams by count", "no engine")

    run_pane(play)


def test_what_fails_in_the_background_leaves_the_app_usable(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        def fail(keep_going: Any) -> None:
            raise ZeroDivisionError("by [red]zero")

        driver.app.session.tasks.start("dividing", fail, then=lambda done: None)
        await driver.until_seen("ZeroDivisionError: by [red]zero")
        await driver.press("enter", "4")
        await driver.until_seen("[4 Generate]")

    run_pane(play)


def test_bad_input_is_reported_in_a_corner_and_a_failure_in_a_dialog(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        driver.app.show_error(InputError("--clean x: no [/] such cleaning"))
        await driver.until(lambda: driver.notified("no [/] such cleaning"))
        driver.app.show_error(RuntimeError("broken [/] \x1b[2J"))
        await driver.until(lambda: isinstance(driver.app.screen, Message))
        await driver.until_seen("broken [/] ␛[2J")
        await driver.press("escape")
        await driver.press("2")
        await driver.until(lambda: "[2 N-grams]" in driver.screen())

    run_pane(play)


def test_the_theme_is_changed_and_remembered(run_pane: RunPane) -> None:
    async def dark(driver: PaneDriver) -> None:
        assert driver.app.current_theme.dark
        await driver.press("f9")
        await driver.until(lambda: not driver.app.current_theme.dark)

    async def light(driver: PaneDriver) -> None:
        assert not driver.app.current_theme.dark

    run_pane(dark)
    run_pane(light)


def test_the_palette_says_in_our_words_that_nothing_matches(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.press("ctrl+p")
        await driver.until_seen("Type the name of an action")
        await driver.press(*"qqqq")
        await driver.until_seen("no action of this name")
        await driver.press("escape")

    run_pane(play)


@pytest.mark.parametrize(
    ("make", "sentences"),
    [
        (lambda: Help("corpus"), ["Everywhere"]),
        (
            lambda: Question(N_("stop and save"), N_("reading"), N_("continue training")),
            ["stop and save", "reading", "continue training"],
        ),
        (
            lambda: Message(N_("That failed"), lambda: visible_error(InputError(REASON))),
            ["That failed", REASON, "esc back"],
        ),
        (
            lambda: Prompt(N_("ranks"), "x", UserMessage(REASON), lambda value: _("reading")),
            ["ranks", REASON, "reading"],
        ),
        (
            lambda: SettingsDialog(RunSettings()),
            [
                "settings of the next run",
                "Settings of model and optimisation by name; each can be changed after.",
            ],
        ),
    ],
)
def test_an_open_dialog_is_painted_again_with_the_app(
    make: Callable[[], Screen[Any]],
    sentences: list[str],
    run_pane: RunPane,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    write_catalogue(tmp_path / "locale")

    async def play(driver: PaneDriver) -> None:
        driver.app.push_screen(make())
        await driver.press("enter" if sentences[0] == "ranks" else "f9")
        await driver.until_seen(*(sentence[:30] for sentence in sentences))
        translation.use(LANGUAGE, tmp_path / "locale")
        driver.app.repaint()
        await driver.until_seen(*(pseudo(sentence)[:30] for sentence in sentences))
        translation.use("en", tmp_path / "locale")
        driver.app.repaint()
        await driver.until_seen(*(sentence[:30] for sentence in sentences))

    try:
        run_pane(play)
    finally:
        monkeypatch.undo()
        translation.use()
