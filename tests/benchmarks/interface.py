"""How quick the app is, measured from outside through a real pseudo-terminal.

    python tests/benchmarks/interface.py [--keys N] [--rounds N]

prints the table the README quotes: first paint against `import textual.app`, key to paint
(idle and while a run trains), and the speed of the same run in the app and headless,
taken in turns. Run it with nothing else running.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from terminal.terminal import Terminal

CORPUS = "primer-en"


def seconds_of_import() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import textual.app"], check=True)
    return time.perf_counter() - start


def seconds_to_first_paint(home: Path) -> float:
    start = time.perf_counter()
    terminal = Terminal((CORPUS,), home=home)
    terminal.wait_for("4 Generate")
    seconds = time.perf_counter() - start
    terminal.end()
    return seconds


def key_to_paint(terminal: Terminal, keys: int) -> list[float]:
    """Seconds from a digit to its pane being marked, going to and fro between two panes."""
    seconds = []
    for number in range(keys):
        digit, mark = (("1", "[1 "), ("3", "[3 "))[number % 2]
        start = time.perf_counter()
        terminal.press(digit)
        terminal.wait_for(mark, poll=0.001)
        seconds.append(time.perf_counter() - start)
        pause = time.perf_counter() + 0.05
        while time.perf_counter() < pause:  # what is still painted belongs to this key
            terminal.read(0.01)
    return seconds


def percentiles(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p99 = ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]
    return f"{statistics.median(ordered) * 1000:.0f} ms, {p99 * 1000:.0f} ms"


def headless(home: Path) -> dict[str, Any]:
    """The document of a run with the app's defaults, without the app."""
    done = subprocess.run(
        [sys.executable, "-m", "seqtui.tui.main", "train", CORPUS, "--json"],
        env={**os.environ, "SEQTUI_HOME": str(home)},
        capture_output=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def start_in_app(home: Path) -> Terminal:
    """The app with a run of the default settings training in its Train pane."""
    terminal = Terminal((CORPUS,), home=home)
    terminal.wait_for("torch ")
    terminal.press("3")
    terminal.wait_for("s  start")
    terminal.press("s")
    terminal.wait_for(lambda screen: re.search(r"\d tok/s", screen) is not None, seconds=60)
    return terminal


def in_app(home: Path, pane: str) -> dict[str, Any]:
    """The document of the same run in the app, with one pane open and no key pressed."""
    terminal = start_in_app(home)
    if pane != "3":
        terminal.press(pane)
    runs = home / "data" / "runs"

    def ended(screen: str) -> bool:
        newest = max(runs.iterdir(), key=lambda run: run.name)
        record = json.loads((newest / "run.json").read_text(encoding="utf-8"))
        return record.get("status") == "done"

    terminal.wait_for(ended, seconds=600)
    terminal.end()
    newest = max(runs.iterdir(), key=lambda run: run.name)
    return dict(json.loads((newest / "run.json").read_text(encoding="utf-8"))["document"])


def keys_while_training(home: Path, keys: int) -> list[float]:
    """Key to paint beside a run."""
    terminal = start_in_app(home)
    seconds = key_to_paint(terminal, keys)
    terminal.end()
    return seconds


def ratio(some: list[dict[str, Any]], others: list[dict[str, Any]], key: str) -> str:
    """Median over the rounds of some / others."""
    pairs = zip(some, others, strict=True)
    return f"{statistics.median(one[key] / other[key] for one, other in pairs):.3f}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        paints, imports = [], []
        for _ in range(9):
            imports.append(seconds_of_import())
            paints.append(seconds_to_first_paint(home))
        idle: list[float] = []
        training: list[float] = []
        alone, shown, hidden = [], [], []
        for _ in range(options.rounds):
            alone.append(headless(home))
            shown.append(in_app(home, "3"))
            hidden.append(in_app(home, "1"))
            terminal = Terminal((CORPUS,), home=home)
            terminal.wait_for("torch ")
            idle += key_to_paint(terminal, options.keys // options.rounds)
            terminal.end()
            training += keys_while_training(home, options.keys // options.rounds)
    paint, base = statistics.median(paints), statistics.median(imports)
    speed = statistics.median(each["tokens_per_second"] for each in alone)
    for row in (
        ("measure", "value"),
        ("---", "---"),
        ("first paint", f"{paint * 1000:.0f} ms, {paint / base:.2f} × `import textual.app`"),
        ("key to paint, idle: median, p99", percentiles(idle)),
        ("key to paint while training: median, p99", percentiles(training)),
        ("tokens/s headless (median)", f"{speed:,.0f}"),
        ("tokens/s in the app / headless, Train pane", ratio(shown, alone, "tokens_per_second")),
        ("tokens/s in the app / headless, another pane", ratio(hidden, alone, "tokens_per_second")),
        ("seconds in the app / headless, Train pane", ratio(shown, alone, "seconds")),
    ):
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
