"""Waiting until all processes of a run have come, and saying for whom one waits."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from torch.distributed import PrefixStore, TCPStore  # type: ignore[attr-defined]

from seqtui.corpora.errors import Cancelled, UserError, UserMessage, plural_message
from seqtui.engine.runs.request import Rank
from seqtui.engine.training.ranks import MEETING_VARIABLE

LOOK_SECONDS = 0.1
"""Time between two looks at who has come."""
TELL_SECONDS = 5.0
"""Who has not come by then is named."""
CONNECT_SECONDS = 1.0
"""How long one try to reach the port takes, in which no signal is heard."""

Tell = Callable[[UserMessage], object]
KeepGoing = Callable[[], bool]


class MeetingError(UserError, RuntimeError):
    """The processes of a run did not find each other."""


def meet(rank: Rank, tell: Tell, keep_going: KeepGoing) -> Any:
    """The store that all processes share, once all have come.

    `tell` gets a sentence when others are waited for. Raises MeetingError when one has not come
    in time, or the port cannot be had, and Cancelled when `keep_going` returns False.
    """
    wait = _Wait(rank, tell, keep_going)
    if not rank.serves:
        while not _reachable(rank):
            wait.go_on([0])
    try:
        found = TCPStore(
            rank.host,
            rank.port,
            rank.of,
            rank.serves,
            timedelta(seconds=rank.meeting_seconds),
            wait_for_workers=False,
        )
    except RuntimeError as error:
        raise MeetingError(
            "{host}:{port} cannot be used for the processes to meet ({reason}): choose another "
            "MASTER_PORT",
            host=rank.host,
            port=rank.port,
            reason=str(error).partition("\n")[0],
        ) from error
    store = PrefixStore(f"seqtui{rank.attempt}", found)
    store.set(f"here{rank.number}", "")
    while missing := [each for each in range(rank.of) if not store.check([f"here{each}"])]:
        wait.go_on(missing)
    return store


class _Wait:
    """The time since a process began to wait for others, and what it has said meanwhile."""

    def __init__(self, rank: Rank, tell: Tell, keep_going: KeepGoing) -> None:
        self._rank = rank
        self._tell = tell
        self._keep_going = keep_going
        self._began = time.monotonic()
        self._told: list[int] = []

    def go_on(self, missing: list[int]) -> None:
        """Wait a little for some; raises when it has been too long, or is not wanted any more."""
        if not self._keep_going():
            raise Cancelled("stopped before all processes had come")
        waited = time.monotonic() - self._began
        names: dict[str, Any] = {
            "missing": ", ".join(map(str, missing)),
            "of": self._rank.of,
            "host": self._rank.host,
            "port": self._rank.port,
            "seconds": self._rank.meeting_seconds,
            "variable": MEETING_VARIABLE,
        }
        if waited > self._rank.meeting_seconds:
            message = plural_message(
                "process {missing} of {of} (from 0) has not come to {host}:{port} within "
                "{seconds} s: start it, or wait longer with {variable}",
                "processes {missing} of {of} (from 0) have not come to {host}:{port} within "
                "{seconds} s: start them, or wait longer with {variable}",
                len(missing),
                **names,
            )
            raise MeetingError("{reason}", reason=message)
        if waited > TELL_SECONDS and missing != self._told:
            self._told = missing
            self._tell(
                plural_message(
                    "waiting for process {missing} of {of} (from 0) at {host}:{port}, "
                    "{seconds} s at most ({variable})",
                    "waiting for processes {missing} of {of} (from 0) at {host}:{port}, "
                    "{seconds} s at most ({variable})",
                    len(missing),
                    **names,
                )
            )
        time.sleep(LOOK_SECONDS)


def _reachable(rank: Rank) -> bool:
    try:
        socket.create_connection((rank.host, rank.port), CONNECT_SECONDS).close()
    except OSError:
        return False
    return True
