from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from seqtui.engine.networks.rnn_fast import FastRNN, Recurrence
from seqtui.engine.networks.rnn_scratch import ScratchRNN


def pair(vocabulary: int = 11, hidden: int = 16) -> tuple[ScratchRNN, FastRNN]:
    """The plain and the fast network with the same weights, not those of a start."""
    torch.manual_seed(0)
    plain, fast = ScratchRNN(vocabulary, hidden), FastRNN(vocabulary, hidden)
    with torch.no_grad():
        for parameter in plain.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.3)
    fast.load_state_dict(plain.state_dict())
    return plain, fast


def gradients(module: nn.Module, ids: Tensor, state: Tensor | None) -> dict[str, Tensor]:
    logits, last = module(ids, state)
    loss = functional.cross_entropy(logits.flatten(0, 1), ids.roll(-1, 1).flatten())
    module.zero_grad()
    (loss + last.square().mean()).backward()
    return {name: each.grad for name, each in module.named_parameters()}


def test_a_seed_gives_the_weights_of_the_plain_network() -> None:
    torch.manual_seed(3)
    plain = ScratchRNN(7, 5).state_dict()
    torch.manual_seed(3)
    fast = FastRNN(7, 5).state_dict()
    assert list(plain) == list(fast)
    assert all(torch.equal(plain[name], fast[name]) for name in plain)


@pytest.mark.parametrize("steps", [1, 2, 35])
@pytest.mark.parametrize("carried", [False, True])
def test_logits_states_gradients_are_those_of_the_plain_network(steps: int, carried: bool) -> None:
    plain, fast = pair()
    ids = torch.randint(11, (4, steps))
    state = torch.randn(4, 16).tanh() if carried else None
    for one, other in zip(plain(ids, state), fast(ids, state), strict=True):
        assert one.shape == other.shape
        torch.testing.assert_close(one, other, atol=1e-5, rtol=0)
    theirs = gradients(fast, ids, state)
    for name, gradient in gradients(plain, ids, state).items():
        torch.testing.assert_close(theirs[name], gradient, atol=1e-5, rtol=1e-5, msg=name)


def test_the_gradient_by_hand_is_the_numerical_one() -> None:
    torch.manual_seed(0)
    ids = torch.randint(5, (4, 3))
    shapes = [(3, 4), (5, 4), (4, 4), (4,)]
    inputs = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    assert torch.autograd.gradcheck(lambda *given: Recurrence.apply(ids, *given), inputs)


def test_a_gradient_continues_into_the_state_it_was_given() -> None:
    plain, fast = pair()
    ids = torch.randint(11, (4, 6))
    found = []
    for module in (plain, fast):
        state = torch.full((4, 16), 0.1, requires_grad=True)
        module(ids, state)[0].square().sum().backward()
        assert state.grad is not None
        found.append(state.grad)
    torch.testing.assert_close(*found, atol=1e-4, rtol=1e-4)
