"""From the command line into the app: the terminal it needs, and a text that came by a pipe."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, BinaryIO, cast

from seqtui.corpora.errors import InputError
from seqtui.tui.cli import console
from seqtui.tui.terminal.surroundings import can_draw

if TYPE_CHECKING:
    from pathlib import Path

    from seqtui.corpora.options import CorpusOptions
    from seqtui.tui.lab_book import LabBook

TERMINAL = "/dev/tty"
"""The controlling terminal, whatever standard input is."""


class KeptInput(io.BytesIO):
    """What came through a pipe, for any number of readers: after its end it begins anew."""

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any stream; the read that finds the end goes back to the beginning."""
        data = super().read(size)
        if not data:
            self.seek(0)
        return data


class _Recorded:
    """A stream that keeps what was read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.pieces: list[bytes] = []

    def read(self, size: int = -1, /) -> bytes:
        self.pieces.append(self._stream.read(size))
        return self.pieces[-1]


def open_app(
    source: str | None,
    options: CorpusOptions | None,
    watch: Path | None = None,
    labs: LabBook | None = None,
) -> int:
    """Run the app on this terminal; its exit code.

    It begins watching the run in `watch` if given, or at the laboratories with `labs`.

    Raises InputError where there is no terminal, and for a source that is no text at all.
    """
    if not console.is_terminal(sys.stdout):
        raise InputError(
            "standard output is not a terminal, which the app needs; without one use a command "
            "(seqtui --help)"
        )
    term = os.environ.get("TERM", "")
    if not can_draw(term):
        raise InputError(
            "TERM={term} names no terminal that the app can draw on: export TERM=xterm-256color, "
            "or use a command (seqtui --help)",
            term=term,
        )
    if source == "-":
        _take_pipe(options)
    else:
        if not console.is_terminal(sys.stdin):
            raise InputError(
                "standard input is not a terminal, which the app needs; without one use a command "
                "(seqtui --help)"
            )
        if source is not None and watch is None:  # a run can be watched without its text
            _check(source)
    if labs is not None:
        labs.begin()
    if not console.is_terminal(sys.stderr):
        _draw_on_stdout()
    from seqtui.engine.networks.own_output import off_the_screen

    unseen: list[str] = []
    with off_the_screen():
        from seqtui.tui.app import run_app

        code = run_app(source, options, watch, labs=labs, complain=unseen.append)
    for message in unseen:
        console.complain(message)
    return code


def _check(source: str) -> None:
    """Raise InputError for a source that is not there, before the app takes the screen."""
    from seqtui.corpora.catalogue import CATALOGUE, location, open_text

    entry = CATALOGUE.get(source)
    if entry is None:
        missing = not os.path.exists(os.path.expanduser(source))
    else:
        missing = entry.url is not None and location(entry) is None
    if missing:
        open_text(source)  # raises with the remedy


def _take_pipe(options: CorpusOptions | None) -> None:
    """Read all of standard input, keep it, and read the keys from the terminal instead."""
    from seqtui.corpora.reading import read_stdin

    try:
        terminal = os.open(TERMINAL, os.O_RDWR)
    except OSError:
        raise InputError(
            "the keys need a terminal, and this process has none; without one use a command"
        ) from None
    recorded = _Recorded(sys.stdin.buffer)
    read_stdin(cast(BinaryIO, recorded), options.encoding if options else None)
    os.dup2(terminal, 0)
    os.close(terminal)
    sys.stdin = io.TextIOWrapper(KeptInput(b"".join(recorded.pieces)))


def _draw_on_stdout() -> None:
    """Textual draws on stderr: where that is a file (`2>log`), let it draw on stdout instead."""
    screen = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding=sys.stdout.encoding)
    sys.__stderr__ = screen  # type: ignore[misc]
