"""Where a network computes: a GPU that proves it works, else the CPU, and the reason why."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Protocol

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.engine.runs.request import Rank


@dataclass(frozen=True, slots=True)
class Device:
    """A device that has been tried."""

    name: str
    """As torch names it: `cpu`, `cuda:1`, `mps`."""
    kind: str
    """`cpu`, `cuda` or `mps`."""
    reason: str
    """Why this one, in a few words."""
    description: str
    """What it is, for people: `cuda:0 NVIDIA A100`."""


class Accelerators(Protocol):
    """What the choice asks torch; tests put a substitute here."""

    def cuda_count(self) -> int:
        """Number of CUDA devices torch can see."""
        ...

    def cuda_free(self, index: int) -> int:
        """Free memory in bytes; may raise, on a device that is broken or taken."""
        ...

    def cuda_name(self, index: int) -> str:
        """The product's name."""
        ...

    def mps_available(self) -> bool:
        """Whether Apple's Metal backend is there."""
        ...

    def try_operation(self, name: str) -> None:
        """Compute something on a device and read the result back; raises if it cannot."""
        ...

    def why_no_cuda(self) -> str:
        """Why torch sees no CUDA device."""
        ...


class TorchAccelerators:
    """The accelerators of this machine; imports torch when it is first asked."""

    def cuda_count(self) -> int:
        """Number of CUDA devices torch can see."""
        import torch

        return torch.cuda.device_count() if torch.cuda.is_available() else 0

    def cuda_free(self, index: int) -> int:
        """Free memory in bytes."""
        import torch

        return int(torch.cuda.mem_get_info(index)[0])

    def cuda_name(self, index: int) -> str:
        """The product's name."""
        import torch

        return str(torch.cuda.get_device_name(index))

    def mps_available(self) -> bool:
        """Whether Apple's Metal backend is there."""
        import torch

        return torch.backends.mps.is_available()

    def try_operation(self, name: str) -> None:
        """A product of two small matrices, read back: a driver too old fails here, not later."""
        import torch

        ones = torch.ones(8, 8, device=name)
        if float((ones @ ones).sum()) != 512:
            raise RuntimeError("a product of matrices came out wrong")

    def why_no_cuda(self) -> str:
        """Why torch sees no CUDA device."""
        import torch

        if torch.version.cuda is None:
            return UserMessage("this torch is built without CUDA")
        return UserMessage("no CUDA device")


def choose_device(request: str = "auto", accelerators: Accelerators | None = None) -> Device:
    """The device for a request: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.

    `auto` takes the CUDA device with the most free memory on which a real operation succeeds,
    else MPS, else the CPU. `cuda` is the same without the fall-back. Initialises the devices it
    tries, which takes a second or more: not for the interface's thread. Raises InputError for a
    device that is not there or does not work.
    """
    found = accelerators or TorchAccelerators()
    if request == "cpu":
        return _cpu(UserMessage("asked for"))
    if request == "mps":
        return _mps(found)
    if request.startswith("cuda:"):
        return _cuda_number(request, found)
    device, why_not = _best_cuda(found)
    if device is not None:
        return device
    if request == "cuda":
        raise InputError(
            "--device cuda: {reason}; take --device cpu", option="device", reason=why_not
        )
    if request != "auto":
        raise InputError(
            "--device {request}: choose auto, cpu, cuda, cuda:N or mps",
            option="device",
            request=request,
        )
    if found.mps_available():
        try:
            return _mps(found)
        except InputError as error:
            why_not = error.message
    return _cpu(why_not)


def device_of_rank(request: str, rank: Rank, accelerators: Accelerators | None = None) -> Device:
    """The device of one process of several: the GPU of its number on its machine, else the CPU.

    Where the launcher shows each process its own GPU alone, that is the one. Raises InputError
    as `choose_device` does.
    """
    found = accelerators or TorchAccelerators()
    if request not in ("auto", "cuda"):
        return choose_device(request, found)
    try:
        count = found.cuda_count()
    except Exception as error:  # a driver can fail in any way
        raise InputError(
            "--device {request}: {reason}; take --device cpu",
            option="device",
            request=request,
            reason=_one_line(error),
        ) from error
    if count:
        return _cuda_number(f"cuda:{rank.local % count}", found)
    if request == "cuda":
        raise InputError(
            "--device cuda: {reason}; take --device cpu",
            option="device",
            reason=found.why_no_cuda(),
        )
    return _cpu(found.why_no_cuda())


def _best_cuda(found: Accelerators) -> tuple[Device | None, str]:
    """The working CUDA device with the most free memory, or None and why there is none."""
    try:
        count = found.cuda_count()
    except Exception as error:  # a driver can fail in any way
        return None, _one_line(error)
    if not count:
        return None, found.why_no_cuda()
    free: list[tuple[int, int]] = []
    why_not = ""
    for index in range(count):
        try:
            free.append((found.cuda_free(index), -index))
        except Exception as error:
            why_not = _not_working(f"cuda:{index}", error)
    for memory, negative in sorted(free, reverse=True):
        name = f"cuda:{-negative}"
        try:
            found.try_operation(name)
            description = f"{name} {found.cuda_name(-negative)}"
        except Exception as error:
            why_not = _not_working(name, error)
            continue
        return Device(name, "cuda", _free_memory(memory, count), description), ""
    return None, why_not


def _not_working(name: str, error: Exception) -> UserMessage:
    return UserMessage("{device} does not work ({reason})", device=name, reason=_one_line(error))


def _free_memory(memory: int, devices: int) -> UserMessage:
    """Why this one of several: `memory` bytes are free on it."""
    gigabytes = memory / 2**30
    if devices == 1:
        return UserMessage("{gigabytes:.1f} GiB free", gigabytes=gigabytes)
    return UserMessage(
        "most free memory of {devices}, {gigabytes:.1f} GiB free",
        devices=devices,
        gigabytes=gigabytes,
    )


def _cuda_number(request: str, found: Accelerators) -> Device:
    number = request.removeprefix("cuda:")
    try:
        count = found.cuda_count()
        if not count:
            raise InputError(
                "--device {request}: {reason}; take --device cpu",
                option="device",
                request=request,
                reason=found.why_no_cuda(),
            )
        if not number.isdecimal() or int(number) >= count:
            raise InputError(
                "--device {request}: this machine has cuda:0 to cuda:{highest}",
                option="device",
                request=request,
                highest=count - 1,
            )
        found.try_operation(request)
        return Device(
            request, "cuda", UserMessage("asked for"), f"{request} {found.cuda_name(int(number))}"
        )
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            "--device {request}: does not work ({reason})",
            option="device",
            request=request,
            reason=_one_line(error),
        ) from error


def _mps(found: Accelerators) -> Device:
    if not found.mps_available():
        raise InputError("--device mps: this machine or this torch has none; take --device cpu")
    try:
        found.try_operation("mps")
    except Exception as error:
        raise InputError(
            "--device mps: does not work ({reason})", option="device", reason=_one_line(error)
        ) from error
    return Device("mps", "mps", UserMessage("a real operation succeeds"), "mps Apple GPU")


def _cpu(reason: str) -> Device:
    return Device("cpu", "cpu", reason, f"cpu {platform.machine()}")


def _one_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:200] if text else type(error).__name__
