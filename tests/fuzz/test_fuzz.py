"""A few hundred spoiled inputs of every format; and that the harness sees what goes wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fuzz.box import Finding, check_ending
from fuzz.run import rng_of

RUN = Path(__file__).with_name("run.py")


def fuzz(failures: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(RUN), "--failures", str(failures), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_spoiled_input_gets_through(tmp_path: Path) -> None:
    ended = fuzz(tmp_path, "--cases", 340)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ", seed 1, 0 failed" in ended.stdout
    assert not list(tmp_path.iterdir())


def test_the_harness_sees_what_goes_wrong(tmp_path: Path) -> None:
    kinds = {
        "raise": "ZeroDivisionError",
        "hang": "a hang",
        "crash": "the process ended with",
        "outside": "changed outside",
        "memory": "MemoryError",
    }
    named = [word for kind in kinds for word in ("--format", f"self-test: {kind}")]
    ended = fuzz(tmp_path, *named, "--case", 0, "--seconds", 1)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "5 cases, seed 1, 5 failed" in ended.stdout
    for kind, said in kinds.items():
        report = (tmp_path / f"self-test-{kind}-1-0" / "report.txt").read_text()
        assert report.startswith(f"python tests/fuzz/run.py --format 'self-test: {kind}'")
        assert said in report


@pytest.mark.parametrize(
    ("code", "err"),
    [
        (3, ""),
        (2, ""),
        (2, "seqtui: a\nseqtui: b\nseqtui: c\nseqtui: d\nseqtui: e\n"),
        (1, "seqtui: a\nseqtui: a\n"),
        (0, "x.py:3: RuntimeWarning: overflow\n"),
        (1, "seqtui: KeyError: 'a' (traceback in /x/last-failure.log)\n"),
        (1, "Traceback (most recent call last):\n"),
        (0, "hello\n"),
        (2, "seqtui: " + "x" * 3000),
    ],
)
def test_a_bad_ending_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, err: str
) -> None:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path))
    with pytest.raises(Finding):
        check_ending(code, err)
    check_ending(2, "seqtui: one line\n")
    check_ending(2, "seqtui: a notice\nseqtui: a reason\n")


def test_a_case_is_the_same_again() -> None:
    assert rng_of("a", 1, 2).random() == rng_of("a", 1, 2).random()
    assert rng_of("a", 1, 2).random() != rng_of("a", 1, 3).random()
