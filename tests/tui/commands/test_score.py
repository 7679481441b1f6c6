"""`seqtui score`: the counts of the whole text, whatever the model kept of it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine

WORDS = ("a b c a b d a c b a b c d a b " * 6 + "e a b f a b").split()


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(" ".join(WORDS) + "\n")
    return path


def trained(command_line: CommandLine, text: Path, *more: object) -> Path:
    """A model of words, of the whole text, in a folder."""
    run = text.parent / "run"
    asked = ("train", text, "--model", "ngram", "--tokenizer", "word", "--held-out", 0)
    told = command_line(*asked, "--run-dir", run, *more)
    assert told.code == 0, told.err
    return run


def scored(command_line: CommandLine, run: Path, sentence: str) -> list[dict[str, Any]]:
    told = command_line("score", run, sentence, "--json")
    assert told.code == 0, told.err
    tokens: list[dict[str, Any]] = told.document["tokens"]
    return tokens


def test_a_pruned_model_tells_the_counts_of_the_whole_text(
    command_line: CommandLine, text: Path
) -> None:
    run = trained(
        command_line, text, "--order", 2, "--smoothing", "witten-bell", "--min-count", "1,2"
    )
    pairs, firsts = Counter(pairwise(WORDS)), Counter(WORDS[:-1])
    sentence = ["e", "a", "b", "f", "a", "c"]
    tokens = scored(command_line, run, " ".join(sentence))
    for (first, second), told in zip(pairwise(sentence), tokens, strict=True):
        assert told["history_count"] == firsts[first]
        assert told["reconstituted_count"] == pytest.approx(told["probability"] * firsts[first])
        kept = pairs[first, second] >= 2
        assert told["count"] == (pairs[first, second] if kept else None)
    shown = command_line("score", run, " ".join(sentence)).out
    assert "too rarely to be kept in this model (--min-count)" in shown


def test_lines_at_order_one_have_the_counts_of_what_is_predicted(
    command_line: CommandLine, tmp_path: Path
) -> None:
    """ab / ba / ab: three a, b and </s> each; add-one changes none of these counts."""
    path = tmp_path / "text.txt"
    path.write_text("a b\nb a\na b\n")
    run = trained(
        *(command_line, path, "--order", 1, "--smoothing", "add-k", "--boundaries", "line"),
        *("--vocabulary", "closed"),
    )
    tokens = scored(command_line, run, "a b")
    assert [each["token"] for each in tokens] == ["a", "b", "</s>"]
    for each in tokens:
        assert (each["count"], each["history_count"]) == (3, 9)
        assert each["reconstituted_count"] == pytest.approx(each["probability"] * 9)


@pytest.mark.parametrize("command", ["train", "evaluate", "score"])
def test_scores_that_are_no_probabilities_are_told_with_the_reason(
    command_line: CommandLine, text: Path, command: str
) -> None:
    run = trained(command_line, text, "--order", 2, "--smoothing", "stupid-back-off")
    asked: dict[str, tuple[object, ...]] = {
        "train": ("train", text, "--model", "ngram", "--smoothing", "stupid-back-off"),
        "evaluate": ("evaluate", run, text),
        "score": ("score", run, "a b"),
    }
    shown = command_line(*asked[command]).out
    assert "they rank and generate, and have no perplexity" in shown
    assert "nats per token" not in shown


@pytest.mark.parametrize("command", [("score",), ("generate", "--tokens", 3, "--prefix")])
def test_what_the_vocabulary_lacks_is_named(
    command_line: CommandLine, text: Path, command: tuple[object, ...]
) -> None:
    run = trained(command_line, text, "--order", 2)
    name, *options = command
    told = command_line(name, run, *options, "a é\u200bx b é\u200bx ☃")
    assert told.code == 0
    assert told.complaint == (
        "2 tokens are not in the vocabulary and were read as <unk>: é<U+200B>x ☃"
    )
    document = command_line(name, run, *options, "a ☃ b", "--json").document
    assert document["unknown"] == ["☃"]
    assert command_line(name, run, *options, "a b", "--json").document["unknown"] == []


@pytest.mark.parametrize("threads", ["0", "1025", "9" * 30])
@pytest.mark.parametrize("command", [("evaluate",), ("generate",), ("score", "a b")])
def test_threads_that_no_machine_has_are_refused(
    command_line: CommandLine, text: Path, command: tuple[str, ...], threads: str
) -> None:
    run = trained(command_line, text)
    told = command_line(command[0], run, *command[1:], "--threads", threads)
    assert told.code == 2
    assert "--threads" in told.complaint
