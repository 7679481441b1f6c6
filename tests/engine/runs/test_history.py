"""The one fold of a run's events: its state, and a version that grows with every change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from run_events import evaluated, finished, report, started

from seqtui.engine.runs.events import Event, Failed, Notice, Paused, Resumed, Sampled, Saved
from seqtui.engine.runs.history import History
from seqtui.engine.settings.run_config import RunConfig

CONFIG = RunConfig(corpus="book")
EVENTS: list[Event] = [
    started(CONFIG),
    report(10, 3.0),
    evaluated(10, 2.0),
    Sampled(10, "to be", 0.8),
    Saved(10, "last", Path("last.safetensors")),
    Notice("the disk is full"),
    Paused(10),
    Resumed(10),
    Failed("out of memory", "", 10),
    finished(10, 2.0),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_makes_another_version(event: Event) -> None:
    history = History()
    before = history.version
    history.add(event)
    assert history.version > before


def test_what_is_asked_of_a_run_makes_another_version_too() -> None:
    history = History()
    history.expect(500)
    assert (history.phase, history.steps_total, history.version) == ("waiting", 500, 1)
    history.stop_requested()
    assert (history.phase, history.version) == ("stopping", 2)


def test_a_resumed_run_drops_what_came_after_its_checkpoint() -> None:
    history = History()
    for event in (started(CONFIG), report(10, 3.0), report(20, 2.0)):
        history.add(event)
    assert not history.empty
    history.expect(1_000)
    history.add(started(CONFIG))  # from step 0
    assert history.empty


def test_a_resumed_run_drops_a_best_that_came_after_its_checkpoint() -> None:
    history = History()
    history.add(started(CONFIG))
    for event in (evaluated(10, 3.0), evaluated(20, 2.0), evaluated(30, 2.5, best=False)):
        history.add(event)
    history.add(replace(started(CONFIG), step=15))
    assert history.best == history.evaluated == evaluated(10, 3.0)
    history.add(evaluated(20, 3.5, best=False))
    assert history.best == evaluated(10, 3.0)


def test_a_run_that_was_saved_elsewhere_is_there() -> None:
    history = History()
    history.add(started(CONFIG, run=Path("/full/run")))
    end = finished(10, 2.0)
    end.document["run"] = "/other/run"
    history.add(end)
    assert history.started is not None
    assert history.started.run == Path("/other/run")
