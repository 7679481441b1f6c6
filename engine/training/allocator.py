"""How the C library treats the memory of tensors that were let go of (glibc only).

A training step takes and lets go of the same large tensors again and again. Left alone, glibc
gives such memory back to the system at once, so that each step pays for fresh, zeroed pages:
about 44,000 page faults a step for an LSTM of 2 x 512 (64 x 64 tokens, bfloat16). With memory
kept in one arena there are none, and such a step takes about four fifths of the time; smaller
networks gain less.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Parameters of mallopt(3)."""
_KEPT_BYTES = 2**30
"""Free memory that may stay at the end of the heap, and the size from which a block is mapped."""
_GIVEN_BACK_BYTES = 2**25
"""The same outside of training: the largest values that glibc itself would come to."""


def share_one_arena() -> None:
    """Have every thread take memory from the heap; to be called before there are threads.

    An arena of a thread's own is made of pieces of 64 MB, too small for the tensors of a large
    step, and whatever does not fit is mapped and unmapped each time.
    """
    if "MALLOC_ARENA_MAX" not in os.environ:  # else the user has chosen
        _adjust(_ARENA_MAX, 1)


@contextmanager
def memory_kept() -> Iterator[None]:
    """Keep freed memory for the next step for a while, then give it back to the system."""
    chosen = {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"} & set(os.environ)
    if chosen or not _adjust(_MMAP_THRESHOLD, _KEPT_BYTES):
        yield
        return
    _adjust(_TRIM_THRESHOLD, _KEPT_BYTES)
    try:
        yield
    finally:
        _adjust(_MMAP_THRESHOLD, _GIVEN_BACK_BYTES)
        _adjust(_TRIM_THRESHOLD, 2 * _GIVEN_BACK_BYTES)
        ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0))


def _adjust(parameter: int, value: int) -> bool:
    """Set a parameter of the allocator; False where there is no glibc or it refuses."""
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018 - others may have a mallopt that does nothing
    except (AttributeError, OSError, TypeError):  # TypeError: Windows has no library of no name
        return False
    return bool(library.mallopt(parameter, value))
