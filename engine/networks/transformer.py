"""A small causal transformer: each token looks at itself and the `context - 1` before it.

    X = X + A(norm(X)) W_o            A(X) = softmax(Q K^T / sqrt(d) + mask) V, for every head
    X = X + W_2 gelu(W_1 norm(X))

Vaswani et al., Attention Is All You Need (2017), with the norm before each part (Xiong et al.,
2020) and rotary positions (Su et al., RoFormer, 2021): queries and keys are turned by an angle
that grows with their place, so that their product knows only how far apart they are.

The state is what later tokens may still look at: the keys and values, in every layer, of the last
`context - 1` tokens. So two windows with the state carried equal one long window, and a token of
layer l sees, through the layers below, `layers * (context - 1)` tokens back.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

DEVIATION = 0.02
"""Standard deviation of the weights at the start (Radford et al., 2018)."""
ROTARY_BASE = 10_000.0


class Layer(nn.Module):
    """Attention and a feed-forward part, each added to what comes in."""

    def __init__(self, hidden: int, heads: int, context: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.context = heads, context
        self.before_attention = nn.LayerNorm(hidden)
        self.query_key_value = nn.Linear(hidden, 3 * hidden)
        self.attention_out = nn.Linear(hidden, hidden)
        self.before_feed_forward = nn.LayerNorm(hidden)
        self.widen = nn.Linear(hidden, 4 * hidden)
        self.narrow = nn.Linear(4 * hidden, hidden)
        self.dropout = nn.Dropout(dropout)

    def forward(self, X: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """`X` `[batch, steps, hidden]` after the layer, and the keys and values still in reach.

        `known` and what is returned for it are `[2, batch, tokens, hidden]`, at most
        `context - 1` tokens, the keys not turned yet.
        """
        Q, K, V = self.query_key_value(self.before_attention(X)).chunk(3, dim=-1)
        joined = torch.cat([known, torch.stack([K, V])], dim=2)  # [2, batch, tokens, hidden]
        before, tokens = known.shape[2], joined.shape[2]
        place = torch.arange(tokens, device=X.device)
        Q = rotated(self._split(Q), place[before:])  # [batch, heads, steps, hidden / heads]
        K = rotated(self._split(joined[0]), place)
        distance = place[before:, None] - place  # [steps, tokens]
        seen = (distance >= 0) & (distance < self.context)
        A = functional.scaled_dot_product_attention(Q, K, self._split(joined[1]), attn_mask=seen)
        A = A.transpose(1, 2).flatten(2)  # [batch, steps, hidden]
        X = X + self.dropout(self.attention_out(A))
        inner = functional.gelu(self.widen(self.before_feed_forward(X)))
        X = X + self.dropout(self.narrow(inner))
        return X, joined[:, :, max(0, tokens - self.context + 1) :]

    def _split(self, X: Tensor) -> Tensor:
        """`[batch, tokens, hidden]` to `[batch, heads, tokens, hidden / heads]`."""
        return X.reshape(*X.shape[:-1], self.heads, -1).transpose(1, 2)


def rotated(X: Tensor, place: Tensor) -> Tensor:
    """Each pair of numbers of `X` `[..., tokens, width]` turned by its own multiple of `place`."""
    half = X.shape[-1] // 2
    rate = ROTARY_BASE ** (-torch.arange(half, device=X.device) / half)
    angle = (place[:, None] * rate).to(X.dtype)  # [tokens, width / 2]
    first, second = X[..., :half], X[..., half:]
    cosine, sine = angle.cos(), angle.sin()
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)


class Transformer(nn.Module):
    """Embeddings, `layers` layers of attention, a norm, a linear layer to logits."""

    def __init__(
        self,
        vocabulary_size: int,
        hidden: int,
        layers: int,
        heads: int,
        context: int,
        dropout: float = 0.0,
        tied: bool = False,
    ) -> None:
        super().__init__()
        self.context = layers * (context - 1) + 1
        self.embedding = nn.Embedding(vocabulary_size, hidden)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(hidden, heads, context, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(hidden)
        self.head = nn.Linear(hidden, vocabulary_size)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=DEVIATION)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        if tied:
            self.head.weight = self.embedding.weight

    def forward(self, ids: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits `[batch, steps, vocab]` and the state.

        `ids` is `[batch, steps]`; the state is `[layers, 2, batch, tokens, hidden]`, keys and
        values of at most `context - 1` tokens; without one the text begins here.
        """
        X = self.dropout(self.embedding(ids))  # [batch, steps, hidden]
        if state is None:
            state = X.new_zeros(len(self.layers), 2, ids.shape[0], 0, X.shape[-1])
        later = []
        for layer, known in zip(self.layers, state, strict=True):
            X, still_known = layer(X, known)
            later.append(still_known)
        return self.head(self.norm(X)), torch.stack(later)
