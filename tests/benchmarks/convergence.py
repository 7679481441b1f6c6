"""How long it takes to reach a held-out perplexity, side by side in one run.

    python tests/benchmarks/convergence.py timemachine.txt [--target 6.5] [--rounds N]

prints one table: seconds of training (evaluations not counted) until the held-out perplexity of
the text (`d2l-zh` cleaning, characters, 90/10) is at most the target, for d2l's recipe with
d2l's own training step (the network of `steps.py`: 32 rows of 35 steps, 256 hidden units, plain
SGD with rate 1, clipped at 1), for `--model lstm` with the defaults of `seqtui train`, and for the
recipe `quick`. Run it with nothing else running.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from steps import ScratchModel, sgd_by_hand
from torch.nn import functional

from seqtui.corpora.catalogue import open_text
from seqtui.corpora.corpus import Corpus, CorpusOptions, build_corpus
from seqtui.engine.held_out import evaluate_part
from seqtui.engine.networks.model import NeuralModel
from seqtui.engine.networks.rnn_scratch import ScratchRNN
from seqtui.engine.settings.recipes import recipe_of
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.training.device import Device
from seqtui.engine.training.distributed import Processes
from seqtui.engine.training.minibatches import Batch, sequential_windows
from seqtui.engine.training.step import Stepper

CPU = Device("cpu", "cpu", "asked for", "cpu")
EVERY = 25
"""Steps between two looks at the held-out text."""
LIMIT = 300.0
"""Seconds after which a contestant is given up."""


class Contestant:
    """Something that trains: `step` takes one step, `model` is what it has learned so far."""

    def __init__(self, step: Callable[[], None], model: Callable[[], NeuralModel]) -> None:
        self.step, self.model = step, model


def d2l_s(corpus: Corpus) -> Contestant:
    """d2l's recipe, its state carried and detached from window to window."""
    size = len(corpus.training_vocabulary)
    ids = corpus.split.train.ids
    torch.manual_seed(0)
    plain = ScratchModel(size, 256)
    rng = np.random.default_rng(0)

    def batches() -> Iterator[Batch]:
        while True:
            yield from sequential_windows(ids, 32, 35, rng)

    source, state = batches(), None

    def step() -> None:
        nonlocal state
        batch = next(source)
        X, Y = (torch.from_numpy(x.astype(np.int64)) for x in (batch.inputs, batch.targets))
        before = None if batch.starts_sequence or state is None else state.detach()
        outputs, state = plain(X, before)
        functional.cross_entropy(outputs, Y.T.reshape(-1)).backward()
        sgd_by_hand(plain.params)

    def model() -> NeuralModel:
        """The same weights in a module that can be scored."""
        module = ScratchRNN(size, 256)
        for parameter, learned in zip(module.parameters(), plain.params, strict=True):
            parameter.data = learned.data
        return NeuralModel(module, size)

    return Contestant(step, model)


def ours(corpus: Corpus, settings: Mapping[str, Any]) -> Contestant:
    """A run's settings, stepped as the training loop steps them."""
    config = RunConfig(corpus="", device="cpu", **settings)
    size = len(corpus.training_vocabulary)
    stepper = Stepper(config, size, CPU, Processes(None, CPU), config.steps)
    batches = stepper.batches(corpus.split.train.ids)

    def step() -> None:
        stepper.step(next(batches))

    return Contestant(step, lambda: stepper.model)


def seconds_to(contestant: Contestant, corpus: Corpus, target: float) -> tuple[float, int, float]:
    """Seconds of training and steps until the target, and the perplexity reached."""
    seconds, steps, found = 0.0, 0, float("inf")
    while found > target and seconds < LIMIT:
        start = time.perf_counter()
        for _ in range(EVERY):
            contestant.step()
        seconds += time.perf_counter() - start
        steps += EVERY
        evaluation = evaluate_part(
            contestant.model(),
            corpus.split.held_out,
            "held-out",
            corpus.training_vocabulary,
            corpus.options,
        )
        assert evaluation is not None
        found = evaluation.perplexity
    return seconds, steps, found


def main() -> None:
    """Train each contestant to the target, in turns, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("--target", type=float, default=6.5)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    corpus = build_corpus(open_text(str(given.text), None), CorpusOptions(cleaning="d2l-zh"))
    print(f"load {os.getloadavg()[0]:.1f} at the start\n", file=sys.stderr)
    contestants: dict[str, Callable[[], Contestant]] = {
        "d2l's recipe": lambda: d2l_s(corpus),
        "--model lstm": lambda: ours(corpus, {"model": "lstm"}),
        "--recipe quick": lambda: ours(corpus, recipe_of("quick").settings),
    }
    found: dict[str, list[tuple[float, int, float]]] = {name: [] for name in contestants}
    for _ in range(given.rounds):
        for name, contestant in contestants.items():
            found[name].append(seconds_to(contestant(), corpus, given.target))
    baseline = [seconds for seconds, _, _ in found["d2l's recipe"]]
    print(f"| until perplexity {given.target:g} | seconds | steps | reached | quicker by |")
    print("| --- | --- | --- | --- | --- |")
    for name, results in found.items():
        seconds = [each[0] for each in results]
        ratio = statistics.median(a / b for a, b in zip(baseline, seconds, strict=True))
        print(
            f"| {name} | {statistics.median(seconds):.1f} | {results[0][1]:,} "
            f"| {results[0][2]:.2f} | {ratio:.1f} |"
        )


if __name__ == "__main__":
    main()
