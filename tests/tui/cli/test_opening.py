"""`seqtui [CORPUS]`: on the way into the app."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from io import FileIO
from pathlib import Path

import pytest
from command_line import (
    PROGRAM,
    environment,
    run_in_terminal,
    start_in_terminal,
)

from seqtui.tui.cli.opening import KeptInput

WITH_A_STUB = """
import sys, types
stub = types.ModuleType("seqtui.tui.app")
def run_app(source, options, watch=None, labs=None, complain=None):
    heavy = [m for m in ("click", "numpy", "torch", "rich") if m in sys.modules]
    print(source, options, heavy, sys.stdin.isatty(), sys.__stderr__.isatty())
    return 7
stub.run_app = run_app
sys.modules["seqtui.tui.app"] = stub
from seqtui.tui.main import main
main()
"""


def opened(tmp_path: Path, *arguments: str, stderr: str = "") -> tuple[int, str]:
    """What the app was called with on a terminal, and the exit code."""
    command = [sys.executable, "-c", WITH_A_STUB, *arguments]
    if stderr:
        command = ["sh", "-c", f'exec "$@" 2>{stderr}', "sh", *command]
    code, output = run_in_terminal(tmp_path, program=command)
    return code, output.decode().strip()


def test_no_arguments_go_to_the_app_past_everything_else(tmp_path: Path) -> None:
    assert opened(tmp_path) == (7, "None None [] True True")


def test_a_corpus_and_its_options_reach_the_app(tmp_path: Path) -> None:
    book = tmp_path / "train"
    book.write_text("text")
    assert opened(tmp_path, str(book)) == (7, f"{book} None ['click'] True True")
    code, seen = opened(tmp_path, "--clean", "d2l-en", "--min-freq", "2", "primer-en")
    assert code == 7
    assert seen.startswith("primer-en CorpusOptions(cleaning='letters'")
    assert "min_freq=2" in seen
    assert seen.endswith("['click'] True True")


def test_what_is_written_past_python_is_not_on_the_app_s_screen(tmp_path: Path) -> None:
    program = WITH_A_STUB.replace(
        "    return 7", "    os.write(1, b'1'); os.write(2, b'2'); return 7"
    )
    command = [sys.executable, "-c", program.replace("import sys", "import os, sys", 1)]
    code, output = run_in_terminal(tmp_path, program=command)
    assert (code, output.decode().strip()) == (7, "None None [] True True")


def test_the_app_draws_on_stdout_where_stderr_is_a_file(tmp_path: Path) -> None:
    code, seen = opened(tmp_path, stderr=str(tmp_path / "log"))
    assert (code, seen) == (7, "None None [] True True")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["no-such-book"], "primer-en"),
        (["./time-machine"], "no such file"),
        (["time-machine"], "seqtui corpus fetch time-machine"),
        (["primer-en", "--min-freq", "0"], "--min-freq 0"),
    ],
)
def test_what_cannot_be_opened_is_said_before_the_app_takes_the_screen(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    code, output = opened(tmp_path, *arguments)
    assert code == 2
    assert says in output
    assert len(output.splitlines()) == 1


def test_the_text_comes_by_the_pipe_and_the_keys_from_the_terminal(tmp_path: Path) -> None:
    process, terminal = start_in_terminal(tmp_path, "-", stdin=pipe("many words\n" * 9))
    try:
        read_until(terminal, b"stdin")
        read_until(terminal, b"99")
        terminal.write(b"q")
        read_to_end(terminal)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        terminal.close()


@pytest.mark.parametrize(
    ("arguments", "text", "says"),
    [([], "", b"empty"), (["--encoding", "utf-16"], "abc", b"utf-16")],
)
def test_what_comes_by_the_pipe_is_checked_first(
    tmp_path: Path, arguments: list[str], text: str, says: bytes
) -> None:
    process, terminal = start_in_terminal(tmp_path, "-", *arguments, stdin=pipe(text))
    try:
        output = read_to_end(terminal)
        assert process.wait(timeout=30) == 2
    finally:
        process.kill()
        terminal.close()
    assert says in output
    assert b"\x1b" not in output


def test_without_a_controlling_terminal_there_are_no_keys(tmp_path: Path) -> None:
    leader, follower = os.openpty()
    ended = subprocess.run(
        [*PROGRAM, "-"],
        input=b"text",
        stdout=follower,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=environment(tmp_path),
        timeout=60,
        check=False,
    )
    os.close(leader)
    os.close(follower)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1


def test_kept_input_can_be_read_again() -> None:
    kept = KeptInput(b"text")
    for _ in range(2):
        assert b"".join(iter(lambda: kept.read(3), b"")) == b"text"
    assert kept.read() == b"text"


def pipe(text: str) -> int:
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    return reader


def read_until(terminal: FileIO, wanted: bytes) -> None:
    seen = b""
    while wanted not in seen:
        assert select.select([terminal], [], [], 60)[0], seen
        seen += terminal.read(65536) or b""


def read_to_end(terminal: FileIO) -> bytes:
    output = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            output += terminal.read(65536) or b""
        except OSError:  # the other side has closed it
            break
    return output
