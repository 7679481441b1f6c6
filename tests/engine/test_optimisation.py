from __future__ import annotations

import math

import pytest
import torch
from small_runs import small_config
from torch import nn

from seqtui.engine.optimisation import build_optimiser, clip_global_norm, set_learning_rate


def parameters(*gradients: float) -> list[nn.Parameter]:
    made = []
    for gradient in gradients:
        parameter = nn.Parameter(torch.zeros(1))
        parameter.grad = torch.tensor([gradient])
        made.append(parameter)
    return made


def gradients(made: list[nn.Parameter]) -> list[float]:
    return [float(each.grad) for each in made if each.grad is not None]


def test_clipping_scales_all_gradients_by_their_global_norm() -> None:
    made = parameters(3.0, 4.0)
    before, after = clip_global_norm(made, 1.0)
    assert (float(before), float(after)) == (pytest.approx(5), pytest.approx(1))
    assert gradients(made) == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize("limit", [5.0, 6.0, 0.0])
def test_gradients_within_the_limit_or_without_one_stay(limit: float) -> None:
    made = parameters(3.0, 4.0)
    before, after = clip_global_norm(made, limit)
    assert float(before) == float(after) == pytest.approx(5)
    assert gradients(made) == [3.0, 4.0]


def test_a_gradient_of_zeros_stays_zero() -> None:
    made = parameters(0.0, 0.0)
    before, after = clip_global_norm(made, 1.0)
    assert (float(before), float(after)) == (0, 0)
    assert gradients(made) == [0.0, 0.0]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_norm_that_is_not_finite_is_told_as_it_is(bad: float) -> None:
    before, _ = clip_global_norm(parameters(1.0, bad), 1.0)
    assert not math.isfinite(float(before))


def test_parameters_without_a_gradient_are_passed_over() -> None:
    made = [*parameters(3.0, 4.0), nn.Parameter(torch.zeros(2))]
    assert float(clip_global_norm(made, 1.0)[0]) == pytest.approx(5)


def test_sgd_is_the_lecture_s_update() -> None:
    module = nn.Linear(1, 1, bias=False)
    before = float(module.weight.detach())
    optimiser = build_optimiser(small_config(optimizer="sgd", learning_rate=0.5), module)
    module.weight.grad = torch.tensor([[2.0]])
    optimiser.step()
    assert float(module.weight.detach()) == pytest.approx(before - 0.5 * 2)
    set_learning_rate(optimiser, 0.1)
    optimiser.step()
    assert float(module.weight.detach()) == pytest.approx(before - 0.5 * 2 - 0.1 * 2)
