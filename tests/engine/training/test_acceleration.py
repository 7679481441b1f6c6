from __future__ import annotations

import shutil

import pytest
import torch
from small_runs import CPU, Clock, Listener, small_config, small_corpus

from seqtui.corpora.errors import InputError
from seqtui.engine.runs.control import Control
from seqtui.engine.training.acceleration import COMPILERS, compiled, matmul_precision
from seqtui.engine.training.loop import train


def test_the_precision_of_products_is_put_back() -> None:
    before = torch.get_float32_matmul_precision()
    with matmul_precision("medium"):
        assert torch.get_float32_matmul_precision() == "medium"
    assert torch.get_float32_matmul_precision() == before


def test_without_a_compiler_it_is_refused_before_the_first_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(InputError, match="--compile: no C"):
        compiled(torch.nn.Linear(1, 1))


@pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="no C++ compiler")
def test_a_compiled_network_learns_as_the_plain_one() -> None:
    losses = []
    for compile_it in (False, True):
        listener = Listener()
        config = small_config(model="window-mlp", steps=4, compile=compile_it)
        train(config, small_corpus(), None, listener, Control(), CPU, Clock())
        losses.append(list(listener.losses.values()))
    assert losses[1] == pytest.approx(losses[0], abs=1e-5)
