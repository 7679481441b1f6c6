"""click's own sentences: listed for the catalogues as click has them."""

from __future__ import annotations

import ast
from pathlib import Path

import click

from seqtui.tui.cli import click_words


def test_the_sentences_are_click_s() -> None:
    literals = {
        node.value
        for path in Path(click.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
    }
    words = {*click_words.WORDS, *click_words.plurals(1), *click_words.plurals(2)}
    assert words <= literals
