"""The sentences of the Train pane."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.tui.panes.train.words import legend
from seqtui.tui.widgets.plots import Reference, Series

SERIES = [
    Series("lstm", [], [], "3", mark="▲", line=False),
    Series("raw", [], [], "train", mark="·", line=False),
    Series("train .9", [], [], "train"),
    Series("held-out", [], [], "held-out", mark="●", line=False),
]
LINES = [
    Reference("|V|", 98.0, reading="98"),
    Reference("bigram", 12.0, "╌", "12.0"),
    Reference("KN-7", 3.3, "╍", "3.30"),
]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (100, "● held-out  ┄ |V| 98  ╌ bigram 12.0  ╍ KN-7 3.30"),
        (82, "● held-out  ┄ |V|  ╌ bigram  ╍ KN-7"),
        (66, "●held-out ┄|V| ╌bigram ╍KN-7"),
    ],
)
def test_every_curve_is_named_where_cells_are_few(width: int, shown: str) -> None:
    assert shown in legend("perplexity, log", SERIES, LINES, width).plain


@given(st.integers(1, 120))
def test_the_legend_never_takes_more_than_its_cells(width: int) -> None:
    assert legend("perplexity, log", SERIES, LINES, width).cell_length <= width
