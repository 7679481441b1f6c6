"""What becomes of the memory of tensors that were let go of."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from seqtui.engine.training.allocator import memory_kept

CHOSEN = ("MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_")

MEASURE = """
import resource, threading
import numpy as np
from seqtui.engine.training.allocator import memory_kept, share_one_arena

share_one_arena()


def faults() -> int:
    # 100 MB, every page of them written, then let go of.
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.empty(100_000_000, np.uint8)[::4096] = 1
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def resident() -> int:
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()


def measure() -> None:
    with memory_kept():
        first, second = faults(), faults()
        kept = resident()
    print(first, second, kept - resident())


thread = threading.Thread(target=measure)
thread.start()
thread.join()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator is adjusted")
def test_a_thread_finds_its_memory_again_and_gives_it_back_in_the_end() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in CHOSEN}
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True, env=environment
    )
    first, second, given_back = map(int, done.stdout.split())
    assert second < first / 10
    assert given_back > 90_000_000


def test_what_the_user_has_chosen_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(
        "seqtui.engine.training.allocator._adjust", lambda *values: asked.append(values)
    )
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "131072")
    with memory_kept():
        pass
    assert asked == []


def test_another_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_library(name: object) -> object:
        raise OSError

    monkeypatch.setattr("ctypes.CDLL", no_library)
    with memory_kept():
        pass
