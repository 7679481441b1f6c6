"""Kinds of arguments of the command line, and how a shell completes them.

Completing loads neither numpy nor torch: it reads the catalogue's names and lists folders.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtui.tui.translation import _

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class UnicodeText(click.ParamType):
    """Text that a person typed; bytes that are not text in the locale's encoding are refused."""

    name = "text"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """The text as it is."""
        text = str(value)
        if any("\ud800" <= char <= "\udfff" for char in text):
            self.fail(_("these bytes are not text in this locale's encoding"), param, ctx)
        return text


class CorpusSource(click.ParamType):
    """The name of a built-in corpus, a path, or `-`."""

    name = "corpus"

    def complete(self, incomplete: str) -> list[CompletionItem]:
        """Names of corpora beside the files here; only files once it looks like a path."""
        from click.shell_completion import CompletionItem

        from seqtui.corpora.catalogue import CATALOGUE

        names = [
            CompletionItem(name, help=entry.title)
            for name, entry in CATALOGUE.items()
            if name.startswith(incomplete)
        ]
        if not names:
            return [CompletionItem(incomplete, type="file")]
        # Shells take either names or files from a completion, so files here are named too.
        try:
            files = sorted(path for path in Path().iterdir() if path.name.startswith(incomplete))
        except OSError:
            files = []
        names += [
            CompletionItem(path.name + ("/" if path.is_dir() else ""))
            for path in files
            if not path.name.startswith(".") and len(path.name.split()) == 1
        ]
        return names

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """What `complete` finds."""
        return self.complete(incomplete)


class RunName(click.ParamType):
    """The name of a run in the runs' folder, or the path of its folder."""

    name = "run"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Names of runs, newest first; folders once it looks like a path."""
        from click.shell_completion import CompletionItem

        from seqtui.corpora.folders import runs_folder

        try:
            folders = [path for path in runs_folder().iterdir() if (path / "run.json").exists()]
        except OSError:
            folders = []
        folders.sort(key=lambda path: path.name, reverse=True)
        names = [
            CompletionItem(path.name) for path in folders if path.name.startswith(incomplete)
        ]
        return names or [CompletionItem(incomplete, type="dir")]


class RankRange(click.ParamType):
    """Two ranks, `A-B`, the first at least 1."""

    name = "ranks"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """`10-1000` as (10, 1000)."""
        if isinstance(value, tuple):
            return value
        first, dash, last = str(value).partition("-")
        if not (dash and first.isdecimal() and last.isdecimal() and 1 <= int(first) < int(last)):
            self.fail(
                _("{value!r} is not a range of ranks such as 10-1000").format(value=value),
                param,
                ctx,
            )
        return int(first), int(last)


TEXT = UnicodeText()
CORPUS = CorpusSource()
RUN = RunName()
RANKS = RankRange()
