"""The frame of Project Gutenberg: which mark counts, what is cut, and how much."""

from __future__ import annotations

import pytest

from seqtui.corpora.gutenberg import strip_gutenberg

START = "Title: Lakes\n\n*** START OF THE PROJECT GUTENBERG EBOOK LAKES ***\n"
END = "*** END OF THE PROJECT GUTENBERG EBOOK LAKES ***\nThe licence.\nMore of it.\n"


def test_a_closing_line_inside_a_collected_volume_is_not_the_end() -> None:
    inside = "End of Project Gutenberg's Lake, Vol. 1, by Nobody\n"
    body = f"The first lake.\n\n{inside}\n\nThe second lake.\n\nIts shore.\n"
    found = strip_gutenberg(START + body + END)
    assert found.text == body
    assert (found.has_start, found.has_end) == (True, True)
    assert (found.before, found.after) == (3, 3)


def test_without_an_end_mark_the_last_closing_line_is_the_end() -> None:
    text = "One.\n\nEnd of Project Gutenberg's Lake, Vol. 1\n\nTwo.\n\nThree.\n\n"
    found = strip_gutenberg(text + "End of Project Gutenberg's Lake, Vol. 2\n")
    assert found.text.endswith("Three.\n")
    assert "Vol. 1" in found.text
    assert not found.has_start


def test_small_print_at_the_end_does_not_empty_the_file() -> None:
    body = "A lake.\n" * 40
    print_ = "*** START**THE SMALL PRINT!**FOR PUBLIC DOMAIN ETEXTS***\nWhy.\n"
    text = f"{body}\n{print_}*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*\n"
    assert strip_gutenberg(text).text == body
    before = f"{print_}*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*\n{body}"
    assert strip_gutenberg(before).text == body


@pytest.mark.parametrize(
    "name",
    [
        "THE PROJECT GUTENBERG EBOOK LAKES",
        "THIS PROJECT GUTENBERG EBOOK LAKES",
        "THE COPYRIGHTED PROJECT GUTENBERG EBOOK LAKES",
        "THIS COPYRIGHTED PROJECT GUTENBERG ETEXT LAKES",
        "THE PROJECT GUTENBERG E-TEXT LAKES",
    ],
)
@pytest.mark.parametrize("indent", ["", "  ", "\t"])
def test_spellings_of_the_marks(name: str, indent: str) -> None:
    text = f"x\n{indent}*** START OF {name} ***\nA lake.\n{indent}*** END OF {name} ***\nrest\n"
    found = strip_gutenberg(text)
    assert found.text == "A lake.\n"
    assert (found.before, found.after) == (2, 2)


def test_a_text_without_a_frame_is_itself() -> None:
    found = strip_gutenberg("A lake.\n")
    assert (found.text, found.before, found.after) == ("A lake.\n", 0, 0)
    assert not found.has_start
    assert not found.has_end


def test_what_follows_a_closing_line_is_text() -> None:
    inside = "End of Project Gutenberg's Lake, Vol. 1\nTwo lakes here.\n"
    assert strip_gutenberg(f"{START}One lake.\n{inside}{END}").text == f"One lake.\n{inside}"
    closing = "End of the Project Gutenberg EBook of Lakes, by Nobody\n\n"
    assert strip_gutenberg(f"{START}One lake.\n\n{closing}{END}").text == "One lake.\n"
