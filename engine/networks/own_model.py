"""A network of the user's own: `FILE.py:CLASS`, loaded because the user named it.

Loading a file runs it, so only `load` does that, with what the user typed: a checkpoint mentions
its file and is never a reason to load it. What the class must be is in `own_model_checks`.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from seqtui.corpora.errors import InputError, UserMessage, flag
from seqtui.corpora.files import MissingFileError, append_file, read_file
from seqtui.engine.networks.own_code import (
    called,
    called_once,
    fails,
    placed,
    random_state_kept,
    torch_kept,
)
from seqtui.engine.networks.own_output import descriptors_to, keep_streams
from seqtui.engine.settings.families import OWN
from seqtui.engine.settings.run_config import RunConfig, own_model_parts

LARGEST_SOURCE = 1 << 24
"""Bytes of a file that a network is loaded from."""
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
        what = f"{self.name}({vocabulary_size})"
        with called_once(self.path, fails(lambda: what, InputError)):
            module = self.network(vocabulary_size, **self._settings(config))
            trainable = any(each.requires_grad for each in module.parameters())
        if not trainable:
            raise InputError(
                "{spec}: has no trainable parameters; assign nn.Parameter or layers of "
                "torch.nn to self in __init__, lists of them as nn.ModuleList",
                spec=self.spec,
            )
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
        """Turn what the file's code raises into one OwnCodeError with its place in the file."""
        with called(self.path, fails(lambda: what)):
            yield

    @contextmanager
    def running(self, log: Path | None) -> Iterator[None]:
        """A run of this network: what it writes goes to the run's log, if that can be opened.

        Where it fails outside its forward pass, the error has the line too; torch's settings are
        put back at the end.
        """
        with ExitStack() as stack:
            if log is not None:
                with suppress(OSError):
                    stack.enter_context(
                        descriptors_to(stack.enter_context(append_file(log)).fileno())
                    )
            stack.enter_context(torch_kept())
            failure = fails(lambda: UserMessage("training"))
            stack.enter_context(placed(self.path, failure, anywhere=False))
            yield


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
        source = read_file(path, LARGEST_SOURCE)
    except MissingFileError as error:
        raise InputError(
            "--model {spec}: there is no file {path}; `seqtui new-model {file}` writes one",
            option="model",
            spec=spec,
            path=path,
            file=parts[0],
        ) from error
    except InputError as error:
        raise InputError(
            "--model {spec}: {reason}", option="model", spec=spec, reason=error
        ) from error
    if threading.current_thread() is threading.main_thread():  # the app has done it
        keep_streams()
    with random_state_kept():
        module = _run(path, source)
        with called_once(path, fails(lambda: UserMessage("looking for the class"), InputError)):
            name, network = _find(module, path, parts[1])
            network = _guarded(network, path)
    return OwnModel(path, source, name, network)


def _run(path: Path, source: bytes) -> types.ModuleType:
    """The module that the source makes, compiled from the very bytes that are fingerprinted."""
    name = f"seqtui_own_model_{hashlib.sha256(source).hexdigest()[:16]}"
    module = types.ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # dataclasses and pickling look a class's module up there
    try:
        with called_once(path, _import_failure):
            exec(compile(source, str(path), "exec"), module.__dict__)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _import_failure(place: str | UserMessage, reason: str, error: BaseException) -> InputError:
    if isinstance(error, SyntaxError):
        return InputError("{place}: is not Python: {reason}", place=place, reason=reason)
    return InputError("{place}: cannot be imported: {reason}", place=place, reason=reason)


def _guarded(network: type[nn.Module], path: Path) -> type[nn.Module]:
    """The class, each call of whose networks leaves the process as it was."""

    def __call__(self: nn.Module, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        if torch.compiler.is_compiling():  # what is compiled is no code of the user's any more
            return network.__call__(self, *args, **kwargs)
        with called(path, fails(lambda: described_call(*args))):
            return network.__call__(self, *args, **kwargs)

    def guarded(name: str) -> Callable[..., Any]:
        def method(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
            with called(path, fails(lambda: f"{name}()")):
                return getattr(network, name)(self, *args, **kwargs)

        return method

    members: dict[str, Any] = {"__call__": __call__, "__module__": network.__module__}
    for name in ("train", "eval", "to", "state_dict", "load_state_dict"):
        if getattr(network, name) is not getattr(nn.Module, name):
            members[name] = guarded(name)
    return types.new_class(network.__name__, (network,), {}, lambda body: body.update(members))


def described_call(ids: Tensor, state: object = None) -> str:
    """A call of the forward pass, by what it is given: `forward(ids of [3, 12], its state)`."""
    batch, steps = ids.shape
    return f"forward(ids of [{batch}, {steps}], {'None' if state is None else 'its state'})"


def _find(module: types.ModuleType, path: Path, name: str | None) -> tuple[str, type[nn.Module]]:
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
