"""ARPA files: what is written is read again, foreign files score as they say, errors have lines."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqtui.corpora.errors import Cancelled, InputError
from seqtui.engine.ngrams.arpa import read_arpa, write_arpa
from seqtui.engine.ngrams.backoff import Boundaries
from seqtui.engine.ngrams.model import NgramModel

TOKENS = ("<unk>", "<s>", "</s>", "a", " ", "<0x20>")
LINES = Boundaries(1, 2)
WRITABLE = (
    "katz",
    "witten-bell",
    "absolute-discounting",
    "kneser-ney",
    "modified-kneser-ney",
    "linear-interpolation",
)
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


def marked(lines: list[list[int]]) -> np.ndarray:
    return np.array([token for line in lines for token in (1, *line, 2)], dtype=np.int32)


def small(folder: Path, text: str = SMALL) -> Path:
    path = folder / "small.arpa"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", WRITABLE)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.lists(st.lists(st.sampled_from([0, 3, 4, 5]), max_size=6), min_size=3, max_size=10),
    order=st.integers(1, 4),
)
def test_what_is_written_is_read_again(
    tmp_path: Path, name: str, text: list[list[int]], order: int
) -> None:
    ids = marked(text)
    model = NgramModel.fit(ids, order, 6, name, boundaries=LINES)
    path = tmp_path / "model.arpa.gz"
    write_arpa(model, TOKENS, path)
    again = read_arpa(path)
    assert again.tokens == TOKENS
    assert again.model.table.boundaries == model.table.boundaries
    for one, other in zip(model.score(ids), again.model.score(ids), strict=True):
        assert other == pytest.approx(one, abs=1e-6)


def test_a_foreign_file_is_scored_by_its_own_numbers(tmp_path: Path) -> None:
    read = read_arpa(small(tmp_path))
    assert read.tokens == ("<unk>", "<s>", "</s>", "the", "cat")
    the, cat = 3, 4
    ids = np.array([1, the, cat, 2, 1, cat, 0, the, the, 2], dtype=np.int32)
    scores = np.concatenate([*read.model.score(ids)]) / math.log(10)
    # <s> is not predicted; cat has no back-off weight, and <unk> neither.
    assert scores == pytest.approx([-0.2, -0.1, -0.5, -0.5 - 0.6, -1, -0.4, -0.3 - 0.4, -0.3 - 0.5])


def test_a_file_of_one_stream_has_the_marks_others_insist_on(tmp_path: Path) -> None:
    ids = np.array([0, 1, 0, 1, 0, 2], dtype=np.int32)
    model = NgramModel.fit(ids, 2, 3, "kneser-ney")
    path = tmp_path / "stream.arpa"
    write_arpa(model, ("a", "b", "c"), path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("\\data\\\nngram 1=5\nngram 2=3\n")
    assert "-99\t<s>\t0\n" in text
    assert "\ta b\n" in text
    read = read_arpa(path)
    assert read.model.table.boundaries is None
    names = [read.tokens.index(each) for each in "abc"]
    law = np.exp(read.model.start(np.array([names[0]], dtype=np.int32)).log_probs)
    own = np.exp(model.start(ids[:1]).log_probs)
    assert law[names] == pytest.approx(own)


@pytest.mark.parametrize("name", ["add-k", "mle", "lidstone", "stupid-back-off"])
def test_what_the_format_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    model = NgramModel.fit(np.array([0, 1, 0, 1, 0, 2], dtype=np.int32), 2, 3, name)
    with pytest.raises(InputError, match="--arpa"):
        write_arpa(model, ("a", "b", "c"), tmp_path / "model.arpa")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("-0.2\t<s> the", "-0.2\t<s>", 15),
        ("-0.2\t<s> the", "x\t<s> the", 15),
        ("-0.2\t<s> the", "0.2\t<s> the", 15),
        ("-0.2\t<s> the", "nan\t<s> the", 15),
        ("-0.2\t<s> the", "-0.2\t<s> dog", 15),
        ("-0.2\t<s> the", "-0.2\tthe cat", 16),
        ("-0.4\tthe\t-0.3", "-0.4\tthe\tinf", 11),
        ("-0.6\tcat", "-0.6\tthe", 12),
        ("ngram 2=2", "ngram 3=2", 5),
        ("ngram 2=2", "ngram 2=3", 18),
        ("ngram 2=2", "ngram 2=999999999999", 5),
        ("\\2-grams:", "\\3-grams:", 14),
        ("\n\\end\\\n", "", 16),
        ("\\data\\", "data", 18),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(
    tmp_path: Path, old: str, new: str, line: int
) -> None:
    with pytest.raises(InputError, match=rf"small\.arpa, line {line}: "):
        read_arpa(small(tmp_path, SMALL.replace(old, new)))


def test_files_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.arpa.gz"
    path.write_bytes(gzip.compress(SMALL.encode())[:-12])
    with pytest.raises(InputError, match=r"model\.arpa\.gz"):
        read_arpa(path)
    with pytest.raises(InputError, match="missing"):
        read_arpa(tmp_path / "missing")
    path.write_bytes(SMALL.encode().replace(b"cat", b"c\xff"))
    with pytest.raises(InputError, match="line 12"):
        read_arpa(path)


def test_writing_can_be_cancelled(tmp_path: Path) -> None:
    model = NgramModel.fit(np.array([0, 1, 0, 2], dtype=np.int32), 2, 3, "kneser-ney")
    with pytest.raises(Cancelled):
        write_arpa(model, ("a", "b", "c"), tmp_path / "m.arpa", lambda done, total: False)
