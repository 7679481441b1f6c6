"""Markup and escape sequences go in everywhere; none reaches the terminal, none styles it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from terminal.terminal import Terminal

Open = Callable[..., Terminal]

TITLE = b"\x1b]0;owned"
CLEAR = b"\x1b[2J\x1b[31mowned"
C1 = "\x9b31mowned".encode()
HOSTILE = "[/] [bold red]owned[/] \x1b]0;owned\x07 \x1b[2J\x1b[31mowned \x9b31mowned \u202eowned\n"


def obeyed(terminal: Terminal) -> list[bytes]:
    """Sequences of the hostile text that came out as they went in."""
    received = bytes(terminal.received)
    return [each for each in (TITLE, CLEAR, C1, "\u202e".encode()) if each in received]


def test_a_hostile_text_and_file_name_are_drawn_and_never_obeyed(
    open_terminal: Open, tmp_path: Path
) -> None:
    corpus = tmp_path / "[red]\x1b]0;owned\x07.txt"
    corpus.write_text(HOSTILE * 200, encoding="utf-8")
    terminal = open_terminal(str(corpus))
    terminal.wait_for("|V|")
    assert "[red]␛]0;owned␇.txt" in terminal.text
    terminal.wait_for("[/] [bold")
    terminal.press("2")
    terminal.wait_for("2-grams by count")
    terminal.press("4")
    terminal.wait_for("5-gram of")
    terminal.press("p")
    terminal.wait_for("warmed up with this")
    terminal.paste("[/][bold red]\u202eowned")
    terminal.wait_for("[/][bold red]␦owned")
    terminal.press("enter")
    terminal.wait_for(lambda screen: "warmed up with this" not in screen)
    terminal.press("w")
    terminal.wait_for("300 tokens")
    assert "[/][bold red]" in terminal.text
    terminal.press("1", "o")  # the prompt holds the file's name
    terminal.wait_for("a path, or one of")
    assert obeyed(terminal) == []


def test_an_exception_that_names_a_hostile_path_is_drawn(open_terminal: Open) -> None:
    terminal = open_terminal("primer-en")
    terminal.wait_for("|V|")
    terminal.press("o")
    terminal.wait_for("a path, or one of")
    terminal.paste("/x/[/][red]\u202eo")
    terminal.wait_for("/x/[/][red]␦o")
    terminal.press("enter")
    terminal.wait_for("no such")
    assert "/x/[/][red]␦o" in terminal.text
    assert "primer-en" in terminal.text
    assert obeyed(terminal) == []
