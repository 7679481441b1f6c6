"""Runs of other processes: found, watched, or started in a process of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from seqtui.corpora.errors import InputError
from seqtui.tui.detaching import start_detached
from seqtui.tui.numbers import count
from seqtui.tui.panes.pane import Host
from seqtui.tui.session import Session
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from pathlib import Path

    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.runs.run import Run
    from seqtui.engine.settings.run_config import RunConfig


class Watching:
    """Finds the runs of other processes and has the session follow one of them."""

    def __init__(
        self,
        host: Host,
        session: Session,
        *,
        watched: Callable[[Run], None],
        found: Callable[[], None],
        answer: Callable[[str], None],
    ) -> None:
        self._host = host
        self._session = session
        self._watched = watched
        """Called when the session has begun to follow a run."""
        self._found = found
        """Called when `elsewhere` is known anew."""
        self._answer = answer
        self.elsewhere: tuple[str, ...] = ()
        """Names of the runs that other processes train, newest first."""

    def look(self) -> None:
        """Look, in the background, for runs that other processes train."""

        def keep(runs: Sequence[Run]) -> None:
            self.elsewhere = tuple(run.name for run in runs)
            self._found()

        self._session.tasks.start(_("runs"), running_elsewhere, then=keep)

    def watch(self, folder: Path) -> None:
        """Follow the run in a folder from its beginning."""
        from seqtui.engine.runs.run import open_run

        try:
            run = open_run(folder)
            self._session.start_watching(run)
        except InputError as error:
            self._host.show_error(error)
            return
        self._watched(run)

    def watch_newest(self) -> None:
        """Follow the newest run that another process trains."""
        self._session.tasks.start(_("runs"), running_elsewhere, then=self._watch_first)

    def _watch_first(self, runs: Sequence[Run]) -> None:
        if not runs:
            self._answer(_("no other process trains a run: b starts one"))
            return
        self.watch(runs[0].path)
        if len(runs) > 1:
            others = _("the newest of {count} that train: `seqtui watch RUN` shows another")
            self._answer(others.format(count=count(len(runs))))

    def start_detached(self, config: RunConfig) -> None:
        """Start a run in a process of its own, and follow it."""
        self._answer(_("starting a process …"))
        self._session.tasks.start(
            _("starting"),
            lambda keep_going: start_detached(
                config, named_model=config.model, keep_going=keep_going
            ),
            then=lambda started: self.watch(started.folder),
        )


def running_elsewhere(keep_going: OnProgress) -> list[Run]:
    """The runs that other processes train now, newest first."""
    from seqtui.engine.runs.listing import list_runs

    return [run for run in list_runs().runs if run.state == "running"]
