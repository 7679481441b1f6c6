"""Killed again and again, a run becomes what it would have been."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from killed_runs import forking, train_in

from seqtui.engine.runs.events import Evaluated, StepReport
from seqtui.engine.runs.run import open_run

KILLS = 20
SETTINGS: dict[str, Any] = {
    "model": "lstm",
    "layers": 2,
    "dropout": 0.3,
    "schedule": "cosine",
    "warmup_steps": 5,
    "steps": 300,
    "evaluate_every": 20,
    "checkpoint_every": 3,
    "threads": 1,
}


def test_a_run_killed_at_twenty_random_moments_is_bit_for_bit_the_same(tmp_path: Path) -> None:
    context = forking()
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    parts.mkdir()
    process = context.Process(target=train_in, args=(whole, SETTINGS))
    process.start()
    process.join(120)
    assert process.exitcode == 0

    moments = random.Random(4)
    kills = 0
    while kills < KILLS:
        process = context.Process(target=train_in, args=(parts, SETTINGS))
        process.start()
        written = size_of(parts)
        wanted = written + moments.randrange(1, 3_000)
        deadline = time.monotonic() + 60
        while process.is_alive() and size_of(parts) < wanted and size_of(parts) >= written // 2:
            assert time.monotonic() < deadline
        time.sleep(moments.random() / 100)  # into whatever it does then
        process.kill()
        process.join()
        assert process.exitcode == -9, "it ended before it could be killed: give it more steps"
        kills += 1
    process = context.Process(target=train_in, args=(parts, SETTINGS))
    process.start()
    process.join(120)
    assert process.exitcode == 0

    assert losses(parts) == losses(whole)
    assert weights(parts) == weights(whole)
    one, other = open_run(parts).document, open_run(whole).document
    assert one is not None
    assert other is not None
    for part in ("train", "held_out", "steps", "status"):
        assert one[part] == other[part]


def size_of(folder: Path) -> int:
    """Bytes of the run's metrics."""
    try:
        return (folder / "metrics.jsonl").stat().st_size
    except FileNotFoundError:
        return 0


def losses(folder: Path) -> list[tuple[str, int, float]]:
    """Kind, step and loss of every step and evaluation."""
    return [
        ("step", event.step, event.loss)
        if isinstance(event, StepReport)
        else (f"best {event.best}", event.step, event.evaluation.loss)
        for event in open_run(folder).events()
        if isinstance(event, StepReport | Evaluated)
    ]


def weights(folder: Path) -> dict[str, bytes]:
    from safetensors.numpy import load_file

    return {name: array.tobytes() for name, array in load_file(folder / "last.safetensors").items()}
