from __future__ import annotations

import pytest
import torch

from seqtui.engine.training.resources import ResourceReader, Resources


def test_on_a_cpu_only_the_process_s_memory_is_told() -> None:
    reader = ResourceReader("cpu")
    before = reader.read()
    assert before.memory > 10_000_000
    assert (before.gpu_memory, before.gpu_use) == (None, None)
    held = bytearray(64 << 20)
    held[::4096] = b"x" * len(held[::4096])  # touched, or the system does not give it
    assert reader.read().memory - before.memory > 32 << 20


def test_on_a_gpu_its_memory_and_use_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 123)
    monkeypatch.setattr(torch.cuda, "utilization", lambda device: 87)
    found = ResourceReader("cuda:0").read()
    assert found == Resources(found.memory, 123, 0.87)


def test_a_driver_that_does_not_tell_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def refuse(device: object) -> int:
        asked.append(device)
        raise ModuleNotFoundError("pynvml")

    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 123)
    monkeypatch.setattr(torch.cuda, "utilization", refuse)
    reader = ResourceReader("cuda:0")
    assert [reader.read().gpu_use for _ in range(3)] == [None] * 3
    assert len(asked) == 1
