from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from seqtui.engine.runs.events import Event, EventBuffer, Notice, StepReport


def report(step: int) -> StepReport:
    return StepReport(step, step, 0.0, 1.0, 0.1, 1.0, 1.0, 0.0, 1.0, None, 0.0)


def test_events_come_out_in_the_order_they_went_in_and_once() -> None:
    buffer = EventBuffer()
    events: list[Event] = [report(1), Notice("a"), report(2), Notice("b")]
    for event in events:
        buffer.put(event)
    assert buffer.drain() == events
    assert buffer.drain() == []


@given(st.lists(st.booleans(), max_size=300), st.integers(2, 20))
def test_only_step_reports_are_thinned_and_the_newest_stays(
    kinds: list[bool], capacity: int
) -> None:
    buffer = EventBuffer(capacity)
    events = [report(n) if is_report else Notice(str(n)) for n, is_report in enumerate(kinds)]
    for event in events:
        buffer.put(event)
    left = buffer.drain()
    reports = [event for event in left if isinstance(event, StepReport)]
    assert [e for e in left if isinstance(e, Notice)] == [e for e in events if type(e) is Notice]
    assert len(reports) <= capacity
    assert left == [event for event in events if event in left]
    if any(kinds):
        assert reports[-1] == [event for event in events if type(event) is StepReport][-1]


def test_a_flooding_thread_loses_no_notice_and_does_not_grow_the_buffer() -> None:
    buffer = EventBuffer(capacity=64)

    def flood() -> None:
        for number in range(50_000):
            buffer.put(report(number))
            if number % 100 == 0:
                buffer.put(Notice(str(number)))

    thread = threading.Thread(target=flood)
    thread.start()
    drained: list[Event] = []
    largest = 0
    while thread.is_alive():
        batch = buffer.drain()
        largest = max(largest, sum(isinstance(event, StepReport) for event in batch))
        drained += batch
    thread.join()
    drained += buffer.drain()
    notices = [event.text for event in drained if isinstance(event, Notice)]
    assert notices == [str(number) for number in range(0, 50_000, 100)]
    assert largest <= 64
    steps = [event.step for event in drained if isinstance(event, StepReport)]
    assert steps == sorted(steps)
    assert steps[-1] == 49_999
