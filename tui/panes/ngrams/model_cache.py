"""Models of the n-grams on show, estimated in the background when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.ngrams.backoff import Boundaries
    from seqtui.engine.ngrams.counts import NgramCounts
    from seqtui.engine.ngrams.model import NgramModel
    from seqtui.engine.protocol import Ids
    from seqtui.tui.session import Session
    from seqtui.tui.tasks import Task

KEPT_MODELS = 2
"""One of the table's order and one of what follows its n-grams; each takes 16 bytes an n-gram."""


class ModelCache:
    """The last few models, by estimator, order and text."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._models: dict[tuple[str, int, int], NgramModel] = {}
        self._work: Task[Any] | None = None
        self._asked: tuple[str, int, int] | None = None

    def model(
        self,
        name: str,
        counts: NgramCounts,
        ids: Ids,
        boundaries: Boundaries | None,
        then: Callable[[], None],
    ) -> NgramModel | None:
        """The model if it is there; else it is estimated, and `then` called when it is."""
        key = (name, counts.order, id(ids))
        if key in self._models:
            return self._models[key]
        if self._work is not None and self._work.under_way:
            if self._asked == key:
                return None
            self._work.cancel()
        self._asked = key

        def estimate(keep_going: OnProgress) -> NgramModel:
            from seqtui.corpora.errors import Cancelled
            from seqtui.engine.ngrams.model import NgramModel

            if not keep_going(0, 1):
                raise Cancelled
            model = NgramModel.of_counts(counts, ids, name, boundaries=boundaries)
            # What a first explanation sums up takes as long as the estimate: here, not on screen.
            model.explain(ids[: counts.order - 1].tolist(), int(ids[counts.order - 1]))
            return model

        def take(model: NgramModel) -> None:
            self._models[key] = model
            while len(self._models) > KEPT_MODELS:
                del self._models[next(iter(self._models))]
            then()

        self._work = self._session.tasks.start(_("estimating"), estimate, then=take)
        return None

    def forget(self) -> None:
        """Let go of all: another corpus is on show."""
        self._models.clear()
        if self._work is not None:
            self._work.cancel()
