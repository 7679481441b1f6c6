"""Runs small enough for tests: a short text, a narrow network, a clock that does not wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from seqtui.corpora.corpus import Corpus, CorpusOptions, build_corpus
from seqtui.corpora.reading import Text
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.creating import new_run
from seqtui.engine.runs.events import Event, StepReport
from seqtui.engine.runs.run import Run
from seqtui.engine.settings.families import FAMILIES, MODELS
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.training.device import Device

if TYPE_CHECKING:
    from seqtui.engine.networks.own_model import OwnModel

COUNTED_MODELS = tuple(name for name in MODELS if FAMILIES[name].counted)
TRAINED_MODELS = tuple(name for name in MODELS if not FAMILIES[name].counted)
CPU = Device("cpu", "cpu", "asked for", "cpu")
T = TypeVar("T")


def small_corpus(tokens: int = 3_000, seed: int = 0, **options: Any) -> Corpus:
    """Words of a small language, joined by spaces; `tokens` characters."""
    rng = np.random.default_rng(seed)
    words = ["the", "time", "traveller", "came", "back", "again", "machine", "of", "a", "night"]
    text = " ".join(words[each] for each in rng.integers(0, len(words), tokens))[:tokens]
    source = Text("small", text, "utf-8", len(text), None)
    return build_corpus(source, CorpusOptions(**options))


def create_run(
    config: RunConfig, corpus: Corpus, folder: Path | None = None, own: OwnModel | None = None
) -> Run:
    """A new run that nobody trains."""
    with new_run(config, corpus, folder, own) as run:
        return run


def small_config(**changes: Any) -> RunConfig:
    """A run that takes well under a second."""
    settings: dict[str, Any] = {
        "corpus": "small.txt",
        "model": "gru",
        "hidden": 8,
        "batch_size": 4,
        "window": 10,
        "steps": 20,
        "evaluate_every": 5,
        "device": "cpu",
    }
    return RunConfig(**{**settings, **changes})


class Time:
    """A clock that is set by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Clock:
    """Every look at it takes a quarter of a second, so that every step is reported."""

    def __init__(self, tick: float = 0.25) -> None:
        self.now = 0.0
        self.tick = tick

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


@dataclass
class Listener:
    """Keeps events, and does something when one of a kind has come at a step."""

    events: list[Event] = field(default_factory=list)
    reactions: list[tuple[type[Any], int, Callable[[], object]]] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        for kind, step, react in self.reactions:
            if isinstance(event, kind) and getattr(event, "step", None) == step:
                react()

    def of(self, kind: type[T]) -> list[T]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def losses(self) -> dict[int, float]:
        """The training loss of each reported step."""
        return {report.step: report.loss for report in self.of(StepReport)}


def stopped_at(step: int) -> tuple[Listener, Control]:
    """A listener and a control that stop the run once it has reported a step."""
    control = Control()
    return Listener(reactions=[(StepReport, step, control.stop)]), control
