"""A lesson of 90 minutes: which laboratories, in which order, and how long each computes here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqtui.corpora.errors import Cancelled, InputError, UserMessage
from seqtui.engine.labs.lab import LABS, Lab

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus

MINUTES = 90
OPENING = 5
"""Minutes for the class's word and the files."""
CLOSING = 5
"""Minutes to look at what the class answered."""
ORDER = ("series", "chain-rule", "heart", "memory", "gradients", "perplexity", "guess")
"""What is worth a lesson first, in the order of the lesson; what does not fit is left out."""
PATIENCE_SECONDS = 5.0
"""A laboratory that computes longer than this is not measured."""


@dataclass(frozen=True, slots=True)
class Part:
    """One laboratory of a lesson."""

    lab: Lab
    begins: int
    """Minutes after the beginning of the lesson."""
    seconds: float | None
    """What its first picture takes to compute here; None for more than `PATIENCE_SECONDS`."""
    trains: bool
    """Whether that picture is trained, which is begun by a key and was not measured."""
    refusal: UserMessage | None = None
    """Why the corpus does not do for it."""


def lesson_labs() -> list[Lab]:
    """The laboratories of a lesson in its order."""
    wanted = [LABS[name] for name in ORDER if name in LABS]
    wanted += [lab for lab in LABS.values() if lab.name not in ORDER]
    left = MINUTES - OPENING - CLOSING
    chosen = []
    for lab in wanted:
        if lab.minutes <= left:
            left -= lab.minutes
            chosen.append(lab)
    return chosen


def plan_lesson(corpus: Corpus | None, on_lab: Callable[[str], object] | None = None) -> list[Part]:
    """The parts of a lesson on a corpus, each measured once; `on_lab` is told what is measured."""
    parts = []
    begins = OPENING
    for lab in lesson_labs():
        if on_lab is not None:
            on_lab(lab.name)
        trains = lab.trains(lab.settings())
        seconds, refusal = None, None
        try:
            seconds = None if trains else _measured(lab, corpus)
        except InputError as error:
            refusal = error.message
        parts.append(Part(lab, begins, seconds, trains, refusal))
        begins += lab.minutes
    return parts


def _measured(lab: Lab, corpus: Corpus | None) -> float | None:
    started = time.monotonic()

    def in_time(done: int, total: int) -> bool:
        return time.monotonic() - started < PATIENCE_SECONDS

    try:
        lab.run(corpus if lab.reads_corpus else None, lab.settings(), in_time)
    except Cancelled:
        return None
    return time.monotonic() - started
