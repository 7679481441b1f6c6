"""Checkpoints: safetensors files with their JSON in the header, written in one rename.

Nothing is ever unpickled: a file of a stranger can be wrong, but it cannot run code. Imports
torch only where a network is saved or loaded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.corpora.files import replacing, write_file

if TYPE_CHECKING:
    from torch import Tensor, nn

FORMAT = 1
"""Version of runs and checkpoints; another one is refused."""
HEADER = "seqtui"
"""The key of the JSON in a safetensors header."""
WEIGHTS = "model."
"""What the names of a network's weights begin with."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a file held, its header checked against what it is read for."""

    path: Path
    header: dict[str, Any]
    tensors: dict[str, Any]
    """numpy arrays, or torch tensors for a network."""


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any]) -> None:
    """Write numpy arrays and their header, without a copy in memory. Raises OSError."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}

    with replacing(path) as part:
        try:
            save_file(contiguous, part, _metadata(header))
        except SafetensorError as error:
            raise OSError(None, str(error)) from error


def save_tensors(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> None:
    """Write torch tensors and their header. Raises OSError."""
    from safetensors.torch import save

    # A clone each: safetensors refuses tensors that share memory.
    plain = {name: each.detach().cpu().contiguous().clone() for name, each in tensors.items()}
    write_file(path, save(plain, _metadata(header)))


def read_checkpoint(path: Path, vocabulary: str, framework: str) -> Checkpoint:
    """Read a checkpoint for a vocabulary (its fingerprint); `framework` is `np` or `pt`.

    Raises InputError for a file that is missing, corrupt, of another format or of another
    vocabulary.
    """
    from safetensors import safe_open

    try:
        with safe_open(path, framework=framework) as file:
            header = json.loads((file.metadata() or {}).get(HEADER, "null"))
            # Copies, because the file's own memory is not aligned, and how a matrix is aligned
            # decides in which order its products are summed: a resumed run would differ.
            tensors = {name: _copy(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise InputError("{path}: no such checkpoint", path=path) from error
    except Exception as error:  # a stranger's file: whatever the parsers make of it
        raise InputError(
            "{path}: not a readable checkpoint ({reason})", path=path, reason=_one_line(error)
        ) from error
    if not isinstance(header, dict):
        raise InputError("{path}: not a checkpoint of seqtui, its header is missing", path=path)
    check_equal(path, UserMessage("format"), header.get("format"), FORMAT)
    check_equal(path, UserMessage("vocabulary"), header.get("vocabulary"), vocabulary)
    if not isinstance(header.get("step"), int):
        raise InputError("{path}: its step is missing", path=path)
    return Checkpoint(path, header, tensors)


def load_weights(module: nn.Module, checkpoint: Checkpoint) -> None:
    """Put a checkpoint's weights into a module (which may lie on the `meta` device).

    Every name, shape and type must be the module's, every number finite; else InputError.
    """
    import torch

    wanted = module.state_dict()
    found = {
        name.removeprefix(WEIGHTS): tensor
        for name, tensor in checkpoint.tensors.items()
        if name.startswith(WEIGHTS)
    }
    path = checkpoint.path
    for name in sorted(wanted.keys() ^ found.keys()):
        if name in wanted:
            raise InputError("{path}: {name} is missing", path=path, name=name)
        raise InputError("{path}: {name} is unexpected", path=path, name=name)
    for name, tensor in wanted.items():
        check_equal(
            path, UserMessage("shape of {name}", name=name), _shape(found[name]), _shape(tensor)
        )
        check_equal(
            path,
            UserMessage("type of {name}", name=name),
            str(found[name].dtype),
            str(tensor.dtype),
        )
        if not torch.isfinite(found[name]).all():
            raise InputError(
                "{path}: {name} holds numbers that are not finite", path=path, name=name
            )
    module.load_state_dict(found, assign=next(module.parameters()).is_meta)


def check_equal(path: Path, what: UserMessage, found: object, wanted: object) -> None:
    """Raise InputError, naming both, unless what a file says is what it must say."""
    if found != wanted:
        raise InputError(
            "{path}: {what} is {found}, expected {wanted}",
            path=path,
            what=what,
            found=found,
            wanted=wanted,
        )


def _metadata(header: Mapping[str, Any]) -> dict[str, str]:
    return {HEADER: json.dumps({"format": FORMAT, **header}, allow_nan=False)}


def _copy(array: Any) -> Any:
    return array.copy() if isinstance(array, np.ndarray) else array.clone()


def _shape(tensor: Tensor) -> str:
    return "x".join(str(size) for size in tensor.shape)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
