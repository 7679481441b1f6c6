"""Running the command line from tests: in this process, or as a process of its own."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import termios
from dataclasses import dataclass
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


def run_in_terminal(
    home: Path, *arguments: object, typed: bytes = b"", **variables: str
) -> tuple[int, bytes]:
    """Run `seqtui` with a terminal of 80x24 as its three streams: its exit code and output."""
    leader, follower = os.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    process = subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
        env=environment(home, TERM="xterm-256color", **variables),
    )
    os.close(follower)
    os.write(leader, typed)
    output = bytearray()
    try:
        while select.select([leader], [], [], 120)[0]:
            try:
                output += os.read(leader, 65536)
            except OSError:  # the last of the other side has closed it
                break
        return process.wait(timeout=120), bytes(output)
    finally:
        process.kill()
        os.close(leader)
