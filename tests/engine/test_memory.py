"""What cannot fit is refused in one line, before the system has to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seqtui.corpora.errors import InputError
from seqtui.engine import memory
from seqtui.engine.ngrams.counts import count_ngrams
from seqtui.engine.ngrams.model import NgramModel

IDS = np.arange(10_000, dtype=np.int32) % 7


def test_counting_names_what_it_needs_and_the_order_that_would_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 500_000)
    message = r"counting the 1-grams of 10,000 tokens may need 0.0 GB .* take a shorter text"
    with pytest.raises(InputError, match=message):
        count_ngrams(IDS, 3, 7)
    left = iter([1 << 30, 1 << 30, 500_000])
    monkeypatch.setattr(memory, "available_memory", lambda: next(left))
    with pytest.raises(InputError, match="count to --order 2"):
        count_ngrams(IDS, 3, 7)


def test_estimating_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    left = iter([1 << 30, 1 << 30, 100])
    monkeypatch.setattr(memory, "available_memory", lambda: next(left))
    with pytest.raises(InputError, match="estimating from 14 n-grams"):
        NgramModel.fit(IDS, 2, 7, "witten-bell")


def test_a_system_that_does_not_report_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    assert count_ngrams(IDS, 2, 7).total == 9_999


def test_the_limit_of_a_container_holds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    assert memory.available_memory() is None
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:   2000 kB\n")
    assert memory.available_memory() == 2_048_000
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("700000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 100000\nactive_file 50000\n")
    assert memory.available_memory() == 450_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available_memory() == 2_048_000


def test_the_limit_of_the_address_space_holds() -> None:
    limit = 1 << 30
    program = (
        f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))\n"
        "from seqtui.engine import memory; print(memory.available_memory())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert 0 < int(done.stdout) < limit
