"""Help texts in cells: columns align and lines break where a text has no spaces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seqtui.tui.cli.console import cell_width
from seqtui.tui.cli.help_layout import HelpFormatter, wrapped


def test_a_text_without_spaces_is_broken_between_wide_characters() -> None:
    assert wrapped("训练语言模型，完。", 8) == ["训练语言", "模型，完。"[:3], "完。"]
    assert wrapped("one two  three", 7) == ["one two", "three"]
    assert wrapped("用 --order 阶", 8) == ["用", "--order", "阶"]


@given(st.text(st.sampled_from("ab中文，。 )"), max_size=60), st.integers(12, 40))
def test_no_line_is_wider_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    longest = max((len(word) for word in text.split()), default=0)
    assert all(cell_width(line) <= max(width, 2 * longest) for line in lines)


def test_columns_align_by_cells() -> None:
    formatter = HelpFormatter(width=30)
    formatter.write_dl([("--a 次数", "说明"), ("--bc", "two")], col_max=20)
    assert formatter.getvalue() == "--a 次数  说明\n--bc      two\n"
