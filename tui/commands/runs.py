"""`seqtui runs`: list, find, rename, export and delete runs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtui.corpora.errors import InputError
from seqtui.tui.cli import console
from seqtui.tui.cli.completing import complete_run
from seqtui.tui.cli.options import json_option, run_argument
from seqtui.tui.cli.parsing import Command, DefaultGroup, option
from seqtui.tui.cli.printing import read_evaluation
from seqtui.tui.numbers import count, perplexity, size
from seqtui.tui.translation import N_, _, ngettext

if TYPE_CHECKING:
    from seqtui.engine.runs.run import Run

STATES = ("running", "interrupted", "done", "stopped", "failed")
SORTS = ("created", "name", "perplexity", "steps", "size")
FORMATS = ("csv", "jsonl", "tensorboard")


class RunsGroup(DefaultGroup):
    """`seqtui runs` alone lists them."""

    default_command = "list"


@click.group(
    "runs",
    cls=RunsGroup,
    help=N_("List, find, rename, export and delete runs. Without a command: list."),
)
def command() -> None:
    """The group of all of them."""


@command.command(
    "list",
    cls=Command,
    help=N_(
        "List the runs in the runs' folder, newest first; with TEXT those whose name holds it."
    ),
    examples=(
        "seqtui runs list",
        "seqtui runs list --model gru --status done --sort perplexity",
        "seqtui runs list 2026 --json",
    ),
)
@click.argument("text", required=False)
@option("--model", metavar=N_("MODEL"), help=N_("Only runs of this model."))
@option("--corpus", metavar=N_("NAME"), help=N_("Only runs on the corpus of this name."))
@option("--status", type=click.Choice(STATES), help=N_("Only runs with this status."))
@option(
    "--sort",
    type=click.Choice(SORTS),
    default="created",
    shown="created",
    help=N_("Newest first, by name, lowest perplexity, most steps or largest first."),
)
@json_option
def list_them(
    text: str | None,
    model: str | None,
    corpus: str | None,
    status: str | None,
    sort: str,
    as_json: bool,
) -> None:
    """Print every matching run with what it reached."""
    from seqtui.corpora.folders import runs_folder
    from seqtui.engine.runs.listing import list_runs

    wanted = {"model": model, "corpus": corpus, "state": status}
    listed = list_runs()
    everything = [_facts(run) for run in listed.runs]
    runs = [
        facts
        for facts in everything
        if (text is None or text.casefold() in facts["name"].casefold())
        and all(value in (None, facts[name]) for name, value in wanted.items())
    ]
    if sort != "created":
        runs.sort(key=_ORDER[sort])
    if as_json:
        unreadable = [{"path": each.path, "reason": str(each.reason)} for each in listed.unreadable]
        console.document({"folder": runs_folder(), "runs": runs, "unreadable": unreadable})
        return
    if runs:
        heads = [_("name"), _("model"), _("state"), _("steps"), _("held-out perplexity"), _("size")]
        console.say_table(heads, [_row(facts) for facts in runs], left=(0, 1, 2))
    elif everything:
        number = len(everything)
        text = ngettext("the only run does not match", "none of the {count} runs match", number)
        console.say(text.format(count=count(number)))
    elif not listed.unreadable:
        console.say(
            _("no runs yet in {folder}; `seqtui train` makes one").format(folder=runs_folder())
        )
    for each in listed.unreadable:
        console.complain(each.reason)


def _perplexity(facts: dict[str, Any]) -> float:
    """On the held-out part: infinite where a target was impossible, NaN where there is none."""
    evaluation = read_evaluation(facts["held_out"])
    return nan if evaluation is None else evaluation.perplexity


def _by_perplexity(facts: dict[str, Any]) -> tuple[bool, float]:
    value = _perplexity(facts)
    return isnan(value), value


_ORDER: dict[str, Callable[[dict[str, Any]], Any]] = {
    "name": lambda facts: facts["name"].casefold(),
    "perplexity": _by_perplexity,
    "steps": lambda facts: -(facts["steps"] or 0),
    "size": lambda facts: -facts["bytes"],
}


def _row(facts: dict[str, Any]) -> list[str]:
    return [
        facts["name"],
        facts["title"],
        facts["state"],
        count(facts["steps"]),
        perplexity(_perplexity(facts)),
        size(facts["bytes"]),
    ]


def _facts(run: Run) -> dict[str, Any]:
    document = run.document or {}
    return {
        "name": run.name,
        "path": run.path,
        "state": run.state,
        "created": run.created,
        "corpus": run.corpus_name,
        "tokenizer": run.config.corpus_options.tokenizer,
        "model": run.config.model,
        "title": run.config.model_title,
        "steps": document.get("steps"),
        "held_out": document.get("held_out"),
        "bytes": _size(run.path),
    }


def _size(folder: Path) -> int:
    total = 0
    with suppress(OSError):  # deleted or renamed at this moment
        for file in folder.iterdir():
            with suppress(OSError):  # of a run that trains: written anew at this moment
                total += file.lstat().st_size
    return total


@command.command(
    "path",
    cls=Command,
    help=N_("Print the folder of RUN."),
    examples=('cd "$(seqtui runs path RUN)"',),
)
@run_argument()
def path(run: str) -> None:
    """Print where a run is."""
    from seqtui.engine.runs.run import open_run

    console.say(str(open_run(run).path))


@command.command(
    "rename",
    cls=Command,
    help=N_("Give RUN's folder another NAME; not while a process trains it."),
    examples=("seqtui runs rename 20260312-101500-primer-en-gru baseline",),
)
@run_argument()
@click.argument("name", metavar="NAME")
def rename(run: str, name: str) -> None:
    """Rename a run and print where it is now."""
    from seqtui.engine.runs.changing import rename_run
    from seqtui.engine.runs.run import open_run

    console.say(str(rename_run(open_run(run), name).path))


@command.command(
    "export",
    cls=Command,
    help=N_(
        "Write RUN's metrics for other tools: a table (csv), JSON lines (jsonl), or a folder with "
        "an event file (tensorboard)."
    ),
    examples=(
        "seqtui runs export RUN --to csv > run.csv",
        "seqtui runs export RUN --to tensorboard && tensorboard --logdir tensorboard",
    ),
)
@run_argument()
@option("--to", "form", type=click.Choice(FORMATS), required=True, help=N_("Output format."))
@option(
    "--output",
    type=click.Path(path_type=Path),
    metavar=N_("PATH"),
    shown=N_("standard output; tensorboard: the folder tensorboard/RUN here"),
    help=N_("The file, or tensorboard's folder; an existing file is replaced."),
)
def export(run: str, form: str, output: Path | None) -> None:
    """Write a run's metrics to standard output, a file or a folder."""
    from seqtui.engine.runs import export as exporting
    from seqtui.engine.runs.run import open_run

    opened = open_run(run)
    if form == "tensorboard":
        folder = output or Path("tensorboard") / opened.name
        written = folder / exporting.event_file_name(opened)
        data = b"".join(exporting.event_records(opened))
    else:
        lines = (exporting.csv_lines if form == "csv" else exporting.metric_lines)(opened)
        if output is None:
            for line in lines:
                console.say(line)
            return
        written = output
        data = "".join(f"{line}\n" for line in lines).encode()
    _write(written, data)
    console.say(str(written))


def _write(path: Path, data: bytes) -> None:
    from seqtui.corpora.files import writing

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing(path) as part:
            part.write_bytes(data)
    except OSError as error:
        raise InputError(
            "--output {path}: {reason}; name another place",
            path=path,
            reason=error.strerror or error,
        ) from error


@command.command(
    "delete",
    cls=Command,
    help=N_("Delete the folders of RUNS, after asking."),
    examples=("seqtui runs delete RUN", "seqtui runs delete RUN OTHER --yes"),
)
@click.argument("runs", shell_complete=complete_run, nargs=-1, required=True)
@option("--yes", is_flag=True, help=N_("Do not ask."))
def delete(runs: tuple[str, ...], yes: bool) -> None:
    """Delete runs; one that trains stays."""
    from seqtui.engine.runs.changing import delete_run, find_deletable

    folders = list(dict.fromkeys(map(find_deletable, runs)))
    names = ", ".join(map(str, folders))
    question = _("Delete {names} with all checkpoints?").format(names=names)
    if not yes and not console.ask(question):
        console.complain(_("nothing was deleted"))
        return
    for folder in folders:
        if delete_run(folder):
            console.note(_("deleted {path}").format(path=folder))
        else:
            console.complain(_("{path} stays: it holds other files too").format(path=folder))
