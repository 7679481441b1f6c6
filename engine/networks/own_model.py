"""A network of the user's own: `FILE.py:CLASS`, loaded because the user named it.

Loading a file runs it, so only `load` does that, with what the user typed: a checkpoint mentions
its file and is never a reason to load it. What the class must be is in `own_model_checks`.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from seqtui.corpora.errors import InputError, UserMessage, flag
from seqtui.engine.settings.families import OWN
from seqtui.engine.settings.run_config import RunConfig, own_model_parts

_DEFAULTS = {field.name: field.default for field in fields(RunConfig)}


@dataclass(frozen=True, slots=True)
class OwnModel:
    """A class that was loaded from a file, and what the file held then."""

    path: Path
    """Absolute."""
    source: bytes
    """What the file held when it was loaded; exactly this was run."""
    name: str
    """Of the class in the file."""
    network: type[nn.Module]

    @property
    def spec(self) -> str:
        """`/folder/mine.py:MyModel`, by which it can be named from anywhere."""
        return f"{self.path}:{self.name}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the file, in hexadecimal."""
        return hashlib.sha256(self.source).hexdigest()

    def build(self, config: RunConfig, vocabulary_size: int) -> nn.Module:
        """A fresh network for |V| types, initialised from torch's global generator.

        Raises InputError, with the line, when the constructor fails, has no place for a setting
        that was given, or returns a network without trainable parameters.
        """
        settings = self._settings(config)
        with self.placing_errors(f"{self.name}({vocabulary_size})"):
            module = self.network(vocabulary_size, **settings)
        if not any(each.requires_grad for each in module.parameters()):
            raise InputError(
                "{spec}: has no trainable parameters; assign nn.Parameter or layers of "
                "torch.nn to self in __init__, lists of them as nn.ModuleList",
                spec=self.spec,
            )
        forward = module.forward

        def quietly(*args: Any, **kwargs: Any) -> Any:
            with _quiet():
                return forward(*args, **kwargs)

        module.forward = quietly
        return module

    def _settings(self, config: RunConfig) -> dict[str, Any]:
        try:
            parameters = inspect.signature(self.network).parameters
        except (TypeError, ValueError):
            parameters = inspect.signature(self.network.__init__).parameters
        anything = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
        given = {}
        for name in OWN.settings:
            value = getattr(config, name)
            if value == _DEFAULTS[name] and (name not in parameters or value is None):
                continue
            if name not in parameters and not anything:
                raise InputError(
                    "{flag} {value}: {network}.__init__ has no parameter {name}; add `{name}` to "
                    "it, or leave the option out",
                    option=name,
                    flag=flag(name),
                    value=value,
                    network=self.name,
                    name=name,
                )
            given[name] = value
        return given

    @contextmanager
    def placing_errors(self, what: str) -> Iterator[None]:
        """Turn what the file's code raises into one line with its place in the file."""
        with _quiet():
            try:
                yield
            except (Exception, SystemExit) as error:
                raise InputError(
                    "{place}: {what} fails: {reason}",
                    place=_place(self.path, error),
                    what=what,
                    reason=_reason(error),
                ) from error


def load(spec: str) -> OwnModel:
    """Run the file that the user named as `FILE.py:CLASS`, and find the class in it.

    The class may be left out where the file defines one `nn.Module`. Raises InputError, with the
    line where there is one, for whatever does not end with such a class.
    """
    parts = own_model_parts(spec)
    if parts is None:
        raise InputError(
            "--model {spec}: name a network of your own as FILE.py:CLASS", option="model", spec=spec
        )
    path = Path(parts[0]).expanduser().absolute()
    try:
        source = path.read_bytes() if path.is_file() else None
    except OSError as error:
        raise InputError(
            "--model {spec}: {path} cannot be read: {reason}",
            option="model",
            spec=spec,
            path=path,
            reason=error.strerror,
        ) from error
    if source is None:
        raise InputError(
            "--model {spec}: there is no file {path}; `seqtui new-model {file}` writes one",
            option="model",
            spec=spec,
            path=path,
            file=parts[0],
        )
    name, network = _find(_run(path, source), path, parts[1])
    return OwnModel(path, source, name, network)


def _run(path: Path, source: bytes) -> ModuleType:
    """The module that the source makes, compiled from the very bytes that are fingerprinted."""
    name = f"seqtui_own_model_{hashlib.sha256(source).hexdigest()[:16]}"
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # dataclasses and pickling look a class's module up there
    try:
        with _quiet():
            exec(compile(source, str(path), "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        place, reason = _place(path, error), _reason(error)
        if isinstance(error, SyntaxError):
            raise InputError(
                "{place}: is not Python: {reason}", place=place, reason=reason
            ) from error
        raise InputError(
            "{place}: cannot be imported: {reason}", place=place, reason=reason
        ) from error
    return module


def _find(module: ModuleType, path: Path, name: str | None) -> tuple[str, type[nn.Module]]:
    own = {
        key: value
        for key, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, nn.Module)
        and value.__module__ == module.__name__
    }
    listed = ", ".join(own) or UserMessage("none")
    if name is None:
        if len(own) != 1:
            raise InputError(
                "{path}: has {count} classes of nn.Module ({listed}); name one as --model "
                "{path}:CLASS",
                path=path,
                count=len(own),
                listed=listed,
            )
        return next(iter(own.items()))
    found = getattr(module, name, None)
    if found is None:
        raise InputError(
            "{path}: has no class {name}; its classes of nn.Module: {listed}",
            path=path,
            name=name,
            listed=listed,
        )
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        raise InputError(
            "{path}: {name} is no class of nn.Module; write `class {name}(nn.Module):` "
            "(its classes of nn.Module: {listed})",
            path=path,
            name=name,
            listed=listed,
        )
    return name, found


@contextmanager
def _quiet() -> Iterator[None]:
    """What the user's code prints goes to stderr: stdout carries the one document."""
    with redirect_stdout(sys.stderr):
        yield


def _place(path: Path, error: BaseException) -> str | UserMessage:
    """`mine.py, line 12`, or the file alone where the error did not come from it."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return UserMessage("{path}, line {line}", path=path, line=error.lineno)
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(path)
    ]
    return UserMessage("{path}, line {line}", path=path, line=lines[-1]) if lines else str(path)


def _reason(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    line = " ".join(text.split())[:300]
    return f"{type(error).__name__}: {line}" if line else type(error).__name__
