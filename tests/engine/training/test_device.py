from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from seqtui.corpora.errors import InputError
from seqtui.engine.training.device import choose_device


@dataclass
class Machine:
    """Accelerators that are not there; `broken` fail at the first tensor operation."""

    free: list[int] = field(default_factory=list)
    mps: bool = False
    broken: tuple[str, ...] = ()
    tried: list[str] = field(default_factory=list)

    def cuda_count(self) -> int:
        return len(self.free)

    def cuda_free(self, index: int) -> int:
        return self.free[index] * 2**30

    def cuda_name(self, index: int) -> str:
        return f"Card {index}"

    def mps_available(self) -> bool:
        return self.mps

    def try_operation(self, name: str) -> None:
        self.tried.append(name)
        if name in self.broken:
            raise RuntimeError("no kernel image is available\nlong explanation")

    def why_no_cuda(self) -> str:
        return "no CUDA device"


def test_auto_takes_the_gpu_with_the_most_free_memory() -> None:
    machine = Machine(free=[10, 30, 30, 20])
    device = choose_device("auto", machine)
    assert (device.name, device.kind) == ("cuda:1", "cuda")
    assert device.description == "cuda:1 Card 1"
    assert "30.0 GiB free" in device.reason
    assert machine.tried == ["cuda:1"]


def test_auto_passes_over_a_gpu_on_which_an_operation_fails() -> None:
    assert choose_device("auto", Machine(free=[10, 30], broken=("cuda:1",))).name == "cuda:0"


def test_auto_falls_back_to_the_cpu_and_says_why() -> None:
    device = choose_device("auto", Machine(free=[10], broken=("cuda:0",)))
    assert (device.name, device.kind) == ("cpu", "cpu")
    assert device.reason == "cuda:0 does not work (no kernel image is available)"
    assert choose_device("auto", Machine()).reason == "no CUDA device"


def test_auto_takes_mps_where_there_is_no_cuda() -> None:
    assert choose_device("auto", Machine(mps=True)).name == "mps"
    device = choose_device("auto", Machine(mps=True, broken=("mps",)))
    assert device.name == "cpu"
    assert "does not work" in device.reason


def test_a_driver_that_raises_is_no_reason_to_fail() -> None:
    class Broken(Machine):
        def cuda_count(self) -> int:
            raise RuntimeError("driver too old")

    assert choose_device("auto", Broken()).reason == "driver too old"


def test_what_is_asked_for_is_tried_and_nothing_else() -> None:
    machine = Machine(free=[10, 30], mps=True)
    assert choose_device("cpu", machine).name == "cpu"
    assert machine.tried == []
    assert choose_device("cuda:0", machine).description == "cuda:0 Card 0"
    assert choose_device("cuda", machine).name == "cuda:1"
    assert choose_device("mps", machine).name == "mps"


@pytest.mark.parametrize(
    ("request_", "machine", "words"),
    [
        ("cuda", Machine(), "--device cuda: no CUDA device; take --device cpu"),
        ("cuda:0", Machine(), "--device cuda:0: no CUDA device"),
        ("cuda:2", Machine(free=[1, 1]), "--device cuda:2: this machine has cuda:0 to cuda:1"),
        ("cuda:x", Machine(free=[1]), "--device cuda:x"),
        ("cuda:0", Machine(free=[1], broken=("cuda:0",)), "--device cuda:0: does not work"),
        ("mps", Machine(), "--device mps"),
        ("tpu", Machine(), "--device tpu: choose auto"),
    ],
)
def test_a_device_that_is_not_there_is_refused_in_one_line(
    request_: str, machine: Machine, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        choose_device(request_, machine)


def test_this_machine_has_a_device() -> None:
    device = choose_device()
    assert device.kind in ("cpu", "cuda", "mps")
    assert device.reason
