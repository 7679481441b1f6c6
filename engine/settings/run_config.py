"""What a run is asked to be: one flat, validated value that the command line, the form and
run.json share. Imports neither numpy nor torch, so a screen can show it before either is loaded.
"""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from seqtui.corpora.errors import InputError, flag
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.settings.families import FAMILIES, MODELS, OWN, Family, models_with
from seqtui.engine.settings.limits import BOUNDS, above_zero, addable, between, one_of
from seqtui.engine.settings.typed_json import build

OWN_MODEL = OWN.name
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
"""One of these sets the length of a run; another one replaces it."""
DEFAULT_STEPS = 1000
"""Steps of a run that was given neither `--steps` nor `--epochs` nor `--minutes`."""
DEFAULT_LEARNING_RATES = {"adamw": 0.005, "sgd": 1.0, "rmsprop": 0.001}
DEFAULT_WEIGHT_DECAYS = {"adamw": 0.01, "sgd": 0.0, "rmsprop": 0.0}
ONE_HOT_TYPES = 512
"""Largest vocabulary that is fed one-hot by default; beyond it an embedding is cheaper."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Everything that decides a run's numbers, beside the text itself.

    Raises InputError, naming the option and its value, for a value that is not allowed.
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
    the family's own default for the one and the window for the other."""
    heads: int = 4
    """Heads of each of the transformer's layers."""
    optimizer: str = "adamw"
    """`adamw`, `rmsprop`, or the lecture's `sgd`."""
    learning_rate: float | None = None
    """Step size at the start; None is the optimiser's entry in `DEFAULT_LEARNING_RATES`."""
    schedule: str = "constant"
    """How the learning rate changes from there: `linear` and `cosine` fall to 0 at the last
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
        if self.kind not in FAMILIES or self.model == OWN.name:
            one_of("model", self.model, (*MODELS, "FILE.py:CLASS"))
        one_of("smoothing", self.smoothing, SMOOTHINGS)
        one_of("optimizer", self.optimizer, OPTIMIZERS)
        one_of("schedule", self.schedule, SCHEDULES)
        one_of("sampling", self.sampling, SAMPLINGS)
        one_of("precision", self.precision, PRECISIONS)
        one_of("matmul_precision", self.matmul_precision, MATMUL_PRECISIONS)
        for name, (least, most) in BOUNDS.items():
            between(name, getattr(self, name), least, most)
        addable(self.k)
        above_zero("learning_rate", self.learning_rate)
        above_zero("minutes", self.minutes)
        if not 0 <= self.dropout < 1:
            raise InputError(
                "--dropout {dropout}: must be at least 0 and below 1",
                option="dropout",
                dropout=self.dropout,
            )
        if not (0 <= self.clip_norm < math.inf):
            raise InputError(
                "--clip-norm {clip_norm}: must be 0 (no clipping) or above",
                option="clip_norm",
                clip_norm=self.clip_norm,
            )
        if self.weight_decay is not None and not 0 <= self.weight_decay < math.inf:
            raise InputError(
                "--weight-decay {weight_decay}: must be 0 or above",
                option="weight_decay",
                weight_decay=self.weight_decay,
            )
        if not re.fullmatch(r"auto|cpu|mps|cuda(:\d{1,3})?", self.device):
            raise InputError(
                "--device {device}: choose auto, cpu, cuda, cuda:N or mps",
                option="device",
                device=self.device,
            )
        self._check_length()
        self._check_family()
        self._check_optimisation()

    @property
    def min_counts(self) -> tuple[int, ...]:
        """`min_count` as numbers. Raises InputError for what is none."""
        parts = [part for part in re.split(r"[,\s]+", (self.min_count or "").strip()) if part]
        if not all(re.fullmatch(r"[0-9]{1,9}", part) for part in parts):
            raise InputError(
                "--min-count {min_count}: give whole numbers such as 1,1,2",
                option="min_count",
                min_count=self.min_count,
            )
        return tuple(map(int, parts))

    def _check_length(self) -> None:
        lengths = {name: getattr(self, name) for name in LENGTHS}
        given = {name: value for name, value in lengths.items() if value is not None}
        if len(given) > 1:
            (one, first), (another, second), *_rest = given.items()
            raise InputError(
                "--{one} {first} and --{another} {second}: give one of --steps, --epochs, "
                "--minutes",
                option=one,
                one=one,
                first=first,
                another=another,
                second=second,
            )

    def _check_family(self) -> None:
        """What the family of the model has no place for."""
        family, model = self.family, self.model
        if self.min_counts and not family.uses("min_count"):
            raise InputError(
                "--min-count {min_count}: --model {model} stores no n-grams; take --model {models}",
                option="min_count",
                min_count=self.min_count,
                model=model,
                models=models_with("min_count"),
            )
        if self.corpus_options.boundaries == "line" and not family.lines:
            raise InputError(
                "--boundaries line: --model {model} reads one stream; take --model {models}, or "
                "--boundaries stream",
                option="boundaries",
                model=model,
                models=", ".join(name for name in MODELS if FAMILIES[name].lines),
            )
        if self.context is not None and not family.uses("context"):
            raise InputError(
                "--context {context}: --model {model} has another context; leave it out, or take "
                "one of {models}",
                option="context",
                context=self.context,
                model=model,
                models=models_with("context"),
            )
        if family.counted:
            plain: tuple[tuple[str, int], ...] = ()
        elif family.inputs == "one-hot":
            plain = (("layers", 1), ("dropout", 0), ("embedding", 0))
        else:
            plain = (("layers", 1), ("dropout", 0))
        for name, only in plain:
            if not family.uses(name) and getattr(self, name) not in (None, only):
                self._refuse_size(name, only)
        self._check_vectors()
        self._check_tying()

    def _refuse_size(self, name: str, only: int) -> None:
        values = {
            "flag": flag(name),
            "value": getattr(self, name),
            "model": self.model,
            "description": self.family.description,
            "only": only,
        }
        if self.family.richer:
            raise InputError(
                "{flag} {value}: {model} is {description}; take --model {richer} or {flag} {only}",
                option=name,
                richer=self.family.richer,
                **values,
            )
        raise InputError(
            "{flag} {value}: {model} is {description}; take {flag} {only}", option=name, **values
        )

    def _check_vectors(self) -> None:
        """The input vectors, and the hidden size where attention divides it."""
        if self.family.inputs == "vectors" and self.embedding == 0:
            raise InputError(
                "--embedding 0: {model} needs input vectors; give a size",
                option="embedding",
                model=self.model,
            )
        # Rotary positions turn pairs of numbers.
        if self.family.uses("heads") and self.hidden % (2 * self.heads):
            raise InputError(
                "--hidden {hidden}: must be a multiple of twice --heads {heads} for the {model}",
                option="hidden",
                hidden=self.hidden,
                heads=self.heads,
                model=self.model,
            )
        if self.family.inputs == "hidden" and self.embedding not in (None, self.hidden):
            raise InputError(
                "--embedding {embedding}: the {model}'s input vectors are of its hidden size; "
                "leave it out",
                option="embedding",
                embedding=self.embedding,
                model=self.model,
            )

    def _check_tying(self) -> None:
        if not self.tied:
            return
        if not self.family.uses("tied"):
            raise InputError(
                "--tied: --model {model} has no embedding to share; take one of {models}",
                option="tied",
                model=self.model,
                models=models_with("tied"),
            )
        if self.family.inputs != "hidden" and self.embedding != self.hidden:
            raise InputError(
                "--tied: embedding and hidden state must be of one size; give --embedding {hidden}",
                option="tied",
                hidden=self.hidden,
            )

    def _check_optimisation(self) -> None:
        if self.schedule != "constant" and self.minutes is not None:
            raise InputError(
                "--schedule {schedule}: it ends at a step, and --minutes names none; give --steps "
                "or --epochs",
                option="schedule",
                schedule=self.schedule,
            )
        if self.batch_size % self.accumulation:
            raise InputError(
                "--accumulation {accumulation}: must divide --batch-size {batch_size}",
                option="accumulation",
                accumulation=self.accumulation,
                batch_size=self.batch_size,
            )
        if self.bptt is None or self.bptt <= self.window:
            return
        if self.bptt % self.window:
            raise InputError(
                "--bptt {bptt}: beyond --window {window} it must be a multiple of it",
                option="bptt",
                bptt=self.bptt,
                window=self.window,
            )
        if self.sampling != "sequential":
            raise InputError(
                "--bptt {bptt}: with --sampling {sampling} no window continues another; take "
                "--sampling sequential",
                option="bptt",
                bptt=self.bptt,
                sampling=self.sampling,
            )

    @property
    def kind(self) -> str:
        """The name of the model's family: one of `MODELS`, or `own`."""
        return kind_of(self.model)

    @property
    def family(self) -> Family:
        """What holds for all models of this kind."""
        return FAMILIES[self.kind]

    @property
    def counted(self) -> bool:
        """Whether the model is fitted by counting: no steps, no gradient, no torch."""
        return self.family.counted

    @property
    def model_name(self) -> str:
        """The model for people: the user's file without its folders."""
        return self.model if self.family is not OWN else re.split(r"[/\\]", self.model)[-1]

    @property
    def model_title(self) -> str:
        """The model among others of its family: `3-gram kneser-ney`, `2-gram add-k 0.1`."""
        if self.model != "ngram":
            return self.model_name
        k = f" {self.k:g}" if self.smoothing == "add-k" else ""
        return f"{self.order}-gram {self.smoothing}{k}"

    @property
    def context_size(self) -> int:
        """Tokens that a network of bounded context sees in a layer, the default filled in."""
        if self.context is not None:
            return self.context
        return self.family.defaults.get("context", self.window)

    @property
    def reach(self) -> int | None:
        """Tokens of a sequence as the model is fitted to it: its order, context or window.

        None for a model without such a length.
        """
        lengths = {"order": self.order, "context": self.context_size, "window": self.window}
        return lengths[self.family.reach] if self.family.reach else None

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
        if self.embedding is not None:
            return self.embedding
        one_hot = 0 if vocabulary_size <= ONE_HOT_TYPES else self.hidden
        return self.family.defaults.get("embedding", one_hot)

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
    """The name of a model's family: `own` for FILE.py:CLASS, else the name itself."""
    return OWN.name if own_model_parts(model) is not None else model
