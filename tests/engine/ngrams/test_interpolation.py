"""Weights of a linear interpolation: those under which the held-out tenth is likeliest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest

from seqtui.engine.ngrams import interpolation
from seqtui.engine.ngrams.backoff import Boundaries
from seqtui.engine.ngrams.model import NgramModel

BEGIN, END = 0, 1
SIZE = 400


def lines_of_words(number: int) -> list[list[int]]:
    """Lines of a chain: seven words that follow one another, and now and then any of 398."""
    rng = np.random.default_rng(5)
    lines = []
    for _ in range(number):
        line = [int(rng.integers(2, SIZE))]
        while rng.random() > 0.1:
            line.append(line[-1] % 7 + 2 if rng.random() < 0.8 else int(rng.integers(2, SIZE)))
        lines.append(line)
    return lines


def fitted(
    text: Sequence[int], order: int, boundaries: Boundaries | None
) -> tuple[tuple[float, ...], list[list[tuple[int, int] | None]]]:
    """The weights, and for each held-out target c(h w) and c(h ·) of each order."""
    ids = np.array(text, dtype=np.int32)
    model = NgramModel.fit(ids, order, SIZE, "linear-interpolation", boundaries=boundaries)
    cut = len(text) - len(text) // 10
    counts: Counter[tuple[int, ...]] = Counter()
    followed: Counter[tuple[int, ...]] = Counter()
    for at in range(cut):
        for n in range(1, order + 1):
            gram = tuple(text[at : at + n])
            if (
                at + n > cut
                or (boundaries and END in gram[:-1])
                or gram == (BEGIN,) * (boundaries is not None)
            ):
                continue
            counts[gram] += 1
            followed[gram[:-1]] += 1
    targets = []
    for at in range(cut, len(text)):
        if boundaries and text[at] == BEGIN:
            continue
        row: list[tuple[int, int] | None] = []
        for n in range(1, order + 1):
            gram = tuple(text[at - n + 1 : at + 1])
            there = at - n + 1 >= cut and followed[gram[:-1]]
            row.append((counts[gram], followed[gram[:-1]]) if there else None)
        targets.append(row)
    return model.estimator.parameters, targets


def likelihood(
    weights: Sequence[float], targets: Sequence[Sequence[tuple[int, int] | None]], types: int
) -> float:
    total = 0.0
    for row in targets:
        probability = 1 / types
        for weight, counted in zip(weights, row, strict=True):
            if counted is not None:
                probability = weight * counted[0] / counted[1] + (1 - weight) * probability
        total += math.log(probability)
    return total


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("by_line", [False, True])
def test_no_other_weights_make_the_held_out_tenth_likelier(order: int, by_line: bool) -> None:
    lines = lines_of_words(300)
    if by_line:
        text = [each for line in lines for each in (BEGIN, *line, END)]
    else:
        text = [each for line in lines for each in line]
    boundaries = Boundaries(BEGIN, END) if by_line else None
    weights, targets = fitted(text, order, boundaries)
    # `<s>` is never predicted: with lines one type fewer shares the uniform distribution.
    types = SIZE - by_line
    reached = likelihood(weights, targets, types)
    for at in range(order):
        for other in np.linspace(0.001, 0.999, 201).tolist():
            changed = [*weights[:at], other, *weights[at + 1 :]]
            assert likelihood(changed, targets, types) <= reached + 1e-6
    rng = np.random.default_rng(0)
    for _ in range(200):
        assert likelihood(rng.uniform(0, 1, order).tolist(), targets, types) <= reached + 1e-6


def test_a_weight_that_matters_little_is_found_all_the_same() -> None:
    """Of 300 lines the unigrams' weight is met only where the pair was not seen: EM creeps."""
    text = [each for line in lines_of_words(300) for each in (BEGIN, *line, END)]
    weights, targets = fitted(text, 2, Boundaries(BEGIN, END))
    best = max(
        np.linspace(0.001, 0.999, 999).tolist(),
        key=lambda each: likelihood((each, weights[1]), targets, SIZE - 1),
    )
    assert weights[0] == pytest.approx(best, abs=0.001)


def test_a_likelihood_with_two_peaks_is_settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of these lines a first step that is too long leads to a corner from which EM creeps."""
    a, b = 2, 3
    lines = [[], [a], [a], [b], [a] * 4, [a] * 4, [a] * 6, [a, a, a, a, b, a], [a, a, a, a, b, b]]
    lines += [[b, a, a, a, a, a], [], [b]]
    text = [each for line in lines for each in (BEGIN, *line, END)]
    rounds = []
    improved = interpolation._improved

    def counted(*arguments: Any) -> Any:
        rounds.append(arguments)
        return improved(*arguments)

    monkeypatch.setattr(interpolation, "_improved", counted)
    weights, targets = fitted(text, 2, Boundaries(BEGIN, END))
    assert len(rounds) < 20
    reached = likelihood(weights, targets, SIZE - 1)
    for pair in product(np.linspace(0.001, 0.999, 60).tolist(), repeat=2):
        assert likelihood(pair, targets, SIZE - 1) <= reached + 1e-6
