from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from small_runs import CPU, small_config
from torch import Tensor, nn
from torch.nn import functional

from seqtui.engine.networks.model import build_module
from seqtui.engine.networks.recurrent import Forward
from seqtui.engine.training.backpropagation import Gradients, mean_loss
from seqtui.engine.training.distributed import Processes
from seqtui.engine.training.minibatches import Batch, sequential_windows

VOCABULARY = 7
ALONE = Processes(None, CPU)
IDS = np.random.default_rng(0).integers(0, VOCABULARY, 400).astype(np.int32)


def batches(window: int = 10, batch_size: int = 4) -> list[Batch]:
    """The windows of one epoch, each continuing the one before."""
    rng = np.random.default_rng(1)
    return list(sequential_windows(IDS, batch_size, window, rng))


def module_of(**changes: Any) -> nn.Module:
    torch.manual_seed(0)
    return build_module(small_config(**changes), VOCABULARY)


def gradients_of(module: nn.Module) -> list[Tensor]:
    return [each.grad for each in module.parameters() if each.grad is not None]


def gradients_after(steps: int, module: nn.Module | None = None, **changes: Any) -> list[Tensor]:
    """The gradient that the last of some batches leaves, and its loss."""
    module = module or module_of(**changes)
    gradients = Gradients(small_config(**changes), module, "cpu", ALONE)
    for batch in batches()[:steps]:
        module.zero_grad()
        loss = gradients.compute(batch)
    return [loss, *gradients_of(module)]


def assert_equal(found: list[Tensor], wanted: list[Tensor]) -> None:
    assert len(found) == len(wanted) > 1
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("model", ["rnn-fast", "gru", "lstm", "transformer", "window-mlp"])
def test_a_batch_in_parts_has_the_gradient_of_the_whole(model: str) -> None:
    whole = gradients_after(3, model=model)
    assert_equal(gradients_after(3, model=model, accumulation=2), whole)
    assert_equal(gradients_after(3, model=model, accumulation=4), whole)


def by_hand(module: nn.Module, inputs: Tensor, targets: Tensor, cuts: list[int]) -> list[Tensor]:
    """Loss and gradient of one sequence whose state is detached at each of `cuts`."""
    state, losses = None, []
    for x, y in zip(inputs.split(cuts, 1), targets.split(cuts, 1), strict=True):
        logits, state = module(x, None if state is None else state.detach())
        losses.append(functional.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="sum"))
    loss = torch.stack(losses).sum() / targets.numel()
    module.zero_grad()
    loss.backward()
    return [loss.detach(), *gradients_of(module)]


@pytest.mark.parametrize(("bptt", "cuts"), [(4, [4, 4, 2]), (1, [1] * 10), (10, [10])])
def test_below_the_window_the_gradient_is_cut_inside_it(bptt: int, cuts: list[int]) -> None:
    first = batches()[0]
    inputs, targets = (torch.from_numpy(x.astype(np.int64)) for x in (first.inputs, first.targets))
    wanted = by_hand(module_of(model="rnn-scratch"), inputs, targets, cuts)
    assert_equal(gradients_after(1, model="rnn-scratch", bptt=bptt), wanted)


def reaching_back(module: Forward, inputs: list[Tensor], targets: Tensor) -> Tensor:
    """The loss of the last window, computed with the others before it in one pass."""
    logits, _ = module(torch.cat(inputs, 1), None)
    return functional.cross_entropy(logits[:, -targets.shape[1] :].flatten(0, 1), targets.flatten())


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_multiple_of_the_window_reaches_back_over_the_windows_before(steps: int) -> None:
    module = module_of(model="rnn-scratch")
    found = gradients_after(steps, module, model="rnn-scratch", bptt=30)
    read = batches()[:steps]
    inputs = [torch.from_numpy(each.inputs.astype(np.int64)) for each in read]
    module.zero_grad()
    loss = reaching_back(module, inputs, torch.from_numpy(read[-1].targets.astype(np.int64)))
    loss.backward()  # type: ignore[no-untyped-call]
    parameters = module.parameters()
    assert_equal(
        found, [loss.detach(), *(each.grad for each in parameters if each.grad is not None)]
    )


def test_a_gradient_reaches_no_further_than_its_length() -> None:
    """Beyond it, the state is what it was, and only the numbers go on."""
    reads: list[Tensor] = []
    module = module_of(model="rnn-scratch")

    def watched(ids: Tensor, state: Any) -> Any:
        if state is not None and not state.requires_grad:
            reads.append(ids)
        return module(ids, state)

    gradients = Gradients(small_config(model="rnn-scratch", bptt=20), watched, "cpu", ALONE)
    for batch in batches()[:5]:
        gradients.compute(batch)
    # From the third batch on, a pass begins from a detached state one window before the batch's.
    assert [np.array_equal(x, b.inputs) for x, b in zip(reads, batches()[1:4], strict=False)] == [
        True
    ] * 3


def test_bfloat16_is_near_and_its_state_is_carried_in_float32() -> None:
    plain = gradients_after(2, model="lstm")
    module = module_of(model="lstm")
    gradients = Gradients(small_config(model="lstm", precision="bfloat16"), module, "cpu", ALONE)
    for batch in batches()[:2]:
        loss = gradients.compute(batch)
    assert float(loss) == pytest.approx(float(plain[0]), rel=0.01)
    assert float(loss) != float(plain[0])
    state = gradients.states[0]
    assert state is not None
    assert {each.dtype for each in state} == {torch.float32}


def test_the_loss_is_the_same_however_the_logits_lie_in_memory() -> None:
    logits, targets = torch.randn(3, 5, 7), torch.randint(7, (3, 5))
    steps_first = logits.transpose(0, 1).contiguous().transpose(0, 1)
    wanted = functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
    torch.testing.assert_close(mean_loss(logits, targets), wanted)
    torch.testing.assert_close(mean_loss(steps_first, targets), wanted)
