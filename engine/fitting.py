"""Runs of the models that count: one pass instead of steps, the same events and the same folder.

Imports no torch.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from seqtui.corpora.corpus import Corpus
from seqtui.engine.configuration import RunConfig
from seqtui.engine.control import Control
from seqtui.engine.events import Event

if TYPE_CHECKING:
    from seqtui.engine.runs import Run

DEVICE = "cpu"


def fit(
    config: RunConfig,
    corpus: Corpus,
    run: Run | None,
    on_event: Callable[[Event], None],
    control: Control,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[dict[str, Any], bool]:
    """Fit a counted model, save it and evaluate both parts of the corpus exactly.

    Returns the result document and whether the run came to its end; after a stop the document
    has no held-out result.
    """
