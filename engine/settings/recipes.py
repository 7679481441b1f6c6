"""Named settings of model and optimisation that are known to do something, and what they do.

A recipe never names a text: held-out figures in a purpose name theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqtui.corpora.errors import UserMessage
from seqtui.engine.settings.limits import one_of
from seqtui.engine.settings.run_config import LENGTHS


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings by the names that `RunConfig` has for them."""

    purpose: UserMessage
    settings: Mapping[str, Any]
    warning: UserMessage | None = None
    """What to know before using it."""


_BOOK: dict[str, Any] = {
    "model": "lstm",
    "hidden": 256,
    "layers": 2,
    "embedding": 64,
    "batch_size": 32,
    "window": 64,
    "learning_rate": 0.005,
    "schedule": "cosine",
}
"""For the characters of a short book."""

RECIPES: dict[str, Recipe] = {
    "tiny": Recipe(
        UserMessage("a few seconds on any machine: to see that all works"),
        {
            "model": "gru",
            "hidden": 32,
            "batch_size": 16,
            "window": 16,
            "steps": 100,
            "learning_rate": 0.01,
        },
    ),
    "quick": Recipe(
        UserMessage("the best a minute on two cores gives on the characters of a short book"),
        {**_BOOK, "dropout": 0.3, "steps": 700, "warmup_steps": 50},
    ),
    "best": Recipe(
        UserMessage(
            "the best found here for the characters of a short book, in six minutes on two cores"
        ),
        {**_BOOK, "dropout": 0.4, "steps": 4000, "warmup_steps": 100},
    ),
    "hour": Recipe(
        UserMessage(
            "the best found here for a megabyte of characters, in an hour on two cores that "
            "multiply in bfloat16"
        ),
        {
            "model": "lstm",
            "hidden": 512,
            "layers": 2,
            "embedding": 64,
            "dropout": 0.4,
            "batch_size": 64,
            "window": 64,
            "learning_rate": 0.003,
            "schedule": "cosine",
            "warmup_steps": 200,
            "precision": "bfloat16",
            "evaluate_every": 1000,
            "steps": 9000,
        },
    ),
    "lecture": Recipe(
        UserMessage("the chapter's network from scratch, as Dive into Deep Learning trains it"),
        {
            "model": "rnn-scratch",
            "hidden": 512,
            "batch_size": 32,
            "window": 35,
            "epochs": 500,
            "optimizer": "sgd",
            "learning_rate": 1.0,
            "clip_norm": 1.0,
        },
        UserMessage(
            "500 passes learn a short text by heart: the training perplexity falls towards 1 while "
            "the held-out perplexity rises; read the held-out one"
        ),
    ),
}


def recipe_of(name: str) -> Recipe:
    """The recipe of that name. Raises InputError naming the choices."""
    one_of("recipe", name, tuple(RECIPES))
    return RECIPES[name]


def overlaid(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Settings where a later layer overrides; a length replaces an earlier one of any kind."""
    settings: dict[str, Any] = {}
    for layer in layers:
        if any(layer.get(name) is not None for name in LENGTHS):
            settings = {name: value for name, value in settings.items() if name not in LENGTHS}
        settings |= layer
    return settings
