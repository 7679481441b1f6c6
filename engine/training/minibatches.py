"""Windows on the training part: two ways to cut a long sequence of ids into batches.

Both start each epoch at a random offset below the window's length, so that the windows differ
from epoch to epoch (Zhang et al., Dive into Deep Learning, 9.3). Drawn in random order, they make a
target of every token but the first sooner or later. In sequence they do not: what is left of each
row and of the text is no target in that epoch, and a few tokens are none at any offset (the last
three of 100, in 2 rows of 5 steps).
What epoch e looks like depends on the seed and e alone: `(epoch, index)` is a position in the
data, and a resumed run goes on from it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqtui.corpora.errors import InputError
from seqtui.engine.protocol import Ids
from seqtui.engine.settings.run_config import RunConfig


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows to train on at one step."""

    inputs: Ids
    """`[batch, steps]`."""
    targets: Ids
    """`[batch, steps]`: targets[i, t] is the id that follows inputs[i, t]."""
    starts_sequence: bool
    """Whether the windows do not continue those of the batch before: no state is carried in."""
    epoch: int
    index: int
    """Position in the epoch."""
    batches: int
    """Batches in the epoch."""


def sequential_windows(
    ids: Ids, batch_size: int, window: int, rng: np.random.Generator, epoch: int = 0, first: int = 0
) -> Iterator[Batch]:
    """Cut the text into `batch_size` long rows and walk along all of them.

    Row i of a batch continues row i of the batch before, so the state can be carried. Only full
    windows are given: fewer than `window` tokens at the end of each row, and fewer than
    `batch_size` at the end of the text, are left out. `first` skips as many batches.
    """
    offset = _offset(ids, batch_size, window, rng)
    length = (len(ids) - 1 - offset) // batch_size  # of a row
    used = batch_size * length
    rows = ids[offset : offset + used].reshape(batch_size, length)
    next_rows = ids[offset + 1 : offset + 1 + used].reshape(batch_size, length)
    batches = length // window
    for index in range(first, batches):
        part = slice(index * window, (index + 1) * window)
        yield Batch(rows[:, part], next_rows[:, part], index == 0, epoch, index, batches)


def random_windows(
    ids: Ids, batch_size: int, window: int, rng: np.random.Generator, epoch: int = 0, first: int = 0
) -> Iterator[Batch]:
    """Cut the text into windows one after the other and draw them in random order.

    Each is drawn at most once an epoch; a last batch that would not be full is left out, and so are
    fewer than `window` tokens at the end of the text. `first` skips as many batches.
    """
    offset = _offset(ids, batch_size, window, rng)
    windows = (len(ids) - 1 - offset) // window
    starts = offset + window * rng.permutation(windows)
    batches = windows // batch_size
    steps = np.arange(window)
    for index in range(first, batches):
        chosen = starts[index * batch_size : (index + 1) * batch_size]
        inputs = chosen[:, None] + steps  # positions in ids
        yield Batch(ids[inputs], ids[inputs + 1], True, epoch, index, batches)


SAMPLERS = {"sequential": sequential_windows, "random": random_windows}


def endless_windows(ids: Ids, config: RunConfig, epoch: int, first: int) -> Iterator[Batch]:
    """The batches of a run from a position in the data on, epoch after epoch.

    Raises InputError if the text is too short for one batch.
    """
    check_length(ids, config)
    for each in itertools.count(epoch):
        rng = np.random.default_rng([config.seed, each])
        sampler = SAMPLERS[config.sampling]
        yield from sampler(ids, config.batch_size, config.window, rng, each, first)
        first = 0


def batches_in(tokens: int, config: RunConfig, epochs: int) -> int:
    """How many batches the first `epochs` epochs of a text of so many tokens have."""
    total = 0
    for epoch in range(epochs):
        offset = _draw_offset(
            tokens, config.batch_size, config.window, np.random.default_rng([config.seed, epoch])
        )
        targets = tokens - 1 - offset
        if config.sampling == "sequential":
            total += targets // config.batch_size // config.window
        else:
            total += targets // config.window // config.batch_size
    return total


def check_length(ids: Ids, config: RunConfig) -> None:
    """Raise InputError if the text is too short for one batch."""
    needed = config.batch_size * config.window + 1
    if len(ids) < needed:
        raise InputError(
            "--batch-size {batch_size} --window {window}: one batch needs "
            "{needed:,} training tokens and the text has {tokens:,}; "
            "lower one of them or take a longer text",
            option="batch_size",
            batch_size=config.batch_size,
            window=config.window,
            needed=needed,
            tokens=len(ids),
        )


def _offset(ids: Ids, batch_size: int, window: int, rng: np.random.Generator) -> int:
    return _draw_offset(len(ids), batch_size, window, rng)


def _draw_offset(tokens: int, batch_size: int, window: int, rng: np.random.Generator) -> int:
    """A random offset in 0..window-1, smaller where a short text would lose its only batch."""
    return int(rng.integers(0, max(min(window, tokens - batch_size * window), 1)))
