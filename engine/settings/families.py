"""The families of models, one row each: what `--model` offers, and what holds for each of them.

The checks of a configuration, the builder of networks, the formula of their weights, the command
line and the form read these rows. To add a network: its file in `engine/networks`, and a row here.
Imports neither numpy nor torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from seqtui.corpora.errors import UserMessage
from seqtui.engine.settings.weights import (
    CountWeights,
    recurrent_layers,
    scratch_layer,
    transformer_layers,
    window_layer,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What holds for all models of one kind."""

    name: str
    """What `--model` calls it."""
    network: str | None = None
    """`module:Class`, called with |V|, `settings` and `constants`, all by name; None for a model
    that is counted, and for a network of the user's own."""
    counted: bool = False
    """Whether it is fitted by counting: no steps, no gradient, no torch."""
    settings: tuple[str, ...] = ()
    """Settings of the model, named as the attributes of `RunConfig`, that matter for it."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """What the class is given beside the settings."""
    defaults: Mapping[str, int] = field(default_factory=dict)
    """Sizes of its own, where `RunConfig` has None."""
    inputs: Literal["one-hot", "vectors", "either", "hidden"] = "either"
    """What is fed for an id: a one-hot vector; a vector of `embedding` numbers; either of them;
    a vector of the hidden size."""
    reach: Literal["order", "context", "window"] | None = "window"
    """The setting for how many tokens of a sequence it is fitted to."""
    lines: bool = False
    """Whether it can be fitted to lines, each with a beginning and an end."""
    weights: CountWeights | None = None
    """Counts the weights below the head; None where only the text or the user's file decides."""
    description: str = ""
    """What it is: in a run's summary, and where a setting that it does not have is refused."""
    richer: str = ""
    """The family that has these settings."""

    def uses(self, setting: str) -> bool:
        """Whether a setting of a run matters for this family."""
        if setting == "model":
            return True
        return setting in self.settings if setting in MODEL_SETTINGS else not self.counted


_N = "seqtui.engine.networks."
_LAYERED = ("hidden", "layers", "dropout", "embedding")
_ONE_LAYER = UserMessage("the lecture's one layer on one-hot vectors")

_ROWS = (
    Family(
        name="uniform",
        counted=True,
        reach=None,
        description=UserMessage("every token has the same probability"),
    ),
    Family(
        name="ngram",
        counted=True,
        settings=("order", "smoothing", "k", "min_count"),
        reach="order",
        lines=True,
    ),
    Family(
        name="infinity-gram",
        counted=True,
        reach=None,
        description=UserMessage("the longest context that occurs in the text, unsmoothed"),
    ),
    Family(
        name="window-mlp",
        network=_N + "window_mlp:WindowMLP",
        settings=("hidden", "embedding", "context"),
        defaults={"context": 8, "embedding": 32},
        inputs="vectors",
        reach="context",
        weights=window_layer,
        description=UserMessage("one hidden layer without dropout"),
    ),
    Family(
        name="rnn-scratch",
        network=_N + "rnn_scratch:ScratchRNN",
        settings=("hidden",),
        inputs="one-hot",
        weights=scratch_layer(gates=1),
        description=_ONE_LAYER,
        richer="rnn",
    ),
    Family(
        name="rnn-fast",
        network=_N + "rnn_fast:FastRNN",
        settings=("hidden",),
        inputs="one-hot",
        weights=scratch_layer(gates=1),
        description=_ONE_LAYER,
        richer="rnn",
    ),
    Family(
        name="gru-scratch",
        network=_N + "gru_scratch:ScratchGRU",
        settings=("hidden",),
        inputs="one-hot",
        weights=scratch_layer(gates=3, second_bias=True),
        description=_ONE_LAYER,
        richer="gru",
    ),
    Family(
        name="lstm-scratch",
        network=_N + "lstm_scratch:ScratchLSTM",
        settings=("hidden",),
        inputs="one-hot",
        weights=scratch_layer(gates=4),
        description=_ONE_LAYER,
        richer="lstm",
    ),
    Family(
        name="rnn",
        network=_N + "recurrent:RecurrentNetwork",
        settings=(*_LAYERED, "tied"),
        constants={"kind": "rnn"},
        weights=recurrent_layers(gates=1),
    ),
    Family(
        name="gru",
        network=_N + "recurrent:RecurrentNetwork",
        settings=(*_LAYERED, "tied"),
        constants={"kind": "gru"},
        weights=recurrent_layers(gates=3),
    ),
    Family(
        name="lstm",
        network=_N + "recurrent:RecurrentNetwork",
        settings=(*_LAYERED, "tied"),
        constants={"kind": "lstm"},
        weights=recurrent_layers(gates=4),
    ),
    Family(
        name="transformer",
        network=_N + "transformer:Transformer",
        settings=("hidden", "layers", "heads", "dropout", "tied", "context"),
        inputs="hidden",
        weights=transformer_layers,
    ),
)
OWN = Family(name="own", settings=_LAYERED)
"""A network of the user's own, named as FILE.py:CLASS; its class takes of these what it names."""

FAMILIES = {row.name: row for row in (*_ROWS, OWN)}
MODELS = tuple(row.name for row in _ROWS)
"""Every family that a name alone chooses."""
MODEL_SETTINGS = frozenset(name for row in FAMILIES.values() for name in row.settings)
"""Settings that matter for some families and not for others; all others matter for training."""


def models_with(setting: str) -> str:
    """The models for which a setting matters, for a sentence."""
    return ", ".join(name for name in MODELS if setting in FAMILIES[name].settings)
