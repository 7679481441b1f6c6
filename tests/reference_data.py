"""The shared texts that tests may read: they lie beside the checkout, or a test skips."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(
    os.environ.get("SEQTUI_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)


def reference_text(name: str) -> Path:
    """The path of a shared text; skips the calling test where it is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not here (SEQTUI_TEST_DATA names its folder)")
    return path
