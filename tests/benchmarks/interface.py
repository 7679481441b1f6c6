"""How quick the app is, measured from outside through a real pseudo-terminal.

    python tests/benchmarks/interface.py [--steps N] [--keys N]

prints the table the README quotes: first paint against `import textual.app`, key to paint
(idle and while a run trains), and steps per second of the same run in the app and headless,
taken in turns. Run it with nothing else running.
"""

from __future__ import annotations

import argparse
import json
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


def headless(home: Path, steps: int) -> float:
    """Steps per second of a run without the app."""
    done = subprocess.run(
        [sys.executable, "-m", "seqtui.tui.main", "train", CORPUS, "--json"]
        + ["--model", "gru", "--steps", str(steps)],
        env={**__import__("os").environ, "SEQTUI_HOME": str(home)},
        capture_output=True,
        check=True,
    )
    return steps_per_second(json.loads(done.stdout))


def steps_per_second(document: dict[str, Any]) -> float:
    return float(document["tokens_per_second"]) / (document["batch_size"] * document["window"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        paints, imports = [], []
        for _ in range(7):
            imports.append(seconds_of_import())
            paints.append(seconds_to_first_paint(home))
        paint, base = statistics.median(paints), statistics.median(imports)
        print("| measure | value |\n|---|---|")
        print(f"| first paint | {paint * 1000:.0f} ms, {paint / base:.2f} × `import textual.app` |")
        idle, training, in_app, alone = [], [], [], []
        for _ in range(options.rounds):
            alone.append(headless(home, options.steps))
            terminal = Terminal((CORPUS,), home=home)
            terminal.wait_for("torch ")
            idle += key_to_paint(terminal, options.keys // options.rounds)
            terminal.end()
            in_app.append(run_in_app(home, options.steps))
            training += key_to_paint_while_training(home, options.keys // options.rounds)
        print(f"| key to paint, idle (median, p99) | {percentiles(idle)} |")
        print(f"| key to paint, training (median, p99) | {percentiles(training)} |")
        ratio = statistics.median(a / b for a, b in zip(in_app, alone, strict=True))
        print(f"| steps/s headless (median) | {statistics.median(alone):.1f} |")
        print(f"| steps/s in the app, Train pane open | {statistics.median(in_app):.1f} |")
        print(f"| app / headless (median of rounds) | {ratio:.3f} |")


def start_run(terminal: Terminal, steps: int) -> None:
    terminal.wait_for("torch ")
    terminal.press("3")
    terminal.wait_for("[3 ")
    terminal.press("e")
    terminal.set_field("steps", str(steps))
    terminal.press("s")


def run_in_app(home: Path, steps: int) -> float:
    raise SystemExit("not yet")


def key_to_paint_while_training(home: Path, keys: int) -> list[float]:
    raise SystemExit("not yet")


if __name__ == "__main__":
    main()
