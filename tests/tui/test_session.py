"""What the session keeps of the run that trains, or is watched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from run_events import finished, report, silent_session, started

from seqtui.engine.runs.events import Event, Failed, Paused
from seqtui.engine.runs.history import STEPS
from seqtui.engine.settings.run_config import RunConfig
from seqtui.tui.session import Session

CONFIG = RunConfig(corpus="book")


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path))
    return Session(None, None)


def emit(session: Session, *events: Event, watched: bool = False) -> None:
    session.training = replace(silent_session(), outlives=watched)
    for event in events:
        session.training.events.put(event)
    session.drain_events()


def test_a_watched_run_that_is_reported_anew_has_each_point_once(session: Session) -> None:
    session.expect_run(CONFIG)
    emit(session, started(CONFIG), report(10, 3.0), report(20, 2.0), watched=True)
    resumed = replace(started(CONFIG), step=20)
    emit(session, resumed, report(10, 3.0), report(20, 2.0), report(30, 1.5), watched=True)
    assert session.history.train.x[STEPS] == [10, 20, 30]


def test_a_resumed_run_keeps_its_history_and_another_begins_one(
    session: Session, tmp_path: Path
) -> None:
    session.expect_run(CONFIG)
    emit(session, started(CONFIG, run=tmp_path), report(10, 3.0), finished(10, 3.0, "stopped"))
    before = session.history
    session.expect_run(CONFIG, resume=tmp_path)
    assert session.history is before
    assert session.history.phase == "waiting"
    session.expect_run(CONFIG)
    assert session.history.empty


def test_the_summary_is_read_from_the_history(session: Session) -> None:
    assert session.run_summary == ""
    session.expect_run(CONFIG)
    assert session.run_summary == "gru"
    emit(session, started(CONFIG))
    assert session.run_summary == "gru ▶"
    for event, summary in (
        (report(800, 2.0), "gru ▶ 0:40"),
        (Paused(800), "gru ‖"),
        (Failed("out of memory", "", 800), "gru ✗"),
        (finished(800, 2.0), "gru ■"),
    ):
        emit(session, event)
        assert session.run_summary == summary
    session.stop_watching()
    assert session.run_summary == ""
