"""Networks that see a bounded number of tokens: no more, no fewer, and none of the future."""

from __future__ import annotations

import pytest
import torch
from small_runs import small_config
from torch import Tensor, nn

from seqtui.corpora.errors import InputError
from seqtui.engine.networks.model import NeuralModel, build_module
from seqtui.engine.networks.recurrent import RecurrentNetwork
from seqtui.engine.networks.transformer import Transformer, rotated

VOCABULARY = 11
MODELS = [
    ({"model": "window-mlp", "context": 1}, 1),
    ({"model": "window-mlp", "context": 5}, 5),
    ({"model": "transformer", "context": 1}, 1),
    ({"model": "transformer", "context": 4}, 4),
    ({"model": "transformer", "context": 4, "layers": 3}, 10),
]


@pytest.fixture(params=MODELS, ids=str)
def bounded(request: pytest.FixtureRequest) -> tuple[nn.Module, int]:
    changes, reach = request.param
    torch.manual_seed(0)
    module = build_module(small_config(**changes), VOCABULARY).eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.5)
    return module, reach


def changes_at(module: nn.Module, ids: Tensor, place: int) -> Tensor:
    """At which steps the logits differ when the id at `place` is another one."""
    other = ids.clone()
    other[0, place] = (other[0, place] + 1) % VOCABULARY
    with torch.no_grad():
        return (module(ids)[0] - module(other)[0]).abs().amax(-1)[0]


def test_a_token_matters_as_long_as_the_model_says(bounded: tuple[nn.Module, int]) -> None:
    module, reach = bounded
    assert NeuralModel(module, VOCABULARY).context == reach
    difference = changes_at(module, torch.randint(VOCABULARY, (1, 30)), 7)
    assert (difference[:7] == 0).all()  # no look into the future
    assert (difference[7 + reach :] == 0).all()
    assert difference[7] > 1e-4
    assert difference[7 + reach - 1] > 0


@pytest.mark.parametrize("pieces", [[1, 23], [10, 10, 4], [3] * 8, [1] * 24])
def test_pieces_with_the_state_carried_are_one_pass(
    bounded: tuple[nn.Module, int], pieces: list[int]
) -> None:
    module, _ = bounded
    ids = torch.randint(VOCABULARY, (3, 24))
    whole, last = module(ids)
    state, found = None, []
    for piece in ids.split(pieces, dim=1):
        logits, state = module(piece, state)
        found.append(logits)
    torch.testing.assert_close(torch.cat(found, dim=1), whole, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(state, last, atol=1e-5, rtol=1e-5)


def test_rotated_products_know_only_the_distance() -> None:
    torch.manual_seed(0)
    q, k = torch.randn(2, 1, 8).double()
    products = [
        float((rotated(q, torch.tensor([a])) * rotated(k, torch.tensor([b]))).sum())
        for a, b in ((0, 3), (5, 8), (90, 93))
    ]
    assert products == pytest.approx([products[0]] * 3, abs=1e-5)


def test_tied_networks_count_the_shared_weights_once() -> None:
    size = VOCABULARY * 8
    for tied, free in (
        (
            RecurrentNetwork("gru", VOCABULARY, 8, embedding=8, tied=True),
            RecurrentNetwork("gru", VOCABULARY, 8, embedding=8),
        ),
        (Transformer(VOCABULARY, 8, 1, 2, 4, tied=True), Transformer(VOCABULARY, 8, 1, 2, 4)),
    ):
        one, other = NeuralModel(tied, VOCABULARY), NeuralModel(free, VOCABULARY)
        assert one.parameters == other.parameters - size
        assert set(tied.state_dict()) == set(free.state_dict())


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"model": "transformer", "hidden": 12}, "--hidden 12"),
        ({"model": "transformer", "embedding": 4}, "--embedding 4"),
        ({"model": "window-mlp", "layers": 2}, "--layers 2"),
        ({"model": "window-mlp", "embedding": 0}, "--embedding 0"),
        ({"model": "gru", "context": 4}, "--context 4"),
        ({"model": "gru", "tied": True}, "--tied"),
        ({"model": "rnn-fast", "tied": True}, "--tied"),
        ({"model": "gru-scratch", "layers": 2}, "--layers 2"),
    ],
)
def test_what_does_not_go_together_is_refused(changes: dict[str, object], option: str) -> None:
    with pytest.raises(InputError, match=option):
        small_config(**changes)
