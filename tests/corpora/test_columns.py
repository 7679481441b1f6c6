"""A column of a file of values, and what is said of one that is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seqtui.corpora.columns import MOST_ROWS, read_column
from seqtui.corpora.errors import InputError


def written(folder: Path, data: bytes) -> Path:
    path = folder / "values.csv"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "column"),
    [
        (b"day,price\n1,2.5\n2,-3e1\n", "price"),
        (b"day,price\n1,2.5\n2,-3e1\n", "2"),
        (b"day;price\r\n1;2.5\r\n\r\n2;-30\r\n", "price"),
        (b"\xef\xbb\xbfprice\tday\n2.5\t1\n-30\t2\n", "price"),
        ("日期,食堂里一份米饭的价格，以元为单位\n1,2.5\n2,-30\n".encode("gb18030"), "2"),
        (b'"day, UTC", "price"\n"1",2.5\n"2",-30', "2"),
    ],
)
def test_a_column_is_found_by_heading_or_place(tmp_path: Path, data: bytes, column: str) -> None:
    assert read_column(written(tmp_path, data), column).tolist() == [2.5, -30.0]


@pytest.mark.parametrize(
    ("data", "column", "message"),
    [
        (b"a,b\n1,2\n3,x\n", "b", r"values.csv, line 3, column 'b': 'x' is not a number"),
        (b"a,b\n1,2\n3,\n", "b", r"line 3, column 'b': '' is not a number"),
        (b"a,b\n1,nan\n", "b", r"line 2, column 'b': 'nan' is not a number"),
        (b"a,b\n1,1_0\n", "2", r"line 2, column 'b'"),
        (b"a,b\n1,2\n3\n", "b", r"line 3: there is no column 'b'"),
        (b'a,b\n"1\n2",2\n3,y\n', "b", r"line 4, column 'b'"),
        (b"a,b\n1,2\n", "c", r"line 1: no column 'c': choose one of a, b"),
        (b"a,b\n1,2\n", "3", r"line 1: no column '3'"),
        (b'a,b\n1,"2\n', "b", r"line 2: not comma-separated values"),
        (b"", "a", "is empty"),
        (b"a\n" + b"1\n" * (MOST_ROWS + 1), "a", "more than 20,000 rows"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_column(
    tmp_path: Path, data: bytes, column: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_column(written(tmp_path, data), column)


def test_a_pipe_is_no_table_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="pipe"):
        read_column(tmp_path / "pipe", "1")
