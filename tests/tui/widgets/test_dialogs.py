"""The dialogs: the help."""

from __future__ import annotations

from seqtui.tui.actions import actions_of
from seqtui.tui.widgets.dialogs import HELP_CELLS, help_words


def test_long_help_continues_beside_the_keys() -> None:
    lines = [line.rstrip() for line in help_words("train").plain.split("\n")]
    at = next(i for i, line in enumerate(lines) if "Compare rnn-scratch" in line)
    assert lines[at + 1].startswith(" " * 12)
    whole = next(each.tooltip for each in actions_of("train") if "rnn-scratch" in each.tooltip)
    assert " ".join(f"{lines[at][12:]} {lines[at + 1]}".split()) == whole
    actions = [line for line in lines if line.startswith("  ")][:-1]
    assert max(len(line) for line in actions) <= 12 + HELP_CELLS
