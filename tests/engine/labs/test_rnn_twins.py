from __future__ import annotations

import numpy as np
import pytest
import torch

from seqtui.corpora.errors import Cancelled, InputError
from seqtui.engine.labs import rnn_twins as rnn_comparison
from seqtui.engine.labs.rnn_twins import STEPS, compare_rnns

IDS = np.random.default_rng(0).integers(0, 11, 4_000).astype(np.int32)


def test_both_networks_learn_alike_to_rounding() -> None:
    found = compare_rnns(IDS, 11, 64, 8, 20)
    assert [step.step for step in found.steps] == list(range(1, STEPS + 1))
    assert found.steps[0].plain_loss == pytest.approx(np.log(11), abs=0.01)
    assert found.steps[-1].plain_loss != found.steps[0].plain_loss  # the weights were changed
    for step in found.steps:
        assert step.fast_loss == pytest.approx(step.plain_loss, abs=1e-5)
    assert 0 <= found.largest_logits <= 1e-5
    assert 0 <= found.largest_gradients <= 1e-5
    assert found.plain_seconds > 0
    assert found.speed_up == found.plain_seconds / found.fast_seconds


def test_a_network_that_differs_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(rnn_comparison.FastRNN):
        def forward(
            self, ids: torch.Tensor, state: torch.Tensor | None = None
        ) -> tuple[torch.Tensor, torch.Tensor]:
            logits, state = super().forward(ids, state)
            return logits * 1.01, state

    monkeypatch.setattr(rnn_comparison, "FastRNN", Other)
    found = compare_rnns(IDS, 11, 8, 4, 10, steps=3)
    assert found.largest_gradients > 1e-5
    assert found.largest_logits > 1e-5


def test_it_is_repeatable_and_draws_nothing() -> None:
    before = torch.get_rng_state()
    one, other = (compare_rnns(IDS, 11, 8, 4, 10, steps=4) for _ in range(2))
    assert one.steps == other.steps
    assert torch.equal(before, torch.get_rng_state())


def test_it_can_be_broken_off() -> None:
    with pytest.raises(Cancelled):
        compare_rnns(IDS, 11, 8, 4, 10, on_progress=lambda done, total: done < 2)


def test_a_text_too_short_is_refused() -> None:
    with pytest.raises(InputError, match="--batch-size 32"):
        compare_rnns(IDS, 11, 8, 32, 1_000)
