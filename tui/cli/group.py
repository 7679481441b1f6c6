"""The group of all commands: names and short helps in one table, modules loaded when used.

`seqtui CORPUS` opens the app: what is not the name of a command is an argument of `open`.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

import click

from seqtui.tui.cli import console
from seqtui.tui.cli.completing import corpora
from seqtui.tui.cli.parsing import DefaultGroup, Option, option
from seqtui.tui.translation import N_, _

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "open": N_("Open a corpus in the app (what seqtui does without a command)."),
    "corpus": N_("Show, list and fetch corpora."),
    "ngrams": N_("Count n-grams; fit Zipf's law."),
    "train": N_("Train a language model on a corpus."),
    "new-model": N_("Write a file to start a network of your own from."),
    "evaluate": N_("Measure a run on its held-out text, or on a file."),
    "generate": N_("Write text with a run's model."),
    "score": N_("Show how well a run predicts each token of a text."),
    "lab": N_("Answer a laboratory's question with figures of a corpus."),
    "runs": N_("List, find, rename, export and delete runs."),
    "watch": N_("Watch a run that another process trains."),
    "doctor": N_("Look at the device, the versions, the folders and the terminal."),
    "completion": N_("Print the script that completes commands and names in a shell."),
}
"""Name -> short help. The module `seqtui.tui.commands.<name>` holds it as `command`, - being _."""


class LazyGroup(DefaultGroup):
    """A group that imports a command's module when the command runs, not for the overview."""

    default_command = "open"
    flags = ("--traceback",)

    def takes(self, word: str, ctx: click.Context) -> bool:
        """Any word that is no command is a corpus to open, except for a slip of a command."""
        if word in COMMANDS:
            return False
        if not ctx.resilient_parsing:
            _refuse_slip(word, ctx)
        return True

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which one needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"seqtui.tui.commands.{cmd_name.replace('-', '_')}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, from the table alone."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(help)) for name, help in COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A few command lines and what they do."""
        with formatter.section(_("Examples")):
            formatter.write_dl([(line, _(purpose)) for line, purpose in EXAMPLES], col_max=40)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names of commands, then corpora, since `seqtui CORPUS` opens one."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        commands = [
            CompletionItem(name, help=_(help))
            for name, help in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        found = corpora(incomplete)
        return commands + [item for item in found if item.type == "plain" or not commands]


def _refuse_slip(word: str, ctx: click.Context) -> None:
    """Raise UsageError for `trian`, which is no corpus and no file but almost a command."""
    from difflib import get_close_matches

    from seqtui.corpora.catalogue import CATALOGUE

    path = os.sep in word or "." in word or os.path.exists(word)
    near = get_close_matches(word, COMMANDS, n=1, cutoff=0.75)
    if near and not path and word not in CATALOGUE:
        raise click.UsageError(
            _("No such command {word!r}. Did you mean {near!r}?").format(word=word, near=near[0]),
            ctx,
        )


EXAMPLES = (
    ("seqtui", N_("open the app with a built-in corpus")),
    ("seqtui book.txt", N_("open a file in the app")),
    ("seqtui train book.txt --model lstm", N_("train without the app")),
    ("seqtui COMMAND --help", N_("every option of a command, and an example")),
)
"""Command line -> what it does."""


@click.group(
    cls=LazyGroup,
    help=N_(
        "A laboratory for sequence models in a terminal.\n\n"
        "Texts become tokens and ids; n-grams are counted, recurrent networks trained on them; "
        "both are measured by perplexity on held-out text, and generate text. CORPUS is a built-in "
        "name (`seqtui corpus list`), a path, or `-` for standard input."
    ),
    subcommand_metavar="[CORPUS | COMMAND] [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@option(
    "--traceback", is_flag=True, help=N_("Show the traceback of a failure (or SEQTUI_TRACEBACK=1).")
)
@click.version_option(
    package_name="seqtui",
    message="seqtui %(version)s",
    cls=Option,
    help=N_("Show the version and exit."),
)
def group(traceback: bool) -> None:
    """Run one command, or open the app."""
    if traceback:
        os.environ[console.TRACEBACK_VARIABLE] = "1"


def run_command(arguments: list[str]) -> int:
    """Parse and run one command; its exit code. Usage errors become one line and 2."""
    console.make_encodable()
    instruction = os.environ.get(console.COMPLETION_VARIABLE)
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(group, {}, console.PROGRAM, console.COMPLETION_VARIABLE, instruction)
    try:
        with group.make_context(console.PROGRAM, list(arguments)) as context:
            result = group.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        console.complain(_one_line(error))
        return error.exit_code
    return result if isinstance(result, int) else 0


def _one_line(error: click.ClickException) -> str:
    message = error.format_message()
    context = getattr(error, "ctx", None)
    if context is None:
        return message
    hint = _("see `{command} --help`").format(command=context.command_path)
    return f"{message.rstrip('.')}; {hint}"
