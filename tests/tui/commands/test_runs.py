"""`seqtui runs` and what a shell completes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import CommandLine, environment, run_in_terminal, run_process

from seqtui.engine.runs.run import open_run


@pytest.fixture
def run(command_line: CommandLine) -> Path:
    """A run in the runs' folder."""
    return Path(command_line.document("train", "primer-en", "--model", "uniform")["run"])


def test_runs_are_listed_with_what_they_reached(command_line: CommandLine, run: Path) -> None:
    (listed,) = command_line.document("runs", "list")["runs"]
    assert (listed["name"], listed["path"]) == (run.name, str(run))
    assert (listed["state"], listed["model"]) == ("done", "uniform")
    assert listed["held_out"]["perplexity"] > 1
    assert listed["bytes"] > 0
    table = command_line.ok("runs").out
    assert table == command_line.ok("runs", "list").out
    assert run.name in table
    assert command_line.document("runs")["runs"] == [listed]


def names(command_line: CommandLine, *filters: str) -> list[str]:
    """The names of the runs that `runs list` lists."""
    return [run["name"] for run in command_line.document("runs", "list", *filters)["runs"]]


def test_runs_are_filtered_and_sorted(command_line: CommandLine, run: Path) -> None:
    trained = ("train", "primer-zh", "--model", "ngram", "--order", "1")
    other = Path(command_line.document(*trained)["run"])
    stopped = open_run(other)
    stopped.write("stopped", stopped.document)
    assert names(command_line) == [other.name, run.name]
    assert names(command_line, "--model", "uniform") == [run.name]
    assert names(command_line, "--corpus", "primer-zh") == [other.name]
    assert names(command_line, "--status", "stopped") == [other.name]
    assert names(command_line, "PRIMER-EN") == [run.name]
    assert names(command_line, "--model", "uniform", "--status", "stopped") == []
    by_name = sorted([run.name, other.name])
    assert names(command_line, "--sort", "name") == by_name
    listed = command_line.document("runs", "--sort", "perplexity")["runs"]
    reached = [each["held_out"]["perplexity"] for each in listed]
    assert reached == sorted(reached)
    sizes = [each["bytes"] for each in command_line.document("runs", "--sort", "size")["runs"]]
    assert sizes == sorted(sizes, reverse=True)
    assert "none of the 2 runs match" in command_line.ok("runs", "list", "--model", "gru").out
    assert command_line("runs", "--status", "asleep").code == 2


@pytest.mark.parametrize("held_out", ["x", 3, [1], {"perplexity": "low"}, {"perplexity": [2]}])
def test_a_result_of_another_shape_is_listed_without_figures(
    command_line: CommandLine, run: Path, held_out: object
) -> None:
    opened = open_run(run)
    opened.write("done", {**(opened.document or {}), "held_out": held_out, "steps": "many"})
    assert run.name in command_line.ok("runs", "--sort", "perplexity").out
    assert command_line.document("runs", "--sort", "steps")["runs"][0]["steps"] is None


def test_a_run_is_renamed_and_says_so(command_line: CommandLine, run: Path) -> None:
    assert command_line.ok("runs", "rename", run.name, "baseline").out == f"{run.parent}/baseline\n"
    assert names(command_line) == ["baseline"]
    again = command_line.document("train", "--resume", "baseline")
    assert again["run"] == str(run.parent / "baseline")
    assert command_line.document("evaluate", "baseline")["targets"] > 0


@pytest.mark.parametrize("name", ["", "a/b", "..", ".hidden", "-x", "a\x1b[2Jb", "a\nb"])
def test_a_name_that_is_invalid_is_refused(command_line: CommandLine, run: Path, name: str) -> None:
    ended = command_line("runs", "rename", run.name, "--", name)
    assert ended.code == 2
    assert len(ended.complaint.splitlines()) == 1
    assert run.exists()


def test_a_run_keeps_its_name_while_it_is_written_or_the_new_one_is_taken(
    command_line: CommandLine, run: Path
) -> None:
    from seqtui.engine.runs.lock import locked

    (run.parent / "taken").mkdir()
    assert "taken" in command_line("runs", "rename", run.name, "taken").complaint
    with locked(run):
        assert "writes this run" in command_line("runs", "rename", run.name, "free").complaint
    command_line.ok("runs", "rename", run.name, "free")


def test_metrics_are_exported(
    command_line: CommandLine, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table = command_line.ok("runs", "export", run.name, "--to", "csv").out
    assert table.splitlines()[0].startswith("event,step,")
    assert table.splitlines()[1].startswith("evaluation,0,")
    printed = command_line.ok(
        "runs", "export", run.name, "--to", "jsonl", "--output", "m.jsonl"
    ).out
    assert printed == "m.jsonl\n"
    assert Path("m.jsonl").read_bytes() == (run / "metrics.jsonl").read_bytes()
    written = Path(command_line.ok("runs", "export", run.name, "--to", "tensorboard").out.strip())
    assert written.parent == Path("tensorboard") / run.name
    assert written.read_bytes()
    refused = command_line("runs", "export", run.name, "--to", "csv", "--output", "m.jsonl/x")
    assert refused.code == 2
    assert "--output m.jsonl/x" in refused.complaint


def test_no_runs_is_said(command_line: CommandLine) -> None:
    assert "seqtui train" in command_line.ok("runs").out
    assert command_line.document("runs")["runs"] == []


def test_the_path_of_a_run(command_line: CommandLine, run: Path) -> None:
    assert command_line.ok("runs", "path", run.name).out == f"{run}\n"
    unknown = command_line("runs", "path", "nothing")
    assert unknown.code == 2
    assert "nothing" in unknown.complaint


def test_deleting_asks_first(command_line: CommandLine, run: Path) -> None:
    refused = command_line("runs", "delete", run.name)
    assert refused.code == 2
    assert "--yes" in refused.complaint
    for typed, stays in ((b"n\n", True), (b"\n", True), (b"y\n", False)):
        code, output = run_in_terminal(command_line.home, "runs", "delete", run.name, typed=typed)
        assert code == 0
        assert run.name in output.decode()
        assert run.exists() == stays


def test_deleting_takes_only_what_belongs_to_a_run(
    command_line: CommandLine, run: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    shutil.copytree(run, kept)
    (kept / "notes.txt").write_text("mine")
    ended = command_line.ok("runs", "delete", run.name, kept, run.name, "--yes")
    assert not run.exists()
    assert [each.name for each in kept.iterdir()] == ["notes.txt"]
    assert str(kept) in ended.complaint


def test_what_deletion_left_is_listed_and_can_be_deleted(
    command_line: CommandLine, run: Path
) -> None:
    (run / "run.json").unlink()  # 0.1.0 took it first
    (found,) = command_line.document("runs")["unreadable"]
    assert f"runs delete {run.name}" in found["reason"]
    command_line.ok("runs", "delete", run.name, "--yes")
    assert not run.exists()


def test_a_name_of_two_runs_is_refused(
    command_line: CommandLine, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(run, tmp_path / run.name)
    for arguments in (["runs", "delete", run.name, "--yes"], ["evaluate", run.name]):
        refused = command_line(*arguments)
        assert refused.code == 2
        assert f"./{run.name}" in refused.complaint
        assert str(run) in refused.complaint
    command_line.ok("runs", "delete", f"./{run.name}", "--yes")
    assert run.exists()
    assert not (tmp_path / run.name).exists()


def test_a_folder_of_the_same_name_that_is_no_run_hides_none(
    command_line: CommandLine, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / run.name).mkdir()
    assert command_line.ok("runs", "path", run.name).out == f"{run}\n"


def test_models_of_one_family_are_told_apart(command_line: CommandLine, run: Path) -> None:
    for order, smoothing in ((2, "kneser-ney"), (3, "add-k")):
        command_line.ok(
            "train", "primer-en", "--model", "ngram", "--order", order, "--smoothing", smoothing
        )
    titles = {each["title"] for each in command_line.document("runs")["runs"]}
    assert titles == {"3-gram add-k 1", "2-gram kneser-ney", "uniform"}
    assert "3-gram add-k 1" in command_line.ok("runs").out


def test_an_export_replaces_a_file_whole_and_goes_through_a_link(
    command_line: CommandLine, run: Path, tmp_path: Path
) -> None:
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    target.write_text("old")
    link.symlink_to(target)
    command_line.ok("runs", "export", run.name, "--to", "csv", "--output", link)
    assert link.is_symlink()
    assert target.read_text().startswith("event,step,")


def test_a_run_that_trains_is_not_deleted(command_line: CommandLine, run: Path) -> None:
    from seqtui.engine.runs.lock import locked

    open_run(run).write("running")
    with locked(run):
        ended = command_line("runs", "delete", run.name, "--yes")
    assert ended.code == 2
    assert run.name in ended.complaint
    assert run.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 99}', b"\xff\xfe"])
def test_a_broken_run_is_one_line(command_line: CommandLine, run: Path, content: bytes) -> None:
    (run / "run.json").write_bytes(content)
    for command in (["evaluate"], ["generate"], ["score", "text"], ["runs", "path"]):
        name, *rest = command
        arguments = ["runs", "path", run.name] if name == "runs" else [name, run.name, *rest]
        ended = command_line(*arguments)
        assert ended.code == 2
        assert "run.json" in ended.complaint
    document = command_line.document("runs")
    assert document["runs"] == []
    assert [each["path"] for each in document["unreadable"]] == [str(run)]
    listed = command_line.ok("runs")
    assert "run.json" in listed.complaint
    assert "no runs yet" not in listed.out
    command_line.ok("runs", "delete", run.name, "--yes")
    assert not run.exists()


def completed(home: Path, *words: str) -> list[str]:
    """What bash's completion is offered for the last of the words."""
    ended = run_process(
        home,
        _SEQTUI_COMPLETE="bash_complete",
        COMP_WORDS="\n".join(["seqtui", *words]),
        COMP_CWORD=str(len(words)),
    )
    assert ended.returncode == 0, ended.stderr
    return [line.partition(",")[2] for line in ended.stdout.decode().splitlines()]


def test_names_are_completed(command_line: CommandLine, run: Path) -> None:
    home = command_line.home
    assert {"train", "ngrams", "primer-en", "time-machine"} <= set(completed(home, ""))
    assert completed(home, "tra") == ["train"]
    assert completed(home, "tr") == ["train"]
    assert completed(home, "train", "primer-") == ["primer-en", "primer-zh"]
    assert completed(home, "train", "primer-en", "--model", "ls") == ["lstm-scratch", "lstm"]
    assert completed(home, "ngrams", "x", "--clean", "d2l") == ["d2l-zh", "d2l-en"]
    assert completed(home, "corpus", "f") == ["fetch"]
    assert completed(home, "corpus", "fetch", "ti") == ["time-machine", "tinyshakespeare"]
    assert completed(home, "evaluate", "2") == [run.name]
    assert completed(home, "train", "--resume", "2") == [run.name]
    assert completed(home, "evaluate", run.name, "primer-e") == ["primer-en"]
    assert set(completed(home, "runs", "")) == {
        "list",
        "path",
        "rename",
        "export",
        "delete",
    }
    assert completed(home, "runs", "delete", "2") == [run.name]
    assert "--learning-rate" in completed(home, "train", "--le")


def test_files_are_completed_beside_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "primes.txt").touch()
    (tmp_path / "prints").mkdir()
    monkeypatch.chdir(tmp_path)
    assert completed(tmp_path, "train", "pri") == [
        "primer-en",
        "primer-zh",
        "primes.txt",
        "prints/",
    ]
    assert completed(tmp_path, "train", "/tm") == ["/tm"]  # of type `file`: the shell's turn


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_the_shell_can_read(
    command_line: CommandLine, shell: str, tmp_path: Path
) -> None:
    script = tmp_path / "script"
    script.write_text(command_line.ok("completion", shell).out)
    assert "_SEQTUI_COMPLETE" in script.read_text()
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    subprocess.run([program, "-n", str(script)], check=True)


def test_bash_completes_with_the_script(command_line: CommandLine) -> None:
    bash, beside = shutil.which("bash"), Path(sys.executable).parent
    if bash is None or not (beside / "seqtui").exists():
        pytest.skip("no bash here, or seqtui is not installed")
    program = """
eval "$(seqtui completion bash)"
COMP_WORDS=(seqtui train primer-) COMP_CWORD=2
_seqtui_completion seqtui
echo "${COMPREPLY[@]}"
"""
    ended = subprocess.run(
        [bash, "-c", program],
        capture_output=True,
        text=True,
        env=environment(command_line.home, PATH=f"{beside}:{os.environ['PATH']}"),
        check=True,
    )
    assert ended.stdout.split() == ["primer-en", "primer-zh"]


def test_an_infinite_perplexity_sorts_before_none(
    command_line: CommandLine, tmp_path: Path
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("a b a c a b a\n" * 20 + "b b z c c\n" * 4)
    for smoothing in ("stupid-back-off", "mle", "add-k"):
        command_line.ok("train", text, "--model", "ngram", "--smoothing", smoothing)
    rows = command_line.ok("runs", "--sort", "perplexity").out.splitlines()[1:]
    assert ["∞" in row for row in rows] == [False, True, False]
    assert " – " in rows[2]
