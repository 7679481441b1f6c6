"""However the app is left, the terminal is restored, the run saved, and nothing keeps running."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from terminal.terminal import Terminal

Open = Callable[..., Terminal]
SECONDS_TO_LEAVE = 3 + 1  # the promise, and a second of grace for a loaded machine


def train(terminal: Terminal) -> None:
    terminal.wait_for("|V|")
    terminal.press("3")
    terminal.wait_for("s start")
    terminal.press("s")
    terminal.wait_for(lambda screen: re.search(r"\d tok/s", screen) is not None, seconds=60)


def saved_steps(home: Path) -> list[int]:
    steps = []
    for folder in (home / "data" / "runs").iterdir():
        lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        assert all(json.loads(line) for line in lines)
        assert (folder / "last.safetensors").exists()
        steps.append(len(lines))
    return steps


def test_q_leaves_with_0_and_restores_the_terminal(open_terminal: Open) -> None:
    terminal = open_terminal("primer-en")
    terminal.wait_for("|V|")
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    assert terminal.restored
    assert b"\x1b[?1049l" in terminal.received


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_a_signal_saves_the_run_and_leaves(
    open_terminal: Open, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    terminal = open_terminal("primer-en")
    train(terminal)
    terminal.process.send_signal(number)
    assert terminal.wait_for_end(SECONDS_TO_LEAVE) == code
    assert terminal.restored
    assert saved_steps(tmp_path / "home")


def test_a_closed_terminal_saves_the_run_and_leaves(open_terminal: Open, tmp_path: Path) -> None:
    terminal = open_terminal("primer-en")
    train(terminal)
    terminal.hang_up()
    terminal.process.wait(SECONDS_TO_LEAVE)
    assert terminal.process.returncode == 129
    assert saved_steps(tmp_path / "home")


def test_a_closed_terminal_ends_even_a_process_that_ignores_hangups(
    tmp_path: Path, open_terminal: Open
) -> None:
    terminal = open_terminal("primer-en", ignore_hangup=True)
    terminal.wait_for("|V|")
    terminal.hang_up()
    terminal.process.wait(SECONDS_TO_LEAVE)
    assert terminal.process.returncode == 129


def test_the_ctrl_c_key_asks_before_a_run_is_stopped(open_terminal: Open) -> None:
    terminal = open_terminal("primer-en")
    train(terminal)
    terminal.press("ctrl+c")
    terminal.wait_for("stop, save and quit")
    terminal.press("n")
    terminal.wait_for(lambda screen: "stop, save and quit" not in screen)
    assert terminal.process.poll() is None
    terminal.press("q")
    terminal.wait_for("stop, save and quit")
    terminal.press("y")
    assert terminal.wait_for_end(SECONDS_TO_LEAVE) == 0


def test_without_a_terminal_one_line_and_exit_code_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "seqtui.tui.main"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
