"""What a run is asked to be: one flat, validated value that the command line, the form and
run.json share. Imports neither numpy nor torch, so a screen can show it before either is loaded.
"""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from seqtui.corpora.errors import InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.settings.typed_json import build

COUNTED_MODELS = ("uniform", "ngram", "infinity-gram")
"""Models that are fitted by counting: no steps, no gradient, no torch."""
NEURAL_MODELS = (
    "window-mlp",
    "rnn-scratch",
    "rnn-fast",
    "gru-scratch",
    "lstm-scratch",
    "rnn",
    "gru",
    "lstm",
    "transformer",
)
"""Models that are trained step by step."""
KINDS_WITH_TYING = ("rnn", "gru", "lstm")
"""Models whose last layer can share the embedding's weights, beside the transformer."""
SCRATCH_MODELS = ("rnn-scratch", "rnn-fast", "gru-scratch", "lstm-scratch")
"""The lecture's one layer on one-hot vectors."""
MODELS = COUNTED_MODELS + NEURAL_MODELS
OWN_MODEL = "own"
"""`RunConfig.kind` of a network of the user's own, named as FILE.py:CLASS."""

SMOOTHINGS = (
    "mle",
    "add-k",
    "lidstone",
    "katz",
    "witten-bell",
    "absolute-discounting",
    "kneser-ney",
    "modified-kneser-ney",
    "linear-interpolation",
    "stupid-back-off",
)
"""The estimators of n-gram models; a test holds these names to `estimators.ESTIMATORS`."""
OPTIMIZERS = ("adamw", "sgd", "rmsprop")
SCHEDULES = ("constant", "linear", "cosine")
SAMPLINGS = ("sequential", "random")
PRECISIONS = ("float32", "bfloat16")
MATMUL_PRECISIONS = ("highest", "high", "medium")

LENGTHS = ("steps", "epochs", "minutes")
"""One of these says how long a run is; another one replaces it."""
MAXIMUM_ORDER = 10
DEFAULT_STEPS = 1000
"""Steps of a run that was given neither `--steps` nor `--epochs` nor `--minutes`."""
DEFAULT_LEARNING_RATES = {"adamw": 0.005, "sgd": 1.0, "rmsprop": 0.001}
DEFAULT_WEIGHT_DECAYS = {"adamw": 0.01, "sgd": 0.0, "rmsprop": 0.0}
BOUNDS = {
    "order": (1, MAXIMUM_ORDER),
    "hidden": (1, 65_536),
    "layers": (1, 100),
    "embedding": (0, 65_536),
    "context": (1, 65_536),
    "heads": (1, 1_024),
    "batch_size": (1, 1_000_000),
    "window": (1, 1_000_000),
    "bptt": (1, 1_000_000),
    "accumulation": (1, 1_000_000),
    "warmup_steps": (0, 2**53),
    "patience": (1, 1_000_000),
    "steps": (1, 2**53),
    "epochs": (1, 1_000_000),
    "seed": (0, 2**53),
    "evaluate_every": (1, 2**53),
    "checkpoint_every": (1, 2**53),
    "sample_every": (1, 2**53),
    "threads": (1, 1_024),
}
"""Least and largest value of each whole number: a stranger's run.json is read too, and a number
of layers without bound would take all memory before anything else is checked."""
DEFAULT_MLP_CONTEXT = 8
"""Tokens that `window-mlp` sees by default."""
DEFAULT_MLP_EMBEDDING = 32
ONE_HOT_TYPES = 512
"""Largest vocabulary that is fed one-hot by default; beyond it an embedding is cheaper."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Everything that decides a run's numbers, beside the text itself.

    Raises InputError, naming the option and its value, for a value that will not do.
    """

    corpus: str
    """Name of a built-in corpus, or a path."""
    corpus_options: CorpusOptions = field(default_factory=CorpusOptions)
    """How the text becomes ids."""
    model: str = "gru"
    """One of `MODELS`, or a network of the user's own as FILE.py:CLASS."""
    order: int = 2
    """n of an n-gram model."""
    smoothing: str = "add-k"
    """How an n-gram model treats what it has not seen."""
    k: float = 1.0
    """What add-k adds to each count."""
    min_count: str | None = None
    """Least occurrences of the n-grams kept, for each order, as `1,1,2`; the last holds for all
    higher orders; None keeps all."""
    hidden: int = 256
    """Size of the hidden state."""
    layers: int = 1
    """Recurrent layers, one upon the other."""
    dropout: float = 0.0
    """Share of the activations dropped after each layer, in training only."""
    embedding: int | None = None
    """Size of the input vectors; 0 is one-hot; None is one-hot up to `ONE_HOT_TYPES` types and
    the hidden size beyond."""
    tied: bool = False
    """Whether the last layer uses the embedding's weights."""
    context: int | None = None
    """Tokens that `window-mlp` sees, and that a layer of `transformer` looks at; None is
    `DEFAULT_MLP_CONTEXT` for the one and the window for the other."""
    heads: int = 4
    """Heads of each of the transformer's layers."""
    optimizer: str = "adamw"
    """`adamw`, `rmsprop`, or the lecture's `sgd`."""
    learning_rate: float | None = None
    """Step size at the start; None is the optimiser's entry in `DEFAULT_LEARNING_RATES`."""
    schedule: str = "constant"
    """How the learning rate goes on from there: `linear` and `cosine` fall to 0 at the last
    step."""
    warmup_steps: int = 0
    """First steps, over which the learning rate rises from near 0."""
    weight_decay: float | None = None
    """Share of the learning rate by which the weights shrink at each step; None is the
    optimiser's entry in `DEFAULT_WEIGHT_DECAYS`."""
    clip_norm: float = 1.0
    """Largest global norm of the gradient; 0 clips nothing."""
    batch_size: int = 32
    """Rows of a batch, over all devices together."""
    accumulation: int = 1
    """Parts in which a batch's gradient is computed: the same step in less memory."""
    window: int = 32
    """Time steps of a batch."""
    bptt: int | None = None
    """Time steps a gradient reaches back before the state is detached; None is the window. Below
    it the window is cut; a multiple of it reads earlier windows again."""
    sampling: str = "sequential"
    """`sequential`: a batch continues the one before, the state is carried; `random`: not."""
    steps: int | None = None
    """Optimiser steps to take; `DEFAULT_STEPS` if `epochs` and `minutes` are None too."""
    epochs: int | None = None
    """Passes over the training part to make."""
    minutes: float | None = None
    """Minutes to train for, pauses not counted."""
    patience: int | None = None
    """Evaluations without a lower held-out loss after which the run ends; None for no such end."""
    seed: int = 0
    """Seed of the weights, the dropout and the windows."""
    evaluate_every: int | None = None
    """Steps between two held-out evaluations; None chooses by the lengths of run and text."""
    checkpoint_every: int | None = None
    """Steps between two `last` checkpoints, beside those by the clock."""
    sample_every: int | None = None
    """Steps between two samples from the current weights; None for none."""
    device: str = "auto"
    """`auto`, `cpu`, `cuda`, `cuda:N` or `mps`."""
    threads: int | None = None
    """Threads torch may use on a CPU; None leaves it to torch."""
    precision: str = "float32"
    """`bfloat16` computes the forward pass in mixed precision."""
    matmul_precision: str = "highest"
    """What torch may round float32 products to; `medium` is bfloat16's 8 bits."""
    compile: bool = False
    """Whether torch compiles the network before the first step."""

    def __post_init__(self) -> None:
        if own_model_parts(self.model) is None:
            _one_of("model", self.model, (*MODELS, "FILE.py:CLASS"))
        _one_of("smoothing", self.smoothing, SMOOTHINGS)
        _one_of("optimizer", self.optimizer, OPTIMIZERS)
        _one_of("schedule", self.schedule, SCHEDULES)
        _one_of("sampling", self.sampling, SAMPLINGS)
        _one_of("precision", self.precision, PRECISIONS)
        _one_of("matmul_precision", self.matmul_precision, MATMUL_PRECISIONS)
        for name, (least, most) in BOUNDS.items():
            _between(name, getattr(self, name), least, most)
        _above_zero("k", self.k, "; for unsmoothed counts use --smoothing mle")
        if not 0 <= self.dropout < 1:
            raise InputError(f"--dropout {self.dropout}: must be at least 0 and below 1")
        _above_zero("learning-rate", self.learning_rate)
        if not (0 <= self.clip_norm < math.inf):
            raise InputError(f"--clip-norm {self.clip_norm}: must be 0 (no clipping) or above")
        if self.weight_decay is not None and not 0 <= self.weight_decay < math.inf:
            raise InputError(f"--weight-decay {self.weight_decay}: must be 0 or above")
        _above_zero("minutes", self.minutes)
        if not re.fullmatch(r"auto|cpu|mps|cuda(:\d{1,3})?", self.device):
            raise InputError(f"--device {self.device}: choose auto, cpu, cuda, cuda:N or mps")
        self._check_combinations()

    @property
    def min_counts(self) -> tuple[int, ...]:
        """`min_count` as numbers. Raises InputError for what is none."""
        parts = [part for part in re.split(r"[,\s]+", (self.min_count or "").strip()) if part]
        if not all(re.fullmatch(r"[0-9]{1,9}", part) for part in parts):
            raise InputError(f"--min-count {self.min_count}: give whole numbers such as 1,1,2")
        return tuple(map(int, parts))

    def _check_combinations(self) -> None:
        if self.min_counts and self.model != "ngram":
            raise InputError(
                f"--min-count {self.min_count}: --model {self.model} stores no n-grams; "
                "take --model ngram"
            )
        if self.corpus_options.boundaries == "line" and self.model != "ngram":
            raise InputError(
                f"--boundaries line: --model {self.model} reads one stream; take --model ngram, "
                "or --boundaries stream"
            )
        lengths = {name: getattr(self, name) for name in LENGTHS}
        given = [f"--{name} {value}" for name, value in lengths.items() if value is not None]
        if len(given) > 1:
            raise InputError(f"{' and '.join(given)}: give one of --steps, --epochs, --minutes")
        self._check_optimisation()
        if self.model in SCRATCH_MODELS:
            for name, plain in (("layers", 1), ("dropout", 0), ("embedding", 0)):
                value = getattr(self, name)
                if value not in (None, plain):
                    raise InputError(
                        f"--{name} {value}: {self.model} is the lecture's one layer on one-hot "
                        f"vectors; take --model {self.model.split('-')[0]} or --{name} {plain}"
                    )
        if self.model == "window-mlp":
            for name, plain in (("layers", 1), ("dropout", 0)):
                if getattr(self, name) != plain:
                    raise InputError(
                        f"--{name} {getattr(self, name)}: window-mlp has one hidden layer "
                        f"without dropout; take --{name} {plain}"
                    )
            if self.embedding == 0:
                raise InputError("--embedding 0: window-mlp needs input vectors; give a size")
        if self.model == "transformer":
            self._check_transformer()
        if self.tied and self.model not in (*KINDS_WITH_TYING, "transformer"):
            raise InputError(
                f"--tied: --model {self.model} has no embedding to share; take one of "
                f"{', '.join(KINDS_WITH_TYING)}, transformer"
            )
        if self.tied and self.model in KINDS_WITH_TYING and self.embedding != self.hidden:
            raise InputError(
                f"--tied: embedding and hidden state must be of one size; give --embedding "
                f"{self.hidden}"
            )
        if self.context is not None and self.model not in ("window-mlp", "transformer"):
            raise InputError(
                f"--context {self.context}: it is for --model window-mlp and transformer; "
                f"{self.model} has another; leave it out"
            )

    def _check_optimisation(self) -> None:
        if self.schedule != "constant" and self.minutes is not None:
            raise InputError(
                f"--schedule {self.schedule}: it ends at a step, and --minutes names none; "
                "give --steps or --epochs"
            )
        if self.batch_size % self.accumulation:
            raise InputError(
                f"--accumulation {self.accumulation}: must divide --batch-size {self.batch_size}"
            )
        if self.bptt is None or self.bptt <= self.window:
            return
        if self.bptt % self.window:
            raise InputError(
                f"--bptt {self.bptt}: beyond --window {self.window} it must be a multiple of it"
            )
        if self.sampling != "sequential":
            raise InputError(
                f"--bptt {self.bptt}: with --sampling {self.sampling} no window continues another; "
                "take --sampling sequential"
            )

    def _check_transformer(self) -> None:
        if self.hidden % (2 * self.heads):  # rotary positions turn pairs of numbers
            raise InputError(
                f"--hidden {self.hidden}: must be a multiple of twice --heads {self.heads} "
                "for the transformer"
            )
        if self.embedding not in (None, self.hidden):
            raise InputError(
                f"--embedding {self.embedding}: the transformer's input vectors are of its hidden "
                "size; leave it out"
            )

    @property
    def kind(self) -> str:
        """One of `MODELS`, or `OWN_MODEL`."""
        return kind_of(self.model)

    @property
    def model_name(self) -> str:
        """The model for people: a file of one's own without its folders."""
        return self.model if self.kind != OWN_MODEL else re.split(r"[/\\]", self.model)[-1]

    @property
    def context_size(self) -> int:
        """Tokens that a network of bounded context sees in a layer, the default filled in."""
        if self.context is not None:
            return self.context
        return DEFAULT_MLP_CONTEXT if self.model == "window-mlp" else self.window

    @property
    def reach(self) -> int | None:
        """Tokens of a sequence as the model is fitted to it: its order, context or window.

        None for a model without such a length.
        """
        if self.model in COUNTED_MODELS:
            return self.order if self.model == "ngram" else None
        return self.context_size if self.model == "window-mlp" else self.window

    @property
    def initial_learning_rate(self) -> float:
        """The learning rate of the first step, the default filled in."""
        if self.learning_rate is None:
            return DEFAULT_LEARNING_RATES[self.optimizer]
        return self.learning_rate

    @property
    def effective_weight_decay(self) -> float:
        """The weight decay, the default filled in."""
        if self.weight_decay is None:
            return DEFAULT_WEIGHT_DECAYS[self.optimizer]
        return self.weight_decay

    @property
    def earlier_windows(self) -> int:
        """Windows before a batch's own that its gradient reaches back over."""
        return max((self.bptt or self.window) // self.window, 1) - 1

    def embedding_size(self, vocabulary_size: int) -> int:
        """Size of the input vectors for |V| types, the default filled in; 0 is one-hot."""
        if self.embedding is None and self.model == "window-mlp":
            return DEFAULT_MLP_EMBEDDING
        if self.embedding is None:
            return 0 if vocabulary_size <= ONE_HOT_TYPES else self.hidden
        return self.embedding

    def to_json(self) -> dict[str, Any]:
        """The configuration as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: object) -> RunConfig:
        """The configuration that `to_json` wrote.

        Raises InputError for an unknown or missing name, or a value of another type.
        """
        return build(cls, data)


def own_model_parts(model: str) -> tuple[str, str | None] | None:
    """File and class of FILE.py:CLASS (the class may be left out), None for any other name.

    Neither is looked at here; a name that cannot be shown as it is, is none.
    """
    match = re.fullmatch(r"(.+\.py)(?::([^:]+))?", model)
    if match is None or not model.isprintable():
        return None
    file, name = match.groups()
    return (file, name) if name is None or name.isidentifier() else None


def kind_of(model: str) -> str:
    """The name of a model's kind: `OWN_MODEL` for FILE.py:CLASS, else the name itself."""
    return OWN_MODEL if own_model_parts(model) is not None else model


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"{_option(name)} {value}: choose one of {', '.join(choices)}")


def _between(name: str, value: int | None, least: int, most: int) -> None:
    if value is not None and not least <= value <= most:
        limit = f"at least {least}" if value < least else f"at most {most:,}"
        raise InputError(f"{_option(name)} {value}: must be {limit}")


def _above_zero(name: str, value: float | None, remedy: str = "") -> None:
    if value is not None and not 0 < value < math.inf:
        raise InputError(f"{_option(name)} {value}: must be a number above 0{remedy}")
