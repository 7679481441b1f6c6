"""From the command line into the app: the terminal it needs, and text that came by a pipe."""

from __future__ import annotations


import os
import sys
from typing import TYPE_CHECKING, TextIO

from seqtui.corpora.errors import InputError
from seqtui.tui import console
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import CorpusOptions

TERMINAL = "/dev/tty"
"""The controlling terminal, whatever standard input is."""


def open_app(source: str | None, options: CorpusOptions | None) -> int:
    """Run the app on this terminal; its exit code. InputError where there is no terminal."""
    _require_terminal(sys.stdout, _("standard output"))
    if source != "-":
        _require_terminal(sys.stdin, _("standard input"))
    if not console.is_terminal(sys.stderr):
        _draw_on_stdout()
    from seqtui.tui.app import run_app

    return run_app(source, options)


def _require_terminal(stream: TextIO | None, name: str) -> None:
    if not console.is_terminal(stream):
        raise InputError(
            _(
                "{name} is not a terminal, which the app needs; "
                "without one use a command (seqtui --help)"
            ).format(name=name)
        )


def _draw_on_stdout() -> None:
    """Textual draws on stderr: where that is a file (`2>log`), let it draw on stdout instead."""
    screen = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding=sys.stdout.encoding)
    sys.__stderr__ = screen  # type: ignore[misc]
