"""`seqtui runs`: list, find and delete runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtui.corpora.errors import InputError
from seqtui.tui import console
from seqtui.tui.numbers import count, perplexity, size
from seqtui.tui.options import Command, DefaultGroup, json_option, option, run_argument
from seqtui.tui.parameters import complete_run
from seqtui.tui.results import finite_or_infinite
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.engine.runs import Run


RUN_FILES = (
    "run.json",
    "vocabulary.json",
    "metrics.jsonl",
    "last.safetensors",
    "best.safetensors",
    "log.txt",
    "corpus.txt",
    "lock",
)
"""What a run consists of; anything else in its folder is somebody's own and stays."""


class RunsGroup(DefaultGroup):
    """`seqtui runs` alone lists them."""

    default_command = "list"


@click.group("runs", cls=RunsGroup, help=_("List, find and delete runs. Without a command: list."))
def command() -> None:
    """The group of the three."""


@command.command(
    "list",
    cls=Command,
    help=_("List the runs in the runs' folder, newest first."),
    examples=("seqtui runs list", "seqtui runs list --json"),
)
@json_option
def list_them(as_json: bool) -> None:
    """Print every run with what it reached."""
    from seqtui.corpora.folders import runs_folder
    from seqtui.engine.runs import list_runs

    runs = list_runs()
    if as_json:
        console.document({"folder": runs_folder(), "runs": [_facts(run) for run in runs]})
        return
    if not runs:
        console.say(
            _("no runs yet in {folder}; `seqtui train` makes one").format(folder=runs_folder())
        )
        return
    heads = [_("name"), _("state"), _("steps"), _("held-out perplexity"), _("size")]
    rows = [_row(_facts(run)) for run in runs]
    console.say_table(heads, rows, left=(0, 1))


def _row(facts: dict[str, Any]) -> list[str]:
    held_out = facts["held_out"] or {}
    return [
        facts["name"],
        facts["state"],
        count(facts["steps"]),
        perplexity(finite_or_infinite(held_out, "perplexity")),
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
        "steps": document.get("steps"),
        "held_out": document.get("held_out"),
        "bytes": sum(file.stat().st_size for file in run.path.iterdir() if file.is_file()),
    }


@command.command(
    "path",
    cls=Command,
    help=_("Print the folder of RUN."),
    examples=('cd "$(seqtui runs path RUN)"',),
)
@run_argument()
def path(run: str) -> None:
    """Print where a run lies."""
    from seqtui.engine.runs import open_run

    console.say(str(open_run(run).path))


@command.command(
    "delete",
    cls=Command,
    help=_("Delete the folders of RUNS, after a question."),
    examples=("seqtui runs delete RUN", "seqtui runs delete RUN OTHER --yes"),
)
@click.argument("runs", shell_complete=complete_run, nargs=-1, required=True)
@option("--yes", is_flag=True, help=_("Do not ask."))
def delete(runs: tuple[str, ...], yes: bool) -> None:
    """Delete runs; one that trains stays."""
    from seqtui.engine.runs import open_run

    opened = list({each.path: each for each in map(open_run, runs)}.values())
    for each in opened:
        if each.state == "running":
            raise InputError(_("{run} is training; stop it first").format(run=each.name))
    names = ", ".join(each.name for each in opened)
    question = _("Delete {names} with all checkpoints?").format(names=names)
    if not yes and not console.ask(question, _("give --yes")):
        console.complain(_("nothing was deleted"))
        return
    for each in opened:
        _delete(each.path)


def _delete(folder: Path) -> None:
    for file in [folder / name for name in RUN_FILES] + list(folder.glob("*.part")):
        file.unlink(missing_ok=True)
    try:
        folder.rmdir()
        console.note(_("deleted {path}").format(path=folder))
    except OSError:
        console.complain(_("{path} stays: it holds other files too").format(path=folder))
