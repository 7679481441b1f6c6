"""Running the command line from tests: in this process, or as a process of its own."""

from __future__ import annotations

import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

PROGRAM = (sys.executable, "-m", "seqtui.tui.main")


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout; a second one, or NaN, fails."""
        return json.loads(self.out, parse_constant=_refuse)

    @property
    def complaint(self) -> str:
        """The one line on stderr."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("seqtui: ")
        return lines[0].removeprefix("seqtui: ")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


class CommandLine:
    """`seqtui` with a home of its own, run in this process."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capture = capture

    def __call__(self, *arguments: object) -> Ended:
        from seqtui.tui.main import run

        self._capture.readouterr()
        code = run([str(each) for each in arguments])
        captured = self._capture.readouterr()
        return Ended(code, captured.out, captured.err)

    def ok(self, *arguments: object) -> Ended:
        """Run a command that must succeed."""
        ended = self(*arguments)
        assert ended.code == 0, ended.err
        return ended

    def document(self, *arguments: object) -> Any:
        """Run a command that must succeed, with `--json`; its document."""
        return self.ok(*arguments, "--json").document


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a process of its own."""
    return {**os.environ, "SEQTUI_HOME": str(home), **more}


def run_process(
    home: Path, *arguments: object, stdin: bytes = b"", **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run `seqtui` as a process, its three streams pipes, until it ends."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=120,
        env=environment(home, **variables),
        check=False,
    )


def start_in_terminal(
    home: Path,
    *arguments: object,
    stdin: int | None = None,
    program: Sequence[str] = PROGRAM,
    **variables: str,
) -> tuple[subprocess.Popen[bytes], FileIO]:
    """Start `seqtui` with a terminal of 80x24 that controls it; the process and the other side.

    Its standard input is the terminal, or the descriptor `stdin`, which is closed here.
    """
    leader, follower = os.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [*program, *map(str, arguments)],
        stdin=follower if stdin is None else stdin,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(1, termios.TIOCSCTTY, 0),
        env=environment(home, **{"TERM": "xterm-256color", **variables}),
    )
    os.close(follower)
    if stdin is not None:
        os.close(stdin)
    return process, FileIO(leader, "r+")


def run_in_terminal(
    home: Path,
    *arguments: object,
    typed: bytes = b"",
    program: Sequence[str] = PROGRAM,
    **variables: str,
) -> tuple[int, bytes]:
    """Run `seqtui` with a terminal as its three streams: its exit code and output."""
    process, terminal = start_in_terminal(home, *arguments, program=program, **variables)
    output = bytearray()
    try:
        terminal.write(typed)
        while select.select([terminal], [], [], 120)[0]:
            try:
                output += terminal.read(65536)
            except OSError:  # the last of the other side has closed it
                break
        return process.wait(timeout=120), bytes(output)
    finally:
        process.kill()
        terminal.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process does; a minute at most."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
