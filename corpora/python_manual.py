"""The prose of Python's language reference, which comes with Python as `pydoc_data.topics`.

The topics are plain text made from reStructuredText: paragraphs between empty lines, code and
grammar indented. A paragraph is taken for prose when it reads like a sentence; its lines are
joined and the remaining marks of reStructuredText go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from seqtui.corpora.errors import InputError

FEWEST_WORDS = 6
"""A shorter paragraph is a heading, a signature or a line of code."""

PROSE_SHARE = 0.75
"""Prose has at least this share of letters and spaces."""

_NOT_PROSE = re.compile(
    r"::=|>>>|\+--|====|\*\*\*\*|----|^\.\. |[|=]$|\S {3,}\S|  # ", re.MULTILINE
)
_SENTENCE = re.compile(r"[A-Z\"'(].*[.:?!][\"')]*", re.DOTALL)
_CODE_OR_REFERENCE = re.compile(r"PEP \d|\"[^\"]*\"$|[\w.]+\(.*\):$")
_ITEM = r"(?:\*|\d+\.|\[\d+\]) +"
_ITEM_START = re.compile("^" + _ITEM)
_TERM = re.compile(rf"^( *)(?! |{_ITEM}).*\n(?=\1 +\S)")
_FOOTNOTE = re.compile(r" ?\[\d+\](?=[\s.,;:)]|$)")
_EMPHASIS = re.compile(r"(?<![\w*\"'])(\*{1,2})(\w(?:[^*]*[^*\s])?)\1(?![\w*])")
_TYPOGRAPHY = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-"})


def manual_text() -> str:
    """The prose, one paragraph in each line, topics by name, no paragraph twice.

    The topics repeat each other; a paragraph in both parts of a split would show a
    model what it is to predict. Raises InputError where Python comes without the topics.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError as error:
        raise InputError(
            "python-manual: this Python comes without pydoc_data; open primer-en instead"
        ) from error
    paragraphs = (
        paragraph for name in sorted(topics) for paragraph in prose_paragraphs(topics[name])
    )
    return "".join(f"{paragraph}\n" for paragraph in dict.fromkeys(paragraphs))


def prose_paragraphs(topic: str) -> Iterator[str]:
    """The paragraphs of prose of one topic, each in one line."""
    for block in re.split(r"\n\s*\n", topic.translate(_TYPOGRAPHY)):
        # A term and its definition, indented below it, are one block; only the second is prose.
        # An item of a list may follow another without an empty line between them.
        for item in re.split(rf"\n(?= *{_ITEM})", block):
            if not _NOT_PROSE.search(item):
                paragraph = _without_marks(_join_lines(_TERM.sub("", item)))
                if _reads_as_prose(paragraph):
                    yield paragraph


def _join_lines(block: str) -> str:
    words = block.split()
    ends = {line.split()[-1] for line in block.splitlines() if re.search(r"\w-$", line)}
    joined = "".join(word if word in ends else f"{word} " for word in words)
    return joined.rstrip()


def _without_marks(paragraph: str) -> str:
    paragraph = _FOOTNOTE.sub("", _ITEM_START.sub("", paragraph))
    return _EMPHASIS.sub(r"\2", paragraph)


def _reads_as_prose(paragraph: str) -> bool:
    if len(paragraph.split()) < FEWEST_WORDS or not _SENTENCE.fullmatch(paragraph):
        return False
    letters = sum(character.isalpha() or character == " " for character in paragraph)
    return letters >= PROSE_SHARE * len(paragraph) and not _CODE_OR_REFERENCE.match(paragraph)
