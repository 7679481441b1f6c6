"""What the app remembers between two starts: the theme, in the platform's folder."""

from __future__ import annotations

import contextlib
import json

from seqtui.corpora.folders import config_folder


class Preferences:
    """A JSON file of few entries; one that cannot be read counts as empty."""

    def __init__(self) -> None:
        self._path = config_folder() / "preferences.json"
        self._values: dict[str, object] = {}
        with contextlib.suppress(OSError, ValueError):
            values = json.loads(self._path.read_text(encoding="utf-8"))
            if isinstance(values, dict):
                self._values = values

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
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self._values), encoding="utf-8")

    @property
    def lab(self) -> str:
        """The laboratory that was open last; empty for none."""
        name = self._values.get("lab")
        return name if isinstance(name, str) else ""

    def remember_lab(self, name: str) -> None:
        """Keep the laboratory for the next start."""
        self._remember("lab", name)
