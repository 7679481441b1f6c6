"""Following a run that another process writes, through its folder: the same events, a bit later.

The writer never waits for who follows, and need not know of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.corpora.files import open_file
from seqtui.engine.runs.events import Event, Failed, Finished, Notice, StepReport
from seqtui.engine.runs.folder import DESCRIPTION, LOCK, LOG, METRICS
from seqtui.engine.runs.lock import holder
from seqtui.engine.runs.metrics import event_of_line, lines_of
from seqtui.engine.runs.run import Run, open_run

READ_BYTES = 1_000_000
"""Read of metrics.jsonl at once: some thousand lines, a tenth of a second of work."""
GONE_SECONDS = 2.0
"""How long a run that says it trains may be without a writer: for a moment none holds the lock."""
SILENT_SECONDS = 60.0
"""A writer on another host gives a sign of life every ten; one that gave none for so long is
taken for dead."""

Sign = tuple[int, int, int]
"""File number, size and time of the last change: what differs once a file was written."""


class RunFollower:
    """Reads a run's events since the last poll, whichever process writes or wrote it.

    `poll` gives Started first, and again, followed by everything, when the run was taken up
    anew; Finished or Failed last. Raises InputError if there is no run to begin with.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.run: Run = open_run(folder)
        self.ended = False
        """Whether the run has ended and its last event was read."""
        self.behind = False
        """Whether more can be read at once."""
        self.trouble = ""
        """Why it looks dead, empty while it does not."""
        self._clock = clock
        self._run_sign: Sign | None = None
        self._metrics_sign: Sign | None = None
        self._offset = 0
        self._attempt: str | None = None
        self._step = 0
        self._heard: dict[str, Sign | None] = {}
        self._heard_at = clock() - _age(self.run.path)
        self._unheld_since: float | None = None

    def poll(self) -> list[Event]:
        """The events since the last call, in order; none once the run has ended."""
        if self.ended:
            return []
        self._reread()
        status = self.run.status
        if status == "running" and self.run.started is None:
            return self._troubled()
        events, all_read = self._new_events()
        self.behind = not all_read
        for event in events:
            self._step = max(self._step, getattr(event, "step", 0))
        if status == "running":
            return events + self._troubled()
        if all_read:
            self.ended = True
            events.append(self._ending())
        return events

    @property
    def gone(self) -> bool:
        """Whether certainly no process writes the run: it was on this host, or has ended."""
        return bool(self.trouble) and holder(self.run.path) is None

    def _reread(self) -> None:
        """Read run.json if it was written; before the metrics, so that its end has all of them."""
        sign = _sign(self.run.path / DESCRIPTION)
        if sign is not None and sign != self._run_sign:
            with suppress(InputError):
                self.run = open_run(self.run.path)
                self._run_sign = sign

    def _new_events(self) -> tuple[list[Event], bool]:
        """The events of the lines that are new, and whether there are no more."""
        path = self.run.path / METRICS
        events: list[Event] = []
        sign = _sign(path)
        replaced = self._metrics_sign is not None and (
            sign is None or sign[0] != self._metrics_sign[0] or sign[1] < self._offset
        )
        self._metrics_sign = sign
        if replaced or self._attempt != self.run.started_at:
            self._attempt, self._offset, self._step = self.run.started_at, 0, 0
            if self.run.started is not None:
                events.append(self.run.started)
        if sign is None or sign[1] <= self._offset:
            return events, True
        try:
            with open_file(path) as file:
                file.seek(self._offset)
                data = file.read(READ_BYTES)
        except (InputError, OSError):
            return events, True
        whole = data.rfind(b"\n") + 1
        if not whole and len(data) == READ_BYTES:
            whole = READ_BYTES  # no line of a run is so long
        self._offset += whole
        for line in lines_of(data[:whole]):
            event = event_of_line(line, self.run.path)
            if event is not None:
                events.append(event)
        return events, len(data) < READ_BYTES

    def _ending(self) -> Event:
        run = self.run
        if run.status == "failed":
            return Failed(run.failure or f"see {run.path / LOG}", "", self._step)
        reason: Literal["done", "stopped"] = "stopped" if run.status == "stopped" else "done"
        document = run.document or {}
        steps = document.get("steps")
        return Finished(steps if isinstance(steps, int) else self._step, reason, document)

    def _troubled(self) -> list[Event]:
        """Look for the writer; a Notice when it begins, or ceases, to look dead."""
        before, self.trouble = self.trouble, self._look_for_writer()
        if self.trouble == before:
            return []
        return [Notice(self.trouble or UserMessage("the run is trained again"))]

    def _look_for_writer(self) -> str:
        now = self._clock()
        heard = {name: _sign(self.run.path / name) for name in (METRICS, DESCRIPTION, LOCK)}
        if self._heard and heard != self._heard:
            self._heard_at = now
        self._heard = heard
        writer = holder(self.run.path)
        if writer is None:
            self._unheld_since = now if self._unheld_since is None else self._unheld_since
            if now - self._unheld_since < GONE_SECONDS:
                return self.trouble
            return UserMessage(
                "looks dead: no process is training it; `seqtui train --resume {run}` resumes it",
                run=self.run.name,
            )
        self._unheld_since = None
        if writer.here or now - self._heard_at < SILENT_SECONDS:
            return ""
        return UserMessage(
            "looks dead: {writer} has written nothing for a minute or more", writer=writer.name
        )


def thinned(events: list[Event], most: int) -> list[Event]:
    """The events with about `most` of the step reports, spread evenly, the last among them."""
    reports = [place for place, event in enumerate(events) if isinstance(event, StepReport)]
    if len(reports) <= most:
        return events
    stride = -(-len(reports) // most)
    kept = set(reports[::-1][::stride])
    return [
        event
        for place, event in enumerate(events)
        if place in kept or not isinstance(event, StepReport)
    ]


def _sign(path: Path) -> Sign | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _age(folder: Path) -> float:
    """Seconds since the run was written, by the clocks of both hosts."""
    times = [
        sign[2] / 1e9
        for name in (METRICS, DESCRIPTION, LOCK)
        if (sign := _sign(folder / name)) is not None
    ]
    return max(time.time() - max(times, default=time.time()), 0.0)
