from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_runs import small_config
from torch import nn

from seqtui.engine.settings.run_config import OPTIMIZERS, SCHEDULES
from seqtui.engine.training.optimisation import (
    build_optimiser,
    clip_global_norm,
    schedule_factor,
    set_learning_rate,
)


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


def rates(total: int | None, **changes: Any) -> list[float]:
    config = small_config(**changes)
    return [schedule_factor(config, step, total) for step in range(total or 6)]


def test_the_schedules_by_hand() -> None:
    assert rates(4, schedule="constant") == [1, 1, 1, 1]
    assert rates(4, schedule="linear") == [1, 0.75, 0.5, 0.25]
    assert rates(4, schedule="cosine") == pytest.approx([1, 0.8535534, 0.5, 0.1464466])
    assert rates(6, schedule="linear", warmup_steps=2) == [0.5, 1, 1, 0.75, 0.5, 0.25]
    assert rates(None, warmup_steps=4) == [0.25, 0.5, 0.75, 1, 1, 1]


@given(st.integers(1, 500), st.integers(0, 600), st.sampled_from(SCHEDULES))
def test_every_schedule_stays_within_its_height(total: int, warmup: int, schedule: str) -> None:
    config = small_config(schedule=schedule, warmup_steps=warmup)
    factors = [schedule_factor(config, step, total) for step in range(total)]
    assert all(0 < each <= 1 for each in factors)
    falling = factors[warmup:]
    assert falling == sorted(falling, reverse=True)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_weight_decay_pulls_a_weight_without_gradient_towards_zero(optimizer: str) -> None:
    module = nn.Linear(1, 1, bias=False)
    nn.init.constant_(module.weight, 0.8)
    config = small_config(optimizer=optimizer, learning_rate=0.01, weight_decay=0.5)
    optimiser = build_optimiser(config, module)
    module.weight.grad = torch.zeros(1, 1)
    optimiser.step()
    assert 0 < float(module.weight.detach()) < 0.8


def test_rmsprop_divides_by_the_root_of_the_mean_square() -> None:
    module = nn.Linear(1, 1, bias=False)
    before = float(module.weight.detach())
    build = small_config(optimizer="rmsprop", learning_rate=0.1)
    optimiser = build_optimiser(build, module)
    module.weight.grad = torch.tensor([[2.0]])
    optimiser.step()
    mean_square = 0.01 * 2.0**2  # PyTorch's smoothing is .99
    assert float(module.weight.detach()) == pytest.approx(before - 0.1 * 2 / mean_square**0.5)
