"""Nobody waits for a terminal, and what it did not take is painted anew."""

from __future__ import annotations

import os
import pty
import select
import threading
import tty
from collections.abc import Iterator

import pytest

from seqtui.tui.terminal.output import ABORT, MOST_WAITING, TerminalOutput

SECONDS = 20
FRAME = "x" * 10_000


class FarSide:
    """A pseudo-terminal whose far side reads only when told to."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.lost, self.caught_up = threading.Event(), threading.Event()
        self.output = TerminalOutput(self.slave, self.lost.set, self.caught_up.set)

    def read_until(self, mark: bytes) -> bytes:
        read = b""
        while mark not in read:
            assert select.select([self.master], [], [], SECONDS)[0], read[-200:]
            read += os.read(self.master, 65536)
        return read


@pytest.fixture
def far_side() -> Iterator[FarSide]:
    each = FarSide()
    yield each
    each.output.close(0)


def test_what_is_written_arrives_in_order_as_utf8(far_side: FarSide) -> None:
    for word in ("a", "é中", "\ud800", "end"):
        far_side.output.write(word)
    assert far_side.read_until(b"end") == "aé中?end".encode()
    assert not far_side.caught_up.is_set()


def test_a_terminal_that_reads_again_gets_whole_writes_and_is_painted_anew(
    far_side: FarSide,
) -> None:
    for _ in range(50 * MOST_WAITING // len(FRAME)):
        far_side.output.write(f"<{FRAME}>")
    taken = b""
    while not far_side.caught_up.is_set():
        if select.select([far_side.master], [], [], 0.1)[0]:
            taken += os.read(far_side.master, 65536)
    far_side.output.write("anew")
    taken += far_side.read_until(b"anew")
    assert len(taken) < 3 * MOST_WAITING
    assert set(taken.removesuffix(b"anew").split(f"<{FRAME}>".encode())) == {b""}


def test_closing_a_terminal_that_takes_nothing_ends_and_restores_it(far_side: FarSide) -> None:
    far_side.output.write(FRAME * 10)
    assert os.read(far_side.master, 1) == b"x"  # the frame has begun
    far_side.output.drop()
    far_side.output.write("restored")
    far_side.output.close(0.2)
    assert far_side.read_until(b"restored").endswith(ABORT + b"restored")


def test_a_terminal_that_is_gone_is_reported_once_and_takes_everything(far_side: FarSide) -> None:
    os.close(far_side.master)
    far_side.output.write("a")
    assert far_side.lost.wait(SECONDS)
    far_side.lost.clear()
    far_side.output.write("b")
    far_side.output.close(SECONDS)
    assert not far_side.lost.is_set()
