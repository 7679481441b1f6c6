"""A user's own network on the command line and in the app."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
from command_line import PROGRAM, CommandLine, environment, until

from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import open_run
from seqtui.engine.settings.run_config import OWN_MODEL, RunConfig
from seqtui.engine.worker import Job
from seqtui.tui.panes.train.settings import RunSettings, summary
from seqtui.tui.session import Session

TEXT = "time and the time machine ran on and on in time\n" * 60
SMALL = ["--hidden", 8, "--batch-size", 4, "--window", 16, "--steps", 5]
MACHINE = ["--device", "cpu", "--threads", 1]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture
def mine(tmp_path: Path, command_line: CommandLine) -> Path:
    path = tmp_path / "mine.py"
    ended = command_line("new-model", path)
    assert ended.code == 0
    assert f"--model {path}:MyModel" in ended.out
    return path


def test_the_starting_point_trains_and_is_named_again_to_be_used(
    command_line: CommandLine, book: Path, mine: Path, tmp_path: Path
) -> None:
    named = ["--model", f"{mine}:MyModel"]
    mine.write_text(
        mine.read_text().replace("        X = self", "        print(1)\n        X = self")
    )
    run = tmp_path / "run"
    document = command_line.document("train", book, *named, *SMALL, *MACHINE, "--run-dir", run)
    assert document["model"] == f"{mine}:MyModel"
    assert document["held_out"]["perplexity"] > 1
    again = command_line.document("evaluate", run, *named, *MACHINE)
    assert again["loss"] == pytest.approx(document["held_out"]["loss"], abs=1e-6)
    written = command_line.document("generate", run, *named, "--tokens", 4, *MACHINE)
    assert written["tokens"] == 4
    scored = command_line.document("score", run, "time machine", *named, *MACHINE)
    assert len(scored["tokens"]) == 11
    longer = command_line.document("train", "--resume", run, *named, "--steps", 8)
    assert longer["steps"] == 8
    for command in (["evaluate", run], ["generate", run], ["train", "--resume", run, "--steps", 9]):
        refused = command_line(*command)
        assert refused.code == 2
        assert refused.complaint.endswith(f"it runs only if you name it: --model {mine}:MyModel")


def test_new_model_replaces_nothing_unasked(command_line: CommandLine, mine: Path) -> None:
    mine.write_text("my work")
    refused = command_line("new-model", mine)
    assert refused.code == 2
    assert "--force" in refused.complaint
    assert mine.read_text() == "my work"
    assert command_line("new-model", mine, "--force").code == 0
    assert "class MyModel" in mine.read_text()
    assert "mine.py:MyModel" in mine.read_text()


def test_new_model_says_where_it_cannot_write(command_line: CommandLine, tmp_path: Path) -> None:
    assert ".py" in command_line("new-model", tmp_path / "mine.txt").complaint
    refused = command_line("new-model", tmp_path / "none" / "mine.py")
    assert (refused.code, "cannot be written" in refused.complaint) == (2, True)


def test_a_fault_is_one_line_and_leaves_no_run(
    command_line: CommandLine, book: Path, mine: Path, tmp_path: Path
) -> None:
    mine.write_text(mine.read_text().replace("return self.head(H), state", "return self.head(H)"))
    run = tmp_path / "run"
    refused = command_line("train", book, "--model", mine, *SMALL, "--run-dir", run)
    assert refused.code == 2
    assert "return logits, state" in refused.complaint
    assert not run.exists()


def test_a_model_that_there_is_not_is_refused(command_line: CommandLine, book: Path) -> None:
    refused = command_line("train", book, "--model", "gpt")
    assert refused.code == 2
    assert "--model gpt: choose one of uniform" in refused.complaint
    assert "FILE.py:CLASS" in refused.complaint


WAITS = """
import pathlib, time
pathlib.Path(__file__).with_suffix(".started").touch()
while True:
    try:
        time.sleep(60)
    except {caught}:
        pass
"""


@pytest.mark.parametrize(("caught", "signals"), [("ImportError", 1), ("BaseException", 3)])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_command_that_imports_a_file(
    book: Path, tmp_path: Path, caught: str, signals: int, number: signal.Signals, code: int
) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(WAITS.format(caught=caught))
    arguments = ["train", book, "--model", mine, "--run-dir", tmp_path / "run"]
    process = subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(tmp_path / "home"),
    )
    try:
        until((tmp_path / "mine.started").exists)
        for _each in range(signals):  # the same that is pending is one signal only
            until(lambda: asleep(process.pid))
            process.send_signal(number)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (code, b"", b"")
    assert not (tmp_path / "run").exists()


def asleep(process: int) -> bool:
    """Whether a process waits and has no signal to handle."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    pending = int(status["SigPnd"], 16) | int(status["ShdPnd"], 16)
    return status["State"].startswith("S") and not pending


def test_the_form_takes_a_file_with_the_settings_of_a_network() -> None:
    settings = RunSettings()
    assert settings.refusal("model", "my models/mine.py:MyModel") is None
    assert "FILE.py:CLASS" in (settings.refusal("model", "mine.txt") or "")
    settings.change("model", "my models/mine.py:MyModel")
    assert {"hidden", "layers", "dropout", "window"} <= {each.name for each in settings.fields}
    config = settings.configuration("book", None)
    assert config.kind == OWN_MODEL
    assert summary(config).startswith("mine.py:MyModel · hidden 256")


def test_a_session_remembers_what_was_named_in_it_and_trusts_nothing_else(
    monkeypatch: pytest.MonkeyPatch, mine: Path
) -> None:
    given = []

    def start(worker: object, request: RunRequest) -> Job:
        given.append(request.named_model)
        return Job(lambda: None, (), None)

    monkeypatch.setattr("seqtui.engine.worker.start_training", start)
    session = Session(None, None)
    session.corpus = object()  # type: ignore[assignment]
    assert session.named_model(f"{mine}:MyModel") is None
    monkeypatch.chdir(mine.parent)
    session.start_training(RunConfig("book", model="mine.py"))
    session.start_training(RunConfig("book", model="gru"))
    assert given == ["mine.py", None]
    assert session.named_model(f"{mine}:MyModel") == "mine.py"
    assert session.named_model(f"{mine.parent / 'other.py'}:MyModel") is None
    assert session.named_model("gru") is None
    for file in (mine, mine.parent / "other.py"):
        session.start_training(RunConfig("book", model=f"{file}:MyModel"), resume=mine.parent)
    assert given[2:] == ["mine.py", None]


def test_a_file_of_settings_cannot_name_it(command_line: CommandLine, mine: Path) -> None:
    settings = mine.parent / "settings.toml"
    settings.write_text(f'model = "{mine}:MyModel"\n')
    ended = command_line("train", "primer-en", "--config", settings)
    assert ended.code == 2
    assert f"add --model {mine}:MyModel" in ended.complaint


def test_a_detached_process_receives_what_was_named(command_line: CommandLine, mine: Path) -> None:
    folder = mine.parent / "detached"
    arguments = ("--steps", 2, "--threads", 1, "--batch-size", 4, "--run-dir", folder)
    command_line.ok("train", "primer-en", "--model", mine, *arguments, "--detach")
    resume = ("train", "--resume", folder, "--steps", 3, "--detach")
    until_done(folder)
    refused = command_line(*resume)
    assert refused.code == 2
    assert "--model" in refused.complaint
    command_line.ok(*resume, "--model", mine)
    until_done(folder, steps=3)


def until_done(folder: Path, steps: int = 2) -> None:
    until(lambda: (open_run(folder).document or {}).get("steps") == steps)
