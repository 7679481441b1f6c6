"""`seqtui ngrams` as a source of models, ARPA files in and out, and the chain rule of `score`."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import pytest
from command_line import CommandLine
from reference_data import reference_text

TEXT = "the time machine\nthe time traveller smiled\nthe machine ran in time\n" * 30


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_text(TEXT)
    return path


def close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-6)


def test_one_model_by_every_way(command_line: CommandLine, book: Path, tmp_path: Path) -> None:
    options = [book, "--tokenizer", "word", "--boundaries", "line", "--order", 3]
    run, arpa = tmp_path / "run", tmp_path / "book.arpa.gz"
    counted = command_line.document("ngrams", *options, "--save", run, "--arpa", arpa)
    held_out = counted["model"]["held_out"]["perplexity"]
    trained = command_line.document(
        "train", *options, "--model", "ngram", "--smoothing", "modified-kneser-ney"
    )
    assert close(trained["held_out"]["perplexity"], held_out)
    assert close(command_line.document("evaluate", run)["perplexity"], held_out)
    whole = tmp_path / "other.txt"
    whole.write_text("the time traveller ran\nthe unheard\n")
    ours, read = (command_line.document("evaluate", each, whole) for each in (run, arpa))
    assert close(ours["perplexity"], read["perplexity"])
    assert ours["targets"] == read["targets"] == 8
    assert ours["unknown_targets"] == 1
    assert ours["perplexity_without_unknown"] < ours["perplexity"]
    comment, _end, data = gzip.decompress(arpa.read_bytes()).partition(b"\n\n")
    assert comment.startswith(b"# seqtui 1 {")
    assert data.startswith(b"\\data\\\nngram 1=")


def test_score_prints_the_chain_rule(command_line: CommandLine, book: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    command_line.ok("ngrams", book, "--tokenizer", "word", "--boundaries", "line", "--save", run)
    document = command_line.document("score", run, "the time traveller")
    first, second, third, end = document["tokens"]
    assert (first["token"], first["history"], first["order_reached"]) == ("the", ["<s>"], 2)
    assert (second["count"], second["history_count"]) == (54, 81)
    assert third["token"] == "traveller"
    assert end["token"] == "</s>"
    product = math.prod(each["probability"] for each in document["tokens"])
    assert close(document["total"]["perplexity"], product ** (-1 / 4))
    assert close(end["running_perplexity"], document["total"]["perplexity"])
    shown = command_line.ok("score", run, "the time traveller", "--log-base", "10").out
    assert "log₁₀ P" in shown
    assert "perplexity so far" in shown


def test_lines_are_for_models_that_know_them(command_line: CommandLine, book: Path) -> None:
    refused = command_line("train", book, "--model", "gru", "--boundaries", "line")
    assert refused.code == 2
    assert "--boundaries line" in refused.complaint


@pytest.mark.parametrize("smoothing", ["add-k", "mle", "stupid-back-off"])
def test_what_no_arpa_file_holds_is_refused_before_the_work(
    command_line: CommandLine, book: Path, tmp_path: Path, smoothing: str
) -> None:
    refused = command_line("ngrams", book, "--smoothing", smoothing, "--arpa", tmp_path / "x.arpa")
    assert refused.code == 2
    assert f"--smoothing {smoothing}" in refused.complaint
    assert not (tmp_path / "x.arpa").exists()


def test_an_arpa_file_that_is_none_is_reported_with_its_line(
    command_line: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "bad.arpa"
    path.write_text("\\data\\\nngram 1=1\n\n\\1-grams:\nminus\ta\n\\end\\\n")
    refused = command_line("score", path, "a b")
    assert refused.code == 2
    assert "bad.arpa, line 5" in refused.complaint


def test_an_arpa_file_writes_and_holds_nothing_back(
    command_line: CommandLine, book: Path, tmp_path: Path
) -> None:
    path = tmp_path / "book.arpa"
    command_line.ok("ngrams", book, "--tokenizer", "word", "--boundaries", "line", "--arpa", path)
    written = command_line.document("generate", path, "--prefix", "the time", "--tokens", 40)[
        "text"
    ]
    assert "\n" in written
    assert "<" not in written
    refused = command_line("evaluate", path)
    assert refused.code == 2
    assert "name a FILE" in refused.complaint


def test_order_is_what_a_bigram_gains_from(command_line: CommandLine, book: Path) -> None:
    losses = {}
    for text_order in ("forward", "reversed", "shuffled"):
        for order in (1, 2):
            document = command_line.document(
                *("ngrams", book, "--tokenizer", "char", "--order", order),
                *("--smoothing", "witten-bell", "--text-order", text_order),
            )
            losses[text_order, order] = document["model"]["held_out"]["loss"]
    assert losses["forward", 2] < losses["forward", 1] - 0.5
    assert losses["reversed", 2] < losses["reversed", 1] - 0.5
    assert losses["shuffled", 2] > losses["shuffled", 1] - 0.05


def test_the_reference_of_modified_kneser_ney(command_line: CommandLine) -> None:
    document = command_line.document(
        *("ngrams", reference_text("timemachine.txt"), "--clean", "d2l-zh", "--order", 7),
        *("--smoothing", "modified-kneser-ney", "--boundaries", "stream"),
    )
    assert document["model"]["held_out"]["perplexity"] == pytest.approx(4.183, abs=0.005)


def test_the_table_of_possible_ngrams_goes_to_ten(command_line: CommandLine, book: Path) -> None:
    options = (book, "--tokenizer", "word", "--order", 3)
    document = command_line.document("ngrams", *options)
    rows = document["sparsity"]
    assert [row["order"] for row in rows] == list(range(1, 11))
    assert [row["possible"] for row in rows] == [rows[0]["possible"] ** n for n in range(1, 11)]
    assert ["distinct" in row for row in rows] == [True] * 3 + [False] * 7
    for key in ("total", "distinct", "singletons", "unseen_share"):
        assert rows[2][key] == document[key]
    assert rows[2]["seen_share"] == document["distinct"] / document["possible"]
    assert document["example_sentences"] == "2.0e390"
    shown = command_line.ok("ngrams", *options).out
    assert "8,000^100 = 2.0e390" in shown
    assert [line.split()[0] for line in shown.splitlines() if "–" in line][:1] == ["4"]


def test_an_infinite_perplexity_is_never_mixed_up_with_none(
    command_line: CommandLine, tmp_path: Path
) -> None:
    """Relative frequencies may hold a token impossible; stupid back-off scores are no P."""
    text = tmp_path / "text.txt"
    text.write_text("a b a c a b a\n" * 20 + "b b z c c\n" * 4)
    held_out = {}
    for smoothing in ("mle", "stupid-back-off"):
        run = tmp_path / smoothing
        ended = command_line.ok("ngrams", text, "--smoothing", smoothing, "--save", run)
        (held_out[smoothing],) = [
            line.split()[2] for line in ended.out.splitlines() if line.startswith("held-out  ")
        ]
    assert held_out == {"mle": "∞", "stupid-back-off": "–"}
    shown = command_line.ok("score", tmp_path / "stupid-back-off", "a b z").out.splitlines()
    assert " S " in shown[0]
    assert {line.split()[-1] for line in shown[1:] if line.strip().startswith(("a", "b"))} == {"–"}
    assert [line.split()[1] for line in shown if line.startswith("perplexity")] == ["–"]
    scored = command_line.document("score", tmp_path / "stupid-back-off", "a b z")
    assert [each["running_perplexity"] for each in scored["tokens"]] == [None] * 4
    impossible = command_line.ok("score", tmp_path / "mle", "bbb").out.splitlines()
    assert [line.split()[1] for line in impossible if line.startswith("perplexity")] == ["∞"]


def test_an_order_above_the_longest_line_has_no_ngrams_and_no_fit(
    command_line: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "short.txt"
    path.write_text("a\nb\na\n")
    asked = ("ngrams", path, "--tokenizer", "word", "--boundaries", "line", "--order", 4)
    document = command_line.document(*asked, "--held-out", 0, "--smoothing", "kneser-ney")
    assert (document["total"], document["distinct"], document["zipf"]) == (0, 0, None)
    ended = command_line.ok(*asked, "--held-out", 0, "--smoothing", "kneser-ney")
    assert "a line needs two different n-grams" in ended.out
    assert "4-grams" not in ended.err
    assert "--zipf-ranks 1-9" in command_line(*asked, "--zipf-ranks", "1-9").complaint
