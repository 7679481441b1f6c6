"""How many weights a network has, term by term, from its sizes alone.

Written with |V| types, h the hidden size, e the size of the embedding, L layers and tau the tokens
of a bounded context. The counts are those of the modules that `neural.build_module` makes; a
recurrent layer of torch has two biases for each gate. Imports neither numpy nor torch.
"""

from __future__ import annotations

from dataclasses import dataclass

from seqtui.engine.settings.run_config import COUNTED_MODELS, OWN_MODEL, SCRATCH_MODELS, RunConfig

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
"""Blocks of weights in a recurrent layer: one for each gate, and one for what it lets through."""


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
class ParameterFormula:
    """The number of a network's weights as a sum of its parts."""

    terms: tuple[Term, ...]
    sizes: tuple[tuple[str, int], ...]
    """Each symbol of the terms with its value, in the order in which they are first needed."""

    @property
    def total(self) -> int:
        """Number of trainable weights."""
        return sum(term.value for term in self.terms)

    @property
    def text(self) -> str:
        """`4(|V| h + h h + 2 h) + (h |V| + |V|)`."""
        return " + ".join(term.formula for term in self.terms)

    @property
    def values(self) -> str:
        """`|V| = 28, h = 256`."""
        return ", ".join(f"{symbol} = {value}" for symbol, value in self.sizes)


def parameter_formula(config: RunConfig, vocabulary_size: int) -> ParameterFormula | None:
    """The formula for the network of a configuration on |V| types.

    None for a model that is counted, whose size follows from its text, and for a network of the
    user's own.
    """
    V, h, L = vocabulary_size, config.hidden, config.layers
    e = config.embedding_size(V)
    sizes = [("|V|", V), ("h", h)]
    kind = config.kind
    if kind in (*COUNTED_MODELS, OWN_MODEL):
        return None
    if kind in SCRATCH_MODELS:
        terms = [_scratch_layer(kind.partition("-")[0], V, h)]
    elif kind == "window-mlp":
        tau = config.context_size
        sizes += [("e", e), ("tau", tau)]
        terms = [
            Term("embedding", "(|V| + 1) e", (V + 1) * e),
            Term("hidden layer", "(tau e h + h)", tau * e * h + h),
        ]
    elif kind == "transformer":
        sizes += [("L", L)]
        terms = [
            Term("embedding", "|V| h", V * h),
            Term("layers", "L(12 h h + 13 h)", L * (12 * h * h + 13 * h)),
            Term("last norm", "2 h", 2 * h),
        ]
    else:
        sizes += [("e", e)] if e else []
        sizes += [("L", L)] if L > 1 else []
        terms = _recurrent_layers(kind, V, h, e, L)
    head = Term("head", "|V|", V) if config.tied else Term("head", "(h |V| + |V|)", h * V + V)
    return ParameterFormula((*terms, head), tuple(sizes))


def _scratch_layer(kind: str, V: int, h: int) -> Term:
    """The lecture's layer: one bias a gate, and a second in the GRU's candidate."""
    gates = GATES[kind]
    times = f"{gates}" if gates > 1 else ""
    extra = " + h" if kind == "gru" else ""
    value = gates * (V * h + h * h + h) + (h if kind == "gru" else 0)
    return Term("layer", f"{times}(|V| h + h h + h){extra}", value)


def _recurrent_layers(kind: str, V: int, h: int, e: int, L: int) -> list[Term]:
    """torch's layers: the first reads the embedding or one-hot vectors, the others h numbers."""
    gates = GATES[kind]
    times = f"{gates}" if gates > 1 else ""
    size, symbol = (e, "e") if e else (V, "|V|")
    terms = [Term("embedding", "|V| e", V * e)] if e else []
    first = gates * (size * h + h * h + 2 * h)
    terms.append(Term("layer 1", f"{times}({symbol} h + h h + 2 h)", first))
    if L > 1:
        others = (L - 1) * gates * (2 * h * h + 2 * h)
        terms.append(Term("layers 2 to L", f"{times}(L - 1)(2 h h + 2 h)", others))
    return terms
