"""`seqtui doctor`: the report, and the remedies for a GPU and a terminal that do not serve."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine

from seqtui.tui.cli import diagnosis
from seqtui.tui.cli.diagnosis import Driver, find_driver, gpu_remedies, terminal_remedies

NVIDIA_SMI = """#!/bin/sh
case "$1" in
  --query-gpu*) echo "NVIDIA A100-SXM4-40GB, 38912, 40960" ; echo "Tesla T4, [N/A], 15360" ;;
  *) echo "| NVIDIA-SMI 550.54.15    Driver Version: 550.54.15    CUDA Version: 12.4  |" ;;
esac
"""


@pytest.fixture
def nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text(NVIDIA_SMI)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return program


def test_the_report_says_everything(command_line: CommandLine) -> None:
    report = command_line.document("doctor", "--device", "cpu")
    assert report["device"]["name"] == "cpu"
    assert report["device"]["reason"]
    assert report["versions"]["numpy"]
    assert report["torch"]["version"]
    assert report["folders"]["runs"]["path"].startswith(str(command_line.home))
    assert report["terminal"]["is_terminal"] is False
    for text in ("device", "torch", "numpy", str(command_line.home), "encoding"):
        assert text in command_line.ok("doctor").out


def test_a_device_that_is_not_there_is_said_and_fails(command_line: CommandLine) -> None:
    ended = command_line("doctor", "--device", "cuda:77", "--json")
    assert ended.code == 1
    assert ended.document["device"]["name"] is None
    assert "cuda:77" in ended.document["device"]["reason"]


def test_the_driver_is_read_from_nvidia_smi(nvidia_smi: Path) -> None:
    driver = find_driver()
    assert (driver.version, driver.cuda) == ("550.54.15", "12.4")
    assert driver.gpus == ("NVIDIA A100-SXM4-40GB, 38.0 GiB free of 40.0 GiB", "Tesla T4")


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 9\n", "#!/bin/sh\necho nonsense\n"])
def test_a_broken_nvidia_smi_is_no_driver(nvidia_smi: Path, script: str) -> None:
    nvidia_smi.write_text(script)
    assert find_driver().version is None


@pytest.mark.parametrize(
    ("driver", "torch_cuda", "usable", "says"),
    [
        (Driver(), None, False, None),
        (Driver("550.54", "12.4"), "12.4", True, None),
        (Driver("550.54", "12.4"), "13.0", True, None),
        (Driver("550.54", "12.4"), None, False, "CUDA 12.4 or older"),
        (Driver("550.54", "12.4"), "12.10", False, "CUDA 12.4 or older"),
        (Driver("550.54", "12.10"), "12.4", False, None),
    ],
)
def test_the_remedy_for_a_gpu_that_is_not_used(
    driver: Driver,
    torch_cuda: str | None,
    usable: bool,
    says: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    remedies = gpu_remedies(driver, torch_cuda, usable)
    assert len(remedies) == (says is not None)
    assert says is None or says in remedies[0]


def test_hidden_gpus_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    (remedy,) = gpu_remedies(Driver("550.54", "12.4"), "12.1", usable=False)
    assert "CUDA_VISIBLE_DEVICES=''" in remedy


def test_the_remedies_for_a_terminal() -> None:
    good = {
        "is_terminal": True,
        "term": "xterm-256color",
        "colorterm": "truecolor",
        "columns": 80,
        "lines": 24,
        "encoding": "UTF-8",
    }
    assert terminal_remedies(good) == []
    for change, says in (
        ({"encoding": "ANSI_X3.4-1968"}, "LC_ALL=C.UTF-8"),
        ({"term": "dumb"}, "TERM=xterm-256color"),
        ({"colorterm": None}, "COLORTERM=truecolor"),
        ({"columns": 60}, "80x24"),
    ):
        (remedy,) = terminal_remedies({**good, **change})
        assert says in remedy
    assert terminal_remedies({**good, "is_terminal": False, "term": None, "columns": 10}) == []


def test_without_torch_the_report_is_printed(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = {"version": None, "cuda": None, "cuda_works": False, "threads": None, "error": "no"}
    monkeypatch.setattr(diagnosis, "_look_at_torch", lambda: (facts, ["install torch"]))
    ended = command_line("doctor", "--json")
    assert ended.code == 1
    assert ended.document["device"]["name"] is None
    assert "install torch" in ended.document["remedies"]


def test_a_home_whose_name_is_too_long_is_said_with_a_remedy(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQTUI_HOME", f"/tmp/{'x' * 300}")
    document = command_line.document("doctor", "--device", "cpu")
    assert not any(each["writable"] or each["exists"] for each in document["folders"].values())
    assert any("set SEQTUI_HOME" in each for each in document["remedies"])
