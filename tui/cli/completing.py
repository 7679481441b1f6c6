"""Arguments of the command line: how a shell completes them, and what they are checked for.

Completing loads neither numpy nor torch: it reads the catalogue's names and lists folders.
"""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqtui.engine.runs.folder import DESCRIPTION
from seqtui.tui.translation import _, localized

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from seqtui.engine.labs.lab import Lab


def complete_corpus(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of corpora beside the files here; only files once it looks like a path."""
    return corpora(incomplete)


def corpora(incomplete: str) -> list[CompletionItem]:
    """What `complete_corpus` finds."""
    from click.shell_completion import CompletionItem

    from seqtui.corpora.catalogue import CATALOGUE

    names = [
        CompletionItem(name, help=entry.title)
        for name, entry in CATALOGUE.items()
        if name.startswith(incomplete)
    ]
    if not names:
        return [CompletionItem(incomplete, type="file")]
    # Shells take either names or files from a completion, so the files here are named too.
    try:
        files = sorted(path for path in Path().iterdir() if path.name.startswith(incomplete))
    except OSError:
        files = []
    names += [
        CompletionItem(path.name + ("/" if path.is_dir() else ""))
        for path in files
        if not path.name.startswith(".") and len(path.name.split()) == 1
    ]
    return names


def complete_fetchable(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of the corpora that can be fetched."""
    from click.shell_completion import CompletionItem

    from seqtui.corpora.catalogue import CATALOGUE

    return [
        CompletionItem(entry.name, help=entry.title)
        for entry in CATALOGUE.values()
        if entry.url is not None and entry.name.startswith(incomplete)
    ]


def complete_run(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of runs, newest first; folders once it looks like a path."""
    from click.shell_completion import CompletionItem

    from seqtui.corpora.folders import runs_folder

    try:
        folders = [path for path in runs_folder().iterdir() if (path / DESCRIPTION).exists()]
    except OSError:
        folders = []
    # The names of runs begin with their date.
    names = sorted((path.name for path in folders), reverse=True)
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="dir")]


def complete_model(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of models; files once it looks like the path of a user's own network."""
    from click.shell_completion import CompletionItem

    from seqtui.engine.settings.families import MODELS

    found = [CompletionItem(name) for name in MODELS if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


def complete_cleaning(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of cleanings and their aliases."""
    from click.shell_completion import CompletionItem

    from seqtui.corpora.options import ALIASES, CLEANINGS

    names = [*CLEANINGS, *ALIASES]
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_lab(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of laboratories and what they answer; with --verify files, with --student corpora."""
    from click.shell_completion import CompletionItem

    from seqtui.engine.labs.lab import LABS

    if ctx.params.get("verify"):
        return complete_hand_in(ctx, param, incomplete)
    if not ctx.params.get("sheet") and (ctx.params.get("student") or ctx.params.get("plan")):
        return corpora(incomplete)
    return [
        CompletionItem(lab.name, help=localized(lab.question))
        for lab in LABS.values()
        if lab.name.startswith(incomplete)
    ]


def complete_lab_corpus(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Corpora; with --verify files."""
    if ctx.params.get("verify"):
        return complete_hand_in(ctx, param, incomplete)
    return corpora(incomplete)


def complete_hand_in(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Files, with --verify."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")] if ctx.params.get("verify") else []


def complete_setting(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Settings of the laboratory named before, each with its equals sign."""
    from click.shell_completion import CompletionItem

    from seqtui.engine.labs.lab import LABS

    # Before an option's value click leaves the arguments unread.
    labs = [LABS[each] for each in (ctx.params.get("name"), *ctx.args) if each in LABS]
    names = setting_names(labs[0]) if labs else []
    return [CompletionItem(f"{name}=") for name in names if name.startswith(incomplete)]


def setting_names(lab: Lab) -> list[str]:
    """A laboratory's settings, read from its source: importing it would load numpy or torch."""
    spec = find_spec(f"seqtui.engine.labs.{lab.module}")
    if spec is None or spec.origin is None:
        return []
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    return [
        field.target.id
        for each in tree.body
        if isinstance(each, ast.ClassDef) and each.name == "Settings"
        for field in each.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    ]


def typed_text(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Text that a person typed; bytes that are not text in the locale's encoding are refused."""
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise click.BadParameter(_("these bytes are not text in this locale's encoding"))
    return value


def rank_range(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[int, int] | None:
    """`10-1000` as (10, 1000): two ranks, the first at least 1."""
    if value is None:
        return None
    first, _dash, last = value.partition("-")
    if not (first.isdecimal() and last.isdecimal() and 1 <= int(first) < int(last)):
        raise click.BadParameter(
            _("{value!r} is not a range of ranks such as 10-1000").format(value=value)
        )
    return int(first), int(last)
