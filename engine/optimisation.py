"""From gradients to new weights: the optimisers and clipping on the global norm."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from seqtui.engine.configuration import RunConfig


def build_optimiser(config: RunConfig, module: nn.Module) -> torch.optim.Optimizer:
    """The optimiser a configuration asks for.

    `sgd` is the lecture's: W <- W - lr * gradient. `adamw` is Loshchilov and Hutter, Decoupled
    Weight Decay Regularization (2019), with PyTorch's betas and weight decay.
    """
    if config.optimizer == "sgd":
        return torch.optim.SGD(module.parameters(), lr=config.initial_learning_rate)
    return torch.optim.AdamW(module.parameters(), lr=config.initial_learning_rate)


def set_learning_rate(optimiser: torch.optim.Optimizer, learning_rate: float) -> None:
    """Use another step size from the next step on."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate


def clip_global_norm(parameters: Iterable[nn.Parameter], limit: float) -> tuple[Tensor, Tensor]:
    """Scale all gradients together so that their global norm is at most `limit`.

    g <- min(1, limit / |g|) g, with |g| over all parameters as one vector; `limit` 0 clips
    nothing. Returns the norm before and after as scalars that stay on the device: to read them
    at every step would wait for it.
    """
    gradients = [each.grad for each in parameters if each.grad is not None]
    before = torch.linalg.vector_norm(
        torch.stack([torch.linalg.vector_norm(gradient) for gradient in gradients])
    )
    if not limit:
        return before, before
    scale = (limit / before).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(scale)
    return before, before * scale
