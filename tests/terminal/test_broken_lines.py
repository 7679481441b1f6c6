"""A terminal that nobody reads, that sends anything, or that is taken away for a while."""

from __future__ import annotations

import array
import fcntl
import os
import shutil
import signal
import sys
import termios
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


SHELL = 'import os; os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])'


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with job control")
def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_back(open_terminal: Open) -> None:
    terminal = open_terminal(program=SHELL, environment={"PS1": "$ "})
    terminal.wait_for("$")
    terminal.press(f"{sys.executable} -m seqtui.tui.main primer-en", "enter")
    terminal.wait_for("|V|")
    terminal.press("\x1a")
    terminal.wait_for(lambda _screen: b"Stopped" in terminal.received)
    assert LEFT in terminal.received
    terminal.press("echo sh''ell", "enter")
    terminal.wait_for(lambda _screen: b"shell" in terminal.received)
    terminal.press("fg", "enter")
    terminal.wait_for("[1 Corpus]")
    terminal.wait_for("|V|")
    terminal.press("2")
    terminal.wait_for("2-grams by count")
    terminal.press("q")
    terminal.wait_for(lambda _screen: terminal.received.count(LEFT) == 2)
    terminal.press("echo code=$?", "enter")
    terminal.wait_for(lambda _screen: b"code=0" in terminal.received)


def test_ctrl_z_without_a_shell_is_refused(open_terminal: Open) -> None:
    terminal = open_terminal("primer-en")
    terminal.wait_for("|V|")
    terminal.press("\x1a")
    terminal.wait_for("not started by a shell")
    terminal.press("q")
    assert terminal.wait_for_end() == 0


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
def test_an_app_that_is_stopped_and_continued_is_painted_anew(
    open_terminal: Open, number: signal.Signals
) -> None:
    terminal = open_terminal("primer-en")
    terminal.wait_for("|V|")
    terminal.process.send_signal(number)
    os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED | os.WNOWAIT)
    terminal.read_rest()
    os.write(terminal.slave, b"\x1b[2J")  # another program has the screen
    terminal.wait_for(lambda screen: "|V|" not in screen)
    terminal.process.send_signal(signal.SIGCONT)
    terminal.wait_for("|V|")
    terminal.press("2", "]", "]")
    terminal.wait_for("4-grams by count")  # each key came once: there is one reader
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    assert terminal.restored


def test_a_terminal_on_which_one_cannot_draw_is_refused_in_one_line(open_terminal: Open) -> None:
    terminal = open_terminal(environment={"TERM": "dumb"})
    assert terminal.wait_for_end() == 2
    assert terminal.text.strip().startswith("seqtui: TERM=dumb names no terminal")
    assert b"export TERM=xterm-256color" in terminal.received
    assert ENTERED not in terminal.received


def test_in_another_locale_utf8_is_drawn_and_the_remedy_named(open_terminal: Open) -> None:
    ascii_locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    terminal = open_terminal("primer-zh", environment=ascii_locale)
    terminal.wait_for("export LC_ALL=C.UTF-8")
    terminal.wait_for("│")
    assert b"\\u" not in terminal.received
    terminal.press("q")
    assert terminal.wait_for_end() == 0


def test_an_app_that_ends_by_an_error_ends_with_1(open_terminal: Open) -> None:
    program = """
from seqtui.tui.app import SeqtuiApp
def fail(self):
    self.panic("broken")
SeqtuiApp.action_help = fail
from seqtui.tui.main import main
main()
"""
    terminal = open_terminal("primer-en", program=program)
    terminal.wait_for("|V|")
    terminal.press("?")
    assert terminal.wait_for_end() == 1
    assert terminal.restored


def test_an_empty_read_of_a_terminal_that_is_there_is_no_end(open_terminal: Open) -> None:
    terminal = open_terminal("primer-en")
    terminal.wait_for("|V|")
    raw = termios.tcgetattr(terminal.slave)
    cooked = [*raw[:3], raw[3] | termios.ICANON, *raw[4:]]
    termios.tcsetattr(terminal.slave, termios.TCSANOW, cooked)  # `stty sane` of another program
    terminal.press("\x04")
    waiting = array.array("i", [1])
    while waiting[0]:
        fcntl.ioctl(terminal.slave, termios.FIONREAD, waiting)
    termios.tcsetattr(terminal.slave, termios.TCSANOW, raw)
    terminal.press("2")
    terminal.wait_for("2-grams by count")
    terminal.press("q")
    assert terminal.wait_for_end() == 0


def test_an_app_that_hangs_leaves_at_a_signal_with_its_run_saved(
    open_terminal: Open, tmp_path: Path
) -> None:
    program = """
from seqtui.tui.app import SeqtuiApp
def hang(self):
    print("\\x1b]0;hangs", end="", file=__import__("sys").__stdout__, flush=True)
    while True:
        pass
SeqtuiApp.action_help = hang
from seqtui.tui.main import main
main()
"""
    terminal = open_terminal("primer-en", program=program)
    train(terminal)
    terminal.press("?")
    terminal.wait_for(lambda _screen: b"hangs" in terminal.received)
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.wait_for_end(SECONDS_TO_LEAVE) == 143
    assert saved_steps(tmp_path / "home")
    assert terminal.restored
    assert LEFT in terminal.received
