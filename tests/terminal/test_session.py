"""A person at a terminal, keys only: train, watch, generate, resize, pipe a text in."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from terminal.terminal import Terminal

Open = Callable[..., Terminal]


def number(pattern: str, screen: str) -> float:
    found = re.search(pattern, screen)
    assert found is not None, f"no {pattern!r} on the screen:\n{screen}"
    return float(found[1].replace(",", ""))


def held_out(screen: str) -> float | None:
    """The best held-out perplexity the Train pane shows."""
    found = re.search(r"best +[\d.]+ nats +([\d.]+) ppl", screen)
    return float(found[1]) if found else None


def test_the_default_corpus_trains_past_its_bigram_and_writes(open_terminal: Open) -> None:
    """With no argument: past the add-one bigram within two minutes, then text, by keys alone."""
    terminal = open_terminal()
    terminal.wait_for("python-manual")
    terminal.wait_for("torch ")
    terminal.press("3")
    counted = r"([\d.]+)  counting pairs"
    screen = terminal.wait_for(lambda screen: re.search(counted, screen) is not None)
    bigram = number(counted, screen)
    terminal.press("s")

    def past_the_bigram(screen: str) -> bool:
        best = held_out(screen)
        return best is not None and best < bigram

    terminal.wait_for(past_the_bigram, seconds=120)
    terminal.press("s")
    terminal.wait_for("stop")
    terminal.press("y")
    terminal.wait_for("stopped", seconds=20)
    terminal.press("4")
    terminal.wait_for("gru · python-manual", seconds=20)
    terminal.press("w")
    terminal.wait_for("300 tokens", seconds=30)
    terminal.press("q")
    assert terminal.wait_for_end() == 0


def test_a_resize_rearranges_and_loses_nothing(open_terminal: Open) -> None:
    terminal = open_terminal("primer-zh")
    terminal.wait_for("|V|")
    terminal.resize(120, 40)
    terminal.wait_for(lambda screen: len(screen.splitlines()[0]) > 100)
    terminal.resize(60, 16)
    terminal.wait_for(lambda screen: "primer-zh" in screen and len(screen.splitlines()) == 16)
    terminal.press("2")
    terminal.wait_for("2-grams by count")


def test_a_text_from_a_pipe_with_keys_from_the_terminal(
    open_terminal: Open, tmp_path: Path
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("the time machine " * 100, encoding="utf-8")
    terminal = open_terminal("-", stdin=text)
    terminal.wait_for("|V|")
    terminal.press("q")
    assert terminal.wait_for_end() == 0


def test_a_pipe_without_a_terminal_is_refused_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "seqtui.tui.main", "-"],
        input="text",
        capture_output=True,
        text=True,
        timeout=30,
        start_new_session=True,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
