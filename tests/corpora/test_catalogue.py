from __future__ import annotations

import hashlib
import io
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from reference_data import reference_text

from seqtui.corpora import catalogue
from seqtui.corpora import python_source as library
from seqtui.corpora.catalogue import CATALOGUE, DEFAULT, cached_path, location, open_text
from seqtui.corpora.corpus import CorpusOptions, build_corpus
from seqtui.corpora.decoding import decode
from seqtui.corpora.errors import InputError
from seqtui.corpora.python_manual import prose_paragraphs

BUILT_IN = [name for name, entry in CATALOGUE.items() if entry.url is None]
FETCHED = [name for name, entry in CATALOGUE.items() if entry.url is not None]


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_corpus_is_there_and_the_same_each_time(name: str) -> None:
    text = open_text(name)
    assert text == open_text(name)
    assert (text.name, text.encoding, text.path) == (name, "utf-8", None)
    assert text.size == len(text.text.encode()) == CATALOGUE[name].size
    # What a file of this text would be read as: no line ends but \n, nothing binary.
    assert decode(text.text.encode(), name) == (text.text, "utf-8")
    assert location(CATALOGUE[name]) is None


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name != "canteen"])
def test_a_built_in_corpus_can_be_trained_on(name: str) -> None:
    split = build_corpus(open_text(name), CorpusOptions()).split
    assert len(split.held_out.ids) > 800
    assert split.held_out.unknown < 0.05 * len(split.held_out.ids)


def test_the_default_is_the_prose_of_the_manual() -> None:
    assert next(iter(CATALOGUE)) == DEFAULT == "python-manual"
    lines = open_text(DEFAULT).text.splitlines()
    assert len("".join(lines)) > 150_000
    assert len(set(lines)) == len(lines)
    assert all(line[-1] in ".:?!)\"'" for line in lines)
    assert not any("::=" in line or ">>>" in line or "  " in line for line in lines)


def test_prose_is_separated_from_code_headings_and_lists() -> None:
    topic = """Heading of it
*************

A *paragraph* with a **strong** word, a `code' and some well-
known hyphen. [4]

   object.__add__(self, other)

   The body of a description is prose as well, see
   "object.__add__()".

   stmt ::= "if" expression

   if x:
      print("This is a line of code, and no prose at all.")

Term
   Its definition is what counts, and not the term.

* The first item says something in a sentence.
* The second does so too, after no empty line.

>>> print("An example in the interpreter is not prose.")
"""
    assert list(prose_paragraphs(topic)) == [
        "A paragraph with a strong word, a `code' and some well-known hyphen.",
        'The body of a description is prose as well, see "object.__add__()".',
        "Its definition is what counts, and not the term.",
        "The first item says something in a sentence.",
        "The second does so too, after no empty line.",
    ]


def test_the_source_corpus_is_bounded() -> None:
    assert 1_000_000 < len(open_text("python-source").text) < 2_500_000
    assert list(library.MODULES) == sorted(set(library.MODULES))


def test_a_python_without_manual_or_sources_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    with pytest.raises(InputError, match="primer-en"):
        open_text("python-manual")
    monkeypatch.setattr("os.__file__", str(tmp_path / "os.py"))
    with pytest.raises(InputError, match="python-manual"):
        open_text("python-source")


def test_the_manual_of_another_python_is_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("pydoc_data.topics")
    one, other = "This is one sentence of some length.", "Another is here, and it comes first."
    topics = {"b": f"{one}\n", "a": f"{other}\n\n{one}"}
    monkeypatch.setattr(module, "topics", topics, raising=False)
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", module)
    assert open_text("python-manual").text == f"{other}\n{one}\n"


def test_a_path_and_standard_input_are_corpora(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("中文".encode("big5"))
    assert open_text(str(path), "big5").text == "中文"
    assert open_text("-", "big5", io.BytesIO("中文".encode("big5"))).text == "中文"


def test_the_home_folder_may_be_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.txt").write_text("text")
    assert open_text("~/a.txt").text == "text"


def test_a_name_wins_over_a_file_unless_it_is_given_as_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("primer-en").write_text("a file")
    assert open_text("primer-en").path is None
    assert open_text("./primer-en").text == "a file"


@pytest.mark.parametrize("source", ["tim-machine", "Time-Machine", "time_machine"])
def test_an_unknown_name_is_reported_with_the_near_one_and_all(source: str) -> None:
    with pytest.raises(InputError) as caught:
        open_text(source)
    assert "Did you mean time-machine?" in str(caught.value)
    assert all(name in str(caught.value) for name in CATALOGUE)


@pytest.mark.parametrize("source", ["", "nonsense", "a\0b", "x" * 5000, "~nobody-there/x"])
def test_a_source_that_is_nothing_is_refused(source: str) -> None:
    with pytest.raises(InputError):
        open_text(source)


def test_a_path_that_is_not_there_is_reported_as_a_path() -> None:
    with pytest.raises(InputError, match="there is no such file"):
        open_text("./absent.txt")


@pytest.mark.parametrize("name", FETCHED)
def test_a_corpus_that_was_not_fetched_names_the_command(name: str, home: Path) -> None:
    assert location(CATALOGUE[name]) is None
    with pytest.raises(InputError, match=f"seqtui corpus fetch {name}"):
        open_text(name)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "file"),
    [("time-machine", "timemachine.txt"), ("tinyshakespeare", "tinyshakespeare.txt")],
)
def test_the_pinned_hashes_are_those_of_the_texts(name: str, file: str) -> None:
    data = reference_text(file).read_bytes()
    entry = CATALOGUE[name]
    assert hashlib.sha256(data).hexdigest() == entry.sha256
    assert len(data) == entry.size
    path = cached_path(entry)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    text = open_text(name)
    assert (text.name, text.path, location(entry)) == (name, path, path)
    assert text.text.encode() == data


def test_a_damaged_copy_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = replace(CATALOGUE["time-machine"], sha256=hashlib.sha256(b"good").hexdigest())
    monkeypatch.setitem(catalogue.CATALOGUE, entry.name, entry)
    path = cached_path(entry)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"good")
    assert open_text(entry.name).text == "good"
    path.write_bytes(b"goof")
    with pytest.raises(InputError, match="is damaged: fetch it again"):
        open_text(entry.name)
