from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from seqtui.corpora.errors import InputError
from seqtui.engine.runs import checkpoints
from seqtui.engine.runs.checkpoints import (
    WEIGHTS,
    load_weights,
    read_checkpoint,
    save_arrays,
    save_tensors,
)

MODULE = nn.Linear(3, 2)


def saved(path: Path, change: Callable[[dict[str, torch.Tensor]], object] | None = None) -> Path:
    tensors = {WEIGHTS + name: tensor for name, tensor in MODULE.state_dict().items()}
    if change is not None:
        change(tensors)
    save_tensors(path, tensors, {"vocabulary": "abc", "step": 7})
    return path


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    found = read_checkpoint(saved(tmp_path / "x.safetensors"), "abc", "pt")
    assert found.header["step"] == 7
    other = nn.Linear(3, 2)
    load_weights(other, found)
    assert torch.equal(other.weight, MODULE.weight)
    save_arrays(
        tmp_path / "y.safetensors",
        {"a": np.arange(6).reshape(2, 3).T},
        {"vocabulary": "", "step": 0},
    )
    array = read_checkpoint(tmp_path / "y.safetensors", "", "np").tensors["a"]
    assert array.tolist() == [[0, 3], [1, 4], [2, 5]]


DTYPES = [
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
]


def test_what_is_written_is_what_safetensors_writes(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    tensors = {str(each): torch.arange(6).reshape(2, 3).T.to(each) for each in DTYPES}
    tensors |= {"scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3)}
    tensors["shared"] = tensors["scalar"]
    save_tensors(tmp_path / "x.safetensors", tensors, {"vocabulary": "", "step": 0})
    found = load_file(tmp_path / "x.safetensors")
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)


def test_saving_takes_no_second_copy(tmp_path: Path) -> None:
    array = np.zeros(4_000_000)
    tensor = torch.zeros(8_000_000)
    tracemalloc.start()
    save_arrays(tmp_path / "x.safetensors", {"a": array}, {"vocabulary": "", "step": 0})
    save_tensors(tmp_path / "y.safetensors", {"a": tensor}, {"vocabulary": "", "step": 0})
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "x.safetensors").stat().st_size > array.nbytes
    assert (tmp_path / "y.safetensors").stat().st_size > tensor.nbytes
    assert most < array.nbytes / 10


@pytest.mark.parametrize(
    "step", ["NaN", "Infinity", "1e400", "-1", "true", "1.0", "null", "9" * 4_000, "9" * 5_000]
)
def test_a_step_that_is_no_whole_number_is_refused(tmp_path: Path, step: str) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "x.safetensors"
    header = f'{{"format": 1, "vocabulary": "abc", "step": {step}}}'
    save_file({"a": torch.zeros(1)}, path, {"seqtui": header})
    with pytest.raises(InputError, match=str(path)):
        read_checkpoint(path, "abc", "pt")


def test_a_pipe_is_no_checkpoint(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.safetensors")
    with pytest.raises(InputError, match="is a pipe"):
        read_checkpoint(tmp_path / "x.safetensors", "abc", "pt")


def test_what_is_kept_beside_the_weights_need_not_be_finite(tmp_path: Path) -> None:
    module = nn.Linear(3, 2)
    module.register_buffer("mask", torch.full((2, 2), -torch.inf))
    tensors = {WEIGHTS + name: tensor for name, tensor in module.state_dict().items()}
    save_tensors(tmp_path / "x.safetensors", tensors, {"vocabulary": "abc", "step": 7})
    load_weights(module, read_checkpoint(tmp_path / "x.safetensors", "abc", "pt"))


def test_weights_come_to_a_module_that_had_no_memory_yet(tmp_path: Path) -> None:
    with torch.device("meta"):
        module = nn.Linear(3, 2)
    load_weights(module, read_checkpoint(saved(tmp_path / "x.safetensors"), "abc", "pt"))
    assert torch.equal(module.weight, MODULE.weight)
    assert module.weight.requires_grad


def test_what_differs_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"

    def refused(words: str, vocabulary: str = "abc") -> None:
        with pytest.raises(InputError, match=words):
            load_weights(nn.Linear(3, 2), read_checkpoint(path, vocabulary, "pt"))

    saved(path)
    refused("vocabulary is abc, expected xyz", "xyz")
    saved(path, lambda t: t.update({WEIGHTS + "weight": torch.zeros(2, 4)}))
    refused("shape of weight is 2x4, expected 2x3")
    saved(path, lambda t: t.update({WEIGHTS + "bias": torch.zeros(2).double()}))
    refused("type of bias is torch.float64, expected torch.float32")
    saved(path, lambda t: t.update({WEIGHTS + "bias": torch.tensor([1.0, torch.nan])}))
    refused("bias holds numbers that are not finite")
    saved(path, lambda t: t.pop(WEIGHTS + "bias"))
    refused("bias is missing")
    saved(path, lambda t: t.update({WEIGHTS + "more": torch.zeros(1)}))
    refused("more is unexpected")


def test_another_format_or_no_header_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "x.safetensors"
    for metadata in (None, {"seqtui": "null"}, {"seqtui": "[]"}, {"seqtui": "{"}):
        save_file({"a": torch.zeros(1)}, path, metadata)
        with pytest.raises(InputError, match=str(path)):
            read_checkpoint(path, "abc", "pt")
    monkeypatch.setattr(checkpoints, "FORMAT", 99)
    saved(path)
    monkeypatch.undo()
    with pytest.raises(InputError, match="format is 99, expected 1"):
        read_checkpoint(path, "abc", "pt")


def test_a_file_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    with pytest.raises(InputError, match="no such checkpoint"):
        read_checkpoint(path, "abc", "pt")
    path.mkdir()
    with pytest.raises(InputError, match=str(path)):
        read_checkpoint(path, "abc", "pt")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(data=st.data())
def test_damaged_files_are_refused_and_never_crash(tmp_path: Path, data: st.DataObject) -> None:
    path = saved(tmp_path / "x.safetensors")
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans(), "truncate"):
        path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
        with pytest.raises(InputError):
            read_checkpoint(path, "abc", "pt")
        return
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with suppress(InputError):
        load_weights(nn.Linear(3, 2), read_checkpoint(path, "abc", "pt"))


def test_a_pickle_is_refused_unopened(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    torch.save({"a": torch.zeros(1)}, path)
    with pytest.raises(InputError, match="not a readable checkpoint"):
        read_checkpoint(path, "abc", "pt")
