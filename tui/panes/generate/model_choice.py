"""Which model writes: the one that was selected or trained last, loaded in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqtui.corpora.errors import InputError
from seqtui.tui.panes.generate.writers import Writer, count_writer, load_writer, usual_order
from seqtui.tui.translation import _, localized

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.runs.run import Run
    from seqtui.engine.worker import Worker
    from seqtui.tui.session import Session
    from seqtui.tui.tasks import Task


@dataclass(frozen=True)
class Selection:
    """A run's model, or without a run an n-gram model of the open corpus."""

    run: str | None = None
    """The folder of the run."""
    order: int | None = None
    """The order of the n-gram model; None for the usual one."""
    by_user: bool = False
    """Whether the user selected it; then a run that ends is not selected in its place."""


@dataclass(frozen=True)
class Wanted:
    """What a selection means on the corpus that is open."""

    selection: Selection
    corpus: Corpus | None = None
    """The corpus to count in; None for a run."""
    order: int = 0
    run_name: str = ""


class ModelChoice:
    """`wanted` is loading or was loaded last, `task` loads it, `loaded` writes until then."""

    def __init__(
        self,
        session: Session,
        changed: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._session = session
        self._changed = changed
        self._failed = failed
        self._selection = Selection()
        self._last_run: str | None = None
        """The run trained last, when it was last looked at."""
        self.wanted: Wanted | None = None
        self.loaded: Writer | None = None
        self._loaded_as: Wanted | None = None
        self.task: Task[Writer] | None = None
        self._when_loaded: Callable[[], None] | None = None
        self.waits_for_training = False
        """Whether the engine's thread trains, so that the network that is wanted must wait."""

    @property
    def loading(self) -> bool:
        """Whether a model is being loaded."""
        return self.task is not None and self.task.under_way

    @property
    def status(self) -> str:
        """The model that writes, or what is done to have one."""
        if self.loading and self.wanted is not None:
            if self.waits_for_training:
                return _("waiting for the run in training")
            if self.wanted.corpus is not None:
                return _("counting …")
            return _("loading {name} …").format(name=self.wanted.run_name)
        return localized(self.loaded.name) if self.loaded else _("no model selected: press m")

    def select(self, chosen: Run | int) -> bool:
        """The user selects a run, or the order of an n-gram model; whether it is being loaded."""
        if self._run_has_ended():
            self._last_run = self._session.last_run
        if isinstance(chosen, int):
            self._selection = Selection(order=chosen, by_user=True)
        else:
            self._selection = Selection(str(chosen.path), self._selection.order, by_user=True)
        self.wanted = None
        return self.refresh()

    def has_new_run(self) -> bool:
        """Whether a run has ended that is to be selected at once."""
        return self._run_has_ended() and not self._selection.by_user

    def refresh(self) -> bool:
        """Select a run that has ended, and load what is selected; whether that begins now."""
        if self._run_has_ended():
            self._last_run = self._session.last_run
            self._selection = Selection(run=self._last_run, order=self._selection.order)
        selection, corpus = self._selection, self._session.corpus
        if selection.run is not None:
            return self._load_run(selection)
        if corpus is not None:
            return self._count(selection, corpus)
        return False

    def when_loaded(self, action: Callable[[], None] | None) -> bool:
        """Have this done as soon as a model is loaded; False if none is loading."""
        self._when_loaded = action if self.loading else None
        return self._when_loaded is not None

    def _run_has_ended(self) -> bool:
        session = self._session
        return session.last_run != self._last_run and session.training is None

    def _is_wanted(self, wanted: Wanted) -> bool:
        return wanted == self.wanted and not (self.task is not None and self.task.cancelled)

    def _count(self, selection: Selection, corpus: Corpus) -> bool:
        order = selection.order or usual_order(corpus)
        wanted = Wanted(selection, corpus, order)
        if self._is_wanted(wanted):
            return False

        def count(keep_going: OnProgress) -> Writer:
            return count_writer(corpus, order, keep_going)

        # The model that was loaded may know another corpus.
        self.loaded = None
        self._start(wanted, count, self._session.text_worker)
        return True

    def _load_run(self, selection: Selection) -> bool:
        """Load a run: a network on the engine's thread, an n-gram model on the other."""
        from seqtui.engine.runs.run import open_run

        assert selection.run is not None
        if (
            self.wanted is not None
            and self.wanted.selection.run == selection.run
            and self._is_wanted(self.wanted)
        ):
            return False
        try:
            run = open_run(selection.run)
        except InputError as error:
            self._restore(error)
            return False
        session = self._session
        neural = not run.config.counted
        named = session.named_model(run.config.model)

        def load(keep_going: OnProgress) -> Writer:
            return load_writer(run, named, keep_going)

        worker = session.engine_worker if neural else session.text_worker
        waits = neural and session.training is not None
        self._start(Wanted(selection, run_name=run.name), load, worker, waits=waits)
        return True

    def _start(
        self,
        wanted: Wanted,
        function: Callable[[OnProgress], Writer],
        worker: Worker,
        *,
        waits: bool = False,
    ) -> None:
        if self.task is not None:
            self.task.cancel()
        self.wanted, self._when_loaded = wanted, None
        self.waits_for_training = waits

        def keep(writer: Writer) -> None:
            self.loaded, self._loaded_as = writer, wanted
            self._changed()
            if self._when_loaded is not None:
                self._when_loaded()

        self.task = self._session.tasks.start(
            _("loading"), function, then=keep, failed=self._restore, worker=worker
        )
        self._changed()

    def _restore(self, error: BaseException) -> None:
        """Go back to what is loaded."""
        self.wanted = self._loaded_as
        self._selection = self._loaded_as.selection if self._loaded_as else Selection()
        self._changed()
        self._failed(error)
