from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import COUNTED_MODELS, TRAINED_MODELS, small_config

from seqtui.engine.networks.model import NeuralModel, build_module
from seqtui.engine.networks.parameter_count import parameter_formula
from seqtui.engine.settings.run_config import RunConfig


@st.composite
def configurations(draw: st.DrawFn) -> RunConfig:
    model = draw(st.sampled_from(TRAINED_MODELS))
    size = st.integers(1, 9)
    hidden = draw(size)
    changes: dict[str, object] = {}
    if model in ("rnn", "gru", "lstm"):
        tied = draw(st.booleans())
        embedding = hidden if tied else draw(st.none() | st.integers(0, 9))
        changes = {"layers": draw(st.integers(1, 3)), "embedding": embedding, "tied": tied}
    elif model == "transformer":
        hidden = 2 * draw(size)
        heads = draw(st.sampled_from([n for n in (1, 2, 3) if hidden % (2 * n) == 0]))
        changes = {"layers": draw(st.integers(1, 3)), "heads": heads, "tied": draw(st.booleans())}
    elif model == "window-mlp":
        changes = {"context": draw(size), "embedding": draw(st.none() | size)}
    return small_config(model=model, hidden=hidden, **changes)


@settings(deadline=None, max_examples=150)
@given(configurations(), st.sampled_from([1, 2, 28, 600]))
def test_the_formula_gives_what_the_network_has(config: RunConfig, types: int) -> None:
    formula = parameter_formula(config, types)
    assert formula is not None
    with torch.device("meta"):
        counted = NeuralModel(build_module(config, types), types).parameters
    assert formula.total == counted


@settings(deadline=None, max_examples=150)
@given(configurations(), st.sampled_from([1, 2, 28, 600]))
def test_what_is_written_has_the_value_that_is_shown(config: RunConfig, types: int) -> None:
    formula = parameter_formula(config, types)
    assert formula is not None
    sizes = {symbol.strip("|"): value for symbol, value in formula.sizes}
    for term in formula.terms:
        assert evaluated(term.formula, sizes) == term.value, term


def evaluated(formula: str, sizes: dict[str, int]) -> int:
    """What a formula says, where two things that stand side by side are multiplied."""
    words = formula.replace("|V|", "V").replace("(", " ( ").replace(")", " ) ").split()
    written: list[str] = []
    for word in words:
        if written and written[-1] not in "+-(" and word not in "+-)":
            written.append("*")
        written.append(word)
    return int(eval("".join(written), {"__builtins__": {}}, dict(sizes)))


def test_the_lecture_s_network_is_reported_as_it_is_counted_by_hand() -> None:
    formula = parameter_formula(small_config(model="rnn-scratch", hidden=256), 28)
    assert formula is not None
    assert formula.text == "(|V| h + h h + h) + (h |V| + |V|)"
    assert formula.values == "|V| = 28, h = 256"
    assert formula.total == 28 * 256 + 256 * 256 + 256 + 256 * 28 + 28


@pytest.mark.parametrize("model", [*COUNTED_MODELS, "mine.py:MyModel"])
def test_what_has_no_formula_has_none(model: str) -> None:
    assert parameter_formula(small_config(model=model), 28) is None


def test_it_needs_neither_numpy_nor_torch() -> None:
    code = (
        "import sys, seqtui.engine.networks.parameter_count\n"
        "sys.exit(bool({'numpy', 'torch'} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
