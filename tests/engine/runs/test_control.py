from __future__ import annotations

import os
import signal
import threading

import pytest

from seqtui.engine.runs.control import Control, LearningRateRequest, SampleRequest, SaveRequest


def test_requests_are_served_in_order_and_once() -> None:
    control = Control()
    control.save()
    control.set_learning_rate(0.1)
    control.sample("time", 0.5)
    assert control.poll() == [SaveRequest(), LearningRateRequest(0.1), SampleRequest("time", 0.5)]
    assert control.poll() == []


def test_long_work_goes_on_until_stop() -> None:
    control = Control()
    assert control.keep_going(1, 2)
    control.stop()
    assert control.stopping
    assert not control.keep_going(1, 2)


@pytest.mark.parametrize("wake", ["resume", "stop", "save"])
def test_a_pause_waits_until_something_is_asked(wake: str) -> None:
    control = Control()
    control.pause()
    still_paused: list[bool] = []
    thread = threading.Thread(target=lambda: still_paused.append(control.wait_while_paused()))
    thread.start()
    getattr(control, wake)()
    thread.join(10)
    assert still_paused == [wake == "save"]


def test_a_stop_ends_a_pause_that_comes_after_it() -> None:
    control = Control()
    control.stop()
    control.pause()
    assert not control.paused
    assert not control.wait_while_paused()


def test_a_signal_handler_may_stop_the_run_it_interrupts() -> None:
    control = Control()
    before = signal.signal(signal.SIGUSR1, lambda *_: control.stop())
    try:
        control.pause()
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        assert not control.wait_while_paused()
    finally:
        signal.signal(signal.SIGUSR1, before)
