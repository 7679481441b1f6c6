"""Asking a run of another process: lines in its folder's control.jsonl, read by its loop.

The asking side appends a line; the writer of the run looks once a second, between two steps and
in long work. A folder on a shared disk is enough, no connection is needed.
"""

from __future__ import annotations

import json
import math
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from seqtui.corpora.errors import InputError, UserMessage, plural_message
from seqtui.corpora.files import append, open_file
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import Event, Notice, Paused, Resumed, Started
from seqtui.engine.runs.folder import CONTROL
from seqtui.engine.runs.lock import holder, touch
from seqtui.engine.settings.typed_json import parse

POLL_SECONDS = 1.0
"""The loop looks no more often: on a shared disk a look costs a round trip."""
BEAT_SECONDS = 10.0
"""Time between two signs of life, for who follows the run from another host."""
READ_BYTES = 65_536
"""Read in one look; a longer line is no request."""


class ControlFile:
    """The writer's side: call it often; once a second it looks, and passes requests on.

    Lines that stand there already were meant for an earlier process, and are left alone.
    """

    def __init__(
        self,
        folder: Path,
        control: Control,
        emit: Callable[[Event], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._control = control
        self._emit = emit
        self._clock = clock
        self._known: set[str] = set()
        self._offset = 0
        self._read(skip=True)
        self._look_at = self._beat_at = clock()

    def __call__(self) -> None:
        """Look, if it is time."""
        now = self._clock()
        if now < self._look_at:
            return
        self._look_at = now + POLL_SECONDS
        if now >= self._beat_at:
            self._beat_at = now + BEAT_SECONDS
            touch(self._folder)
        strange = sum(not self._obey(line) for line in self._read())
        if strange:
            self._emit(
                Notice(
                    plural_message(
                        "{file}: {count} unknown request was ignored",
                        "{file}: {count} unknown requests were ignored",
                        count=strange,
                        file=CONTROL,
                    )
                )
            )

    def _read(self, skip: bool = False) -> list[bytes]:
        """The whole lines since the last look; with `skip` they are passed over."""
        try:
            with open_file(self._folder / CONTROL) as file:
                size = os.fstat(file.fileno()).st_size
                if skip or size <= self._offset:
                    self._offset = size
                    return []
                data = os.pread(file.fileno(), READ_BYTES, self._offset)
        except (InputError, OSError):
            return []  # no requests yet
        end = data.rfind(b"\n") + 1
        if not end and len(data) == READ_BYTES:
            end = READ_BYTES
        self._offset += end
        return [line for line in data[:end].split(b"\n") if line.strip()]

    def _obey(self, line: bytes) -> bool:
        """Pass a line on, once; whether it is a request."""
        try:
            data = parse(line)
        except ValueError:
            return False
        if not isinstance(data, dict) or not isinstance(data.get("id"), str):
            return False
        if data["id"] in self._known:
            return True
        control = self._control
        match data:
            case {"ask": "stop"}:
                control.stop()
            case {"ask": "pause"}:
                control.pause()
            case {"ask": "resume"}:
                control.resume()
            case {"ask": "save"}:
                control.save()
            case {"ask": "learning_rate", "value": int() | float() as rate} if _finite(rate):
                control.set_learning_rate(float(rate))
            case {
                "ask": "sample",
                "prefix": str() as prefix,
                "temperature": int() | float() as temperature,
            } if _finite(temperature):
                control.sample(prefix, float(temperature))
            case _:
                return False
        self._known.add(data["id"])
        return True


def _finite(value: float) -> bool:
    try:
        return not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


class RemoteControl:
    """The requesting side. A request that fails becomes a Notice; nothing is raised."""

    def __init__(self, folder: Path, emit: Callable[[Event], None]) -> None:
        self._folder = folder
        self._emit = emit
        self._paused = False

    @property
    def paused(self) -> bool:
        """Whether the run is paused, or was asked to."""
        return self._paused

    def observe(self, event: Event) -> None:
        """Learn from an event whether the run is paused."""
        if isinstance(event, Paused):
            self._paused = True
        elif isinstance(event, Resumed | Started):
            self._paused = False

    def pause(self) -> None:
        """Ask it to pause before its next step."""
        self._paused = self._ask("pause")

    def resume(self) -> None:
        """Ask it to resume."""
        self._paused = not self._ask("resume")

    def stop(self) -> None:
        """Ask it to end, saved."""
        self._ask("stop")

    def save(self) -> None:
        """Ask for a `last` checkpoint."""
        self._ask("save")

    def set_learning_rate(self, learning_rate: float) -> None:
        """Ask for another learning rate."""
        self._ask("learning_rate", value=learning_rate)

    def sample(self, prefix: str, temperature: float) -> None:
        """Ask for a text from its current weights."""
        self._ask("sample", prefix=prefix, temperature=temperature)

    def save_in(self, folder: Path | None) -> None:
        """Nothing: only the process that trains a run is asked for another folder."""

    def _ask(self, request: str, **more: object) -> bool:
        """Append a line; whether it was written."""
        if holder(self._folder) is None:
            self._emit(
                Notice(
                    UserMessage(
                        "{run}: no process is training this run any more", run=self._folder.name
                    )
                )
            )
            return False
        line = json.dumps({"id": uuid.uuid4().hex, "ask": request, **more}) + "\n"
        try:
            append(self._folder / CONTROL, line.encode())
        except OSError as error:
            self._emit(
                Notice(
                    UserMessage(
                        "{file} cannot be written: {reason}",
                        file=CONTROL,
                        reason=error.strerror or error,
                    )
                )
            )
            return False
        return True
