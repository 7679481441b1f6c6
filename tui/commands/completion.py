"""`seqtui completion SHELL`: what makes a shell complete commands, options and names."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from seqtui.tui.cli import console
from seqtui.tui.cli.parsing import Command
from seqtui.tui.translation import N_


@click.command(
    "completion",
    cls=Command,
    help=N_(
        "Print the script that makes SHELL complete commands, options, names of corpora and "
        "names of runs. Nothing is changed: load it where your shell starts."
    ),
    examples=(
        'eval "$(seqtui completion bash)"                         # in ~/.bashrc',
        'eval "$(seqtui completion zsh)"                          # in ~/.zshrc',
        "seqtui completion fish > ~/.config/fish/completions/seqtui.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print a completion script."""
    kind = get_completion_class(shell)
    assert kind is not None
    completer = kind(context.find_root().command, {}, console.PROGRAM, console.COMPLETION_VARIABLE)
    # Bash's own `source` first starts a bash to learn its version; the script is the same.
    console.say(ShellComplete.source(completer).rstrip("\n"))
