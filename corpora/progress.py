"""How long work reports: `on_progress(done, total)` returns False to cancel it."""

from __future__ import annotations

from collections.abc import Callable

from seqtui.corpora.errors import Cancelled

OnProgress = Callable[[int, int], bool]
"""Called with what is done and the total, in one unit; False asks the work to end."""


def report(on_progress: OnProgress | None, done: int, total: int) -> None:
    """Call `on_progress`, if there is one. Raises Cancelled when it returns False."""
    if on_progress is not None and not on_progress(done, total):
        raise Cancelled


_WHOLE = 1_000_000


def part_of(on_progress: OnProgress | None, start: float, stop: float) -> OnProgress | None:
    """Reports of a piece of work as those of the whole, of which it is a share from `start`."""
    if on_progress is None:
        return None

    def tell(done: int, total: int) -> bool:
        share = start + (stop - start) * min(done / max(total, 1), 1.0)
        return on_progress(int(share * _WHOLE), _WHOLE)

    return tell
