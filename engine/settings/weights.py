"""How many weights a network has, term by term, from its sizes alone.

Written with |V| types, h the hidden size, e the size of the embedding, L layers and tau the tokens
of a bounded context; one function for each shape of network, named by the rows of `families`. A
recurrent layer of torch has two biases for each gate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of a network, defaults filled in."""

    V: int
    h: int
    e: int
    """0 for one-hot input."""
    L: int
    tau: int


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a network."""

    part: str
    """Its name: `embedding`, `layer 1`, `head`."""
    formula: str
    """In the symbols of this module."""
    value: int
    """Number of weights."""


@dataclass(frozen=True, slots=True)
class Inner:
    """The parts of a network below its head."""

    terms: tuple[Term, ...]
    sizes: tuple[tuple[str, int], ...] = ()
    """Symbols of the terms beside |V| and h, each with its value, as they are first needed."""


CountWeights = Callable[[Sizes], Inner]


def scratch_layer(gates: int, second_bias: bool = False) -> CountWeights:
    """The lecture's layer on one-hot vectors: one bias a gate, and a second in one of them."""

    def counted(sizes: Sizes) -> Inner:
        V, h = sizes.V, sizes.h
        extra = " + h" if second_bias else ""
        value = gates * (V * h + h * h + h) + (h if second_bias else 0)
        return Inner((Term("layer", f"{_times(gates)}(|V| h + h h + h){extra}", value),))

    return counted


def recurrent_layers(gates: int) -> CountWeights:
    """torch's layers: the first reads the embedding or one-hot vectors, the others h numbers."""

    def counted(sizes: Sizes) -> Inner:
        V, h, e, L = sizes.V, sizes.h, sizes.e, sizes.L
        size, symbol = (e, "e") if e else (V, "|V|")
        terms = [Term("embedding", "|V| e", V * e)] if e else []
        first = gates * (size * h + h * h + 2 * h)
        terms.append(Term("layer 1", f"{_times(gates)}({symbol} h + h h + 2 h)", first))
        if L > 1:
            others = (L - 1) * gates * (2 * h * h + 2 * h)
            formula = f"{_times(gates)}(L - 1)(2 h h + 2 h)"
            terms.append(Term("layers 2 to L", formula, others))
        shown = [("e", e)] if e else []
        shown += [("L", L)] if L > 1 else []
        return Inner(tuple(terms), tuple(shown))

    return counted


def window_layer(sizes: Sizes) -> Inner:
    """Vectors of the last tau ids, joined; one vector represents the time before the text."""
    V, h, e, tau = sizes.V, sizes.h, sizes.e, sizes.tau
    terms = (
        Term("embedding", "(|V| + 1) e", (V + 1) * e),
        Term("hidden layer", "(tau e h + h)", tau * e * h + h),
    )
    return Inner(terms, (("e", e), ("tau", tau)))


def transformer_layers(sizes: Sizes) -> Inner:
    """Attention and a feed-forward part four times as wide, each behind a norm."""
    V, h, L = sizes.V, sizes.h, sizes.L
    terms = (
        Term("embedding", "|V| h", V * h),
        Term("layers", "L(12 h h + 13 h)", L * (12 * h * h + 13 * h)),
        Term("last norm", "2 h", 2 * h),
    )
    return Inner(terms, (("L", L),))


def _times(gates: int) -> str:
    return f"{gates}" if gates > 1 else ""
