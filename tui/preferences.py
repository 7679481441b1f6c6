"""What the app remembers between two starts: the theme, in the platform's folder."""

from __future__ import annotations

import contextlib
import json

from seqtui.corpora.errors import InputError
from seqtui.corpora.files import writing
from seqtui.corpora.folders import config_folder
from seqtui.engine.settings.typed_json import read_json

MOST_BYTES = 100_000
"""A longer file is none of the app's."""


class Preferences:
    """A JSON file of few entries; one that cannot be read counts as empty."""

    def __init__(self) -> None:
        self._path = config_folder() / "preferences.json"
        self._values: dict[str, str] = {}
        with contextlib.suppress(InputError):
            values = read_json(self._path, MOST_BYTES)
            if isinstance(values, dict):
                self._values = {n: each for n, each in values.items() if isinstance(each, str)}

    @property
    def theme(self) -> str:
        """`textual-dark` or `textual-light`."""
        light = self._values.get("theme") == "textual-light"
        return "textual-light" if light else "textual-dark"

    def remember_theme(self, theme: str) -> None:
        """Keep the theme for the next start."""
        self._remember("theme", theme)

    def _remember(self, name: str, value: str) -> None:
        self._values[name] = value
        if self._path.exists() and not self._path.is_file():
            return  # a pipe that nobody reads would be waited for
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with writing(self._path) as part:
                part.write_bytes(json.dumps(self._values).encode())

    @property
    def lab(self) -> str:
        """The laboratory that was open last; empty for none."""
        return self._values.get("lab", "")

    def remember_lab(self, name: str) -> None:
        """Keep the laboratory for the next start."""
        self._remember("lab", name)
