"""The one table of what a run can be asked to be: read by the command line and by the form.

A new field of `RunConfig` becomes an option and a line of the form by one row here. Imports
neither click nor textual.
"""

from __future__ import annotations

from dataclasses import dataclass

from seqtui.engine.settings import run_config as configuration
from seqtui.engine.settings.run_config import (
    DEFAULT_LEARNING_RATES,
    DEFAULT_MLP_CONTEXT,
    DEFAULT_STEPS,
    DEFAULT_WEIGHT_DECAYS,
    KINDS_WITH_TYING,
    MATMUL_PRECISIONS,
    MODELS,
    NEURAL_MODELS,
    ONE_HOT_TYPES,
    OPTIMIZERS,
    OWN_MODEL,
    PRECISIONS,
    SAMPLINGS,
    SCHEDULES,
)
from seqtui.tui.translation import _

MODEL, OPTIMISATION, RUN, MACHINE = _("Model"), _("Optimisation"), _("Run"), _("Machine")


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
    """The part of the help it stands in."""
    type: type[str] | type[int] | type[float] | type[bool] = str
    """What a text for it is read as."""
    metavar: str | None = None
    """The kind of value in capitals, where there are no choices."""
    choices: tuple[str, ...] = ()
    default: str | None = None
    """What happens where it is not given, where the field's own default does not say it."""
    models: tuple[str, ...] = (*NEURAL_MODELS, OWN_MODEL)
    """Kinds of models for which it matters."""
    offered: tuple[str, ...] = ()
    """What the form offers of values that are not all the choices there are."""


_LAYERED = ("rnn", "gru", "lstm", "transformer", OWN_MODEL)
_COUNT, _STEPS, _SIZE, _NUMBER, _SHARE = "COUNT", "STEPS", "SIZE", "NUMBER", "SHARE"


def _by_optimiser(defaults: dict[str, float]) -> str:
    return ", ".join(f"{value:g} {_('with')} {name}" for name, value in defaults.items())


RUN_OPTIONS = (
    RunOption(
        "model",
        _("model"),
        _("What predicts the next token; FILE.py:CLASS is a network of your own."),
        MODEL,
        metavar=f"[{'|'.join(MODELS)}|FILE.py:CLASS]",
        models=(*MODELS, OWN_MODEL),
        offered=MODELS,
    ),
    RunOption(
        "order",
        _("order"),
        _("n of an n-gram model, 1 to 10."),
        MODEL,
        int,
        _COUNT,
        models=("ngram",),
    ),
    RunOption(
        "smoothing",
        _("smoothing"),
        _("What an n-gram model gives to n-grams it has not seen."),
        MODEL,
        choices=configuration.SMOOTHINGS,
        models=("ngram",),
    ),
    RunOption(
        "k", "k", _("What add-k adds to each count."), MODEL, float, _NUMBER, models=("ngram",)
    ),
    RunOption(
        "min_count",
        _("min count"),
        _("Least occurrences of the n-grams kept, for each order."),
        MODEL,
        metavar="1,1,2…",
        default=_("all are kept"),
        models=("ngram",),
    ),
    RunOption("hidden", _("hidden"), _("Size of the hidden state."), MODEL, int, _SIZE),
    RunOption(
        "layers",
        _("layers"),
        _("Recurrent layers, one upon the other."),
        MODEL,
        int,
        _COUNT,
        models=_LAYERED,
    ),
    RunOption(
        "heads",
        _("heads"),
        _("Heads of each layer of transformer."),
        MODEL,
        int,
        _COUNT,
        models=("transformer",),
    ),
    RunOption(
        "dropout",
        _("dropout"),
        _("Share of the activations dropped in training."),
        MODEL,
        float,
        _SHARE,
        models=_LAYERED,
    ),
    RunOption(
        "embedding",
        _("embedding"),
        _("Size of the input vectors; 0 is one-hot."),
        MODEL,
        int,
        _SIZE,
        default=_("one-hot up to {types} types, then the hidden size").format(types=ONE_HOT_TYPES),
        models=(*KINDS_WITH_TYING, "window-mlp"),
    ),
    RunOption(
        "tied",
        _("tied"),
        _("The last layer uses the embedding's weights."),
        MODEL,
        bool,
        default=_("not tied"),
        models=_LAYERED,
    ),
    RunOption(
        "context",
        _("context"),
        _("Tokens that window-mlp sees, or a layer of transformer looks at."),
        MODEL,
        int,
        _COUNT,
        default=_("{context} for window-mlp, the window for transformer").format(
            context=DEFAULT_MLP_CONTEXT
        ),
        models=("window-mlp", "transformer"),
    ),
    RunOption(
        "optimizer",
        _("optimiser"),
        _("How the weights follow the gradient."),
        OPTIMISATION,
        choices=OPTIMIZERS,
    ),
    RunOption(
        "learning_rate",
        _("learning rate"),
        _("Step size."),
        OPTIMISATION,
        float,
        _NUMBER,
        default=_by_optimiser(DEFAULT_LEARNING_RATES),
    ),
    RunOption(
        "schedule",
        _("schedule"),
        _("How the step size goes on: linear and cosine fall to 0 at the last step."),
        OPTIMISATION,
        choices=SCHEDULES,
    ),
    RunOption(
        "warmup_steps",
        _("warm-up"),
        _("First steps, over which the step size rises from near 0."),
        OPTIMISATION,
        int,
        _STEPS,
    ),
    RunOption(
        "weight_decay",
        _("weight decay"),
        _("Share of the step size by which the weights shrink at each step."),
        OPTIMISATION,
        float,
        _NUMBER,
        default=_by_optimiser(DEFAULT_WEIGHT_DECAYS),
    ),
    RunOption(
        "clip_norm",
        _("clip norm"),
        _("Largest global norm of the gradient; 0 clips nothing."),
        OPTIMISATION,
        float,
        _NUMBER,
    ),
    RunOption("batch_size", _("batch size"), _("Rows of a batch."), OPTIMISATION, int, _COUNT),
    RunOption(
        "accumulation",
        _("accumulation"),
        _("Parts in which a batch is computed: the same gradient in less memory."),
        OPTIMISATION,
        int,
        _COUNT,
    ),
    RunOption(
        "window", _("window"), _("Time steps of a batch, in tokens."), OPTIMISATION, int, _COUNT
    ),
    RunOption(
        "bptt",
        _("bptt"),
        _(
            "Tokens a gradient reaches back before the state is detached. Below the window the "
            "window is cut; a multiple of it reads the windows before again, at a cost in time "
            "and memory for each."
        ),
        OPTIMISATION,
        int,
        _COUNT,
        default=_("the window"),
    ),
    RunOption(
        "sampling",
        _("sampling"),
        _("Sequential: a batch continues the one before and the state is carried. Random: not."),
        OPTIMISATION,
        choices=SAMPLINGS,
    ),
    RunOption(
        "steps",
        _("steps"),
        _("Optimiser steps to take."),
        RUN,
        int,
        _STEPS,
        default=_("{steps}, if neither epochs nor minutes are given").format(steps=DEFAULT_STEPS),
    ),
    RunOption(
        "epochs",
        _("epochs"),
        _("Passes over the training part to make instead."),
        RUN,
        int,
        _COUNT,
        default=_("by steps"),
    ),
    RunOption(
        "minutes",
        _("minutes"),
        _("Minutes to train for instead."),
        RUN,
        float,
        _NUMBER,
        default=_("by steps"),
    ),
    RunOption(
        "patience",
        _("patience"),
        _("End early after so many evaluations without a lower held-out loss."),
        RUN,
        int,
        _COUNT,
        default=_("no early end"),
    ),
    RunOption("seed", _("seed"), _("Seed of weights, dropout and windows."), RUN, int, "SEED"),
    RunOption(
        "evaluate_every",
        _("evaluate"),
        _("Steps between two evaluations on the held-out part."),
        RUN,
        int,
        _STEPS,
        default=_("by the lengths of run and text"),
    ),
    RunOption(
        "checkpoint_every",
        _("checkpoint"),
        _("Steps between two checkpoints, beside those by the clock."),
        RUN,
        int,
        _STEPS,
        default=_("by the clock"),
    ),
    RunOption(
        "sample_every",
        _("sample"),
        _("Steps between two samples from the current weights."),
        RUN,
        int,
        _STEPS,
        default=_("none; in the app, ten a run of known steps"),
    ),
    RunOption(
        "precision",
        _("precision"),
        _("bfloat16 computes the forward pass in mixed precision."),
        MACHINE,
        choices=PRECISIONS,
    ),
    RunOption(
        "matmul_precision",
        _("matmul"),
        _(
            "What torch may round products of float32 to: high is TensorFloat32 on a GPU, medium "
            "bfloat16. Quicker, and evaluations are rounded too."
        ),
        MACHINE,
        choices=MATMUL_PRECISIONS,
    ),
    RunOption(
        "compile",
        _("compile"),
        _("Have torch compile the network; needs a C++ compiler and up to a minute."),
        MACHINE,
        bool,
        default=_("not compiled"),
    ),
)

DEVICE = RunOption(
    "device",
    _("device"),
    _("Where a network runs."),
    MACHINE,
    metavar="auto|cpu|cuda|cuda:N|mps",
    default="auto: " + _("the GPU with the most free memory that works, else the CPU"),
)
THREADS = RunOption(
    "threads",
    _("threads"),
    _("Threads a network uses on the CPU."),
    MACHINE,
    int,
    _COUNT,
    default=_("one for each core"),
)
