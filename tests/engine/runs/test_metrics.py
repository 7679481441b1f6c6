from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.engine.evaluation import EvaluatedText, Evaluation
from seqtui.engine.runs.events import (
    Evaluated,
    Event,
    Failed,
    Notice,
    Paused,
    Resumed,
    Sampled,
    Saved,
    StepReport,
)
from seqtui.engine.runs.metrics import Recorder, event_of, forget_after, read_events, record

OF = EvaluatedText("held-out", "aa", "bb", 100, True)
REPORT = StepReport(3, 96, 1.5, 2.25, 0.005, 1.5, 1.0, 0.5, 1234.5, None, 0.25)
KEPT: list[Event] = [
    REPORT,
    Evaluated(3, Evaluation(200.5, 99, 0, "carried", OF), True),
    Evaluated(4, Evaluation(math.inf, 99, 2, "most-context", OF, True), False),
    Sampled(5, "the \x1b[2J time\n", 0.8),
    Notice("disk full"),
    Saved(5, "best", Path("best.safetensors")),
    Paused(6),
    Resumed(6),
]


@pytest.mark.parametrize("event", KEPT)
def test_what_is_kept_comes_back_from_json(event: Event) -> None:
    text = json.dumps(record(event), allow_nan=False)
    assert event_of(json.loads(text)) == event


def test_other_events_are_told_once() -> None:
    assert record(Failed("out of memory", "", 3)) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["event", "step", "loss", "evaluation", "of"]), inner)
    ),
    max_leaves=8,
)


@given(JSON)
def test_whatever_a_line_holds_it_is_an_event_or_none(data: object) -> None:
    event_of(data)


@pytest.mark.parametrize(
    "change",
    [
        {"step": "3"},
        {"step": True},
        {"step": 10**400},
        {"loss": None},
        {"surprise": 1},
        {"event": "gone"},
    ],
)
def test_a_line_with_values_of_another_type_is_no_event(change: dict[str, object]) -> None:
    assert event_of({**(record(REPORT) or {}), **change}) is None


def test_torn_and_foreign_lines_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    good = json.dumps(record(REPORT))
    path.write_bytes(f"{good}\nnot json\n{'[' * 10_000}\n\xff\n{good}\n{good[:20]}".encode())
    assert list(read_events(path)) == [REPORT, REPORT]
    assert list(read_events(tmp_path / "missing")) == []


def test_a_recorder_keeps_lines_and_tells_everything(tmp_path: Path) -> None:
    path, told = tmp_path / "metrics.jsonl", list[Event]()
    recorder = Recorder(path, told.append)
    kept = [event for event in KEPT if not isinstance(event, Saved)]
    saved, failed = Saved(5, "last", tmp_path / "last.safetensors"), Failed("no", "", 5)
    for event in [*kept, saved, failed]:
        recorder.emit(event)
    assert told == [*kept, saved, failed]
    assert list(read_events(path)) == [*kept, saved]


def test_a_folder_that_cannot_be_written_is_told_once_and_events_go_on(tmp_path: Path) -> None:
    folder, told = tmp_path / "run", list[Event]()
    recorder = Recorder(folder / "metrics.jsonl", told.append)
    recorder.emit(REPORT)
    recorder.emit(REPORT)
    assert [type(event) for event in told] == [StepReport, Notice, StepReport]
    folder.mkdir()
    recorder.emit(REPORT)
    recorder.emit(REPORT)
    assert list(read_events(folder / "metrics.jsonl")) == [REPORT, REPORT]


def test_a_resumed_run_forgets_what_it_will_tell_again(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    recorder = Recorder(path, lambda event: None)
    for event in KEPT:
        recorder.emit(event)
    with path.open("a") as file:
        file.write('{"event": "step", "st')
    forget_after(path, 6, 6)
    assert not any(isinstance(event, Paused | Resumed) for event in read_events(path))
    forget_after(path, 3, 3)
    assert list(read_events(path)) == [KEPT[0], KEPT[1], KEPT[4]]
    assert path.read_text().endswith("}\n")
