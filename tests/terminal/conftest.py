"""A terminal for each test, gone afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from terminal.terminal import Terminal


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Opens terminals with a home folder of the test's own."""
    opened: list[Terminal] = []

    def open_one(*arguments: str, **options: Any) -> Terminal:
        terminal = Terminal(arguments, home=tmp_path / "home", **options)
        opened.append(terminal)
        return terminal

    yield open_one
    for terminal in opened:
        terminal.end()
