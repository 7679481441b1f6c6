"""`seqtui new-model`: write a file to start a network of your own from."""

from __future__ import annotations

from pathlib import Path

import click

from seqtui.corpora.errors import InputError
from seqtui.corpora.files import write_new_file, writing
from seqtui.tui.cli import console
from seqtui.tui.cli.parsing import Command, option
from seqtui.tui.translation import N_, _

STARTING_POINT = "new_model.py"
"""A module of the engine that is its own text."""


@click.command(
    "new-model",
    cls=Command,
    help=N_(
        "Write FILE, a small network with comments that trains unchanged: edit it, and train "
        "it with --model FILE."
    ),
    examples=("seqtui new-model mine.py", "seqtui train book.txt --model mine.py:MyModel"),
)
@click.argument("file", type=click.Path(path_type=Path))
@option("--force", is_flag=True, help=N_("Replace the file if there is one."))
def command(file: Path, force: bool) -> None:
    """Write the file, unless there is one."""
    from importlib.resources import files

    from seqtui.engine.settings.run_config import OWN_MODEL, kind_of

    if kind_of(str(file)) != OWN_MODEL:
        raise InputError("{file}: the name must end in .py", file=file)
    text = files("seqtui.engine.networks").joinpath(STARTING_POINT).read_text(encoding="utf-8")
    data = text.replace(STARTING_POINT, file.name).encode("utf-8", "surrogateescape")
    try:
        if force:
            with writing(file) as part:
                part.write_bytes(data)
        else:
            write_new_file(file, data)
    except FileExistsError:
        raise InputError(
            "{file}: exists already; choose another name, or --force to replace it", file=file
        ) from None
    except OSError as error:
        raise InputError(
            "{file}: cannot be written: {reason}; choose another place, or make room there",
            file=file,
            reason=error.strerror or error,
        ) from error
    console.say(
        _("{file} is written; train it with: seqtui train CORPUS --model {file}:MyModel").format(
            file=file
        )
    )
