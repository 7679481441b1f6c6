"""What is printed: exact in a pipe, safe on a terminal, one JSON document, aligned tables."""

from __future__ import annotations

import io
import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.corpora.errors import InputError
from seqtui.tui.cli import console
from seqtui.tui.foreign import visible


class Stream(io.TextIOWrapper):
    """A stream in memory that may call itself a terminal."""

    def __init__(self, terminal: bool, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    @property
    def written(self) -> bytes:
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue()


@contextmanager
def printing(stream: Stream) -> Iterator[Stream]:
    before = sys.stdout
    sys.stdout = stream
    try:
        yield stream
    finally:
        sys.stdout = before


EVIL = "a\x1b]0;title\x07\x9b2J\u202eb\x00"


def test_in_a_pipe_text_is_exact() -> None:
    with printing(Stream(terminal=False)) as pipe:
        console.say(EVIL + "\ttab\r\n\udcff")
    assert pipe.written == EVIL.encode() + b"\ttab\r\n\xff\n"


def test_a_terminal_sees_symbols() -> None:
    with printing(Stream(terminal=True)) as terminal:
        console.say(EVIL + "\n[red]")
    written = terminal.written.decode()
    assert written.endswith("\n[red]\n")
    assert all(char == "\n" or visible(char) == char for char in written)


def test_another_locale_ends_no_command() -> None:
    with printing(Stream(terminal=False, encoding="latin-1")) as stream:
        console.say("é 中")
        console.document({"text": "é 中"})
    text, document = stream.written.decode("latin-1").splitlines()
    assert text == r"é \u4e2d"
    assert json.loads(document) == {"text": "é 中"}


def test_in_the_c_locale_too_and_people_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console._Escapes, "told", False)
    monkeypatch.setattr(sys, "stderr", people := Stream(terminal=True))
    with printing(Stream(terminal=False, encoding="ascii")) as stream:
        stream.reconfigure(errors="surrogateescape")  # which Python chooses there
        console.say("plain")
        assert people.written == b""
        for _each in range(2):
            console.say("é 中 \udcff")
    assert stream.written.splitlines()[1:] == [rb"\xe9 \u4e2d \udcff"] * 2
    (line,) = people.written.decode().splitlines()
    assert line.endswith("ascii: what it lacks is written as escapes; export LC_ALL=C.UTF-8")


def test_a_document_keeps_what_is_not_valid_text_apart() -> None:
    with printing(Stream(terminal=False)) as pipe:
        console.document({"path": Path("caf\udce9")})
    assert json.loads(pipe.written.decode()) == {"path": "caf\udce9"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [finite(each) for each in value]
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    return value


@given(value=VALUES, terminal=st.booleans())
def test_any_document_comes_back_with_null_for_what_json_lacks(value: Any, terminal: bool) -> None:
    with printing(Stream(terminal)) as stream:
        console.document({"value": value})
    written = stream.written.decode()
    assert json.loads(written) == {"value": finite(value)}
    if terminal:
        assert all(char == "\n" or visible(char) == char for char in written)


def test_numpy_s_numbers_are_numbers() -> None:
    with printing(Stream(terminal=False)) as pipe:
        console.document({"n": np.int64(3), "x": np.float32(0.5), "b": np.bool_(True), "i": np.inf})
    assert json.loads(pipe.written) == {"n": 3, "x": 0.5, "b": True, "i": None}


def test_a_zero_has_no_sign() -> None:
    with printing(Stream(terminal=False)) as pipe:
        console.document({"loss": -0.0, "losses": [np.float64(-0.0), -0.5]})
    assert pipe.written == b'{"loss": 0.0, "losses": [0.0, -0.5]}\n'


def test_columns_align_by_cells() -> None:
    lines = console.table(["token", "count"], [["中文", "7"], ["e\u0301", "1,234"], ["\x1b", "20"]])
    assert lines == ["token  count", "中文       7", "e\u0301      1,234", "␛         20"]
    assert console.table(["", ""], [["a", "1"]]) == ["a  1"]


def test_errors_never_raise_and_stay_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(terminal=True)
    monkeypatch.setattr(sys, "stderr", stream)
    console.complain("two\nlines \x1b[2J")
    assert stream.written.decode() == "seqtui: two lines ␛[2J\n"
    stream.close()
    console.complain("nobody hears")
    monkeypatch.setattr(sys, "stderr", None)
    console.complain("nobody hears")


def test_progress_shows_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "SHOWN_AFTER_SECONDS", 0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    for terminal in (True, False):
        stream = Stream(terminal)
        monkeypatch.setattr(sys, "stderr", stream)
        with console.Progress("counting") as progress:
            assert progress(1, 4)
            progress.show("中" * 100)
        written = stream.written.decode()
        if not terminal:
            assert written == ""
            continue
        assert "counting  25 %" in written
        assert written.endswith("\r\x1b[K")
        assert max(console.cell_width(part) for part in written.split("\r")) < 40 + len("\x1b[K")


def test_a_question_needs_somebody_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Stream(terminal=False))
    with pytest.raises(InputError, match="--yes"):
        console.ask("delete?")


@pytest.mark.parametrize(
    ("text", "cells"),
    [("กั", 1), ("می\u200cخواهم", 7), ("e\u0301", 1), ("\u1112\u1161", 2), ("文", 2)],
)
def test_marks_and_joiners_take_no_cell(text: str, cells: int) -> None:
    assert console.cell_width(text) == cells


@pytest.mark.parametrize(
    "error",
    [
        InputError("--corpus {value}: there is no such file", value="/" + "x" * 10_000),
        ValueError("invalid literal: " + "x" * 10_000),
    ],
)
def test_an_error_that_repeats_much_is_one_readable_line(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    console.complain(error)
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert len(line) < 900
    assert "…" in line
