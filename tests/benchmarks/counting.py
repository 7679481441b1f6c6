"""How quick the N-grams pane is while it counts, measured from outside through a pseudo-terminal.

    python tests/benchmarks/counting.py [--words N] [--table-words N]

writes two corpora of its own and prints a table: key to paint while the n-grams of the large one
(22.5 million words, 100 MB) are counted, and how long after its n-grams are counted the table of
an order of 2 million and more distinct ones is on screen. Run it with nothing else running.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from terminal.terminal import Terminal

from seqtui.tui.panes.ngrams.zipf_plot import MARKS

TYPES = 110_000
PHRASES = 600_000
LINE_WORDS = 17
RECORDER = """
import time
from pathlib import Path
from seqtui.engine.ngrams import counts
from seqtui.tui.panes.ngrams import rows as ngram_rows

def count_levels(*arguments):
    for number, level in enumerate(counts.count_levels(*arguments), 1):
        with Path({path!r}).open("a") as file:
            file.write(f"{{number}} {{time.time()}} {{len(level.keys)}}\\n")
        yield level

ngram_rows.count_levels = count_levels
from seqtui.tui.main import main
main()
"""
"""The app, with a note of when each order was counted."""


def write_corpus(path: Path, words: int) -> None:
    """Text that repeats itself as people do: phrases by Zipf's law, words by Zipf's law."""
    random = np.random.default_rng(0)
    law = 1 / np.arange(1, TYPES + 1)
    starts = np.concatenate(([0], np.cumsum(random.integers(2, 9, PHRASES))))
    pool = random.choice(TYPES, size=starts[-1], p=law / law.sum())
    law = 1 / np.arange(1, PHRASES + 1) ** 0.7
    chosen = random.choice(PHRASES, size=words // 5, p=law / law.sum())
    lengths = np.diff(starts)[chosen]
    # The places of a phrase in the pool: its start, and so many steps on.
    steps = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    ids = pool[np.repeat(starts[chosen], lengths) + steps][:words]
    names = np.array([f"w{each:x}" for each in range(TYPES)], dtype=object)
    with path.open("w") as file:
        for begin in range(0, len(ids), LINE_WORDS):
            file.write(" ".join(names[ids[begin : begin + LINE_WORDS]]) + "\n")


def seconds_to(terminal: Terminal, key: str, shown: tuple[str, ...]) -> float:
    """From a key to one of some texts on the screen."""
    start = time.perf_counter()
    terminal.press(key)
    terminal.wait_for(lambda screen: any(each in screen for each in shown), poll=0.001)
    seconds = time.perf_counter() - start
    pause = time.perf_counter() + 0.1
    while time.perf_counter() < pause:  # what is still painted belongs to this key
        terminal.read(0.01)
    return seconds


def keys_while_counting(text: Path, home: Path) -> dict[str, list[float]]:
    """Key to paint, by kind of key, from the first order on screen to the last."""
    terminal = Terminal((str(text), "--tokenizer", "word"), home=home)
    terminal.wait_for("|V|", seconds=300)
    terminal.press("2")
    terminal.wait_for(f"{MARKS[0]} n=1", seconds=120)
    found: dict[str, list[float]] = {"brackets": [], "digits": []}
    while f"{MARKS[4]} n=5" not in terminal.text:
        for key, order in (("[", 1), ("]", 2)):
            shown = f"{order}-grams by count", f"counting {order}-grams"
            found["brackets"].append(seconds_to(terminal, key, shown))
        for key in "12":
            found["digits"].append(seconds_to(terminal, key, (f"[{key} ",)))
    terminal.press("q")
    terminal.end()
    return found


def seconds_to_table(text: Path, home: Path, order: int) -> tuple[float, int]:
    """From counted n-grams of an order to their table on screen, and how many there are."""
    stamps = home / "stamps"
    stamps.unlink(missing_ok=True)
    program = RECORDER.format(path=str(stamps))
    terminal = Terminal((str(text), "--tokenizer", "word"), home=home, program=program)
    terminal.wait_for("|V|", seconds=300)
    terminal.press("2")
    terminal.wait_for("[2 ")
    terminal.press(*"]" * (order - 2))
    terminal.wait_for(f"{order}-grams by count", seconds=300, poll=0.001)
    shown = time.time()
    terminal.end()
    for line in stamps.read_text().splitlines():
        number, when, distinct = line.split()
        if int(number) == order:
            return shown - float(when), int(distinct)
    raise AssertionError("the order was never counted")


def row(name: str, seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p99 = ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]
    times = (statistics.median(ordered), p99, ordered[-1])
    return f"| {name} | {len(ordered)} | " + " | ".join(f"{t * 1000:.0f} ms" for t in times) + " |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--words", type=int, default=22_500_000)
    parser.add_argument("--table-words", type=int, default=3_400_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        large, small = home / "large.txt", home / "small.txt"
        write_corpus(large, options.words)
        write_corpus(small, options.table_words)
        print("| while counting | keys | median | p99 | max |\n|---|---|---|---|---|")
        for kind, seconds in keys_while_counting(large, home).items():
            print(row(kind, seconds), flush=True)
        print("\n| distinct n-grams | order | counted to painted |\n|---|---|---|")
        for order in (4, 5):
            measured = [seconds_to_table(small, home, order) for _ in range(options.rounds)]
            median = statistics.median(seconds for seconds, _distinct in measured)
            print(f"| {measured[0][1]:,} | {order} | {median * 1000:.0f} ms |", flush=True)


if __name__ == "__main__":
    main()
