from __future__ import annotations

import torch

from seqtui.engine.networks.lstm_scratch import ScratchLSTM
from seqtui.engine.networks.recurrent import RecurrentNetwork

VOCABULARY, HIDDEN = 11, 16


def copy_weights(scratch: ScratchLSTM, library: RecurrentNetwork) -> None:
    """Into the library's layer, whose gates lie one upon the other: input, forget, node, output."""
    own = dict(scratch.named_parameters())
    with torch.no_grad():
        library.layers.weight_ih_l0.copy_(torch.cat([own[f"W_x{gate}"].T for gate in "ifco"]))
        library.layers.weight_hh_l0.copy_(torch.cat([own[f"W_h{gate}"].T for gate in "ifco"]))
        library.layers.bias_ih_l0.copy_(torch.cat([own[f"b_{gate}"] for gate in "ifco"]))
        library.layers.bias_hh_l0.zero_()  # the library has two biases
        library.head.weight.copy_(own["W_hq"].T)
        library.head.bias.copy_(own["b_q"])


def test_it_is_the_library_s_layer_with_the_same_weights() -> None:
    torch.manual_seed(0)
    scratch, library = ScratchLSTM(VOCABULARY, HIDDEN), RecurrentNetwork("lstm", VOCABULARY, HIDDEN)
    with torch.no_grad():
        for parameter in scratch.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.3)
    copy_weights(scratch, library)
    x = torch.randint(VOCABULARY, (4, 30))
    ours, state = scratch(x)
    theirs, their_state = library(x)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    for one, other in zip(state, their_state, strict=True):
        torch.testing.assert_close(one, other[0], atol=1e-5, rtol=0)


def test_a_fresh_cell_remembers() -> None:
    """With b_f = 1 more than half of a memory is kept in each step."""
    torch.manual_seed(0)
    module = ScratchLSTM(VOCABULARY, 64)
    x = torch.randint(VOCABULARY, (4, 1))
    H, C = torch.zeros(4, 64), torch.full((4, 64), 100.0)
    _, (_, later) = module(x, (H, C))
    assert later.mean() > 65
