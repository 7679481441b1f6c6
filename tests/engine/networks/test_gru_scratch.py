from __future__ import annotations

import torch
from torch import Tensor

from seqtui.engine.networks.gru_scratch import ScratchGRU
from seqtui.engine.networks.recurrent import RecurrentNetwork

VOCABULARY, HIDDEN = 11, 16


def copy_weights(scratch: ScratchGRU, library: RecurrentNetwork) -> None:
    """Into the library's layer, whose gates lie one upon the other: reset, update, candidate."""
    own = dict(scratch.named_parameters())
    with torch.no_grad():
        library.layers.weight_ih_l0.copy_(torch.cat([own[f"W_x{gate}"].T for gate in "rzh"]))
        library.layers.weight_hh_l0.copy_(torch.cat([own[f"W_h{gate}"].T for gate in "rzh"]))
        library.layers.bias_ih_l0.copy_(torch.cat([own["b_r"], own["b_z"], own["b_xh"]]))
        library.layers.bias_hh_l0.zero_()
        library.layers.bias_hh_l0[2 * HIDDEN :].copy_(own["b_hh"])
        library.head.weight.copy_(own["W_hq"].T)
        library.head.bias.copy_(own["b_q"])


def test_it_is_the_library_s_layer_with_the_same_weights() -> None:
    torch.manual_seed(0)
    scratch, library = ScratchGRU(VOCABULARY, HIDDEN), RecurrentNetwork("gru", VOCABULARY, HIDDEN)
    with torch.no_grad():
        for parameter in scratch.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.3)
    copy_weights(scratch, library)
    x = torch.randint(VOCABULARY, (4, 30))
    ours, state = scratch(x)
    theirs, their_state = library(x)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    assert isinstance(their_state, Tensor)
    torch.testing.assert_close(state, their_state[0], atol=1e-5, rtol=0)
