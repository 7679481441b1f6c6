"""What a user's code sets, writes and raises stays its own affair."""

from __future__ import annotations

import builtins
import json
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import Listener, small_config, small_corpus

from seqtui.corpora.errors import EndedBySignal, InputError
from seqtui.engine.launch import launch
from seqtui.engine.networks import new_model
from seqtui.engine.networks.own_code import OwnCodeError, called, called_once, fails
from seqtui.engine.networks.own_model import load
from seqtui.engine.networks.own_model_checks import check_own_model
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import open_run

GOOD = Path(new_model.__file__).read_text(encoding="utf-8")
FAILS = fails(lambda: "it", InputError)


def file(folder: Path, top: str = "", forward: str = "", bottom: str = "") -> Path:
    """The starting point, with a line at its top, one in its forward pass, some at its end."""
    path = folder / "mine.py"
    source = GOOD.replace("        X = self", f"        {forward or 'pass'}\n        X = self")
    future = "from __future__ import annotations\n"
    path.write_text(source.replace(future, f"{future}import os, sys, torch; {top}\n") + bottom)
    return path


SET: dict[str, tuple[str, Callable[[], Any]]] = {
    "dtype": ("torch.set_default_dtype(torch.float64)", torch.get_default_dtype),
    "device": ("torch.set_default_device('meta')", torch.get_default_device),
    "gradients": ("torch.set_grad_enabled(False)", torch.is_grad_enabled),
    "threads": ("torch.set_num_threads(3)", torch.get_num_threads),
    "deterministic": (
        "torch.use_deterministic_algorithms(True)",
        torch.are_deterministic_algorithms_enabled,
    ),
    "precision": (
        "torch.set_float32_matmul_precision('medium')",
        torch.get_float32_matmul_precision,
    ),
    "anomalies": ("torch.autograd.set_detect_anomaly(True)", torch.is_anomaly_enabled),
    "cudnn": (
        "torch.backends.cudnn.benchmark = True",
        lambda: torch.backends.cudnn.benchmark,
    ),
    "SIGTERM": (
        "import signal; signal.signal(15, signal.SIG_IGN)",
        lambda: signal.getsignal(signal.SIGTERM),
    ),
}
"""What can be set often -> how, and how it is read."""
SET_ONCE: dict[str, tuple[str, Callable[[], Any]]] = {
    **SET,
    "warnings": ("import warnings; warnings.simplefilter('error')", lambda: warnings.filters[:]),
    "path": ("import sys; sys.path.insert(0, '/nowhere')", lambda: list(sys.path)),
    "modules": ("import sys; sys.modules['json'] = None", lambda: sys.modules["json"]),
    "folder": ("import os; os.chdir('/')", os.getcwd),
    "environment": ("import os; os.environ['LANG'] = 'xx'", lambda: dict(os.environ)),
    "umask": ("import os; os.umask(0)", lambda: os.popen("umask").read()),
    "builtins": ("import builtins; builtins.print = None", lambda: builtins.print),
    "streams": ("import sys; sys.stdout = sys.__stdout__ = None", lambda: sys.__stdout__),
    "hook": ("import sys; sys.excepthook = None", lambda: sys.excepthook),
    "recursion": ("import sys; sys.setrecursionlimit(5000)", sys.getrecursionlimit),
    "alarm": ("import signal; signal.alarm(1000)", lambda: signal.getitimer(signal.ITIMER_REAL)),
}


@pytest.mark.parametrize("name", SET)
def test_what_a_call_sets_is_put_back(tmp_path: Path, name: str) -> None:
    code, read = SET[name]
    before = read()
    with called(tmp_path, FAILS):
        exec(code, {"torch": torch})
        assert read() != before
    assert read() == before


@pytest.mark.parametrize("name", SET_ONCE)
def test_what_an_import_sets_is_put_back(tmp_path: Path, name: str) -> None:
    code, read = SET_ONCE[name]
    before = read()
    with called_once(tmp_path, FAILS):
        exec(code, {"torch": torch})
        assert read() != before
    assert read() == before


def test_a_folder_that_has_no_path_any_more_is_come_back_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    here = os.stat(".").st_ino
    with called_once(tmp_path, FAILS):
        os.chdir("/")
    assert os.stat(".").st_ino == here


def test_the_random_state_is_the_run_s(tmp_path: Path) -> None:
    path = file(tmp_path, top="torch.manual_seed(3)")
    before = torch.get_rng_state()
    load(str(path))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_run_after_it_is_what_it_would_have_been(tmp_path: Path) -> None:
    corpus = small_corpus()

    def document(folder: str) -> Any:
        request = RunRequest(small_config(), corpus, folder=tmp_path / folder)
        return launch(request, Listener(), Control())["held_out"]

    before = document("before")
    poison = "torch.set_default_dtype(torch.float64)"
    named = f"{file(tmp_path, top=poison, forward=poison)}:MyModel"
    config = small_config(model=named, hidden=8)
    launch(
        RunRequest(config, corpus, folder=tmp_path / "own", named_model=named),
        Listener(),
        Control(),
    )
    assert document("after") == before


class Mute(Exception):
    """Cannot say what it is."""

    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SystemExit(0), "SystemExit: 0"),
        (BaseException("own"), "BaseException: own"),
        (GeneratorExit(), "GeneratorExit"),
        (Mute(), "Mute"),
        (SyntaxError(5), "SyntaxError: 5"),
        (RecursionError("two\nlines"), "RecursionError: two lines"),
    ],
)
def test_whatever_is_raised_is_one_line(tmp_path: Path, error: BaseException, reason: str) -> None:
    with pytest.raises(InputError) as raised, called(tmp_path, FAILS):
        raise error
    assert str(raised.value) == f"{tmp_path}: it fails: {reason}"


@pytest.mark.parametrize("error", [EndedBySignal(143), InputError("ours"), MemoryError()])
def test_what_is_no_failure_of_the_file_passes(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)) as raised, called(tmp_path, FAILS):
        raise error
    assert raised.value is error


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "SystemExit(3)", "BaseException"])
def test_on_another_thread_an_interrupt_is_the_file_s(tmp_path: Path, raised: str) -> None:
    path = file(tmp_path, top=f"raise {raised}")
    errors: list[BaseException] = []

    def work() -> None:
        try:
            load(str(path))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    (error,) = errors
    assert isinstance(error, InputError)
    assert f"{path}, line " in str(error)
    assert raised.partition("(")[0] in str(error)


@pytest.mark.parametrize(
    ("forward", "bottom", "line"),
    [
        ("self.calls = getattr(self, 'calls', 0) + 1; self.calls < 16 or sys.exit(0)", "", "forw"),
        ("", "\n    def train(self, mode=True):\n        sys.exit(0)\n", "train() fails"),
        (
            "",
            "\n    def __getattribute__(self, name):\n"
            "        if name == 'named_parameters': sys.exit(0)\n"
            "        return super().__getattribute__(name)\n",
            "fails: SystemExit: 0",
        ),
    ],
)
def test_leaving_the_process_is_a_failure_with_its_line(
    tmp_path: Path, forward: str, bottom: str, line: str
) -> None:
    named = f"{file(tmp_path, forward=forward, bottom=bottom)}:MyModel"
    config = small_config(model=named, hidden=8)
    request = RunRequest(config, small_corpus(), folder=tmp_path / "run", named_model=named)
    with pytest.raises((InputError, OwnCodeError)) as raised:
        launch(request, Listener(), Control())
    assert f"{tmp_path / 'mine.py'}, line " in str(raised.value)
    assert line in str(raised.value)


def test_a_copy_of_a_network_is_one_of_its_own(tmp_path: Path) -> None:
    import copy

    named = f"{file(tmp_path)}:MyModel"
    module = load(named).build(small_config(model=named, hidden=8), 5)
    other = copy.deepcopy(module)
    with torch.no_grad():
        other.head.weight.zero_()  # type: ignore[operator, union-attr]
        other.head.bias.zero_()  # type: ignore[operator, union-attr]
    ids = torch.zeros(1, 2, dtype=torch.int64)
    assert not other(ids, None)[0].any()
    assert module(ids, None)[0].any()


def test_what_it_reads_is_empty(tmp_path: Path) -> None:
    path = file(tmp_path, top="sys.stdin.read() == '' or sys.exit(1)")
    check_own_model(load(str(path)), small_config(model=str(path), hidden=8), 5)


WRITES = "os.write(1, b'to 1 '); os.write(2, b'to 2 '); print('printed')"


def test_what_it_writes_goes_into_the_run_s_log(tmp_path: Path) -> None:
    path = file(tmp_path, top=WRITES, forward=WRITES)
    home = {**os.environ, "SEQTUI_HOME": str(tmp_path / "home")}
    command = "train primer-en --steps 2 --hidden 8 --batch-size 2 --window 8 --json --run-dir"
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "seqtui.tui.main", *command.split()),
            *(str(tmp_path / "run"), "--model", str(path)),
        ],
        capture_output=True,
        env=home,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["status"] == "done"
    assert ended.stderr.startswith(b"to 1 to 2 printed")
    assert "to 1 to 2 printed" in (tmp_path / "run" / "log.txt").read_text()
    assert open_run(tmp_path / "run").status == "done"
