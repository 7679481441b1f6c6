"""What a run takes of its machine: memory of the process and of the GPU, use of the GPU."""

from __future__ import annotations

from dataclasses import dataclass

import psutil
import torch


@dataclass(frozen=True, slots=True)
class Resources:
    """Taken at one moment; None where it does not exist or cannot be measured."""

    memory: int
    """Bytes the process holds in the machine's memory (its resident set)."""
    gpu_memory: int | None = None
    """Bytes of the GPU that torch has reserved for this process."""
    gpu_use: float | None = None
    """Share of the last moments in which the GPU computed, by NVIDIA's own count."""


class ResourceReader:
    """Reads the resources of a run on one device."""

    def __init__(self, device: str) -> None:
        self._process = psutil.Process()
        self._device = torch.device(device)
        self._tells_use = self._device.type == "cuda"

    def read(self) -> Resources:
        """The resources of now: some tens of microseconds on a CPU."""
        memory = self._process.memory_info().rss
        if self._device.type != "cuda":
            return Resources(memory)
        return Resources(memory, torch.cuda.memory_reserved(self._device), self._gpu_use())

    def _gpu_use(self) -> float | None:
        """None without nvidia-ml-py (the extra `[gpu]`) or where the driver refuses to tell."""
        if not self._tells_use:
            return None
        try:
            return torch.cuda.utilization(self._device) / 100
        except Exception:  # a driver can fail in any way; it is not asked again
            self._tells_use = False
            return None
