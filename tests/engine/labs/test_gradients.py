"""Norms of gradients against their closed forms."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch

from seqtui.corpora.errors import Cancelled
from seqtui.engine.labs.gradients import STEPS, Settings, run
from seqtui.engine.labs.lab import LABS


@pytest.mark.parametrize("rho", [0.5, 0.9, 1.0, 1.1])
@pytest.mark.parametrize("hidden", [2, 64])
def test_an_orthogonal_linear_network_keeps_rho_to_the_k(rho: float, hidden: int) -> None:
    norms = run(None, Settings(rho=rho, hidden=hidden)).norms
    assert len(norms) == STEPS + 1
    for k, norm in enumerate(norms):
        assert norm == pytest.approx(rho**k, rel=1e-10)


def test_the_sum_of_losses_does_not_vanish_though_every_single_one_does() -> None:
    single = run(None, Settings(rho=0.5)).norms[-1]
    total = run(None, Settings(rho=0.5, loss="sum")).norms[-1]
    assert single == pytest.approx(0.5**STEPS, rel=1e-10)
    # Of g + ρQg + …: within the sum and the alternating sum of the geometric series.
    assert 1 / 1.5 <= total <= 2


def test_a_matrix_whose_eigenvalues_are_below_one_grows_first() -> None:
    found = run(None, Settings(matrix="growing"))
    matrix = np.array([[0.9, 5.0], [0.0, 0.9]])
    powers = [np.linalg.norm(np.linalg.matrix_power(matrix, k), 2) for k in range(STEPS + 1)]
    assert found.norms == pytest.approx(powers, rel=1e-10)
    assert found.peak == 9
    assert found.norms[9] == pytest.approx(19.379, abs=1e-3)


def test_an_lstm_as_initialised_decays_like_an_rnn_and_not_with_a_forget_bias() -> None:
    as_initialised = run(None, Settings(cell="lstm")).norms[-1]
    biased = run(None, Settings(cell="lstm", forget_bias=3.0)).norms[-1]
    assert as_initialised < 1e-6
    assert biased > 1e-3


def test_the_mean_reach_of_a_window_is_half_of_it() -> None:
    found = run(None, Settings(view="truncation", window=35))
    assert found.mean_reach == sum(range(35)) / 35
    assert math.fsum(found.reach) == pytest.approx(1 + found.mean_reach)


def test_it_leaves_random_numbers_alone_and_its_document_is_json() -> None:
    before = torch.get_rng_state()
    lab = LABS["gradients"]
    document = lab.run(None, lab.settings(cell="gru")).document()
    assert torch.equal(before, torch.get_rng_state())
    assert document["corpus"] is None
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_clipping_keeps_a_network_finite_at_rates_where_it_is_not_without() -> None:
    found = run(None, Settings(view="clipping", activation="relu", rho=1.0))
    steps = {(life.learning_rate, life.clipped): life.steps for life in found.lives}
    assert [steps[rate, True] for rate in (1, 2, 4, 8)] == [None] * 4
    assert steps[1, False] is None
    assert steps[16, False] is not None
    learned = [life.loss for life in found.lives if life.clipped and life.learning_rate <= 4]
    assert max(learned) < math.log(28)


def test_tanh_is_never_infinite_however_long_its_steps() -> None:
    found = run(None, Settings(view="clipping", activation="tanh", rho=1.0))
    assert all(life.steps is None for life in found.lives)


def test_clipping_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        run(None, Settings(view="clipping"), lambda done, total: done < 2)
