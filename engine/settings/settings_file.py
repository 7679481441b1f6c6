"""Settings of a run from a file: TOML written by hand, or the run.json of an earlier run."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from seqtui.corpora.errors import InputError
from seqtui.corpora.files import read_file
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.settings.recipes import overlaid, recipe_of
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.settings.typed_json import build, parse

STDIN = Path("-")
MOST_BYTES = 1 << 24
"""Of a file of settings; a run.json is one, and holds more."""
MOST_TOML = 1 << 14
"""Of one that is TOML: what reads it takes the square of the time for a name of many parts."""
OPTION_NAMES = {"clean": "cleaning"}
"""Options whose setting has another name."""


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """The settings given in a file; the others are absent."""

    corpus: str | None = None
    corpus_options: dict[str, Any] = field(default_factory=dict)
    """By the names of `CorpusOptions`."""
    run: dict[str, Any] = field(default_factory=dict)
    """By the names of `RunConfig`, a recipe's settings filled in."""


def read_settings(path: Path) -> SettingsFile:
    """Read `name = value` lines, named as the options of `train`, or a run.json; `-` is stdin.

    Raises InputError, naming the file and the setting or line, for what cannot be read or is
    no setting, and for values of another type.
    """
    data = _parsed(path)
    options: dict[str, Any] = {}
    run: dict[str, Any] = {}
    corpus = data.pop("corpus", None)
    recipe = data.pop("recipe", None)
    if not isinstance(corpus, str | None) or not isinstance(recipe, str | None):
        raise InputError(
            "--config {path}: corpus and recipe must be texts", option="config", path=path
        )
    for name, value in data.items():
        name = name.replace("-", "_")
        name = OPTION_NAMES.get(name, name)
        if name in {each.name for each in fields(CorpusOptions)}:
            options[name] = value
        elif name in {each.name for each in fields(RunConfig)} - {"corpus_options"}:
            run[name] = value
        else:
            raise InputError(
                "--config {path}: {name} is no setting; `seqtui train --help` names them all",
                option="config",
                path=path,
                name=name[:40],
            )
    try:
        if recipe is not None:
            run = overlaid(recipe_of(recipe).settings, run)
        build(CorpusOptions, options)
        build(RunConfig, {"corpus": "", **run})
    except InputError as error:
        raise InputError(
            "--config {path}: {error}", option="config", path=path, error=error
        ) from error
    return SettingsFile(corpus, options, run)


def _read(path: Path) -> bytes:
    """The bytes of a file, or of standard input. Raises InputError for what is no such file."""
    if path != STDIN:
        return read_file(path, MOST_BYTES)
    data = sys.stdin.buffer.read(MOST_BYTES + 1) if sys.stdin is not None else b""
    if len(data) > MOST_BYTES:
        raise InputError("-: these are more than {most:,} bytes, no settings", most=MOST_BYTES)
    return data


def _parsed(path: Path) -> dict[str, Any]:
    """The file as one flat mapping; of a run.json, the configuration it keeps."""
    is_json = path.suffix == ".json"
    try:
        text = _read(path).decode("utf-8-sig")
        is_json = is_json or text.lstrip().startswith("{")
        if not is_json and len(text) > MOST_TOML:
            raise InputError(
                "{path} is larger than {most:,} bytes, too large for what it should be",
                path=path,
                most=MOST_TOML,
            )
        data = parse(text) if is_json else tomllib.loads(text)
    except InputError as error:
        raise InputError("--config {reason}", option="config", reason=error) from error
    except (ValueError, RecursionError) as error:
        kind = "JSON" if is_json else "TOML"
        raise InputError(
            "--config {path}: not {kind} ({error})",
            option="config",
            path=path,
            kind=kind,
            error=error,
        ) from error
    if isinstance(data, Mapping) and isinstance(data.get("config"), Mapping):
        data = data["config"]
    if not isinstance(data, Mapping):
        raise InputError(
            "--config {path}: settings by name were expected", option="config", path=path
        )
    nested = data.get("corpus_options")
    flat = {name: value for name, value in data.items() if name != "corpus_options"}
    return {**flat, **nested} if isinstance(nested, Mapping) else flat
