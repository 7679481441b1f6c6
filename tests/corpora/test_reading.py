from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import reference_text

from seqtui.corpora.decoding import decode
from seqtui.corpora.errors import InputError
from seqtui.corpora.gutenberg import strip_gutenberg
from seqtui.corpora.reading import LARGEST_TEXT, read_path, read_stdin

CHINESE = "满纸荒唐言，一把辛酸泪！都云作者痴，谁解其中味？\n"


def refusal(data: bytes, encoding: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        decode(data, "book.txt", encoding)
    message = str(caught.value)
    assert message.startswith("book.txt")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (CHINESE.encode(), "utf-8"),
        (CHINESE.encode("utf-8-sig"), "utf-8"),
        (CHINESE.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + CHINESE.encode("utf-16-be"), "utf-16"),
        (CHINESE.encode("gb18030"), "gb18030"),
    ],
)
def test_the_encoding_is_found_and_the_mark_dropped(data: bytes, encoding: str) -> None:
    assert decode(data, "book.txt") == (CHINESE, encoding)


def test_traditional_chinese_in_gb18030_is_read() -> None:
    text = "滿紙荒唐言，一把辛酸淚！都云作者癡，誰解其中味？"
    assert decode(text.encode("gb18030"), "book.txt") == (text, "gb18030")


def test_the_reference_texts_are_read_in_their_encodings() -> None:
    xiyouji = read_path(reference_text("xiyouji_gb18030.txt"))
    assert xiyouji.encoding == "gb18030"
    assert xiyouji.size == 1_448_049
    assert len(xiyouji.text) == 732_153
    hongloumeng = read_path(reference_text("hongloumeng.txt"))
    assert hongloumeng.encoding == "utf-8"
    assert "\r" not in hongloumeng.text
    assert hongloumeng.text.count("\n") == reference_text("hongloumeng.txt").read_bytes().count(
        b"\r\n"
    )


def test_every_line_end_becomes_a_newline() -> None:
    assert decode(b"a\r\nb\rc\n\rd", "book.txt")[0] == "a\nb\nc\n\nd"


def test_an_encoding_can_be_forced() -> None:
    assert decode("café".encode("cp1252"), "book.txt", "cp1252") == ("café", "cp1252")
    assert decode("é".encode(), "book.txt", "latin-1") == ("Ã©", "iso8859-1")


def test_what_a_forced_encoding_cannot_decode_is_reported_with_its_offset() -> None:
    assert "byte 0xe9 at offset 3" in refusal(b"caf\xe9", "utf-8")


@pytest.mark.parametrize("encoding", ["klingon", "hex", "a\0b", ""])
def test_an_encoding_that_is_none_is_refused_with_others(encoding: str) -> None:
    with pytest.raises(InputError, match=r"--encoding .*try utf-8"):
        decode(b"text", "book.txt", encoding)


def test_undecodable_bytes_are_reported_with_offset_and_remedy() -> None:
    message = refusal("Crème brûlée, à la carte.".encode("cp1252"))
    assert "byte 0xe8 at offset 2" in message
    assert "--encoding cp1252" in message


def test_both_offsets_are_reported_when_they_differ() -> None:
    message = refusal(CHINESE.encode("gb18030") + b"\xff\n")
    assert "not UTF-8 (byte 0xc2 at offset 0, line 1; " in message
    offset = len(CHINESE.encode("gb18030"))
    assert "--encoding gb18030 would read “满纸荒唐言" in message
    assert f"but for byte 0xff at offset {offset}, line 2" in message


def test_western_accents_before_letters_are_not_taken_for_chinese() -> None:
    data = "Müller".encode("latin-1")
    assert data.decode("gb18030")  # what GB18030 itself would let pass
    assert "--encoding" in refusal(data)
    assert decode(data, "book.txt", "gb18030")[1] == "gb18030"


def test_private_use_characters_are_not_taken_for_chinese() -> None:
    refusal("\ue000\ue001\ue002\ue003".encode("gb18030"))


def test_broken_utf16_is_reported_with_its_offset() -> None:
    assert "at offset 4" in refusal(b"\xff\xfea\0\0\xdc")


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_text_is_refused(data: bytes) -> None:
    assert refusal(data) == "book.txt is empty"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\2\0",
        b"\x7fELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0>\0",
        bytes(range(256)),
        b"\0" * 100,
        b"\x1f\x8b\x08\0\0\0\0\0\0\3",
    ],
)
def test_binary_is_refused_as_binary(data: bytes) -> None:
    assert "binary, not text" in refusal(data)


def test_utf16_without_a_mark_is_binary_with_a_remedy() -> None:
    assert "--encoding utf-16-le" in refusal("plain words".encode("utf-16-le"))
    assert "--encoding utf-16-be" in refusal("plain words".encode("utf-16-be"))
    text = "plain words"
    assert decode(text.encode("utf-16-le"), "book.txt", "utf-16-le")[0] == text


@pytest.mark.parametrize("text", ["a\0b", "\x1b[31mred\x1b[0m", "\0", "\x1b", "a" * 70 + "\1" * 30])
def test_up_to_three_controls_in_ten_characters_are_text(text: str) -> None:
    assert decode(text.encode(), "book.txt")[0] == text


def test_more_controls_than_that_are_binary() -> None:
    assert "31% of it" in refusal(b"a" * 69 + b"\1" * 31)


def test_a_forced_encoding_does_not_make_binary_text() -> None:
    assert "binary" in refusal(bytes(range(32)) * 4, "latin-1")


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused_in_one_line(data: bytes) -> None:
    try:
        text, encoding = decode(data, "book.txt")
    except InputError:
        assert refusal(data)
    else:
        assert text
        assert encoding in ("utf-8", "utf-16", "utf-32", "gb18030")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_utf8_comes_back(text: str) -> None:
    expected = text.removeprefix("\ufeff")
    if expected:
        assert decode(text.encode(), "book.txt") == (expected, "utf-8")


def test_a_path_that_is_no_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_path(tmp_path / "absent.txt")
    with pytest.raises(InputError, match=f"^{tmp_path} is a directory"):
        read_path(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read_path(tmp_path / "nul\0.txt")
    file = tmp_path / "a.txt"
    file.write_text("a")
    with pytest.raises(InputError, match="cannot be read: Not a directory"):
        read_path(file / "b.txt")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match="cannot be read"):
        read_path(tmp_path / "loop")


def test_a_pipe_or_a_device_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"^\S+ is a pipe.*standard input"):
        read_path(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"^/dev/zero is a device"):
        read_path("/dev/zero")


def test_a_file_without_permission_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.txt").write_text("a")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(InputError, match="no permission"):
        read_path(tmp_path / "a.txt")


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(LARGEST_TEXT + 1)  # sparse: it takes no space
    with pytest.raises(InputError, match=r"^\S+ is larger than 1024 MiB"):
        read_path(path)


def test_a_file_is_named_by_its_last_part(tmp_path: Path) -> None:
    path = tmp_path / "书.txt"
    path.write_bytes(CHINESE.encode("utf-8-sig"))
    text = read_path(path)
    assert (text.name, text.path) == ("书.txt", path)
    assert (text.text, text.size) == (CHINESE, len(CHINESE.encode()) + 3)


def test_standard_input_is_read_to_its_end() -> None:
    text = read_stdin(io.BytesIO("été\r\n".encode()))
    assert (text.name, text.text, text.path, text.size) == ("stdin", "été\n", None, 7)
    with pytest.raises(InputError, match=r"^standard input is empty"):
        read_stdin(io.BytesIO())


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (
            "*** START OF THE PROJECT GUTENBERG EBOOK THE TITLE ***",
            "*** END OF THE PROJECT GUTENBERG EBOOK THE TITLE ***",
        ),
        (
            "***START OF THIS PROJECT GUTENBERG EBOOK A LONG\nTITLE***",
            "End of Project Gutenberg's The Title, by Somebody",
        ),
        (
            "*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*",
            "End of the Project Gutenberg Etext of The Title",
        ),
    ],
)
def test_the_frame_of_project_gutenberg_is_cut(start: str, end: str) -> None:
    text = f"A header\n\n{start}\n\n\nChapter 1\n\nOnce.\n\n\n{end}\nA licence\n"
    assert strip_gutenberg(text).text == "Chapter 1\n\nOnce.\n"


def test_without_the_marks_nothing_is_cut() -> None:
    text = "\n\nA text about Project Gutenberg.\n\n"
    assert strip_gutenberg(text).text == text


def test_ascii_that_is_cut_inside_its_last_character_is_cut_utf8() -> None:
    with pytest.raises(InputError, match=r"cut inside its last character \(byte 0xe4 at offset 6"):
        decode(b"hello \xe4\xb8", "x")
    with pytest.raises(InputError, match="2 of 10 bytes are not"):
        decode(b"caf\xe9 caf\xe9.", "x")
