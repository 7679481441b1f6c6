"""Check a wheel: every package and text is in it, and nothing lies outside `seqtui`."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("corpora", "engine", "tui")
SHIPPED = {".py", ".txt", ".tcss", ".typed", ".mo"}


def expected() -> set[str]:
    """Names in the wheel of every file the packages hold."""
    return {
        f"seqtui/{path.relative_to(ROOT).as_posix()}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and (path.suffix in SHIPPED or path.name == "py.typed")
    }


def problems(wheel: Path) -> list[str]:
    """What is missing from the wheel or does not belong in it."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    return [f"missing: {name}" for name in sorted(expected() - names)] + [
        f"not expected: {name}" for name in sorted(names - expected())
    ]


if __name__ == "__main__":
    found = problems(Path(sys.argv[1]))
    print("\n".join(found) or f"{sys.argv[1].rsplit('/', 1)[-1]}: complete")
    sys.exit(bool(found))
