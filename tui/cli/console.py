"""The only place that prints: text and one JSON document on stdout, the rest on stderr.

Text for a terminal passes `foreign.visible`; in a pipe it is exact. What goes to
stderr is for people: it always passes `foreign.visible`, stays one line, and never raises,
because a run must outlive its terminal.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import time
import traceback
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from seqtui.corpora.errors import InputError, UserError, UserMessage, shortened
from seqtui.tui.foreign import takes_no_cell, visible, visible_lines
from seqtui.tui.translation import _, localized

PROGRAM = "seqtui"
COMPLETION_VARIABLE = "_SEQTUI_COMPLETE"
"""Set by a shell's completion script when it asks what could follow."""
TRACEBACK_VARIABLE = "SEQTUI_TRACEBACK"
"""Set to 1 (`--traceback` does): failures show their traceback."""
REDRAW_SECONDS = 0.1
"""The least time between two states of the progress line; a slow line could not follow."""
LONGEST_LINE = 800
"""Characters of a line about an error whose text is not ours."""
PATIENCE_SECONDS = 2.0
"""A line for people waits so long for a terminal that takes nothing, and is dropped then."""
HURRY_SECONDS = 0.5
"""The same for what is printed, once a signal has asked the process to end."""
SHOWN_AFTER_SECONDS = 0.5
"""Work that takes less shows no progress: a line that only flickers is no help."""


_hurried = False
"""Whether a signal has asked the process to end."""
_refused = False
"""Whether a terminal has taken nothing of late, and is not waited for again."""


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream exists, is open and ends in a terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def open_closed_descriptors() -> None:
    """Let a standard descriptor that was closed lead nowhere, so that no file gets its number."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.dup2(nowhere, descriptor)
    if nowhere > 2:
        os.close(nowhere)


def hurry() -> None:
    """Do not wait for a terminal that takes nothing: a signal has asked the process to end."""
    global _hurried
    _hurried = True


def _sent_to_terminal(stream: TextIO, text: str, patience: float) -> bool:
    """Send a text to a stream's terminal, or drop it where that takes nothing for so long.

    False for a stream that is none.
    """
    from seqtui.tui.terminal.output import send

    if not is_terminal(stream):
        return False
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return False
    global _refused
    data = text.encode(stream.encoding or "utf-8", stream.errors or "strict")
    taken = send(descriptor, data, 0 if _refused else patience)
    _refused = not taken and (_refused or patience > 0)
    return True


# Stdout.


def say(text: str = "") -> None:
    """Print text and a line end; exact in a pipe."""
    if sys.stdout is None:
        return
    if is_terminal(sys.stdout):
        text = visible_lines(text)
    _encodable(sys.stdout)
    _tell_of_escapes(text)
    _to_stdout(text + "\n")


def _to_stdout(text: str) -> None:
    assert sys.stdout is not None
    with _writing():
        if not (_hurried and _sent_to_terminal(sys.stdout, text, HURRY_SECONDS)):
            sys.stdout.write(text)


def document(value: Mapping[str, object]) -> None:
    """Print one JSON document; what is not a finite number becomes null, and -0 is 0.

    On a terminal it is indented, and what `foreign.visible` would change is escaped instead,
    so that the document means the same and the terminal obeys nothing.
    """
    if sys.stdout is None:
        return
    terminal = is_terminal(sys.stdout)
    unwrapped = plain(value)
    indent = 2 if terminal else None
    text = json.dumps(unwrapped, ensure_ascii=False, allow_nan=False, indent=indent)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # another locale, or a file name that is not valid text
        text = json.dumps(unwrapped, ensure_ascii=True, allow_nan=False, indent=indent)
    if terminal:
        text = "".join(
            char if char == "\n" or visible(char) == char else json.dumps(char)[1:-1]
            for char in text
        )
    _to_stdout(text + "\n")


def plain(value: object) -> object:
    """A value as JSON knows it: numpy's numbers unwrapped, paths as text, no NaN or infinity."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, bool | str | int | None):
        return value
    if isinstance(value, float):
        return value + 0.0 if math.isfinite(value) else None  # no sign for a zero
    item = getattr(value, "item", None)
    if callable(item):
        return plain(item())
    raise TypeError(f"{type(value).__name__} has no place in a JSON document")


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)
) -> list[str]:
    """Lines of an aligned table: columns in `left` to the left, the rest (numbers) to the right.

    The cells pass `foreign.visible` here, because a control character has no width.
    """
    cells = [[visible(cell) for cell in row] for row in rows]
    shown = [list(heads), *cells] if any(heads) else cells
    widths = [max(map(cell_width, column)) for column in zip(*shown, strict=True)]
    lines = []
    for row in shown:
        padded = [
            cell + " " * (width - cell_width(cell))
            if index in left
            else " " * (width - cell_width(cell)) + cell
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return lines


def say_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)
) -> None:
    """Print an aligned table; without heads when all of them are empty."""
    for line in table(heads, rows, left):
        say(line)


def cell_width(text: str) -> int:
    """Cells of a terminal that a text takes; wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if takes_no_cell(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def flush() -> None:
    """Flush what was printed; raises BrokenPipeError when the reader has gone, and OutputError."""
    if sys.stdout is not None:
        with _writing():
            sys.stdout.flush()


class OutputError(UserError, OSError):
    """Standard output takes nothing more: a full disk, a terminal that has gone."""

    @classmethod
    def of(cls, error: OSError) -> OutputError:
        """What a failed write came to."""
        return cls("standard output cannot be written to: {reason}", reason=error.strerror or error)


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError.of(error) from error


def forget_stdout() -> None:
    """Send what is still to be printed nowhere: its reader has gone."""
    if not _sent_nowhere(sys.stdout):
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - lives as long as the process


def _sent_nowhere(stream: TextIO) -> bool:
    """Let a stream's descriptor lead nowhere; whether it has one."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):
        return False
    return True


def settle() -> None:
    """Write what the streams still hold, or drop it: Python's end must not change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            _sent_nowhere(stream)


@contextmanager
def allowing_closed_output() -> Iterator[None]:
    """Print where the reader may have gone, for example with the terminal: that is no failure."""
    try:
        yield
        flush()
    except OSError:
        forget_stdout()


def make_encodable() -> None:
    """Let nothing that others print on stdout (click its help) fail for the locale's encoding."""
    if sys.stdout is not None:
        _encodable(sys.stdout)


def _encodable(stream: TextIO) -> None:
    """Let no character end the program because the locale cannot write it.

    What its encoding lacks is written as an escape, `\\u4e2d`, in a pipe and on a terminal alike;
    under UTF-8, bytes of a file's name that are no text are written as they are.
    """
    reconfigure = getattr(stream, "reconfigure", None)
    wanted = "surrogateescape" if _is_utf8(stream) else "backslashreplace"
    # In the C locale Python itself chooses surrogateescape, which writes no other character.
    replaced = {"strict", "surrogateescape", None} - {wanted}
    if reconfigure is not None and stream.errors in replaced:
        reconfigure(errors=wanted)


def _is_utf8(stream: TextIO) -> bool:
    return (stream.encoding or "").lower() in ("utf-8", "utf8")


class _Escapes:
    """Whether it was said that characters are written as escapes."""

    told = False


def _tell_of_escapes(text: str) -> None:
    """Say once, where people see stderr, that stdout cannot hold a text as it is."""
    if _Escapes.told or _is_utf8(sys.stdout) or text.isascii():
        return
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        _Escapes.told = True
        note(
            _(
                "the locale's encoding is {encoding}: what it lacks is written as escapes; "
                "export LC_ALL=C.UTF-8"
            ).format(encoding=sys.stdout.encoding)
        )
    except LookupError:
        pass


# Stderr.


def complain(message: str | BaseException) -> None:
    """Print one line on stderr that says what is wrong, in the user's language."""
    line = localized(message)
    if not isinstance(message, UserMessage | UserError):
        line = shortened(line, LONGEST_LINE)  # click's, or a foreign error's: it may quote anything
    _to_stderr(f"{PROGRAM}: {visible(line)}\n")


def note(message: str) -> None:
    """Print one line on stderr that is good to know, when people see stderr."""
    if is_terminal(sys.stderr):
        complain(message)


def _to_stderr(text: str, patience: float = PATIENCE_SECONDS) -> None:
    if sys.stderr is None:
        return
    try:
        _encodable(sys.stderr)
        if not _sent_to_terminal(sys.stderr, text, patience):
            sys.stderr.write(text)
            sys.stderr.flush()
    except (OSError, ValueError):
        pass  # the terminal has gone; the work continues


def show_traceback() -> None:
    """Print the traceback of the exception in hand on stderr."""
    _to_stderr(visible_lines(traceback.format_exc()))


def log_failure() -> Path | None:
    """Write the traceback of the exception in hand to a log; its path, or None if that failed."""
    from seqtui.corpora.folders import log_folder

    try:
        folder = log_folder()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "last-failure.log"
        moment = time.strftime("%Y-%m-%d %H:%M:%S %z")
        path.write_text(f"{moment}\n{traceback.format_exc()}", "utf-8", "backslashreplace")
    except OSError:
        return None
    return path


class Progress:
    """A line on stderr, only when that is a terminal, that is gone when the work is done.

    Called as `progress(done, total)` it shows the share and the time left, and returns True:
    it serves as the `on_progress` of any long work.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._started = time.monotonic()
        self._redrawn = self._started + SHOWN_AFTER_SECONDS - REDRAW_SECONDS
        self._shown = False
        self._on = is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *reason: object) -> None:
        self.clear()

    def __call__(self, done: int, total: int) -> bool:
        """Show `done` of `total`; never cancels."""
        from seqtui.tui.numbers import duration, share

        if self._due():
            elapsed = time.monotonic() - self._started
            part = f"{share(min(done / total, 1.0)):>5}" if total else ""
            left = elapsed * (total - done) / done if done and total > done else None
            shown = f"{self._label} {part}"
            if left is not None:
                shown = _("{done}  ETA {left}").format(done=shown, left=duration(left))
            self._draw(shown)
        return True

    def show(self, text: str) -> None:
        """Show any text in the line, at once."""
        if self._on:
            self._draw(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            _to_stderr("\r\x1b[K")
            self._shown = False

    def _due(self) -> bool:
        return self._on and time.monotonic() - self._redrawn >= REDRAW_SECONDS

    def _draw(self, text: str) -> None:
        self._redrawn = time.monotonic()
        self._shown = True
        width = max(shutil.get_terminal_size().columns - 1, 10)
        shown = visible(text)
        while cell_width(shown) > width:
            shown = shown[:-1]
        _to_stderr(f"\r{shown}\x1b[K", patience=0)


def ask(question: str) -> bool:
    """Ask a yes/no question on the terminal; no is the default.

    Raises InputError, which names `--yes`, without a terminal.
    """
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        raise InputError("cannot ask without a terminal; give --yes")
    _to_stderr(visible(question) + " [y/N] ")
    return sys.stdin.readline().strip().lower() in ("y", "yes", _("y"), _("yes"))
