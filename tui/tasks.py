"""Work in the background: submitted by a pane, delivered back on the interface's thread."""

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
"""Work that takes no longer is not told of: a word that comes and goes at once only distracts."""


class Task(Generic[T]):
    """One piece of background work with progress, cancel and a place to deliver to."""

    def __init__(
        self,
        label: str,
        then: Callable[[T], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.label = label
        self._then = then
        self._failed = failed
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
            return f"{self.label} …"
        eta = elapsed * (self._total - self._done) / self._done
        part = share(self._done / self._total)
        return f"{self.label} {part} {_('ETA')} {duration(eta)}"

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
