"""The Generate pane in tests: the model, what was written, and a model that waits."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from pane_driver import PaneDriver

from seqtui.tui.panes.generate.form import SamplingForm
from seqtui.tui.panes.generate.pane import GeneratePane
from seqtui.tui.panes.generate.writers import Writer

TEXT = "to be or not to be, that is the question.\n" * 20


def pane_of(driver: PaneDriver) -> GeneratePane:
    return driver.app.query_one(GeneratePane)


async def ready(driver: PaneDriver, name: str = "-gram of text.txt") -> None:
    await driver.until(lambda: driver.line("writer").endswith(name))


async def write(driver: PaneDriver, tokens: int, key: str = "w") -> list[int]:
    """Press a key and wait until this many tokens are written; their ids."""
    await driver.press(key)
    await driver.until(
        lambda: f"{tokens:,} token{'s' * (tokens != 1)} · " in driver.line("writing-summary")
    )
    await driver.until(lambda: driver.table("written").row_count == tokens)
    writing = pane_of(driver)._writing
    assert writing is not None
    return [token.id for token in writing.tokens]


async def set_to(driver: PaneDriver, **values: str) -> None:
    driver.app.query_one(SamplingForm).show(values)
    await driver.pilot.pause()


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


async def slow_writer(driver: PaneDriver, *, neural: bool = False) -> Slow:
    """Have a model write that waits before each token."""
    pane = pane_of(driver)
    counted = pane._choice.loaded
    assert counted is not None
    model = Slow(len(counted.vocabulary))
    pane._choice.loaded = Writer("slow", model, counted.vocabulary, counted.options, neural)
    return model
