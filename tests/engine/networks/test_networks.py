from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from small_runs import TRAINED_MODELS, small_config
from torch import Tensor, nn

from seqtui.engine.networks import model as neural
from seqtui.engine.networks.model import NeuralModel, build_module
from seqtui.engine.networks.recurrent import RecurrentNetwork
from seqtui.engine.networks.rnn_scratch import ScratchRNN

VOCABULARY = 11


@pytest.fixture(params=[*TRAINED_MODELS, "two layers", "embedding"])
def module(request: pytest.FixtureRequest) -> nn.Module:
    changes = {
        "two layers": {"model": "lstm", "layers": 2, "dropout": 0.5},
        "embedding": {"embedding": 5},
    }.get(request.param, {"model": request.param})
    torch.manual_seed(0)
    network = build_module(small_config(**changes), VOCABULARY)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.3)
    return network


def ids(length: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, VOCABULARY, length).astype(np.int32)


def logits_of(module: nn.Module, sequence: np.ndarray) -> Tensor:
    module.eval()
    with torch.no_grad():
        return module(torch.from_numpy(sequence.astype(np.int64))[None])[0][0]


def test_logits_have_a_row_for_each_token(module: nn.Module) -> None:
    logits, _ = module(torch.zeros(3, 7, dtype=torch.long))
    assert logits.shape == (3, 7, VOCABULARY)


def test_a_fresh_scratch_network_guesses_evenly() -> None:
    torch.manual_seed(0)
    network = ScratchRNN(28, 512)
    x = torch.randint(28, (32, 35))
    logits, _ = network(x)
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), torch.randint(28, (32 * 35,)))
    assert float(loss.detach()) == pytest.approx(math.log(28), abs=0.01)


def test_the_scratch_network_is_the_library_s_with_the_same_weights() -> None:
    torch.manual_seed(0)
    scratch = ScratchRNN(VOCABULARY, 16)
    library = RecurrentNetwork("rnn", VOCABULARY, 16)
    with torch.no_grad():
        for parameter in scratch.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.3)
        library.layers.weight_ih_l0.copy_(scratch.W_xh.T)
        library.layers.weight_hh_l0.copy_(scratch.W_hh.T)
        library.layers.bias_ih_l0.copy_(scratch.b_h)
        library.layers.bias_hh_l0.zero_()  # the library has two biases
        library.head.weight.copy_(scratch.W_hq.T)
        library.head.bias.copy_(scratch.b_q)
    x = torch.randint(VOCABULARY, (4, 30))
    ours, state = scratch(x)
    theirs, their_state = library(x)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    assert isinstance(their_state, Tensor)
    torch.testing.assert_close(state, their_state[0], atol=1e-5, rtol=0)


def test_two_half_windows_with_the_state_carried_are_one_window(module: nn.Module) -> None:
    module.eval()
    x = torch.from_numpy(ids(24).astype(np.int64)).reshape(2, 12)
    whole, _ = module(x)
    first, state = module(x[:, :6])
    second, _ = module(x[:, 6:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, atol=1e-5, rtol=0)


def test_no_network_looks_ahead_and_all_remember(module: nn.Module) -> None:
    sequence = ids(12)
    changed = sequence.copy()
    changed[6] = (changed[6] + 1) % VOCABULARY
    before, after = logits_of(module, sequence), logits_of(module, changed)
    torch.testing.assert_close(before[:6], after[:6], atol=0, rtol=0)
    assert (before[11] - after[11]).abs().max() > 1e-6  # five tokens later


def test_scores_do_not_depend_on_the_pieces(
    module: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = NeuralModel(module, VOCABULARY)
    sequence = ids(257)

    def total(steps: int) -> tuple[float, int]:
        monkeypatch.setattr(neural, "PIECE_STEPS", steps)
        pieces = list(model.score(sequence))
        return -sum(float(piece.sum()) for piece in pieces), sum(map(len, pieces))

    whole = total(1_000)
    assert whole[1] == 256
    for steps in (1, 7, 64, 256):
        nll, targets = total(steps)
        assert targets == 256
        assert nll / targets == pytest.approx(whole[0] / 256, abs=1e-5)


def test_scoring_is_stepping(module: nn.Module) -> None:
    model = NeuralModel(module, VOCABULARY)
    sequence = ids(20)
    scores = np.concatenate(list(model.score(sequence)))
    step = model.start(sequence[:1])
    for position, token in enumerate(sequence[1:]):
        assert np.exp(step.log_probs).sum() == pytest.approx(1, abs=1e-9)
        assert step.log_probs[token] == pytest.approx(scores[position], abs=1e-5)
        step = step.advance(int(token))


def test_warming_up_is_a_forward_pass_and_feeds_nothing_twice(module: nn.Module) -> None:
    model = NeuralModel(module, VOCABULARY)
    prefix = ids(9)
    expected = logits_of(module, prefix)[-1].log_softmax(-1).numpy()
    np.testing.assert_allclose(model.start(prefix).log_probs, expected, atol=1e-5)


def test_a_step_is_left_as_it_is_by_advancing(module: nn.Module) -> None:
    step = NeuralModel(module, VOCABULARY).start(ids(5))
    before = step.log_probs.copy()
    one, other = step.advance(1), step.advance(2)
    assert (step.log_probs == before).all()
    assert (step.advance(1).log_probs == one.log_probs).all()
    assert (one.log_probs != other.log_probs).any()


def test_a_network_that_has_read_nothing_is_uniform(module: nn.Module) -> None:
    start = NeuralModel(module, VOCABULARY).start(np.zeros(0, dtype=np.int32))
    np.testing.assert_allclose(start.log_probs, -math.log(VOCABULARY))
    np.testing.assert_allclose(
        start.advance(3).log_probs,
        logits_of(module, np.array([3])).log_softmax(-1)[0].numpy(),
        atol=1e-5,
    )


def test_evaluating_leaves_mode_random_state_and_gradients_alone(module: nn.Module) -> None:
    module.train()
    state = torch.get_rng_state()
    model = NeuralModel(module, VOCABULARY)
    one = np.concatenate(list(model.score(ids(50))))
    model.start(ids(5)).advance(1)
    assert torch.equal(state, torch.get_rng_state())
    assert module.training
    assert all(parameter.grad is None for parameter in module.parameters())
    assert (one == np.concatenate(list(model.score(ids(50))))).all()  # no dropout


def test_a_text_of_one_token_has_nothing_to_score(module: nn.Module) -> None:
    model = NeuralModel(module, VOCABULARY)
    assert sum(map(len, model.score(ids(1)))) == 0
    assert sum(map(len, model.score(ids(0)))) == 0


def test_parameters_are_counted() -> None:
    model = NeuralModel(ScratchRNN(28, 256), 28)
    assert model.parameters == 28 * 256 + 256 * 256 + 256 + 256 * 28 + 28
    assert (model.context, model.normalised, model.vocabulary_size) == (None, True, 28)
