"""ARPA files that are none or are damaged: one line that says what is wrong, and where.

No file takes more memory or time than it is worth, whatever it promises or unpacks to.
"""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seqtui.corpora.errors import InputError
from seqtui.engine.ngrams import arpa_reading
from seqtui.engine.ngrams.arpa_reading import read_arpa

SMALL = """made by hand

\\data\\
ngram 1=5
ngram 2=2

\\1-grams:
-1\t<unk>
-99\t<s>\t-0.5
-0.5\t</s>
-0.4\tthe\t-0.3
-0.6\tcat

\\2-grams:
-0.2\t<s> the
-0.1\tthe cat

\\end\\
"""


def file_of(folder: Path, content: bytes | str) -> Path:
    path = folder / "small.arpa"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def complaint(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_arpa(path)
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 400
    return line


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("-0.2\t<s> the", "-0.2\t<s>", 15, "a logarithm, 2 tokens"),
        ("-0.2\t<s> the", "-0.2\t<s> the cat", 15, "a logarithm, 2 tokens"),
        ("-0.2\t<s> the", "-0.2\t<s> the cat sat on", 15, "a logarithm, 2 tokens"),
        ("-0.2\t<s> the", "-0.2\t<s> the\t-0.1", 15, "-0.1 is a back-off weight"),
        ("-0.2\t<s> the", "x\t<s> the", 15, "a logarithm here, not 'x'"),
        ("-0.2\t<s> the", "-0,2\t<s> the", 15, "a logarithm here, not '-0,2'"),
        ("-0.2\t<s> the", "-0_2\t<s> the", 15, "a logarithm here, not '-0_2'"),
        ("-0.2\t<s> the", "0.2\t<s> the", 15, "0.2 is not the logarithm of a probability"),
        ("-0.2\t<s> the", "nan\t<s> the", 15, "nan is not the logarithm of a probability"),
        ("-0.2\t<s> the", "-0.2\t<s> dog", 15, "'dog' is not among the 1-grams"),
        ("-0.2\t<s> the", "-0.2\tthe cat", 16, "stands in line 15 too"),
        ("-0.2\t<s> the", "-0.2\t<s> the\n\n-0.2\t<s> cat", 18, "only 2 2-grams"),
        ("-0.4\tthe\t-0.3", "-0.4\tthe\tinf", 11, "inf is not the logarithm of a back-off weight"),
        ("-0.4\tthe\t-0.3", "-0.4\tthe\tnan", 11, "nan is not the logarithm of a back-off weight"),
        ("-0.4\tthe\t-0.3", "-0.4\tthe cat", 11, "a logarithm here, not 'cat'"),
        ("-0.6\tcat", "-0.6\tthe", 12, "stands in line 11 too"),
        ("ngram 2=2", "ngram 3=2", 5, "expected ngram 2=NUMBER"),
        ("ngram 2=2", "ngram 2=two", 5, "expected ngram 2=NUMBER"),
        ("ngram 2=2", "ngram 2=3", 18, "3 2-grams were announced, not 2"),
        ("ngram 2=2", "ngram 2=999999999999", 5, "999,999,999,999 n-grams are more"),
        ("ngram 2=2", "ngram 2=1000", 5, "1,000 n-grams are more than the file can hold"),
        ("ngram 1=5\nngram 2=2", "", 6, "expected ngram 1=NUMBER"),
        ("\\2-grams:", "\\3-grams:", 14, "\\2-grams: should begin here"),
        ("\n\\end\\\n", "", 16, "after 2 of 2 2-grams and without \\end\\"),
        ("-0.1\tthe cat\n\n\\end\\\n", "", 15, "after 1 of 2 2-grams and without \\end\\"),
        ("\\end\\", "\\3-grams:", 18, "expected \\end\\ here"),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, reason: str
) -> None:
    assert old in SMALL
    found = complaint(file_of(tmp_path, SMALL.replace(old, new)))
    assert found.startswith(f"small.arpa, line {line}: ")
    assert reason in found


def test_a_context_that_is_missing_is_named(tmp_path: Path) -> None:
    text = SMALL.replace("ngram 2=2", "ngram 2=2\nngram 3=1")
    text = text.replace("\\end\\", "\\3-grams:\n-0.1\tcat the cat\n\n\\end\\")
    assert "continues 'cat the', which is not among the 2-grams" in complaint(
        file_of(tmp_path, text)
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (SMALL.encode("utf-16"), "UTF-16"),
        (SMALL[14:].encode("utf-16-le"), "UTF-16"),
        (SMALL[14:].encode("utf-16-be"), "UTF-16"),
        (
            b"mmap lm http://kheafield.com/code format version 5\n\0\0",
            "the binary file of a toolkit",
        ),
        (b"iARPA\n\n" + SMALL.encode(), "compile-lm"),
        (b"\xfd7zXZ\0\0\4", "compressed, and not with gzip"),
        (b"BZh91AY&SY", "compressed, and not with gzip"),
        (b"PK\x03\x04\x14\0", "compressed, and not with gzip"),
        (b"\x7fELF\x02\x01\x01\0\0", "binary"),
        (b"", "no line \\data\\"),
        (b"\n\n", "no line \\data\\"),
        (b"A text about cats.\n", "no line \\data\\"),
        (SMALL.replace("\\data\\", "data").encode(), "no line \\data\\"),
        (
            SMALL.replace("cat", "c\udcff").encode("utf-8", "surrogateescape"),
            "line 12: this is not",
        ),
        (b"\\data\\\n", "line 1: the file ends here"),
        (b"\\data\\\nngram 1=0\n", "line 2: the file ends here"),
        (b"# seqtui 1 {\n" + SMALL.encode(), "line 1: this comment of seqtui cannot be read"),
        (b"# seqtui 2 {}\n" + SMALL.encode(), "a later version"),
        (b'# seqtui 1 {"tokenizer": 7}\n' + SMALL.encode(), "line 1: this comment"),
        (b'# seqtui 1 {"tokenizer": "bpe"}\n' + SMALL.encode(), "line 1: this comment"),
        (b"# seqtui 1 " + b"[" * 100_000 + b"\n" + SMALL.encode(), "line 1: this comment"),
        (
            b'# seqtui 1 {"boundaries": "line", "vocabulary": "closed"}\n' + SMALL.encode(),
            "comment",
        ),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_what_is_no_such_file_is_called_what_it_is(
    tmp_path: Path, content: bytes, reason: str, zipped: bool
) -> None:
    path = file_of(tmp_path, gzip.compress(content) if zipped else content)
    found = complaint(path)
    assert found.startswith("small.arpa")
    assert reason in found


@pytest.mark.parametrize(
    "content",
    [
        SMALL,
        SMALL.replace("\n", "\r\n"),
        "\ufeff" + SMALL.removeprefix("made by hand\n\n"),
        SMALL.replace("\t", " "),
        SMALL.replace("-0.2\t<s> the", "-0.2\t<s> the\t0"),
        SMALL.replace("\n", "\n\n \n"),
        SMALL + "made with care\n",
    ],
)
def test_what_toolkits_write_differently_is_read_alike(tmp_path: Path, content: str) -> None:
    read = read_arpa(file_of(tmp_path, content))
    assert read.tokens == ("<unk>", "<s>", "</s>", "the", "cat")
    assert [len(keys) for keys in read.model.table.keys] == [5, 2]


def test_a_file_that_is_cut_off_or_missing_or_no_file(tmp_path: Path) -> None:
    path = file_of(tmp_path, gzip.compress(SMALL.encode())[:-12])
    assert "cut off" in complaint(path)
    assert "no such file" in complaint(tmp_path / "missing")
    os.mkfifo(tmp_path / "pipe")
    assert "is a pipe" in complaint(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert "is a device" in complaint(tmp_path / "zero")
    assert "is a directory" in complaint(tmp_path)


HEAD = b"\\data\\\nngram 1=2\n\n\\1-grams:\n-0.3\ta\n"
BOMBS = {
    "a line without end": b"a" * (64 << 20),
    "newlines before the head": b"\n" * (64 << 20),
    "lines before the head": b"word\n" * (12 << 20),
    "a token without end": HEAD + b"-0.3\t" + b"b" * (64 << 20),
    "spaces without end": HEAD + b"-0.3" + b" " * (64 << 20),
    "newlines in a section": HEAD + b"\n" * (64 << 20),
    "more n-grams than announced": HEAD + b"-0.3\tb\n" * (9 << 20),
    "tokens without end": HEAD + b"-0.3 " + b"b " * (32 << 20),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_of_gzip_is_refused_at_once(tmp_path: Path, name: str) -> None:
    """64 MiB in 64 KB; in a process of its own, whose memory is measured."""
    path = tmp_path / "bomb.arpa.gz"
    path.write_bytes(gzip.compress(BOMBS[name], 6))
    program = (
        "import sys, pathlib, resource, time\n"
        "from seqtui.engine.ngrams.arpa_reading import read_arpa\n"
        "from seqtui.corpora.errors import InputError\n"
        "before = resource.getrusage(resource.RUSAGE_SELF)\n"
        "try: read_arpa(pathlib.Path(sys.argv[1]))\n"
        "except InputError as error: print(error)\n"
        "after = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(after.ru_maxrss - before.ru_maxrss, after.ru_utime - before.ru_utime)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    message, measured = ended.stdout.splitlines()
    kilobytes, seconds = measured.split()
    assert message.startswith("bomb.arpa.gz")
    assert int(kilobytes) < 100_000
    assert float(seconds) < 2


def test_tokens_together_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arpa_reading, "LARGEST_TOKENS", 10)
    assert "line 10: the tokens are more than 10 bytes" in complaint(file_of(tmp_path, SMALL))


def test_what_is_announced_must_fit_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqtui.engine.memory.available_memory", lambda: 1_000_000_000)
    zipped = gzip.compress(SMALL.replace("ngram 2=2", "ngram 2=100000000").encode())
    assert re.search(
        r"may need 12\.0 GB and 1\.0 GB are free", complaint(file_of(tmp_path, zipped))
    )
