"""`seqtui train`: train a language model in the foreground and print how good it became."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtui.corpora.errors import InputError, flag
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.settings.recipes import RECIPES, overlaid, recipe_of
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.settings.settings_file import SettingsFile, read_settings
from seqtui.engine.training.ranks import rank_of_process
from seqtui.tui.cli import console
from seqtui.tui.cli.completing import complete_model, complete_run
from seqtui.tui.cli.foreground import assist_in_foreground, train_in_foreground
from seqtui.tui.cli.options import corpus_argument, corpus_options, device_options, json_option
from seqtui.tui.cli.parsing import Command, gathered, option
from seqtui.tui.cli.printing import print_run
from seqtui.tui.cli.reading import read_corpus
from seqtui.tui.detaching import start_detached
from seqtui.tui.run_options import MODEL, RUN, RUN_OPTIONS, RunOption
from seqtui.tui.translation import N_, _, localized

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.runs.run import Run

_DEFAULTS: dict[str, Any] = {field.name: field.default for field in dataclasses.fields(RunConfig)}


def _setting(row: RunOption) -> Any:
    """An option that sets one field of the configuration; its default is the field's."""
    kind: dict[str, Any] = {"type": row.type, "metavar": row.metavar}
    if row.choices:
        kind = {"type": click.Choice(row.choices)}
    elif row.type is bool:
        kind = {"is_flag": True}
    elif row.name == "model":
        kind["shell_complete"] = complete_model
    return option(
        flag(row.name),
        row.name,
        help=row.help,
        section=row.section,
        shown=row.default or _DEFAULTS[row.name],
        **kind,
    )


def _recipes() -> str:
    """The help of `--recipe`, with what each recipe is for."""
    summary = _("Settings of model and optimisation by name; command-line options override them.")
    purposes = [
        _("{recipe}: {purpose}.").format(recipe=name, purpose=localized(recipe.purpose))
        for name, recipe in RECIPES.items()
    ]
    return " ".join([summary, *purposes])


training_options = gathered("settings", [_setting(row) for row in RUN_OPTIONS])


@click.command(
    "train",
    cls=Command,
    help=N_(
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
        "seqtui train book.txt --model mine.py:MyModel   (seqtui new-model mine.py writes one)",
    ),
)
@corpus_argument(required=False)
@option(
    "--recipe",
    type=click.Choice(list(RECIPES)),
    section=MODEL,
    help=_recipes,
)
@option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    metavar=N_("FILE"),
    section=MODEL,
    help=N_(
        "Settings from a file: TOML with one `name = value` for each option, or a run's run.json, "
        "or `-` for standard input; command-line options override it."
    ),
)
@training_options
@option(
    "--run-dir",
    type=click.Path(path_type=Path),
    metavar=N_("DIR"),
    section=RUN,
    shown=N_("a new one in the runs' folder, see `seqtui doctor`"),
    help=N_("The run's own folder; new or empty."),
)
@option(
    "--detach",
    is_flag=True,
    section=RUN,
    help=N_("Train in a process of its own, which outlives this terminal; see `seqtui watch`."),
)
@option(
    "--resume",
    metavar=N_("RUN"),
    shell_complete=complete_run,
    section=RUN,
    help=N_("Resume a run where it was saved; a higher --steps makes it longer."),
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
    """Train, print the result, and return 0, or 128+n when signal n stopped the run.

    1 where what was reached is not on the disk.
    """
    rank = rank_of_process()
    named = settings.get("model")  # only a network file named here is run
    if resume is not None:
        _refuse_beside_resume({"run-dir": run_dir, "recipe": recipe, "config": config_file})
        run = _resumed(resume, corpus_settings)
        config, resumed = run.continued(**settings, **machine), run.path
        config = replace(config, corpus=corpus or config.corpus)
    else:
        config = _configuration(corpus, recipe, config_file, corpus_settings, settings | machine)
        resumed = None
    if rank is not None:
        _refuse_shared(config, detach)
    if detach:
        return _detached(config, run_dir, resumed, named, corpus, as_json)
    read = _read(config, resumed, corpus)
    request = RunRequest(config, read, run_dir, resumed, named, rank)
    if rank is not None and rank.number:
        return assist_in_foreground(request)
    document, code = train_in_foreground(request)
    with console.allowing_closed_output() if code else nullcontext():
        if as_json:
            console.document(document)
        else:
            print_run(document)
    if (last := _last_words(document)) is not None:
        console.complain(last)
    return code


def _last_words(document: Mapping[str, Any]) -> str | None:
    """What there is to do about a run that is not done."""
    if document.get("unsaved") is not None:
        return localized(document["unsaved"])
    if document["status"] != "stopped":
        return None
    if not document["steps"] and not document["parameters"]:
        words = _("stopped while counting, nothing is saved; count anew with: {command}")
        return words.format(command=f"seqtui train --resume {document['run']}")
    words = _("stopped at step {step} and saved; resume with: seqtui train --resume {run}")
    return words.format(step=document["steps"], run=document["run"])


def _refuse_shared(config: RunConfig, detach: bool) -> None:
    """Raise InputError for what several processes cannot do together."""
    if config.corpus == "-":
        raise InputError("-: several processes cannot share one stdin; name a file")
    if detach:
        raise InputError("--detach: the launcher's processes end with it; leave it out")


def _read(config: RunConfig, resumed: Path | None, moved: str | None) -> Corpus:
    """The corpus of a new run, or the one that a run was trained on; `moved` is where it is now."""
    if resumed is None:
        return read_corpus(config.corpus, config.corpus_options)
    from seqtui.engine.runs.run import open_run

    run = open_run(resumed)
    with console.Progress(_("reading")) as progress:
        progress.show(_("reading {name} …").format(name=run.corpus_name))
        return run.open_corpus(moved)


def _detached(
    config: RunConfig,
    folder: Path | None,
    resume: Path | None,
    named_model: str | None,
    moved: str | None,
    as_json: bool,
) -> int:
    """Start a process for the run, and print where it is."""
    with console.Progress(_("starting")) as progress:
        progress.show(_("starting a process …"))
        started = start_detached(config, folder, resume, named_model, moved)
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
    chosen = recipe_of(recipe) if recipe else None
    if chosen is not None and chosen.warning is not None:
        warning = localized(chosen.warning)
        console.complain(_("--recipe {recipe}: {warning}").format(recipe=recipe, warning=warning))
    corpus = corpus or file.corpus
    if corpus is None:
        raise InputError(
            "Missing argument 'CORPUS': name one (`seqtui corpus list`), or --resume RUN"
        )
    options = CorpusOptions(**{**file.corpus_options, **corpus_settings})
    return RunConfig(
        corpus, options, **overlaid(chosen.settings if chosen else {}, file.run, settings)
    )


def _refuse_beside_resume(given: dict[str, object]) -> None:
    for name, value in given.items():
        if value is not None:
            raise InputError(
                "--{name} {value}: a resumed run keeps its folder and settings; leave it out",
                name=name,
                value=value,
            )


def _resumed(name: str, corpus_settings: dict[str, Any]) -> Run:
    """The run to resume; InputError where its text is to be read in another way."""
    from seqtui.engine.runs.run import open_run

    run = open_run(name)
    if corpus_settings:
        option = next(iter(corpus_settings)).replace("_", "-").replace("cleaning", "clean")
        raise InputError(
            "--{name}: with --resume the corpus is read as the run read it; leave it out",
            name=option,
        )
    return run
