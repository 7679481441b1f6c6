"""Files of a run's folder, spoiled, and all that reads a run."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
from fuzz.box import Box, Finding
from fuzz.mutations import bytes_changed, json_bytes, json_changed, lines_changed, texts_of

from seqtui.engine.runs import lock
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import Event, StepReport
from seqtui.engine.runs.following import RunFollower
from seqtui.engine.runs.history import History
from seqtui.engine.runs.remote_control import ControlFile, RemoteControl

TEXT = "the time traveller came back again to the machine of a night\n" * 40
OLD = Path(__file__).parents[1] / "fixtures" / "runs-0.1.0"
SMALL = "--hidden 6 --batch-size 2 --window 5 --steps 6 --evaluate-every 3 --device cpu --threads 1"
MODELS = {
    "ngram": "--model ngram --order 2 --smoothing katz",
    "words": "--model ngram --order 3 --smoothing modified-kneser-ney --tokenizer word",
    "infinity": "--model infinity-gram",
    "gru": f"--model gru {SMALL}",
    "rnn": f"--model rnn-scratch --sample-every 2 {SMALL}",
}


class RunFiles:
    """One file of a run's folder."""

    memory = True

    def __init__(self, name: str, file: str) -> None:
        self.name = name
        self.file = file

    def prepare(self, box: Box) -> None:
        """Train the runs that are spoiled, once a worker."""
        folder = box.seeds / "runs"
        if folder.exists():
            return
        corpus = box.seeds / "text.txt"
        corpus.write_text(TEXT)
        for name, options in MODELS.items():
            code = box.command("train", corpus, "--run-dir", folder / name, *options.split())
            assert code == 0, name
        for each in OLD.iterdir():
            shutil.copytree(each, folder / f"old-{each.name}")

    def use(self, rng: random.Random, box: Box) -> None:
        """Spoil one of the runs and do with it what a user does."""
        seeds = [each for each in sorted((box.seeds / "runs").iterdir()) if self.fits(each)]
        run = box.runs / "case"
        shutil.copytree(rng.choice(seeds), run)
        box.put_or_strange(run / self.file, lambda: self.spoiled(rng, run))
        for use in rng.sample([*USES, *self.more()], k=rng.choice([1, 2, 2, 3])):
            if not (run / "run.json").is_symlink() and not run.exists():
                break
            use(rng, box, run)

    def fits(self, seed: Path) -> bool:
        """Whether a run can be spoiled so."""
        return (seed / self.file).exists()

    def more(self) -> tuple[Any, ...]:
        """Further uses, of this file."""
        return ()

    def spoiled(self, rng: random.Random, run: Path) -> bytes:
        """The new content."""
        data = (run / self.file).read_bytes()
        if rng.random() < 0.15:
            return bytes_changed(rng, data)
        return json_bytes(rng, json.loads(data))


class Metrics(RunFiles):
    """metrics.jsonl."""

    def more(self) -> tuple[Any, ...]:
        return (exported, exported, exported, watched, watched, watched, resume, resume)

    def spoiled(self, rng: random.Random, run: Path) -> bytes:
        data = (run / self.file).read_bytes()
        if rng.random() < 0.15:
            return bytes_changed(rng, data)
        return lines_changed(rng, data)


class Lock(RunFiles):
    """The lock, as a process of this host or another writes it."""

    def fits(self, seed: Path) -> bool:
        return True

    def spoiled(self, rng: random.Random, run: Path) -> bytes:
        with lock.locked(run):
            data = json.loads((run / "lock").read_bytes())
        if rng.random() < 0.3:
            data["process"] = rng.choice([1, 2**22, 2**31, 2**62, 10**400])
        if rng.random() < 0.2:
            data["host"] = texts_of(rng)
        return json_bytes(rng, data)


class ControlLines(RunFiles):
    """control.jsonl, with requests of the project's own and others."""

    def fits(self, seed: Path) -> bool:
        return True

    def more(self) -> tuple[Any, ...]:
        return (obey,) * 8

    def spoiled(self, rng: random.Random, run: Path) -> bytes:
        (run / self.file).unlink(missing_ok=True)
        with lock.locked(run):
            ask = RemoteControl(run, lambda event: None)
            ask.set_learning_rate(0.01)
            ask.sample("the time", 0.8)
            ask.save()
            ask.pause()
            ask.resume()
        data = (run / self.file).read_bytes()
        return bytes_changed(rng, data) if rng.random() < 0.1 else lines_changed(rng, data)


class Checkpoints(RunFiles):
    """Both checkpoints: the length, the header, the metadata in it, and the numbers."""

    def more(self) -> tuple[Any, ...]:
        return (evaluate, generate, score, resume)

    def spoiled(self, rng: random.Random, run: Path) -> bytes:
        data = (run / self.file).read_bytes()
        length = int.from_bytes(data[:8], "little")
        head, body = json.loads(data[8 : 8 + length]), data[8 + length :]
        kind = rng.randrange(6)
        if kind == 0:
            return bytes_changed(rng, data)
        if kind == 1:
            size = rng.choice([0, 1, length - 1, length + 1, 2**31, 2**63, 2**64 - 1])
            return struct.pack("<Q", size) + data[8:]
        if kind == 2:
            numbers = np.frombuffer(body[: len(body) // 4 * 4], "<f4").copy()
            for _ in range(rng.choice([1, 5, 100])):
                at = rng.randrange(len(numbers))
                numbers[at] = rng.choice([np.nan, np.inf, -np.inf, 1e38, -1e38, 0])
            return data[: 8 + length] + numbers.tobytes() + body[len(body) // 4 * 4 :]
        if kind in (3, 4) and head.get("__metadata__"):
            names = sorted(head["__metadata__"])
            name = rng.choice(names)
            text = head["__metadata__"][name]
            with contextlib.suppress(ValueError):
                text = json_bytes(rng, json.loads(text)).decode("utf-8", "replace")
            head["__metadata__"][name] = text
            made = json.dumps(head).encode()
        else:
            made = json.dumps(json_changed(rng, head)).encode("utf-8", "surrogatepass")
        made += b" " * (-len(made) % 8)
        return struct.pack("<Q", len(made)) + made + body


# What a user does with a run.


def listed(rng: random.Random, box: Box, run: Path) -> None:
    box.command("runs", *rng.choice([[], ["--json"], ["list", "case"], ["path", "case"]]))


def exported(rng: random.Random, box: Box, run: Path) -> None:
    kind = rng.choice(["csv", "jsonl", "tensorboard"])
    place = ["--output", box.work / "events"] if kind == "tensorboard" else []
    box.command("runs", "export", run, "--to", kind, *place)


def evaluate(rng: random.Random, box: Box, run: Path) -> None:
    kind = rng.choice(["best", "last"])
    box.command("evaluate", run, "--checkpoint", kind, *_json(rng), "--threads", 1)


def generate(rng: random.Random, box: Box, run: Path) -> None:
    kind = rng.choice(["best", "last"])
    box.command("generate", run, "--tokens", 5, "--checkpoint", kind, *_json(rng), "--threads", 1)


def score(rng: random.Random, box: Box, run: Path) -> None:
    box.command("score", run, "the time", *_json(rng), "--threads", 1)


def resume(rng: random.Random, box: Box, run: Path) -> None:
    box.command(
        "train", "--resume", run, *rng.choice([["--steps", 9], ["--steps", 6]]), "--threads", 1
    )


def as_settings(rng: random.Random, box: Box, run: Path) -> None:
    box.command(
        *("train", "--config", run / "run.json", "--model", "ngram", "--order", 2),
        *("--run-dir", box.work / "again"),
    )


def renamed(rng: random.Random, box: Box, run: Path) -> None:
    box.command("runs", "rename", "case", rng.choice(["other", texts_of(rng)]))


def deleted(rng: random.Random, box: Box, run: Path) -> None:
    box.command("runs", "delete", "case", "--yes")


def watched(rng: random.Random, box: Box, run: Path) -> None:
    def follow() -> None:
        history = History()
        follower = RunFollower(run)
        for _ in range(5):
            for event in follower.poll():
                history.add(event)
        _ = follower.run.state, history.phase

    box.use("follow", follow)


def obey(rng: random.Random, box: Box, run: Path) -> None:
    """A process that trains gets the requests: first as lines, then as what they ask."""
    from small_runs import Listener, small_config, small_corpus

    from seqtui.engine.launch import launch
    from seqtui.engine.runs.request import RunRequest

    path = run / "control.jsonl"
    kept = path.with_name("kept")
    if os.path.lexists(path):
        path.rename(kept)
    control, events, now = Control(), list[Event](), [0.0]
    file = ControlFile(run, control, events.append, lambda: now[0])
    if os.path.lexists(kept):
        kept.rename(path)

    def hear() -> None:
        for _ in range(5):
            now[0] += 20
            file()
        control.resume()
        shutil.rmtree(box.work / "asked", ignore_errors=True)
        listener = Listener()
        config = small_config(steps=3, hidden=4, threads=1)
        with contextlib.suppress(RuntimeError):  # a learning rate for which it diverges
            launch(RunRequest(config, small_corpus(600), box.work / "asked"), listener, control)
            if not control.stopping and not listener.of(StepReport):
                raise Finding("the run did nothing")

    box.use("obey", hear)


def _json(rng: random.Random) -> list[str]:
    return rng.choice([[], ["--json"]])


USES = (listed, exported, evaluate, generate, score, resume, renamed, deleted, watched)
RUN_FORMATS = (
    RunFiles("run.json", "run.json"),
    RunFiles("vocabulary.json", "vocabulary.json"),
    Metrics("metrics.jsonl", "metrics.jsonl"),
    ControlLines("control.jsonl", "control.jsonl"),
    Lock("lock", "lock"),
    Checkpoints("last.safetensors", "last.safetensors"),
    Checkpoints("best.safetensors", "best.safetensors"),
)
