"""Every sentence for people can be translated, whole, when it is painted."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from pseudo_language import ROOT, calls, keywords, pseudo, sentences, source_files

NOW = {"_", "pgettext", "ngettext"}
"""Calls that translate at once."""
DEFINED = {"tui/translation.py", "corpora/errors.py"}
"""Where the calls are defined, and pass on what they were given."""

FILES = [path for path in source_files() if str(path.relative_to(ROOT)) not in DEFINED]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {name(path): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def test_errors_and_marks_hold_literals_that_a_catalogue_can_have(
    trees: dict[str, ast.Module],
) -> None:
    """A sentence that is put together before the call is in no catalogue."""
    marks = keywords()
    glued = []
    for file, tree in trees.items():
        for called, call in calls(tree, set(marks) - NOW):
            at = marks[called].index("text")
            if not call.args and not call.keywords:
                continue
            first = call.args[at] if len(call.args) > at else None
            passed_on = isinstance(first, ast.Call | ast.Attribute | ast.Name)
            if not isinstance(first, ast.Constant) and not passed_on:
                glued.append(f"{file}:{call.lineno} {called}")
    assert not glued, "\n".join(glued)


def test_nothing_is_translated_at_import(trees: dict[str, ast.Module]) -> None:
    """A language that is chosen later, or changed, would not reach it."""
    early = []
    for file, tree in trees.items():
        inside = {
            id(node)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for part in (function.body if isinstance(function.body, list) else [function.body])
            for node in ast.walk(part)
        }
        early += [
            f"{file}:{call.lineno} {called}"
            for called, call in calls(tree, NOW)
            if id(call) not in inside
        ]
    assert not early, "\n".join(early)


def test_the_pseudo_language_keeps_the_places() -> None:
    assert pseudo("{count} of %(n)s tokens\n") == "{count} óƒ %(n)s ťóķéńś文\n"


def test_sentences_are_found_with_their_context() -> None:
    found = {(each.context, each.text) for each in sentences()}
    assert {("corpus", "open"), ("n-gram", "open"), (None, "quit")} <= found
