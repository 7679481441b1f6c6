"""What a run is started with, as one value: everything but who listens and who controls.

Imports neither numpy nor torch, so a command can ask before either is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.settings.run_config import RunConfig


@dataclass(frozen=True, slots=True)
class Rank:
    """One process of several that train a run together."""

    number: int
    """0 to `of` - 1; 0 writes the run."""
    of: int
    local: int
    """Its number among those of its machine, which chooses its GPU."""
    host: str
    port: int
    """Where the processes find each other."""
    serves: bool
    """Whether this process opens that port; torchrun's agent may hold it already."""
    meeting_seconds: int = 120
    """How long the processes wait for all of them to have come."""
    attempt: int = 0
    """How often torchrun's agent has started them again."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A new run, or one to resume."""

    config: RunConfig
    """For a resumed run, what `Run.continued` returned."""
    corpus: Corpus
    folder: Path | None = None
    """Where a new run is written; None for a new folder among the runs."""
    resume: Path | None = None
    """The folder of the run to resume."""
    named_model: str | None = None
    """FILE.py:CLASS where the user has named their own network: no other file is executed."""
    rank: Rank | None = None
    """Which of several processes this is; None when one process trains alone."""
