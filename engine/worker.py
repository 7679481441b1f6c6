"""The one module that owns the engine's threads: a worker with a queue of jobs, and training on it.

A worker's thread is a daemon and is joined with a time limit, so that nothing in it can keep
the process alive. Imports neither numpy nor torch; jobs import what they need on the thread.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqtui.corpora.errors import Cancelled, UserMessage
from seqtui.engine.runs.control import Control, RunControl
from seqtui.engine.runs.events import EventBuffer, Failed

if TYPE_CHECKING:
    from pathlib import Path

    from seqtui.engine.runs.request import RunRequest


LOOK_SECONDS = 0.5
"""Time between two looks at a run that another process writes."""
_WAY_GIVEN = 5
"""Niceness of a thread that gives way: about a third of the share of one that does not."""


class Job:
    """A function that waits, runs or has run on a worker's thread."""

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        on_done: Callable[[Job], None] | None,
    ) -> None:
        self._function = function
        self._arguments = arguments
        self._on_done = on_done
        self._ended = threading.Event()
        self.result: Any = None
        """What the function returned; None until then."""
        self.error: BaseException | None = None
        """What the function raised."""

    @property
    def done(self) -> bool:
        """Whether the function has returned or raised."""
        return self._ended.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Block until done, at most `timeout` seconds; returns `done`."""
        return self._ended.wait(timeout)

    def _run(self) -> None:
        try:
            self.result = self._function(*self._arguments)
        except BaseException as error:  # a worker outlives whatever its jobs raise
            self.error = error
        self._end()

    def _cancel(self) -> None:
        self.error = Cancelled("the worker was shut down")
        self._end()

    def _end(self) -> None:
        self._function, self._arguments = _nothing, ()  # lets go of what they hold
        self._ended.set()
        if self._on_done is not None:
            try:
                self._on_done(self)
            except Exception as error:
                self.error = self.error or error


def _nothing() -> None:
    pass


class Worker:
    """One daemon thread that runs jobs in the order they were submitted.

    `gives_way`: the thread, and those it starts, come after the screen's where cores are few.
    """

    def __init__(self, name: str, *, gives_way: bool = False) -> None:
        self._name = name
        self._gives_way = gives_way
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(
        self,
        function: Callable[..., Any],
        *args: Any,
        on_done: Callable[[Job], None] | None = None,
    ) -> Job:
        """Run `function(*args)` on the thread, after the jobs before it.

        `on_done(job)` is called on the worker's thread; what it raises becomes the job's error.
        """
        job = Job(function, args, on_done)
        with self._lock:
            closed = self._closed
            if not closed:
                self._jobs.put(job)
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                    self._thread.start()
        if closed:
            job._cancel()
        return job

    def shutdown(self, timeout: float) -> bool:
        """Take no more jobs, drop those that wait, let the current one end.

        Joins the thread for at most `timeout` seconds; True if it has ended.
        """
        with self._lock:
            self._closed = True
            self._jobs.put(None)
            thread = self._thread
        if thread is None:
            return True
        thread.join(timeout)
        return not thread.is_alive()

    def _work(self) -> None:
        if self._gives_way and sys.platform == "linux":  # elsewhere a thread has no priority
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _WAY_GIVEN)
        while (job := self._jobs.get()) is not None:
            if self._closed:
                job._cancel()
            else:
                job._run()


@dataclass(frozen=True, slots=True)
class TrainingSession:
    """A run in the background: its control, its events, whether it has ended."""

    job: Job
    control: RunControl
    events: EventBuffer
    leave: Callable[[], None]
    """What is done when the app is left; returns at once."""
    outlives: bool = False
    """Whether the run continues when this process ends: another process trains it."""


def start_training(worker: Worker, request: RunRequest) -> TrainingSession:
    """Train on the worker's thread.

    Whatever the engine raises, an out-of-memory included, arrives as a Failed event.
    """
    control, events = Control(attended=True), EventBuffer()
    job = worker.submit(_train, request, events, control)
    return TrainingSession(job, control, events, leave=control.leave)


def start_watching(worker: Worker, folder: Path) -> TrainingSession:
    """Follow, on the worker's thread, a run that another process writes, until it ends.

    Raises InputError if there is no run in the folder.
    """
    from seqtui.engine.runs.following import RunFollower
    from seqtui.engine.runs.remote_control import RemoteControl

    events, left = EventBuffer(), threading.Event()
    control = RemoteControl(folder, events.put)
    follower = RunFollower(folder)

    def follow() -> None:
        try:
            while not (follower.ended or left.is_set()):
                for event in follower.poll():
                    control.observe(event)
                    events.put(event)
                left.wait(LOOK_SECONDS)
        except BaseException as error:
            message = UserMessage("the run cannot be watched any more: {reason}", reason=error)
            events.put(Failed(message, traceback.format_exc(), 0))
            raise

    return TrainingSession(worker.submit(follow), control, events, leave=left.set, outlives=True)


def _train(request: RunRequest, events: EventBuffer, control: Control) -> dict[str, Any]:
    try:
        from seqtui.engine.launch import launch
    except BaseException as error:  # torch cannot be imported: `launch` emits all other failures
        events.put(Failed(str(error) or type(error).__name__, traceback.format_exc(), 0))
        raise
    return launch(request, events.put, control)
