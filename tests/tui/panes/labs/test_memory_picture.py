"""Shades of bits are told apart without colour, and rows stay aligned over wide characters."""

from __future__ import annotations

import math

import numpy as np
from rich.cells import cell_len

from seqtui.engine.labs.contexts import Curve, Xray
from seqtui.engine.labs.memory import Figures, Settings
from seqtui.tui.panes.labs.pictures.memory import picture, xray_lines
from seqtui.tui.widgets.shading import SHADES, fitting, key_of_shades, shade, shaded


def test_more_bits_are_darker() -> None:
    assert "".join(shade(bits) for bits in (0.0, 0.5, 1.0, 2.0, 4.0)) == SHADES
    assert shade(math.inf) == SHADES[-1]
    assert shade(math.nan) == "?"
    assert all(each in key_of_shades() for each in SHADES)


def test_a_mark_is_as_wide_as_its_token() -> None:
    assert shaded(["食", "a"], [0.0, 5.0]) == "··█"
    assert fitting(["食", "a", "堂"], 0, 3) == 2
    assert fitting(["食"], 0, 1) == 1


def test_rows_of_the_xray_stand_under_their_text() -> None:
    bits = np.array([[5.0, 0.0, 3.0] * 9, [0.1, 0.0, 0.2] * 9])
    xray = Xray("m", ("食", "a", "堂") * 9, (1,), bits)
    lines = xray_lines(xray, 40, 12)
    assert len(lines) == 9
    assert len({cell_len(line) for line in lines[:4]}) == 1
    assert "██·▓▓██·▓▓" in lines[1]
    assert "+ 1+ + 1+ " in lines[3]


def test_a_model_that_holds_a_target_impossible_is_infinite_at_every_context() -> None:
    curve = Curve("m", (1, 2), (math.inf, math.inf), (math.inf, math.inf), math.inf)
    found = picture(Figures(Settings(), (curve,), 100, (), (), None, "", 0.0))
    assert "∞" in found.rows[1]
    assert "nan" not in found.words
    assert found.plot is not None
    assert found.plot(60, 10)
