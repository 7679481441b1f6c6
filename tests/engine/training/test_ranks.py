from __future__ import annotations

import pytest

from seqtui.corpora.errors import InputError
from seqtui.engine.training.device import device_of_rank
from seqtui.engine.training.ranks import Rank, first_node, rank_of_process

TORCHRUN = {
    "RANK": "1",
    "WORLD_SIZE": "2",
    "LOCAL_RANK": "1",
    "MASTER_ADDR": "node7",
    "MASTER_PORT": "4321",
    "TORCHELASTIC_USE_AGENT_STORE": "True",
}
SRUN = {
    "SLURM_PROCID": "0",
    "SLURM_STEP_NUM_TASKS": "4",
    "SLURM_LOCALID": "0",
    "SLURM_STEP_NODELIST": "gpu[03-04]",
    "SLURM_JOB_ID": "123456",
}


def test_torchrun_and_srun_say_who_a_process_is() -> None:
    assert rank_of_process(TORCHRUN) == Rank(1, 2, 1, "node7", 4321, serves=False)
    assert rank_of_process(SRUN) == Rank(0, 4, 0, "gpu03", 29_956, serves=True)
    told = {**SRUN, "MASTER_ADDR": "here", "MASTER_PORT": "1"}
    assert rank_of_process(told) == Rank(0, 4, 0, "here", 1, serves=True)


def test_a_process_by_itself_has_no_rank() -> None:
    assert rank_of_process({}) is None
    assert rank_of_process({**TORCHRUN, "WORLD_SIZE": "1", "RANK": "0"}) is None
    # A batch script of Slurm knows the job's tasks, and is not one of them.
    assert rank_of_process({"SLURM_PROCID": "0", "SLURM_NTASKS": "4"}) is None


@pytest.mark.parametrize("change", [{"RANK": "2"}, {"WORLD_SIZE": "two"}, {"MASTER_PORT": "-1"}])
def test_an_environment_that_contradicts_itself_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(change))}="):
        rank_of_process({**TORCHRUN, **change})


@pytest.mark.parametrize(
    ("nodes", "first"),
    [("gpu[03-05,9]", "gpu03"), ("a1,b2", "a1"), ("login", "login"), ("n-[1,3]", "n-1")],
)
def test_the_first_node_of_a_list(nodes: str, first: str) -> None:
    assert first_node(nodes) == first


class Cards:
    """A machine with so many working GPUs."""

    def __init__(self, count: int) -> None:
        self.count = count

    def cuda_count(self) -> int:
        return self.count

    def cuda_free(self, index: int) -> int:
        return 1

    def cuda_name(self, index: int) -> str:
        return f"Card {index}"

    def mps_available(self) -> bool:
        return True

    def try_operation(self, name: str) -> None:
        pass

    def why_no_cuda(self) -> str:
        return "no CUDA device"


@pytest.mark.parametrize(
    ("count", "local", "name"),
    [(2, 0, "cuda:0"), (2, 1, "cuda:1"), (1, 3, "cuda:0"), (0, 1, "cpu")],
)
def test_each_process_takes_the_gpu_of_its_number(count: int, local: int, name: str) -> None:
    rank = Rank(local, 4, local, "here", 1, serves=False)
    assert device_of_rank("auto", rank, Cards(count)).name == name


def test_without_a_gpu_asking_for_one_is_refused() -> None:
    with pytest.raises(InputError, match="--device cuda: no CUDA device; take --device cpu"):
        device_of_rank("cuda", Rank(0, 2, 0, "here", 1, serves=True), Cards(0))
