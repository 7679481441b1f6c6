from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from seqtui.engine.recurrent import RecurrentNetwork
from seqtui.engine.scratch_gru import ScratchGRU
from seqtui.engine.scratch_lstm import ScratchLSTM

VOCABULARY, HIDDEN = 11, 16


def randomised(module: nn.Module) -> None:
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.3)


def copy_weights(scratch: nn.Module, library: RecurrentNetwork, gates: str) -> None:
    """Into the library's layer, whose gates lie one upon the other in the order of `gates`."""
    own = dict(scratch.named_parameters())
    with torch.no_grad():
        library.layers.weight_ih_l0.copy_(torch.cat([own[f"W_x{gate}"].T for gate in gates]))
        library.layers.weight_hh_l0.copy_(torch.cat([own[f"W_h{gate}"].T for gate in gates]))
        library.layers.bias_hh_l0.zero_()
        if "b_xh" in own:
            inputs = [own["b_r"], own["b_z"], own["b_xh"]]
            library.layers.bias_hh_l0[2 * HIDDEN :].copy_(own["b_hh"])
        else:
            inputs = [own[f"b_{gate}"] for gate in gates]
        library.layers.bias_ih_l0.copy_(torch.cat(inputs))
        library.head.weight.copy_(own["W_hq"].T)
        library.head.bias.copy_(own["b_q"])


@pytest.mark.parametrize(
    ("kind", "scratch", "gates"),
    [
        ("gru", ScratchGRU(VOCABULARY, HIDDEN), "rzh"),
        ("lstm", ScratchLSTM(VOCABULARY, HIDDEN), "ifco"),
    ],
)
def test_it_is_the_library_s_layer_with_the_same_weights(
    kind: str, scratch: nn.Module, gates: str
) -> None:
    randomised(scratch)
    library = RecurrentNetwork(kind, VOCABULARY, HIDDEN)
    copy_weights(scratch, library, gates)
    x = torch.randint(VOCABULARY, (4, 30))
    ours, state = scratch(x)
    theirs, their_state = library(x)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    if isinstance(state, Tensor):
        state, their_state = (state,), (their_state,)
    for one, other in zip(state, their_state, strict=True):
        torch.testing.assert_close(one, other[0], atol=1e-5, rtol=0)
