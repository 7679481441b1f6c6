"""A column of numbers from a file of comma-separated values."""

from __future__ import annotations

import contextlib
import csv
import io
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.decoding import decode
from seqtui.corpora.errors import InputError
from seqtui.corpora.files import read_file

LARGEST_TABLE = 64 << 20
"""Bytes of a file of values."""
MOST_ROWS = 20_000
"""Longer columns take a laboratory minutes."""
_LONGEST_NUMBER = 40
_DELIMITERS = ",;\t"


def read_column(path: str | Path, column: str) -> NDArray[np.float64]:
    """The numbers of a column, by its heading in the first line or by its place from 1.

    Values are separated by whichever of comma, semicolon and tab the first line has most of. Raises
    InputError, with file, line and column, for what is no table, no such column and no number.
    """
    name = str(path)
    text, _encoding = decode(read_file(path, LARGEST_TABLE), name)
    first = text.partition("\n")[0]
    # Of equally many the comma: max takes the first.
    lines = csv.reader(io.StringIO(text), delimiter=max(_DELIMITERS, key=first.count), strict=True)
    numbers: list[float] = []
    line = 1
    try:
        headings = [each.strip() for each in next(lines)]
        place = _place(name, headings, column)
        line = lines.line_num + 1
        for row in lines:
            if row:  # an empty line is none
                if len(numbers) == MOST_ROWS:
                    raise InputError(
                        "{name} has more than {most:,} rows: cut it", name=name, most=MOST_ROWS
                    )
                cell = row[place] if place < len(row) else None
                numbers.append(_number(name, line, headings[place], cell))
            line = lines.line_num + 1
    except csv.Error as error:
        raise InputError(
            "{name}, line {line}: not comma-separated values: {reason}",
            option="file",
            name=name,
            line=line,
            reason=error,
        ) from error
    return np.array(numbers)


def _place(name: str, headings: list[str], column: str) -> int:
    """The index of a column. A heading goes before a place."""
    wanted = column.strip()
    if wanted in headings:
        return headings.index(wanted)
    if wanted.isascii() and wanted.isdecimal() and 1 <= int(wanted[:6]) <= len(headings):
        return int(wanted[:6]) - 1
    raise InputError(
        "{name}, line 1: no column {column!r}: choose one of {headings}, or its place from 1",
        option="column",
        name=name,
        column=wanted,
        headings=", ".join(headings),
    )


def _number(name: str, line: int, column: str, cell: str | None) -> float:
    if cell is None:
        raise InputError(
            "{name}, line {line}: there is no column {column!r}; every line needs as many values "
            "as the first",
            option="file",
            name=name,
            line=line,
            column=column,
        )
    value = math.nan
    if len(cell) <= _LONGEST_NUMBER and "_" not in cell:
        with contextlib.suppress(ValueError):
            value = float(cell)
    if not math.isfinite(value):
        raise InputError(
            "{name}, line {line}, column {column!r}: {cell!r} is not a number; mend it or take the "
            "line out",
            option="file",
            name=name,
            line=line,
            column=column,
            cell=cell,
        )
    return value
