"""Calling the user's own code so that the process afterwards is what it was before.

Such code may set torch's defaults, signal handlers, the working folder and much else, on purpose
or by a line copied from elsewhere. Whatever it sets is put back after each call, and whatever it
raises becomes one line with its place in the file.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import locale
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch

from seqtui.corpora.errors import Cancelled, EndedBySignal, UserError, UserMessage
from seqtui.engine.networks.own_output import streams_kept


class OwnCodeError(UserError, RuntimeError):
    """The user's code failed while a model was trained or used."""


Failure: TypeAlias = Callable[[str | UserMessage, str, BaseException], UserError]
"""From a place, a reason and what the file raised to what is raised instead."""


def fails(what: Callable[[], str], kind: type[UserError] = OwnCodeError) -> Failure:
    """The usual failure: `mine.py, line 12: forward(...) fails: ValueError: ...`."""

    def failure(place: str | UserMessage, reason: str, error: BaseException) -> UserError:
        return kind("{place}: {what} fails: {reason}", place=place, what=what(), reason=reason)

    return failure


@contextmanager
def called(path: Path, failure: Failure) -> Iterator[None]:
    """A call into the file, often made: torch's settings and the signal handlers are put back.

    What it raises becomes a failure with its place.
    """
    with restored(_OFTEN), streams_kept(), placed(path, failure):
        yield


@contextmanager
def called_once(path: Path, failure: Failure) -> Iterator[None]:
    """A call into the file, made once: all of the process's settings are put back."""
    with (
        restored(_ONCE),
        warnings.catch_warnings(),
        _in_this_folder(),
        streams_kept(),
        placed(path, failure),
    ):
        yield


@contextmanager
def placed(path: Path, failure: Failure, *, anywhere: bool = True) -> Iterator[None]:
    """Turn what the file's code raises into a failure, in one line with its place.

    What is no failure of the file passes: our own errors, a signal, memory that is not there;
    without `anywhere`, also what was raised with no line of the file on the way.
    """
    try:
        yield
    except (EndedBySignal, UserError, Cancelled, MemoryError):
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and _by_ctrl_c():
            raise
        line = _line(path, error)
        if type(error).__name__ == "OutOfMemoryError" or not (anywhere or line):
            raise
        place = UserMessage("{path}, line {line}", path=path, line=line) if line else str(path)
        raise failure(place, _reason(error), error) from error


def _by_ctrl_c() -> bool:
    """Whether ctrl+c can raise KeyboardInterrupt here; else only the file itself can."""
    return (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )


def _reason(error: BaseException) -> str:
    """`ValueError: what it says`, in one short line, even of an error that cannot say it."""
    name = type.__dict__["__name__"].__get__(type(error))
    try:
        text = str(error.msg if isinstance(error, SyntaxError) else error)
    except BaseException:
        text = ""
    line = " ".join(text.split())[:300]
    return f"{name}: {line}" if line else name


def _line(path: Path, error: BaseException) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(path)
    ]
    return lines[-1] if lines else None


# What is put back.


@dataclass(frozen=True, slots=True)
class Setting:
    """Something of the process that code can set."""

    read: Callable[[], Any]
    write: Callable[[Any], object]


@contextmanager
def restored(settings: tuple[Setting, ...]) -> Iterator[None]:
    """Write back those settings that have another value at the end."""
    before = [_read(each) for each in settings]
    try:
        yield
    finally:
        for setting, value in zip(settings, before, strict=True):
            if value is not _UNREADABLE and _read(setting) != value:
                with contextlib.suppress(Exception):
                    setting.write(value)


_UNREADABLE = object()


def _read(setting: Setting) -> Any:
    try:
        return setting.read()
    except Exception:  # torch refuses to say where two of its ways to set a thing were mixed
        return _UNREADABLE


@contextmanager
def _in_this_folder() -> Iterator[None]:
    """Come back to the working folder, which may have no path any more."""
    try:
        here = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # a folder that cannot be opened cannot be left by accident either
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.fchdir(here)
        os.close(here)


def _set_device(device: torch.device) -> None:
    # None takes torch's mode away, which would slow every call.
    torch.set_default_device(None if device == torch.device("cpu") else device)


def _deterministic() -> tuple[bool, bool]:
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )


def _set_deterministic(value: tuple[bool, bool]) -> None:
    torch.use_deterministic_algorithms(value[0], warn_only=value[1])


def _handlers(numbers: tuple[int, ...]) -> Setting:
    """The handlers of signals, which only the main thread can set."""

    def write(before: list[Any]) -> None:
        if threading.current_thread() is threading.main_thread():
            for number, handler in zip(numbers, before, strict=True):
                if handler is not None and signal.getsignal(number) is not handler:
                    signal.signal(number, handler)

    return Setting(lambda: [signal.getsignal(each) for each in numbers], write)


def _attribute(holder: Any, name: str) -> Setting:
    return Setting(lambda: getattr(holder, name), lambda value: setattr(holder, name, value))


def _elements(found: Any) -> Setting:
    """What a list holds."""
    return Setting(lambda: list(found), lambda value: found.__setitem__(slice(None), value))


def _content(mapping: Any) -> Setting:
    """What a mapping holds."""

    def write(before: dict[Any, Any]) -> None:
        for name in [name for name in mapping if name not in before]:
            del mapping[name]
        for name, value in before.items():
            if mapping.get(name, _UNREADABLE) is not value:
                mapping[name] = value

    return Setting(lambda: dict(mapping), write)


def _modules() -> dict[str, Any]:
    return dict(sys.modules)


def _put_modules_back(before: dict[str, Any]) -> None:
    """Modules that were replaced or taken away; those imported meanwhile stay."""
    sys.modules.update(before)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


_TORCH = (
    Setting(torch.get_default_dtype, torch.set_default_dtype),
    Setting(torch.get_default_device, _set_device),
    Setting(torch.is_grad_enabled, torch.set_grad_enabled),
    Setting(torch.get_num_threads, torch.set_num_threads),
    Setting(_deterministic, _set_deterministic),
    Setting(torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    Setting(torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    *(_attribute(torch.backends.cudnn, each) for each in ("enabled", "benchmark", "deterministic")),
    *(
        Setting(
            lambda kind=kind: torch.is_autocast_enabled(kind),  # type: ignore[misc]
            lambda on, kind=kind: torch.set_autocast_enabled(kind, on),  # type: ignore[misc]
        )
        for kind in ("cpu", "cuda")
    ),
)
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_OFTEN = (*_TORCH, _handlers(_STOPPING))
_ONCE = (
    *_TORCH,
    _handlers(tuple(sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}))),
    Setting(
        lambda: signal.getitimer(signal.ITIMER_REAL),
        lambda value: signal.setitimer(signal.ITIMER_REAL, *value),
    ),
    *map(_elements, (sys.path, sys.meta_path, sys.path_hooks)),
    Setting(_modules, _put_modules_back),
    *(
        _attribute(sys, each)
        for each in (
            *("excepthook", "unraisablehook", "displayhook", "breakpointhook"),
            *("dont_write_bytecode", "__stdin__", "__stdout__", "__stderr__"),
        )
    ),
    _attribute(threading, "excepthook"),
    Setting(sys.gettrace, sys.settrace),
    Setting(sys.getprofile, sys.setprofile),
    Setting(sys.getrecursionlimit, sys.setrecursionlimit),
    Setting(gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
    _content(builtins.__dict__),
    _content(os.environ),
    Setting(_umask, os.umask),
    Setting(
        lambda: locale.setlocale(locale.LC_ALL),
        lambda value: locale.setlocale(locale.LC_ALL, value),
    ),
    Setting(np.geterr, lambda value: np.seterr(**value)),
)


@contextmanager
def torch_kept() -> Iterator[None]:
    """Put torch's settings back at the end of a run, whoever set them on the way."""
    with restored(_TORCH):
        yield


@contextmanager
def random_state_kept() -> Iterator[None]:
    """Put torch's random state on the CPU back."""
    before = torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_rng_state(before)
