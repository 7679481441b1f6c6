"""The number of a network's weights as a formula, before the network is built.

The counts are those of the modules that `model.build_module` makes. Imports neither numpy nor
torch.
"""

from __future__ import annotations

from dataclasses import dataclass

from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.settings.weights import Sizes, Term


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
    if config.family.weights is None:
        return None
    V, h = vocabulary_size, config.hidden
    e = config.embedding_size(V)
    inner = config.family.weights(Sizes(V, h, e, config.layers, config.context_size))
    head = Term("head", "|V|", V) if config.tied else Term("head", "(h |V| + |V|)", h * V + V)
    return ParameterFormula((*inner.terms, head), (("|V|", V), ("h", h), *inner.sizes))
