"""The one table of a run's settings: read by the command line and by the form.

Words are marked here and translated where they are shown.

A new field of `RunConfig` becomes an option and a line of the form by one row here. Imports
neither click nor textual.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from seqtui.corpora.errors import UserMessage
from seqtui.engine.settings import run_config as configuration
from seqtui.engine.settings.families import FAMILIES, MODELS
from seqtui.engine.settings.run_config import (
    DEFAULT_LEARNING_RATES,
    DEFAULT_STEPS,
    DEFAULT_WEIGHT_DECAYS,
    MATMUL_PRECISIONS,
    ONE_HOT_TYPES,
    OPTIMIZERS,
    PRECISIONS,
    SAMPLINGS,
    SCHEDULES,
)
from seqtui.tui.translation import N_

MODEL, OPTIMISATION, RUN, MACHINE = N_("Model"), N_("Optimisation"), N_("Run"), N_("Machine")


@dataclass(frozen=True, slots=True)
class RunOption:
    """One value of a run."""

    name: str
    """Named as the attribute of `RunConfig`."""
    label: str
    """A word or two for the form."""
    help: str
    """What it means, with its unit, in one sentence."""
    section: str
    """The part of the help that lists it."""
    _: KW_ONLY
    type: type[str] | type[int] | type[float] | type[bool] = str
    """What a text for it is read as."""
    metavar: str | None = None
    """The kind of value in capitals, where there are no choices."""
    choices: tuple[str, ...] = ()
    default: str | None = None
    """What holds without it, where the field's own default is no text for people."""
    offered: tuple[str, ...] = ()
    """Values that the form offers, where others are allowed too."""


_COUNT, _STEPS, _SIZE, _NUMBER = N_("COUNT"), N_("STEPS"), N_("SIZE"), N_("NUMBER")
_SHARE, _SEED = N_("SHARE"), N_("SEED")


RUN_OPTIONS = (
    RunOption(
        "model",
        N_("model"),
        N_("What predicts the next token; FILE.py:CLASS is a network of your own."),
        MODEL,
        metavar=f"[{'|'.join(MODELS)}|FILE.py:CLASS]",
        offered=MODELS,
    ),
    RunOption(
        "order",
        N_("order"),
        N_("n of an n-gram model, 1 to 10."),
        MODEL,
        type=int,
        metavar=_COUNT,
    ),
    RunOption(
        "smoothing",
        N_("smoothing"),
        N_("How an n-gram model estimates n-grams it has not seen."),
        MODEL,
        choices=configuration.SMOOTHINGS,
    ),
    RunOption(
        "k",
        "k",
        N_("What add-k adds to each count."),
        MODEL,
        type=float,
        metavar=_NUMBER,
    ),
    RunOption(
        "min_count",
        N_("min count"),
        N_("Least occurrences of the n-grams kept, for each order."),
        MODEL,
        metavar="1,1,2…",
        default=N_("all are kept"),
    ),
    RunOption(
        "hidden", N_("hidden"), N_("Size of the hidden state."), MODEL, type=int, metavar=_SIZE
    ),
    RunOption(
        "layers",
        N_("layers"),
        N_("Recurrent layers, stacked."),
        MODEL,
        type=int,
        metavar=_COUNT,
    ),
    RunOption(
        "heads",
        N_("heads"),
        N_("Attention heads in each layer of transformer."),
        MODEL,
        type=int,
        metavar=_COUNT,
    ),
    RunOption(
        "dropout",
        N_("dropout"),
        N_("Share of the activations dropped in training."),
        MODEL,
        type=float,
        metavar=_SHARE,
    ),
    RunOption(
        "embedding",
        N_("embedding"),
        N_("Size of the input vectors; 0 is one-hot."),
        MODEL,
        type=int,
        metavar=_SIZE,
        default=UserMessage(
            "one-hot up to {types} types, then the hidden size", types=ONE_HOT_TYPES
        ),
    ),
    RunOption(
        "tied",
        N_("tied"),
        N_("The last layer uses the embedding's weights."),
        MODEL,
        type=bool,
        default=N_("not tied"),
    ),
    RunOption(
        "context",
        N_("context"),
        N_("Tokens that window-mlp sees, or a layer of transformer looks at."),
        MODEL,
        type=int,
        metavar=_COUNT,
        default=UserMessage(
            "{context} for window-mlp, the window for transformer",
            context=FAMILIES["window-mlp"].defaults["context"],
        ),
    ),
    RunOption(
        "optimizer",
        N_("optimiser"),
        N_("How the weights follow the gradient."),
        OPTIMISATION,
        choices=OPTIMIZERS,
    ),
    RunOption(
        "learning_rate",
        N_("learning rate"),
        N_("Step size."),
        OPTIMISATION,
        type=float,
        metavar=_NUMBER,
        default=UserMessage(
            "{adamw:g} with adamw, {sgd:g} with sgd, {rmsprop:g} with rmsprop",
            **DEFAULT_LEARNING_RATES,
        ),
    ),
    RunOption(
        "schedule",
        N_("schedule"),
        N_("How the step size changes: linear and cosine fall to 0 at the last step."),
        OPTIMISATION,
        choices=SCHEDULES,
    ),
    RunOption(
        "warmup_steps",
        N_("warm-up"),
        N_("First steps, over which the step size rises from near 0."),
        OPTIMISATION,
        type=int,
        metavar=_STEPS,
    ),
    RunOption(
        "weight_decay",
        N_("weight decay"),
        N_("Share of the step size by which the weights shrink at each step."),
        OPTIMISATION,
        type=float,
        metavar=_NUMBER,
        default=UserMessage(
            "{adamw:g} with adamw, {sgd:g} with sgd, {rmsprop:g} with rmsprop",
            **DEFAULT_WEIGHT_DECAYS,
        ),
    ),
    RunOption(
        "clip_norm",
        N_("clip norm"),
        N_("Largest global norm of the gradient; 0 clips nothing."),
        OPTIMISATION,
        type=float,
        metavar=_NUMBER,
    ),
    RunOption(
        "batch_size",
        N_("batch size"),
        N_("Rows of a batch."),
        OPTIMISATION,
        type=int,
        metavar=_COUNT,
    ),
    RunOption(
        "accumulation",
        N_("accumulation"),
        N_("Parts in which a batch is computed: the same gradient in less memory."),
        OPTIMISATION,
        type=int,
        metavar=_COUNT,
    ),
    RunOption(
        "window",
        N_("window"),
        N_("Time steps of a batch, in tokens."),
        OPTIMISATION,
        type=int,
        metavar=_COUNT,
    ),
    RunOption(
        "bptt",
        N_("bptt"),
        N_(
            "Tokens a gradient reaches back before the state is detached. Below the window the "
            "window is cut; a multiple of it reads the windows before again, at a cost in time "
            "and memory for each."
        ),
        OPTIMISATION,
        type=int,
        metavar=_COUNT,
        default=N_("the window"),
    ),
    RunOption(
        "sampling",
        N_("sampling"),
        N_("Sequential: a batch continues the one before and the state is carried. Random: not."),
        OPTIMISATION,
        choices=SAMPLINGS,
    ),
    RunOption(
        "steps",
        N_("steps"),
        N_("Optimiser steps to take."),
        RUN,
        type=int,
        metavar=_STEPS,
        default=UserMessage(
            "{steps}, if neither epochs nor minutes are given", steps=DEFAULT_STEPS
        ),
    ),
    RunOption(
        "epochs",
        N_("epochs"),
        N_("Passes over the training part to make instead."),
        RUN,
        type=int,
        metavar=_COUNT,
        default=N_("by steps"),
    ),
    RunOption(
        "minutes",
        N_("minutes"),
        N_("Minutes to train for instead."),
        RUN,
        type=float,
        metavar=_NUMBER,
        default=N_("by steps"),
    ),
    RunOption(
        "patience",
        N_("patience"),
        N_("End early after this many evaluations without a lower held-out loss."),
        RUN,
        type=int,
        metavar=_COUNT,
        default=N_("no early stopping"),
    ),
    RunOption(
        "seed",
        N_("seed"),
        N_("Seed of weights, dropout and windows."),
        RUN,
        type=int,
        metavar=_SEED,
    ),
    RunOption(
        "evaluate_every",
        N_("evaluate"),
        N_("Steps between two evaluations on the held-out part."),
        RUN,
        type=int,
        metavar=_STEPS,
        default=N_("by the lengths of run and text"),
    ),
    RunOption(
        "checkpoint_every",
        N_("checkpoint"),
        N_("Steps between two checkpoints, beside those by the clock."),
        RUN,
        type=int,
        metavar=_STEPS,
        default=N_("by the clock"),
    ),
    RunOption(
        "sample_every",
        N_("sample"),
        N_("Steps between two samples from the current weights."),
        RUN,
        type=int,
        metavar=_STEPS,
        default=N_("none; in the app, ten a run of known steps"),
    ),
    RunOption(
        "precision",
        N_("precision"),
        N_("bfloat16 computes the forward pass in mixed precision."),
        MACHINE,
        choices=PRECISIONS,
    ),
    RunOption(
        "matmul_precision",
        N_("matmul"),
        N_(
            "What torch may round products of float32 to: high is TensorFloat32 on a GPU, medium "
            "bfloat16. Quicker, and evaluations are rounded too."
        ),
        MACHINE,
        choices=MATMUL_PRECISIONS,
    ),
    RunOption(
        "compile",
        N_("compile"),
        N_("Have torch compile the network; needs a C++ compiler and up to a minute."),
        MACHINE,
        type=bool,
        default=N_("not compiled"),
    ),
)

DEVICE = RunOption(
    "device",
    N_("device"),
    N_("Where a network runs."),
    MACHINE,
    metavar="auto|cpu|cuda|cuda:N|mps",
    default=N_("auto: the GPU with the most free memory that works, else the CPU"),
)
THREADS = RunOption(
    "threads",
    N_("threads"),
    N_("Threads a network uses on the CPU."),
    MACHINE,
    type=int,
    metavar=_COUNT,
    default=N_("one for each core"),
)
