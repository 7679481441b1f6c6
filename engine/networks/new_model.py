"""A language model of your own: rename it, change it, and train it.

    seqtui train CORPUS --model new_model.py:MyModel --steps 500

Before training it is tried, and what it lacks is reported in one line: logits of the right shape,
a gradient for every parameter, no look into the future, and a state that carries on. `evaluate`
and `generate` need the file named again with --model, since loading a file runs it. While it
trains, what it prints goes to the run's log.txt; torch's settings that it changes are put back
after each call.

This page holds one small recurrent network: a gated recurrent unit (GRU) between an embedding and
a linear layer. To take another, change `self.layers` to nn.RNN, or write the steps out by hand.
"""

from __future__ import annotations

from torch import Tensor, nn


class MyModel(nn.Module):
    """Ids in, logits out.

    `vocabulary_size` is |V|, the number of ids. The other parameters are options of `seqtui
    train` and are given with their values there (hidden is 256 unless you set `--hidden`); besides
    `hidden` you may take `layers`, `dropout` and `embedding` by these names, or none of them.
    """

    def __init__(self, vocabulary_size: int, hidden: int = 256) -> None:
        super().__init__()
        # Whatever has weights is assigned to self here; a list of layers as nn.ModuleList.
        self.embedding = nn.Embedding(vocabulary_size, hidden)
        # Without batch_first=True the layer would take the rows of the batch for time steps.
        self.layers = nn.GRU(hidden, hidden, batch_first=True)
        self.head = nn.Linear(hidden, vocabulary_size)

    def forward(self, ids: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits for the token after each id, and the state after the last one.

        `ids` is int64 `[batch, steps]`, of any batch and any number of steps: training reads
        windows, evaluating one row of up to 1,000 steps, writing one id at a time.

        `state` is None where a text begins, else what the call before returned. It may be one
        tensor, a tuple of several, or None for a model without memory. It must hold all that
        later steps need: ten steps at once and five and five give the same logits.
        """
        X = self.embedding(ids)  # [batch, steps, hidden]
        H, state = self.layers(X, state)  # [batch, steps, hidden], [1, batch, hidden]
        # No softmax: the loss takes logits. Row t may depend on ids up to t, never on later ones.
        return self.head(H), state  # [batch, steps, vocab]
