"""What is shipped, and what each layer may load."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("corpora", "engine", "tui")


def settings() -> dict[str, object]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return dict(tomllib.load(file)["tool"]["setuptools"])


def test_every_folder_with_modules_is_listed_as_a_package() -> None:
    packages = {
        "seqtui." + ".".join(path.parent.relative_to(ROOT).parts)
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert set(settings()["packages"]) == packages  # type: ignore[call-overload]


def test_no_module_lies_in_a_folder_that_is_no_package() -> None:
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            assert (path.parent / "__init__.py").exists(), path


@pytest.mark.parametrize(
    "module", sorted(path.stem for path in (ROOT / "engine").glob("[a-z]*.py"))
)
def test_the_engine_knows_no_screen(module: str) -> None:
    program = (
        f"import sys, seqtui.engine.{module}; "
        "print({'textual', 'rich', 'plotext', 'click'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


COUNTED = (
    "additive",
    "backoff",
    "counts",
    "discounting",
    "estimators",
    "evaluation",
    "fitting",
    "generation",
    "ngram",
    "runs",
    "scoring",
    "uniform",
    "zipf",
)


def test_counting_needs_no_torch() -> None:
    imports = ", ".join(f"seqtui.engine.{module}" for module in COUNTED)
    program = f"import sys, {imports}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
