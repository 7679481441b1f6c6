"""`seqtui corpus` and `seqtui ngrams`: reference figures, and whatever a file may hold."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from command_line import CommandLine, Ended, run_in_terminal, run_process
from reference_data import reference_text

EVIL = "[/] [red]\x1b]0;owned\x07\x1b[2J\x9b31m‮ and some more words\n" * 3


def test_show_has_the_reference_figures(command_line: CommandLine) -> None:
    book = reference_text("timemachine.txt")
    shown = command_line.document("corpus", "show", book, "--clean", "d2l-zh")
    assert shown["tokens"] == shown["characters"] == 170_580
    assert shown["vocabulary"] == 28
    assert shown["encoding"] == "utf-8"
    assert shown["cleaning"] == "letters-joined"
    assert shown["tokenizer"] == "char"
    assert shown["train"]["tokens"] == 153_522
    words = command_line.document(
        "corpus", "show", book, "--clean", "d2l-zh", "--tokenizer", "word", "--top", "4"
    )
    assert words["tokens"] == 32_775
    assert words["vocabulary"] == 4_579 + 1
    assert [(each["token"], each["count"]) for each in words["top"]] == [
        ("the", 2261),
        ("i", 1267),
        ("and", 1245),
        ("of", 1155),
    ]


def test_a_chinese_file_in_gb18030_is_read(command_line: CommandLine) -> None:
    book = reference_text("xiyouji_gb18030.txt")
    shown = command_line.document("corpus", "show", book)
    assert shown["encoding"] == "gb18030"
    assert shown["top"][0]["token"] == "，"
    assert "道" in command_line.ok("corpus", "show", book).out


def test_a_text_may_come_through_a_pipe(tmp_path: Path) -> None:
    ended = run_process(tmp_path, "corpus", "show", "-", "--json", stdin="很好 很好\n".encode())
    shown = Ended(ended.returncode, ended.stdout.decode(), "").document
    assert (shown["tokens"], shown["vocabulary"], shown["name"]) == (6, 5, "stdin")


def test_what_a_file_holds_never_reaches_the_terminal(tmp_path: Path) -> None:
    book = tmp_path / "b\x1b[2Jad [red].txt"
    book.write_text(EVIL, encoding="utf-8")
    for more in ([], ["--tokenizer", "word"], ["--json"]):
        for command in (["corpus", "show"], ["ngrams"]):
            code, output = run_in_terminal(tmp_path, *command, book, *more)
            assert code == 0
            shown = output.replace(b"\r\x1b[K", b"")  # the progress line, taken away
            text = shown.decode()
            assert not any(char in text for char in "\x1b\x07\x9b\u202e")
            assert "[red]" in text or command == ["ngrams"]


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        (b"", [], "empty"),
        (b" \n\n", ["--tokenizer", "word"], "--tokenizer word"),
        (bytes(range(256)) * 8, [], "binary"),
        ("déjà vu, garçon".encode("latin-1"), [], "--encoding cp1252"),
        (b"words", ["--encoding", "klingon"], "--encoding klingon"),
        (b"words", ["--min-freq", "0"], "--min-freq 0"),
        (b"words", ["--held-out", "1.5"], "--held-out 1.5"),
        (b"words", ["--clean", "soap"], "--clean soap"),
        (b"1234 5678", ["--clean", "d2l-zh"], "--clean letters-joined"),
    ],
)
def test_a_text_that_is_invalid_is_one_line(
    command_line: CommandLine, tmp_path: Path, content: bytes, options: list[str], says: str
) -> None:
    book = tmp_path / "book.txt"
    book.write_bytes(content)
    ended = command_line("corpus", "show", book, *options)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.complaint


def test_what_is_no_text_file_is_one_line(command_line: CommandLine, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for source in (tmp_path, tmp_path / "missing.txt", pipe, "/dev/null", "no-such-corpus"):
        ended = command_line("corpus", "show", source)
        assert ended.code == 2
        assert str(source) in ended.complaint


def test_a_closed_vocabulary_is_shown_with_its_hole(
    command_line: CommandLine, tmp_path: Path
) -> None:
    book = tmp_path / "book.txt"
    book.write_text("aaaaaaaaab")
    ended = command_line.ok("corpus", "show", book, "--vocabulary", "closed", "--json")
    shown = ended.document
    assert (shown["vocabulary"], shown["held_out"]) == (2, {"tokens": 1, "unknown": None})
    assert "'b'" in shown["warnings"][0]


def test_the_catalogue_says_what_lies_where(command_line: CommandLine) -> None:
    listed = {each["name"]: each for each in command_line.document("corpus", "list")["corpora"]}
    assert {"python-manual", "python-source", "primer-en", "primer-zh", "time-machine"} <= set(
        listed
    )
    assert listed["time-machine"]["sha256"].startswith("8424dbd9532a")
    assert listed["time-machine"]["path"] is None
    table = command_line.ok("corpus", "list").out.splitlines()
    assert len(table) == len(listed) + 1
    assert "seqtui corpus fetch time-machine" in "\n".join(table)
    assert (
        "seqtui corpus fetch time-machine"
        in command_line("corpus", "show", "time-machine").complaint
    )


def test_only_what_lies_on_the_network_is_fetched(command_line: CommandLine) -> None:
    for name in ("primer-en", "nonsense"):
        ended = command_line("corpus", "fetch", name)
        assert ended.code == 2
        assert name in ended.complaint
        assert "time-machine" in ended.complaint


def test_a_failed_fetch_is_one_line(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody answers on the discard port
    ended = command_line("corpus", "fetch", "time-machine")
    assert ended.code == 1
    assert "time-machine" in ended.complaint
    assert "Error:" not in ended.complaint


def test_ngrams_have_the_reference_counts(command_line: CommandLine) -> None:
    book = reference_text("timemachine.txt")
    words = [book, "--clean", "d2l-zh", "--tokenizer", "word"]
    counted = command_line.document("ngrams", *words, "--order", 2, "--top", 3)
    assert counted["order"] == 2
    assert counted["total"] == 32_774
    assert counted["top"] == [
        {"tokens": ["of", "the"], "count": 309},
        {"tokens": ["in", "the"], "count": 169},
        {"tokens": ["i", "had"], "count": 130},
    ]
    assert counted["zipf"]["method"] == "ols"
    assert counted["zipf"]["ranks"] == [1, counted["distinct"]]
    assert counted["zipf"]["exponent"] == pytest.approx(0.464, abs=5e-4)
    trigrams = command_line.document("ngrams", *words, "--order", 3, "--top", 1)
    assert trigrams["top"] == [{"tokens": ["the", "time", "traveller"], "count": 59}]


@pytest.mark.parametrize(
    ("options", "exponents"),
    [
        (["--zipf", "ols"], [1.035, 0.464, 0.164]),
        (["--zipf", "ols", "--zipf-ranks", "10-1000"], [1.044, 0.689, 0.467]),
        (["--zipf", "mle"], [0.974, 0.605, 0.259]),
    ],
)
def test_zipf_exponents_are_the_reference_s(
    command_line: CommandLine, options: list[str], exponents: list[float]
) -> None:
    book = reference_text("timemachine.txt")
    words = ["ngrams", book, "--clean", "d2l-zh", "--tokenizer", "word", "--top", 0, *options]
    for order, exponent in enumerate(exponents, 1):
        fit = command_line.document(*words, "--order", order)["zipf"]
        assert fit["exponent"] == pytest.approx(exponent, abs=1e-3)
        assert fit["method"] == options[1]


def test_the_table_of_ngrams_is_for_people(command_line: CommandLine) -> None:
    table = command_line.ok("ngrams", "primer-en", "--order", 2, "--top", 3).out
    lines = table.splitlines()
    assert lines[0].startswith("2-grams")
    assert "Zipf" in table
    assert len(lines[-3:]) == 3
    assert len({len(line) for line in lines[-4:]}) == 1  # aligned on the right


def test_a_corpus_shorter_than_the_order_is_one_line(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"abc")))
    ended = command_line("ngrams", "-", "--order", 4)
    assert ended.code == 2
    assert "--order 4" in ended.complaint
