"""What a machine offers for training and for the app: facts, and how to fix what is wrong."""

from __future__ import annotations

import locale
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from seqtui.corpora import folders
from seqtui.corpora.errors import InputError, UserMessage
from seqtui.tui.cli.console import is_terminal
from seqtui.tui.terminal.surroundings import can_draw, encoding_remedy

PACKAGES = (
    "seqtui",
    "torch",
    "numpy",
    "textual",
    "rich",
    "plotext",
    "click",
    "safetensors",
    "platformdirs",
    "rjieba",
)
DRIVER_SECONDS = 15
"""How long nvidia-smi may take; it wakes sleeping GPUs."""
SMALLEST = (80, 24)
"""Columns and lines the app is made for at least."""
INSTALLING_TORCH = "https://pytorch.org/get-started/locally"


@dataclass(frozen=True, slots=True)
class Driver:
    """The NVIDIA driver as nvidia-smi describes it; all empty where there is none."""

    version: str | None = None
    cuda: str | None = None
    """The newest CUDA the driver supports."""
    gpus: tuple[str, ...] = ()
    """`name, free of total memory` of each GPU."""


def diagnose(device: str = "auto") -> dict[str, Any]:
    """All facts of `seqtui doctor` as a document. Raises InputError for a bad device."""
    driver = find_driver()
    torch, remedies = _look_at_torch()
    chosen: dict[str, str | None] = {
        "name": None,
        "reason": UserMessage("torch cannot be imported"),
    }
    if torch["version"] is not None:
        from seqtui.engine.training.device import choose_device

        try:
            found = choose_device(device)
        except InputError as error:
            if device == "auto":
                raise
            chosen = {"name": None, "reason": error.message}
        else:
            chosen = {"name": found.name, "reason": found.reason}
    remedies += gpu_remedies(driver, torch["cuda"], usable=torch["cuda_works"])
    terminal = look_at_terminal()
    remedies += terminal_remedies(terminal)
    places = {name: _folder(path) for name, path in _folders().items()}
    remedies += [
        UserMessage(
            "{path} cannot be written to: set SEQTUI_HOME to a folder that can", path=place["path"]
        )
        for place in places.values()
        if not place["writable"]
    ]
    return {
        "device": chosen,
        "torch": torch,
        "driver": {"version": driver.version, "cuda": driver.cuda, "gpus": list(driver.gpus)},
        "cores": _cores(),
        "versions": {"python": sys.version.split()[0], **versions()},
        "folders": places,
        "terminal": terminal,
        "remedies": list(dict.fromkeys(remedies)),
    }


def versions() -> dict[str, str | None]:
    """Version of each package, None where it is not installed; nothing is imported."""
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def _look_at_torch() -> tuple[dict[str, Any], list[str]]:
    torch_facts: dict[str, Any] = {
        "version": None,
        "cuda": None,
        "cuda_works": False,
        "threads": None,
        "error": None,
    }
    try:
        import torch
    except (ImportError, OSError) as error:  # a missing shared library is an OSError
        torch_facts["error"] = " ".join(str(error).split())
        remedy = UserMessage(
            "networks need torch, which cannot be imported ({error}): see {page}",
            error=torch_facts["error"],
            page=INSTALLING_TORCH,
        )
        return torch_facts, [remedy]
    torch_facts |= {
        "version": str(torch.__version__),
        "cuda": torch.version.cuda,
        "cuda_works": bool(torch.cuda.is_available()),
        "threads": torch.get_num_threads(),
    }
    return torch_facts, []


def find_driver() -> Driver:
    """Ask nvidia-smi for the driver; an empty Driver where it is missing or fails."""
    overview = _nvidia_smi()
    if overview is None:
        return Driver()
    version = re.search(r"Driver Version:\s*([\d.]+)", overview)
    cuda = re.search(r"CUDA Version:\s*([\d.]+)", overview)
    listing = _nvidia_smi(
        "--query-gpu=name,memory.free,memory.total", "--format=csv,noheader,nounits"
    )
    gpus: list[str] = []
    for line in (listing or "").splitlines():
        name, *memory = [part.strip() for part in line.split(",")]
        if len(memory) == 2 and all(part.isdecimal() for part in memory):
            free, total = (int(part) / 1024 for part in memory)
            gpus.append(
                UserMessage(
                    "{name}, {free:.1f} GiB free of {total:.1f} GiB",
                    name=name,
                    free=free,
                    total=total,
                )
            )
        elif name:
            gpus.append(name)
    return Driver(
        version.group(1) if version else None, cuda.group(1) if cuda else None, tuple(gpus)
    )


def _nvidia_smi(*arguments: str) -> str | None:
    try:
        finished = subprocess.run(
            ["nvidia-smi", *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=DRIVER_SECONDS,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return finished.stdout


def gpu_remedies(driver: Driver, torch_cuda: str | None, usable: bool) -> list[str]:
    """What to do so that torch uses the GPU the driver drives; nothing when it does already."""
    if driver.version is None or usable:
        return []
    supported = driver.cuda or "?"
    if torch_cuda is None:
        return [
            UserMessage(
                "there is an NVIDIA driver, but this torch was built without CUDA: install a "
                "torch for CUDA {cuda} or older, see {page}",
                cuda=supported,
                page=INSTALLING_TORCH,
            )
        ]
    if driver.cuda is not None and _numbers(torch_cuda) > _numbers(driver.cuda):
        return [
            UserMessage(
                "this torch needs CUDA {torch_cuda}, the driver {driver} supports {cuda}: install "
                "a torch for CUDA {cuda} or older (see {page}), or a newer driver",
                torch_cuda=torch_cuda,
                driver=driver.version,
                cuda=supported,
                page=INSTALLING_TORCH,
            )
        ]
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [
            UserMessage(
                "no GPU is usable with CUDA_VISIBLE_DEVICES={value}: unset it, or name one",
                value=repr(visible),
            )
        ]
    return []


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def look_at_terminal() -> dict[str, Any]:
    """The terminal as the app will find it."""
    size = shutil.get_terminal_size(SMALLEST)
    return {
        "is_terminal": is_terminal(sys.stdout),
        "term": os.environ.get("TERM"),
        "colorterm": os.environ.get("COLORTERM"),
        "columns": size.columns,
        "lines": size.lines,
        "encoding": getattr(sys.stdout, "encoding", None),
        "locale": locale.setlocale(locale.LC_CTYPE),
        "multiplexer": "TMUX" in os.environ or "STY" in os.environ,
        "ssh": "SSH_CONNECTION" in os.environ,
    }


def terminal_remedies(terminal: dict[str, Any]) -> list[str]:
    """What to do so that the app looks as it is meant."""
    remedies: list[str] = []
    encoding = encoding_remedy(terminal["encoding"])
    if encoding is not None:
        remedies.append(encoding)
    if not terminal["is_terminal"]:
        return remedies
    if not can_draw(terminal["term"]):
        remedies.append(UserMessage("TERM does not name a terminal: export TERM=xterm-256color"))
    elif not terminal["colorterm"]:
        remedies.append(
            UserMessage(
                "COLORTERM is not set, so 256 colours are used (ssh does not forward it): "
                "if your terminal can do more, export COLORTERM=truecolor"
            )
        )
    columns, lines = SMALLEST
    if terminal["columns"] < columns or terminal["lines"] < lines:
        remedies.append(
            UserMessage(
                "the terminal is smaller than {columns}x{lines}: enlarge it",
                columns=columns,
                lines=lines,
            )
        )
    return remedies


def _folders() -> dict[str, Path]:
    return {
        "data": folders.data_folder(),
        "runs": folders.runs_folder(),
        "cache": folders.cache_folder(),
        "config": folders.config_folder(),
        "log": folders.log_folder(),
    }


def _folder(path: Path) -> dict[str, Any]:
    """A folder, or where it will be made: whether that can be written, and the space there."""
    there = path
    try:
        while not there.exists() and there != there.parent:
            there = there.parent
        free = shutil.disk_usage(there).free
    except OSError:  # a name too long, a link to itself
        return {"path": str(path), "exists": False, "writable": False, "free": None}
    writable = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    return {"path": str(path), "exists": there == path, "writable": writable, "free": free}


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
