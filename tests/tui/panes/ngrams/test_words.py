from __future__ import annotations

from rich.cells import cell_len

from seqtui.tui.panes.ngrams.words import right_aligned


def test_columns_align_by_cells_and_make_room_for_long_titles() -> None:
    lines = right_aligned([("n", "不同的", "a long title"), ("1", "25", "3")], (2, 6, 4))
    assert lines[0] == " n 不同的 a long title"
    assert lines[1].split() == ["1", "25", "3"]
    assert {cell_len(line) for line in lines} == {cell_len(lines[0])}
