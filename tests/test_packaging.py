"""What is shipped, and what each layer may load."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

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


ENGINE_MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "engine").rglob("[a-z]*.py")
)


def loaded(*modules: str) -> set[str]:
    """What a fresh process has loaded after importing modules of ours."""
    imports = ", ".join(f"seqtui.{module}" for module in modules)
    program = f"import sys, {imports}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_engine_knows_no_screen() -> None:
    assert not {"textual", "rich", "plotext", "click"} & loaded(*ENGINE_MODULES)


COUNTED = (
    "evaluation",
    "generation",
    "held_out",
    "scoring",
    "ngrams.add_k",
    "ngrams.backoff",
    "ngrams.counts",
    "ngrams.estimators",
    "ngrams.kneser_ney",
    "ngrams.model",
    "ngrams.uniform",
    "ngrams.zipf",
    "runs.run",
    "training.counting",
)


def test_counting_needs_no_torch() -> None:
    assert "torch" not in loaded(*(f"engine.{module}" for module in COUNTED))
