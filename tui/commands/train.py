"""`seqtui train`: train a language model, in the foreground, and tell how good it became."""

from __future__ import annotations

import dataclasses
import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtui.corpora.errors import InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.engine import configuration
from seqtui.engine.configuration import RunConfig
from seqtui.engine.ranks import rank_of_process
from seqtui.engine.recipes import RECIPES, Recipe, overlaid, recipe_of
from seqtui.engine.settings_file import SettingsFile, read_settings
from seqtui.tui import console
from seqtui.tui.detaching import start_detached
from seqtui.tui.options import (
    MACHINE,
    Command,
    corpus_argument,
    corpus_options,
    device_options,
    gathered,
    json_option,
    option,
)
from seqtui.tui.parameters import complete_run
from seqtui.tui.reading import read_corpus
from seqtui.tui.results import print_run
from seqtui.tui.training import assist_in_foreground, train_in_foreground
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.engine.runs import Run

_MODEL, _OPTIMISATION, _RUN = _("Model"), _("Optimisation"), _("Run")
_DEFAULTS = {field.name: field.default for field in dataclasses.fields(RunConfig)}


def _by_optimiser(defaults: dict[str, float]) -> str:
    return ", ".join(f"{value} {_('with')} {name}" for name, value in defaults.items())


_RATES = _by_optimiser(configuration.DEFAULT_LEARNING_RATES)
_DECAYS = _by_optimiser(configuration.DEFAULT_WEIGHT_DECAYS)


def _setting(name: str, help: str, section: str, shown: str | None = None, **more: Any) -> Any:
    """An option that sets one field of the configuration; its default is the field's."""
    default = shown or _DEFAULTS[name]
    flag = "--" + name.replace("_", "-")
    return option(flag, name, help=help, section=section, shown=default, **more)


def _choice(names: tuple[str, ...]) -> dict[str, Any]:
    return {"type": click.Choice(names)}


_COUNT: dict[str, Any] = {"type": int, "metavar": "COUNT"}
_STEPS: dict[str, Any] = {"type": int, "metavar": "STEPS"}
_NUMBER: dict[str, Any] = {"type": float, "metavar": "NUMBER"}

_SETTINGS = (
    _setting("model", _("What predicts the next token."), _MODEL, **_choice(configuration.MODELS)),
    _setting(
        "min_count",
        _("Least occurrences of the n-grams kept, for each order."),
        _MODEL,
        _("all are kept"),
        metavar="1,1,2…",
    ),
    _setting("order", _("n of an n-gram model, 1 to 10."), _MODEL, **_COUNT),
    _setting(
        "smoothing",
        _("What an n-gram model gives to n-grams it has not seen."),
        _MODEL,
        **_choice(configuration.SMOOTHINGS),
    ),
    _setting("k", _("What add-k adds to each count."), _MODEL, **_NUMBER),
    _setting("hidden", _("Size of the hidden state."), _MODEL, type=int, metavar="SIZE"),
    _setting("layers", _("Recurrent layers, one upon the other."), _MODEL, **_COUNT),
    _setting(
        "dropout",
        _("Share of the activations dropped in training."),
        _MODEL,
        type=float,
        metavar="SHARE",
    ),
    _setting(
        "embedding",
        _("Size of the input vectors; 0 is one-hot."),
        _MODEL,
        _("one-hot up to {types} types, then the hidden size").format(
            types=configuration.ONE_HOT_TYPES
        ),
        type=int,
        metavar="SIZE",
    ),
    _setting(
        "tied",
        _("The last layer uses the embedding's weights."),
        _MODEL,
        _("not tied"),
        is_flag=True,
    ),
    _setting(
        "context",
        _("Tokens that window-mlp sees, or a layer of transformer looks at."),
        _MODEL,
        _("{context} for window-mlp, the window for transformer").format(
            context=configuration.DEFAULT_MLP_CONTEXT
        ),
        **_COUNT,
    ),
    _setting("heads", _("Heads of each layer of transformer."), _MODEL, **_COUNT),
    _setting(
        "optimizer",
        _("How the weights follow the gradient."),
        _OPTIMISATION,
        **_choice(configuration.OPTIMIZERS),
    ),
    _setting("learning_rate", _("Step size."), _OPTIMISATION, _RATES, **_NUMBER),
    _setting(
        "schedule",
        _("How the step size goes on: linear and cosine fall to 0 at the last step."),
        _OPTIMISATION,
        **_choice(configuration.SCHEDULES),
    ),
    _setting(
        "warmup_steps",
        _("First steps, over which the step size rises from near 0."),
        _OPTIMISATION,
        **_STEPS,
    ),
    _setting(
        "weight_decay",
        _("Share of the step size by which the weights shrink at each step."),
        _OPTIMISATION,
        _DECAYS,
        **_NUMBER,
    ),
    _setting(
        "clip_norm",
        _("Largest global norm of the gradient; 0 clips nothing."),
        _OPTIMISATION,
        **_NUMBER,
    ),
    _setting("batch_size", _("Rows of a batch."), _OPTIMISATION, **_COUNT),
    _setting(
        "accumulation",
        _("Parts in which a batch is computed: the same gradient in less memory."),
        _OPTIMISATION,
        **_COUNT,
    ),
    _setting("window", _("Time steps of a batch, in tokens."), _OPTIMISATION, **_COUNT),
    _setting(
        "bptt",
        _(
            "Tokens a gradient reaches back before the state is detached. Below the window the "
            "window is cut; a multiple of it reads the windows before again, at a cost in time "
            "and memory for each."
        ),
        _OPTIMISATION,
        _("the window"),
        **_COUNT,
    ),
    _setting(
        "sampling",
        _("Sequential: a batch continues the one before and the state is carried. Random: not."),
        _OPTIMISATION,
        **_choice(configuration.SAMPLINGS),
    ),
    _setting(
        "steps",
        _("Optimiser steps to take."),
        _RUN,
        _("{steps}, if neither epochs nor minutes are given").format(
            steps=configuration.DEFAULT_STEPS
        ),
        **_STEPS,
    ),
    _setting("epochs", _("Passes over the training part to make instead."), _RUN, **_COUNT),
    _setting("minutes", _("Minutes to train for instead."), _RUN, **_NUMBER),
    _setting(
        "patience",
        _("End early after so many evaluations without a lower held-out loss."),
        _RUN,
        _("no early end"),
        **_COUNT,
    ),
    _setting("seed", _("Seed of weights, dropout and windows."), _RUN, type=int, metavar="SEED"),
    _setting(
        "evaluate_every",
        _("Steps between two evaluations on the held-out part."),
        _RUN,
        _("by the lengths of run and text"),
        **_STEPS,
    ),
    _setting(
        "checkpoint_every",
        _("Steps between two checkpoints, beside those by the clock."),
        _RUN,
        _("by the clock"),
        **_STEPS,
    ),
    _setting(
        "sample_every",
        _("Steps between two texts written by the current weights, kept with the run."),
        _RUN,
        _("none"),
        **_STEPS,
    ),
    _setting(
        "precision",
        _("bfloat16 computes the forward pass in mixed precision."),
        MACHINE,
        **_choice(configuration.PRECISIONS),
    ),
    _setting(
        "matmul_precision",
        _(
            "What torch may round products of float32 to: high is TensorFloat32 on a GPU, medium "
            "bfloat16. Quicker, and evaluations are rounded too."
        ),
        MACHINE,
        **_choice(configuration.MATMUL_PRECISIONS),
    ),
    _setting(
        "compile",
        _("Have torch compile the network; needs a C++ compiler and up to a minute."),
        MACHINE,
        _("not compiled"),
        is_flag=True,
    ),
)

training_options = gathered("settings", _SETTINGS)


@click.command(
    "train",
    cls=Command,
    help=_(
        "Train a language model on CORPUS and measure it on the part held out. A run is a folder "
        "with its configuration, vocabulary, metrics and checkpoints; ctrl+c stops and saves it."
    ),
    examples=(
        "seqtui train python-manual --model ngram --order 3",
        "seqtui train book.txt --clean d2l-zh --model lstm --steps 500",
        "seqtui train book.txt --recipe quick --hidden 512",
        "seqtui train book.txt --model gru --minutes 10 --run-dir runs/gru --json",
        "seqtui train --resume runs/gru --steps 2000",
        "torchrun --nproc-per-node 2 $(which seqtui) train book.txt --model gru",
    ),
)
@corpus_argument(required=False)
@option(
    "--recipe",
    type=click.Choice(list(RECIPES)),
    section=_MODEL,
    help=_(
        "Settings of model and optimisation by name; an option beside it has the word. {all}."
    ).format(all="; ".join(f"{name}: {_(recipe.purpose)}" for name, recipe in RECIPES.items())),
)
@option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    section=_MODEL,
    help=_(
        "Settings from a file: TOML with one `name = value` for each option, or a run's run.json, "
        "or `-` for standard input; an option beside it has the word."
    ),
)
@training_options
@option(
    "--run-dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    section=_RUN,
    shown=_("a new one in the runs' folder, see `seqtui doctor`"),
    help=_("The run's own folder; new or empty."),
)
@option(
    "--detach",
    is_flag=True,
    section=_RUN,
    help=_("Train in a process of its own, which outlives this terminal; see `seqtui watch`."),
)
@option(
    "--resume",
    metavar="RUN",
    shell_complete=complete_run,
    section=_RUN,
    help=_("Go on with a run where it was saved; a higher --steps makes it longer."),
)
@corpus_options
@device_options
@json_option
def command(
    corpus: str | None,
    recipe: str | None,
    config_file: Path | None,
    settings: dict[str, Any],
    run_dir: Path | None,
    detach: bool,
    resume: str | None,
    corpus_settings: dict[str, Any],
    machine: dict[str, Any],
    as_json: bool,
) -> int:
    """Train, print the result, and return 0, or 128+n when signal n stopped the run."""
    rank = rank_of_process()
    if resume is not None:
        _refuse_beside_resume({"run-dir": run_dir, "recipe": recipe, "config": config_file})
        run = _resumed(resume, corpus, corpus_settings)
        config = run.continued(**settings, **machine)
        if detach:
            return _detached(config, None, run.path, as_json)
        with console.Progress(_("reading")) as progress:
            progress.show(_("reading {name} …").format(name=run.corpus_name))
            read = run.open_corpus()
        resumed = run.path
    else:
        config = _configuration(corpus, recipe, config_file, corpus_settings, settings | machine)
        if detach:
            return _detached(config, run_dir, None, as_json)
        if config.corpus == "-" and rank is not None:
            raise InputError(_("-: several processes cannot share one stdin; name a file"))
        read, resumed = read_corpus(config.corpus, config.corpus_options), None
    if rank is not None and rank.number:
        return assist_in_foreground(config, read, rank, resumed)
    document, code = train_in_foreground(config, read, run_dir, resumed, rank)
    with console.unheard() if code else nullcontext():
        if as_json:
            console.document(document)
        else:
            print_run(document)
    if document["status"] == "stopped":
        console.complain(
            _("stopped at step {step} and saved; go on with: seqtui train --resume {run}").format(
                step=document["steps"], run=document["run"]
            )
        )
    return code


def _detached(config: RunConfig, folder: Path | None, resume: Path | None, as_json: bool) -> int:
    """Start a process for the run, and tell where it is."""
    with console.Progress(_("starting")) as progress:
        progress.show(_("starting a process …"))
        started = start_detached(config, folder, resume)
    watch = f"seqtui watch {shlex.quote(str(started.folder))}"
    if as_json:
        console.document({"run": started.folder, "pid": started.process, "watch": watch})
    else:
        console.say_table(
            ["", ""],
            [
                [_("run"), str(started.folder)],
                [_("process"), str(started.process)],
                [_("watch"), watch],
            ],
            left=(0, 1),
        )
    return 0


def _configuration(
    corpus: str | None,
    recipe: str | None,
    config_file: Path | None,
    corpus_settings: dict[str, Any],
    settings: dict[str, Any],
) -> RunConfig:
    """A new run: the recipe, over it the file, over both the options."""
    file = read_settings(config_file) if config_file else SettingsFile()
    chosen = recipe_of(recipe) if recipe else Recipe("", {})
    if chosen.warning:
        console.complain(f"--recipe {recipe}: {_(chosen.warning)}")
    corpus = corpus or file.corpus
    if corpus is None:
        raise InputError(
            _("Missing argument 'CORPUS': name one (`seqtui corpus list`), or --resume RUN")
        )
    options = CorpusOptions(**{**file.corpus_options, **corpus_settings})
    return RunConfig(corpus, options, **overlaid(chosen.settings, file.run, settings))


def _refuse_beside_resume(given: dict[str, object]) -> None:
    for name, value in given.items():
        if value is not None:
            raise InputError(
                _(
                    "--{name} {value}: a resumed run keeps its folder and settings; leave it out"
                ).format(name=name, value=value)
            )


def _resumed(name: str, corpus: str | None, corpus_settings: dict[str, Any]) -> Run:
    """The run to go on with; InputError where the command line asks for another corpus."""
    from seqtui.engine.runs import open_run

    run = open_run(name)
    if corpus is not None or corpus_settings:
        option = next(iter(corpus_settings), "").replace("_", "-").replace("cleaning", "clean")
        given = corpus or f"--{option}"
        raise InputError(
            _("{given}: with --resume the run's own corpus is read; leave it out").format(
                given=given
            )
        )
    return run
