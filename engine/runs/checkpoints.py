"""Checkpoints: safetensors files with their JSON in the header, written in one rename.

Nothing is ever unpickled: a file of a stranger can be wrong, but it cannot run code. Imports
torch only where a network is saved or loaded.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.corpora.files import MissingFileError, open_file, replacing
from seqtui.engine.settings.typed_json import TOO_LARGE

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
    """Write numpy arrays and their header. Raises OSError.

    In the format of safetensors (a length of 8 bytes, JSON, the numbers one array after the
    other), but from the arrays' own memory: its own writers take a copy of everything first, and
    where there is no memory for one they end the process.
    """
    # Larger numbers first, as safetensors has it: so each array is aligned in the file.
    ordered = sorted(arrays.items(), key=lambda each: (-each[1].dtype.itemsize, each[0]))
    _write(path, [(name, _CODES[array.dtype.str[1:]], array) for name, array in ordered], header)


def save_tensors(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> None:
    """Write torch tensors and their header, with at most one of them copied. Raises OSError."""
    ordered = sorted(tensors.items(), key=lambda each: (-each[1].element_size(), each[0]))
    _write(path, [(name, _code(tensor), tensor) for name, tensor in ordered], header)


def _write(
    path: Path, named: Sequence[tuple[str, str, NDArray[Any] | Tensor]], header: Mapping[str, Any]
) -> None:
    entries: dict[str, object] = {"__metadata__": _metadata(header)}
    position = 0
    for name, code, array in named:
        end = position + array.nbytes
        entries[name] = {
            "dtype": code,
            "shape": list(array.shape),
            "data_offsets": [position, end],
        }
        position = end
    head = json.dumps(entries, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    with replacing(path) as part, part.open("wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for _name, _type, array in named:
            file.write(_bytes(array))


def _bytes(array: NDArray[Any] | Tensor) -> memoryview:
    """The numbers of an array as they lie in memory, copied only where they do not lie in a row."""
    if not isinstance(array, np.ndarray):
        import torch

        try:
            tensor = array.detach().cpu().contiguous()
        except RuntimeError as error:  # torch's word for having no memory
            raise MemoryError(_one_line(error)) from error
        array = tensor.reshape(-1).view(torch.uint8).numpy()  # numpy has no bfloat16
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


_CODES = {
    "b1": "BOOL",
    **{f"{kind}{size}": f"{kind.upper()}{8 * size}" for kind in "iu" for size in (1, 2, 4, 8)},
    **{f"f{size}": f"F{8 * size}" for size in (2, 4, 8)},
}
"""safetensors' name of a type by numpy's."""


def _code(tensor: Tensor) -> str:
    """safetensors' name of a tensor's type. Raises InputError for one that it has not."""
    name = str(tensor.dtype).removeprefix("torch.")
    if name in ("bool", "bfloat16"):
        return {"bool": "BOOL", "bfloat16": "BF16"}[name]
    kind, size = name[:1], 8 * tensor.element_size()
    if name not in (f"float{size}", f"int{size}", f"uint{size}"):
        raise InputError("tensors of type {type} cannot be saved", type=name)
    return f"{kind.upper()}{size}"


def read_checkpoint(
    path: Path, vocabulary: str, framework: str, run: str | None = None
) -> Checkpoint:
    """Read a checkpoint for a vocabulary (its fingerprint); `framework` is `np` or `pt`.

    `run` is the identity of the run it must belong to, None for a run that has none. Raises
    InputError for a file that is missing, corrupt, of another format, vocabulary or run.
    """
    return _read(path, vocabulary, framework, run, with_tensors=True)


def read_header(path: Path, vocabulary: str, run: str | None) -> dict[str, Any]:
    """The header of a checkpoint alone, checked. Raises as `read_checkpoint`."""
    return _read(path, vocabulary, "np", run, with_tensors=False).header


def _read(
    path: Path, vocabulary: str, framework: str, run: str | None, *, with_tensors: bool
) -> Checkpoint:
    from safetensors import safe_open

    try:
        # safetensors would wait for a pipe.
        open_file(path).close()
    except MissingFileError as error:
        raise InputError("{path}: no such checkpoint", path=path) from error
    try:
        with safe_open(path, framework=framework) as file:
            header = json.loads(
                (file.metadata() or {}).get(HEADER, "null"), parse_constant=_refuse_constant
            )
            names = file.keys() if with_tensors else ()
            # Copies, because the file's own memory is not aligned, and how a matrix is aligned
            # decides in which order its products are summed: a resumed run would differ.
            tensors = {name: _copy(file.get_tensor(name)) for name in names}
    except FileNotFoundError as error:
        raise InputError("{path}: no such checkpoint", path=path) from error
    except MemoryError as error:
        raise InputError("{path}: there is not enough memory to load it", path=path) from error
    except Exception as error:  # a stranger's file: whatever the parsers make of it
        raise InputError(
            "{path}: not a readable checkpoint ({reason})", path=path, reason=_one_line(error)
        ) from error
    if not isinstance(header, dict):
        raise InputError("{path}: not a checkpoint of seqtui, its header is missing", path=path)
    check_equal(path, UserMessage("format"), header.get("format"), FORMAT)
    check_equal(path, UserMessage("vocabulary"), header.get("vocabulary"), vocabulary)
    if run is not None and header.get("run") != run:
        raise InputError(
            "{path}: belongs to another run; put its own file back, or start a new run", path=path
        )
    step = header.get("step")
    if isinstance(step, bool) or not isinstance(step, int) or not 0 <= step < TOO_LARGE:
        raise InputError("{path}: its step is missing", path=path)
    return Checkpoint(path, header, tensors)


def why_unsaved(error: OSError | MemoryError) -> UserMessage:
    """The reason for which a file was not written."""
    if isinstance(error, MemoryError):
        return UserMessage("there is not enough memory")
    return UserMessage("{reason}", reason=error.strerror or _one_line(error))


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} in its header")


def load_weights(module: nn.Module, checkpoint: Checkpoint) -> None:
    """Put a checkpoint's weights into a module (which may lie on the `meta` device).

    Every name, shape and type must be the module's, every weight finite; else InputError. What a
    module keeps beside its weights need not be: a mask of -inf is a buffer.
    """
    import torch

    wanted = module.state_dict()
    found = {
        name.removeprefix(WEIGHTS): tensor
        for name, tensor in checkpoint.tensors.items()
        if name.startswith(WEIGHTS)
    }
    learnt = {name for name, _parameter in module.named_parameters(remove_duplicate=False)}
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
        if name in learnt and not torch.isfinite(found[name]).all():
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
