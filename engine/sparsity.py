"""Why counting does not reach far: how many n-grams are possible, and how few are ever seen."""

from __future__ import annotations

import math

import numpy as np

from seqtui.engine.counts import NgramCounts
from seqtui.engine.protocol import Ids

_PIECE = 1 << 18


def power_of_ten(base: int, exponent: int) -> tuple[float, int]:
    """`base ** exponent` as a mantissa from 1 to below 10 and a power: 8000^100 is 2.04e390."""
    digits = str(base**exponent)  # exact; 100 tokens of any vocabulary are some hundred digits
    # Sixteen of them: with more, a number just below a power of ten rounds up to 10.
    return float(f"{digits[0]}.{digits[1:16] or 0}"), len(digits) - 1


def written_power(base: int, exponent: int) -> str:
    """The same in a few cells: `2.0e390`; small numbers in full."""
    number = base**exponent
    if number < 10**9:
        return f"{number:,}"
    mantissa, power = power_of_ten(base, exponent)
    return f"{math.floor(mantissa * 10) / 10:.1f}e{power}"


def unseen_share(counted: NgramCounts, held_out: Ids, end: int | None = None) -> float:
    """Share of the running n-grams of another text, of the highest order, never counted.

    With `end`, the id of `</s>`, none of them reaches beyond it, as in `count_ngrams`. NaN where
    that text has no n-gram.
    """
    if len(held_out) < counted.order:
        return math.nan
    windows = np.lib.stride_tricks.sliding_window_view(held_out, counted.order)
    unseen = total = 0
    for start in range(0, len(windows), _PIECE):
        grams = windows[start : start + _PIECE]
        if end is not None:
            grams = grams[(grams[:, :-1] != end).all(axis=1)]
        unseen += int(np.count_nonzero(counted.rows_of(grams) < 0))
        total += len(grams)
    return unseen / total if total else math.nan
