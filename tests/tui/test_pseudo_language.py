"""The whole app and the command line in an invented language: what stays English shows.

The corpus is Chinese and its name too, so that every plain word on the screen is one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from command_line import CommandLine
from pane_driver import PaneDriver, play_in_pane
from pseudo_language import LANGUAGE, plain_words, pseudo, write_catalogue
from rich.cells import cell_len
from run_events import evaluated, finished, report, silent_session, started

from seqtui.corpora.catalogue import CATALOGUE
from seqtui.corpora.options import CLEANINGS, TOKENIZERS
from seqtui.engine.labs.hand_in import start_hand_in
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.task import Judged
from seqtui.engine.runs.events import Sampled, Saved
from seqtui.engine.settings import families, run_config
from seqtui.engine.settings.recipes import RECIPES
from seqtui.engine.settings.run_config import RunConfig
from seqtui.tui import translation
from seqtui.tui.actions import KEY_LABELS
from seqtui.tui.cli.group import COMMANDS
from seqtui.tui.session import Session

TEXT = "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。\n" * 60
VALUES = (
    *families.MODELS,
    *run_config.SMOOTHINGS,
    *run_config.OPTIMIZERS,
    *run_config.SCHEDULES,
    *run_config.SAMPLINGS,
    *run_config.PRECISIONS,
    *run_config.MATMUL_PRECISIONS,
    *CLEANINGS,
    *TOKENIZERS,
    *RECIPES,
    *CATALOGUE,
    *KEY_LABELS.values(),
    *COMMANDS,
    *LABS,
    *("auto", "cuda", "cpu", "mps", "torch", "stream", "line", "open", "closed", "utf-8"),
    *("forward", "reversed", "shuffled", "ols", "mle", "best", "last", "json", "csv"),
)
NAMES = {word for value in VALUES for word in re.findall(r"[A-Za-z]+", value)}
NAMES |= {
    "top",
    "seqtui",
    "txt",
    "unk",
    "grad",
    "esc",
    "tab",
    "ctrl",
    "min",
    "freq",
    "FILE",
    "CLASS",
}
"""Values of options, names of models, keys and formulas: the same in every language."""


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("locale")
    write_catalogue(folder)
    return folder


@pytest.fixture(autouse=True)
def spoken(catalogues: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pseudo-language, in a folder with a Chinese text."""
    monkeypatch.setenv("LANGUAGE", LANGUAGE)
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "文.txt").write_text(TEXT, encoding="utf-8")
    translation.use(LANGUAGE, catalogues)
    yield
    monkeypatch.undo()
    translation.use()


@pytest.fixture
def scripted_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that emit only what a test has them emit; no torch."""

    def start_training(session: Session, config: RunConfig, resume: Path | None = None) -> None:
        session.training = silent_session()
        session.expect_run(config, resume)

    monkeypatch.setattr(Session, "start_training", start_training)
    monkeypatch.setattr(Session, "start_engine", lambda session: "torch")


class Screens:
    """What was seen, and what of it was English."""

    def __init__(self, driver: PaneDriver) -> None:
        self._lab = driver
        self.english: list[str] = []

    async def look(self, where: str) -> None:
        """Look at the screen as it is now."""
        await self._lab.pilot.pause()
        screen = self._lab.screen()
        self.english += [f"{where}: {word}" for word in plain_words(screen, NAMES)]
        assert all(cell_len(line) <= 80 for line in screen.splitlines()), where

    async def press(self, where: str, *keys: str) -> None:
        """Press keys and look."""
        await self._lab.press(*keys)
        await self.look(where)


def go_through(digit: str, play: Callable[[PaneDriver, Screens], Awaitable[None]]) -> None:
    """Play in a pane at 80x24; nothing that was seen may be English."""
    english: list[str] = []

    async def playing(driver: PaneDriver) -> None:
        screens = Screens(driver)
        await screens.look("at first")
        await play(driver, screens)
        english.extend(screens.english)

    play_in_pane("文.txt", digit, playing)
    assert not english, "\n".join(dict.fromkeys(english))


@pytest.mark.usefixtures("scripted_runs")
def test_the_corpus_pane_and_what_works_everywhere() -> None:
    async def play(driver: PaneDriver, screens: Screens) -> None:
        await screens.press("sorted by rarity", "s")
        await screens.press("search", "slash")
        await driver.press("escape")
        await screens.press("open", "o")
        await driver.type("没有.txt")
        await driver.until(lambda: bool(driver.app._notifications))
        await screens.press("min_freq", "m")
        await driver.type("0")
        await screens.look("min_freq refused")
        await driver.press("escape")
        await screens.press("help", "question_mark")
        await driver.press("escape")
        await screens.press("palette", "ctrl+p")
        await driver.press("escape")

    go_through("1", play)


@pytest.mark.usefixtures("scripted_runs")
def test_the_n_grams_pane() -> None:
    async def play(driver: PaneDriver, screens: Screens) -> None:
        await driver.until(lambda: driver.table("ngram-table").row_count > 0)
        await screens.look("counted")
        await screens.press("another formula", "f")
        await screens.press("followers", "enter")
        await screens.press("occurrences", "c")
        await screens.press("back", "escape", "escape")
        await screens.press("growth", "v")
        await screens.press("ranks", "x")
        await driver.press("escape")
        await screens.press("another fit", "z")
        await screens.press("sorted", "s")
        await screens.press("|V|^n", "b")
        await screens.press("estimators", "b", "e")
        await screens.press("a cell", "down", "down", "right")
        await screens.press("sentence", "e", "t")
        await driver.type("春眠不觉晓")
        await screens.look("factors")
        await screens.press("reversed", "r")

    go_through("2", play)


@pytest.mark.usefixtures("scripted_runs")
def test_the_train_pane() -> None:
    async def play(driver: PaneDriver, screens: Screens) -> None:
        await screens.press("settings", "e")
        await screens.press("a choice", "down", "right")
        await screens.press("a typed value", "down", "down", "enter")
        await driver.press("escape", "escape")
        for key in ("o", "a", "space", "w", "c", "u"):
            await screens.press(f"{key} without a run", key)
            await driver.press("escape")
        await screens.press("started", "s")
        training = driver.app.session.training
        assert training is not None
        for event in (
            started(RunConfig("文.txt", model="gru")),
            *(report(step, 3.0 - step / 1_000) for step in range(100, 900, 100)),
            evaluated(500, 2.5),
            Saved(500, "last", Path("last.safetensors")),
            Sampled(500, "花落", 0.8),
        ):
            training.events.put(event)
        await driver.until(lambda: not training.events._events)
        await screens.look("training")
        for key in ("y", "y", "x", "x", "v", "v", "v", "m", "g", "left", "plus"):
            await screens.press(f"after {key}", key)
        await screens.press("learning rate", "0", "r")
        await driver.press("escape")
        await screens.press("stop?", "s")
        await driver.press("n")
        training.events.put(finished(900, 2.5))
        training.job._end()
        await driver.until(lambda: driver.app.session.training is None)
        await screens.look("done")

    go_through("3", play)


@pytest.mark.usefixtures("scripted_runs")
def test_the_generate_pane() -> None:
    async def play(driver: PaneDriver, screens: Screens) -> None:
        await driver.until(lambda: "gram" in driver.line("writer") or bool(driver.line("writer")))
        await screens.press("written", "w")
        await driver.until(lambda: driver.table("written").row_count > 5)
        await screens.look("written")
        await screens.press("one more", "n")
        await screens.press("prefix", "p")
        await driver.press("escape")
        await screens.press("settings", "e")
        await screens.press("models", "m")
        await driver.press("escape")

    go_through("4", play)


def english_in(text: str) -> list[str]:
    return plain_words(text, NAMES)


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_the_help_of_every_command(command: str | None, command_line: CommandLine) -> None:
    ended = command_line.ok(*([command] if command else []), "--help")
    shown = ended.out
    if command is not None:
        shown = shown.partition(pseudo("Examples"))[0]
    lines = [
        # Names of options, their choices, names of commands, and examples stay as they are typed.
        re.sub(r"--?[\w-]+|\[[^\]]*\]|\{[^}]*\}|\b[A-Z]{3,}\b|^  [a-z-]+  ", "", line)
        for line in shown.splitlines()
        if not re.match(r"\s*seqtui |\s*torchrun ", line)
    ]
    assert not english_in("\n".join(lines))


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "文.txt", "--order", "11"),
        ("train", "文.txt", "--hidden", "x"),
        ("train", "文.txt", "--no-such-option"),
        ("train",),
        ("ngrams", "文.txt", "--order", "0"),
        ("evaluate", "none"),
        ("corpus", "show", "none.txt"),
        ("runs", "show", "none"),
    ],
)
def test_what_is_refused(arguments: tuple[str, ...], command_line: CommandLine) -> None:
    ended = command_line(*arguments)
    assert ended.code == 2
    complaint = re.sub(r"--[\w-]+|/\S+|`[^`]*`|'[^']*'|none\S*", "", ended.complaint)
    assert not english_in(complaint)


def test_what_the_commands_print(command_line: CommandLine, tmp_path: Path) -> None:
    """Tables and sentences; paths, names of runs and values stay."""
    run = tmp_path / "run"
    command_line.ok("train", "文.txt", "--model", "ngram", "--run-dir", run)
    hand_in = start_hand_in(tmp_path, "7", "春", "0")
    hand_in.answer("gradients.1", 12, "1", Judged(False), hint=False)
    handed_in = ("lab", "--verify", hand_in.path, "--class", "春")
    printed = [
        command_line.ok(*arguments)
        for arguments in (
            ("corpus", "show", "文.txt"),
            ("ngrams", "文.txt", "--smoothing", "mle"),
            ("evaluate", run),
            ("score", run, "春眠不觉晓"),
            ("runs",),
            ("runs", "--model", "gru"),
            ("watch", run),
            ("lab",),
            ("lab", "chain-rule", "文.txt"),
            ("lab", "estimators", "文.txt", "--set", "order=2"),
            ("lab", "gradients", "--sheet"),
            ("lab", "--plan", "文.txt"),
            handed_in,
            (*handed_in, "--summary"),
            (*handed_in, "--oral", "3"),
        )
    ]
    english = [
        word
        for ended in printed
        for line in (ended.out + ended.err).splitlines()
        if "=" not in line  # a formula
        for word in english_in(re.sub(r"/\S+|`[^`]*`|\brun\b", "", line))
    ]
    assert not english, "\n".join(english)


@pytest.mark.parametrize(
    ("digit", "words"),
    [("1", ("Corpus", "tokens", "cleaning")), ("4", ("temperature", "-gram of", "token"))],
)
@pytest.mark.usefixtures("scripted_runs")
def test_the_language_can_change_while_the_app_runs(
    digit: str, words: tuple[str, ...], catalogues: Path
) -> None:
    async def play(driver: PaneDriver) -> None:
        if digit == "4":
            await driver.until(lambda: "文.txt" in driver.line("writer"))
            await driver.press("w")
            await driver.until(lambda: driver.table("written").row_count == 300)
            # The last of its facts is the seed, once nothing is written any more.
            await driver.until(lambda: driver.line("writing-summary").rstrip("文").endswith("0"))
        before = driver.screen()
        translation.use("en", catalogues)
        driver.app.repaint()
        await driver.until_seen(*words)
        translation.use(LANGUAGE, catalogues)
        driver.app.repaint()
        await driver.until(lambda: driver.screen() == before)

    play_in_pane("文.txt", digit, play)
