"""Source files survive an editor that normalises text."""

from __future__ import annotations

import ast
import unicodedata

import pytest
from pseudo_language import ROOT, source_files


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_no_literal_is_changed_by_normalisation(form: str) -> None:
    """A character class whose ends are replaced means another set; such ends are escapes."""
    changed = []
    for path in source_files():
        source = path.read_text(encoding="utf-8")
        if unicodedata.normalize(form, source) == source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                segment = ast.get_source_segment(source, node) or ""
                if form == "NFC" and unicodedata.normalize(form, segment) != segment:
                    changed.append(f"{path.relative_to(ROOT)}:{node.lineno}")
                if "[" in segment and unicodedata.normalize(form, segment) != segment:
                    changed.append(f"{path.relative_to(ROOT)}:{node.lineno} (a class)")
    assert not changed
