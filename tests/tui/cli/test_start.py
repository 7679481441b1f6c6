"""Starting: what is loaded, which command runs, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from command_line import PROGRAM, CommandLine, environment, run_process, until

from seqtui.tui.cli import group as commandline
from seqtui.tui.main import run

HEAVY = ("torch", "textual", "numpy", "rich", "plotext", "safetensors")
LISTS_HEAVY = f"""
import atexit, sys
atexit.register(lambda: print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr))
from seqtui.tui.main import main
main()
"""


def heavy_modules(home: Path, *arguments: str, **variables: str) -> list[str]:
    ended = subprocess.run(
        [sys.executable, "-c", LISTS_HEAVY, *arguments],
        capture_output=True,
        text=True,
        env=environment(home, **variables),
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    last = ended.stderr.splitlines()[-1]
    return list(json.loads(last.replace("'", '"')))


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], ["completion", "bash"]])
def test_the_overview_loads_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    assert heavy_modules(tmp_path, *arguments) == []


@pytest.mark.parametrize(("words", "position"), [("seqtui ", 1), ("seqtui train pri", 2)])
def test_completing_loads_nothing_heavy(tmp_path: Path, words: str, position: int) -> None:
    loaded = heavy_modules(
        tmp_path, _SEQTUI_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(position)
    )
    assert loaded == []


def test_the_entry_point_imports_no_click() -> None:
    code = "import seqtui.tui.main, sys; sys.exit('click' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", list(commandline.COMMANDS))
def test_every_command_has_help_with_an_example(command_line: CommandLine, name: str) -> None:
    ended = command_line.ok(name, "--help")
    assert ended.out.startswith(f"Usage: seqtui {name}")
    assert command_line.ok(name, "-h").out == ended.out
    command = commandline.group.get_command(click.Context(commandline.group), name)
    leaves = command.commands.values() if isinstance(command, click.Group) else [command]
    for leaf in leaves:
        assert isinstance(leaf, click.Command)
        assert all("seqtui" in example for example in leaf.examples)
        assert leaf.examples
        for parameter in leaf.params:
            assert isinstance(parameter, click.Argument) or parameter.help


def test_the_version_is_the_package_s(command_line: CommandLine) -> None:
    from importlib.metadata import version

    assert command_line.ok("--version").out == f"seqtui {version('seqtui')}\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["open"]),
        (["book.txt"], ["open", "book.txt"]),
        (["./train"], ["open", "./train"]),
        (["-"], ["open", "-"]),
        (["--clean", "letters", "book.txt"], ["open", "--clean", "letters", "book.txt"]),
        (["--traceback", "book.txt"], ["--traceback", "open", "book.txt"]),
        (["train", "book.txt"], ["train", "book.txt"]),
        (["--help"], ["--help"]),
    ],
)
def test_what_is_no_command_is_opened(
    arguments: list[str], expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr(click.Group, "parse_args", lambda self, ctx, args: seen.append(args) or [])
    context = click.Context(commandline.group)
    commandline.group.parse_args(context, arguments)
    assert seen == [expected]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["ngrams", "primer-en", "--order", "31"], ["--order", "31"]),
        (["ngrams", "primer-en", "--ordr", "3"], ["--ordr", "--order"]),
        (["ngrams", "primer-en", "--zipf-ranks", "9-3"], ["--zipf-ranks", "9-3"]),
        (["trian", "book.txt"], ["'trian'", "'train'"]),
        (["ngrams"], ["CORPUS", "seqtui ngrams --help"]),
        (["corpus"], ["seqtui corpus --help"]),
        (["train", "primer-en", "--model", "gpt"], ["--model", "gpt", "lstm"]),
        (["train", "primer-en", "--learning-rate", "nan"], ["--learning-rate", "nan"]),
        (["train", "primer-en", "--steps", "5", "--epochs", "2"], ["--steps 5", "--epochs 2"]),
        (["runs", "delet", "x"], ["'delet'", "'delete'"]),
        (["completion", "tcsh"], ["tcsh", "fish"]),
    ],
)
def test_usage_errors_are_one_line(
    command_line: CommandLine, arguments: list[str], names: list[str]
) -> None:
    ended = command_line(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    for name in names:
        assert name in ended.complaint


@pytest.mark.parametrize("arguments", [[], ["primer-en"], ["open"], ["-"]])
def test_without_a_terminal_the_app_refuses_in_one_line(
    tmp_path: Path, arguments: list[str]
) -> None:
    ended = run_process(tmp_path, *arguments, stdin=b"text")
    assert ended.returncode == 2
    assert ended.stdout == b""
    assert len(ended.stderr.splitlines()) == 1
    assert b"terminal" in ended.stderr


def test_a_failure_is_one_line_with_its_traceback_in_a_log(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(device: str) -> None:
        raise ZeroDivisionError("a line\nand \x1b[2J another")

    monkeypatch.setattr("seqtui.tui.cli.diagnosis.diagnose", fail)
    monkeypatch.delenv("SEQTUI_TRACEBACK", raising=False)
    ended = command_line("doctor")
    assert ended.code == 1
    assert ended.complaint.startswith("ZeroDivisionError: a line and ␛[2J another")
    (log,) = command_line.home.rglob("last-failure.log")
    assert str(log) in ended.complaint
    assert "Traceback" in log.read_text()
    monkeypatch.setenv("SEQTUI_TRACEBACK", "1")
    shown = command_line("doctor")
    assert shown.code == 1
    assert "Traceback" in shown.err
    assert "\x1b" not in shown.err


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PermissionError(13, "Permission denied", "/a"), "/a: Permission denied; change its perm"),
        (OSError(28, "No space left on device", "/a"), "/a: No space left on device; make room"),
        (FileNotFoundError(2, "No such file or directory", "/a"), "/a: No such file or directory"),
    ],
)
def test_what_the_system_refuses_is_said_with_its_file_and_a_remedy(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, error: OSError, says: str
) -> None:
    def fail(device: str) -> None:
        raise error

    monkeypatch.setattr("seqtui.tui.cli.diagnosis.diagnose", fail)
    ended = command_line("doctor")
    assert ended.code == 1
    assert ended.complaint.startswith(says)
    assert "Error" not in ended.complaint


def test_memory_that_is_not_there_is_said_with_a_remedy(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def too_large(config: object, vocabulary_size: int, own: object) -> None:
        raise MemoryError

    monkeypatch.setattr("seqtui.engine.training.step.build_module", too_large)
    ended = command_line("train", "primer-en", "--model", "gru", "--run-dir", tmp_path / "run")
    assert ended.code == 1
    assert "memory" in ended.complaint
    assert "--hidden" in ended.complaint


@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyboardInterrupt(), 130), (SystemExit(143), 143), (BrokenPipeError(), 141)],
)
def test_how_a_command_is_ended_from_outside(
    command_line: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
) -> None:
    def fail(device: str) -> None:
        raise error

    monkeypatch.setattr("seqtui.tui.cli.diagnosis.diagnose", fail)
    monkeypatch.setattr("seqtui.tui.cli.console.forget_stdout", lambda: None)
    ended = command_line("doctor")
    assert (ended.code, ended.err) == (code, "")


def test_help_can_be_read_in_any_locale(tmp_path: Path) -> None:
    for encoding in ("ascii", "iso8859-2", "gb18030"):
        for arguments in (["ngrams", "--help"], ["corpus", "list"]):
            ended = run_process(tmp_path, *arguments, PYTHONIOENCODING=encoding)
            assert (ended.returncode, ended.stderr) == (0, b"")


WAITS = """
import signal
import seqtui.tui.cli.diagnosis as diagnosis
def wait(device):
    print("ready", flush=True)
    signal.pause()
diagnosis.diagnose = wait
import sys
sys.argv[1:] = ["doctor"]
from seqtui.tui.main import main
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_command_quietly(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WAITS],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (128 + number, b"", b"")


def test_signals_are_as_before_after_a_command(command_line: CommandLine) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)]
    command_line.ok("completion", "bash")
    after = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)]
    assert after == before


def test_a_reader_that_leaves_is_no_failure(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [*PROGRAM, "completion", "zsh"],
        stdout=writer,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert ended.returncode == 141
    assert ended.stderr == b""


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["train", "--help"], ["--version"], ["completion", "zsh"], ["corpus", "list"]],
)
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_full_disk_behind_stdout_is_a_failure(
    tmp_path: Path, arguments: list[str], more: list[str]
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    if more and arguments != ["corpus", "list"]:
        pytest.skip("prints no document")
    with full.open("wb") as stdout:
        ended = subprocess.run(
            [*PROGRAM, *arguments, *more],
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=environment(tmp_path),
            timeout=60,
            check=False,
        )
    assert ended.returncode == 1
    said = b"seqtui: standard output cannot be written to: No space left on device\n"
    assert ended.stderr == said


@pytest.mark.parametrize("arguments", [["doctor"], ["runs"], ["corpus", "show", "primer-en"]])
def test_a_working_folder_that_was_deleted_is_said(
    command_line: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    ended = command_line(*arguments)
    assert ended.code == 2
    assert "the working folder is not there any more" in ended.complaint


def test_the_working_folder_lends_no_module(tmp_path: Path) -> None:
    for name in ("random.py", "click.py", "signal.py"):
        (tmp_path / name).write_text("import pathlib; pathlib.Path('executed').touch()\n")
    run = tmp_path / "run"
    small = ("--model", "uniform", "--run-dir", run, "--detach")
    for arguments in (["--version"], ["train", "primer-en", *small]):
        ended = subprocess.run(
            [*PROGRAM, *map(str, arguments)],
            capture_output=True,
            cwd=tmp_path,
            env=environment(tmp_path),
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
    until(lambda: json.loads((run / "run.json").read_text())["status"] == "done")
    assert not (tmp_path / "executed").exists()


def test_a_closed_stream_lends_its_number_to_no_file(tmp_path: Path) -> None:
    closed = 'exec "$0" -m seqtui.tui.main corpus list {}'
    for streams in (">&-", "2>&-", "<&-", "<&- >&- 2>&-"):
        ended = subprocess.run(
            ["sh", "-c", closed.format(streams), sys.executable],
            capture_output=True,
            env=environment(tmp_path),
            timeout=60,
            check=False,
        )
        assert (ended.returncode, ended.stderr) == (0, b"")


INTERRUPTED = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv[1:] = ["doctor"]
from seqtui.tui.main import main
main()
"""


@pytest.mark.parametrize(
    "name", ["seqtui.corpora.errors", "seqtui.tui.translation", "click", "torch", "numpy"]
)
def test_ctrl_c_while_starting_leaves_without_a_traceback(tmp_path: Path, name: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(name=name)],
        capture_output=True,
        env=environment(tmp_path),
        timeout=60,
        check=False,
    )
    assert ended.returncode in (130, -signal.SIGINT)  # the shell calls both 130
    assert (ended.stdout, ended.stderr) == (b"", b"")


def test_run_is_what_main_exits_with(tmp_path: Path) -> None:
    assert run_process(tmp_path, "--versio").returncode == run(["--versio"]) == 2
