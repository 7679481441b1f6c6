"""Single cases: huge or deep files that a user may well have, and formats that fail on purpose."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fuzz.box import Box
from fuzz.saved_runs import RunFiles, exported, listed, resume, watched

from seqtui.engine.labs import hand_in
from seqtui.tui.preferences import Preferences

MIB = 1 << 20


class Bulky(RunFiles):
    """One case, with a run at hand."""

    def __init__(self, name: str, use: Callable[[Box, Path], Any]) -> None:
        super().__init__(f"bulky: {name}", "run.json")
        self._use = use

    def use(self, rng: random.Random, box: Box) -> None:
        """Set it up and use it."""
        run = box.runs / "case"
        shutil.copytree(box.seeds / "runs" / "gru", run)
        self._use(box, run)


def _read_run(box: Box, run: Path) -> None:
    """All that reads a run's folder."""
    rng = random.Random(1)
    for use in (listed, exported, exported, exported, watched, resume):
        use(rng, box, run)


def _metrics(data: Callable[[], bytes]) -> Callable[[Box, Path], None]:
    def use(box: Box, run: Path) -> None:
        path = run / "metrics.jsonl"
        path.write_bytes(path.read_bytes() + data() + b"\n" + path.read_bytes())
        _read_run(box, run)

    return use


def _deep_json(name: str) -> Callable[[Box, Path], None]:
    def use(box: Box, run: Path) -> None:
        (run / name).write_bytes(b"[" * 200_000)
        _read_run(box, run)

    return use


def _sparse(name: str) -> Callable[[Box, Path], None]:
    def use(box: Box, run: Path) -> None:
        os.truncate(run / name, 1 << 40)
        _read_run(box, run)

    return use


def _arpa(data: Callable[[], bytes]) -> Callable[[Box, Path], None]:
    def use(box: Box, run: Path) -> None:
        (box.work / "model.arpa.gz").write_bytes(data())
        box.command("score", "model.arpa.gz", "the time")

    return use


def _bomb() -> bytes:
    """A line without an end: 6 MB of gzip that become 6 GB."""
    piece = gzip.compress(b"x" * (64 * MIB), 9)
    return gzip.compress(b"\\data\\\nngram 1=1\n\n\\1-grams:\n-1\t") + piece * 96


def _preferences(box: Box, run: Path) -> None:
    box.use("write", lambda: Preferences().remember_theme("textual-light"))
    next(box.home.rglob("preferences.json")).write_bytes(b'{"lab":' * 200_000)
    box.use("read", lambda: Preferences().remember_lab("gradients"))


def _deep_hand_in(box: Box, run: Path) -> None:
    path = box.work / "z1.seqtui.json"
    path.write_bytes(b'{"events":[' * 200_000)
    box.use("read", lambda: hand_in.read_hand_in(path))


def _settings(data: bytes) -> Callable[[Box, Path], None]:
    def use(box: Box, run: Path) -> None:
        (box.work / "settings.toml").write_bytes(data)
        box.put(box.work / "text.txt", b"a b c\n" * 100)
        box.command("train", "text.txt", "--config", "settings.toml", "--run-dir", "new")

    return use


def _text(data: bytes) -> Callable[[Box, Path], None]:
    def use(box: Box, run: Path) -> None:
        (box.work / "text.txt").write_bytes(data)
        box.command("corpus", "show", "text.txt", "--json")
        box.command("ngrams", "text.txt", "--order", 3, "--json")

    return use


BULKY_FORMATS = (
    Bulky("metrics of 200 MB of newlines", _metrics(lambda: b"\n" * (200 * MIB))),
    Bulky("metrics of one line of 50 MB", _metrics(lambda: b"{" * (50 * MIB))),
    Bulky("metrics of 20 million short lines", _metrics(lambda: b"x\n" * (20 * MIB))),
    Bulky("metrics nested deeply", _metrics(lambda: (b'{"event":' * 200_000 + b"\n") * 5)),
    *(
        Bulky(f"{name} nested deeply", _deep_json(name))
        for name in ("run.json", "vocabulary.json", "lock")
    ),
    *(
        Bulky(f"{name} of a terabyte", _sparse(name))
        for name in ("run.json", "vocabulary.json", "metrics.jsonl", "last.safetensors")
    ),
    Bulky("ARPA of one line without an end", _arpa(_bomb)),
    Bulky("ARPA of newlines", _arpa(lambda: gzip.compress(b"\n" * (512 * MIB), 9))),
    Bulky(
        "ARPA of newlines after the head",
        _arpa(lambda: gzip.compress(b"\\data\\\nngram 1=1\n" + b"\n" * (512 * MIB), 9)),
    ),
    Bulky("preferences nested deeply", _preferences),
    Bulky("hand-in nested deeply", _deep_hand_in),
    Bulky("settings nested deeply", _settings(b"a = " + b"[" * 200_000)),
    Bulky("settings of many dots", _settings(b"a." * 200_000 + b"b = 1")),
    Bulky("settings of one long number", _settings(b"steps = " + b"9" * 1_000_000)),
    Bulky("text of 20 MB without a line end", _text(b"abcdefghij" * (2 * MIB))),
    Bulky("text of 10 MB of newlines", _text(b"\n" * (10 * MIB))),
    Bulky("text of a million combining marks", _text("e\u0301\u0302".encode() * 300_000)),
)


class Failing:
    """A format that goes wrong in a way that the harness must see."""

    memory = False

    def __init__(self, name: str, fail: Callable[[Box], Any]) -> None:
        self.name = f"self-test: {name}"
        self._fail = fail

    def prepare(self, box: Box) -> None:
        """Nothing."""

    def use(self, rng: random.Random, box: Box) -> None:
        """Go wrong."""
        self._fail(box)


FAILING_FORMATS = (
    Failing("raise", lambda box: box.use("divide", lambda: 1 / 0)),
    Failing("hang", lambda box: time.sleep(60)),
    Failing("crash", lambda box: os.abort()),
    Failing("outside", lambda box: box.precious.write_text("yours")),
    Failing("memory", lambda box: bytearray(1 << 40)),
)
