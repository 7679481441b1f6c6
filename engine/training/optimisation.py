"""From gradients to new weights: optimisers, learning-rate schedules, clipping on the norm."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from seqtui.engine.settings.run_config import RunConfig


def build_optimiser(config: RunConfig, module: nn.Module) -> torch.optim.Optimizer:
    """The optimiser a configuration asks for.

    `sgd` is the lecture's: W <- W - lr * gradient. `adamw` is Loshchilov and Hutter, Decoupled
    Weight Decay Regularization (2019), with PyTorch's betas. `rmsprop` divides by a running mean of
    squares (Hinton, lecture 6e of Neural Networks for Machine Learning, 2012). AdamW takes weight
    decay from the weights themselves, the others add it to the gradient.
    """
    rate, decay = config.initial_learning_rate, config.effective_weight_decay
    parameters = module.parameters()
    if config.optimizer == "sgd":
        return torch.optim.SGD(parameters, lr=rate, weight_decay=decay)
    if config.optimizer == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=rate, weight_decay=decay)
    return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay)


def set_learning_rate(optimiser: torch.optim.Optimizer, learning_rate: float) -> None:
    """Use another step size from the next step on."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate


def schedule_factor(config: RunConfig, step: int, total: int | None) -> float:
    """What the learning rate is multiplied by at a step (the first is 0) of `total`.

    Over the `warmup_steps` it rises as (step + 1) / warmup_steps. From there on, with x running
    from 0 to 1 at the end of the run, it is 1 (`constant`), 1 - x (`linear`) or
    (1 + cos pi x) / 2 (`cosine`; Loshchilov and Hutter, SGDR, 2017). It depends on the step alone,
    so a resumed run continues it; asked to be longer, it follows the new length.
    """
    if step < config.warmup_steps:
        return (step + 1) / config.warmup_steps
    if config.schedule == "constant" or total is None:
        return 1.0
    x = min((step - config.warmup_steps) / max(total - config.warmup_steps, 1), 1.0)
    return 1 - x if config.schedule == "linear" else (1 + math.cos(math.pi * x)) / 2


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
