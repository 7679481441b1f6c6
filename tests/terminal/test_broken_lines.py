"""A terminal that nobody reads, that sends anything, or that is taken away for a while."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from terminal.terminal import Terminal
from terminal.test_leaving import SECONDS_TO_LEAVE, saved_steps, train

Open = Callable[..., Terminal]
ENTERED, LEFT = b"\x1b[?1049h", b"\x1b[?1049l"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_terminal_that_nobody_reads_keeps_no_signal_away(
    open_terminal: Open, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    terminal = open_terminal("primer-en")
    train(terminal)
    terminal.freeze(*"2323232323" * 10)
    terminal.process.send_signal(number)
    assert terminal.process.wait(SECONDS_TO_LEAVE) == code
    assert saved_steps(tmp_path / "home")
    assert terminal.restored
    terminal.read_rest()
    assert LEFT in terminal.received


def test_a_frozen_terminal_that_is_hung_up_ends_the_app(
    open_terminal: Open, tmp_path: Path
) -> None:
    terminal = open_terminal("primer-en")
    train(terminal)
    terminal.freeze(*"2323232323" * 10)
    terminal.hang_up()
    assert terminal.process.wait(SECONDS_TO_LEAVE) == 129
    assert saved_steps(tmp_path / "home")


def test_a_terminal_that_is_read_again_shows_what_is_so_now(open_terminal: Open) -> None:
    terminal = open_terminal("primer-en")
    terminal.wait_for("|V|")
    terminal.freeze(*"2121212121" * 30)
    terminal.press("4")
    terminal.wait_for("[4 Generate]")
    terminal.press("2")
    terminal.wait_for("2-grams by count")
    terminal.press("q")
    assert terminal.wait_for_end() == 0


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        "中".encode("gbk"),
        "é".encode("latin-1"),
        b"\x1b[M \xff\xff",
        b"\x1b[:u",
        b"\x1b[1114112u",
        b"\x1b[97;1:1u",
        b"\x1b[99999999999999999999;5u",
        b"\x1b[48;99999;99999;1;1t",
    ],
)
def test_what_cannot_be_understood_is_passed_over(open_terminal: Open, data: bytes) -> None:
    terminal = open_terminal("primer-en")
    terminal.wait_for("|V|")
    os.write(terminal.master, data)
    terminal.press("2")
    terminal.wait_for("2-grams by count")
    terminal.press("ctrl+q")
    assert terminal.wait_for_end() == 0


def test_a_paste_is_no_key(open_terminal: Open) -> None:
    terminal = open_terminal("primer-en")
    terminal.wait_for("|V|")
    terminal.paste("\x1b\x11")
    terminal.paste("\x1b\x1bq\x1by")
    terminal.press("o")
    terminal.wait_for("a path, or one of")
    terminal.paste("\x1bin\x1b[Aone\x11")
    terminal.wait_for("␛in␛[Aone␑")
    terminal.press("escape")
    terminal.wait_for(lambda screen: "a path, or one of" not in screen)
    terminal.press("q")
    assert terminal.wait_for_end() == 0


def test_a_line_that_is_silent_in_the_midst_of_a_mark_loses_no_paste(open_terminal: Open) -> None:
    terminal = open_terminal("primer-en", environment={"ESCDELAY": "20"})
    terminal.wait_for("|V|")
    terminal.press("o")
    terminal.wait_for("a path, or one of")
    for piece in (b"\x1b[20", b"0~qq", b"\x1b", b"[201~"):
        os.write(terminal.master, piece)
        silence = time.monotonic() + 0.3  # longer than a lone Esc waits here
        while time.monotonic() < silence:
            terminal.read(0.05)
    terminal.press("enter")
    terminal.wait_for("'qq' is neither")
    terminal.press("ctrl+q")
    assert terminal.wait_for_end() == 0
