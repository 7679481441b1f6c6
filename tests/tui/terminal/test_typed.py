"""Whatever bytes arrive, cut wherever: keys are keys, a paste is a paste, nothing raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events, messages
from textual._xterm_parser import XTermParser
from textual.message import Message

from seqtui.tui.terminal.typed import (
    _CARRIED,
    SEQUENCE_SECONDS,
    SSH_ESCAPE_SECONDS,
    TypedInput,
    escape_seconds,
)

ESCAPE_SECONDS = 0.1
PASTED = "ein\x1b\x11zwei \x1b\x1bq\x1by\x00中\r\n\x1b[A"

KNOWN = [
    (b"q", ["q"]),
    ("é中".encode(), ["é", "中"]),
    (b"\r\x11\x7f", ["enter", "ctrl+q", "backspace"]),
    (b"\x1b[A", ["up"]),
    (b"\x1b[1;5C", ["ctrl+right"]),
    (b"\x1bOP", ["f1"]),
    (b"\x1b[[A", ["f1"]),
    (b"\x1b[20~", ["f9"]),
    (b"\x1b[3$", ["shift+delete"]),
    (b"\x1b[113;5u", ["ctrl+q"]),
    (b"\x1b[97;1:1u", ["a"]),
    (b"\x1b[97;1:3u", []),
    (b"\x1b[97;;97u", ["a"]),
    (
        "".join(f"\x1b[0;;{':'.join(str(ord(c)) for c in '中文字母表格很长')}u").encode(),
        [*"中文字母表格很长"],
    ),
    (b"\x1b[I\x1b[O", ["AppFocus", "AppBlur"]),
    (b"\x1b[?2026;1$y", ["TerminalSupportsSynchronizedOutput"]),
    (b"\x1b[<0;3;4M\x1b[<0;3;4m", ["MouseDown", "MouseUp"]),
    (b"\x1b[200~" + PASTED.encode() + b"\x1b[201~", [f"paste {PASTED}"]),
    (b"\x1b[200~\x1b[201~", []),
]
"""Bytes, and what they are."""

NO_KEYS = [
    b"\x1b[:u",
    b"\x1b[1114112u",
    b"\x1b[55296u",
    b"\x1b[99999999999999999999u",
    b"\x1b[97;1;1114112u",
    b"\x1b[<99999999999;1;1M",
    b"\x1b[M \xff\xff",
    b"\x1b[M\xc3\xe9\x80",
    b"\x1b[48;0;0;0;0t",
    b"\x1b[48;99999;99999;1;1t",
    b"\x1b[201~",
    b"\x1b[?62;22c",
    b"\x1b]11;rgb:0000/0000/0000\x1b\\",
    b"\x1bP>|terminal 1.0\x1b\\",
    b"\x1b[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16z",
]
"""Sequences that mean nothing here."""

PIECES = st.binary(max_size=12) | st.sampled_from(
    [data for data, _ in KNOWN]
    + NO_KEYS
    + [b"\x1b", b"[", b"M", b"O", b"]", b"200~", b"20", b"1~", b";", b":", b"u", b"\xe4", b"\xff"]
)
"""Bytes as a broken terminal might send them."""


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def typed() -> tuple[TypedInput, Clock]:
    clock = Clock()
    return TypedInput(ESCAPE_SECONDS, clock), clock


def names(found: list[Message]) -> list[str]:
    """Keys by their names, pastes by their text, the rest by kind."""
    return [
        each.key
        if isinstance(each, events.Key)
        else f"paste {each.text}"
        if isinstance(each, events.Paste)
        else type(each).__name__
        for each in found
    ]


def in_pieces(data: bytes, cuts: list[int], pause: float) -> list[str]:
    """What is understood of bytes that come in pieces, with a pause after each."""
    keys, clock = typed()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        found += keys.feed(data[start:end])
        clock.now += pause
        found += keys.tick()
    return names(found)


@pytest.mark.parametrize(("data", "meaning"), KNOWN)
def test_what_comes_whole_is_understood(data: bytes, meaning: list[str]) -> None:
    assert in_pieces(data, [], 0) == meaning


@pytest.mark.parametrize(("data", "meaning"), KNOWN)
def test_a_cut_anywhere_changes_nothing(data: bytes, meaning: list[str]) -> None:
    for cut in range(1, len(data)):
        assert in_pieces(data, [cut], 0) == meaning
    assert in_pieces(data, list(range(1, len(data))), 0) == meaning


@pytest.mark.parametrize(("data", "meaning"), KNOWN)
def test_a_slow_line_that_cuts_behind_an_esc_changes_nothing(
    data: bytes, meaning: list[str]
) -> None:
    for cut in range(1, len(data)):
        inside_a_paste = b"\x1b[200~" in data[:cut]
        if data[:cut].endswith(b"\x1b") and not inside_a_paste:
            continue  # the next test
        assert in_pieces(data, [cut], SEQUENCE_SECONDS / 2) == meaning


@pytest.mark.parametrize("data", [b"\x1b[A", b"\x1b[200~q\x11\x1b[201~", b"\x1bOP", b"\x1b[20~"])
def test_the_rest_of_a_sequence_whose_esc_was_a_key_is_no_text(data: bytes) -> None:
    whole = in_pieces(data, [], 0)
    assert in_pieces(data, [1], ESCAPE_SECONDS * 2) == ["escape", *whole]


def test_a_paste_waits_for_its_end_without_a_limit() -> None:
    keys, clock = typed()
    assert keys.feed(b"\x1b[200~first\x1b") == []
    clock.now += 3600
    assert keys.tick() == []
    assert keys.feed(b"[20") == []
    clock.now += 3600
    assert keys.tick() == []
    assert names(keys.feed(b"1~q")) == ["paste first", "q"]


def test_a_lone_esc_is_a_key_in_time_or_with_the_next_key() -> None:
    keys, clock = typed()
    assert keys.feed(b"\x1b") == []
    assert keys.tick() == []
    clock.now += ESCAPE_SECONDS
    assert names(keys.tick()) == ["escape"]
    keys.feed(b"\x1b")
    assert names(keys.feed(b"q")) == ["escape", "q"]
    assert names(keys.feed(b"\x1b\x1b\x1b[B")) == ["escape", "escape", "down"]


def test_esc_and_a_character_in_one_read_are_a_key_with_alt() -> None:
    keys, _ = typed()
    assert names(keys.feed(b"\x1bq\x1bQ\x1bf")) == ["alt+q", "alt+shift+q", "ctrl+right"]
    assert not any(isinstance(each, events.Key) and each.character for each in keys.feed(b"\x1bq"))


def test_what_is_no_utf8_is_replaced_and_typing_goes_on() -> None:
    keys, _ = typed()
    assert [each.character for each in keys.feed(b"\xff") if isinstance(each, events.Key)] == ["�"]
    typed_in_gbk = keys.feed("中".encode("gbk")) + keys.feed(b"q")
    assert names(typed_in_gbk)[-1] == "q"
    assert names(keys.feed(b"caf\xe9 q"))[-1] == "q"
    assert names(keys.feed(b"\xe9\x1b[A"))[-1] == "up"


@pytest.mark.parametrize("data", NO_KEYS)
def test_a_sequence_that_means_nothing_is_dropped_whole(data: bytes) -> None:
    for cut in range(1, len(data)):
        keys, _ = typed()
        found = keys.feed(data[:cut]) + keys.feed(data[cut:])
        assert names(found) == []
        assert names(keys.feed(b"q")) == ["q"]


@given(st.lists(PIECES))
def test_any_bytes_are_survived_and_keys_after_them_arrive(pieces: list[bytes]) -> None:
    keys, clock = typed()
    for piece in pieces:
        keys.feed(piece)
        keys.tick()
    keys.feed(b"\x1b[201~")  # the end of a paste that began by chance
    clock.now += SEQUENCE_SECONDS
    keys.tick()
    assert names(keys.feed(b"q\x1b[A\x11")) == ["q", "up", "ctrl+q"]


@given(st.lists(PIECES, max_size=6).map(b"".join))
def test_ctrl_q_arrives_at_once_unless_it_is_pasted(data: bytes) -> None:
    keys, _ = typed()
    found = names(keys.feed(data) + keys.feed(b"\x11"))
    assert found[-1:] == ["ctrl+q"] or b"\x1b[200~" in data


@given(st.binary(max_size=60), st.lists(st.integers(1, 70), max_size=4))
def test_nothing_of_a_paste_is_lost_or_a_key(content: bytes, cuts: list[int]) -> None:
    if b"\x1b[201~" in content + b"\x1b[201~"[:-1]:
        return
    data = b"\x1b[200~" + content + b"\x1b[201~"
    # Not behind the Esc of the start mark, which would be a key.
    inside = sorted({cut for cut in cuts if 1 < cut < len(data)})
    text = content.decode("utf-8", "replace")
    assert in_pieces(data, inside, 60.0 if not inside or inside[0] >= 6 else 1.0) == (
        [f"paste {text}"] if content else []
    )


def test_a_lone_esc_waits_longer_over_ssh_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_CONNECTION", "SSH_TTY", "ESCDELAY"):
        monkeypatch.delenv(name, raising=False)
    assert escape_seconds() < SSH_ESCAPE_SECONDS
    monkeypatch.setenv("SSH_TTY", "/dev/pts/1")
    assert escape_seconds() == SSH_ESCAPE_SECONDS
    monkeypatch.setenv("ESCDELAY", "25")
    assert escape_seconds() < SSH_ESCAPE_SECONDS


def test_what_is_relied_upon_in_the_toolkits_parser_is_there() -> None:
    parser = XTermParser()
    assert [name for name in _CARRIED if not hasattr(parser, name)] == []
    assert names(list(parser.feed("\x1b[Aq"))) == ["up", "q"]
    # A sequence that it knows ends one that it does not, and only this becomes keys.
    assert list(parser.feed("\x1b[9z")) == []
    assert isinstance(list(parser.feed("\x1b[I"))[-1], events.AppFocus)
    assert names(list(parser.feed("q"))) == ["q"]
    assert messages.TerminalSupportsSynchronizedOutput
