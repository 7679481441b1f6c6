"""How much memory is there to be had, so that long work is refused in words and not by the system.

On Linux: what the kernel calls available, what the control group of a container or a batch job
leaves, and what `ulimit -v` does. Elsewhere it is not known, and nothing is refused.
"""

from __future__ import annotations

import resource
from pathlib import Path

from seqtui.corpora.errors import InputError

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")
_STATM = Path("/proc/self/statm")


def available_memory() -> int | None:
    """Bytes that this process may still take; None where the system does not report it."""
    found = [each for each in (_of_system(), _of_group(), _of_process()) if each is not None]
    return min(found, default=None)


def require_memory(needed: int, work: str, remedy: str) -> None:
    """Raise InputError when fewer bytes are free than a piece of work needs."""
    available = available_memory()
    if available is not None and needed > available:
        raise InputError(
            "{work} may need {needed:.1f} GB and {free:.1f} GB are free; {remedy}",
            work=work,
            needed=needed / 1e9,
            free=available / 1e9,
            remedy=remedy,
        )


def _of_system() -> int | None:
    try:
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    except (OSError, ValueError, IndexError):
        pass
    return None


def _of_group() -> int | None:
    """What is left below the limit; what the group holds only as cache can be had too."""
    try:
        limit = int((_GROUP / "memory.max").read_text())  # `max`, without a limit, is no number
        used = int((_GROUP / "memory.current").read_text())
        cached = 0
        for line in (_GROUP / "memory.stat").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name in ("inactive_file", "active_file"):
                cached += int(value)
    except (OSError, ValueError):
        return None
    return max(limit - used + cached, 0)


def _of_process() -> int | None:
    """What is left of the address space, where that is limited."""
    try:
        limit, _highest = resource.getrlimit(resource.RLIMIT_AS)
        used = int(_STATM.read_text().split()[0]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return None
    return None if limit == resource.RLIM_INFINITY else max(limit - used, 0)
