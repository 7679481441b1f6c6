"""How many bits a text takes: by compressors, by a model that has read before, and by one that
learns while it codes.

An ideal code gives the token w after h the length -log2 P(w | h), so a model's summed surprise is
the size of the file that an arithmetic coder would write with it (Shannon 1948; Witten, Neal and
Cleary 1987).
"""

from __future__ import annotations

import bz2
import lzma
import math
import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.errors import Cancelled
from seqtui.corpora.progress import OnProgress, report

COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "zlib": lambda data: zlib.compress(data, 9),
    "bz2": lambda data: bz2.compress(data, 9),
    "xz": lambda data: lzma.compress(data, preset=9 | lzma.PRESET_EXTREME),
}
"""Compressors that every Python has, at their strongest."""

Ids = NDArray[np.int64]


def whole_bytes(bits: float) -> int:
    """Bytes of a code of so many bits."""
    return math.ceil(bits / 8)


def adaptive_add_one(ids: Ids, size: int, order: int) -> float:
    """Bits of a text coded by add-one n-grams that know nothing but |V| at first, and count as
    they code: -∑ log2 (c(h w) + 1) / (c(h) + |V|) with the counts of what came before."""
    histories = _histories(ids, order)
    grams = _pairs(histories, ids)
    return float(-np.log2((_before(grams) + 1) / (_before(histories) + size)).sum())


def adaptive_witten_bell(
    ids: Ids, size: int, order: int, on_progress: OnProgress | None = None
) -> float:
    """The same by Witten-Bell n-grams, interpolated down to 1/|V| (Witten and Bell 1991).

    P(w | h) = (c(h w) + t(h) P(w | h')) / (c(h) + t(h)), where t(h) types have followed h so far.
    """
    probability = np.full(len(ids), 1.0 / size)
    for n in range(1, order + 1):
        report(on_progress, n - 1, order)
        histories = _histories(ids, n)
        seen = _before(_pairs(histories, ids))
        times, types = _before(histories), _before(histories, seen == 0)
        known = times > 0
        mixed = (seen + types * probability) / np.maximum(times + types, 1)
        probability = np.where(known, mixed, probability)
    return float(-np.log2(probability).sum())


def compressed(text: str, on_progress: OnProgress | None = None) -> dict[str, int]:
    """Bytes of a text by each compressor. Raises Cancelled."""
    data = text.encode()
    sizes = {}
    for number, (name, compress) in enumerate(COMPRESSORS.items()):
        if on_progress is not None and not on_progress(number, len(COMPRESSORS)):
            raise Cancelled
        sizes[name] = len(compress(data))
    return sizes


def _histories(ids: Ids, order: int) -> Ids:
    """A number for the history of each token: the n-1 tokens before it, fewer at the start."""
    found = np.zeros(len(ids), dtype=np.int64)
    for back in range(1, order):
        before = np.full(len(ids), -1, dtype=np.int64)
        before[back:] = ids[:-back]
        found = _pairs(found, before + 1)
    return found


def _pairs(one: Ids, other: Ids) -> Ids:
    """A number for each pair, from 0."""
    keys = one * (int(other.max(initial=0)) + 1) + other
    numbers: Ids = np.unique(keys, return_inverse=True)[1].astype(np.int64)
    return numbers


def _before(groups: Ids, counted: NDArray[np.bool_] | None = None) -> Ids:
    """For each place: how many of the places before it are of its group, and `counted`."""
    order = np.argsort(groups, kind="stable")
    ones = np.ones(len(groups), np.int64) if counted is None else counted[order].astype(np.int64)
    sums = np.cumsum(ones) - ones
    sorted_groups = groups[order]
    starts = np.flatnonzero(np.diff(sorted_groups, prepend=-1))
    firsts = np.repeat(sums[starts], np.diff(np.append(starts, len(groups))))
    found = np.empty(len(groups), dtype=np.int64)
    found[order] = sums - firsts
    return found
