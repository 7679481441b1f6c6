"""Where seqtui keeps things: the platform's folders, or all of them below `SEQTUI_HOME`.

A folder is made when something is first written into it, so that looking leaves no trace.
"""

from __future__ import annotations

import os
from pathlib import Path

from seqtui.corpora.errors import InputError

APPLICATION = "seqtui"
HOME_VARIABLE = "SEQTUI_HOME"
"""Moves data, cache, configuration and logs together, for homes with a small quota."""


def data_folder() -> Path:
    """What must not be lost: runs."""
    return _folder("data")


def cache_folder() -> Path:
    """What can be fetched again: corpora."""
    return _folder("cache")


def config_folder() -> Path:
    """Preferences."""
    return _folder("config")


def log_folder() -> Path:
    """Logs of the app itself; a run logs in its own folder."""
    return _folder("log")


def runs_folder() -> Path:
    """One folder for each run."""
    return data_folder() / "runs"


def _folder(kind: str) -> Path:
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return Path(os.path.normpath(absolute(Path(os.path.expanduser(home))))) / kind
    import platformdirs

    places = platformdirs.PlatformDirs(APPLICATION, appauthor=False)
    return {
        "data": places.user_data_path,
        "cache": places.user_cache_path,
        "config": places.user_config_path,
        "log": places.user_log_path,
    }[kind]


def absolute(path: Path) -> Path:
    """The path from the root. Raises InputError for a relative one in a folder that is gone."""
    try:
        return path.absolute()
    except FileNotFoundError as error:
        raise InputError(
            "{path}: the folder this process works in is gone; change to one that is there",
            path=path,
        ) from error
