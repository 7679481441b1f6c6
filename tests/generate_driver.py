"""The Generate pane in tests: the model, what was written, and a model that waits."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from pane_driver import PaneLab

from seqtui.tui.panes.generate.form import SamplingForm
from seqtui.tui.panes.generate.pane import GeneratePane
from seqtui.tui.panes.generate.writers import Writer

TEXT = "to be or not to be, that is the question.\n" * 20


def pane_of(lab: PaneLab) -> GeneratePane:
    return lab.app.query_one(GeneratePane)


async def ready(lab: PaneLab, name: str = "-gram of text.txt") -> None:
    await lab.until(lambda: lab.line("writer").endswith(name))


async def write(lab: PaneLab, tokens: int, key: str = "w") -> list[int]:
    """Press a key and wait until this many tokens are written; their ids."""
    await lab.press(key)
    await lab.until(
        lambda: f"{tokens:,} token{'s' * (tokens != 1)} · " in lab.line("writing-summary")
    )
    await lab.until(lambda: lab.table("written").row_count == tokens)
    writing = pane_of(lab)._writing
    assert writing is not None
    return [token.id for token in writing.tokens]


async def set_to(lab: PaneLab, **values: str) -> None:
    lab.app.query_one(SamplingForm).show(values)
    await lab.pilot.pause()


class Slow:
    """A model of one token that writes when it is let."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.let = threading.Semaphore(0)

    def start(self, prefix: Any) -> Slow:
        return self

    @property
    def log_probs(self) -> Any:
        self.let.acquire(timeout=30)
        return np.full(self.size, -np.log(self.size))

    def advance(self, token: int) -> Slow:
        return self


async def slow_writer(lab: PaneLab, *, neural: bool = False) -> Slow:
    """Have a model write that waits before each token."""
    pane = pane_of(lab)
    counted = pane._choice.loaded
    assert counted is not None
    model = Slow(len(counted.vocabulary))
    pane._choice.loaded = Writer("slow", model, counted.vocabulary, counted.options, neural)
    return model
