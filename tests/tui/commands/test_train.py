"""`seqtui train`: documents, defaults, resuming, and signals in the middle of it."""

from __future__ import annotations

import dataclasses
import json
import math
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from command_line import (
    PROGRAM,
    CommandLine,
    environment,
    run_in_terminal,
    run_process,
    start_in_terminal,
)
from reference_data import reference_text
from small_runs import COUNTED_MODELS

from seqtui.engine.runs.folder import RUN_FILES
from seqtui.engine.settings.run_config import RunConfig
from seqtui.tui.commands.train import command as train_command

TEXT = "time and the time machine ran on and on in time\n" * 60
HELD_OUT = {
    "perplexity",
    "loss",
    "bits_per_token",
    "bits_per_character",
    "targets",
    "zero_probability_targets",
}
SMALL = ["--hidden", 8, "--batch-size", 4, "--window", 16, "--device", "cpu", "--threads", 1]
NO_CHOICE_OF_THE_COMMAND_LINE = {"corpus", "corpus_options"}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_text(TEXT)
    return path


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, "the process ended too early"
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_every_setting_is_an_option_with_the_default_of_the_configuration() -> None:
    options = {each.name: each for each in train_command.params if isinstance(each, click.Option)}
    context = click.Context(train_command)
    for field in dataclasses.fields(RunConfig):
        if field.name in NO_CHOICE_OF_THE_COMMAND_LINE:
            continue
        option = options[field.name]
        assert option.opts == ["--" + field.name.replace("_", "-")]
        record = option.get_help_record(context)
        assert record is not None
        if not isinstance(field.default, bool | None) and field.name != "device":
            assert f"[default: {field.default}]" in record[1]


@pytest.mark.parametrize("model", COUNTED_MODELS)
def test_a_counted_model_is_trained_without_torch(tmp_path: Path, book: Path, model: str) -> None:
    code = f"""
import sys
from seqtui.tui.main import run
assert run({["train", str(book), "--model", model, "--run-dir", str(tmp_path / "run")]!r}) == 0
for command in (["evaluate"], ["generate", "--prefix", "time", "--tokens", "5"]):
    assert run([command[0], {str(tmp_path / "run")!r}, *command[1:]]) == 0
assert run(["score", {str(tmp_path / "run")!r}, "time machine"]) == 0
assert run(["ngrams", {str(book)!r}]) == 0
sys.exit("torch" in sys.modules)
"""
    subprocess.run(
        [sys.executable, "-c", code], check=True, env=environment(tmp_path), capture_output=True
    )


def test_the_document_of_an_ngram_run(command_line: CommandLine, book: Path) -> None:
    result = command_line.document("train", book, "--model", "ngram", "--order", 3)
    assert set(result["held_out"]) >= HELD_OUT
    assert result["model"] == "ngram"
    assert result["train"]["perplexity"] > 1
    assert Path(result["run"]).parent == command_line.home / "data" / "runs"
    measured = command_line.document("evaluate", result["run"])
    assert {key: measured[key] for key in HELD_OUT} == {
        key: result["held_out"][key] for key in HELD_OUT
    }


def test_add_one_perplexities_are_the_reference_s(command_line: CommandLine) -> None:
    book = reference_text("timemachine.txt")
    for order, perplexity in enumerate([17.06, 10.01, 7.02, 6.03, 7.13], 1):
        result = command_line.document(
            "train", book, "--clean", "d2l-zh", "--model", "ngram", "--order", order
        )
        assert result["held_out"]["perplexity"] == pytest.approx(perplexity, abs=0.005)
    uniform = command_line.document("train", book, "--clean", "d2l-zh", "--model", "uniform")
    assert uniform["held_out"]["perplexity"] == pytest.approx(28, abs=1e-9)


def test_an_impossible_target_is_null_and_counted(
    command_line: CommandLine, tmp_path: Path
) -> None:
    book = tmp_path / "book.txt"
    book.write_text("ab" * 20 + "cc" * 4)
    mle = ["train", book, "--model", "ngram", "--smoothing", "mle", "--held-out", "0.2"]
    result = command_line.document(*mle)
    held_out = result["held_out"]
    assert held_out["zero_probability_targets"] > 0
    assert held_out["perplexity"] is held_out["loss"] is held_out["bits_per_token"] is None
    table = command_line.ok("evaluate", result["run"]).out
    assert "∞" in table
    assert "probability zero" in table


def test_the_document_of_a_network_and_what_follows_from_it(
    command_line: CommandLine, book: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    train = ["train", book, "--model", "gru", "--steps", 20, "--run-dir", run, *SMALL]
    result = command_line.document(*train)
    assert (result["run"], result["steps"], result["device"]) == (str(run), 20, "cpu")
    assert result["tokens_per_second"] > 0
    assert result["parameters"] > 0
    assert set(result["held_out"]) >= HELD_OUT
    assert {each.name for each in run.iterdir()} <= set(RUN_FILES)  # what deleting removes
    perplexity = result["held_out"]["perplexity"]
    assert result["held_out"]["loss"] == pytest.approx(math.log(perplexity))

    assert command_line.document("train", "--resume", run) == result
    evaluated = command_line.document("evaluate", run)
    assert evaluated["perplexity"] == pytest.approx(perplexity, rel=1e-5)
    whole = command_line.document("evaluate", run, book)
    assert whole["targets"] == len(TEXT) - 1

    longer = command_line.document("train", "--resume", run, "--steps", 30)
    assert longer["steps"] == 30
    refused = command_line("train", "--resume", run, "--hidden", 9)
    assert refused.code == 2
    assert "--hidden 9" in refused.complaint
    again = command_line(*train)
    assert again.code == 2
    assert "--run-dir" in again.complaint


def test_resuming_reads_the_run_s_own_corpus(
    command_line: CommandLine, book: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    command_line.ok("train", book, "--model", "uniform", "--run-dir", run)
    for extra in (["--min-freq", 2], ["--run-dir", run]):
        refused = command_line("train", "--resume", run, *extra)
        assert refused.code == 2
        assert str(extra[0]) in refused.complaint
    moved = book.rename(tmp_path / "moved.txt")
    lost = command_line("evaluate", run)
    assert lost.code == 2
    assert "--corpus FILE" in lost.complaint
    found = command_line.document("evaluate", run, "--corpus", moved)
    assert found["targets"] > 0
    command_line.ok("train", moved, "--resume", run)
    moved.write_text("something else")
    for arguments in (["evaluate", run, "--corpus", moved], ["train", moved, "--resume", run]):
        changed = command_line(*arguments)
        assert changed.code == 2
        assert f"{moved} is not the text that run was trained on" in changed.complaint


def test_generating_repeats_with_its_seed(
    command_line: CommandLine, book: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    command_line.ok("train", book, "--model", "ngram", "--order", 3, "--run-dir", run)
    written = command_line.document(
        "generate", run, "--prefix", "time", "--tokens", 50, "--seed", 0, "--temperature", 1
    )
    assert (written["prefix"], written["tokens"], len(written["text"])) == ("time", 50, 50)
    generate = ["generate", run, "--prefix", "time", "--tokens", 50]
    assert command_line.ok(*generate).out == f"time{written['text']}\n"
    assert command_line.ok(*generate, "--seed", 1).out != f"time{written['text']}\n"
    greedy = command_line.ok(*generate, "--temperature", 0).out
    assert command_line.ok(*generate, "--top-k", 1, "--seed", 5).out == greedy
    for option, value in (("--temperature", -1), ("--top-p", 0), ("--top-k", -2), ("--tokens", 0)):
        refused = command_line("generate", run, option, value)
        assert refused.code == 2
        assert option in refused.complaint


def test_words_are_written_with_spaces(
    command_line: CommandLine, book: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    command_line.ok("train", book, "--tokenizer", "word", "--model", "ngram", "--run-dir", run)
    written = command_line.document("generate", run, "--prefix", "the time", "--tokens", 4)
    assert written["text"].startswith(" ")
    assert len(written["text"].split()) == 4


def test_a_model_without_a_next_token_says_so(command_line: CommandLine, tmp_path: Path) -> None:
    book, run = tmp_path / "book.txt", tmp_path / "run"
    book.write_text("abcdefgh" + "x" * 2)
    mle = ["train", book, "--model", "ngram", "--smoothing", "mle", "--run-dir", run]
    command_line.ok(*mle, "--held-out", "0.2")
    ended = command_line("generate", run, "--prefix", "g", "--tokens", 9, "--json")
    assert ended.code == 1
    assert ended.document == {"prefix": "g", "text": "h", "tokens": 1, "unknown": []}
    assert "impossible" in ended.complaint


def test_scores_are_the_factors_of_the_evaluation(
    command_line: CommandLine, book: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    command_line.ok("train", book, "--model", "ngram", "--order", 3, "--run-dir", run)
    scored = command_line.document("score", run, "time on")
    assert [each["token"] for each in scored["tokens"]] == list("ime on")
    assert scored["tokens"][2]["context"] == ["i", "m"]
    assert scored["tokens"][0]["rank"] == 1
    nll = -sum(each["log_prob"] for each in scored["tokens"])
    assert nll == pytest.approx(scored["total"]["loss"] * 6)
    assert sum(each["bits"] for each in scored["tokens"]) == pytest.approx(nll / math.log(2))
    assert "rank" in command_line.ok("score", run, "time on").out
    short = command_line("score", run, "t")
    assert short.code == 2


def test_a_run_that_diverges_fails_in_one_line(
    command_line: CommandLine, book: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    ended = command_line(
        "train", book, "--model", "rnn", "--optimizer", "sgd", "--learning-rate", 1e38,
        "--clip-norm", 0, "--steps", 50, "--run-dir", run, *SMALL,
    )  # fmt: skip
    assert ended.code == 1
    assert "diverged at step" in ended.complaint
    assert "Error" not in ended.complaint
    assert command_line.ok("runs", "path", run).out == f"{run}\n"


def test_a_text_too_short_makes_no_run(command_line: CommandLine, tmp_path: Path) -> None:
    book = tmp_path / "book.txt"
    book.write_text("short")
    ended = command_line("train", book, "--model", "gru", "--run-dir", tmp_path / "run")
    assert ended.code == 2
    assert not (tmp_path / "run").exists()


def test_training_from_a_pipe_keeps_the_text(tmp_path: Path) -> None:
    run = tmp_path / "run"
    trained = run_process(
        tmp_path, "train", "-", "--model", "ngram", "--run-dir", run, "--json", stdin=TEXT.encode()
    )
    assert trained.returncode == 0, trained.stderr
    evaluated = run_process(tmp_path, "evaluate", run, "--json")
    assert evaluated.returncode == 0
    wanted = json.loads(trained.stdout)["held_out"]["perplexity"]
    assert json.loads(evaluated.stdout)["perplexity"] == wanted


def test_on_a_terminal_a_line_shows_the_progress(tmp_path: Path, book: Path) -> None:
    steps = ["--steps", 30, "--evaluate-every", 10]
    code, output = run_in_terminal(tmp_path, "train", book, "--model", "gru", *steps, *SMALL)
    assert code == 0
    text = output.decode()
    assert "step 30/30" in text
    assert "tok/s" in text
    assert "held-out" in text
    last = text.split("\x1b[K")[-1]
    assert "perplexity" in last
    assert "\x1b" not in last


LONG = ["--model", "gru", "--steps", 1_000_000, "--evaluate-every", 50, *SMALL]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_saves_and_says_so(
    tmp_path: Path, book: Path, number: signal.Signals, command_line: CommandLine
) -> None:
    run = tmp_path / "run"
    process = subprocess.Popen(
        [*PROGRAM, *map(str, ["train", book, *LONG, "--run-dir", run, "--json"])],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
    )
    try:
        metrics = run / "metrics.jsonl"
        wait_until(lambda: metrics.exists() and '"evaluation"' in metrics.read_text(), process)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 128 + number
    document = json.loads(out)
    assert document["status"] == "stopped"
    assert document["steps"] > 0
    assert len(err.splitlines()) == 1
    assert f"seqtui train --resume {run}" in err.decode()
    listed = json.loads((run / "run.json").read_text())
    assert listed["status"] == "stopped"

    resumed = command_line.document("train", "--resume", run, "--steps", document["steps"] + 3)
    assert resumed["steps"] == document["steps"] + 3


def test_an_ignored_hangup_stays_ignored(tmp_path: Path, book: Path) -> None:
    run = tmp_path / "run"
    process = subprocess.Popen(
        ["nohup", *PROGRAM, *map(str, ["train", book, *LONG, "--run-dir", run])],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(tmp_path),
    )
    try:
        metrics = run / "metrics.jsonl"

        def lines() -> int:
            return metrics.read_text().count("\n") if metrics.exists() else 0

        wait_until(lambda: lines() > 0, process)
        process.send_signal(signal.SIGHUP)
        before = lines()
        wait_until(lambda: lines() > before + 2, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 143
    finally:
        process.kill()


def test_a_closed_terminal_stops_and_saves(tmp_path: Path, book: Path) -> None:
    run = tmp_path / "run"
    process, leader = start_in_terminal(tmp_path, "train", book, *LONG, "--run-dir", run)
    try:
        metrics = run / "metrics.jsonl"
        wait_until(lambda: metrics.exists() and bool(metrics.read_text()), process)
        leader.close()
        assert process.wait(timeout=30) == 129
    finally:
        process.kill()
    assert json.loads((run / "run.json").read_text())["status"] == "stopped"


def test_a_recipe_sets_what_no_option_says(command_line: CommandLine, book: Path) -> None:
    folder = book.parent / "run"
    document = command_line.document(
        "train", book, "--recipe", "tiny", "--steps", 3, "--run-dir", folder
    )
    assert document["steps"] == 3
    config = json.loads((book.parent / "run" / "run.json").read_text())["config"]
    assert (config["model"], config["hidden"], config["steps"]) == ("gru", 32, 3)


def test_a_file_of_settings_can_be_a_run_s_own(command_line: CommandLine, book: Path) -> None:
    first, second = book.parent / "first", book.parent / "second"
    command_line.ok("train", book, "--tokenizer", "word", "--run-dir", first, "--steps", 2, *SMALL)
    command_line.ok("train", "--config", first / "run.json", "--run-dir", second, "--seed", 5)
    one, other = (json.loads((x / "run.json").read_text())["config"] for x in (first, second))
    assert other == {**one, "seed": 5}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--recipe", "slow"], "--recipe"),
        (["--config", "none.toml"], "--config none.toml: there is no such file"),
        (["--recipe", "quick", "--resume", "x"], "--recipe quick: a resumed run keeps"),
        (["--schedule", "cosine", "--minutes", 1], "--schedule cosine: it ends at a step"),
    ],
)
def test_invalid_recipes_and_files(
    command_line: CommandLine, book: Path, arguments: list[object], words: str
) -> None:
    ended = command_line("train", book, *arguments)
    assert ended.code == 2
    assert words in ended.complaint


def test_what_is_doubtful_about_a_text_is_said_wherever_it_is_read(
    command_line: CommandLine, tmp_path: Path
) -> None:
    chinese = "\u4ed6\u4e0b\u8bfe\u540e\u53bb\u4e86\u98df\u5802\u3002"
    book = tmp_path / "gb.txt"
    book.write_bytes((chinese * 40).encode("gb18030"))
    for command in (["train", book, "--model", "uniform"], ["ngrams", book, "--order", 1]):
        ended = command_line.ok(*command)
        assert "gb18030" in ended.err
        assert "--encoding" in ended.err


def test_a_figure_names_the_version_of_a_corpus_that_has_one(command_line: CommandLine) -> None:
    version = f"Python {platform.python_version()}"
    document = command_line.document("train", "python-manual", "--model", "uniform")
    assert (document["corpus"], document["corpus_version"]) == ("python-manual", version)
    assert (
        f"python-manual, of {version}" in command_line.ok("train", "--resume", document["run"]).out
    )
    assert version in command_line.ok("corpus", "show", "python-manual").out
    assert (
        command_line.document("train", "primer-en", "--model", "uniform")["corpus_version"] is None
    )
