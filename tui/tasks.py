"""Work in the background: its result is delivered on the interface's thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from seqtui.corpora.errors import Cancelled
from seqtui.tui.numbers import duration, share
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.engine.worker import Job, Worker

T = TypeVar("T")

QUIET_SECONDS = 0.3
"""Work that takes no longer is not shown: a word that comes and goes at once only distracts."""


class Task(Generic[T]):
    """One piece of background work with progress, cancel and a place to deliver to."""

    def __init__(
        self,
        label: str,
        then: Callable[[T], None],
        failed: Callable[[BaseException], None],
        *,
        lasting: bool = False,
    ) -> None:
        self._label = label
        self._then = then
        self._failed = failed
        self.lasting = lasting
        """Whether it continues, without progress on screen, when another corpus is opened."""
        self._done = 0
        self._total = 0
        self._started = time.monotonic()
        self._cancelled = False
        self._delivered = False
        self._job: Job | None = None

    def start(self, worker: Worker, function: Callable[..., T], *arguments: Any) -> None:
        """Hand `function(*arguments)` to a worker's thread."""
        self._job = worker.submit(function, *arguments)

    def keep_going(self, done: int, total: int) -> bool:
        """The `on_progress` of the work; called on the worker's thread."""
        self._done, self._total = done, total
        return not self._cancelled

    @property
    def cancelled(self) -> bool:
        """Whether nothing will be delivered."""
        return self._cancelled

    @property
    def under_way(self) -> bool:
        """Whether something is still to be delivered."""
        return not (self._cancelled or self._delivered)

    def cancel(self) -> None:
        """Ask the work to end; nothing is delivered any more."""
        self._cancelled = True

    @property
    def progress(self) -> str:
        """`counting 3-grams 45 % ETA 0:03`, once it takes longer than a second."""
        elapsed = time.monotonic() - self._started
        if elapsed < QUIET_SECONDS:
            return ""
        if elapsed < 1 or not self._total or not self._done:
            return f"{self._label} …"
        eta = elapsed * (self._total - self._done) / self._done
        return _("{work} {part} ETA {time}").format(
            work=self._label, part=share(self._done / self._total), time=duration(eta)
        )

    def deliver(self) -> bool:
        """If the work has ended, hand over its result on this thread and return True."""
        if self._job is None or not self._job.done:
            return False
        self._delivered = True
        if not self._cancelled:
            error = self._job.error
            if error is None:
                self._then(self._job.result)
            elif not isinstance(error, Cancelled):
                self._failed(error)
        return True


class Tasks:
    """All background work of a session. Belongs to the interface's thread, knows no widget."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._tasks: list[Task[Any]] = []
        self._failed: Callable[[BaseException], None] = _raise
        self._changed: Callable[[], None] = _nothing

    def attach(
        self, *, failed: Callable[[BaseException], None], changed: Callable[[], None]
    ) -> None:
        """Name who shows a failure, and who is called when work was started or delivered."""
        self._failed, self._changed = failed, changed

    def start(
        self,
        label: str,
        function: Callable[..., T],
        *arguments: Any,
        then: Callable[[T], None],
        failed: Callable[[BaseException], None] | None = None,
        worker: Worker | None = None,
        lasting: bool = False,
    ) -> Task[T]:
        """Run `function(*arguments, keep_going)` on a worker's thread; `then` gets its result.

        The text worker's, unless another is named. `label` says what is done, in the user's
        language. Without `failed`, an error goes to the one who was attached.
        """
        task = Task(label, then, failed or self._failed, lasting=lasting)
        task.start(worker or self._worker, function, *arguments, task.keep_going)
        self._tasks.append(task)
        self._changed()
        return task

    def tell(self, error: BaseException) -> None:
        """Show an error as that of work for which nobody else shows it."""
        self._failed(error)

    @property
    def waiting(self) -> bool:
        """Whether anything is still to be delivered."""
        return bool(self._tasks)

    @property
    def progress(self) -> str:
        """The progress of what was started last, as it is shown; empty for none."""
        seen = [task.progress for task in self._tasks if not task.lasting]
        return seen[-1] if seen else ""

    def deliver(self) -> None:
        """Hand over what has ended."""
        delivered = [task for task in self._tasks if task.deliver()]
        self._tasks = [task for task in self._tasks if task not in delivered]
        self._changed()

    def cancel(self) -> None:
        """Cancel all work but what lasts."""
        for task in self._tasks:
            if not task.lasting:
                task.cancel()


def _raise(error: BaseException) -> None:
    raise error


def _nothing() -> None:
    pass
