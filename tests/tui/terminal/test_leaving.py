"""The end from outside comes in time, whatever the process does."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from seqtui.tui.terminal.leaving import LAST_SECONDS, LEAVE_SECONDS, handled

GRACE = 5

PROGRAM = """
import signal, sys, time
from seqtui.tui.terminal.leaving import Leaving, handled
def leave(code):
    print("asked", code, flush=True)
    {leave}
def give_back():
    print("given back", flush=True)
    {give_back}
leaving = Leaving(leave, give_back)
with handled((signal.SIGTERM, signal.SIGHUP), lambda number, frame: leaving.begin(number)):
    print("ready", flush=True)
    while True:
        {work}
"""


@pytest.mark.parametrize(
    ("work", "leave", "give_back"),
    [
        ("pass", "pass", "pass"),
        ("time.sleep(3600)", "pass", "pass"),
        ("pass", "raise RuntimeError", "raise RuntimeError"),
        ("pass", "pass", "time.sleep(3600)"),
        ("pass", "time.sleep(3600)", "pass"),
    ],
    ids=["busy", "asleep", "failing", "terminal blocks", "app blocks"],
)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_process_that_does_not_leave_is_ended_with_the_signals_code(
    number: signal.Signals, work: str, leave: str, give_back: str
) -> None:
    program = PROGRAM.format(work=work, leave=leave, give_back=give_back)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    said, _ = process.communicate(timeout=LEAVE_SECONDS + LAST_SECONDS + GRACE)
    assert process.returncode == 128 + number
    assert said.startswith(f"asked {128 + number}\n")


def test_a_signal_that_is_ignored_stays_so_and_handlers_are_put_back() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        outer = signal.getsignal(signal.SIGTERM)
        with handled((signal.SIGHUP, signal.SIGTERM), lambda number, frame: None):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is not outer
        assert signal.getsignal(signal.SIGTERM) is outer
    finally:
        signal.signal(signal.SIGHUP, before)
