"""What torch may do to be quicker: rounder products, a compiled network. Nothing is silent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import torch

from seqtui.corpora.errors import InputError
from seqtui.engine.networks.recurrent import Forward

COMPILERS = ("c++", "g++", "clang++")
"""What torch's compiler calls for code of the CPU; the variable CXX names another."""


@contextmanager
def matmul_precision(precision: str) -> Iterator[None]:
    """Let torch round the products of float32 matrices for a while.

    `medium` rounds the factors to bfloat16 (8 significant bits), `high` to TensorFloat32 (11) on
    a GPU; the setting is the process's, so evaluations meanwhile are rounded as well.
    """
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def require_compiler() -> None:
    """Raise InputError where torch has no compiler: before a run begins."""
    names = (os.environ.get("CXX", ""), *COMPILERS)
    if not any(name and shutil.which(name) for name in names):
        known = ", ".join(COMPILERS)
        raise InputError(
            "--compile: no C++ compiler found ({known}); install one or leave it out",
            option="compile",
            known=known,
        )


def compiled(forward: Forward) -> Forward:
    """A forward pass, compiled by torch when it is first called.

    Raises InputError where there is nothing to compile with.
    """
    require_compiler()
    return cast(Forward, torch.compile(forward))
