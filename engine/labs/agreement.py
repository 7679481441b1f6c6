"""A made language with one rule over a distance, and who keeps it.

A line is A x … x a or B x … x b, with d fillers of four kinds between opener and closer. Asked is
only which of the two closers comes: accuracy over all tokens would hide it among fillers that
nothing can predict. A test consists of pairs of lines that differ in nothing but opener and closer,
so that who does not see the opener is right exactly half of the time.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from seqtui.corpora.progress import OnProgress, report

ALPHABET = b"ABabwxyz\n"
"""Openers, closers, fillers and the end of a line; its places are the ids of the networks."""
OPENERS, CLOSERS, FILLERS, END = b"AB", b"ab", b"wxyz", b"\n"
PAIRS = 200
"""Of a test, 400 lines."""
TRAIN_SEED, TEST_SEED, BEFORE_SEED = 100, 999, 5
BEFORE = 3
"""Lines that a network reads before each line of a test."""
ROWS, WINDOW, EMBEDDING, RATE = 32, 64, 16, 0.005
STEPS_FIXED, STEPS_MIXED = 600, 2_000
"""Steps of a training with one distance, and with several."""
EVERY = 50
"""Steps between two tests."""


@dataclass(frozen=True, slots=True)
class Learned:
    """How far a network came: its steps, and the share of closers it chose right by distance."""

    kind: str
    steps: int
    right: tuple[float, ...]


def agreement_lines(count: int, nearest: int, farthest: int, seed: int) -> list[bytes]:
    """Lines with distances drawn evenly from `nearest` to `farthest`."""
    random = np.random.default_rng(seed)
    kinds = random.integers(2, size=count).tolist()
    gaps = random.integers(nearest, farthest + 1, size=count)
    drawn = _fillers(random, int(gaps.sum()))
    ends = np.cumsum(gaps).tolist()
    return [
        OPENERS[kind : kind + 1] + drawn[end - gap : end] + CLOSERS[kind : kind + 1] + END
        for kind, gap, end in zip(kinds, gaps.tolist(), ends, strict=True)
    ]


def agreement_pairs(count: int, distance: int, seed: int) -> list[bytes]:
    """Two lines for each of `count` drawn fillings: with A and a, and with B and b."""
    random = np.random.default_rng(seed)
    lines = []
    for _pair in range(count):
        between = _fillers(random, distance)
        lines += [b"A" + between + b"a" + END, b"B" + between + b"b" + END]
    return lines


def _fillers(random: np.random.Generator, count: int) -> bytes:
    return np.frombuffer(FILLERS, np.uint8)[random.integers(4, size=count)].tobytes()


def ngram_choice(
    train: Sequence[bytes],
    n: int,
    test: Sequence[bytes],
    on_progress: OnProgress | None = None,
) -> float:
    """The share of closers that an n-gram chooses right; a tie is half right.

    It goes by the longest context of up to n-1 tokens after which it has seen either closer.
    Raises Cancelled.
    """
    text = END + b"".join(train)
    ends = np.cumsum([len(line) for line in train]) - 1  # of the closers, after the first END
    closers = [(int(end), text[end : end + 1]) for end in ends]
    score, left = 0.0, [(END + line[:-2], line[-2:-1]) for line in test]
    for length in range(n - 1, -1, -1):
        report(on_progress, n - 1 - length, n)
        if not any(len(read) >= length for read, _closer in left):
            continue
        seen = Counter(
            (text[end - length : end], closer) for end, closer in closers if end >= length
        )
        undecided = []
        for read, closer in left:
            context = read[len(read) - length :] if len(read) >= length else None
            a, b = (0, 0) if context is None else (seen[context, b"a"], seen[context, b"b"])
            if not a + b and length:
                undecided.append((read, closer))
            else:
                score += 0.5 if a == b else float((b"a" if a > b else b"b") == closer)
        left = undecided
        if not left:
            break
    return score / len(test)


def contexts_of(distance: int) -> int:
    """How many different contexts reach from an opener to its closer: 2 · 4^d."""
    found: int = 2 * len(FILLERS) ** distance
    return found


def learn(
    kind: str,
    train: Sequence[bytes],
    steps: int,
    hidden: int,
    seed: int,
    distances: Sequence[int],
    seconds: float,
    on_progress: OnProgress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Learned]:
    """Train a recurrent network and test it by distance as it goes, for so many seconds at most.

    The state is carried and detached over windows of 64 tokens, and forgotten at the text's end;
    AdamW with a rate that falls along a cosine. torch's random state is left alone. Raises
    Cancelled.
    """
    import torch
    from torch.nn import functional

    from seqtui.engine.networks.recurrent import RecurrentNetwork, State

    began = clock()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = RecurrentNetwork(kind, len(ALPHABET), hidden, embedding=EMBEDDING)
    ids = torch.from_numpy(_ids(b"".join(train)))
    width = (len(ids) - 1) // ROWS
    window = min(WINDOW, width)
    inputs = ids[: ROWS * width].view(ROWS, width)
    targets = ids[1 : ROWS * width + 1].view(ROWS, width)
    optimiser = torch.optim.AdamW(network.parameters(), RATE)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    state: State | None = None
    place = 0
    for step in range(1, steps + 1):
        report(on_progress, step, steps)
        if place + window > width:
            state, place = None, 0
        part = slice(place, place + window)
        place += window
        logits, state = network(inputs[:, part], state)
        state = (
            tuple(each.detach() for each in state) if isinstance(state, tuple) else state.detach()
        )
        loss = functional.cross_entropy(logits.flatten(0, 1), targets[:, part].flatten())
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        falling.step()
        late = clock() - began > seconds
        if step % EVERY == 0 or step == steps or late:
            right = tuple(_network_choice(network, train, distance) for distance in distances)
            yield Learned(kind, step, right)
        if late:
            return


def _network_choice(network: object, train: Sequence[bytes], distance: int) -> float:
    import torch

    before = b"".join(train[:BEFORE])
    test = agreement_pairs(PAIRS, distance, TEST_SEED)
    rows = np.stack([_ids(before + line[:-2]) for line in test])
    with torch.inference_mode():
        logits = network(torch.from_numpy(rows))[0][:, -1].double()  # type: ignore[operator]
    more = (logits[:, ALPHABET.index(b"a")] - logits[:, ALPHABET.index(b"b")]).numpy()
    own = np.where([line.endswith(b"a\n") for line in test], more, -more)
    return float(np.mean(np.where(own == 0, 0.5, own > 0)))


def _ids(text: bytes) -> np.ndarray:
    table = np.zeros(256, dtype=np.int64)
    table[np.frombuffer(ALPHABET, np.uint8)] = np.arange(len(ALPHABET))
    return table[np.frombuffer(text, np.uint8)]
